"""Fit the project's own kinetic model to the published values that may be tuned on.

    python tools/fit_kinetics.py            # print the estimates
    python tools/fit_kinetics.py --write    # and put them into parameters/daybreak-2026.yaml

Method: least squares of logarithms with lognormal priors (a maximum a posteriori estimate); the covariance is the
inverse of the Gauss-Newton Hessian at the optimum. A set of values of one study, regimen and analyte counts as at
most four independent ones, because points of one curve are not independent. The two studies with
hydroxynorketamine disagree about its whole scale; the fit is put in the middle: one is taken to lie as far below
it as the other above. Needs SciPy.
"""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

import daybreak.pharmacology.parameters as parameter_files
from daybreak.pharmacology.analytes import Curves
from daybreak.pharmacology.kinetics import Draws, Matrix, Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.parameters import load
from daybreak.pharmacology.validation import Observation, observations
from daybreak.treatment.regimen import Regimen

MODEL = "daybreak-2026"
FILE = Path(parameter_files.__file__).with_name(f"{MODEL}.yaml")
MARK = "uncertainty:  # of the fitted numbers"
ERROR_LOG_SD = {"directly": 0.15, "from a figure": 0.15}
INDEPENDENT = 4
WIDE = 1.0

# Where each fitted number starts, and how far it is expected from there (SD of the logarithm), and why.
PRIORS = {
    "central_volume_l": (20.0, WIDE),
    "clearance_l_per_h": (95.0, 0.15),  # Fanta 2015, eleven other men
    "fast_volume_l": (150.0, WIDE),
    "fast_flow_l_per_h": (350.0, 0.5),
    "slow_volume_l": (240.0, WIDE),
    "slow_flow_l_per_h": (40.0, WIDE),
    "clearance_l_per_h_r_over_s": (0.87, 0.08),  # Wang 2019 0.859, Hasan 2021 0.944
    "norketamine_delay_h": (0.1, WIDE),
    "norketamine_clearance_l_per_h": (45.0, WIDE),
    "norketamine_peripheral_volume_l": (100.0, WIDE),
    "norketamine_flow_l_per_h": (50.0, WIDE),
    "norketamine_clearance_l_per_h_r_over_s": (0.85, 0.3),
    "dehydronorketamine_fraction": (0.07, WIDE),
    "dehydronorketamine_fraction_r_over_s": (1.6, 0.5),
    "dehydronorketamine_elimination_per_h": (3.0, 0.5),
    "hydroxynorketamine_clearance_l_per_h": (60.0, WIDE),
    "hydroxynorketamine_clearance_l_per_h_r_over_s": (0.5, 0.3),
    "hydroxynorketamine_volume_l": (60.0, WIDE),
    "gut_fraction": (0.17, 0.35),  # 8, 18.6, 15 to 19, 20 and 23 % in five studies
    "gut_norketamine_fraction": (0.6, 0.3),
    "gut_absorption_per_h": (1.5, 0.5),
    "mucosa_fraction": (0.15, 0.4),  # a total of 26 to 32 % in four studies, less what is swallowed
    "nose_fraction": (0.25, 0.6),  # 11 to 45 %
    "nose_absorption_per_h": (2.93, 0.4),  # the device of esketamine
    "nose_norketamine_fraction": (0.4, 0.5),
}
SIDES = {"Kamp 2020": -1.0, "Hasan 2021": 1.0}  # on which side of the middle a study of hydroxynorketamine lies


