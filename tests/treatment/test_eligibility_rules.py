"""The rules as data, and what a site may change in them."""

import pytest

from daybreak.treatment.eligibility_rules import SiteThresholdError, changeable, rule_book
from daybreak.treatment.findings import State
from daybreak.treatment.patient_facts import (
    PatientFacts,
)
from tests.treatment.eligibility_cases import KETAMINE, finding, pressure


class TestTheRulesThemselves:
    def test_each_has_its_own_id(self):
        ids = [rule.id for rule in rule_book().rules]
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("rule", rule_book().rules, ids=lambda rule: rule.id)
    def test_each_names_sources_that_exist_and_what_it_rests_on(self, rule):
        assert rule.provenance.sources
        assert rule.provenance.basis
        assert rule.resolve.endswith(".")

    @pytest.mark.parametrize("rule", rule_book().rules, ids=lambda rule: rule.id)
    def test_each_that_asks_says_which_answer_satisfies(self, rule):
        assert (rule.question is None) is (rule.met_when is None)

    @pytest.mark.parametrize("rule", rule_book().rules, ids=lambda rule: rule.id)
    def test_each_can_be_settled(self, rule):
        limits = rule.thresholds or rule.needs_vitals
        assert rule.question or limits or rule.medicines or rule.evaluator

    def test_consent_is_marked_recalled(self):
        assert finding("EL067", PatientFacts()).provenance.status == "recalled"


class TestSiteThresholds:
    def test_a_site_may_set_its_own_pressure_for_ketamine(self):
        book = rule_book({"EL012": {"systolic": 150}})
        found = finding("EL012", PatientFacts(vitals=pressure(155, 80)), KETAMINE, book)
        assert (found.state, found.title) == (State.NOT_MET, "Blood pressure above the site's limit of 150/100")

    def test_a_site_may_set_how_old_a_reading_may_be(self):
        book = rule_book({"recency": {"vitals": 7}})
        facts = PatientFacts(vitals=pressure(120, 80, days_ago=8))
        assert finding("EL012", facts, KETAMINE, book).state is State.UNKNOWN

    @pytest.mark.parametrize("rule", rule_book().rules, ids=lambda rule: rule.id)
    def test_no_rule_of_a_label_or_regulator_can_be_changed(self, rule):
        changes = {rule.id: {threshold.name: 1.0 for threshold in rule.thresholds} or {"any": 1.0}}
        if changeable(rule):
            assert not rule.provenance.is_fixed
            rule_book(changes)
        else:
            with pytest.raises(SiteThresholdError):
                rule_book(changes)

    def test_the_label_guide_of_esketamine_is_among_those(self):
        with pytest.raises(SiteThresholdError, match="EL010 rests on the label"):
            rule_book({"EL010": {"systolic": 200}})

    @pytest.mark.parametrize(
        "changes",
        [
            {"EL999": {"systolic": 150}},
            {"EL012": {"sistolic": 150}},
            {"EL012": {"systolic": -1}},
            {"EL012": {"systolic": float("nan")}},
            {"recency": {"basis": 1}},
        ],
    )
    def test_a_change_that_names_nothing_or_says_nothing_is_refused(self, changes):
        with pytest.raises(SiteThresholdError):
            rule_book(changes)
