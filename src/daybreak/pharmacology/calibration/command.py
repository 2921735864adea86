"""`daybreak model calibrate`: fit what can be fitted, print it, and write the parameter files."""

import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from daybreak.pharmacology.calibration.estimates import Estimates, fit_digest, load_estimates, priors_digest
from daybreak.pharmacology.calibration.fitting import Fit
from daybreak.pharmacology.calibration.holdout import Summary, summarise
from daybreak.pharmacology.response.trials import TrialRow

_HEAD = "# Written by `daybreak model calibrate`. Not to be edited by hand: the priors stand in {id}.yaml.\n"


def data_digest(*names: str) -> str:
    """Names the observed data a fit was made with: a digest of the files in `observed`."""
    folder = files("daybreak.pharmacology.observed")
    return hashlib.sha256(b"".join(folder.joinpath(name).read_bytes() for name in names)).hexdigest()[:16]


def parameters_folder() -> Path:
    """Where the installed package keeps its parameter files."""
    return Path(str(files("daybreak.pharmacology.parameters")))


def write_fit(estimates: Estimates, found: Fit, data: str, folder: Path) -> Path:
    """Write a fit beside its priors; numbers to seven digits, so that a repeat gives the same file."""
    path = folder / f"{estimates.id}-fit.yaml"
    content = {
        "names": list(estimates.names),
        "mean": [float(f"{value:.7g}") for value in estimates.mean],
        "covariance": [[float(f"{value:.7g}") for value in row] for row in estimates.covariance],
        "priors": priors_digest(estimates.id),
        "data": data,
        "minus_log_posterior": float(f"{found.objective:.7g}"),
    }
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=116)
    path.write_text(_HEAD.format(id=estimates.id) + text, encoding="utf-8")
    return path


def estimates_table(estimates: Estimates) -> Table:
    """Each estimated parameter: prior, estimate, 90 % interval, and how much the data said."""
    table = Table(title=estimates.title, title_justify="left", box=SIMPLE)
    for column in ("Parameter", "Unit", "Prior", "Estimate", "90 % interval", "Learned"):
        table.add_column(column, no_wrap=True)
    contraction = estimates.contraction()
    for prior in estimates.priors:
        lower, middle, upper = estimates.interval(prior.name)
        centre = float(prior.scale.to_natural(np.array([prior.mean]))[0])
        table.add_row(
            prior.name,
            prior.unit,
            f"{centre:.3g}",
            f"{middle:.3g}",
            f"{lower:.3g} to {upper:.3g}",
            f"{max(0.0, contraction[prior.name]):.0%}",
        )
    return table


def calibrate(
    folder: Path | None = None,
    console: Console | None = None,
    only: Callable[[str], bool] = lambda name: True,
) -> list[Path]:
    """Fit the oral antidepressant, the response and the treatment day; print and write each. Needs SciPy.

    Args:
        folder: where the fits are written; by default beside the priors.
        only: which of "antidepressant", "response" and "safety" to fit.
    """
    from daybreak.pharmacology.calibration.antidepressant_fit import fit_antidepressant
    from daybreak.pharmacology.calibration.response_fit import fit_core
    from daybreak.pharmacology.calibration.safety_fit import fit_safety
    from daybreak.pharmacology.response.antidepressant import antidepressant_rows
    from daybreak.pharmacology.response.trials import Use, eligible
    from daybreak.pharmacology.safety import observations

    console, folder = console or Console(), folder or parameters_folder()
    written = []
    if only("antidepressant"):
        estimates, found = fit_antidepressant([row for row in antidepressant_rows() if row.use == "tuning"])
        console.print(estimates_table(estimates))
        written.append(write_fit(estimates, found, data_digest("antidepressant.csv"), folder))
    if only("response"):
        estimates, found = fit_core(eligible(Use.TUNING))
        console.print(estimates_table(estimates))
        written.append(write_fit(estimates, found, data_digest("response.csv"), folder))
    if only("safety"):
        estimates, found = fit_safety(observations.eligible("tuning"))
        console.print(estimates_table(estimates))
        written.append(write_fit(estimates, found, data_digest("safety.csv"), folder))
    for path in written:
        console.print(f"Written: {path.name}")
    return written


def leave_out(folder: Path | None = None, console: Console | None = None) -> Path:
    """Leave out each trial, each programme, each route, then predict the testing trials; print and write the scores.

    Takes some minutes. The core's parameters must have been fitted before.
    """
    from daybreak.pharmacology.calibration.holdout import FORMS, fit_plain, predicted_contrasts
    from daybreak.pharmacology.calibration.holdout import leave_out as left_out
    from daybreak.pharmacology.response.trials import Use, eligible

    console, folder = console or Console(), folder or parameters_folder()
    core, tuning = load_estimates("response"), eligible(Use.TUNING)
    found = {
        "one trial": left_out(tuning, lambda row: row.arm.trial, core.mean, console.print),
        "one programme": left_out(tuning, lambda row: row.arm.programme, core.mean, console.print),
        "one route": left_out(tuning, route_of, core.mean, console.print),
        "testing trials": [
            contrast
            for model in FORMS
            for contrast in predicted_contrasts(
                eligible(Use.TESTING), core if model == "core" else fit_plain(tuning, model), model
            )
        ],
    }
    content = {
        "fit": fit_digest("response"),
        "scores": {name: [score_line(line) for line in summarise(contrasts)] for name, contrasts in found.items()},
    }
    path = folder / "response-holdout.yaml"
    path.write_text(_HEAD_OF_HOLDOUT + yaml.safe_dump(content, sort_keys=False, width=116), encoding="utf-8")
    console.print(f"Written: {path.name}")
    return path


def route_of(row: TrialRow) -> str:
    """The sprays, or everything else: the hardest test, for route and context go together."""
    return "nasal" if row.arm.programme.startswith("nasal") else "other"


def score_line(line: Summary) -> dict[str, str | int | float]:
    """A summary as it is written."""
    return {
        "model": line.model,
        "contrasts": line.contrasts,
        "score": round(line.score, 4),
        "covered": round(line.covered, 3),
        "bias": round(line.bias, 4),
    }


_HEAD_OF_HOLDOUT = (
    "# Written by `daybreak model calibrate --leave-out`: contrasts predicted without their trial or programme.\n"
    "# Score: continuous ranked probability score in fractions of baseline, each trial alike; lower is better.\n"
    "# Covered: share of contrasts in their 90 % prediction interval. Bias: predicted less observed.\n"
)
