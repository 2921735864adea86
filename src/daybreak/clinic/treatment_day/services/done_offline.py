"""What was done while a tablet had no network, and what the record would have refused.

Nobody read a refusal, and the person has the drug. A start is recorded as it was typed, with all that stands against
it; what the record has no place for, such as a third device of two, is kept and not counted. Both raise a red flag.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.dose_lines import as_prepared
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import NOT_COUNTED, Session, SessionEvent
from daybreak.clinic.treatment_day.services.events import happened
from daybreak.clinic.treatment_day.services.marks import tell_of_what_was_done
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.checks import Check

# Stands in the place of a reason nobody could be asked for.
NOBODY_ASKED = "Nobody could be asked: it was done, and the tablet had no network."
_COUNT_DEVICES = (
    "Count the empty devices, here and on the other tablet. If more or less was given than is recorded, correct it "
    "under Amount given. Give no other device until that is clear."
)
_LOOK_AT_THE_PUMP = (
    "Look at the pump now, then at the person. If it should not run so, pause or stop it. If only a figure was typed "
    "wrongly, record under Pump rate what the pump shows, and at its end under Amount given what was given."
)
_LOOK_AT_THE_PERSON = (
    "Look at the person and at the container now. If it was another amount, correct it under Amount given; if nothing "
    "was given, take the start back."
)
_NOT_BEGUN = "If it runs or was given, start the dose here with what pump and label show, then correct its amount."
_ENTER_AGAIN = (
    "Look at the person now, and at the pump where one runs. Then enter it again here as it was, with its time; what "
    "has no place of its own, under Note."
)
LONGEST_NAMED = 200  # characters of a title
_ONE_OR_TWO = "Ask whether it was one dose or two. If more was given than is recorded, correct it under Amount given."


class Objection(Refusal):
    """`against`: what stands against an entry in the record, apart from what to do about it."""

    def __init__(self, against: Sequence[str], what_to_do: str) -> None:
        self.against = tuple(against)
        super().__init__(" ".join([*against, what_to_do]))


def tell_of_start(
    session: Session,
    dose: PlannedDose,
    when: datetime,
    against: Sequence[str],
    actor: Actor,
    *,
    is_against_checks: bool,
) -> None:
    """Raise the red flag of a start that was recorded as typed; what stands against it most leads. Against a check the
    prescriber decides whether the dose goes on.
    """
    first, *rest = against
    look = _LOOK_AT_THE_PUMP if dose.dose.duration_min else _LOOK_AT_THE_PERSON
    title = f"Dose started at {clock_today(when)} without a network: {first}"
    decides = "The prescriber decides whether the dose goes on." if is_against_checks else ""
    said = " ".join(filter(None, [*rest, look, decides]))
    tell_of_what_was_done(session, title, said, actor, is_against_checks=is_against_checks)


def tell_of_running_on(session: Session, what: str, when: datetime, against: Sequence[str], actor: Actor) -> None:
    """Raise the red flag of a dose that runs on, or faster, although a mark called to act; `what` let it."""
    title = f"{what} at {clock_today(when)} without a network: {' '.join(against)}"
    look = "Look at the person and at the pump now. The prescriber decides whether the dose goes on."
    tell_of_what_was_done(session, title, look, actor, is_against_checks=True)


def tell_of_answer(session: Session, check: Check, when: datetime, actor: Actor) -> None:
    """Raise the red flag of an answer against the dose that came when it had begun: the page did not know."""
    _tell_of_what_came_after(session, f"Answered at {clock_today(when)}", check.refusal, actor)


def tell_of_value(session: Session, how: str, against: str, actor: Actor) -> None:
    """Raise the red flag of a value against the dose that came, or was corrected, when it had begun."""
    _tell_of_what_came_after(session, f"{how} at {clock_today(timezone.now())}", against, actor)


def _tell_of_what_came_after(session: Session, what: str, against: str, actor: Actor) -> None:
    look = "Look at the person and tell the prescriber now, who decides whether the dose goes on."
    title = f"{what}, after the dose had begun: {against}"
    tell_of_what_was_done(session, title, look, actor, is_against_checks=True)


@dataclass(frozen=True, slots=True)
class NotCounted:
    """What is kept of an entry the record has no place for. Called with its time and why it is refused, it raises the
    red flag and gives the words that stay.

    Attributes:
        what: what was done, as "Nasal device"; `typed`: how, as it was typed.
        look: what the flag says to do; None where no flag is raised.
    """

    session: Session
    actor: Actor
    what: str
    typed: Mapping[str, Any]
    look: Callable[[], str] | None

    def __call__(self, when: datetime, refused: Refusal) -> dict[str, str]:
        why, prepared = _why(refused), as_prepared(self.typed).replace("; ", ", ")
        named = ", ".join(filter(None, [self.what, prepared]))
        if self.look:
            title = f"{named[:LONGEST_NAMED]}, typed at {clock_today(when)} on a tablet without network, is not counted"
            tell_of_what_was_done(self.session, title, f"{why} {self.look()}", self.actor)
        reason = f"Typed as reason: {self.typed['reason']}" if self.typed.get("reason") else ""
        words = " ".join(filter(None, [f"{named}.", why, reason]))
        return {"what": NOT_COUNTED, "words": words, "lot": self.typed.get("lot", "")}


def start_not_counted(session: Session, actor: Actor, typed: Mapping[str, Any]) -> NotCounted:
    def look() -> str:
        pump = "Look at the pump now, then at the person. " if typed.get("pump_ml_per_h") is not None else ""
        return pump + (_ONE_OR_TWO if queries.runs_recorded(session) else _NOT_BEGUN)

    return NotCounted(session, actor, "Dose start", typed, look)


def rate_not_counted(session: Session, actor: Actor, ml_per_h: float, reason: str) -> NotCounted:
    typed = {"pump_ml_per_h": ml_per_h, "reason": reason}
    return NotCounted(session, actor, "Pump rate", typed, lambda: _LOOK_AT_THE_PUMP)


def keep_refused(
    session: Session,
    actor: Actor,
    words: str,
    refused: Refusal,
    *,
    is_told: bool,
    write_id: UUID,
    at: datetime | None = None,
) -> SessionEvent:
    """Keep any other entry that waited and that the record has no place for, in the words of who typed it.

    Args:
        is_told: whether it raises the red flag: it is about the dose or a value, and somebody has to look.
    """

    def refuse(_: SessionState) -> None:
        raise refused

    return happened(
        session, SessionEvent.Kind.OBSERVATION, actor, write_id=write_id, at=at, data={"typed": words}, check=refuse,
        otherwise=NotCounted(session, actor, words, {}, (lambda: _ENTER_AGAIN) if is_told else None),
    )  # fmt: skip


def device_not_counted(session: Session, actor: Actor, typed: Mapping[str, Any]) -> NotCounted:
    return NotCounted(session, actor, "Nasal device", typed, lambda: _COUNT_DEVICES)


def _why(refused: Refusal) -> str:
    """What stands against it, without what only somebody could do who reads it before."""
    if against := getattr(refused, "against", ()):
        return " ".join(against)
    return re.sub(r" ?(Nothing was \w+( again)?|None was resumed)\.$", "", str(refused))
