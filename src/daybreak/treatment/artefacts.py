"""Why a device's number is not a true value. Such a number is kept and marked, never deleted."""

from collections.abc import Iterable

from daybreak.treatment.knowledge import load
from daybreak.treatment.vitals import NAMES, PLAUSIBLE, Reading, Vital

# Observed by a person on a scale that begins at zero: zero is a value there.
_OBSERVED = frozenset({Vital.ALERTNESS, Vital.DISSOCIATION})


def artefact(reading: Reading, recent: Iterable[Reading] = ()) -> str | None:
    """Why this number from a device is no true value, as a sentence; None when nothing speaks against it.

    A zero may also be a heart that stands still: the monitor's own alarm stays primary.

    Args:
        reading: as the device sent it.
        recent: other readings of the same message; the pair of a pressure is found among them by its time.
    """
    low, high = PLAUSIBLE[reading.vital]
    if reading.value == 0 and reading.vital not in _OBSERVED:
        return _sentence("no_signal")
    if not low <= reading.value <= high:
        return _sentence(
            "implausible",
            name=NAMES[reading.vital],
            value=f"{reading.value:g}",
            low=f"{low:g}",
            high=f"{high:g}",
        )
    return _crossed_pressure(reading, recent)


def without_unit(value: float) -> str:
    """Why a number that came without a unit is no true value."""
    return _sentence("no_unit", value=f"{value:g}")


def doubtful_unit(vital: Vital, value: float, unit: str, otherwise: str) -> str:
    """Why a number whose unit contradicts it is no true value.

    Args:
        value: as it was sent, with the unit it was sent in.
        otherwise: what speaks against it, or what it would be in another unit.
    """
    return _sentence("doubtful_unit", name=NAMES[vital], value=f"{value:g}", unit=unit, otherwise=otherwise)


def _crossed_pressure(reading: Reading, recent: Iterable[Reading]) -> str | None:
    pressure = {
        each.vital: each.value
        for each in (*recent, reading)
        if each.at == reading.at and each.vital in (Vital.SYSTOLIC, Vital.DIASTOLIC) and each.value != 0
    }
    if reading.vital not in pressure or len(pressure) < 2:
        return None
    systolic, diastolic = pressure[Vital.SYSTOLIC], pressure[Vital.DIASTOLIC]
    if systolic > diastolic:
        return None
    return _sentence("crossed_pressure", systolic=f"{systolic:g}", diastolic=f"{diastolic:g}")


def _sentence(rule: str, **values: str) -> str:
    rows = {row["id"]: row for row in load("monitoring.yaml")["artefacts"]}
    return str(rows[rule]["sentence"]).format(**values)
