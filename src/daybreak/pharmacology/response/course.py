"""The course a person's depression score may take under a regimen, with what is not known about it.

Each of the drawn futures has its own parameters (from the fit's covariance), its own doubt about the concentrations
(of the route given), its own clinic (from the differences between trials) and its own person (from the differences
between people, those of their kinetics among them). The bands hold all four.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.arguments import check_crowd, hours, kind, number, one_of, yes_or_no
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import Estimates, load_estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE, Exposure
from daybreak.pharmacology.response.futures import Futures
from daybreak.pharmacology.response.trials import Context, TrialRow, Use, eligible
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import HOURS_PER_DAY, Amount, AmountUnit, Dose, Regimen

HIGHEST_SCORE = 60.0  # MADRS
RESPONSE = 0.5
REMISSION_AT = 10.0  # MADRS; trials used 10 or 12, and the caller says which
SCORE = number(above=0, high=HIGHEST_SCORE, why="a MADRS score before treatment")
REMISSION = number(0, below=HIGHEST_SCORE, why="a MADRS score")
TWELVE_WEEKS_H = 12 * 7 * HOURS_PER_DAY
_LONGEST_GAP_IN_INDUCTION_H = 4.5 * HOURS_PER_DAY  # twice weekly leaves three or four days

CONTEXT_LIMIT = (
    "Part of the course is expectation, and it differs between trials more than the drug's part does. "
    "It is that of {context} trials here."
)
EXTRAPOLATED = (
    "No fitted trial measured beyond {weeks:g} weeks or gave a dose after them: what is shown after that is carried "
    "forward."
)


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """A score at each time, (times,): median and the ends of the band."""

    median: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, slots=True)
class Probability:
    """A chance, 0 to 1, and the interval in which it may lie, for what is not known of model and clinic."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance of response and of remission at one time."""

    time_h: float
    response: Probability
    remission: Probability


@dataclass(frozen=True, slots=True)
class Course:
    """A predicted course with all that is needed to read and to repeat it.

    Attributes:
        score: the person's score.
        without_drug: the score if the same visits brought no ketamine: expectation and time alone.
        drug_fall: the drug's part of the fall in points, uncertainty of model and clinic only.
        chances: by name: "24 hours", "end of induction", "12 weeks".
        keeping_response: share of those who responded at the end of induction who still do so this many weeks later.
    """

    times_h: FloatArray
    score: ScoreBand
    without_drug: ScoreBand
    drug_fall: ScoreBand
    chances: Mapping[str, Chance]
    keeping_response: Mapping[int, float]
    baseline: float
    remission_at: float
    context: Context
    new_antidepressant: bool
    level: float
    patients: int
    seed: int
    kinetic_model_id: str
    kinetic_parameter_version: str
    parameter_version: str
    data_version: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]


