"""The nasal programme of the demonstration: the site's certification, enrolments, the form of each nasal session.

Nothing was ever sent: the site and everybody in it are synthetic. The form of one session was forgotten and is overdue.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from django.utils import timezone

from daybreak.clinic.programme import services
from daybreak.clinic.programme.filling import filled
from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment, Submission
from daybreak.clinic.programme.services import Sending
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import queries as days
from daybreak.demonstration.people import House
from daybreak.demonstration.stories import Reached
from daybreak.demonstration.telling import SIGNED, Moment, Telling
from daybreak.treatment import nasal_programme
from daybreak.treatment.regimen import sessions

ENROLLED_AFTER, COMPLETED_AFTER, SENT_AFTER = timedelta(hours=2), timedelta(hours=5), timedelta(hours=20)
# What a person adds to what the session holds; the same for everybody, since nobody is real.
ADDED = {
    "benzodiazepines": "no", "sedative_hypnotics": "no", "opioids": "no", "psychostimulants": "no", "maoi": "no",
    "watcher_phone": "555 0100", "watcher_email": "nurse@clinic.example", "ready_min": "110", "vitals_before": "yes",
    "vitals_after": "yes", "respiratory_depression": "no", "serious_event": "no",
}  # fmt: skip
FORGOTTEN_BEFORE = 2  # sessions before the last
ADDRESS = {"address": "1 Example Street", "city": "Exampletown", "region": "NY", "postcode": "00000"}


def certified(house: House) -> Iterator[Moment]:
    """The site is certified the day after its founding."""
    yield Moment(house.founded_at + timedelta(days=1), lambda at: _certify(house, at))


def _certify(house: House, at: datetime) -> None:
    services.certify_site(
        house.site, SiteEnrolment.State.CERTIFIED, timezone.localdate(at), house.acts(Role.COORDINATOR, at),
        write_id=uuid5(NAMESPACE_OID, "daybreak demonstration programme site"), number="SYNTHETIC-0001",
        representative=house.staff[Role.DIRECTOR].display_name, address=ADDRESS,
    )  # fmt: skip


def in_programme(telling: Telling) -> Iterator[Moment]:
    """A person's enrolment and the forms of their sessions; nothing for who has no nasal spray."""
    story = telling.story
    if not story.plan or not story.reached.is_past(Reached.SIGNED):
        return
    first = story.regimen.first
    if not nasal_programme.in_programme(first.drug, first.route, telling.house.site.jurisdiction):
        return
    yield Moment(telling.before_first_dose(SIGNED) + ENROLLED_AFTER, lambda at: _enrol(telling, at))
    held = len(sessions(story.regimen)[: story.sessions_given])
    for number, dose_at in enumerate(telling.doses_at[:held], start=1):
        if "forgotten_form" in story.unusual and number == story.sessions_given - FORGOTTEN_BEFORE:
            continue
        yield Moment(dose_at + COMPLETED_AFTER, lambda at, number=number: _complete(telling, number, at))
        yield Moment(dose_at + SENT_AFTER, lambda at, number=number: _send(telling, number, at))


def _enrol(telling: Telling, at: datetime) -> None:
    services.record_enrolment(
        telling.course.patient, PatientEnrolment.State.ENROLLED, timezone.localdate(at),
        telling.acts(Role.COORDINATOR, at), write_id=telling.id("enrolled"),
        prescriber=telling.house.staff[Role.PRESCRIBER], agreed_on=timezone.localdate(at),
    )  # fmt: skip


def _complete(telling: Telling, number: int, at: datetime) -> None:
    session = days.sessions().get(pk=telling.held[number].pk)
    holds = filled(days.record(session), at).answers
    answers = {**holds, **ADDED, "first_treatment": "yes" if number == 1 else "no"}
    services.complete_form(
        session, nasal_programme.current_form(), answers, telling.acts(Role.NURSE, at),
        write_id=telling.id(number, "form"), after=0,
    )  # fmt: skip


def _send(telling: Telling, number: int, at: datetime) -> None:
    session = days.sessions().get(pk=telling.held[number].pk)
    how = Sending(Submission.Channel.FAX, at, telling.house.staff[Role.COORDINATOR], f"SYN-{session.pk.hex[:6]}")
    services.state_form_sent(
        session.programme_forms.get(), how, telling.acts(Role.COORDINATOR, at),
        write_id=telling.id(number, "form sent"), incomplete=True,
    )  # fmt: skip
