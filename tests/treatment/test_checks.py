"""Checks before a dose: why may this person not be dosed now?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.checks import Answer, Check, checks_before, measured_answers, open_checks, standing_against
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Effect
from daybreak.treatment.gate import gate_limits
from daybreak.treatment.sources import Basis, Status
from daybreak.treatment.vitals import Reading, Vital

NOW = datetime(2026, 3, 2, 10, 12, tzinfo=UTC)
IV = checks_before(Drug.KETAMINE, Route.IV, "US")
NASAL = checks_before(Drug.ESKETAMINE, Route.NASAL, "US")


def ids(checks: tuple[Check, ...]) -> set[str]:
    return {check.id for check in checks}


def cleared(checks: tuple[Check, ...]) -> dict[str, Answer]:
    return {check.id: Answer(check.clears, NOW) for check in checks}


def readings(systolic: float, diastolic: float, spo2: float = 98, minutes_ago: float = 5) -> list[Reading]:
    at = NOW - timedelta(minutes=minutes_ago)
    values = {
        Vital.SYSTOLIC: systolic,
        Vital.DIASTOLIC: diastolic,
        Vital.HEART_RATE: 72,
        Vital.SPO2: spo2,
    }
    return [Reading(vital, value, at) for vital, value in values.items()]


def test_every_dose_asks_who_whether_agreed_how_home_and_about_suicide() -> None:
    for checks in (IV, NASAL, checks_before(Drug.KETAMINE, Route.ORAL, "EU")):
        assert {"identity", "consent", "medicines", "pregnancy", "suicide_asked", "ride", "alcohol"} <= ids(checks)


def test_the_nasal_programme_adds_its_own_and_only_where_it_runs() -> None:
    own = {"on_site", "food", "nasal_spray", "too_early"}
    assert own <= ids(NASAL)
    assert not own & ids(IV)
    assert "on_site" not in ids(checks_before(Drug.ESKETAMINE, Route.NASAL, "EU"))
    on_site = next(check for check in NASAL if check.id == "on_site")
    assert on_site.effect is Effect.BLOCK
    assert on_site.provenance.basis is Basis.REGULATOR


def test_an_injection_asks_about_fasting_and_someone_who_can_rescue() -> None:
    assert {"fasting", "rescue"} <= ids(IV)
    assert not {"fasting", "rescue"} & ids(NASAL)


def test_few_checks_block() -> None:
    blocks = {check.id for check in (*IV, *NASAL) if check.effect is Effect.BLOCK}
    assert blocks == {"identity", "consent", "allergy", "drug_and_dose", "on_site", "enrolled", "vitals_measured"}


def test_every_check_says_what_resolves_it_and_where_it_comes_from() -> None:
    for check in (*IV, *NASAL):
        assert check.question.endswith("?")
        assert check.resolves.endswith(".")
        assert check.provenance.sources
        if all(source.status is Status.RECALLED for source in check.provenance.sources):
            assert check.provenance.status is Status.RECALLED


def test_nothing_stands_against_a_dose_whose_checks_are_all_cleared() -> None:
    assert open_checks(IV, cleared(IV)) == ()


def test_a_question_nobody_asked_stands_against_the_dose() -> None:
    refusals = open_checks(IV, {})
    assert {refusal.check.id for refusal in refusals} == {check.id for check in IV if check.effect is not Effect.INFORM}
    alcohol = next(refusal for refusal in refusals if refusal.check.id == "alcohol")
    assert alcohol.why == "Not asked: Any alcohol in the last 24 hours?"


def test_an_answer_that_nobody_knew_does_not_clear() -> None:
    answers = cleared(IV) | {"pregnancy": Answer(None, NOW)}
    [refusal] = open_checks(IV, answers)
    assert refusal.why == "Not known: Could this person be pregnant?"


def test_a_refusal_says_why_and_what_resolves_it() -> None:
    [refusal] = open_checks(NASAL, cleared(NASAL) | {"food": Answer(True, NOW)})
    assert refusal.why == "Food in the last 2 hours, or drink in the last 30 minutes."
    assert refusal.resolves == "Wait until both times have passed."
    assert refusal.check.effect is Effect.REASON


@pytest.mark.parametrize("typed", ["two bottles of wine", "two bottles of wine.", " two bottles of wine "])
def test_what_somebody_typed_beside_an_answer_follows_the_check_it_is_about(typed: str) -> None:
    answers = cleared(IV) | {"alcohol": Answer(True, NOW, typed, in_own_words=True)}
    (found,) = open_checks(IV, answers)
    assert found.why == "Alcohol in the last 24 hours: two bottles of wine."


def test_every_check_can_lead_what_somebody_typed() -> None:
    for check in (*IV, *NASAL):
        answer = Answer(not check.clears, NOW, "as told", in_own_words=True)
        assert standing_against(check, answer) == f"{check.refusal.removesuffix('.')}: as told."


def test_a_reason_lets_a_dose_go_on_where_the_rule_takes_one() -> None:
    answers = cleared(IV) | {"ride": Answer(False, NOW)}
    assert open_checks(IV, answers, {"ride": "Stays in hospital overnight."}) == ()
    assert open_checks(IV, answers, {"ride": "   "})


def test_no_reason_goes_round_a_missing_consent() -> None:
    answers = cleared(IV) | {"consent": Answer(False, NOW)}
    [refusal] = open_checks(IV, answers, {"consent": "Will sign tomorrow."})
    assert refusal.why == "There is no consent."
    assert refusal.check.effect is Effect.BLOCK


@given(st.dictionaries(st.sampled_from([check.id for check in IV]), st.sampled_from([True, False, None])))
def test_a_dose_goes_on_only_when_every_check_but_the_informing_is_cleared(
    given_answers: dict[str, bool | None],
) -> None:
    answers = {check_id: Answer(yes, NOW) for check_id, yes in given_answers.items()}
    open_ids = {refusal.check.id for refusal in open_checks(IV, answers)}
    for check in IV:
        is_clear = given_answers.get(check.id) is check.clears
        assert (check.id in open_ids) == (check.effect is not Effect.INFORM and not is_clear)


# The measured checks

GATE = gate_limits(Drug.ESKETAMINE, Route.NASAL, "US")


def why_not(measured: list[Reading]) -> dict[str, str]:
    answers = cleared(NASAL)
    for check in NASAL:
        if check.is_measured:
            del answers[check.id]
    answers |= measured_answers(measured, GATE, NOW)
    return {refusal.check.id: refusal.why for refusal in open_checks(NASAL, answers)}


def test_a_pressure_within_the_gate_stands_against_nothing() -> None:
    assert why_not(readings(140, 90)) == {}


@pytest.mark.parametrize(
    ("systolic", "diastolic", "why"),
    [
        (148, 84, "Systolic 148, above gate 140."),
        (138, 92, "Diastolic 92, above gate 90."),
        (150, 95, "Systolic 150, above gate 140. Diastolic 95, above gate 90."),
    ],
)
def test_a_pressure_beyond_the_gate_needs_a_reason(systolic: float, diastolic: float, why: str) -> None:
    assert why_not(readings(systolic, diastolic)) == {"pressure_gate": why}
    gate = next(check for check in NASAL if check.id == "pressure_gate")
    assert gate.effect is Effect.REASON


def test_an_oxygen_saturation_below_the_gate_needs_a_reason() -> None:
    assert why_not(readings(120, 80, spo2=92)) == {"oxygen_gate": "SpO₂ 92, below gate 93."}


def test_a_pressure_older_than_fifteen_minutes_is_no_pressure() -> None:
    assert why_not(readings(120, 80, minutes_ago=15)) == {}
    stale = why_not(readings(120, 80, minutes_ago=16))
    assert set(stale) == {"vitals_measured", "pressure_gate", "oxygen_gate"}
    assert stale["vitals_measured"].startswith("Not measured in the last 15 minutes: systolic pressure")
    assert stale["pressure_gate"] == "Not measured: Is the pressure within the gate?"


def test_the_newest_pressure_counts() -> None:
    assert why_not([*readings(120, 80, minutes_ago=2), *readings(165, 99, minutes_ago=10)]) == {}
    assert set(why_not([*readings(165, 99, minutes_ago=2), *readings(120, 80, minutes_ago=10)])) == {"pressure_gate"}


def test_half_a_pressure_is_no_pressure() -> None:
    newer = Reading(Vital.DIASTOLIC, 84, NOW - timedelta(minutes=1))
    assert why_not([*readings(120, 80, minutes_ago=5), newer])["vitals_measured"].endswith("systolic pressure.")


def test_a_pressure_from_a_clock_that_runs_ahead_does_not_count() -> None:
    assert "vitals_measured" in why_not(readings(120, 80, minutes_ago=-5))


@pytest.mark.parametrize(
    ("drug", "route", "asked", "not_asked"),
    [
        (Drug.KETAMINE, Route.IV, "pump rate", "device"),
        (Drug.KETAMINE, Route.IM, "volume in the syringe", "pump"),
        (Drug.ESKETAMINE, Route.NASAL, "number of devices", "pump"),
        (Drug.KETAMINE, Route.SUBLINGUAL, "swallowed or spat out", "pump"),
        (Drug.KETAMINE, Route.ORAL, "to be swallowed", "pump"),
    ],
)
def test_what_is_read_aloud_is_what_the_route_has(drug: Drug, route: Route, asked: str, not_asked: str) -> None:
    (question,) = [each.question for each in checks_before(drug, route, "US") if each.id == "drug_and_dose"]
    assert asked in question
    assert not_asked not in question


def test_every_drug_and_route_has_each_check_once() -> None:
    for drug in Drug:
        for route in Route:
            asked = [check.id for check in checks_before(drug, route, "US")]
            assert len(asked) == len(set(asked))
            assert "drug_and_dose" in asked
