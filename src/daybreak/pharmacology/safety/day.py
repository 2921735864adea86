"""What a treatment day may bring for this person: bands by the minute, and the chance of crossing given limits.

Each drawn future has its own parameters (from the fit's covariance), its own clinic (from the differences between
studies) and its own person, whose kinetics are drawn too, with how far the kinetic model may be off. Crossing a
limit is judged on readings, with their noise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.arguments import (
    Rule,
    check_crowd,
    each,
    hours,
    kind,
    number,
    one_of,
    refused,
    settle,
    whole,
)
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.calibration.estimates import Estimates, load_estimates
from daybreak.pharmacology.given import MIXED_H, GivenDose
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE
from daybreak.pharmacology.safety import misses
from daybreak.pharmacology.safety.drawn_days import RISING, DrawnDays
from daybreak.pharmacology.safety.observations import eligible
from daybreak.treatment.dosing import check
from daybreak.treatment.drugs import Manner, Route
from daybreak.treatment.labelling import Jurisdiction
from daybreak.treatment.limits import Level, Limits, session_limits
from daybreak.treatment.regimen import Dose, Regimen
from daybreak.treatment.vitals import PLAUSIBLE, Vital

LENGTH_H = 4.0
_PEAK_BEFORE_H = 12.0  # of what is absorbed; a prolonged-release tablet gives for ten hours
_NEARLY = 0.1  # a peak this much beyond those of the fitted doses is not called outside; ours


class Measure(StrEnum):
    """What a limit may be set on. A rise is a reading less the value before the dose."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    HEART_RATE = "heart_rate"
    SYSTOLIC_RISE = "systolic rise"
    DIASTOLIC_RISE = "diastolic rise"
    HEART_RATE_RISE = "heart rate rise"
    CADSS = "CADSS"


# What is measured of each vital sign: the reading itself, and its rise.
MEASURED = {
    Vital.SYSTOLIC: (Measure.SYSTOLIC, Measure.SYSTOLIC_RISE),
    Vital.DIASTOLIC: (Measure.DIASTOLIC, Measure.DIASTOLIC_RISE),
    Vital.HEART_RATE: (Measure.HEART_RATE, Measure.HEART_RATE_RISE),
}


def _taken_as_limit(measure: Measure) -> Rule:
    """Which numbers a limit can be: those a reading can be, and of a rise or a score those above none."""
    if measure is Measure.CADSS:
        return number(above=0, high=load_estimates("safety").fixed["highest_cadss"].value)
    vital = next(vital for vital, both in MEASURED.items() if measure in both)
    low, high = PLAUSIBLE[vital]
    return number(low, high) if measure is MEASURED[vital][0] else number(above=0, high=high)


@dataclass(frozen=True, slots=True)
class DayLimit:
    """A reading at or above `value` crosses. Units: mmHg, 1/min or CADSS points.

    Raises:
        KineticsError: if no reading could be on either side of it.
    """

    measure: Measure
    value: float

    def __post_init__(self) -> None:
        settle(self, measure=one_of(Measure))
        _taken_as_limit(self.measure)(f"a limit of {self.measure.replace('_', ' ')}", self.value)


