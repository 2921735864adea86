"""How a dose is prepared: what a strength makes of it, in words that two people can read aloud."""

from math import floor

from daybreak.clinic.treatment_day.doses import DoseRun, PlannedDose
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import (
    Infusion,
    Injection,
    as_measured,
    as_set,
    infusion,
    injection,
    is_as_computed,
    strengths,
    three_figures,
)
from daybreak.treatment.dosing import DoseLimit, shortest_infusion


def pump_of(dose: PlannedDose, concentration_mg_per_ml: float) -> Infusion | None:
    """How this dose runs at this concentration; None for a dose that is no infusion, or has no known amount.

    Raises:
        RegimenError: if a number is not above zero.
    """
    if not dose.dose.duration_min or dose.mg is None:
        return None
    return infusion(dose.mg, concentration_mg_per_ml, dose.dose.duration_min)


def pump_words(pump: Infusion) -> str:
    """For example "1 mg/mL, 35 mL at 52.5 mL/h"."""
    strength = f"{as_set(pump.concentration_mg_per_ml)} mg/mL"
    if pump.dilute:  # undiluted, it has no rate that a pump should be set to
        return f"{strength}, to be diluted first"
    return f"{strength}, {three_figures(pump.volume_ml)} mL at {as_set(pump.rate_ml_per_h)} mL/h"


def shortest_of(session: Session, dose: PlannedDose) -> tuple[float, DoseLimit] | None:
    """In how many minutes a whole infusion is given at the fastest, and the limit on file that says so. A plan that is
    shorter itself was signed with a reason: then its own time is the least. None where no limit is on file.
    """
    place, indication = session.plan.jurisdiction, session.course.indication or None
    limit = shortest_infusion(dose.dose.drug, dose.dose.route, place, indication) if dose.dose.duration_min else None
    return (min(limit.value, dose.dose.duration_min), limit) if limit else None


def too_fast(session: Session, dose: PlannedDose, ml_per_h: float, computed_ml_per_h: float) -> str | None:
    """That at this rate the whole dose runs in less than the least time, as a sentence; None where it does not.

    Args:
        computed_ml_per_h: the rate that gives the dose in its planned time.
    """
    shortest = shortest_of(session, dose)
    if shortest is None or is_as_computed(ml_per_h, computed_ml_per_h):
        return None
    least, limit = shortest
    minutes = dose.dose.duration_min * computed_ml_per_h / ml_per_h
    if limit.comparison.kept(minutes, least):
        return None
    whose = limit.sentence(minutes) if least == limit.value else f"The plan itself says {least:g} min."
    return f"At {as_set(ml_per_h)} mL/h the whole dose runs in {as_measured(minutes)} min. {whose}"


def fastest_within(session: Session, run: DoseRun | None) -> str:
    """The fastest rate (mL/h) of the dose that runs which no prescriber has to pass, rounded down; else empty."""
    if run is None or run.rate_ml_per_h is None or not (shortest := shortest_of(session, run.planned)):
        return ""
    fastest = run.rate_ml_per_h * run.planned.dose.duration_min / shortest[0]
    return f"{floor(fastest * 10 + 1e-6) / 10:g}"


def prepared_words(dose: PlannedDose, mg_per_ml: float | None) -> str:
    """What this strength makes of a dose: "1 mg/mL, 35 mL at 52.5 mL/h", "0.7 mL of 50 mg/mL". Empty where nothing is
    drawn up, or no strength or amount is known.

    Raises:
        RegimenError: if a number is not above zero.
    """
    if mg_per_ml is None or dose.mg is None:
        return ""
    if pump := pump_of(dose, mg_per_ml):
        return pump_words(pump)
    return str(injection(dose.mg, mg_per_ml)) if dose.is_injection or dose.may_be_measured else ""


def strengths_in_question(dose: PlannedDose | None) -> tuple[Injection, ...]:
    """An injection at each strength its label names; none for any other dose."""
    if dose is None or dose.mg is None or not dose.is_injection:
        return ()
    return tuple(injection(dose.mg, each) for each in strengths(dose.dose.drug, dose.dose.route))


def confirmed_mg_per_ml(state: SessionState) -> float | None:
    """The strength two people confirmed for the next dose; None where none did, or not lately enough."""
    if state.time_out is None or not state.time_out_counts:
        return None
    confirmed: float | None = state.time_out.data.get("concentration_mg_per_ml")
    return confirmed


def next_prepared(session: Session, state: SessionState) -> str:
    """How the next dose is prepared: as two people confirmed it, else an infusion as planned. The plan's concentration
    is one of a bag: what an injection is drawn from is said by whoever holds it.
    """
    dose = state.next_dose
    return prepared_words(dose, _next_strength(session, state, dose)) if dose else ""


def planned_pump(session: Session, state: SessionState) -> Infusion | None:
    """How the next dose runs by the same numbers; None where it is no infusion, is diluted first, or nobody knows."""
    dose = state.next_dose
    strength = _next_strength(session, state, dose) if dose else None
    pump = pump_of(dose, strength) if dose and strength else None
    return None if pump is None or pump.dilute else pump


def _next_strength(session: Session, state: SessionState, dose: PlannedDose) -> float | None:
    planned = session.plan.concentration_mg_per_ml if dose.dose.duration_min else None
    return confirmed_mg_per_ml(state) or planned
