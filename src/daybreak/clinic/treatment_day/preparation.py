"""How a dose is prepared: what a strength makes of it, in words that two people can read aloud."""

from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import Infusion, Injection, infusion, injection, strengths, three_figures


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
    strength = f"{three_figures(pump.concentration_mg_per_ml)} mg/mL"
    if pump.dilute:  # undiluted, it has no rate that a pump should be set to
        return f"{strength}, to be diluted first"
    return f"{strength}, {three_figures(pump.volume_ml)} mL at {three_figures(pump.rate_ml_per_h)} mL/h"


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
    return str(injection(dose.mg, mg_per_ml)) if dose.is_injection else ""


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
    if dose is None:
        return ""
    planned = session.plan.concentration_mg_per_ml if dose.dose.duration_min else None
    return prepared_words(dose, confirmed_mg_per_ml(state) or planned)
