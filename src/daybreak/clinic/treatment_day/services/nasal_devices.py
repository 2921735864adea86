"""A nasal device after the first: given after the rest, of those that the plan has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.queries import died_words
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import DoseRun
from daybreak.clinic.treatment_day.lots import as_kept, require_length, standing_against_lot
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.next_device import standing_against_device
from daybreak.clinic.treatment_day.services.done_offline import Objection, device_not_counted
from daybreak.clinic.treatment_day.services.dosing import require_the_plans_drug, tell_of_lot
from daybreak.clinic.treatment_day.services.events import happened, has_ended
from daybreak.clinic.treatment_day.services.marks import open_marks_at
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.findings import reason_lacks, says_too_little

Kind = SessionEvent.Kind
_GIVEN_ALL_THE_SAME = (
    "If another was given all the same, count the empty devices and correct it under Amount given. Nothing was "
    "recorded."
)

_GIVEN_BEFORE = "If this device was given before, record it with its day and time. Nothing was recorded."


def give_device(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    lot: str = "",
    no_lot: str = "",
    reason: str = "",
    shown: str | None = None,
    waited: bool = False,
) -> SessionEvent:
    """Give the next nasal device. Dose start gives the first.

    Args:
        lot: as on this device; the first one's lot says nothing of it.
        no_lot: in words, why no lot is typed.
        reason: why it is given although the rest is not over, the dose is paused, or a mark is open that holds it: ten
            words, as for a rate beyond its limit. Of a lot that something stands against, a few.
        waited: it waited on a tablet without a network, so it is done: what is refused is kept and not counted.

    Raises:
        Refusal: if the plan has no devices, all of them were given, the dose was stopped, or a reason, the lot or why
            there is none is missing.
    """

    def check(state: SessionState) -> Mapping[str, Any]:
        run = state.run
        if run is None or not run.planned.comes_in_devices:
            raise Refusal("No nasal device is to be given now. Start the dose first.")
        if state.left:
            raise Objection([has_ended(state.left.occurred_at)], _GIVEN_BEFORE)
        recorded = _as_recorded(session, state)
        _require_another(recorded, state)
        raised = open_marks_at(session, state.now)
        require_length(lot.strip())
        require_the_plans_drug(session, lot.strip(), state.now)
        held = [
            *filter(None, [died_words(session.course.patient)]),
            *queries.in_question(queries.other_red_flags(session)),
            *standing_against_device(state, raised, recorded.device_times),
        ]
        against = [*held, *standing_against_lot(session, state.now, lot.strip())]
        if lacking := reason_lacks(reason) if held else None:
            raise Objection(against, f"Given anyway? {lacking} Nothing was recorded.")
        if against and says_too_little(reason):
            raise Objection(against, "Given anyway? Write why, in a few words. Nothing was recorded.")
        if not lot.strip() and says_too_little(no_lot):
            raise Refusal(
                "Which lot is this device? Touch that it is the same, type it, or write in a few words why there is "
                "none. Nothing was recorded."
            )
        return {"against": against}

    typed = {"reason": reason.strip(), **as_kept(lot.strip(), no_lot.strip())}
    return happened(
        session, Kind.DEVICE_GIVEN, actor, write_id=write_id, at=at, check=check, shown=shown, data=typed,
        also=lambda when: tell_of_lot(session, lot.strip(), actor),
        otherwise=device_not_counted(session, actor, typed) if waited else None,
    )  # fmt: skip


def _as_recorded(session: Session, state: SessionState) -> DoseRun:
    """The dose running at the time of an entry, with all that is recorded of it since."""
    runs = queries.runs_recorded(session)
    if len(runs) < len(state.runs):
        raise Refusal(
            "The start of this dose was taken back since: it says that nothing was given. If a device was given, start "
            "the dose again with its true time, then record this device."
        )
    return runs[len(state.runs) - 1]


def _require_another(run: DoseRun, state: SessionState) -> None:
    if run.stopped_at is not None and run.stopped_at <= state.now:
        said = f"The dose was stopped at {clock_today(run.stopped_at)}. No further device is given."
        raise Objection([said], _GIVEN_ALL_THE_SAME)
    if len(run.device_times) >= run.planned_devices:
        said = f"The plan says {run.mg:g} mg, {run.planned_devices} devices, and all were given."
        raise Objection([said], _GIVEN_ALL_THE_SAME)
