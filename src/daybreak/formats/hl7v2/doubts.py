"""A number and its unit that contradict each other: 120 kPa, 36.6 °F, a saturation of 0.98 %.

Such a number is never converted: it stays as it was sent, and the sentence says what speaks against it.
"""

from daybreak.formats.units import convert, readable_as, ucum
from daybreak.treatment.artefacts import doubtful_unit
from daybreak.treatment.vitals import PLAUSIBLE, UNITS, Vital

_WORDS = {"mm[Hg]": "mmHg", "/min": "per minute", "Cel": "°C", "[degF]": "°F", "1": "as a fraction"}


def doubt(vital: Vital, number: float, unit: str, value: float | None) -> str:
    """Why this number cannot have been meant in this unit, as a sentence; empty when it can.

    A number beyond what a body shows in its own unit is in doubt only where another unit would explain it; otherwise it
    is for `artefacts.artefact` to judge.

    Args:
        number: as it was sent.
        unit: in UCUM, or as it was sent where it is no unit of this vital sign.
        value: the number in the unit of the vital sign; None where the unit is none of it.
    """
    if value is None:
        return doubtful_unit(vital, number, unit[:40], f"it is measured in {_words(UNITS[vital])}")
    if _fits(vital, value):
        return ""
    unit = ucum(unit)
    others = ((each, convert(vital, number, each)) for each in readable_as(vital) if each != unit)
    meant = next((f"{found:.3g} {_words(UNITS[vital])} if it was sent {_in(each)}" for each, found in others
                  if found is not None and _fits(vital, found)), "")  # fmt: skip
    if not meant and unit == UNITS[vital]:
        return ""
    would_be = "" if unit == UNITS[vital] else f"{value:.3g} {_words(UNITS[vital])} by this unit"
    return doubtful_unit(vital, number, _words(unit), ", ".join(filter(None, (would_be, meant))))


def _fits(vital: Vital, value: float) -> bool:
    low, high = PLAUSIBLE[vital]
    return low <= value <= high


def _words(unit: str) -> str:
    return _WORDS.get(unit, unit)


def _in(unit: str) -> str:
    return _words(unit) if unit == "1" else f"in {_words(unit)}"
