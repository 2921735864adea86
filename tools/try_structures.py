"""Two other structures, fitted to the tuning rows, and what they would do to the rows kept for testing.

    python -m tools.try_structures

**An arm.** The model gives a venous curve, and an artery as much more as enters over a flow (Henthorn 2018). Here that
arterial curve stays, and the vein follows it through one more compartment, so that both have one area and a vein holds
more once the pump stops. The rate of the arm is one more number to fit.

**One gut.** What is swallowed of a racemic spray gives what as much of a tablet does.

All numbers of the model are fitted again each time. It prints the fits side by side and writes nothing; `docs/model.md`
says why neither was kept. Needs SciPy.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from daybreak.pharmacology.analytes import Analyte, Curves, with_totals
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.given import GivenDose
from daybreak.pharmacology.kinetics import Matrix, Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.parameters.covariates import mixing_flow
from daybreak.pharmacology.validation import Observation, observations
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Regimen
from daybreak.treatment.regimen_language import parse
from tools.fit_kinetics import MODEL, PRIORS, Fit, curves_with

Compute = Callable[[Prediction, dict[str, float]], Curves]
ARM_PRIOR = (3.0, 1.0)  # time constant in minutes, SD of its logarithm; assumed
_JUST_AFTER_H = 1e-9  # an artery jumps where a pump starts or stops
_NONE = 1e-12
_FINE_H = np.linspace(0, 5, 301)


@dataclass(frozen=True)
class FitWithArm(Fit):
    """The same rows and priors; the last of the numbers is the logarithm of the arm's time constant in minutes."""

    def curves_of(self, found: OptimizeResult) -> Compute:
        return Arm(float(np.exp(found.x[-1]))).curves

    def residuals(self, logs: FloatArray) -> FloatArray:
        arm = Arm(float(np.exp(logs[-1])))
        found = replace(self, curves=arm.curves)
        centre, spread = np.log(ARM_PRIOR[0]), ARM_PRIOR[1]
        return np.append(Fit.residuals(found, logs[:-1]), (logs[-1] - centre) / spread)

    def run(self) -> OptimizeResult:
        start = np.concatenate([np.log([value for value, _ in PRIORS.values()]), [0.0, np.log(ARM_PRIOR[0])]])
        return least_squares(self.residuals, start, xtol=1e-6, ftol=1e-6)


@dataclass(frozen=True)
class Arm:
    """The vein of an arm behind the artery, by its time constant."""

    minutes: float

    def curves(self, asked: Prediction, numbers: dict[str, float]) -> Curves:
        """As `curves_with`, but ketamine of a vein is that of the artery, later. Metabolites are the same in both."""
        if asked.matrix is Matrix.ARTERIAL:
            return curves_with(asked, numbers)
        edges = np.array([edge for dose in asked.doses for edge in (dose.start_h, dose.start_h + dose.duration_h)])
        times_h = np.unique(np.concatenate([asked.times_h, _FINE_H, edges, edges + _JUST_AFTER_H]))
        found = curves_with(replace(asked, times_h=times_h, matrix=Matrix.ARTERIAL), numbers)
        per_h = 60 / self.minutes
        for analyte in (Analyte.S_KETAMINE, Analyte.R_KETAMINE):
            if analyte in found:
                later = _behind(found[analyte][0], times_h, per_h) + _pulses(asked, analyte, times_h, per_h)
                found[analyte] = later[None]
        chosen = np.searchsorted(times_h, asked.times_h)
        return {analyte: curve[:, chosen] for analyte, curve in with_totals(found).items()}


def _behind(curve: FloatArray, times_h: FloatArray, per_h: float) -> FloatArray:
    """What follows a curve, straight between its times, with this rate."""
    steps = np.diff(times_h)
    left = np.exp(-per_h * steps)
    added = curve[:-1] * (1 - left) + np.diff(curve) * (1 - (1 - left) / (per_h * steps))
    found = np.zeros_like(curve)
    for place in range(len(steps)):
        found[place + 1] = found[place] * left[place] + added[place]
    return found


def _pulses(asked: Prediction, analyte: Analyte, times_h: FloatArray, per_h: float) -> FloatArray:
    """What boluses add: each passes the artery at once, which no time of its curve shows."""
    found = np.zeros_like(times_h)
    for dose in asked.doses:
        if dose.is_bolus:
            mg = dose.s_ketamine_mg if analyte is Analyte.S_KETAMINE else dose.amount_mg - dose.s_ketamine_mg
            since_h = times_h - dose.start_h
            gone = per_h * np.exp(-per_h * np.maximum(0, since_h))
            found += np.where(since_h >= 0, 1000 * mg / mixing_flow().value * gone, 0)
    return found


