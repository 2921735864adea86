"""What stands beside the amount really given, when it is typed: what it can be held against."""

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy.models import Use
from daybreak.clinic.treatment_day.doses import DoseRun
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG
from daybreak.treatment.dose_preparation import as_measured


def amounts_beside(session: Session, state: SessionState) -> str:
    """Of the dose begun last, in mg: planned, given by rate and time or by count, stated before, and what was drawn for
    the whole session. Empty before a dose; one query after it.
    """
    run = state.run
    if run is None:
        return ""
    said = [f"Planned {as_measured(run.mg)} mg", f"{_counted(run, state)} {as_measured(run.computed_mg(state.now))} mg"]
    if run.stated_mg is not None:
        said.append(f"stated before {as_measured(run.stated_mg)} mg")
    if drawn := pharmacy_queries.account(Use(pk=session.pk)).drawn:
        said.append(f"drawn for this session {as_measured(drawn / MICROGRAMS_PER_MG)} mg")
    return f"{'; '.join(said)}."


def _counted(run: DoseRun, state: SessionState) -> str:
    if run.is_infusion:
        if run.end_is_recorded:
            return "by rate and time the pump gave"
        return f"by rate and time until {'this person left' if state.left else 'now'}"
    if run.planned.comes_in_devices:
        return f"by {len(run.device_times)} of {run.planned_devices} devices recorded"
    return "recorded as given"
