"""What a treatment day may bring for this person: bands by the minute, and the chance of crossing given limits.

Each drawn future has its own parameters (from the fit's covariance), its own clinic (from the differences between
studies) and its own person, whose kinetics are drawn too, with how far the kinetic model may be off. Crossing a
limit is judged on readings, with their noise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.calibration.estimates import Estimates, load_estimates
from daybreak.pharmacology.given import GivenDose
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.safety import effects
from daybreak.treatment.drugs import Manner
from daybreak.treatment.regimen import Dose, Regimen
from daybreak.treatment.vitals import PLAUSIBLE, Vital

LENGTH_H = 4.0
_PARAMETER_STREAM, _PERSON_STREAM, _READING_STREAM = 30, 31, 32
_PRESSURES = (Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.HEART_RATE)


class Measure(StrEnum):
    """What a limit may be set on. A rise is a reading less the value before the dose."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    HEART_RATE = "heart_rate"
    SYSTOLIC_RISE = "systolic rise"
    DIASTOLIC_RISE = "diastolic rise"
    CADSS = "CADSS"


@dataclass(frozen=True, slots=True)
class DayLimit:
    """A reading at or above `value` crosses. Units: mmHg, 1/min or CADSS points."""

    measure: Measure
    value: float


@dataclass(frozen=True, slots=True)
class Band:
    """Median and the ends of the band at each time, (times,)."""

    median: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, slots=True)
class Crossing:
    """Whether and how long a limit is crossed.

    Attributes:
        chance: that any reading of the day reaches the limit.
        clear_by_h: when the last crossing reading is over for 90 % of those who cross; None if nobody did.
    """

    limit: DayLimit
    chance: float
    clear_by_h: float | None


@dataclass(frozen=True, slots=True)
class SedationChances:
    """Chance at each time, (times,), of MOAA/S below 5 (any sedation), of 3 or below, and of 0."""

    below_5: FloatArray
    to_3: FloatArray
    to_0: FloatArray


@dataclass(frozen=True, slots=True)
class Day:
    """A predicted treatment day with all that is needed to read and to repeat it.

    Attributes:
        systolic, diastolic, heart_rate: readings of this person, noise included, in mmHg and 1/min.
        dissociation: CADSS score.
        nausea: chance of nausea over a course of sessions beyond that with placebo.
        session_s_ketamine_mg: S-ketamine of the dose, a plain fact.
    """

    times_h: FloatArray
    systolic: Band
    diastolic: Band
    heart_rate: Band
    dissociation: Band
    sedation: SedationChances
    nausea: float
    crossings: tuple[Crossing, ...]
    session: int
    session_s_ketamine_mg: float
    level: float
    patients: int
    seed: int
    kinetic_model_id: str
    kinetic_parameter_version: str
    parameter_version: str
    data_version: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]


