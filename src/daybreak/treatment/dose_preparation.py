"""From a dose to what is drawn up: volume, pump rate, devices."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import ROUTE_WORDS, Drug, Route
from daybreak.treatment.knowledge import load
from daybreak.treatment.regimen import MINUTES_PER_HOUR, RegimenError
from daybreak.treatment.sources import Provenance, provenance


@dataclass(frozen=True, slots=True)
class Infusion:
    """How a dose is run. `dilute` says that this strength must be diluted before it goes into a vein; None when it
    need not. The rate is then no rate to set: the volume grows with the dilution.
    """

    dose_mg: float
    concentration_mg_per_ml: float
    duration_min: float
    volume_ml: float
    rate_ml_per_h: float
    dilute: str | None


def infusion(dose_mg: float, concentration_mg_per_ml: float, duration_min: float) -> Infusion:
    """The volume (mL) and the pump rate (mL/h) of a dose at this concentration over this time. Not rounded.

    Raises:
        RegimenError: if a number is not above zero.
    """
    for value, what in (
        (dose_mg, "mg of drug"),
        (concentration_mg_per_ml, "mg/mL"),
        (duration_min, "min of infusion"),
    ):
        if not 0 < value < float("inf"):
            raise RegimenError(f"{value:g} {what} cannot be run. Write a number above zero.")
    volume_ml = dose_mg / concentration_mg_per_ml
    return Infusion(
        dose_mg=dose_mg,
        concentration_mg_per_ml=concentration_mg_per_ml,
        duration_min=duration_min,
        volume_ml=volume_ml,
        rate_ml_per_h=volume_ml / duration_min * MINUTES_PER_HOUR,
        dilute=dilution(concentration_mg_per_ml),
    )


def unusual(run: Infusion, planned_mg_per_ml: float | None = None) -> tuple[str, ...]:
    """What is odd about an infusion as somebody typed it, as sentences: another concentration than the plan says, or a
    concentration, pump rate or volume beyond `infusion_plausible` of dosing.yaml, which is our own choice.

    Args:
        planned_mg_per_ml: the concentration (mg/mL) the plan says; None where it says none.
    """
    rule, found = load("dosing.yaml")["infusion_plausible"], []
    typed = run.concentration_mg_per_ml
    if planned_mg_per_ml is not None and not math.isclose(typed, planned_mg_per_ml, rel_tol=0.01):
        found.append(f"The plan says {planned_mg_per_ml:g} mg/mL; {typed:g} mg/mL was typed.")
    if run.dilute:  # its rate and volume are none to set
        return (*found, f"{run.dilute[0].upper()}{run.dilute[1:]}")
    for name, value, unit in (
        ("concentration_mg_per_ml", typed, "mg/mL"),
        ("rate_ml_per_h", run.rate_ml_per_h, "mL/h"),
        ("volume_ml", run.volume_ml, "mL"),
    ):
        least, most = rule[name].get("at_least", 0), rule[name]["at_most"]
        if not least <= value <= most:
            usual = f"{least:g} to {most:g}" if least else f"at most {most:g}"
            found.append(f"{as_set(value)} {unit} is unusual; usual is {usual} {unit}.")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Injection:
    """A dose given at once with a syringe: this volume of this strength."""

    dose_mg: float
    strength_mg_per_ml: float
    volume_ml: float

    def __str__(self) -> str:
        return f"{three_figures(self.volume_ml)} mL of {as_set(self.strength_mg_per_ml)} mg/mL"


def injection(dose_mg: float, strength_mg_per_ml: float) -> Injection:
    """The volume (mL) of a dose at this strength. Not rounded.

    Raises:
        RegimenError: if a number is not above zero.
    """
    for value, what in ((dose_mg, "mg of drug"), (strength_mg_per_ml, "mg/mL")):
        if not 0 < value < float("inf"):
            raise RegimenError(f"{value:g} {what} cannot be given. Write a number above zero.")
    return Injection(dose_mg, strength_mg_per_ml, dose_mg / strength_mg_per_ml)


def strengths(drug: Drug, route: Route) -> tuple[float, ...]:
    """The strengths (mg/mL) the label of a drug for injection names, the weakest first; empty where none was read."""
    rows = [row for row in load("dosing.yaml")["products"] if "strengths_mg_per_ml" in row]
    return tuple(float(each) for row in rows if applies(row, drug, route) for each in row["strengths_mg_per_ml"])


def unusual_injection(shot: Injection, drug: Drug, route: Route) -> tuple[str, ...]:
    """What is odd about an injection as somebody typed it, as sentences: a strength the drug does not come in (for a
    vein a stronger one, since it may be diluted; or one to be diluted first), or a volume beyond `injection_volume` of
    dosing.yaml.
    """
    strength, known, found = shot.strength_mg_per_ml, strengths(drug, route), []
    is_diluted = route is Route.IV and bool(known) and strength < known[-1]
    if known and not is_diluted and not any(math.isclose(strength, each, rel_tol=0.01) for each in known):
        comes_in = ", ".join(f"{each:g}" for each in known)
        found.append(f"{strength:g} mg/mL is no strength that {drug} comes in ({comes_in} mg/mL).")
    if route is Route.IV and drug is Drug.KETAMINE and (dilute := dilution(strength)):
        found.append(f"{dilute[0].upper()}{dilute[1:]}")
    if (most := largest_ml(drug, route)) is not None and shot.volume_ml > most:
        found.append(
            f"{three_figures(shot.volume_ml)} mL {ROUTE_WORDS[route]} is more than one injection takes, {most:g} mL."
        )
    return tuple(found)


def largest_ml(drug: Drug, route: Route) -> float | None:
    """How much (mL) one injection by this route holds; None for a route without injections."""
    rows = [row for row in load("dosing.yaml")["injection_volume"] if applies(row, drug, route)]
    return float(rows[0]["at_most_ml"]) if rows else None


def usual_mg_per_ml() -> tuple[float, float]:
    """Between which concentrations (mg/mL) an infusion usually lies; beyond them a reason is asked for."""
    rule = load("dosing.yaml")["infusion_plausible"]["concentration_mg_per_ml"]
    return float(rule["at_least"]), float(rule["at_most"])


def fastest_ml_per_h() -> float:
    """The highest rate (mL/h) a pump is set to."""
    return float(load("dosing.yaml")["infusion_plausible"]["rate_ml_per_h"]["at_most"])


def other_rate(set_ml_per_h: float, run: Infusion) -> str | None:
    """That a pump is set to another rate than the dose was computed with, as a sentence; None where it is the computed
    one, give or take `slipped_point.near_percent` of dosing.yaml, which is more than rounding to two figures moves.
    """
    if abs(set_ml_per_h / run.rate_ml_per_h - 1) * 100 <= load("dosing.yaml")["slipped_point"]["near_percent"]:
        return None
    minutes = as_measured(run.duration_min * run.rate_ml_per_h / set_ml_per_h)
    return (
        f"{as_set(run.rate_ml_per_h)} mL/h gives the dose in {run.duration_min:g} min; set to "
        f"{as_set(set_ml_per_h)} mL/h it is given in {minutes} min."
    )


def is_as_computed(set_ml_per_h: float, computed_ml_per_h: float) -> bool:
    """Whether a pump is set to the computed rate as it is shown, to three figures at least."""
    return math.isclose(set_ml_per_h, computed_ml_per_h, rel_tol=0.005)


def slipped_point(typed: float, expected: Iterable[float]) -> str | None:
    """That a figure looks like one of those expected with its point in another place, as "about ten times 62.25". None
    where it is near one of them, or near no such factor.
    """
    rule, known = load("dosing.yaml")["slipped_point"], [each for each in expected if each > 0]

    def is_near(value: float) -> bool:
        return bool(abs(typed / value - 1) * 100 <= rule["near_percent"])

    if any(map(is_near, known)):
        return None
    slips = ((words, each) for each in known for factor, words in rule["factors"].items() if is_near(each * factor))
    return next((f"about {words} {as_set(each)}" for words, each in slips), None)


def dilution(concentration_mg_per_ml: float) -> str | None:
    """That this strength of ketamine must be diluted before it goes into a vein; None when it need not."""
    product = _product("KETAMINE_INJECTION")
    return str(product["dilute"]) if concentration_mg_per_ml >= float(product["dilute_from_mg_per_ml"]) else None


def three_figures(value: float) -> str:
    """A positive number to three significant figures, `0.65`, `52.5`; whole from 100 on. No zero trails: 0.650 and
    65.0 are misread.
    """
    decimals = max(0, 2 - math.floor(math.log10(value)))
    shown = f"{value:.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def as_set(value: float) -> str:
    """A pump rate or a strength, in one way on every page: each figure a hand can type stands (two after the point,
    three below one), and what was computed to more is shown to three figures. Only what is shown is rounded. Ours.
    """
    typed = round(value, 2 if abs(value) >= 1 else 3)
    if not math.isclose(value, typed, rel_tol=1e-9):
        return three_figures(value)
    shown = f"{Decimal(repr(float(typed))):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def four_figures(value: float) -> str:
    """A number as it was computed or typed, to four figures, and whole from 1000 on: 12000 min is never 1.2e+04."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def as_measured(value: float) -> str:
    """An amount in mg or mL as a syringe measures it, in one way on every page: to a tenth from 10 on, to a hundredth
    from 1 on, below that to a thousandth. Half goes up, and no zero trails. Only what is shown is rounded. Ours.
    """
    decimals = 1 if value >= 10 else 2 if value >= 1 else 3
    shown = f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def weight_age_max_days() -> int:
    """How old a weight may be, in days, before its age is pointed out."""
    return int(load("dosing.yaml")["weight_age_max_days"]["value"])


