"""One touch answers a crossed limit: what was touched is done, and kept."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from django.utils import timezone

from daybreak.clinic.record import services as record_services
from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import require_past
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.models import Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.services.events import append, in_turn
from daybreak.clinic.treatment_day.services.readings import append_correction
from daybreak.clinic.treatment_day.state import known_limits
from daybreak.treatment.limits import assess
from daybreak.treatment.vitals import Vital


class MarkAnswer(StrEnum):
    """What a person does about a crossed limit, with one touch."""

    RECHECK = "recheck"
    PAUSED = "paused"
    TOLD = "told"
    NOT_TRUE = "not true"


def answer_mark(
    flag: Flag, answer: MarkAnswer, actor: Actor, *, write_id: UUID, at: datetime | None = None, reason: str = ""
) -> FlagEvent:
    """Answer a crossed limit with one touch; what was touched is done and kept.

    Pausing pauses the dose. "Not a true value" corrects the reading. The flag closes when the value is already
    back or was not true; otherwise it stays open until the recheck.

    Raises:
        Refusal: if the flag is closed, is not about a reading, or a value somebody typed is called not true without
            a reason.
    """
    reading = Reading.objects.filter(pk=flag.subject).first() if flag.kind == queries.LIMIT_CROSSED else None
    if reading is None:
        raise Refusal("This flag is not about a reading. Answer it in the list of flags.")
    if answer is MarkAnswer.NOT_TRUE and reading.monitor_id is None and not reason.strip():
        raise Refusal("Somebody typed this value. Write in a word why it is not true.")
    session = queries.sessions().get(pk=reading.session_id)

    def do() -> None:
        when = require_past(at or timezone.now(), session.opened_at)
        closes = answer is MarkAnswer.NOT_TRUE or _is_back(session, reading)
        kind = FlagEvent.Kind.CLOSED if closes else FlagEvent.Kind.ACKNOWLEDGED
        record_services.answer_flag(
            flag,
            kind,
            _words(answer, session, when + known_limits(session.own)[flag.rule].recheck_after, reason),
            actor,
            event_id=write_id,
        )
        if answer is MarkAnswer.PAUSED:
            append(session, SessionEvent.Kind.DOSE_PAUSED, actor, at=when, data={})
        if answer is MarkAnswer.NOT_TRUE:
            why, correction_id = reason.strip() or "answered as not a true value", uuid5(write_id, "correction")
            append_correction(session, reading, None, why, actor, correction_id=correction_id)

    content = {"flag": flag.pk, "answer": answer, "at": at, "reason": reason}
    writes.once(write_id, "mark answered", content, actor, in_turn(session, do))
    return FlagEvent.objects.get(pk=write_id)


def _is_back(session: Session, reading: Reading) -> bool:
    """Whether the newest true value crosses no limit. One whose time is still to come, since the clock was set back,
    is not overlooked."""
    state = queries.state(session, max(timezone.now(), reading.measured_at))
    latest = state.latest.get(Vital(reading.vital))
    return latest is not None and assess(latest, state.limits) is None


def _words(answer: MarkAnswer, session: Session, recheck_at: datetime, reason: str) -> str:
    recheck = f"{timezone.localtime(recheck_at):%H:%M}"
    prescriber = session.course.prescriber
    return {
        MarkAnswer.RECHECK: f"Recheck at {recheck}.",
        MarkAnswer.PAUSED: f"Paused. Recheck at {recheck}.",
        MarkAnswer.TOLD: f"Told {prescriber.display_name if prescriber else 'the prescriber'}.",
        MarkAnswer.NOT_TRUE: f"Not a true value: {reason.strip()}." if reason.strip() else "Not a true value.",
    }[answer]