def predict_course(
    given: Regimen,
    body: Body,
    baseline: float,
    *,
    times_h: ArrayLike | None = None,
    context: Context = Context.OPEN_LABEL,
    new_antidepressant: bool = False,
    remission_at: float = REMISSION_AT,
    patients: int = 1000,
    seed: int = 0,
    level: float = 0.90,
) -> Course:
    """What may become of a person's MADRS score under a regimen, over twelve weeks unless told otherwise.

    Args:
        given: the doses; times count from the first one.
        baseline: the person's MADRS score before the first dose, above 0 and at most 60.
        times_h: (times,) hours of the band, from zero; by default the first days closely, then each half week.
        context: the expectation to add; a clinic is open label.
        new_antidepressant: whether an oral antidepressant starts with the first dose.
        remission_at: remission is a score at or below this.
        patients, seed, level: as for `daybreak.pharmacology.population.predict_band`.

    Raises:
        NoModelError: if no kinetic model serves these doses.
        KineticsError: if this is no regimen, or the baseline, a time or the number of patients cannot be.
    """
    kind(Regimen, such_as='parse("ketamine 50 mg im once"), or of one dose Regimen((dose,))')("given", given)
    SCORE("baseline", baseline)
    context = one_of(Context)("context", context)
    new_antidepressant = yes_or_no("new_antidepressant", new_antidepressant)
    REMISSION("remission_at", remission_at)
    check_crowd(patients, seed, level)
    estimates = load_estimates("response")
    moments = moments_h(given)
    asked = default_times_h(given) if times_h is None else hours("times_h", times_h)
    later = {weeks: moments["end of induction"] + 7 * HOURS_PER_DAY * weeks for weeks in (1, 2, 4, 8)}
    times = np.unique(np.concatenate([asked, [*moments.values()], [*later.values()]]))
    exposure = Exposure.of(given, body, times, substances=KETAMINE_ALONE)
    futures = Futures.of_crowd(
        exposure, estimates, context, new_antidepressant=new_antidepressant, patients=patients, seed=seed
    )
    scores = np.clip(baseline * (1 - futures.falls), 0, HIGHEST_SCORE)
    shown = np.searchsorted(times, asked)
    place = {name: int(np.searchsorted(times, time)) for name, time in moments.items()}
    responded = futures.falls[:, place["end of induction"]] >= RESPONSE
    return Course(
        times_h=asked,
        score=_band(scores[:, shown], level),
        without_drug=_band(baseline * (1 - futures.untreated[:, shown]), level),
        drug_fall=_band(baseline * futures.drug[:, shown], level),
        chances={
            name: Chance(
                time_h=time,
                response=_probability(futures.chances(place[name], RESPONSE), level),
                remission=_probability(futures.chances(place[name], 1 - remission_at / baseline), level),
            )
            for name, time in moments.items()
        },
        keeping_response={
            weeks: float((futures.falls[responded, np.searchsorted(times, time)] >= RESPONSE).mean())
            if responded.any()
            else float("nan")
            for weeks, time in later.items()
        },
        baseline=baseline,
        remission_at=remission_at,
        context=context,
        new_antidepressant=new_antidepressant,
        level=level,
        patients=patients,
        seed=seed,
        kinetic_model_id=exposure.model_id,
        kinetic_parameter_version=exposure.parameter_version,
        parameter_version=estimates.version,
        data_version=estimates.data,
        limits=limits_of(estimates, context, exposure),
        warnings=(
            *amounts_not_fitted(given, body),
            *warnings_of(given, baseline, remission_at, estimates),
            *exposure.warnings,
        ),
    )


def moments_h(given: Regimen) -> dict[str, float]:
    """When the chances are given, in hours since the first dose: "24 hours", "end of induction", "12 weeks"."""
    return {"24 hours": HOURS_PER_DAY, "end of induction": end_of_induction_h(given), "12 weeks": TWELVE_WEEKS_H}


def end_of_induction_h(given: Regimen) -> float:
    """24 h after the last of the close doses, those at most four days apart.

    A dose that a longer gap follows is the first of the maintenance, unless nothing came before it.
    """
    times = [dose.time_h for dose in given.doses]
    gaps = [place for place, (one, other) in enumerate(pairwise(times)) if other - one > _LONGEST_GAP_IN_INDUCTION_H]
    last = max(gaps[0] - 1, 0) if gaps else len(times) - 1
    return times[last] + HOURS_PER_DAY


def default_times_h(given: Regimen) -> FloatArray:
    """The first days closely, then each half week, and every session, over twelve weeks."""
    days = np.concatenate([[0, 2 / 24, 4 / 24, 0.5], np.arange(1, 8), np.arange(8.5, 84.1, 3.5)])
    sessions = [dose.time_h for dose in given.doses if dose.time_h <= TWELVE_WEEKS_H]
    return np.unique(np.concatenate([days * HOURS_PER_DAY, sessions, [TWELVE_WEEKS_H]]))


_NEARLY = 0.1  # an amount typed in milligrams for one by weight
_A_SESSION_MIN = 120  # an infusion of days is no measure of one


