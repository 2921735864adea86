"""The time-out by two people: two, proved, lately, for this dose; and it holds up nothing else."""

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.followup.story import browser
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import give_password, proof
from tests.clinic.treatment_day.day import Day, open_day

ALL = ("identity", "drug", "dose", "route")


@pytest.fixture
def strict(day: Day) -> Day:
    """A session in a clinic that wants a time-out, with everything else ready for the dose."""
    want(day)
    day.read(-5)
    day.clear_checks(-5)
    return day


def want(day: Day, wanted: bool = True) -> None:
    director = day.clinic.actor(Role.DIRECTOR)
    services.set_time_out(day.clinic.site, wanted, "After an audit.", director, write_id=new_id())


def confirm(
    day: Day, minute: float, role: Role = Role.PRESCRIBER, confirmed: tuple[str, ...] = ALL, **more: float
) -> SessionEvent:
    second = Witness(day.clinic.users[role], "password")
    if day.state(minute).next_dose.dose.duration_min:
        more = {"concentration_mg_per_ml": day.session.plan.concentration_mg_per_ml} | more
    return services.record_time_out(
        day.session, second, confirmed, day.nurse, write_id=new_id(), at=day.at(minute), **more
    )


def test_it_is_off_until_the_director_wants_it(day: Day) -> None:
    with pytest.raises(Refusal, match="Only the medical director"):
        services.set_time_out(day.clinic.site, True, "Because.", day.nurse, write_id=new_id())
    assert day.begin().kind == SessionEvent.Kind.DOSE_STARTED


def test_no_dose_starts_before_two_people_confirmed_it(strict: Day) -> None:
    with pytest.raises(Refusal, match="wants a time-out by two people, and there was none"):
        strict.do(services.start_dose, 0)
    confirm(strict, -2)
    started = strict.do(services.start_dose, 0)
    assert started.data["second_person"] == strict.prescriber.user.display_name


def test_one_person_is_not_two(strict: Day) -> None:
    with pytest.raises(Refusal, match="somebody else than you"):
        confirm(strict, -2, Role.NURSE)


def test_the_second_person_may_act_in_the_session(strict: Day) -> None:
    """Who may witness a waste, and may not open a session, does not confirm its dose, and is not offered."""
    pharmacist = strict.clinic.users[Role.PHARMACIST]
    with pytest.raises(Refusal, match="runs no sessions"):
        confirm(strict, -2, Role.PHARMACIST)
    page = browser(strict.clinic.users[Role.NURSE]).get(reverse("session", args=[strict.session.pk])).content.decode()
    assert f'value="{strict.clinic.users[Role.PRESCRIBER].username}"' in page
    assert f'value="{pharmacist.username}"' not in page


def test_a_clinic_without_it_names_no_second_person(day: Day) -> None:
    """A name chosen by one person alone proves nothing, so none is asked and none is told."""
    page = browser(day.clinic.users[Role.NURSE]).get(reverse("session", args=[day.session.pk])).content.decode()
    assert 'id="start"' in page
    assert "Second person" not in page
    assert "second_person" not in page
    assert "second person" not in services.draft_note(day.session, day.begin().occurred_at)


def test_all_of_it_is_confirmed_or_nothing(strict: Day) -> None:
    with pytest.raises(Refusal, match="Not confirmed: The dose, and how it is prepared; The route"):
        confirm(strict, -2, confirmed=("identity", "drug"))


def test_a_time_out_of_long_before_does_not_count(strict: Day) -> None:
    confirm(strict, -15.5)
    with pytest.raises(Refusal, match="too old for this dose"):
        strict.do(services.start_dose, 0)
    confirm(strict, -14)
    assert strict.do(services.start_dose, 0)


def test_a_start_taken_back_takes_its_time_out_along(strict: Day) -> None:
    """Perhaps it was the wrong chair: all is asked again, and so is this."""
    confirm(strict, -2)
    strict.do(services.start_dose, 0)
    strict.do(services.take_back_start, 1, reason="Wrong chair.")
    strict.clear_checks(1)
    with pytest.raises(Refusal, match="there was none"):
        strict.do(services.start_dose, 2)


