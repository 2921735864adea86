"""Before the nasal spray in the US: is this person enrolled in the programme? The record answers where it can."""

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.screening.models import ScreeningRequest
from daybreak.clinic.treatment_day import services, session_page
from daybreak.clinic.treatment_day.known_answers import ENROLLED_CHECK, ENROLLED_RULE
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import INFUSION, NASAL, Day, open_day

READ = "The programme's page says enrolled."


@pytest.fixture
def day(clinic: Clinic) -> Day:
    return open_day(clinic, NASAL)


def say(clinic: Clinic, state: str, text: str = "") -> None:
    PatientFact.objects.create(
        patient=clinic.patient, kind=PatientFactKind.ANSWER, code=ENROLLED_RULE, state=state, text=text,
        occurred_at=timezone.now(), source="test", **clinic.actor(Role.COORDINATOR).stamp,
    )  # fmt: skip


def refusals(day: Day) -> str:
    return " ".join(f"{each.why} {each.resolves}" for each in day.state().standing if each.check.id == ENROLLED_CHECK)


def test_nothing_recorded_stands_against_the_dose_and_says_what_resolves_it(day: Day) -> None:
    assert "enrolled in the nasal programme" in refusals(day)
    assert "record the programme's confirmation" in refusals(day)


def test_what_the_record_says_needs_no_touch(day: Day) -> None:
    say(day.clinic, "yes")
    assert refusals(day) == ""


def test_an_enrolment_that_ended_stands_against_the_dose_whatever_was_answered_before(day: Day) -> None:
    services.answer_check(day.session, ENROLLED_CHECK, True, day.nurse, write_id=new_id())
    assert refusals(day) == ""
    say(day.clinic, "no", "The enrolment ended on 3 Nov 2026.")
    assert "ended on 3 Nov 2026" in refusals(day)


def test_somebody_who_looked_later_is_believed(day: Day) -> None:
    say(day.clinic, "no")
    services.answer_check(day.session, ENROLLED_CHECK, True, day.nurse, write_id=new_id(), detail=READ)
    assert refusals(day) == ""


def test_a_yes_against_the_record_stands_in_timeline_and_note_and_beside_the_check(day: Day) -> None:
    said = "The enrolment ended on 3 Nov 2026."
    say(day.clinic, "no", said)
    services.answer_check(day.session, ENROLLED_CHECK, True, day.nurse, write_id=new_id(), detail=READ)
    line = f"and the enrolment confirmed? yes. The record says otherwise: {said}"
    assert line in services.draft_note(day.session)
    page = session_page.build(day.session, timezone.localtime())
    assert [row.record_says for row in page.checks if row.check.id == ENROLLED_CHECK] == [said]
    say(day.clinic, "yes")
    assert line in services.draft_note(day.session), "what was answered stays as it was answered"


def test_an_answer_the_record_agrees_with_says_nothing_more(day: Day) -> None:
    say(day.clinic, "no")
    services.answer_check(day.session, ENROLLED_CHECK, False, day.nurse, write_id=new_id())
    assert "The record says" not in services.draft_note(day.session)


def test_inpatients_are_not_enrolled(day: Day) -> None:
    stamp = day.clinic.actor(Role.PRESCRIBER).stamp
    ScreeningRequest.objects.create(
        course=day.clinic.course, drug="esketamine", route="nasal", setting="inpatient", **stamp
    )
    assert refusals(day) == ""


def test_no_other_country_and_no_other_dose_asks(clinic: Clinic) -> None:
    infusion = open_day(clinic, INFUSION)
    assert ENROLLED_CHECK not in {check.id for check in infusion.state().checks}


def test_elsewhere_it_is_not_asked(day: Day) -> None:
    day.clinic.site.jurisdiction = "EU"
    day.clinic.site.save()
    assert ENROLLED_CHECK not in {check.id for check in day.state().checks}
