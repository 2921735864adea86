"""Serious adverse events: recorded as facts, with a deadline and a named person."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import SeriousEvent
from daybreak.clinic.programme.services.reminders import close_flags, end_of
from daybreak.clinic.programme.worklist import EVENT_DUE
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Flag, PatientFact, PatientFactKind, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import staff
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import raise_flag, record_facts
from daybreak.clinic.record.times import said
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.services.events import require_past
from daybreak.clinic.treatment_day.services.going_on import look_again
from daybreak.clinic.treatment_day.services.marks import flag_owner
from daybreak.treatment.nasal_programme import contact, event_due, seriousness

EVENT_READ = "serious_event_read"


@dataclass(frozen=True, slots=True)
class SeriousEventWords:
    """What is told of an event. `seriousness` are names of `nasal_programme.seriousness`."""

    occurred_at: datetime
    known_on: date
    seriousness: tuple[str, ...]
    words: str
    outcome: str = ""
    is_before: bool = False  # confirmed that it happened before the session was opened


def record_event(session: Session, told: SeriousEventWords, actor: Actor, *, write_id: UUID) -> SeriousEvent:
    """Record a serious event after the nasal spray, and ask a named person to report it.

    Raises:
        Refusal: for a session outside the programme, without words or seriousness, or for a time that cannot be.
    """
    return _record(session, told, actor, write_id=write_id)


def correct_event(
    wrong: SeriousEvent, told: SeriousEventWords, reason: str, actor: Actor, *, write_id: UUID
) -> SeriousEvent:
    """Record it as it was, in place of a wrong or poorer account. It has then to be reported again.

    Raises:
        Refusal: without a reason, if it was corrected already, or as `record_event`.
    """
    if not reason.strip():
        raise Refusal("Write why it is changed, in a few words.")
    return _record(wrong.session, told, actor, write_id=write_id, wrong=wrong, reason=reason.strip())


def _record(
    session: Session,
    told: SeriousEventWords,
    actor: Actor,
    *,
    write_id: UUID,
    wrong: SeriousEvent | None = None,
    reason: str = "",
) -> SeriousEvent:
    _require_sound(session, told)
    words = {
        **{name: value for name, value in asdict(told).items() if name != "is_before"},
        "seriousness": list(told.seriousness),
        "words": told.words.strip(),
        "outcome": told.outcome.strip(),
    }

    def do() -> None:
        if wrong is not None and SeriousEvent.objects.filter(corrects=wrong).exists():
            raise Refusal("This event was corrected already. Change the newer one.")
        event = SeriousEvent.objects.create(
            id=write_id, session=session, corrects=wrong, correction_reason=reason, **words, **actor.stamp
        )
        if wrong is not None:
            corrected = "The event was corrected; the newer account is to be reported."
            close_flags(wrong, actor, corrected, EVENT_DUE, EVENT_READ)
        _tell_record(event, actor)
        _ask_to_report(event, actor)
        _ask_to_read(event, actor)
        look_again(session.course.patient)
        audit.record(actor, "serious event recorded", patient=session.course.patient, subject=write_id)

    content = {"session": session.pk, "corrects": wrong.pk if wrong else None, "reason": reason, **words}
    writes.once(write_id, "serious event", content, actor, do)
    return SeriousEvent.objects.get(pk=write_id)


def _require_sound(session: Session, told: SeriousEventWords) -> None:
    if not queries.needs_form(session):
        raise Refusal("No nasal esketamine was given in this session under the programme.")
    if not told.words.strip():
        raise Refusal("Write what happened, in a few words.")
    if not told.seriousness or set(told.seriousness) - set(seriousness()):
        raise Refusal(f"Choose what makes it serious: {_names(seriousness().values())}.")
    require_past(told.occurred_at)
    if timezone.localdate(told.occurred_at) < queries.treated_on(session):
        raise Refusal("It lies before the treatment. Record it with the session before, or check the day.")
    death = PatientFact.DEATH in told.seriousness
    if told.occurred_at < session.opened_at and (death or not told.is_before):
        opened = f"It lies before session {session.number} was opened, {said(session.opened_at)}."
        confirm = "Check the time." if death else "Check the time, or confirm that it happened before."
        raise Refusal(f"{opened} {confirm} Nothing was saved.")
    if not timezone.localdate(told.occurred_at) <= told.known_on <= timezone.localdate():
        raise Refusal("The day the clinic learned of it lies between the event and today. Check it.")


def _names(words: Iterable[str]) -> str:
    return ", ".join(word[0].lower() + word[1:] for word in words)


def _tell_record(event: SeriousEvent, actor: Actor) -> None:
    """What happened, as a fact of the person: the next session, the calls and the questions cannot read this room."""
    kinds = [name for name in seriousness() if name in event.seriousness]
    text = f"{', '.join(seriousness()[name] for name in kinds)}: {event.words}"
    wrong = PatientFact.objects.filter(source=_source(event.corrects_id)).first() if event.corrects_id else None
    fact = PatientFact(
        kind=PatientFactKind.SERIOUS_EVENT, code=kinds[0], text=text, occurred_at=event.occurred_at,
        source=_source(event.pk), corrects=wrong, correction_reason=event.correction_reason if wrong else "",
    )  # fmt: skip
    record_facts(event.session.course.patient, [fact], actor)


def _source(event_id: UUID) -> str:
    return f"serious event {event_id}"


def _ask_to_read(event: SeriousEvent, actor: Actor) -> None:
    """The prescriber answers for the next dose; whoever reports it need not be one. Within the day: ours."""
    course = event.session.course
    (fact,) = PatientFact.objects.filter(source=_source(event.pk))
    raise_flag(
        patient=course.patient, course=course, kind=EVENT_READ, level=Flag.Level.ACT,
        title=f"Serious event after session {event.session.number}: {fact.text}",
        detail="Read it. Before the next dose a prescriber writes why it goes on.",
        rule=str(event.pk), owner=_prescriber(course) or flag_owner(event.session, actor),
        due_at=end_of(timezone.localdate(actor.now)), subject=event.pk, actor=actor,
    )  # fmt: skip


def _prescriber(course: Course) -> User | None:
    here = staff(course.patient.site, Role.PRESCRIBER).first() or staff(course.patient.site, Role.DIRECTOR).first()
    named = course.prescriber
    return named if named is not None and named.allows(Permission.FLAG_ACT) else here


def _ask_to_report(event: SeriousEvent, actor: Actor) -> None:
    due = event_due(event.known_on)
    raise_flag(
        patient=event.session.course.patient, course=event.session.course, kind=EVENT_DUE, level=Flag.Level.ACT,
        title=f"Report the serious event after session {event.session.number} to the nasal programme",
        detail=f"Telephone {contact('phone')} now. Report it by {due.day} {due:%b}; no shorter deadline was found.",
        rule=str(due), owner=flag_owner(event.session, actor), due_at=end_of(due), subject=event.pk, actor=actor,
    )  # fmt: skip