def predict_day(
    dose: Dose,
    body: Body,
    before: Mapping[Vital, float],
    *,
    session: int = 1,
    limits: Sequence[DayLimit] = (),
    times_h: ArrayLike | None = None,
    patients: int = 1000,
    seed: int = 0,
    level: float = 0.90,
) -> Day:
    """What the treatment day after one dose may bring for this person.

    Args:
        dose: the dose; its `time_h` is taken as zero.
        before: systolic, diastolic (mmHg) and heart rate (1/min) before the dose.
        session: the number of this session in the course, from 1: dissociation eases with it, pressure does not.
        limits: what to give the chance of crossing for; a clinic's own stand in `daybreak.treatment.limits`.
        times_h: (times,) hours after the dose; by default every ten minutes for four hours. A crossing between
            two of them is not seen, and each is a reading with its own noise, so more of them cross more often.
        patients, seed, level: as for `daybreak.pharmacology.population.predict_band`.

    Raises:
        NoModelError: if no kinetic model serves the dose.
        KineticsError: if a value before the dose is missing or cannot be, or the session is below 1.
    """
    baseline = {vital: _checked(vital, before) for vital in _PRESSURES}
    if session < 1:
        raise KineticsError(f"{session} is not the number of a session. Count from 1.")
    if not 0 < level < 1 or patients < 1 or not 0 <= seed < 2**64:
        raise KineticsError(
            f"A band needs a level between 0 and 1 (here {level:g}), at least one patient (here {patients}) "
            f"and a seed of zero or above (here {seed})."
        )
    estimates = load_estimates("safety")
    given = replace(dose, time_h=0.0)
    times = np.arange(0, LENGTH_H + 1e-9, 1 / 6) if times_h is None else np.array(times_h, dtype=float, ndmin=1)
    people = _People.draw(given, body, times, estimates, session=session, patients=patients, seed=seed)
    readings = {vital: baseline[vital] + people.rises[vital] for vital in _PRESSURES}
    shown = {
        Measure.SYSTOLIC: readings[Vital.SYSTOLIC],
        Measure.DIASTOLIC: readings[Vital.DIASTOLIC],
        Measure.HEART_RATE: readings[Vital.HEART_RATE],
        Measure.SYSTOLIC_RISE: people.rises[Vital.SYSTOLIC],
        Measure.DIASTOLIC_RISE: people.rises[Vital.DIASTOLIC],
        Measure.CADSS: people.dissociation,
    }
    s_ketamine_mg = GivenDose.of(given, body).s_ketamine_mg
    return Day(
        times_h=times,
        systolic=_band(readings[Vital.SYSTOLIC], level),
        diastolic=_band(readings[Vital.DIASTOLIC], level),
        heart_rate=_band(readings[Vital.HEART_RATE], level),
        dissociation=_band(people.dissociation, level),
        sedation=SedationChances(*(chance.mean(axis=0) for chance in people.sedation)),
        nausea=float(people.nausea.mean()),
        crossings=tuple(_crossing(limit, shown[limit.measure], times) for limit in limits),
        session=session,
        session_s_ketamine_mg=s_ketamine_mg,
        level=level,
        patients=patients,
        seed=seed,
        kinetic_model_id=people.exposure.model_id,
        kinetic_parameter_version=people.exposure.parameter_version,
        parameter_version=estimates.version,
        data_version=estimates.data,
        limits=(*estimates.limits, *people.exposure.limits),
        warnings=(*_warnings(given, s_ketamine_mg, body, times, estimates), *people.exposure.warnings),
    )


@dataclass(frozen=True, slots=True)
class Cumulative:
    """What was given in all: a fact, not a risk."""

    s_ketamine_mg: float
    total_mg: float
    doses: int
    weeks: float


def cumulative(given: Regimen, body: Body) -> Cumulative:
    """S-ketamine and drug in all over a regimen, its doses, and the weeks from the first dose to the last."""
    doses = [GivenDose.of(dose, body) for dose in given.doses]
    return Cumulative(
        s_ketamine_mg=sum(dose.s_ketamine_mg for dose in doses),
        total_mg=sum(dose.amount_mg for dose in doses),
        doses=len(doses),
        weeks=given.doses[-1].time_h / (7 * 24),
    )