SESSION = whole(1)
LIMITS = each(kind(DayLimit, such_as="DayLimit(Measure.SYSTOLIC, 180)"), such_as="[DayLimit(Measure.SYSTOLIC, 180)]")


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
        undosed: the same of the same people without a dose, since a reading scatters.
        clear_by_h: when the last crossing reading is over for 90 % of those who cross; None if nobody did.
    """

    limit: DayLimit
    chance: float
    undosed: float
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
    baseline = readings_before(before, needed=RISING)
    session, limits = SESSION("session", session), LIMITS("limits", limits)
    check_crowd(patients, seed, level)
    kind(Dose, such_as='parse("ketamine 50 mg im once").first')("dose", dose)
    kind(Body, such_as="Body(70)")("body", body)
    estimates = load_estimates("safety")
    given = replace(dose, time_h=0.0)
    times = default_times_h() if times_h is None else hours("times_h", times_h)
    people = DrawnDays.draw(given, body, times, estimates, session=session, patients=patients, seed=seed)
    shown, without_dose = measured(people, baseline), measured(people.undosed(), baseline)
    return Day(
        times_h=times,
        systolic=_band(shown[Measure.SYSTOLIC], level),
        diastolic=_band(shown[Measure.DIASTOLIC], level),
        heart_rate=_band(shown[Measure.HEART_RATE], level),
        dissociation=_band(people.dissociation, level),
        sedation=SedationChances(*(chance.mean(axis=0) for chance in people.sedation)),
        nausea=float(people.nausea.mean()),
        crossings=tuple(_crossing(limit, shown, without_dose, times) for limit in limits),
        session=session,
        session_s_ketamine_mg=GivenDose.of(given, body).s_ketamine_mg,
        level=level,
        patients=patients,
        seed=seed,
        kinetic_model_id=people.exposure.model_id,
        kinetic_parameter_version=people.exposure.parameter_version,
        parameter_version=estimates.version,
        data_version=estimates.data,
        limits=(*estimates.limits, *people.exposure.limits),
        warnings=(*warnings_of(given, body, times, estimates), *people.exposure.warnings),
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


def default_times_h() -> FloatArray:
    """Every ten minutes for four hours."""
    return np.arange(0, LENGTH_H + 1e-9, 1 / 6)


def pressure_limits(limits: Limits | None = None) -> tuple[DayLimit, ...]:
    """The amber and red ones on high pressure among the limits of a session; of the published ones without any."""
    return tuple(
        DayLimit(MEASURED[vital][0], limit.value)
        for vital in (Vital.SYSTOLIC, Vital.DIASTOLIC)
        for limit in (limits or session_limits()).of(vital)
        if limit.comparison.is_high and limit.level in (Level.AMBER, Level.RED)
    )


def readings_before(before: Mapping[Vital, float], needed: Iterable[Vital]) -> dict[Vital, float]:
    """The vital signs before the dose.

    Raises:
        KineticsError: if one is missing that is needed, is none that is predicted, or cannot be.
    """
    kind(Mapping, such_as="{Vital.SYSTOLIC: 128}")("before", before)
    for vital in needed:
        if vital not in before:
            raise KineticsError(f"The {_name(vital)} before the dose is missing. Measure it first.")
    found = {}
    for key, value in before.items():
        if key not in RISING:
            raise refused("one of before", key, f"one of {', '.join(RISING)}")
        vital = Vital(key)
        found[vital] = float(number(*PLAUSIBLE[vital])(f"the {_name(vital)} before the dose", value))
    return found


def _name(vital: Vital) -> str:
    return vital.replace("_", " ")


def measured(people: DrawnDays, before: Mapping[Vital, float]) -> dict[Measure, FloatArray]:
    """What is read of drawn days, with the noise of a reading, (patients, times) each.

    Rises of all vital signs; the values themselves only of those whose value before the dose is given.
    """
    found = {Measure.CADSS: people.dissociation}
    for vital, (reading, rise) in MEASURED.items():
        found[rise] = people.rises[vital] + people.noise[vital]
        if vital in before:
            found[reading] = before[vital] + found[rise]
    return found


def crossed(limit: DayLimit, shown: Mapping[Measure, FloatArray], times_h: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Whether each patient reaches a limit after the dose, 0 or 1, and when they last do, NaN where never; (patients,)
    each."""
    above = (shown[limit.measure] >= limit.value) & (times_h > 0)
    reaches = np.asarray(above.any(axis=1))
    last_h = times_h[above.shape[1] - 1 - above[:, ::-1].argmax(axis=1)]
    return reaches.astype(np.float64), np.asarray(np.where(reaches, last_h, np.nan))


def _band(values: FloatArray, level: float) -> Band:
    lower, median, upper = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return Band(median=median, lower=lower, upper=upper)


def _crossing(
    limit: DayLimit,
    shown: Mapping[Measure, FloatArray],
    without_dose: Mapping[Measure, FloatArray],
    times_h: FloatArray,
) -> Crossing:
    reaches, last_h = crossed(limit, shown, times_h)
    undosed = float(crossed(limit, without_dose, times_h)[0].mean())
    if not reaches.any():
        return Crossing(limit, 0.0, undosed, None)
    return Crossing(limit, float(reaches.mean()), undosed, float(np.nanquantile(last_h, 0.9)))


