"""What is typed of how a dose is prepared, held against the plan, the label and the drug account."""

from collections.abc import Iterable, Sequence
from math import isclose
from typing import Any

from daybreak.clinic.pharmacy.models import Lot
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.lots import measured_from
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.preparation import pump_of, too_fast
from daybreak.clinic.treatment_day.services.pump import require_prescriber, require_rate
from daybreak.clinic.treatment_day.weighing import DoseWeight
from daybreak.treatment.dose_preparation import (
    Infusion,
    Injection,
    as_measured,
    as_set,
    injection,
    other_rate,
    slipped_point,
    strengths,
    three_figures,
    unusual,
    unusual_injection,
)
from daybreak.treatment.findings import reason_lacks, says_too_little
from daybreak.treatment.regimen import RegimenError
from daybreak.treatment.vitals import Vital, implausible

FAR_OFF = 5  # a strength so many times above or below what the lot holds was misread, or diluted; ours


def prepared(
    session: Session,
    actor: Actor,
    dose: PlannedDose,
    *,
    mg_per_ml: float | None,
    confirmed: float | None,
    pump_ml_per_h: float | None,
    lots: Iterable[Lot],
    reason: str,
    is_done: bool = False,
) -> dict[str, Any]:
    """How the dose is prepared, and what is unusual about it as somebody typed it and goes on with a reason.

    Args:
        mg_per_ml: the strength as typed; None as two people confirmed it.
        confirmed: what two people confirmed; None where nobody did.
        pump_ml_per_h: what the pump of an infusion was set to.
        lots: those the dose is given from, as far as they are known.
        is_done: it runs already; who may let it run so fast is not asked any more.

    Raises:
        Refusal: for another strength than was confirmed, an injection or an infusion without one, an infusion without
            the rate its pump was set to, a number that is none, a rate beyond the limit but from a prescriber, or what
            is unusual without a reason.
    """
    try:
        strength = _as_confirmed(mg_per_ml, confirmed)
        if dose.is_injection:
            return _syringe(session, dose, strength, lots, reason)
        if dose.may_be_measured:
            return _from_a_bottle(session, dose, strength, lots, reason, is_done=is_done)
        return _pump(
            session, actor, dose, mg_per_ml=strength, set_ml_per_h=pump_ml_per_h, reason=reason, is_done=is_done
        )
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


def _pump(
    session: Session,
    actor: Actor,
    dose: PlannedDose,
    *,
    mg_per_ml: float | None,
    set_ml_per_h: float | None,
    reason: str,
    is_done: bool,
) -> dict[str, Any]:
    """What is on the label of the bag and what the pump was set to. No plan answers either."""
    if not dose.dose.duration_min or dose.mg is None:
        return {}
    if mg_per_ml is None:
        raise Refusal("Which concentration is in hand? Type the mg/mL of the label. Nothing was started.")
    pump = pump_of(dose, mg_per_ml)
    assert pump is not None  # noqa: S101 - an infusion of a known amount runs
    if set_ml_per_h is None:
        raise Refusal("What is the pump set to? Type the mL/h it shows. Nothing was started.")
    require_rate(set_ml_per_h)
    _require_no_other_bag(pump.concentration_mg_per_ml, session.plan.concentration_mg_per_ml, reason)
    odd = [*unusual(pump, session.plan.concentration_mg_per_ml)]
    said: dict[str, Any] = {"concentration_mg_per_ml": pump.concentration_mg_per_ml, "pump_ml_per_h": set_ml_per_h}
    if not pump.dilute:  # undiluted, this strength has no rate that a pump should be set to
        said |= {"volume_ml": pump.volume_ml, "rate_ml_per_h": pump.rate_ml_per_h}
        odd += _other_than_computed(pump, set_ml_per_h, reason)
        if fast := too_fast(session, dose, set_ml_per_h, pump.rate_ml_per_h):
            if not is_done:
                require_prescriber(fast, actor, reason, at_the_start=True)
            odd.append(fast)
    elif reason_lacks(reason):
        raise Refusal(
            f"{' '.join(odd)} Type the concentration of the bag that runs, not of the vial it was made from. If it "
            "really is so, write why in at least ten words. Nothing was started."
        )
    _require_reason(odd, reason, "the label and the pump")
    return said | ({"against": odd} if odd else {})


def _require_no_other_bag(typed: float, planned: float | None, reason: str) -> None:
    """The bag comes before the pump: a rate computed for a label that was misread is ten times the dose.

    Raises:
        Refusal: for a concentration whose point may have slipped, without a reason of ten words.
    """
    slip = slipped_point(typed, [planned] if planned else [])
    if slip and reason_lacks(reason):
        raise Refusal(
            f"{typed:g} mg/mL is {slip}, the mg/mL of the plan: the point may have slipped, or another bag hangs "
            "there. Read the label again and leave the pump as it is. If it really is meant, write why in at least ten "
            "words. Nothing was started."
        )


