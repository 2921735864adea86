"""An amount that was corrected since is no amount of the record: a note or an amendment that names it is asked about
with both figures."""

import pytest
from django.urls import reverse

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_pages import post, signed_in

SPRAY = "esketamine 84 mg nasal twice weekly for 4 weeks"


@pytest.fixture
def dosed(day: Day) -> Day:
    """An infusion of 35 mg that has ended."""
    day.begin()
    day.do(services.stop, 41)
    return day


def sign(day: Day, text: str, **more: object) -> SessionEvent:
    return services.sign_note(day.session, text, day.prescriber, write_id=new_id(), **more)


def amend(day: Day, text: str, **more: object) -> SessionEvent:
    return services.amend_note(day.session, text, day.prescriber, write_id=new_id(), **more)


def test_of_84_mg_corrected_to_56_and_back_a_note_of_56_is_asked_about_with_both(clinic: Clinic) -> None:
    day = open_day(clinic, SPRAY)
    day.begin()
    for minute in (5, 10):
        day.do(services.give_device, minute)
    day.do(services.correct_amount, 20, mg=56, reason=TEN_WORDS)
    day.do(services.correct_amount, 30, mg=84, reason=TEN_WORDS)
    with pytest.raises(Refusal, match=f"The record says 84 mg; 56 mg was corrected at {clock_today(day.at(30))}"):
        sign(day, "Given: esketamine nasal 56 mg. All well.")
    assert sign(day, "Given: esketamine nasal 84 mg. All well.")


def test_what_the_clock_computed_counts_no_more_once_the_pump_was_read(dosed: Day) -> None:
    dosed.do(services.correct_amount, 60, mg=34.8, reason="Pump read again.")
    with pytest.raises(Refusal, match=r"The record says 34.8 mg; 35 mg was corrected at"):
        sign(dosed, "Given: ketamine iv 35 mg.")
    assert sign(dosed, "Given: ketamine iv 35 mg.", amounts_are_right=True)


def test_a_draft_that_tells_of_a_correction_is_signed_as_it_is(dosed: Day) -> None:
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    dosed.do(services.correct_amount, 70, mg=32, reason="Pump read once more.")
    assert sign(dosed, f"{services.draft_note(dosed.session)}\r\nAll well.")


def test_of_a_start_by_mistake_nothing_was_given(day: Day) -> None:
    day.begin()
    day.do(services.take_back_start, 2, reason="Another person sits here.")
    with pytest.raises(Refusal, match=r"The record says that nothing was given; 35 mg was corrected at"):
        sign(day, "Given: ketamine iv 35 mg.")


def test_a_stop_taken_back_leaves_its_amount_behind(day: Day) -> None:
    day.begin()
    stopped = day.do(services.stop, 20)
    services.take_back(day.session, stopped.pk, day.nurse, reason="The wrong chair.", write_id=new_id(), at=day.at(21))
    day.do(services.stop, 41)
    with pytest.raises(Refusal, match=r"The record says 35 mg; 17.5 mg was corrected at"):
        sign(day, "Given: ketamine iv 17.5 mg.")


def test_an_amendment_may_say_what_was_not_given_and_is_asked_about_what_it_says_was(dosed: Day) -> None:
    sign(dosed, "Given 35 mg.")
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    with pytest.raises(Refusal, match=r"The record says 30 mg; 35 mg was corrected at"):
        amend(dosed, "Given 35 mg.")
    assert amend(dosed, "30 mg were given, not 35 mg.")


@pytest.mark.parametrize("asks", ["Was it not 35 mg in all?", "were there not 35 mg", "Is the amount not 35 mg?"])
def test_a_question_with_not_denies_no_amount(dosed: Day, asks: str) -> None:
    sign(dosed, "Given 35 mg.")
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    with pytest.raises(Refusal, match=r"The record says 30 mg; 35 mg was corrected at"):
        amend(dosed, asks)


@pytest.mark.parametrize(
    "says", ["It was not 35 mg.", "30 mg was right, and the dose was not 35 mg.", "So it is not 35 mg"]
)
def test_a_sentence_with_not_does(dosed: Day, says: str) -> None:
    sign(dosed, "Given 35 mg.")
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    assert amend(dosed, says)


def test_the_page_is_told_both_figures_and_how_to_go_on(dosed: Day) -> None:
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    said = post(signed_in(dosed.clinic), dosed, "note", words="Given 35 mg, then 12 mg.").json()
    assert [point["why"][:30] for point in said["points"]] == ["12 mg", "The record says 30 mg; 35 mg w"]
    assert "say below that it is right" in said["refused"]


def test_without_a_script_the_note_comes_back_with_both_figures_and_the_box(dosed: Day) -> None:
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    sent = {"write_id": new_id(), "words": "Given 35 mg."}
    answer = signed_in(dosed.clinic).post(reverse("session_note", args=[dosed.session.pk]), sent)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "not what the record says:" in shown
    assert "The record says 30 mg; 35 mg was corrected at" in shown
    assert ">Given 35 mg.</textarea>" in shown
    assert 'name="amounts_are_right"' in shown
