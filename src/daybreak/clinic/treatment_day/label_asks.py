"""What a page asks about the strength typed from a label while no server can: the same as the server would."""

import json
from math import isclose

from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.preparation import confirmed_mg_per_ml
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import dilution, largest_ml, strengths, usual_mg_per_ml
from daybreak.treatment.drugs import Drug, Route


def label_asks(session: Session, state: SessionState) -> str:
    """As the page's script reads it, in JSON; empty where no strength is asked of the next dose.

    `known`: the strengths (mg/mL) of which nothing is asked, and `says` by whom; where none is known, any from `least`
    to `most`. `mg` and `most_ml`: the dose, and how much one injection holds. What the drug account holds of a lot is
    asked by the server alone: the page does not know the lots.
    """
    dose = state.next_dose
    if dose is None or dose.mg is None or not (dose.dose.duration_min or dose.is_injection or dose.may_be_measured):
        return ""
    confirmed, planned = confirmed_mg_per_ml(state), _planned(session, dose)
    asked: dict[str, object] = {"known": [], "says": "", "mg": dose.mg}
    if confirmed:
        asked |= {"known": [confirmed], "says": f"Two people confirmed {confirmed:g} mg/mL."}
    elif planned:
        asked |= {"known": [planned], "says": f"The plan says {planned:g} mg/mL."}
    else:
        asked |= _by_the_label(dose)
    if dose.is_injection and (most := largest_ml(dose.dose.drug, dose.dose.route)) is not None:
        asked["most_ml"] = most
    return json.dumps(asked)


def _planned(session: Session, dose: PlannedDose) -> float | None:
    """The plan's concentration is one of a bag: of what else is drawn up only where the label has it."""
    planned: float | None = session.plan.concentration_mg_per_ml
    if planned is None or dose.dose.duration_min:
        return planned
    return planned if any(isclose(planned, each) for each in strengths(dose.dose.drug, dose.dose.route)) else None


def _by_the_label(dose: PlannedDose) -> dict[str, object]:
    drug, route = dose.dose.drug, dose.dose.route
    if dose.dose.duration_min:
        least, most = usual_mg_per_ml()
        return {"least": least, "most": most, "says": f"Usual is {least:g} to {most:g} mg/mL."}
    known = strengths(drug, route)
    if not known:
        return {}
    comes_in = f"{str(drug).capitalize()} comes in {', '.join(f'{each:g}' for each in known)} mg/mL."
    if route is not Route.IV:
        return {"known": known, "says": comes_in}
    # Into a vein it may be diluted, and the strongest has to be.
    takes = [each for each in known if drug is not Drug.KETAMINE or not dilution(each)]
    return {"least": 0, "most": max(takes), "says": comes_in}
