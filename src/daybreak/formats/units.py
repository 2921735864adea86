"""Units other systems send, turned into the unit each vital sign has here.

Factors follow UCUM (https://ucum.org/ucum): the pound is 0.453 592 37 kg, the inch 2.54 cm, the
millimetre of mercury 133.322 Pa; a degree Fahrenheit is 5/9 of a degree Celsius, with its zero 32 below freezing.
"""

from daybreak.treatment.vitals import UNITS, Vital

# Plain spellings seen from devices and records, to UCUM. Compared without regard to case.
_SPELLINGS: dict[str, str] = {
    "mmhg": "mm[Hg]",
    "mm hg": "mm[Hg]",
    "kpa": "kPa",
    "bpm": "/min",
    "1/min": "/min",
    "per minute": "/min",
    "beats/min": "/min",
    "beats/minute": "/min",
    "breaths/min": "/min",
    "breaths/minute": "/min",
    "{beats}/min": "/min",
    "{beat}/min": "/min",
    "{breaths}/min": "/min",
    "rpm": "/min",
    "percent": "%",
    "{fraction}": "1",
    "°c": "Cel",
    "c": "Cel",
    "degc": "Cel",
    "cel": "Cel",
    "°f": "[degF]",
    "f": "[degF]",
    "degf": "[degF]",
    "[degf]": "[degF]",
    "kgs": "kg",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "in": "[in_i]",
    "inches": "[in_i]",
    "[in_us]": "[in_i]",
    "ft": "[ft_i]",
}

# (sent UCUM unit, unit of the vital sign) -> factor
_FACTORS: dict[tuple[str, str], float] = {
    ("kPa", "mm[Hg]"): 1000 / 133.322,
    ("1", "%"): 100.0,
    ("[degF]", "Cel"): 5 / 9,
    ("g", "kg"): 0.001,
    ("[lb_av]", "kg"): 0.45359237,
    ("[oz_av]", "kg"): 0.028349523125,
    ("m", "cm"): 100.0,
    ("mm", "cm"): 0.1,
    ("[in_i]", "cm"): 2.54,
    ("[ft_i]", "cm"): 30.48,
}
# what is taken off before the factor, where a scale has another zero
_ZEROS: dict[str, float] = {"[degF]": 32.0}


def ucum(unit: str) -> str:
    """The UCUM code of a unit as sent; unchanged when it is no spelling known here."""
    unit = unit.strip()
    return _SPELLINGS.get(unit.casefold(), unit)


def convert(vital: Vital, value: float, unit: str) -> float | None:
    """The value in the unit of `UNITS`, unrounded; None when the unit cannot be converted."""
    sent, wanted = ucum(unit), UNITS[vital]
    if sent == wanted:
        return value
    factor = _FACTORS.get((sent, wanted))
    return None if factor is None else (value - _ZEROS.get(sent, 0.0)) * factor


def readable_as(vital: Vital) -> tuple[str, ...]:
    """The UCUM units a value of this vital sign may come in, its own first."""
    wanted = UNITS[vital]
    return (wanted, *(sent for sent, into in _FACTORS if into == wanted))
