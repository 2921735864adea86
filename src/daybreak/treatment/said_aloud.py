"""A dose as two people read it aloud before it is given: what, how much, by which route and in which way."""

from daybreak.treatment.dose_preparation import as_measured, devices
from daybreak.treatment.drugs import ROUTE_WORDS, Drug, Manner, Route
from daybreak.treatment.regimen import Dose, RegimenError


def said_aloud(dose: Dose, mg: float | None) -> str:
    """For example "ketamine 35 mg by vein, infusion over 40 min", "ketamine 50 mg under the tongue: hold, then spit
    out".

    Args:
        mg: the amount for this person; None where it is by weight and no weight is known.
    """
    amount = "of unknown amount" if mg is None else f"{as_measured(mg)} mg"
    way = _way(dose, mg)
    return f"{dose.drug} {amount} {ROUTE_WORDS[dose.route]}{way}"


def _way(dose: Dose, mg: float | None) -> str:
    if dose.duration_min:
        return f", infusion over {dose.duration_min:g} min"
    match dose.route:
        case Route.IV:
            return ", bolus"
        case Route.IM | Route.SC:
            return ", one injection"
        case Route.NASAL:
            return _devices(dose, mg)
        case Route.ORAL:
            return ", prolonged release: swallow" if dose.manner is Manner.PROLONGED_RELEASE else ": swallow"
        case Route.SUBLINGUAL:
            if dose.leaves_rest_open:
                return ": hold; the plan does not say swallow or spit out, ask the prescriber"
            return f": hold, then {'spit out' if dose.manner is Manner.SPAT_OUT else 'swallow'}"


def _devices(dose: Dose, mg: float | None) -> str:
    if dose.drug is not Drug.ESKETAMINE or mg is None:
        return ""
    try:
        count = devices(mg)
    except RegimenError:
        return ""  # the plan's limits say that it is no whole number of devices
    return f", {count} device{'' if count == 1 else 's'} of {mg / count:g} mg"
