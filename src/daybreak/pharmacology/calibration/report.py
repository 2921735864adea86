"""`daybreak model validate`, from concentration on: the response and the treatment day against published data."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from daybreak.pharmacology.calibration.estimates import fit_digest, load_estimates
from daybreak.pharmacology.calibration.holdout import LEVEL_REACH, Contrast, predicted_contrasts
from daybreak.pharmacology.calibration.likelihood import Numbers, predict
from daybreak.pharmacology.calibration.safety_fit import SafetyNumbers, covariance, drawn_vectors, predicted
from daybreak.pharmacology.parameters import read_yaml
from daybreak.pharmacology.response.trials import Quantity, Use, eligible, trial_rows
from daybreak.pharmacology.safety import observations

CHECKED = "the same people as the mean change of this arm"

LEGEND = (
    "Falls as per cent of baseline. Inside: whether the observed lies in the 90 % interval for a new trial "
    "(differences between trials and sampling error; for contrasts also the parameters' uncertainty).\n"
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One published number beside the model's, with the standard deviation of a new study's number."""

    study: str
    what: str
    use: str
    observed: float
    predicted: float
    standard_deviation: float

    @property
    def inside(self) -> bool:
        """Whether the observed lies in the 90 % interval."""
        return abs(self.observed - self.predicted) <= LEVEL_REACH * self.standard_deviation


def arms() -> list[Agreement]:
    """Every eligible number of depression against the fitted core: tuning rows and testing rows."""
    estimates, found = load_estimates("response"), []
    for use in (Use.TUNING, Use.TESTING):
        numbers = Numbers.of(eligible(use))
        word = predict(numbers, estimates, estimates.mean)
        spread = np.sqrt(np.diagonal(word.between_trials[0] + numbers.sampling))
        for place, row in enumerate(numbers.rows):
            what = f"{row.arm.name}, {row.quantity.value}, {_time(row.time_h or 0)}"
            found.append(
                Agreement(
                    row.arm.trial,
                    what,
                    use.value,
                    float(numbers.observed[place]),
                    float(word.mean[0, place]),
                    float(spread[place]),
                )
            )
    return found


def contrasts() -> list[tuple[str, Contrast]]:
    """Each contrast and how the fitted core predicts it for a new trial, with the use of its trial."""
    estimates = load_estimates("response")
    return [
        (use.value, contrast)
        for use in (Use.TUNING, Use.TESTING)
        for contrast in predicted_contrasts(eligible(use), estimates, "core")
    ]


def responders() -> list[Agreement]:
    """Counts of responders in arms whose mean was fitted: whether people spread about the mean as assumed."""
    estimates = load_estimates("response")
    rows = [row for row in trial_rows() if row.quantity is Quantity.RESPONDERS and row.why_not_eligible == CHECKED]
    numbers = Numbers.of(rows)
    word = predict(numbers, estimates, estimates.mean)
    spread = np.sqrt(np.diagonal(word.between_trials[0] + numbers.sampling))
    return [
        Agreement(
            row.arm.trial,
            f"{row.arm.name}, responders, {_time(row.time_h or 0)}",
            "checked",
            float(numbers.observed[place]),
            float(word.mean[0, place]),
            float(spread[place]),
        )
        for place, row in enumerate(numbers.rows)
    ]


def days() -> list[Agreement]:
    """Every eligible number of a treatment day that can be predicted, tuning and testing."""
    estimates, found = load_estimates("safety"), []
    vectors = drawn_vectors(estimates)
    for use in ("tuning", "testing"):
        numbers = SafetyNumbers.of(observations.eligible(use))
        drawn = predicted(numbers, estimates, vectors)
        within = np.diagonal(covariance(numbers, drawn, estimates, vectors), axis1=1, axis2=2).mean(axis=0)
        means, spread = drawn.mean(axis=0, keepdims=True), np.sqrt(within + drawn.var(axis=0))
        for place, row in enumerate(numbers.rows):
            when = "" if row.time_min is None else f", {row.time_min:g} min"
            found.append(
                Agreement(
                    row.study,
                    row.quantity + when,
                    use,
                    float(numbers.observed[place]),
                    float(means[0, place]),
                    float(spread[place]),
                )
            )
    return found


def held_out() -> dict[str, list[dict[str, Any]]] | None:
    """The scores of contrasts predicted without their trial; None if they are not of the fit that ships."""
    path = files("daybreak.pharmacology.parameters").joinpath("response-holdout.yaml")
    if not path.is_file():
        return None
    content = read_yaml(path.read_bytes())
    return dict(content["scores"]) if content["fit"] == fit_digest("response") else None


def print_effects_validation(console: Console | None = None) -> None:
    """The response, its contrasts and hold-outs, then the treatment day."""
    console = console or Console()
    console.print(_agreements("Response, fall of the score", arms(), percent=True))
    console.print(_agreements("Responders, checked and not scored", responders(), percent=True))
    console.print(LEGEND)
    for use, group in groupby(contrasts(), key=lambda pair: pair[0]):
        own = [contrast for _, contrast in group]
        console.print(
            f"Contrasts of the {use} trials: {sum(c.covered for c in own)} of {len(own)} in their 90 % interval, "
            f"mean score {np.mean([c.score for c in own]):.3f}."
        )
    _print_held_out(console)
    console.print(_agreements("Treatment day", days(), percent=False))
    _print_waiting(console)


def _print_held_out(console: Console) -> None:
    scores = held_out()
    if scores is None:
        console.print("No hold-out scores of this fit. Run `daybreak model calibrate --leave-out`.\n")
        return
    table = Table(title="Contrasts predicted without their trial", title_justify="left", box=SIMPLE)
    for column in ("Left out", "Model", "Contrasts", "Score", "In 90 %", "Bias"):
        table.add_column(column, no_wrap=True)
    for name, lines in scores.items():
        for line in lines:
            table.add_row(
                name,
                line["model"],
                f"{line['contrasts']}",
                f"{line['score']:.3f}",
                f"{line['covered']:.0%}",
                f"{line['bias']:+.3f}",
            )
    console.print(table)


def _print_waiting(console: Console) -> None:
    waiting = [row.arm.trial for row in Numbers.of(eligible()).waiting]
    waiting += [row.study for row in SafetyNumbers.of(observations.eligible()).waiting]
    if waiting:
        names = ", ".join(dict.fromkeys(waiting))
        console.print(f"Not predicted, for want of a kinetic model or of values before the dose: {names}.")


def _agreements(title: str, rows: Sequence[Agreement], *, percent: bool) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE)
    for column in ("Study", "What", "Use", "Observed", "Predicted", "Inside"):
        table.add_column(column, overflow="fold")
    for row in rows:
        shown = [f"{100 * v:.0f}" if percent else f"{v:.3g}" for v in (row.observed, row.predicted)]
        table.add_row(row.study, row.what, row.use, *shown, "yes" if row.inside else "no")
    return table


def _time(hours: float) -> str:
    return f"{hours:g} h" if hours < 48 else f"day {hours / 24:.3g}"