@dataclass(frozen=True)
class Fit:
    """The rows that may be tuned on, and how far a set of numbers is from them and from its priors."""

    rows: tuple[Observation, ...]
    curves: Callable[[Prediction, dict[str, float]], Curves] = field(default_factory=lambda: curves_with)

    @classmethod
    def of_tuning_rows(cls) -> "Fit":
        return cls(tuple(row for row in observations() if row.use == "tuning"))

    @cached_property
    def asked(self) -> list[tuple[Prediction, list[int]]]:
        """One prediction for all rows of the same doses, at the times of all of them, and which rows these are."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for place, row in enumerate(self.rows):
            groups.setdefault((row.doses, row.body, row.matrix), []).append(place)
        found = []
        for places in groups.values():
            first = self.rows[places[0]]
            times_h = np.unique(np.concatenate([self.rows[place].times_h for place in places]))
            matrix = Matrix.ARTERIAL if first.matrix == "arterial" else Matrix.VENOUS
            found.append((Prediction.of(Regimen(first.doses), first.body, times_h, model=MODEL, matrix=matrix), places))
        return found

    @cached_property
    def weights(self) -> FloatArray:
        sets = [(row.study, row.words, row.analyte, row.quantity) for row in self.rows]
        share = np.array([min(1.0, INDEPENDENT / sets.count(name)) for name in sets])
        return np.sqrt(share) / np.array([ERROR_LOG_SD[row.reported] for row in self.rows])

    def residuals(self, logs: FloatArray) -> FloatArray:
        """Weighted distances of the rows, then of the priors: logarithms of the numbers, then how far studies part."""
        count = len(PRIORS)
        numbers = dict(zip(PRIORS, np.exp(logs[:count]), strict=True))
        off = np.empty(len(self.rows))
        for asked, places in self.asked:
            curves = self.curves(asked, numbers)
            for place in places:
                row = self.rows[place]
                chosen = np.searchsorted(asked.times_h, row.times_h)
                value = row.of({name: values[:, chosen] for name, values in curves.items()})[0]
                middle = SIDES[row.study] * logs[count] if "hydroxynorketamine" in row.analyte else 0.0
                off[place] = np.log(value) + middle - np.log(row.value)
        centre = np.log([start for start, _ in PRIORS.values()])
        spread = np.array([sd for _, sd in PRIORS.values()])
        return np.concatenate([off * self.weights, (logs[:count] - centre) / spread, [logs[count] / WIDE]])

    def run(self) -> OptimizeResult:
        start = np.concatenate([np.log([value for value, _ in PRIORS.values()]), [0.0]])
        return least_squares(self.residuals, start, xtol=1e-8, ftol=1e-8)


def curves_with(asked: Prediction, numbers: dict[str, float]) -> Curves:
    """The typical curves with these numbers in place of the stored ones, for 70 kg or the weight printed."""
    parameters = load(MODEL)
    changed = {name: value / parameters.parameters[name].value for name, value in numbers.items()}
    return asked.for_people(Draws(np.zeros((1, parameters.random_effects)), ratios=changed), asked.times_h)


def write(found: OptimizeResult) -> None:
    """Put the estimates and their covariance into the parameter file."""
    count = len(PRIORS)
    text = FILE.read_text(encoding="utf-8").split(MARK)[0]
    for name, value in zip(PRIORS, np.exp(found.x[:count]), strict=True):
        text, changed = re.subn(rf"(  {name}: {{value: )[0-9.e+-]+", rf"\g<1>{value:.4g}", text)
        if changed != 1:
            raise SystemExit(f"{name} stands {changed} times in {FILE.name}.")
    rows = "\n".join(
        f"      - [{', '.join(f'{value:.6g}' for value in row)}]" for row in covariance(found)[:count, :count]
    )
    text += f"{MARK}: covariance of their logarithms\n  - scale: log\n    status: derived\n    source: FIT\n"
    text += f"    parameters: [{', '.join(PRIORS)}]\n    covariance:\n{rows}\n"
    FILE.write_text(text, encoding="utf-8")


def covariance(found: OptimizeResult) -> FloatArray:
    """Inverse of the Gauss-Newton Hessian, made exactly symmetric."""
    inverse = np.linalg.inv(found.jac.T @ found.jac)
    return (inverse + inverse.T) / 2


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--write", action="store_true")
    fit = Fit.of_tuning_rows()
    found = fit.run()
    spread = np.sqrt(np.diag(covariance(found)))
    print(f"{len(fit.rows)} rows, cost {found.cost:.2f}, {found.nfev} evaluations: {found.message}")
    for place, (name, (start, prior)) in enumerate(PRIORS.items()):
        kept = spread[place] / prior
        print(
            f"{name:46s} {start:6.3g} -> {np.exp(found.x[place]):6.4g}  "
            f"log SD {spread[place]:.3f} ({kept:.2f} of prior)"
        )
    print(f"hydroxynorketamine: the studies lie {np.exp(found.x[len(PRIORS)]):.2f} times below and above the middle")
    if asked.parse_args().write:
        write(found)


if __name__ == "__main__":
    main()
