"""From a real referral of pain to a measured answer, through the pages and forms themselves, without a script.

The referral on depression is walked in a browser; here are the three others.
"""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import Course, Patient, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.screening.answers import PregnancyAnswer
from daybreak.clinic.treatment_day import queries as treatment_day
from daybreak.clinic.treatment_day.models import Chair
from daybreak.demonstration.referrals import referral
from daybreak.treatment.findings import State
from tests.clinic.people import Clinic, make_user
from tests.clinic.screening.cases import INDICATIONS, REASON
from tests.clinic.treatment_day.test_pages import signed_in
from tests.harness.paper import Reader, forms

REGIMEN = "ketamine 80 mg iv over 150 min, once"
SET = {
    "systolic": 126, "diastolic": 78, "heart_rate": 68, "spo2": 98, "respiratory_rate": 14, "alertness": 5,
    "dissociation": 0,
}  # fmt: skip


@pytest.mark.parametrize("bundle", ["fibromyalgia", "chronic-pain", "neuropathy"])
def test_a_person_with_pain_from_referral_to_a_measured_answer(
    clinic: Clinic, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Chair.objects.create(site=clinic.site, name="1")
    coordinator, prescriber, nurse = (
        Reader(signed_in(clinic, role)) for role in (Role.COORDINATOR, Role.PRESCRIBER, Role.NURSE)
    )
    course = a_referral_becomes_a_course(coordinator, bundle)
    screening_is_answered_and_decided(prescriber, course)
    a_plan_is_written_and_signed(prescriber, course)
    before = answers_on_the_phone(clinic, course)
    a_session_is_held(nurse, course)
    a_few_minutes_pass(monkeypatch)
    after = an_answer_is_entered(nurse, course)
    the_chart_shows_both(prescriber, course, before, after)


def a_referral_becomes_a_course(reader: Reader, bundle: str) -> Course:
    reader.open(reverse("referral_new"))
    file = io.BytesIO(referral(bundle))
    file.name = f"{bundle}.json"
    page = reader.send("/referrals/new", {"file": file}, having="write_id")
    assert "No PHQ-9 total was sent." in page
    form = next(each for each in forms(page) if "indication" in each.offered)
    choice = {"person": "new", "indication": INDICATIONS[bundle], "prescriber": form.choice("prescriber", "prescriber")}
    page = reader.send(form.action or reader.address, choice, having="indication")
    assert "is on the list" in page
    return Course.objects.latest("opened_at")


def screening_is_answered_and_decided(reader: Reader, course: Course) -> None:
    address = reverse("screening", args=[course.pk])
    page = reader.open(address)
    assert "Why may this person not be treated yet?" in page
    reader.send("/treatment", {"treatment": "ketamine iv", "setting": "outpatient"})
    reader.send("/answers", _what_lets_treatment_go_on(reader))
    at = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    measured = {"systolic": 128, "diastolic": 78, "heart_rate": 70, "spo2": 98, "weight": 82.5, "height": 171, "at": at}
    reader.send("/measurements", measured)
    reader.send("/allergies", {"known": "none"})
    asked = [name for name in reader.form("/decide").fields if name.startswith("reason-")]
    decision = {"outcome": "go_on", **dict.fromkeys(asked, REASON)}
    page = reader.send("/decide", decision)
    assert "The decision is signed" in page


def _what_lets_treatment_go_on(reader: Reader) -> dict[str, str]:
    rules, found = screening.rules(), {}
    for name in reader.form("/answers").offered:
        rule = rules.get(name.removesuffix("-value"))
        if rule is not None and name.endswith("-value"):
            found[name] = rule.met_when or PregnancyAnswer.NOT_POSSIBLE
    return found


def a_plan_is_written_and_signed(reader: Reader, course: Course) -> None:
    today = timezone.localdate()
    reader.open(reverse("plan", args=[course.pk]))
    written = {
        "text": REGIMEN, "first_day": today, "goals": "To walk to the shop again.",
        "stop_rules": "No relief of a third after the infusion.", "review_on": today + timedelta(weeks=6),
    }  # fmt: skip
    page = reader.send("/plan/save", written)
    assert "It is in force once a prescriber has signed it." in page
    assert "Off-label" in page
    assert "is signed." in reader.send("/plan/sign")


def answers_on_the_phone(clinic: Clinic, course: Course) -> float:
    """The baseline of PEG, one question a screen."""
    person = _person(clinic, course.patient)
    client = Client()
    client.force_login(person)
    reader = Reader(client)
    reader.open(reverse("own"))
    reader.open(reverse("own_question", args=[course.pk, "PEG-baseline-0", 1]))
    for answer in (8, 7, 9):
        reader.send(reader.address, {"answer": answer, "go": "next"}, having="answer")
    page = reader.send(reader.address, having="write_id")
    assert "Your answers are saved" in page
    return _total(course)


def _person(clinic: Clinic, patient: Patient) -> User:
    User.objects.filter(role=Role.PATIENT).delete()
    return make_user(clinic.site, Role.PATIENT, patient)


def _total(course: Course) -> float:
    return Measure.objects.filter(course=course, instrument="PEG").latest("recorded_at").total


def a_session_is_held(reader: Reader, course: Course) -> None:
    reader.open(reverse("sessions", args=[course.pk]))
    form = reader.form("/sessions/open")
    page = reader.send("/sessions/open", {"chair": form.choice("chair", "1")})
    assert "Before the dose" in page
    reader.send("/readings", SET, having="systolic")
    for check, clears in _asked(course):
        reader.send("/check", {"answer": "yes" if clears else "no"}, having=check)
    page = reader.send("/start", {"lot": "K1", "concentration_mg_per_ml": "1", "pump_ml_per_h": "32"})
    assert "Infusion started, 80 mg over 150 min" in page
    reader.send("/readings", {**SET, "systolic": 168}, having="systolic")
    page = reader.send("/mark", {"answer": "told"}, having="flag")
    assert "Systolic 168, above amber 160" in page
    reader.send("/stop", {"words": "Enough for today."}, having="words")
    reader.send("/readings", SET, having="systolic")
    for criterion in ("alert", "perception", "walks", "suicide", "ride", "advice"):
        reader.send("/criterion", {"answer": "yes", "detail": "Seen and asked."}, having=criterion)
    page = reader.send("/leave", {"goes_with": "a daughter", "reason": REASON})
    assert "with a daughter" in page
    assert "Locked." in reader.send("/note", having="words")


def _asked(course: Course) -> Iterator[tuple[str, bool]]:
    session = treatment_day.sessions().get(course=course)
    for check in treatment_day.state(session, timezone.now()).checks:
        if not check.is_measured:
            yield check.id, check.clears


def a_few_minutes_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form of staff knows minutes only: an answer of the same minute would stand before the dose."""
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=3))


def an_answer_is_entered(reader: Reader, course: Course) -> float:
    """What the person said afterwards, entered by the nurse."""
    reader.open(reverse("measure_new", args=[course.pk, "PEG"]))
    page = reader.send(reader.address, {"item_1": 4, "item_2": 3, "item_3": 5}, having="item_1")
    assert "Saved." in page
    return _total(course)


def the_chart_shows_both(reader: Reader, course: Course, before: float, after: float) -> None:
    page = reader.open(reverse("course", args=[course.pk]))
    assert (before, after) == (8, 4)
    assert "8 before the first dose, 4 at the latest answer" in page
    assert "Session 1" in page
    assert "Given: ketamine iv" in page
    state = treatment_day.state(treatment_day.sessions().get(course=course), timezone.now())
    assert state.left
    assert state.note
    assert all(criterion.state in State for criterion in state.criteria)
