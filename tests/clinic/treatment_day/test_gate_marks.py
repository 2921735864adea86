"""Before the dose the gate's values mark; with the dose the limits of a session do."""

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.services import MarkAnswer
from daybreak.treatment.limits import Level
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, INFUSION, NASAL, Day, open_day


def marked(day: Day, minute: float, **values: float) -> list[tuple[str, str]]:
    """The flags open after these values, each with its rule and level."""
    day.read(minute, {**BEFORE, **{Vital(name): value for name, value in values.items()}})
    return [(flag.rule, flag.level) for flag in day.flags()]


@pytest.mark.parametrize(
    ("words", "systolic", "rules"),
    [
        (NASAL, 140, []),  # the label's guide is above 140/90
        (NASAL, 141, ["EL010-systolic-gate-above"]),
        (INFUSION, 150, []),
        (INFUSION, 160, []),  # amber of the session is at 160; the gate, above 160, counts
        (INFUSION, 161, ["EL012-systolic-gate-above"]),
        (NASAL, 99, ["TH12-systolic-amber-below"]),  # the gate says nothing of a low pressure
        (INFUSION, 185, ["TH1-systolic-red-at_least"]),  # what calls to act does so before the dose too
    ],
)
def test_a_pressure_before_the_dose(clinic: Clinic, words: str, systolic: float, rules: list[str]) -> None:
    day = open_day(clinic, words)
    assert [rule for rule, _ in marked(day, -5, systolic=systolic)] == rules


def test_oxygen_is_marked_at_the_gate_before_the_dose_and_at_amber_after(day: Day) -> None:
    assert marked(day, -15, spo2=93) == []
    assert marked(day, -10, spo2=92) == [("EL024-spo2-gate-below", Flag.Level.WATCH)]


def test_what_has_no_gate_is_marked_by_the_limits_of_a_session(day: Day) -> None:
    assert marked(day, -5, heart_rate=125) == [("TH4-heart_rate-amber-above", Flag.Level.WATCH)]


def test_with_the_dose_the_limits_of_the_session_mark(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    assert marked(day, 20, systolic=155) == []
    assert marked(day, 40, systolic=162) == [("TH1-systolic-amber-at_least", Flag.Level.WATCH)]


def test_the_page_and_the_flag_name_the_same_limit(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    marked(day, -5, systolic=150)
    state, (flag,) = day.state(-4), day.flags()
    mark = state.mark_of(state.latest[Vital.SYSTOLIC])
    assert (mark.level, mark.limit.id) == (Level.GATE, flag.rule)
    assert "Rest and measure again. Beyond the gate the prescriber weighs delay against benefit" in flag.detail


def test_within_the_gate_again_at_the_recheck_closes_it(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    marked(day, -15, systolic=150)
    services.answer_mark(day.flags()[0], MarkAnswer.RECHECK, day.nurse, write_id=new_id(), at=day.at(-14))
    assert marked(day, -5, systolic=138) == []


def test_starting_the_dose_closes_what_the_gate_marked(clinic: Clinic) -> None:
    """The prescriber wrote why it goes on; from here other limits hold."""
    day = open_day(clinic, NASAL)
    day.read(-5, {**BEFORE, Vital.SYSTOLIC: 150})
    day.clear_checks(-5)
    why = "Rested twice, measured twice, and the pressure is as it is at home."
    services.give_reason(day.session, "pressure_gate", why, day.prescriber, write_id=new_id(), at=day.at(-4))
    assert day.flags()
    day.do(services.start_dose, 0)
    assert not day.flags()
    assert marked(day, 20, systolic=150) == []


def test_a_start_taken_back_brings_the_gate_back(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.take_back_start, 2, reason="Wrong chair.")
    assert marked(day, 5, systolic=150) == [("EL010-systolic-gate-above", Flag.Level.WATCH)]
    assert not queries.is_dosed(day.session, timezone.now())
