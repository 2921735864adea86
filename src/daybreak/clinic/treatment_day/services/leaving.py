"""Leaving: criteria are checked; who leaves, leaves. With a criterion open it is recorded with its reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.services.done_offline import NOBODY_ASKED
from daybreak.clinic.treatment_day.services.events import happened
from daybreak.clinic.treatment_day.services.marks import tell_of_leaving_with_open
from daybreak.clinic.treatment_day.services.monitors import release_monitors
from daybreak.clinic.treatment_day.services.numbers import settle_number
from daybreak.clinic.treatment_day.services.time_of_leaving import against_time, criteria_on_file, require_possible
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.findings import says_too_little
from daybreak.treatment.leaving import reason_needed


def check_criterion(
    session: Session,
    criterion_id: str,
    yes: bool | None,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    detail: str = "",
) -> SessionEvent:
    """A clinician's answer to one criterion for leaving."""

    def check(state: SessionState) -> None:
        if not state.criteria:
            raise Refusal("The criteria for leaving begin with the dose, and none was given.")
        if criterion_id not in {criterion.id for criterion in state.criteria}:
            raise Refusal(f"There is no criterion for leaving called “{criterion_id[:40]}”.")

    return happened(
        session, SessionEvent.Kind.CRITERION_CHECKED, actor, write_id=write_id, at=at, check=check,
        data={"criterion": criterion_id, "yes": yes, "detail": detail.strip()},
    )  # fmt: skip


def leave(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    reason: str = "",
    goes_with: str = "",
    time_said: bool = False,
    shown: str = "",
    waited: bool = False,
) -> SessionEvent:
    """The person leaves; monitors are released. Nobody is held back: with a criterion open, a reason is written. The
    prescriber is told of that, and of red marks that were open.

    Args:
        time_said: a person typed the time, and can be asked for another.
        shown: what this person was told before about the same entry: a reason answers what was read.
        waited: it waited on a tablet without a network: the person is gone, and nobody can be asked for a reason.

    Raises:
        Refusal: if a criterion is open, or something is recorded of after the time typed, and no reason is given; for
            a time typed that cannot be; if they left already.
    """

    def check(state: SessionState) -> Mapping[str, Any]:
        # Not as of the time typed: of a later leaving its state does not know.
        if left := session.events.filter(kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True).first():
            raise Refusal(f"That this person left was recorded at {clock_today(left.occurred_at)}.")
        against: list[str] = []
        if time_said and at:
            require_possible(session, at)
            against = against_time(session, at, reason, shown)
        criteria = criteria_on_file(session, state)
        needs_reason = reason_needed(criteria)
        asked = needs_reason and says_too_little(reason)
        if asked and not waited:
            raise Refusal(f"{needs_reason} “{reason.strip()}” says too little." if reason.strip() else needs_reason)
        return {
            "with_open_criteria": needs_reason is not None,
            "criteria": {criterion.id: criterion.state for criterion in criteria},
            **({"reason": NOBODY_ASKED} if asked else {}),
            **({"against": against} if against else {}),
            "marks": [flag.title for flag in queries.open_limit_flags(session) if flag.level == Flag.Level.ACT],
        }

    return happened(
        session, SessionEvent.Kind.LEFT, actor, write_id=write_id, at=at, check=check,
        also=lambda when: _end(session, actor, when),
        data={"reason": reason.strip(), "goes_with": goes_with.strip()},
    )  # fmt: skip


def _end(session: Session, actor: Actor, at: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(is_over=True)
    session.is_over = True
    settle_number(session)
    release_monitors(session, actor, at=at)
    tell_of_leaving_with_open(session, at, actor)