def test_rescue_stopping_and_leaving_never_wait_for_it(strict: Day) -> None:
    for what, words in (("medicine", "Ondansetron 4 mg iv"), ("emergency", "")):
        services.observe(strict.session, what, strict.nurse, write_id=new_id(), at=strict.at(1), words=words)
    strict.do(services.stop, 2)
    assert strict.do(services.leave, 3).kind == SessionEvent.Kind.LEFT


def test_the_second_person_proves_themselves_on_the_page(strict: Day) -> None:
    give_password(strict.clinic.users[Role.PRESCRIBER])
    strict.read((timezone.now() - strict.zero).total_seconds() / 60 - 1)
    nurse, address = browser(strict.clinic.users[Role.NURSE]), reverse("session", args=[strict.session.pk])
    assert "The time-out by two people is still to be done" in nurse.get(address).content.decode()
    said = {"write_id": new_id(), "confirmed": ALL, "concentration_mg_per_ml": "1"}
    said |= proof(strict.clinic, password="a guess")
    wrong = nurse.post(reverse("session_time_out", args=[strict.session.pk]), said)
    assert wrong.status_code == 422
    assert "The name, or the PIN or password, is not right." in wrong.content.decode()
    assert f'href="{address}">Back to the session' in wrong.content.decode()
    said |= {"write_id": new_id(), **proof(strict.clinic)}
    page = nurse.post(reverse("session_time_out", args=[strict.session.pk]), said, follow=True).content.decode()
    assert "Confirmed by two people at" in page
    assert "As confirmed: <strong>1 mg/mL, 35 mL at 52.5 mL/h" in page
    assert "The label says another concentration: confirm again" in page
    assert "Time-out by two people: ketamine 35 mg by vein, infusion over 40 min, 1 mg/mL, 35 mL at 52.5 mL/h" in page
    event = SessionEvent.objects.get(kind=SessionEvent.Kind.TIME_OUT)
    assert "the witness knows this" not in str(event.data)


def test_two_people_confirm_concentration_volume_and_rate(strict: Day) -> None:
    assert (
        confirm(strict, -2).data["confirmed"]
        == "ketamine 35 mg by vein, infusion over 40 min, 1 mg/mL, 35 mL at 52.5 mL/h"
    )
    started = strict.do(services.start_dose, 0)
    assert (started.data["concentration_mg_per_ml"], started.data["rate_ml_per_h"]) == (1, pytest.approx(52.5))


def test_the_dose_starts_with_the_concentration_that_was_confirmed(strict: Day) -> None:
    assert confirm(strict, -2, concentration_mg_per_ml=2).data["confirmed"].endswith("17.5 mL at 26.25 mL/h")
    with pytest.raises(Refusal, match="Two people confirmed 2 mg/mL; 1 mg/mL was typed"):
        strict.do(services.start_dose, 0, concentration_mg_per_ml=1, reason="It says 1.")
    confirm(strict, -1, concentration_mg_per_ml=1)
    confirm(strict, -0.5, concentration_mg_per_ml=2)  # the newest counts
    with pytest.raises(Refusal, match="The plan says 1 mg/mL; 2 mg/mL was typed"):
        strict.do(services.start_dose, 0)
    started = strict.do(services.start_dose, 0, reason="The bag came with 2.")
    assert (started.data["concentration_mg_per_ml"], started.data["rate_ml_per_h"]) == (2, pytest.approx(26.25))


def test_no_concentration_is_refused(strict: Day) -> None:
    with pytest.raises(Refusal, match="Write a number above zero"):
        confirm(strict, -2, concentration_mg_per_ml=0)


def test_switched_off_again_nothing_is_asked(strict: Day) -> None:
    want(strict, wanted=False)
    assert strict.do(services.start_dose, 0)


def test_a_sublingual_dose_is_read_aloud_with_what_becomes_of_its_rest(clinic: Clinic) -> None:
    day = open_day(clinic, "ketamine 100 mg sublingual spat out, once")
    want(day)
    assert confirm(day, -2).data["confirmed"] == "ketamine 100 mg under the tongue: hold, then spit out"
    page = browser(day.clinic.users[Role.NURSE]).get(reverse("session", args=[day.session.pk])).content.decode()
    assert "Time-out: ketamine 100 mg under the tongue: hold, then spit out</h2>" in page
