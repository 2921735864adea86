"""The events and readings of a session folded into its state. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from daybreak.clinic.treatment_day.doses import DoseRun, Pause, Phase, PlannedDose, RateChange
from daybreak.clinic.treatment_day.models import LEAVING, STOP, TAKEN_BACK, SessionEvent
from daybreak.clinic.treatment_day.state import Reason, SessionState
from daybreak.treatment.checks import Answer
from daybreak.treatment.dose_preparation import is_as_computed
from daybreak.treatment.drugs import Route
from daybreak.treatment.limits import OwnLimits
from daybreak.treatment.regimen import Manner
from daybreak.treatment.vitals import Reading, Vital

Kind = SessionEvent.Kind


class StoredValue(Protocol):
    """What the state needs of a stored reading: a row of the model, or only these columns of it."""

    pk: UUID
    corrects_id: UUID | None
    vital: str
    value: float | None
    measured_at: datetime
    recorded_at: datetime
    monitor_id: UUID | None
    artefact: str


def fold(
    planned: Sequence[PlannedDose],
    jurisdiction: str,
    events: Iterable[SessionEvent],
    readings: Iterable[StoredValue],
    now: datetime,
    *,
    on_monitor: bool = False,
    own: OwnLimits = (),
) -> SessionState:
    """The state after these events and readings, looked at `now`.

    Args:
        events: of one session, in any order.
        readings: of the same session, in any order, corrected ones and artefacts among them.
        now: in the zone in which times are to be shown. What happened after it is left out.
        own: the clinic's own limits, as the session holds them.
    """
    state = SessionState(now=now, jurisdiction=jurisdiction, own=own, planned=tuple(planned), on_monitor=on_monitor)
    in_order = sorted(events, key=lambda event: (event.occurred_at, event.recorded_at))
    replaced = {*replaced_observations(in_order, now), *never_were(in_order)}
    for event in in_order:
        if event.occurred_at <= now and event.pk not in replaced:
            state = _after(state, event)
    rows = [reading for reading in readings if reading.measured_at <= now]
    stored = true_readings(rows)
    values = tuple(map(value_of, stored))
    return replace(
        state,
        readings=values,
        typed=tuple(value for row, value in zip(stored, values, strict=True) if row.monitor_id is None),
        struck_out=tuple(map(value_of, _struck_out(rows))),
    )


def never_were(events: Iterable[SessionEvent]) -> set[UUID]:
    """The leavings and the stops that were taken back, whenever that was: the person was here and the dose ran all the
    time, and what is entered later of the time between is not refused.
    """
    return {event.corrects_id for event in events if event.data.get("was") in (LEAVING, STOP)}


def true_readings(readings: Iterable[StoredValue]) -> list[StoredValue]:
    """Those that were not corrected since and are no artefact, oldest first."""
    rows = list(readings)
    corrected = {reading.corrects_id for reading in rows}
    true = [row for row in rows if row.pk not in corrected and not row.artefact and row.value is not None]
    return sorted(true, key=lambda row: (row.measured_at, row.recorded_at))


def _struck_out(rows: Sequence[StoredValue]) -> list[StoredValue]:
    """What a person called not true, with no value in its place; a monitor's own artefact corrects nothing."""
    struck = [row for row in rows if row.artefact and row.corrects_id and row.value is not None]
    corrected = {row.corrects_id for row in rows} if struck else set()
    return sorted((row for row in struck if row.pk not in corrected), key=lambda row: row.measured_at)


def value_of(reading: StoredValue) -> Reading:
    """A stored reading that has a number, as the rules read it."""
    assert reading.value is not None  # noqa: S101 - the callers leave out gaps
    return Reading(Vital(reading.vital), reading.value, reading.measured_at, reading.recorded_at)


# What becomes of the rest of a sublingual dose decides how much goes through gut and liver.
REST = {"swallowed": Manner.SWALLOWED, "spat_out": Manner.SPAT_OUT}
_OF_A_RUN = {Kind.DEVICE_GIVEN, Kind.DOSE_PAUSED, Kind.DOSE_RESUMED, Kind.RATE_CHANGED, Kind.DOSE_STOPPED}


def replaced_observations(events: Iterable[SessionEvent], now: datetime) -> dict[UUID, SessionEvent]:
    """What was taken back by this time, and what of the rest of a dose under the tongue was noted anew, by event, with
    what did so: it cannot be swallowed and spat out, nor twice. Of one dose only what was recorded last stands, also
    with an earlier time.
    """
    found: dict[UUID, SessionEvent] = {}
    rest: SessionEvent | None = None
    for event in events:
        if event.occurred_at > now:
            continue
        if event.kind == Kind.DOSE_STARTED:
            rest = None
        elif event.kind == Kind.OBSERVATION and event.data["what"] == TAKEN_BACK:
            found.setdefault(UUID(event.data["of"]), event)
        elif event.kind == Kind.OBSERVATION and event.data["what"] in REST:
            first, last = sorted((rest or event, event), key=lambda each: each.recorded_at)
            if first is not last:
                found[first.pk] = last
            rest = last
    return found


