"""What happens to a dose, in the words of its line."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from daybreak.clinic.treatment_day.doses import DoseRun
from daybreak.clinic.treatment_day.folding import never_were
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import as_measured, as_set, three_figures

# Stops of one dose so near to each other are one line, with everybody who touched it. Ours.
AT_ONCE = timedelta(minutes=1)
# What lets an infusion run on.
GOES_ON = (SessionEvent.Kind.DOSE_RESUMED, SessionEvent.Kind.RATE_CHANGED)


def dose_words(
    event: SessionEvent, state: SessionState, ended_by: SessionEvent | None = None
) -> tuple[str, str, str] | None:
    """What an event says, its detail and its look; None for what is no event of a dose.

    Args:
        ended_by: of a stop, the one before it that had ended the dose.
    """
    kind, data, run = event.kind, event.data, _run_at(state, event.occurred_at)
    match kind:
        case SessionEvent.Kind.DOSE_STARTED if run:
            mistaken = "by mistake, nothing was given" if run in state.mistaken else ""
            asked = odd(data) if data.get("against") else ""
            detail = "; ".join(filter(None, [as_prepared(data), asked]))
            return ", ".join(filter(None, [_started(run), mistaken])), detail, "drug"
        case SessionEvent.Kind.DOSE_NOT_GIVEN:
            return f"Started by mistake, nothing of {as_measured(data['mg'])} mg was given", data["reason"], "drug"
        case SessionEvent.Kind.DEVICE_GIVEN if run:
            anyway = f"Given anyway: {data['reason']}" if data.get("reason") else ""
            return (
                _device(run, _number(event, run)),
                "; ".join(filter(None, [anyway, *data.get("against", []), as_prepared(data)])),
                "drug",
            )
        case SessionEvent.Kind.DOSE_PAUSED | SessionEvent.Kind.DOSE_RESUMED:
            look = "watch" if data.get("against") else "drug"
            return SessionEvent.Kind(kind).label, odd(data), look
        case SessionEvent.Kind.RATE_CHANGED:
            before, after = _rate_before(event, run), data["rate_ml_per_h"]
            look = "watch" if data.get("against") else "drug"
            return f"Pump rate {as_set(before)} to {as_set(after)} mL/h", odd(data), look
        case SessionEvent.Kind.DOSE_STOPPED if ended_by:
            return f"Stop touched again; the dose had ended at {state.clock(ended_by.occurred_at)}", odd(data), "drug"
        case SessionEvent.Kind.DOSE_STOPPED:
            look = "act" if run and data.get("given_mg", 0) > run.mg else "drug"
            return _stopped(event, run, state), odd(data), look
    return None


def _rate_before(event: SessionEvent, run: DoseRun | None) -> float:
    """What the pump ran at until then, also where that was recorded later."""
    if run is None or run.rate_ml_per_h is None:
        return float(event.data["before_ml_per_h"])
    return run.ml_per_h(event.occurred_at - timedelta(microseconds=1))


def odd(data: dict) -> str:
    """What was odd about an entry and the reason it went on with; only the reason where nothing was."""
    why = data.get("reason", "")
    said = " ".join(data.get("against", []))
    return f"{said} Why: {why}" if said and why else why or said.rstrip(".")


def _run_at(state: SessionState, at: datetime) -> DoseRun | None:
    """The dose begun last by this time; one started by mistake until it was taken back."""
    mistaken = (run for run in state.mistaken if run.stopped_at is None or at <= run.stopped_at)
    begun = [run for run in (*state.runs, *mistaken) if run.started_at <= at]
    return max(begun, key=lambda run: run.started_at, default=None)


def _started(run: DoseRun) -> str:
    dose = run.planned.dose
    if run.planned.comes_in_devices:
        return _device(run, 1)
    if run.is_infusion:
        return f"Infusion started, {as_measured(run.mg)} mg over {dose.duration_min:g} min"
    return f"{dose.drug.capitalize()} {dose.route} {as_measured(run.mg)} mg given"


def _device(run: DoseRun, number: int) -> str:
    return f"Device {number} of {run.planned_devices}, {run.mg / run.planned_devices:g} mg"


def _number(event: SessionEvent, run: DoseRun) -> int:
    """Which device of its dose it is, as recorded; of one that is not counted, how many were given by then."""
    if event.pk in run.entries:
        return run.entries.index(event.pk) + 1
    return sum(at <= event.occurred_at for at in run.device_times)


def _second(data: Mapping[str, Any]) -> str:
    """Who was there, and whether they proved it or were only named."""
    named = "" if data.get("proved") else ", named by who started it"
    return f"second person {data['second_person']}{named}"


def as_prepared(data: Mapping[str, Any]) -> str:
    """How a dose or a device was prepared, as it was typed: "lot K04; 1 mg/mL; pump set to 52.5 mL/h"."""
    rate, strength = data.get("rate_ml_per_h"), data.get("concentration_mg_per_ml")
    pump = data.get("pump_ml_per_h")
    planned = " as planned" if data.get("as_planned") else ""
    volume = f"{three_figures(data['volume_ml'])} mL of " if data.get("volume_ml") and not rate else ""
    return "; ".join(
        filter(
            None,
            [
                f"pump set to {as_set(pump)} mL/h" if pump else f"{as_set(rate)} mL/h" if rate else "",
                f"{volume}{as_set(strength)} mg/mL{planned}" if strength else "",
                f"weighed {data['weight_kg']:g} kg" if data.get("weight_kg") else "",
                f"lot {data['lot']}" if data.get("lot") else "",
                f"no lot typed: {data['no_lot']}" if data.get("no_lot") else "",
                _second(data) if data.get("second_person") else "",
            ],
        )
    )


def _stopped(event: SessionEvent, run: DoseRun | None, state: SessionState) -> str:
    if run is None:
        return "Stop touched; no dose was running"
    if "given_mg" in event.data:
        is_said = event.data.get("against") or event.data["given_mg"] <= run.mg
        more = "" if is_said else f", more than the {as_measured(run.mg)} mg planned"
        return f"Amount really given: {event.data['given_mg']:g} mg{more}"
    given = run.computed_mg(event.occurred_at)
    if given >= run.mg:
        return f"The dose ended, {as_measured(run.mg)} mg given"
    stopped = f"Stopped, {as_measured(given)} of {as_measured(run.mg)} mg given"
    if run.is_infusion and run.left_at and run.left_at < event.occurred_at:
        return f"{stopped}, counted until this person left at {state.clock(run.left_at)}"
    return stopped


def stops_again(events: Iterable[SessionEvent], state: SessionState) -> dict[UUID, SessionEvent]:
    """The stops of a dose that had been stopped before and had not gone on since, each with the one that ended it: two
    people touch at once.
    """
    first: dict[datetime, SessionEvent] = {}
    found = {}
    every = list(events)
    taken_back = never_were(every)
    for event in every:
        if event.pk in taken_back:
            continue
        if event.kind in GOES_ON and (run := _run_at(state, event.occurred_at)):
            first.pop(run.started_at, None)  # the next stop is the end
        is_stop = event.kind == SessionEvent.Kind.DOSE_STOPPED and "given_mg" not in event.data
        if is_stop and event.occurred_at <= state.now and (run := _run_at(state, event.occurred_at)):
            ended_by = first.setdefault(run.started_at, event)
            if ended_by is not event:
                found[event.pk] = ended_by
    return found


def at_once(again: Mapping[UUID, SessionEvent], events: Iterable[SessionEvent]) -> list[SessionEvent]:
    """Of these events the stops that are one line with the stop that ended the dose, as `stops_again` found it."""
    found = ((event, again.get(event.pk)) for event in events)
    return [event for event, first in found if first and event.occurred_at - first.occurred_at <= AT_ONCE]


def touched_too(stop: SessionEvent, state: SessionState) -> str:
    """For example "also touched 14:05 by A synthetic prescriber: distress"."""
    name = f" by {stop.recorded_by.display_name}" if stop.recorded_by else ""
    why = f": {stop.data['reason']}" if stop.data.get("reason") else ""
    return f"also touched {state.clock(stop.occurred_at)}{name}{why}"