def _doses(row: TrialRow) -> tuple[Dose, ...]:
    return row.arm.regimen.doses if row.arm.regimen else ()


def _probability(chances: FloatArray, level: float) -> Probability:
    """The chance over all futures, and how far model and clinic leave it open."""
    lower, upper = np.quantile(chances, [(1 - level) / 2, (1 + level) / 2])
    return Probability(value=float(chances.mean()), lower=float(lower), upper=float(upper))


def _band(values: FloatArray, level: float) -> ScoreBand:
    lower, median, upper = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return ScoreBand(median=median, lower=lower, upper=upper)


def limits_of(estimates: Estimates, context: Context, exposure: Exposure) -> tuple[str, ...]:
    """What a reader of a course must know."""
    carried = EXTRAPOLATED.format(weeks=estimates.studied["weeks"].high)
    return (carried, *estimates.limits, CONTEXT_LIMIT.format(context=context.value), *exposure.limits)


def amounts_not_fitted(given: Regimen, body: Body) -> list[str]:
    """Which amounts lie outside those of the fitted trials by the same drug and route. Trials hardly tell doses apart,
    so that a tenth of a dose is predicted to do nearly what the whole does.
    """
    studied: dict[tuple[Drug, Route], list[Amount]] = {}
    for row in eligible(Use.TUNING):
        for dose in _doses(row):
            if dose.duration_min <= _A_SESSION_MIN:
                studied.setdefault((dose.drug, dose.route), []).append(dose.amount)
    found = []
    for dose in given.doses:
        # In the unit the trials gave it in.
        amounts = studied.get((dose.drug, dose.route), [])
        unit = next((amount.unit for amount in amounts), AmountUnit.MG)
        known = [amount.value for amount in amounts if amount.unit is unit]
        value = dose.amount.to_mg(body.weight_kg) / (body.weight_kg if unit is AmountUnit.MG_PER_KG else 1)
        if known and not min(known) * (1 - _NEARLY) <= value <= max(known) * (1 + _NEARLY):
            between = f"{min(known):g}" if min(known) == max(known) else f"{min(known):g} to {max(known):g}"
            found.append(
                f"Outside the studied range: {value:.3g} {unit} of {dose.drug} {dose.route}; the response was fitted "
                f"on {between} {unit}, and how it changes with the dose is hardly known."
            )
    return list(dict.fromkeys(found))


def warnings_of(given: Regimen, baseline: float, remission_at: float, estimates: Estimates) -> tuple[str, ...]:
    """Where a regimen or a score lies outside what the response was fitted on. Later doses than the trials gave are
    among the limits: nearly every plan has some.
    """
    weeks = estimates.studied["weeks"].high
    early = sum(dose.time_h < weeks * 7 * HOURS_PER_DAY for dose in given.doses)
    asked = {
        "baseline_score": (baseline, "a MADRS score of {:g}"),
        "sessions": (float(early), f"{{:g}} doses within {weeks:g} weeks"),
    }
    found = []
    for name, (value, phrase) in asked.items():
        studied = estimates.studied[name]
        if not studied.low <= value <= studied.high:
            between = f"{studied.low:g} to {studied.high:g}"
            found.append(f"Outside the studied range: {phrase.format(value)}; the response was fitted on {between}.")
    fitted = {(dose.drug, dose.route) for row in eligible(Use.TUNING) for dose in _doses(row)}
    for drug, route in sorted({(dose.drug, dose.route) for dose in given.doses} - fitted):
        found.append(
            f"Outside the studied range: no fitted trial gave {drug} by the {route} route; "
            "only its concentration speaks for the response."
        )
    if baseline <= remission_at:
        found.append(f"A score of {baseline:g} is already in remission ({remission_at:g} or below).")
    return tuple(found)


def weeks_studied() -> float:
    """The last week any fitted trial measured."""
    return load_estimates("response").studied["weeks"].high