def _other_than_computed(pump: Infusion, set_ml_per_h: float, reason: str) -> list[str]:
    """That the pump is set to another rate than was computed.

    Raises:
        Refusal: for one whose point may have slipped, without a reason of ten words.
    """
    figure = f"{as_set(set_ml_per_h)} mL/h"
    slip = slipped_point(set_ml_per_h, [pump.rate_ml_per_h])
    other = other_rate(set_ml_per_h, pump)
    if slip and reason_lacks(reason):
        raise Refusal(
            f"{figure} is {slip}: the point may have slipped. {other} Look at the pump again. If it really is meant, "
            "write why in at least ten words. Nothing was started."
        )
    return [each for each in (f"{figure} is {slip}." if slip else None, other) if each]


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
        *_other_than_known(session, dose, shot, lots, reason),
        *unusual_injection(shot, dose.dose.drug, dose.dose.route),
    ]
    return _measured_out(shot, odd, reason)


def _from_a_bottle(
    session: Session, dose: PlannedDose, mg_per_ml: float | None, lots: Iterable[Lot], reason: str, *, is_done: bool
) -> dict[str, Any]:
    """What is measured from a bottle of solution, where the label or the drug account says that it is one."""
    if dose.mg is None:
        return {}
    if mg_per_ml is None:
        bottle = None if is_done else measured_from(lots)
        if bottle is None:
            return {}
        raise Refusal(
            f"Lot {bottle.number} is a {bottle.formulation.form.one}. Type the mg/mL of its label: it makes the "
            "volume to be given. Nothing was started."
        )
    shot = injection(dose.mg, mg_per_ml)
    return _measured_out(shot, _other_than_known(session, dose, shot, lots, reason), reason)


def _measured_out(shot: Injection, odd: list[str], reason: str) -> dict[str, Any]:
    _require_reason(odd, reason, f"the label and the syringe: {shot} makes {as_measured(shot.dose_mg)} mg")
    said: dict[str, Any] = {"concentration_mg_per_ml": shot.strength_mg_per_ml, "volume_ml": shot.volume_ml}
    return said | ({"against": odd} if odd else {})


def _other_than_known(
    session: Session, dose: PlannedDose, shot: Injection, lots: Iterable[Lot], reason: str
) -> list[str]:
    """That the plan, where it names a strength of the label, or the drug account knows another strength. What is far
    from it is a misread label until somebody says in ten words that it was diluted.

    Raises:
        Refusal: for a strength far from what the lot holds, without a reason of ten words.
    """
    typed, planned, found = shot.strength_mg_per_ml, session.plan.concentration_mg_per_ml, []
    if planned in strengths(dose.dose.drug, dose.dose.route) and not isclose(typed, planned, rel_tol=0.01):
        found.append(f"The plan says {planned:g} mg/mL; {typed:g} mg/mL was typed.")
    for lot in lots:
        if not (holds := lot.formulation.mg_per_ml):
            continue
        if isclose(typed, holds, rel_tol=0.01):
            continue
        odd = f"Lot {lot.number} is {holds:g} mg/mL in the drug account; {typed:g} mg/mL was typed."
        if not 1 / FAR_OFF < typed / holds < FAR_OFF and reason_lacks(reason):
            mg, ml = as_measured(shot.volume_ml * holds), three_figures(shot.volume_ml)
            raise Refusal(
                f"{odd} {ml} mL of that lot would be {mg} mg. Read the label again. If it was diluted, write in at "
                "least ten words how. Nothing was started."
            )
        found.append(odd)
    return found


def weighed(weight: DoseWeight | None, typed_kg: float | None, reason: str) -> list[str]:
    """What is odd about the weight behind a dose, with the one typed now.

    Raises:
        Refusal: for an old weight, unless it was weighed again or somebody writes why not; for another weight than the
            dose was computed with, without a reason; for one no person has.
    """
    if weight is None:
        return []
    if typed_kg is not None and (sentence := implausible(Vital.WEIGHT, typed_kg)):
        raise Refusal(f"{sentence} Nothing was started.")
    odd = []
    if typed_kg is None and weight.is_old:
        odd.append(weight.not_weighed)
        if says_too_little(reason):
            raise Refusal(f"{odd[0]} Weigh the person and type it, or write why not. Nothing was started.")
    if differs := weight.differs(weight.kg if typed_kg is None else typed_kg):
        odd.append(differs)
        if says_too_little(reason):
            raise Refusal(f"{differs} Ask the prescriber. Right as planned? Write why. Nothing was started.")
    return odd


def _require_reason(odd: Sequence[str], reason: str, look_at: str) -> None:
    if odd and says_too_little(reason):
        raise Refusal(
            f"{' '.join(odd)} Look at {look_at}. Right as typed? Write why, in a few words. Nothing was started."
        )
