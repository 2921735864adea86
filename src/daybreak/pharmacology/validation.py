"""The models held against what was measured in people.

Each eligible row of `observed/published.csv` is predicted for a typical person, and for the mean of as many
people as were studied: a lognormal whose spread holds how people differ, the error of a sample, how far the fitted
numbers may be off, and the doubt about the route and the substance.
"""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Ancestry, Body
from daybreak.pharmacology.kinetics import Matrix, Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.population import simulate
from daybreak.treatment.drugs import Route
from daybreak.treatment.regimen import MINUTES_PER_HOUR, Dose, Regimen
from daybreak.treatment.regimen_language import parse

WEIGHT_WHERE_NOT_PRINTED_KG = 70.0
PEOPLE_WHERE_NOT_PRINTED = 10
READING_LOG_SD = 0.10  # of a value read from a figure, as the readers say of themselves
LARGEST_H = 96.0  # an area to the end of time is taken to here
VIRTUAL_PEOPLE, SEED = 200, 1
NINETY_PERCENT = 1.6449  # standard deviations to each side that hold nine of ten
DIRECT = "ketamine and norketamine, venous, directly reported"
TESTING = "the same, testing only"
HYDROXY = "hydroxynorketamine"
FOUND_LATER = "found later"  # a use of its own: neither in the frozen list nor ever fitted to
LATER_DIRECT = "ketamine and norketamine as above, found after the fit"
LATER_HYDROXY = "hydroxynorketamine, found after the fit"
_PEAK_TIMES_H = np.union1d(np.linspace(0, 4, 121), np.linspace(4, 12, 49))


@dataclass(frozen=True, slots=True)
class Observation:
    """One published value. `weight_kg` and `people` None are not printed; an eligible row has `doses`."""

    study: str
    url: str
    words: str
    doses: tuple[Dose, ...]
    people: int | None
    population: str
    body: Body
    matrix: str
    analyte: str
    quantity: str
    time_h: float | None
    window_h: float | None
    value: float
    unit: str
    reported: str
    eligible: bool
    reason: str
    use: str

    @property
    def route(self) -> Route:
        """The route of the dose that is looked at: the last one given."""
        return self.doses[-1].route

    @property
    def times_h(self) -> FloatArray:
        """When to look at the curves to find this quantity."""
        if self.time_h is not None:
            return np.array([self.time_h])
        ends = [dose.end_h for dose in self.doses]
        if self.quantity == "peak":
            return np.union1d(_PEAK_TIMES_H, ends)
        until_h = min(self.window_h or LARGEST_H, LARGEST_H)
        return np.union1d(until_h * np.linspace(0, 1, 201) ** 2, ends)

    def of(self, curves: dict[Analyte, FloatArray]) -> FloatArray:
        """The quantity, (patients,), from curves at `times_h`. Areas are by the trapezoid rule."""
        curve = curves[Analyte(self.analyte)]
        if not self.quantity.startswith("area"):
            return np.asarray(curve.max(axis=1))
        area = np.trapezoid(curve, self.times_h, axis=1)
        if self.quantity == "area ratio to ketamine":
            hand = self.analyte[: self.analyte.find("-") + 1]  # S-, R-, or nothing where both were measured as one
            return np.asarray(area / np.trapezoid(curves[Analyte(f"{hand}ketamine")], self.times_h, axis=1))
        return np.asarray(area)


