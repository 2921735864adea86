"""At which hours concentrations are computed: where doses begin and end, close together soon after, wider apart later.

On a grid that is only even, peaks and areas depend on how long one looks: over weeks it steps over a peak of minutes.
"""

from math import ceil

import numpy as np

from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.models import model_for
from daybreak.treatment.drugs import Manner
from daybreak.treatment.regimen import Dose, Regimen

EVEN = 241
LOOKED_ON_H = 8.0  # after the doses of the first day are in; ours
_DAY_H = 24.0
# Ours: within 3 % of the peak of every route, whose times of peak lie between ten minutes and five hours.
_OF_AN_INFUSION = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
_AFTER_MIN = (
    *range(5, 31, 5), 40, 50, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480, 600, 720, 900, 1080, 1440,
    1920, 2400, 2880,
)  # fmt: skip


def usual_hours(regimen: Regimen) -> float:
    """How long to look unless somebody says: until the doses of the first day are in, and eight hours; whole hours."""
    return float(ceil(max(_is_in_h(dose) for dose in regimen.doses if dose.time_h < _DAY_H) + LOOKED_ON_H - 1e-9))


def times_of(regimen: Regimen, hours: float) -> FloatArray:
    """Hours from the first dose, ascending, (times,): an even grid, each dose's begin and end, and times after both."""
    after = np.array(_AFTER_MIN) / 60
    begins = np.array([dose.time_h for dose in regimen.doses])
    ends = np.array([dose.time_h + dose.duration_min / 60 for dose in regimen.doses])
    within = [begins + share * (ends - begins) for share in _OF_AN_INFUSION]
    close = [*within, *(event + after for event in (*begins, *ends))]
    times = np.unique(np.concatenate([np.linspace(0, hours, EVEN), *close]))
    return np.asarray(times[(times >= 0) & (times <= hours)])


def unfinished(regimen: Regimen, hours: float) -> tuple[str, ...]:
    """What of a regimen comes after the hours looked at, as sentences."""
    doses = regimen.doses
    late, long = (
        sum(dose.time_h > hours for dose in doses),
        any(dose.time_h <= hours < _is_in_h(dose) for dose in doses),
    )
    found = []
    if late:
        found.append(f"{late} of {len(doses)} doses begin after the {hours:g} hours of the concentrations.")
    if long:
        found.append(f"A dose still gets in after {hours:g} hours: a higher concentration may come after them.")
    return tuple(found)


def _is_in_h(dose: Dose) -> float:
    """When an infusion has ended, or a tablet of prolonged release has let its drug go."""
    release_h = 0.0
    if dose.manner is Manner.PROLONGED_RELEASE:
        release_h = model_for((dose,)).parameters.parameters["release_h"].value
    return dose.time_h + dose.duration_min / 60 + release_h