def one_gut(asked: Prediction, numbers: dict[str, float]) -> Curves:
    """As `curves_with`, but what is swallowed of a racemic spray is as much by mouth. Right but for hydroxynorketamine,
    of which no row is after that spray."""
    if not any(_is_racemic_spray(dose) for dose in asked.doses):
        return curves_with(asked, numbers)
    (dose,) = asked.doses  # each such row is of one dose
    by_nose = curves_with(asked, {**numbers, "nose_norketamine_fraction": _NONE})
    by_mouth = curves_with(replace(asked, doses=(replace(dose, route=Route.ORAL),)), numbers)
    swallowed = 1 - numbers["nose_fraction"]
    return {analyte: curve + swallowed * by_mouth[analyte] for analyte, curve in by_nose.items()}


def ratios(compute: Compute, found: OptimizeResult, rows: list[Observation]) -> FloatArray:
    """Logarithms of predicted over observed."""
    logs = []
    for row in rows:
        matrix = Matrix.ARTERIAL if row.matrix == "arterial" else Matrix.VENOUS
        asked = replace(Prediction.of(Regimen(row.doses), row.body, row.times_h, model=MODEL), matrix=matrix)
        logs.append(np.log(row.of(compute(asked, _numbers(found)))[0] / row.value))
    return np.array(logs)


def main() -> None:
    rows = [row for row in observations() if row.eligible and not _is_device(row)]
    now, arm, gut = Fit.of_tuning_rows(), FitWithArm.of_tuning_rows(), replace(Fit.of_tuning_rows(), curves=one_gut)
    results = [fit.run() for fit in (now, arm, gut)]
    computes = [curves_with, arm.curves_of(results[1]), one_gut]
    print("As it is | with an arm | with one gut")
    print("Cost on the tuning rows with the priors:", " | ".join(f"{found.cost:.2f}" for found in results))
    print(f"Time constant of the arm: {np.exp(results[1].x[-1]):.1f} min")
    for compute, found, name in zip(computes, results, ("as it is", "with an arm", "with one gut"), strict=True):
        _print_spray(name, compute, _numbers(found))
    logs = [ratios(compute, found, rows) for compute, found in zip(computes, results, strict=True)]
    print("Predicted over observed as bias (fold error)")
    for title, places in _groups(rows).items():
        shown = [f"{np.exp(one[places].mean()):.2f} ({np.exp(np.abs(one[places]).mean()):.2f})" for one in logs]
        print(f"{title}, {len(places)} rows: {' | '.join(shown)}")


def _groups(rows: list[Observation]) -> dict[str, list[int]]:
    """Which rows are of one study, route, substance and blood, and which are venous and directly reported."""
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        substance = Analyte(row.analyte).substance
        groups.setdefault(f"{row.study}, {row.route}, {substance}, {row.matrix}, {row.use}", []).append(place)
        if substance in ("ketamine", "norketamine") and row.matrix != "arterial" and row.reported == "directly":
            groups.setdefault(f"All of these that are venous and directly reported, {row.use}", []).append(place)
    return groups


def _print_spray(name: str, compute: Compute, numbers: dict[str, float]) -> None:
    """What 30 mg of the racemate by the nose give, the dose of which Singh 2022 prints an area without its window."""
    times_h = np.linspace(0, 60, 3001)
    asked = Prediction.of(parse("ketamine 30 mg nasal once"), Body(70), times_h, model=MODEL)
    area = np.trapezoid(compute(asked, numbers)[Analyte.KETAMINE][0], times_h)
    print(f"Area of ketamine after 30 mg of racemic spray, {name}: {area:.0f} ng h/mL")


def _numbers(found: OptimizeResult) -> dict[str, float]:
    return dict(zip(PRIORS, np.exp(found.x[: len(PRIORS)]), strict=True))


def _is_racemic_spray(dose: GivenDose) -> bool:
    return dose.route is Route.NASAL and dose.drug is Drug.KETAMINE


def _is_device(row: Observation) -> bool:
    """The esketamine spray has another model, which the fit does not touch."""
    return row.route is Route.NASAL and row.doses[-1].drug is Drug.ESKETAMINE


if __name__ == "__main__":
    main()