@dataclass(frozen=True, slots=True)
class Comparison:
    """An observation and what the default model of its route says of it."""

    observation: Observation
    model_id: str
    predicted: float
    log_sd: float

    @property
    def ratio(self) -> float:
        """Predicted over observed, for a typical person."""
        return self.predicted / self.observation.value

    @property
    def inside(self) -> bool:
        """Whether the observed value lies in the 90 % prediction interval."""
        return abs(math.log(self.ratio)) <= NINETY_PERCENT * self.log_sd

    @property
    def crps(self) -> float:
        """The continuous ranked probability score of the logarithm: a distance, in which sureness counts.

        For a normal distribution: Gneiting and Raftery, JASA 2007;102:359.
        """
        z = -np.log(self.ratio) / self.log_sd
        return float(self.log_sd * (z * (2 * _normal_cdf(z) - 1) + 2 * _normal_pdf(z) - 1 / np.sqrt(np.pi)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a group of rows is met.

    Attributes:
        bias: geometric mean of predicted over observed; 1 is none, below 1 predicts too low.
        fold_error: geometric mean fold error, the usual distance as a factor.
        coverage: share of rows inside their 90 % prediction interval.
        crps: mean continuous ranked probability score of the logarithm; lower is better.
    """

    rows: int
    bias: float
    fold_error: float
    within_1_5_fold: int
    within_2_fold: int
    within_3_fold: int
    largest_fold: float
    coverage: float
    crps: float

    @classmethod
    def of(cls, rows: list[Comparison]) -> "Agreement":
        logs = np.log([row.ratio for row in rows])
        folds = np.exp(np.abs(logs))
        return cls(
            rows=len(rows),
            bias=float(np.exp(logs.mean())),
            fold_error=float(np.exp(np.abs(logs).mean())),
            within_1_5_fold=int((folds <= 1.5).sum()),
            within_2_fold=int((folds <= 2).sum()),
            within_3_fold=int((folds <= 3).sum()),
            largest_fold=float(folds.max()),
            coverage=float(np.mean([row.inside for row in rows])),
            crps=float(np.mean([row.crps for row in rows])),
        )


@cache
def observations() -> tuple[Observation, ...]:
    """Every published value the project ships, eligible or not."""
    text = files("daybreak.pharmacology.observed").joinpath("published.csv").read_text(encoding="utf-8")
    return tuple(_observation(row) for row in csv.DictReader(text.splitlines()))


def doses_of(words: str) -> tuple[Dose, ...]:
    """The doses of a row: `ketamine 5 mg iv over 30 min`, and after a bar `at 60 min: ...`."""
    doses: list[Dose] = []
    for part in words.split(" | "):
        minutes, said = 0.0, part
        if part.startswith("at "):
            when, said = part.split(": ")
            minutes = float(when.removeprefix("at ").removesuffix(" min"))
        (dose,) = parse(f"{said}, once").doses
        doses.append(Dose(dose.drug, dose.route, dose.amount, dose.duration_min, minutes / 60, dose.manner))
    return tuple(doses)


@cache
def compare() -> tuple[Comparison, ...]:
    """Each eligible observation beside its prediction, in the order of the file."""
    return tuple(compare_one(row) for row in observations() if row.eligible)


def compare_one(row: Observation, model: str | None = None) -> Comparison:
    """One row predicted, by the default model of its route or the named one."""
    crowds = _crowds(row.doses, row.body, row.matrix, model)
    chosen = np.searchsorted(crowds.asked.times_h, row.times_h)
    typical, people, everything = (
        row.of({analyte: values[:, chosen] for analyte, values in curves.items()})
        for curves in (crowds.typical, crowds.people, crowds.everything)
    )
    log_sd = _log_sd(row, crowds.asked, people, everything)
    return Comparison(row, crowds.asked.model.id, float(typical[0]), log_sd)


@dataclass(frozen=True, slots=True)
class _Crowds:
    """Curves after the same doses: of the typical person, of people, and of people while the model may be off."""

    asked: Prediction
    typical: dict[Analyte, FloatArray]
    people: dict[Analyte, FloatArray]
    everything: dict[Analyte, FloatArray]


@cache
def _crowds(doses: tuple[Dose, ...], body: Body, matrix: str, model: str | None) -> _Crowds:
    """At the times of every row of these doses, so that a study's many rows need one crowd."""
    alike = [row for row in observations() if (row.doses, row.body, row.matrix) == (doses, body, matrix)]
    times_h = np.unique(np.concatenate([row.times_h for row in alike]))
    drawn = Matrix.ARTERIAL if matrix == "arterial" else Matrix.VENOUS
    # Arterial rows after a film are the only test of that step where no one else may ask for it.
    asked = replace(Prediction.of(Regimen(doses), body, times_h, model=model), matrix=drawn)
    return _Crowds(
        asked=asked,
        typical=asked.for_people(np.zeros((1, asked.model.parameters.random_effects)), times_h),
        people=simulate(asked, patients=VIRTUAL_PEOPLE, seed=SEED),
        everything=simulate(asked, patients=VIRTUAL_PEOPLE, seed=SEED, uncertain=True),
    )


def _log_sd(row: Observation, asked: Prediction, people: FloatArray, everything: FloatArray) -> float:
    """The spread of the mean of the people studied, as the SD of its logarithm."""
    among = np.log(people).std()
    shared = max(0.0, np.log(everything).std() ** 2 - among**2)
    residual = asked.model.parameters.residual_error.get(Analyte(row.analyte).substance)
    of_mean = (among**2 + (residual.value**2 if residual else 0.0)) / (row.people or PEOPLE_WHERE_NOT_PRINTED)
    reading = READING_LOG_SD**2 if row.reported == "from a figure" else 0.0
    return float(np.sqrt(shared + of_mean + reading))


def agreements(key: Callable[[Comparison], tuple[str, ...]]) -> dict[tuple[str, ...], Agreement]:
    """The eligible rows grouped by `key`, in the order of the file."""
    groups: dict[tuple[str, ...], list[Comparison]] = {}
    for row in compare():
        groups.setdefault(key(row), []).append(row)
    return {name: Agreement.of(rows) for name, rows in groups.items()}


def by_study(row: Comparison) -> tuple[str, ...]:
    """Study, route, analyte, matrix, model, use: the lines of `daybreak model validate`."""
    seen = row.observation
    return (seen.study, str(seen.route), seen.analyte, seen.matrix, row.model_id, seen.use)


def lost() -> tuple[str, ...]:
    """A sentence for each group whose fold error or score is worse than its bound in `observed/bounds.csv`."""
    text = files("daybreak.pharmacology.observed").joinpath("bounds.csv").read_text(encoding="utf-8")
    bounds = {row["rows of"]: row for row in csv.DictReader(text.splitlines())}
    said = []
    found = {", ".join(name): agreement for name, agreement in agreements(by_study).items()} | aims()
    for name in sorted(bounds.keys() | found.keys()):
        if name not in bounds or name not in found:
            said.append(f"{name}: {'no bound is stored' if name in found else 'the rows are gone'}.")
            continue
        for what, value in (("fold error", found[name].fold_error), ("CRPS", found[name].crps)):
            if value > float(bounds[name][what]):
                said.append(f"{name}: the {what} is {value:.3f}, and {bounds[name][what]} was reached before.")
    return tuple(said)


def aims() -> dict[str, Agreement]:
    """The groups the project holds itself to: of the rows frozen before the fit, and of those found after it."""
    groups: dict[str, list[Comparison]] = {DIRECT: [], TESTING: [], HYDROXY: [], LATER_DIRECT: [], LATER_HYDROXY: []}
    for row in compare():
        seen, substance = row.observation, Analyte(row.observation.analyte).substance
        later = seen.use == FOUND_LATER
        if substance in ("ketamine", "norketamine") and seen.matrix != "arterial" and seen.reported == "directly":
            groups[LATER_DIRECT if later else DIRECT].append(row)
            if seen.use == "testing":
                groups[TESTING].append(row)
        if substance == "hydroxynorketamine":
            groups[LATER_HYDROXY if later else HYDROXY].append(row)
    return {name: Agreement.of(rows) for name, rows in groups.items()}


def _observation(row: dict[str, str]) -> Observation:
    eligible = row["eligible"] == "yes"
    weight = float(row["weight_kg"]) if row["weight_kg"] else WEIGHT_WHERE_NOT_PRINTED_KG
    return Observation(
        study=row["study"],
        url=row["url"],
        words=row["regimen"],
        doses=doses_of(row["regimen"]) if eligible else (),
        people=int(row["people"]) if row["people"] else None,
        population=row["population"],
        body=Body(weight, ancestry=Ancestry(row["ancestry"]) if row["ancestry"] else None),
        matrix=row["matrix"],
        analyte=row["analyte"],
        quantity=row["quantity"],
        time_h=float(row["time_min"]) / MINUTES_PER_HOUR if row["time_min"] else None,
        window_h=float(row["window_h"]) if row["window_h"] else None,
        value=float(row["value"]),
        unit=row["unit"],
        reported=row["reported"],
        eligible=eligible,
        reason=row["reason"],
        use=row["use"],
    )


def _normal_pdf(z: float) -> float:
    return float(np.exp(-z * z / 2) / np.sqrt(2 * np.pi))


def _normal_cdf(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))
