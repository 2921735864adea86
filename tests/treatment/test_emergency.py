"""The emergency card and the pathway after a positive answer about suicide."""

from datetime import UTC, datetime

import pytest

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.emergency import emergency_card
from daybreak.treatment.sources import Status
from daybreak.treatment.suicide_pathway import Risk, help_lines, pathway


@pytest.mark.parametrize(("jurisdiction", "number"), [("US", "911"), ("UK", "999"), ("EU", "112")])
def test_the_card_says_whom_to_call(jurisdiction: str, number: str) -> None:
    call = emergency_card(Drug.KETAMINE, Route.IV, jurisdiction).call
    assert call is not None
    assert call.text == f"Call {number}."


def test_a_number_that_is_not_known_is_not_guessed() -> None:
    assert emergency_card(Drug.KETAMINE, Route.IV, "NZ").call is None
    assert help_lines("NZ") == ()


@pytest.mark.parametrize("route", list(Route))
def test_every_route_of_ketamine_has_its_first_step(route: Route) -> None:
    [first] = emergency_card(Drug.KETAMINE, route, "US").first
    assert "airway" in first.text


def test_only_what_can_be_stopped_is_told_to_be_stopped() -> None:
    assert emergency_card(Drug.KETAMINE, Route.IV, "US").first[0].text.startswith("Stop the infusion")
    assert "cannot be taken back" in emergency_card(Drug.KETAMINE, Route.IM, "US").first[0].text


def test_no_rescue_dose_is_shown_as_read_in_a_source() -> None:
    medicines = emergency_card(Drug.KETAMINE, Route.IV, "US").medicines
    assert any(medicine.dose is None for medicine in medicines)
    for medicine in medicines:
        assert medicine.dose is None or medicine.provenance.status is Status.RECALLED


def test_the_card_says_that_there_is_no_antidote() -> None:
    antidote = emergency_card(Drug.ESKETAMINE, Route.NASAL, "US").antidote
    assert antidote.text.startswith("There is no antidote")
    assert antidote.provenance.status is Status.SEEN


def test_every_sign_says_what_to_do_and_where_it_comes_from() -> None:
    for sign in emergency_card(Drug.ESKETAMINE, Route.NASAL, "US").signs:
        assert sign.act.endswith(".")
        assert sign.provenance.sources


@pytest.mark.parametrize("rule", ["TH1", "TH2", "TH5", "TH6", "TH9", "TH10"])
def test_the_card_has_a_row_for_what_its_limits_call_for(rule: str) -> None:
    assert rule in {sign.rule for sign in emergency_card(Drug.KETAMINE, Route.IV, "US").signs}


def test_a_medicine_that_can_harm_says_when_not_to_give_it() -> None:
    notes = {each.name: each.note for each in emergency_card(Drug.KETAMINE, Route.IV, "US").medicines}
    assert "asthma" in notes["labetalol"]
    assert notes["midazolam"].startswith("Last resort")


RAISED = datetime(2026, 3, 2, 10, 12, tzinfo=UTC)


def test_the_graver_the_risk_the_sooner_someone_acts() -> None:
    at_once = pathway(Risk.HIGH).due_at(RAISED)
    same_day = pathway(Risk.MODERATE).due_at(RAISED)
    assert at_once == RAISED
    assert same_day is not None
    assert at_once < same_day
    assert same_day.date() == RAISED.date()
    assert pathway(Risk.LOW).due_at(RAISED) is None


def test_an_answer_not_yet_screened_is_never_later_than_moderate() -> None:
    assert pathway(Risk.UNSCREENED).due_at(RAISED) == pathway(Risk.MODERATE).due_at(RAISED)


@pytest.mark.parametrize("risk", list(Risk))
def test_every_tier_has_actions_with_sources(risk: Risk) -> None:
    tier = pathway(risk)
    assert tier.actions
    assert tier.provenance.sources
