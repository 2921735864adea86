"""What only a prescriber can judge stays unknown until one judged with everything in view."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from daybreak.treatment.findings import Finding, State
from daybreak.treatment.patient_facts import Answer, AnswerValue, Coded, PatientFacts
from tests.treatment.eligibility_cases import ICD10CM, KETAMINE, NOW, finding, reassuring

HAZARD = "EL005"
YESTERDAY = NOW - timedelta(days=1)
ANEURYSM = Coded("Brain aneurysm", ICD10CM, "I67.1", since=date(2020, 3, 1), recorded_at=YESTERDAY)


def judged(value: str = "no", *, days_ago: float = 0, prescriber: bool = True, by: str = "Dr Vale") -> Answer:
    return Answer(AnswerValue(value), NOW - timedelta(days=days_ago), by, from_prescriber=prescriber)


def hazard(answer: Answer | None, *conditions: Coded, **answers: Answer) -> Finding:
    said = answers | ({HAZARD: answer} if answer else {})
    return finding(HAZARD, PatientFacts(conditions=conditions, answers=said), KETAMINE)


def test_a_recorded_aneurysm_is_seen_when_the_drug_is_ketamine_by_vein() -> None:
    found = hazard(None, ANEURYSM)
    assert (found.state, found.value) == (State.UNKNOWN, "Recorded: Brain aneurysm since 1 Mar 2020")


def test_a_judgement_given_before_it_was_known_is_not_enough() -> None:
    found = hazard(judged(days_ago=2), ANEURYSM)
    assert found.state is State.UNKNOWN
    assert found.value.startswith("Recorded: Brain aneurysm since 1 Mar 2020. Judged absent by Dr Vale, 21 Nov 2026")
    assert found.value.endswith("Given before all of this was known")


def test_a_prescriber_who_knew_of_it_settles_it() -> None:
    found = hazard(judged(), ANEURYSM)
    assert found.state is State.MET
    assert found.value == "Judged absent by Dr Vale, 23 Nov 2026. Recorded: Brain aneurysm since 1 Mar 2020"


def test_a_condition_of_which_nobody_knows_when_it_was_recorded_is_not_covered() -> None:
    assert hazard(judged(), replace(ANEURYSM, recorded_at=None)).state is State.UNKNOWN


@pytest.mark.parametrize("rule_id", ["EL001", "EL002", "EL003", "EL014", "EL017", "EL020"])
def test_a_yes_to_a_neighbouring_question_asks_for_a_judgement(rule_id: str) -> None:
    told = Answer(AnswerValue.YES, YESTERDAY, "A nurse")
    found = hazard(judged(days_ago=2), **{rule_id: told})
    assert found.state is State.UNKNOWN
    assert "Reported" in found.value
    assert rule_id in found.value
    assert hazard(judged(), **{rule_id: told}).state is State.MET
    assert hazard(judged(days_ago=2), **{rule_id: replace(told, value=AnswerValue.NO)}).state is State.MET


@pytest.mark.parametrize(
    "text", ["Arteriovenous malformation", "Cerebral hemorrhage", "Heart failure", "Stroke", "Hydrocephalus"]
)
def test_the_words_of_the_neighbouring_rules_ask_too(text: str) -> None:
    assert hazard(judged(days_ago=2), Coded(text, recorded_at=YESTERDAY)).state is State.UNKNOWN


def test_only_a_prescriber_judges_it_away_and_anybody_may_raise_it() -> None:
    nurse = hazard(judged(prescriber=False, by="A nurse"))
    assert nurse.state is State.UNKNOWN
    assert nurse.value == "Said to be absent by A nurse, 23 Nov 2026. A prescriber judges this"
    assert hazard(judged("yes", prescriber=False)).state is State.NOT_MET


@pytest.mark.parametrize("rule_id", ["EL005", "EL079"])
def test_a_judgement_is_not_worded_as_a_denial(rule_id: str) -> None:
    facts = reassuring(KETAMINE)
    named = {rule_id: judged(by="Dr Vale")}
    assert finding(rule_id, replace(facts, answers=named), KETAMINE).value == "Judged absent by Dr Vale, 23 Nov 2026"
    present = {rule_id: judged("yes", by="")}
    assert finding(rule_id, replace(facts, answers=present), KETAMINE).value == "Judged present, 23 Nov 2026"