def weight_change(weight_kg: float, earlier_kg: float, days_since: int | None) -> str | None:
    """What is odd about a weight beside an earlier one, as a sentence; None where nothing is.

    Args:
        days_since: days between the two; None where nobody knows, then only a slip of a factor is odd.
    """
    rule = load("dosing.yaml")["weight_change"]
    ratio = weight_kg / earlier_kg
    against = f"{weight_kg:g} kg now, {earlier_kg:g} kg on file"
    for slip in rule["slips"]:
        if abs(ratio / slip["factor"] - 1) * 100 <= rule["near_percent"]:
            return f"{against}: {slip['says']} the earlier weight. This looks like a slip of typing; weigh again."
    percent = abs(ratio - 1) * 100
    if days_since is None or days_since > rule["days"] or percent <= rule["percent"]:
        return None
    change = "more" if ratio > 1 else "less"
    return f"{against}: {percent:.0f} % {change} within {days_since} days. Confirm that it was weighed and is right."


def is_another_weight(weight_kg: float, computed_with_kg: float) -> bool:
    """Whether a weight is further from the one a dose was computed with than `weight_change.percent` of dosing.yaml."""
    return abs(weight_kg / computed_with_kg - 1) * 100 > float(load("dosing.yaml")["weight_change"]["percent"])


def weight_change_provenance() -> Provenance:
    """What the limits of a change in weight rest on."""
    return provenance(load("dosing.yaml")["weight_change"])


def devices(dose_mg: float) -> int:
    """How many nasal devices of esketamine make this dose (mg).

    Raises:
        RegimenError: if the dose is not a whole number of devices.
    """
    each_mg = device_mg()
    if not 0 < dose_mg < float("inf") or dose_mg % each_mg:
        raise RegimenError(f"{dose_mg:g} mg is not a whole number of devices, which hold {each_mg} mg each.")
    return int(dose_mg // each_mg)


def device_mg() -> int:
    """What one nasal device of esketamine holds, as its label says."""
    return int(_product("SPRAVATO")["device_mg"])


def devices_apart_min() -> float:
    """How many minutes of rest the label of the nasal devices asks for between two of them."""
    return float(_product("SPRAVATO")["devices_apart_min"])


def _product(identifier: str) -> dict[str, Any]:
    products: list[dict[str, Any]] = load("dosing.yaml")["products"]
    return next(row for row in products if row["id"] == identifier)