@dataclass(frozen=True, slots=True)
class _People:
    """Drawn futures, (patients, times): rises as read, dissociation, chances of sedation; nausea (patients,)."""

    exposure: Exposure
    rises: dict[Vital, FloatArray]
    dissociation: FloatArray
    sedation: tuple[FloatArray, FloatArray, FloatArray]
    nausea: FloatArray

    @classmethod
    def draw(
        cls,
        dose: Dose,
        body: Body,
        times_h: FloatArray,
        estimates: Estimates,
        *,
        session: int,
        patients: int,
        seed: int,
    ) -> "_People":
        fixed, parameters, count = estimates.fixed, len(estimates.priors), len(times_h)
        exposure = Exposure.of_crowd(dose, body, times_h, patients=patients, seed=seed)
        drawn = standard_normals(seed=seed, stream=_PARAMETER_STREAM, patients=patients, numbers=parameters + 3)
        values = estimates.drawn(drawn[:, :parameters])
        clinic = np.maximum(0, 1 + values["between_studies"][:, None] * drawn[:, parameters:])
        own = standard_normals(seed=seed, stream=_PERSON_STREAM, patients=patients, numbers=2)
        noise = standard_normals(seed=seed, stream=_READING_STREAM, patients=patients, numbers=3 * count)
        noise = noise.reshape(patients, 3, count)
        sizes = {
            Vital.SYSTOLIC: values["systolic_noise_mmhg"],
            Vital.DIASTOLIC: values["diastolic_noise_mmhg"],
            Vital.HEART_RATE: np.full(patients, fixed["heart_rate_noise_per_min"].value),
        }
        fresh = effects.fresh_exposure(exposure, fixed, values)
        strength = _lognormal(values["pressure_person"], own[:, 0])
        score = effects.dissociation(fresh, values) * effects.session_factor(session, fixed)
        score = score * (_lognormal(values["cadss_person"], own[:, 1]) * clinic[:, 0])[:, None]
        return cls(
            exposure=exposure,
            rises={
                vital: (strength * clinic[:, 1 if vital is not Vital.HEART_RATE else 2])[:, None]
                * effects.rise(vital.value, fresh, values)
                + sizes[vital][:, None] * noise[:, place]
                for place, vital in enumerate(_PRESSURES)
            },
            dissociation=np.minimum(score, fixed["highest_cadss"].value),
            sedation=effects.sedation(fresh, fixed, values),
            nausea=effects.nausea(fresh.max(axis=1, keepdims=True), fixed, values)[:, 0],
        )


def _lognormal(spread: FloatArray, normals: FloatArray) -> FloatArray:
    """A person's share of the mean effect, mean one."""
    return np.asarray(np.exp(spread * normals - spread**2 / 2))


def _checked(vital: Vital, before: Mapping[Vital, float]) -> float:
    if vital not in before:
        raise KineticsError(f"The {vital.replace('_', ' ')} before the dose is missing. Measure it first.")
    low, high = PLAUSIBLE[vital]
    if not low <= before[vital] <= high:
        name = vital.replace("_", " ")
        raise KineticsError(f"{before[vital]:g} is not a {name} before a dose. Give {low:g} to {high:g}.")
    return float(before[vital])


def _band(values: FloatArray, level: float) -> Band:
    lower, median, upper = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return Band(median=median, lower=lower, upper=upper)


def _crossing(limit: DayLimit, shown: FloatArray, times_h: FloatArray) -> Crossing:
    above = shown >= limit.value
    crossed = above.any(axis=1)
    if not crossed.any():
        return Crossing(limit, 0.0, None)
    last = times_h[above.shape[1] - 1 - above[crossed][:, ::-1].argmax(axis=1)]
    return Crossing(limit, float(crossed.mean()), float(np.quantile(last, 0.9)))


def _warnings(
    dose: Dose, s_ketamine_mg: float, body: Body, times_h: FloatArray, estimates: Estimates
) -> tuple[str, ...]:
    asked = {
        "session_s_ketamine_mg": (s_ketamine_mg, "{:.3g} mg of S-ketamine"),
        "age_years": (body.age_years, "an age of {:g} years"),
    }
    found = []
    for name, (value, phrase) in asked.items():
        studied = estimates.studied[name]
        if value is not None and not studied.low <= value <= studied.high:
            between = f"{studied.low:g} to {studied.high:g}"
            found.append(f"Outside the studied range: {phrase.format(value)}; the day was fitted on {between}.")
    if dose.manner is Manner.PROLONGED_RELEASE:
        found.append(f"A prolonged-release tablet: what comes after {times_h.max():g} hours is not in this day.")
    return tuple(found)
