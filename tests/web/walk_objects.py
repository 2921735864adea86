"""The objects behind the addresses that the permission walk opens: one place for each kind."""

from datetime import timedelta
from typing import Any

from django.urls import get_resolver
from django.utils import timezone

from daybreak.clinic.followup.services import record_measure
from daybreak.clinic.letters.models import Letter
from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy import services as pharmacy
from daybreak.clinic.pharmacy.models import Discrepancy
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.programme.models import SeriousEvent, Submission
from daybreak.clinic.programme.services import Sending, state_event_sent
from daybreak.clinic.record import services
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.services import close_days
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.clinic.treatment_day.models import Monitor
from tests.clinic.evidence.cases import correction
from tests.clinic.letters.forms import signed
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store
from tests.clinic.programme.forms import recorded
from tests.clinic.schedule.week import Week
from tests.clinic.treatment_day.day import open_day


def _flag(clinic: Clinic) -> object:
    return services.raise_flag(
        patient=clinic.patient, course=clinic.course, kind="walk", level=Flag.Level.WATCH, title="Walk",
        owner=clinic.users[Role.PRESCRIBER], due_at=timezone.now() + timedelta(hours=1),
        actor=clinic.actor(Role.PRESCRIBER),
    ).pk  # fmt: skip


def _monitor(clinic: Clinic) -> object:
    monitor, _ = Monitor.objects.get_or_create(identifier=f"walk-{clinic.site.pk}", site=clinic.site)
    return monitor.pk


def _message(clinic: Clinic) -> object:
    return treatment_day.receive_message(b"rubbish", "127.0.0.1", clinic.actor(Role.NURSE))[1].pk


def _course(clinic: Clinic) -> object:
    """A course that names the therapist: the walk asks for permissions, not for whose person it is."""
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    return clinic.course.pk


def _session(clinic: Clinic) -> object:
    _course(clinic)
    session = clinic.course.sessions.first() or open_day(clinic).session
    return session.pk


def _measure(clinic: Clinic) -> object:
    return record_measure(
        clinic.course, "PHQ9", dict.fromkeys(range(1, 10), 0), clinic.actor(Role.PATIENT), measure_id=new_id(),
        completed_at=timezone.now(),
    ).pk  # fmt: skip


def _proposal(clinic: Clinic) -> object:
    return correction(clinic, Role.DIRECTOR).pk


def _store(clinic: Clinic) -> Store:
    """The clinic's drug account: made once, found again by what it is called."""
    made: Store | None = getattr(clinic, "store", None)
    if made is None:
        made = Store(clinic)
        clinic.store = made  # type: ignore[attr-defined]
    return made


def _case(clinic: Clinic) -> object:
    """A case: more was drawn than the book had."""
    store = _store(clinic)
    store.draw(store.use(), store.lot(containers=1, lot=str(new_id())), 600)
    return Discrepancy.objects.filter(site=clinic.site).latest("recorded_at").pk


def _count(clinic: Clinic) -> object:
    store = _store(clinic)
    seen = [Seen(row.lot, row.location, 0) for row in queries.stock(clinic.site)] or [Seen(store.lot(), store.safe, 0)]
    return pharmacy.count(clinic.site, store.safe, seen, store.nurse, write_id=new_id()).pk


def _appointment(clinic: Clinic) -> object:
    """One that stands: made once, found again."""
    made: Appointment | None = Appointment.objects.filter(course=clinic.course).first()
    if made is None:
        week = Week(clinic)
        made = week.book(1, week.at(0, 9))
    return made.pk


def _closing(clinic: Clinic) -> object:
    day = timezone.localdate() + timedelta(days=30)
    return close_days(
        clinic.site, clinic.actor(Role.DIRECTOR), write_id=new_id(), first=day, last=None, words="A fair"
    ).pk


def _event(clinic: Clinic) -> object:
    """A serious event, and with it a nasal session; made once."""
    return (SeriousEvent.objects.first() or recorded(clinic)).pk


def _submission(clinic: Clinic) -> object:
    """That a serious event was reported."""
    _event(clinic)
    event, nurse = SeriousEvent.objects.get(), clinic.actor(Role.NURSE)
    how = Sending(Submission.Channel.TELEPHONE, timezone.now(), clinic.users[Role.NURSE])
    return (event.submissions.first() or state_event_sent(event, how, nurse, write_id=new_id())).pk


def _letter(clinic: Clinic) -> object:
    """A signed letter of a course that names the therapist; made once."""
    _course(clinic)
    return (Letter.objects.first() or signed(clinic)).pk


MAKERS: dict[str, Any] = {
    "course_id": _course,
    "measure_id": _measure,
    "instrument_id": lambda clinic: "PHQ9",
    "question": lambda clinic: "PHQ9-baseline-0",
    "step": lambda clinic: 1,
    "flag_id": _flag,
    "session_id": _session,
    "letter_id": _letter,
    "event_id": _event,
    "submission_id": _submission,
    "message_id": _message,
    "monitor_id": _monitor,
    "appointment_id": _appointment,
    "closing_id": _closing,
    "use_id": lambda clinic: _store(clinic).use().pk,
    "lot_id": lambda clinic: _store(clinic).lot().pk,
    "entry_id": lambda clinic: _store(clinic).receive().pk,
    "case_id": _case,
    "count_id": _count,
    "trial_id": lambda clinic: "popova-2019",
    "result_id": lambda clinic: "r001",
    "proposal_id": _proposal,
    "name": lambda clinic: "trials",
    "kind": lambda clinic: "csv",
    "pk": lambda clinic: 1,
}


def arguments(name: str, clinic: Clinic) -> dict[str, Any]:
    """What the URL of this name needs."""
    possibilities = get_resolver().reverse_dict.getlist(name)
    parameters = possibilities[0][0][0][1]
    return {parameter: MAKERS.get(parameter, lambda clinic: new_id())(clinic) for parameter in parameters}
