"""What is typed of how a dose is prepared, held against the plan, the label and the drug account."""

from collections.abc import Iterable, Sequence
from math import isclose
from typing import Any

from daybreak.clinic.pharmacy.models import Lot
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.preparation import pump_of
from daybreak.treatment.dose_preparation import Injection, as_measured, injection, strengths, unusual, unusual_injection
from daybreak.treatment.drugs import Route
from daybreak.treatment.regimen import RegimenError


def prepared(
    session: Session,
    dose: PlannedDose,
    *,
    mg_per_ml: float | None,
    confirmed: float | None,
    lots: Iterable[Lot],
    reason: str,
) -> dict[str, Any]:
    """How the dose is prepared, and what is unusual about it as somebody typed it and goes on with a reason.

    Args:
        mg_per_ml: the strength as typed; None as two people confirmed it, else, of an infusion, as planned.
        confirmed: what two people confirmed; None where nobody did.
        lots: those the dose is given from, as far as they are known.

    Raises:
        Refusal: for another strength than was confirmed, an injection without one, a number that is none, or what is
            unusual without a reason.
    """
    try:
        if dose.is_injection:
            return _syringe(session, dose, _as_confirmed(mg_per_ml, confirmed), lots, reason)
        planned = session.plan.concentration_mg_per_ml
        as_planned = mg_per_ml is None and (confirmed is None or isclose(confirmed, planned))
        return _pump(dose, None if as_planned else _as_confirmed(mg_per_ml, confirmed), planned, reason)
    except RegimenError as problem:
        raise Refusal(str(problem)) from problem


def _as_confirmed(typed: float | None, confirmed: float | None) -> float | None:
    if confirmed is None or typed is None:
        return typed if confirmed is None else confirmed
    if not isclose(typed, confirmed):
        raise Refusal(
            f"Two people confirmed {confirmed:g} mg/mL; {typed:g} mg/mL was typed. Look at the label. Start with what "
            "was confirmed, or confirm again with the one on the label. Nothing was started."
        )
    return confirmed


def _pump(dose: PlannedDose, mg_per_ml: float | None, planned: float, reason: str) -> dict[str, Any]:
    """How the pump is set; None: with the plan's own concentration, of which nothing is asked."""
    pump = pump_of(dose, planned if mg_per_ml is None else mg_per_ml)
    if pump is None:
        return {}
    odd = () if mg_per_ml is None else unusual(pump, planned)
    _require_reason(odd, reason, "the label and the pump")
    said: dict[str, Any] = {"concentration_mg_per_ml": pump.concentration_mg_per_ml, "as_planned": mg_per_ml is None}
    if odd:
        said["against"] = list(odd)
    if not pump.dilute:  # undiluted, this strength has no rate that a pump should be set to
        said |= {"volume_ml": pump.volume_ml, "rate_ml_per_h": pump.rate_ml_per_h}
    return said


def _syringe(
    session: Session, dose: PlannedDose, mg_per_ml: float | None, lots: Iterable[Lot], reason: str
) -> dict[str, Any]:
    """What is in the syringe. No plan and no account answers which strength is in hand."""
    if dose.mg is None:
        return {}
    if mg_per_ml is None:
        raise Refusal(
            "Which strength is in hand? Type the mg/mL of the label: it makes the volume to be given. "
            "Nothing was started."
        )
    shot = injection(dose.mg, mg_per_ml)
    odd = [
        *_other_than_known(session, dose, shot, lots),
        *unusual_injection(shot, dose.dose.drug, dose.dose.route),
    ]
    _require_reason(odd, reason, f"the label and the syringe: {shot} makes {as_measured(dose.mg)} mg")
    said: dict[str, Any] = {"concentration_mg_per_ml": shot.strength_mg_per_ml, "volume_ml": shot.volume_ml}
    return said | ({"against": odd} if odd else {})


def _other_than_known(session: Session, dose: PlannedDose, shot: Injection, lots: Iterable[Lot]) -> list[str]:
    """That the plan, where it names a strength of the label, or the drug account knows another strength. For a vein
    what the container holds may be diluted, so only more than that is odd.
    """
    typed, planned, found = shot.strength_mg_per_ml, session.plan.concentration_mg_per_ml, []
    if planned in strengths(dose.dose.drug, dose.dose.route) and not isclose(typed, planned, rel_tol=0.01):
        found.append(f"The plan says {planned:g} mg/mL; {typed:g} mg/mL was typed.")
    for lot in lots:
        if not (microlitres := lot.formulation.microlitres_each):
            continue
        holds = lot.formulation.micrograms_each / microlitres
        fits = typed <= holds * 1.01 if dose.dose.route is Route.IV else isclose(typed, holds, rel_tol=0.01)
        if not fits:
            found.append(f"Lot {lot.number} is {holds:g} mg/mL in the drug account; {typed:g} mg/mL was typed.")
    return found


def _require_reason(odd: Sequence[str], reason: str, look_at: str) -> None:
    if odd and not reason.strip():
        raise Refusal(f"{' '.join(odd)} Look at {look_at}. Right as typed? Write why. Nothing was started.")
