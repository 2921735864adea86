"""The pump of an infusion: what a concentration makes of the dose, in words that two people can read aloud."""

from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import Infusion, infusion, three_figures


def pump_of(dose: PlannedDose, concentration_mg_per_ml: float) -> Infusion | None:
    """How this dose runs at this concentration; None for a dose that is no infusion, or has no known amount.

    Raises:
        RegimenError: if a number is not above zero.
    """
    if not dose.dose.duration_min or dose.mg is None:
        return None
    return infusion(dose.mg, concentration_mg_per_ml, dose.dose.duration_min)


def pump_words(pump: Infusion | None) -> str:
    """For example "1 mg/mL, 35 mL at 52.5 mL/h"; empty where no pump runs."""
    if pump is None:
        return ""
    strength = f"{three_figures(pump.concentration_mg_per_ml)} mg/mL"
    if pump.dilute:  # undiluted, it has no rate that a pump should be set to
        return f"{strength}, to be diluted first"
    return f"{strength}, {three_figures(pump.volume_ml)} mL at {three_figures(pump.rate_ml_per_h)} mL/h"


def confirmed_mg_per_ml(state: SessionState) -> float | None:
    """The concentration two people confirmed for the next dose; None where none did, or not lately enough."""
    if state.time_out is None or not state.time_out_counts:
        return None
    confirmed: float | None = state.time_out.data.get("concentration_mg_per_ml")
    return confirmed


def next_pump(session: Session, state: SessionState) -> str:
    """How the next dose runs, as two people confirmed it, else as planned; empty where no pump runs."""
    if state.next_dose is None:
        return ""
    return pump_words(pump_of(state.next_dose, confirmed_mg_per_ml(state) or session.plan.concentration_mg_per_ml))
