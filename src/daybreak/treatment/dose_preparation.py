"""From a dose to what is drawn up: volume, pump rate, devices."""

from dataclasses import dataclass
from typing import Any

from daybreak.treatment.knowledge import load
from daybreak.treatment.regimen import RegimenError

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Infusion:
    """How a dose is run. `dilute` says that this strength must be diluted first; None when it need not."""

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
    product = _product("KETAMINE_INJECTION")
    too_strong = concentration_mg_per_ml >= float(product["dilute_from_mg_per_ml"])
    return Infusion(
        dose_mg=dose_mg,
        concentration_mg_per_ml=concentration_mg_per_ml,
        duration_min=duration_min,
        volume_ml=volume_ml,
        rate_ml_per_h=volume_ml / duration_min * MINUTES_PER_HOUR,
        dilute=str(product["dilute"]) if too_strong else None,
    )


def weight_age_max_days() -> int:
    """How old a weight may be, in days, before its age is pointed out."""
    return int(load("dosing.yaml")["weight_age_max_days"]["value"])


def devices(dose_mg: float) -> int:
    """How many nasal devices of esketamine make this dose (mg).

    Raises:
        RegimenError: if the dose is not a whole number of devices.
    """
    device_mg = int(_product("SPRAVATO")["device_mg"])
    if not 0 < dose_mg < float("inf") or dose_mg % device_mg:
        raise RegimenError(f"{dose_mg:g} mg is not a whole number of devices, which hold {device_mg} mg each.")
    return int(dose_mg // device_mg)


def _product(identifier: str) -> dict[str, Any]:
    products: list[dict[str, Any]] = load("dosing.yaml")["products"]
    return next(row for row in products if row["id"] == identifier)
