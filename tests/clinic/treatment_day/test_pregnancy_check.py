"""Could this person be pregnant? Asked of everyone; a recorded sex settles nothing by itself."""

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import Patient, PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries, seats, services
from daybreak.clinic.treatment_day.known_answers import PREGNANCY_CHECK, PREGNANCY_RULE
from daybreak.treatment.patient_facts import PregnancyState
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.web.test_gate import signed_in


def recorded_as(clinic: Clinic, sex: str) -> Day:
    Patient.objects.filter(pk=clinic.patient.pk).update(sex=sex)
    day = open_day(clinic)
    day.session = queries.sessions().get(pk=day.session.pk)
    return day


def screened(day: Day, state: str) -> None:
    PatientFact.objects.create(
        patient=day.clinic.patient, kind=PatientFactKind.ANSWER, code=PREGNANCY_RULE, state=state,
        occurred_at=timezone.now(), source="test", **day.prescriber.stamp,
    )  # fmt: skip


def is_open(day: Day) -> bool:
    return PREGNANCY_CHECK in {each.check.id for each in day.state().standing}


def say(day: Day, **more: object) -> None:
    services.answer_check(day.session, PREGNANCY_CHECK, None, day.nurse, write_id=new_id(), **more)


@pytest.mark.parametrize("sex", ["female", "male", "other", ""])
def test_it_is_asked_whatever_sex_is_recorded(clinic: Clinic, sex: str) -> None:
    assert is_open(recorded_as(clinic, sex))


def test_of_somebody_recorded_as_male_it_may_not_apply_and_that_stands_in_the_note(clinic: Clinic) -> None:
    day = recorded_as(clinic, "male")
    say(day, applies=False)
    assert not is_open(day)
    assert "does not apply: Could this person be pregnant?" in services.draft_note(day.session)


@pytest.mark.parametrize("sex", ["female", "other", ""])
def test_of_anybody_else_it_applies(clinic: Clinic, sex: str) -> None:
    day = recorded_as(clinic, sex)
    with pytest.raises(Refusal, match="“Does not apply” is no answer"):
        say(day, applies=False)


def test_a_man_may_be_pregnant(clinic: Clinic) -> None:
    day = recorded_as(clinic, "male")
    services.answer_check(day.session, PREGNANCY_CHECK, True, day.nurse, write_id=new_id())
    assert is_open(day)


def test_no_other_question_takes_it(clinic: Clinic) -> None:
    day = recorded_as(clinic, "male")
    with pytest.raises(Refusal, match="“Does not apply” is no answer"):
        services.answer_check(day.session, "allergy", None, day.nurse, write_id=new_id(), applies=False)


@pytest.mark.parametrize(
    ("sex", "state", "asked"),
    [
        ("male", "not_possible", False),
        ("male", "possible", True),
        ("male", "unknown", True),
        ("female", "not_possible", True),
        ("other", "not_possible", True),
    ],
)
def test_sex_and_screening_together_answer_it(clinic: Clinic, sex: str, state: str, asked: bool) -> None:
    day = recorded_as(clinic, sex)
    screened(day, state)
    assert is_open(day) is asked


def test_the_page_says_that_the_sex_does_not_settle_it(clinic: Clinic) -> None:
    day, nurse = recorded_as(clinic, "male"), signed_in(clinic, Role.NURSE)
    page = nurse.get(reverse("session", args=[day.session.pk])).content.decode()
    assert "Recorded as male, which does not settle it." in page
    said = {"write_id": new_id(), "about": PREGNANCY_CHECK, "answer": "does_not_apply"}
    assert nurse.post(reverse("session_check", args=[day.session.pk]), said).status_code == 302
    assert not is_open(day)


def test_the_board_counts_the_same_open_checks_as_the_session(clinic: Clinic) -> None:
    """What the record answers is open on neither."""
    day = recorded_as(clinic, "male")
    screened(day, PregnancyState.NOT_POSSIBLE)
    at = timezone.localtime()
    seats._kept.clear()
    [seat] = seats.seats_of(clinic.site, seats.versions_of_today(clinic.site, at), at)
    state = queries.state(day.session, at)
    assert PREGNANCY_CHECK in state.recorded
    assert seat.state.standing == state.standing
