"""What stands in the way of a decision, and that not knowing never helps."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.eligibility import assess
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.findings import Effect, State, obstacles, refusals
from daybreak.treatment.patient_facts import (
    Answer,
    AnswerValue,
    Coded,
    PatientFacts,
    TreatmentRequest,
)
from daybreak.treatment.vitals import PLAUSIBLE, Reading, Vital
from tests.treatment.eligibility_cases import (
    ESKETAMINE,
    KETAMINE,
    NOW,
    REASON,
    SNOMED,
    answer,
    asked,
    finding,
    pressure,
    reassuring,
)


class TestDecision:
    def test_blocks_come_first_then_reasons_not_met_before_unknown(self):
        facts = PatientFacts(vitals=pressure(170, 100), answers={"EL067": answer("no")})
        found = refusals(assess(facts, ESKETAMINE))
        ranks = [(one.effect is Effect.REASON, one.state is State.UNKNOWN) for one in found]
        assert ranks == sorted(ranks)
        assert found[0].rule_id == "EL067"
        assert found[0].title == "Consent is not signed"

    def test_an_unknown_is_called_unknown(self):
        assert finding("EL002", PatientFacts()).headline == "Unknown: arteriovenous malformation"

    @pytest.mark.parametrize(
        ("reason", "stands"),
        [
            ("", "Yours has none."),
            ("fine", "Yours has one."),
            ("the cardiologist says it is fine", "Yours has 6."),
            (REASON, None),
        ],
    )
    def test_a_reason_has_ten_words(self, reason, stands):
        facts = replace(reassuring(KETAMINE), vitals=reassuring(KETAMINE).vitals | pressure(168, 102))
        left = obstacles(assess(facts, KETAMINE), {"EL012": reason})
        assert [one.sentence.endswith(stands) for one in left] == ([True] if stands else [])

    def test_what_only_informs_never_stands_in_the_way(self):
        everything = obstacles(assess(PatientFacts(age=20), ESKETAMINE), {})
        assert all(one.finding.effect is not Effect.INFORM for one in everything)
        assert "EL035" not in {one.finding.rule_id for one in everything}


answer_values = st.sampled_from(list(AnswerValue))
rule_ids = [rule.id for rule in rule_book().rules if rule.met_when]
some_vitals = st.dictionaries(st.sampled_from(list(Vital)), st.floats(0, 1)).map(
    lambda shares: {
        vital: Reading(vital, low + share * (high - low), NOW)
        for vital, share in shares.items()
        for low, high in [PLAUSIBLE[vital]]
    }
)
some_facts = st.builds(
    PatientFacts,
    age=st.none() | st.integers(0, 110),
    vitals=some_vitals,
    answers=st.dictionaries(st.sampled_from(rule_ids), answer_values.map(lambda value: Answer(value, NOW))),
    medicines=st.none() | st.just((Coded("Lorazepam 1 MG"), Coded("Theophylline 300 MG"))),
    conditions=st.none() | st.just((Coded("Aortic aneurysm", SNOMED, "67362008"),)),
)


def in_the_way(facts: PatientFacts, request: TreatmentRequest) -> set[str]:
    return {one.finding.rule_id for one in obstacles(assess(facts, request), {})}


class TestUnknownNeverHelps:
    @given(some_facts, st.sampled_from(rule_ids), st.sampled_from([ESKETAMINE, KETAMINE, asked(jurisdiction="EU")]))
    def test_an_answer_that_becomes_unknown_removes_no_obstacle(self, facts, rule_id, request_):
        vaguer = replace(facts, answers={**facts.answers, rule_id: Answer(AnswerValue.UNKNOWN, NOW)})
        assert in_the_way(facts, request_) <= in_the_way(vaguer, request_)

    @given(some_facts, st.sampled_from([ESKETAMINE, KETAMINE]))
    def test_readings_that_grow_old_remove_no_obstacle(self, facts, request_):
        aged = {vital: replace(one, at=NOW - timedelta(days=31)) for vital, one in facts.vitals.items()}
        assert in_the_way(facts, request_) <= in_the_way(replace(facts, vitals=aged), request_)

    @given(some_facts, st.sampled_from([ESKETAMINE, KETAMINE]))
    def test_every_finding_that_is_not_met_or_unknown_and_does_not_only_inform_is_in_the_way(self, facts, request_):
        findings = assess(facts, request_)
        expected = {
            one.rule_id
            for one in findings
            if one.effect is not Effect.INFORM and one.state in (State.NOT_MET, State.UNKNOWN)
        }
        assert in_the_way(facts, request_) == expected
