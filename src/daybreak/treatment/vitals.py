"""Vital signs and observations of a session, with their units and what a human body can show."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Vital(StrEnum):
    """One measured or observed quantity. The unit of each stands in `UNITS`."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    HEART_RATE = "heart_rate"
    SPO2 = "spo2"
    RESPIRATORY_RATE = "respiratory_rate"
    TEMPERATURE = "temperature"  # from a monitor only; no limit and no check asks for it
    ALERTNESS = "alertness"  # MOAA/S, 0 to 5
    DISSOCIATION = "dissociation"  # our own 0 to 10 question
    WEIGHT = "weight"
    HEIGHT = "height"


UNITS: dict[Vital, str] = {
    Vital.SYSTOLIC: "mm[Hg]",
    Vital.DIASTOLIC: "mm[Hg]",
    Vital.HEART_RATE: "/min",
    Vital.SPO2: "%",
    Vital.RESPIRATORY_RATE: "/min",
    Vital.TEMPERATURE: "Cel",
    Vital.ALERTNESS: "{score}",
    Vital.DISSOCIATION: "{score}",
    Vital.WEIGHT: "kg",
    Vital.HEIGHT: "cm",
}

# What is usually measured. Outside it a number is a slip of the hand or a lost signal, not a finding; but what a dying
# person shows may be typed (`TYPABLE`) by whoever was asked about it once. Basis: entry check, ours.
PLAUSIBLE: dict[Vital, tuple[float, float]] = {
    Vital.SYSTOLIC: (40, 300),
    Vital.DIASTOLIC: (20, 200),
    Vital.HEART_RATE: (20, 250),
    Vital.SPO2: (40, 100),
    Vital.RESPIRATORY_RATE: (2, 70),
    Vital.TEMPERATURE: (25, 45),
    Vital.ALERTNESS: (0, 5),
    Vital.DISSOCIATION: (0, 10),
    Vital.WEIGHT: (20, 350),
    Vital.HEIGHT: (80, 250),
}

# Where a hand may type more than is usual, from and to what. Basis: entry check, ours.
TYPABLE: dict[Vital, tuple[float, float]] = {
    Vital.SYSTOLIC: (10, 300),
    Vital.DIASTOLIC: (0, 200),
    Vital.HEART_RATE: (1, 250),
    Vital.SPO2: (1, 100),
    Vital.RESPIRATORY_RATE: (1, 70),
}

NAMES: dict[Vital, str] = {
    Vital.SYSTOLIC: "Systolic pressure",
    Vital.DIASTOLIC: "Diastolic pressure",
    Vital.HEART_RATE: "Heart rate",
    Vital.SPO2: "Oxygen saturation",
    Vital.RESPIRATORY_RATE: "Breaths",
    Vital.TEMPERATURE: "Temperature",
    Vital.ALERTNESS: "Alertness (MOAA/S)",
    Vital.DISSOCIATION: "Dissociation, 0 to 10",
    Vital.WEIGHT: "Weight",
    Vital.HEIGHT: "Height",
}


# Who counts no breath or no pulse types 0: the gravest finding there is. From a device a zero is a lost signal.
NONE_COUNTED = frozenset({Vital.HEART_RATE, Vital.RESPIRATORY_RATE})

# What a person counts, or a scale of whole steps: a part of one is a slip, or another sign's value.
_WHOLE = frozenset({Vital.HEART_RATE, Vital.RESPIRATORY_RATE, Vital.ALERTNESS, Vital.DISSOCIATION})
# What a cuff measures to a whole one, though half of one is no slip.
_TO_A_WHOLE_ONE = _WHOLE | {Vital.SYSTOLIC, Vital.DIASTOLIC}


@dataclass(frozen=True, slots=True)
class Reading:
    """One vital sign at one time, in the unit of `UNITS`; `recorded_at` is when it came, where that is asked."""

    vital: Vital
    value: float
    at: datetime
    recorded_at: datetime | None = field(default=None, compare=False)


def untypable(vital: Vital, value: float) -> str | None:
    """Why a hand cannot have meant this value, as a sentence; None when it can. A monitor may send parts of one."""
    if value == 0 and vital in NONE_COUNTED:
        return None
    low, high = typable(vital)
    if is_whole(vital) and value != int(value):
        return f"{value:g} is no value for {_name(vital)}: type a whole number, {low:g} to {high:g}."
    return None if low <= value <= high else _no_value(vital, value, low, high)


def typable(vital: Vital) -> tuple[float, float]:
    """From and to what a hand may type, apart from a 0 that was counted."""
    return TYPABLE.get(vital, PLAUSIBLE[vital])


def is_whole(vital: Vital) -> bool:
    """Whether it is counted, or read off a scale of whole steps."""
    return vital in _WHOLE


def asks_again(vital: Vital) -> str:
    """What is asked of a value beyond the usual, with {} in the place of the value."""
    low, high = PLAUSIBLE[vital]
    return f"{{}} for {_name(vital)} lies beyond the usual {low:g} to {high:g}."


# What is to be done about it, said once of a set.
LOOK = "Look at the person now. If it is so, save it once more; if it is a slip, type it again. Nothing was saved yet."


def unusual(vital: Vital, value: float) -> str | None:
    """The question about a value that can be typed and lies beyond the usual; None where it does not. That no breath or
    no pulse was counted is asked about by nobody.
    """
    if (value == 0 and vital in NONE_COUNTED) or implausible(vital, value) is None:
        return None
    return asks_again(vital).format(f"{value:g}")


def measured(vital: Vital, value: float) -> float:
    """A computed value with the figures in which this vital sign is measured: whole ones, or tenths."""
    return float(round(value)) if vital in _TO_A_WHOLE_ONE else round(value, 1)


def _name(vital: Vital) -> str:
    return NAMES[vital][0].lower() + NAMES[vital][1:]


def implausible(vital: Vital, value: float) -> str | None:
    """Why this value cannot be typed for this vital sign, as a sentence; None when it can."""
    low, high = PLAUSIBLE[vital]
    if low <= value <= high:
        return None
    return _no_value(vital, value, low, high)


def _no_value(vital: Vital, value: float, low: float, high: float) -> str:
    return f"{value:g} is no value for {_name(vital)}. Type {low:g} to {high:g}."
