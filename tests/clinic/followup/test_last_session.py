"""What a therapist finds about the last session and the next, and what is not theirs to see."""

from django.urls import reverse

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.last_session import last_session
from daybreak.clinic.treatment_day.queries import held
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.planning.cases import drafted
from tests.clinic.treatment_day.day import BEFORE, Day, open_day
from tests.clinic.treatment_day.test_pages import signed_in


def treated(clinic: Clinic) -> Day:
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    day = open_day(clinic)
    day.begin()
    day.read(20, {**BEFORE, Vital.SYSTOLIC: 164, Vital.DISSOCIATION: 6})
    day.read(30, {**BEFORE, Vital.DISSOCIATION: 3})
    for what, words in (("distress", ""), ("note", "Wept, and wanted a hand to hold")):
        services.observe(day.session, what, day.nurse, write_id=new_id(), at=day.at(25), words=words)
    return day


def read(clinic: Clinic, name: str, query: str = "") -> str:
    response = signed_in(clinic, Role.THERAPIST).get(reverse(name, args=[clinic.course.pk]) + query)
    return response.content.decode()


def test_what_happened_stands_on_the_page_of_the_course(clinic: Clinic) -> None:
    day = treated(clinic)
    day.do(services.stop, 40)
    day.do(services.leave, 120, goes_with="her sister", reason="Steady and awake, the prescriber agreed to it.")
    services.sign_note(day.session, "A quiet session.", day.nurse, write_id=new_id(), at=day.at(125))
    page = read(clinic, "course")
    for said in (
        "Given: ketamine iv 35 mg.", "6 of 10 at its strongest", "Distress; Note: Wept, and wanted a hand to hold",
        "Systolic 164, above amber 160", "with her sister", "by A synthetic session nurse", "Session 2,",
    ):  # fmt: skip
        assert said in page, said


def test_a_value_corrected_after_the_note_is_told_to_whom_the_course_is_open(clinic: Clinic) -> None:
    day = treated(clinic)
    day.do(services.stop, 40)
    day.do(services.leave, 120, goes_with="her sister", reason="Steady and awake, the prescriber agreed to it.")
    services.sign_note(day.session, "A quiet session.", day.nurse, write_id=new_id(), at=day.at(125))
    (wrong,) = day.session.readings.filter(vital=Vital.SYSTOLIC, measured_at=day.at(30))
    services.correct_reading(wrong, 158, "Read from the wrong line.", day.nurse, write_id=new_id())
    page = read(clinic, "course")
    assert "158" in page
    assert "Read from the wrong line." in page


def test_a_session_that_goes_on_is_said_and_its_note_is_not_there_yet(clinic: Clinic) -> None:
    treated(clinic)
    page = read(clinic, "course")
    assert "It goes on now." in page
    assert "Not signed yet." in page


def test_before_the_first_session_and_without_a_plan_the_page_says_so(clinic: Clinic) -> None:
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    assert last_session(held(clinic.course)) is None
    page = read(clinic, "course")
    assert "None was held yet." in page
    assert "No plan is signed." in page


def test_a_dose_taken_back_is_not_told_as_given(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.do(services.take_back_start, 2, reason="Wrong chair.")
    found = last_session(held(clinic.course))
    assert (found.given, found.dissociation, found.crossed) == ("No dose was given.", None, ())


def test_a_session_left_before_any_dose_is_named_as_owed(clinic: Clinic) -> None:
    """Session 2 comes next by the calendar of the plan; the page does not pass over the one before."""
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    open_day(clinic).do(services.leave, 5, reason="Pressure 170 all morning.")
    page = read(clinic, "course")
    assert "Session 1: left before any dose on" in page
    assert "session 1 is still owed" in page


def test_a_draft_of_a_plan_is_not_shown_to_who_may_not_read_drafts(clinic: Clinic) -> None:
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    drafted(clinic, goals="To be written still")
    for query in ("", "?version=1"):
        page = read(clinic, "plan", query)
        assert "To be written still" not in page
        assert "0.5 mg/kg" not in page
    assert "No plan is signed yet" in read(clinic, "plan")
    staff = signed_in(clinic, Role.NURSE).get(reverse("plan", args=[clinic.course.pk])).content.decode()
    assert "To be written still" in staff


def test_of_a_signed_plan_with_a_newer_draft_the_signed_one_stands(clinic: Clinic) -> None:
    treated(clinic)
    drafted(clinic, "ketamine 0.75 mg/kg iv over 40 min, weekly for 2 weeks", change_reason="More is needed.")
    page = read(clinic, "plan")
    assert "0.75 mg/kg" not in page
    assert "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks" in page
