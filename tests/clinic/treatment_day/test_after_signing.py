"""A locked note does not change, so the page says what changed after it was signed."""

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.after_signing import changed_since_note
from daybreak.clinic.treatment_day.last_session import last_session
from tests.clinic.treatment_day.day import Day


@pytest.fixture
def signed(day: Day) -> Day:
    """An infusion, its end, a value and a signed note of 35 mg."""
    day.begin()
    day.do(services.stop, 41)
    day.systolic(45, 140)
    services.sign_note(day.session, services.draft_note(day.session), day.nurse, write_id=new_id())
    return day


def changed(day: Day) -> str:
    record = queries.record(queries.sessions().get(pk=day.session.pk))
    return "\n".join(changed_since_note(record, record.state(timezone.now())))


def test_nothing_changed_and_nothing_is_said(signed: Day) -> None:
    assert changed(signed) == ""


def test_another_amount_is_said_with_both_numbers(signed: Day) -> None:
    signed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    said = changed(signed)
    assert "The amount given is 30 mg now; it was 35 mg when this was signed." in said
    assert "Amount really given: 30 mg (Pump read again" in said


def test_a_pause_entered_late_is_said_with_what_it_does_to_the_amount(signed: Day) -> None:
    signed.do(services.pause, 10)
    assert "it was 35 mg" in changed(signed)
    assert "Paused" in changed(signed)


def test_a_value_corrected_or_entered_later_is_said_and_one_from_before_is_not(signed: Day) -> None:
    reading = signed.systolic(50, 188)
    services.correct_reading(reading, 138, "Typed wrongly.", signed.nurse, write_id=new_id())
    said = changed(signed)
    assert "138 [was 188]" in said
    assert "140" not in said


def test_an_amendment_speaks_for_what_was_recorded_before_it(signed: Day) -> None:
    signed.do(services.correct_amount, 60, mg=30)
    services.amend_note(signed.session, "30 mg by the pump.", signed.prescriber, write_id=new_id())
    assert changed(signed) == ""
    services.observe(signed.session, "nausea", signed.nurse, write_id=new_id(), at=signed.at(70))
    assert "Nausea" in changed(signed)


def test_what_the_note_says_and_was_taken_back_since_is_said(signed: Day) -> None:
    noted = services.observe(signed.session, "nausea", signed.nurse, write_id=new_id(), at=signed.at(70))
    services.amend_note(signed.session, "Some nausea.", signed.prescriber, write_id=new_id())
    services.take_back(signed.session, noted.pk, signed.nurse, write_id=new_id())
    assert "Nausea taken back" in changed(signed)


def test_the_page_and_whoever_sees_the_person_next_are_told(signed: Day) -> None:
    signed.do(services.correct_amount, 60, mg=30)
    found = last_session(queries.held(signed.clinic.course))
    assert found is not None
    assert any("30 mg now" in each for each in found.changed)
