"""The note of a session: drafted from the facts in the order they happened, edited, signed, then only amended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.amounts import require_drafted
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.since_draft import came, gone
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.services.events import happened
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.clinic.treatment_day.timeline import Moment, moments
from daybreak.clinic.treatment_day.withdrawn import withdrawn
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.findings import says_too_little


def draft_note(session: Session, now: datetime | None = None) -> str:
    """A text made from what was recorded, one line for each thing, in order. Nothing is added to the facts."""
    record = queries.record(session)
    state = record.state(now or timezone.now())
    return note_from(session, state, moments(record, state, queries.limit_flags(session)))


def note_from(session: Session, state: SessionState, told: Sequence[Moment]) -> str:
    """The same from what a page has read already; `told` is the newest first."""
    return "\n".join([_head(session, state), *(_line(state, moment) for moment in reversed(told))])


def facts_of_note(session: Session, state: SessionState, told: Sequence[Moment]) -> str:
    """The lines of a draft that a text begun from it is held against when it is signed: what people recorded and what
    was marked, not what a monitor says anew every minute."""
    lines = (_line(state, moment) for moment in reversed(told) if not moment.by_itself)
    return "\n".join([_head(session, state), *lines])


def _line(state: SessionState, moment: Moment) -> str:
    detail = f" ({moment.detail.rstrip('.')})" if moment.detail else ""
    return f"{state.clock(moment.at)} {moment.what}{detail}"


class CameSince(Refusal):
    """Something was recorded after a note was drafted. `lines`: what came and does not stand in it; `gone`: what stands
    in it and the record no longer says; `drafted`: what it is held against the next time.
    """

    def __init__(self, lines: Sequence[str], gone: Sequence[str], drafted: str) -> None:
        said = []
        if lines:
            came = f"this came and does not stand in it: {'; '.join(lines)}"
            said.append(f"Since this text was drafted, {came}. Add it or leave it out, then sign.")
        if gone:
            stay = "Take it out, or say below why it stays"
            said.append(
                f"The record has changed since this text was drafted, and no longer says: {'; '.join(gone)}. {stay}."
            )
        super().__init__(" ".join([*said, "Nothing was signed."]))
        self.lines, self.gone, self.drafted = tuple(lines), tuple(gone), drafted


def _head(session: Session, state: SessionState) -> str:
    return f"Session {session.number} on {day_words(session, state)}. {given_words(state)}"


def day_words(session: Session, state: SessionState) -> str:
    """The day of the dose; where the session was opened on another, that too."""
    opened = timezone.localtime(session.opened_at)
    dosed = timezone.localtime(state.started_at) if state.started_at else opened
    return said_day(dosed) + (f", opened on {said_day(opened)}" if dosed.date() != opened.date() else "")


def dose_goes_on(state: SessionState) -> bool:
    """Whether a dose runs, is paused, or should be over and nobody recorded its end. Not once the person left."""
    went_on = any(run.went_on_at for run in state.runs)
    return not state.left and (state.phase in (Phase.RUNNING, Phase.PAUSED) or state.end_waits or went_on)


def given_words(state: SessionState) -> str:
    """For example "Given: ketamine iv 35.8 mg."."""
    if not state.runs:
        return "No dose was given."
    more = f" More than planned: {state.more_than_planned}." if state.more_than_planned else ""
    amounts = ", ".join(f"{way} {as_measured(mg)} mg" for way, mg in state.given_by_way.items())
    return f"Given: {amounts}.{more}"


def sign_note(
    session: Session,
    text: str,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    drafted: str | None = None,
    although: str = "",
    amounts_are_right: bool = False,
) -> SessionEvent:
    """Sign the note, which locks it.

    Args:
        drafted: the `facts_of_note` of the draft it began from, and of those its writer read since; None: not held
            against.
        although: why lines stay that the record no longer says; kept with the signature.

    Raises:
        CameSince: if something was recorded since that is not in the text; without `although`, if lines of the draft
            stand in it that the record no longer says.
        AmountsTypedByHand: for an amount that no draft from the record holds, or that was corrected since, unless
            `amounts_are_right`.
        Refusal: without text, while the dose goes on, or if a note is signed already.
    """
    _require_text(text)

    def check(state: SessionState) -> None:
        if signed := _signed(session):
            by = f" by {signed.recorded_by.display_name}" if signed.recorded_by else ""
            raise Refusal(
                f"The note was signed{by} at {clock_today(signed.recorded_at)} and is locked. Yours was not saved. "
                "Read the one that was signed, and write what it lacks as an amendment."
            )
        if dose_goes_on(state):
            raise Refusal("The dose goes on: what was given is not known yet. Record its end, then sign the note.")
        if drafted is not None:
            _require_read(session, drafted, text, although)
        if not amounts_are_right:
            require_drafted(text, draft_note(session), withdrawn=withdrawn([session]))

    return happened(
        session, SessionEvent.Kind.NOTE_SIGNED, actor, write_id=write_id, at=at, check=check,
        data={"text": text.strip(), **({"although": although.strip()} if although.strip() else {})},
    )  # fmt: skip


def amend_note(
    session: Session,
    text: str,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    amounts_are_right: bool = False,
) -> SessionEvent:
    """Add to a signed note; what was signed stays as it is.

    Raises:
        AmountsTypedByHand: for an amount that neither the record as it is now nor the signed note holds, or that was
            corrected since, unless `amounts_are_right`.
        Refusal: without text, or before the note is signed.
    """
    _require_text(text)

    def check(state: SessionState) -> None:
        signed = _signed(session)
        if signed is None:
            raise Refusal("The note is not signed yet, so it can still be edited. Sign it first.")
        if not amounts_are_right:
            require_drafted(text, draft_note(session), signed=signed.data["text"], withdrawn=withdrawn([session]))

    return happened(
        session, SessionEvent.Kind.NOTE_AMENDED, actor, write_id=write_id, at=at, check=check,
        data={"text": text.strip()},
    )  # fmt: skip


def _require_read(session: Session, drafted: str, text: str, although: str) -> None:
    record = queries.record(session)
    state = record.state(timezone.now())
    old = _lines(drafted)
    facts = _lines(facts_of_note(session, state, moments(record, state, queries.limit_flags(session))))
    new, stale = came(old, facts, text), gone(old, facts, text)
    if new or (stale and says_too_little(although)):
        raise CameSince(new, stale if says_too_little(although) else (), "\n".join(dict.fromkeys([*old, *facts])))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _signed(session: Session) -> SessionEvent | None:
    """The signed note, whatever its time: another tablet's clock may run ahead of the one this entry waited on."""
    signed = session.events.filter(kind=SessionEvent.Kind.NOTE_SIGNED).select_related("recorded_by")
    return signed.order_by("recorded_at").first()


def _require_text(text: str) -> None:
    if not text.strip():
        raise Refusal("The note is empty. Write it, or make a draft from what was recorded.")