def standing_observations(events: Sequence[SessionEvent], now: datetime) -> list[SessionEvent]:
    """What was seen or done by this time, in order, without what was noted anew or taken back."""
    replaced = replaced_observations(events, now)
    seen = (event for event in events if event.kind == Kind.OBSERVATION and event.occurred_at <= now)
    return [event for event in seen if event.pk not in replaced and event.data["what"] != TAKEN_BACK]


def _reason(event: SessionEvent) -> Reason:
    data, at, recorded_at = event.data, event.occurred_at, event.recorded_at
    return Reason(
        data["reason"], at, recorded_at, lifts=data.get("stood") != "", of_a_value=data.get("of_a_value", True)
    )


def _after(state: SessionState, event: SessionEvent) -> SessionState:
    data, at = event.data, event.occurred_at
    match event.kind:
        case Kind.CHECK_ANSWERED if "reason" in data:
            return replace(state, reasons={**state.reasons, data["check"]: _reason(event)})
        case Kind.CHECK_ANSWERED:
            applies, recorded_at = data.get("applies", True), event.recorded_at
            answer = Answer(data["yes"], at, data["detail"], applies, recorded_at, in_own_words=True)
            return replace(state, answers={**state.answers, data["check"]: answer})
        case Kind.CRITERION_CHECKED:
            answer = Answer(data["yes"], at, data["detail"])
            return replace(state, criteria_answers={**state.criteria_answers, data["criterion"]: answer})
        case Kind.TIME_OUT:
            return replace(state, time_out=event)
        case Kind.DOSE_STARTED if state.next_dose is not None:
            first_device = (at,) if state.next_dose.comes_in_devices else ()
            rate = data.get("rate_ml_per_h")
            run = DoseRun(
                state.next_dose, data["mg"], at, device_times=first_device, entries=(event.pk,), rate_ml_per_h=rate,
                rates=_set_to(event),
            )  # fmt: skip
            return replace(state, runs=(*state.runs, run), time_out=None)
        case Kind.DOSE_NOT_GIVEN if state.run:
            before = state.runs[:-1]
            mistaken = replace(state.run, stopped_at=state.run.stopped_at or at)
            return replace(
                state,
                runs=before,
                mistaken=(*state.mistaken, mistaken),
                reasons=state.reasons if before else {},
                answers=state.answers if before else {},  # perhaps it was the wrong chair: all is asked again
                criteria_answers=state.criteria_answers if before else {},
                time_out=None,
            )
        case Kind.LEFT if state.left is None:
            return replace(state, left=event, runs=tuple(replace(run, left_at=at) for run in state.runs))
        case Kind.NOTE_SIGNED if state.note is None:
            return replace(state, note=event)
        case Kind.NOTE_AMENDED:
            return replace(state, amendments=(*state.amendments, event))
        case Kind.OBSERVATION if data.get("was") == LEAVING:
            return replace(state, leaving_taken_back=event)
        case Kind.OBSERVATION if (
            state.run and state.run.planned.dose.route is Route.SUBLINGUAL and data["what"] in REST
        ):
            return replace(state, runs=(*state.runs[:-1], replace(state.run, rest=REST[data["what"]])))
        case kind if kind in _OF_A_RUN and state.run:
            return replace(state, runs=(*state.runs[:-1], _run_after(state.run, event)))
    return state


def _set_to(start: SessionEvent) -> tuple[RateChange, ...]:
    """What the pump was set to at the start, where it is another rate than the computed one."""
    computed, set_to = start.data.get("rate_ml_per_h"), start.data.get("pump_ml_per_h")
    if computed is None or set_to is None or is_as_computed(set_to, computed):
        return ()
    return (RateChange(start.occurred_at, set_to),)


def _run_after(run: DoseRun, event: SessionEvent) -> DoseRun:
    """The running dose after an event. What comes twice, or after the end, changes nothing; but what let an infusion
    run on after a stop, which had waited on a tablet, makes that stop none: it runs or is paused until the next one.
    """
    at = event.occurred_at
    is_paused = bool(run.pauses) and run.pauses[-1].end is None
    match event.kind:
        case Kind.DOSE_STOPPED if "given_mg" in event.data:
            return replace(run, stated_mg=event.data["given_mg"])
        case Kind.DOSE_STOPPED:
            return replace(run, stopped_at=at, went_on_at=None) if run.ended_at is None else run
        case Kind.DEVICE_GIVEN if run.stopped_at is None:
            return replace(run, device_times=(*run.device_times, at), entries=(*run.entries, event.pk))
        case Kind.DOSE_PAUSED if run.phase(at) is Phase.RUNNING:
            return replace(run, pauses=(*run.pauses, Pause(at, None)))
        case Kind.DOSE_RESUMED if is_paused:
            pauses = (*run.pauses[:-1], replace(run.pauses[-1], end=at))
            return replace(run, pauses=pauses, went_on_at=(run.went_on_at or at) if run.stopped_at else None)
        case Kind.DOSE_RESUMED if run.ended_at:
            return replace(run, pauses=(*run.pauses, Pause(run.ended_at, at)), went_on_at=at)
        case Kind.RATE_CHANGED:
            went_on_at = run.went_on_at or at if run.stopped_at else None
            rates = (*run.rates, RateChange(at, event.data["rate_ml_per_h"]))
            return replace(run, rates=rates, went_on_at=went_on_at)
    return run