def warnings_of(dose: Dose, body: Body, times_h: FloatArray, estimates: Estimates) -> tuple[str, ...]:
    """Where a dose or a body lies outside what the treatment day was fitted on."""
    found = _anaesthesia(dose, body)
    if is_beyond_sedation(dose, body, estimates):
        found.append("Sedation is not predicted: no fitted trial brought so much into the blood, or so fast.")
    peak, lowest, highest = s_ketamine_peaks(dose, body)
    if not lowest * (1 - _NEARLY) <= peak <= highest * (1 + _NEARLY):
        found.append(
            f"Outside the studied range: S-ketamine in the blood rises to {peak:.0f} ng/mL (typical person); after the "
            f"doses the day was fitted on it rises to {lowest:.0f} to {highest:.0f} in a body like this."
        )
    ages = estimates.studied["age_years"]
    if body.age_years is not None and not ages.low <= body.age_years <= ages.high:
        found.append(
            f"Outside the studied range: an age of {body.age_years:g} years; the day was fitted on "
            f"{ages.low:g} to {ages.high:g}. {misses.of_age(body)}".rstrip()
        )
    fitted = {(row.dose.drug, row.dose.route) for row in eligible("tuning") if row.dose}
    if (dose.drug, dose.route) not in fitted:
        found.append(
            f"Outside the studied range: {dose.drug} by the {dose.route} route; the day was fitted on "
            f"{' and '.join(sorted(f'{drug} {route}' for drug, route in fitted))}. "
            f"{misses.of_injected_pressure(dose)}".rstrip()
        )
    if dose.route is Route.IV and _mg_per_kg_per_h(dose, body) > estimates.studied["s_ketamine_mg_per_kg_per_h"].high:
        found.append(
            f"Outside the studied range: faster into a vein than the fitted infusions. {misses.of_fast_entry()}"
        )
    if dose.manner is Manner.PROLONGED_RELEASE:
        found.append(f"A prolonged-release tablet: what comes after {times_h.max():g} hours is not in this day.")
    if dose.duration_h > times_h.max():
        found.append(f"The infusion goes on after {times_h.max():g} hours, and that is not in this day.")
    return tuple(found)


def is_beyond_sedation(dose: Dose, body: Body, estimates: Estimates) -> bool:
    """Whether a dose brings more into the blood, or goes into a vein faster, than those whose sedation was counted. The
    chances were fitted on sessions of treatment; of doses that induce anaesthesia they would say that few people sleep.
    """
    peak, _, highest = s_ketamine_peaks(dose, body)
    too_much = peak > highest * (1 + _NEARLY)
    fastest = estimates.studied["s_ketamine_mg_per_kg_per_h"].high
    return too_much or (dose.route is Route.IV and _mg_per_kg_per_h(dose, body) > fastest)


def s_ketamine_peaks(dose: Dose, body: Body) -> tuple[float, float, float]:
    """The typical peak of S-ketamine in ng/mL after a dose, and the lowest and the highest after the fitted doses.

    Milligrams do not compare across routes: of the spray about half reaches the blood. What the fitted doses bring is
    that of a body of this weight with nothing else given.
    """
    fitted = dict.fromkeys(replace(row.dose, time_h=0.0) for row in eligible("tuning") if row.dose)
    peaks = [_typical_peak(each, Body(body.weight_kg)) for each in fitted]
    return _typical_peak(replace(dose, time_h=0.0), body), min(peaks), max(peaks)


@lru_cache(maxsize=512)
def _typical_peak(dose: Dose, body: Body) -> float:
    ends_h = dose.duration_h
    times_h = np.union1d(np.linspace(MIXED_H, _PEAK_BEFORE_H, 240), [max(MIXED_H, ends_h)])
    asked = Prediction.of(dose, body, times_h)
    normals = np.zeros((1, asked.model.parameters.random_effects))
    return float(asked.for_people(normals, times_h, KETAMINE_ALONE)[Analyte.S_KETAMINE].max())


def _anaesthesia(dose: Dose, body: Body) -> list[str]:
    """What the rules of dosing say first of a dose that is dangerous by itself."""
    said = (check(Regimen((dose,)), body.weight_kg, label, None, body.age_years) for label in Jurisdiction)
    return list(dict.fromkeys(remark.sentence for remarks in said for remark in remarks if remark.urgent))


def _mg_per_kg_per_h(dose: Dose, body: Body) -> float:
    """How fast S-ketamine is given; a bolus without end."""
    given = GivenDose.of(dose, body)
    return given.s_ketamine_mg / body.weight_kg / given.duration_h if given.duration_h else float("inf")
