"""Fill the tables of docs/model-response.md from the data the project ships; the words around them are by hand.

python tools/response_page.py    # after a fit; a test fails while the page is stale

A table stands below a line `<!-- table: name -->` and ends with an empty line.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from daybreak.pharmacology.calibration import report
from daybreak.pharmacology.calibration.estimates import Prior, load_estimates, load_priors

PAGE = Path(__file__).parents[1] / "docs" / "model-response.md"
_MARKED = re.compile(r"(<!-- table: (?P<name>[\w ]+) -->\n)(?:\|.*\n)*")


def filled(text: str) -> str:
    """The page with every marked table as the data have it now. Raises KeyError for a table nobody makes."""
    return _MARKED.sub(lambda found: found[1] + TABLES[found["name"]](), text)


def _table(header: str, rows: Iterable[Iterable[str]]) -> str:
    rule = "|" + "---|" * header.count(",") + "---|"
    lines = ["| " + " | ".join(header.split(", ")) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


def _believed(prior: Prior) -> str:
    """A prior's median in its unit, with its standard deviation on the scale it is normal on."""
    centre = float(prior.scale.to_natural(np.array([prior.mean]))[0])
    return f"{centre:.3g} (SD {prior.standard_deviation:g}, {prior.scale})"


def _fit(identifier: str) -> str:
    """Each estimated parameter: prior, estimate with its interval, and how much of the prior's variance is gone."""
    estimates = load_estimates(identifier)
    learned = estimates.contraction()
    rows = []
    for prior in estimates.priors:
        lower, middle, upper = estimates.interval(prior.name)
        estimate = f"{middle:.3g} ({lower:.3g} to {upper:.3g})"
        share = f"{max(0.0, learned[prior.name]):.0%}"
        rows.append((prior.name, prior.meaning, prior.unit, _believed(prior), prior.source, estimate, share))
    return _table("Parameter, Meaning, Unit, Prior, The prior's source, Estimate (90 % interval), Learned", rows)


def _published(identifier: str) -> str:
    """Numbers that are taken from their sources with their errors, and fitted to nothing here."""
    rows = (
        (each.name, each.meaning, each.unit, _believed(each), each.source) for each in load_priors(identifier).priors
    )
    return _table("Parameter, Meaning, Unit, Value, Source", rows)


def _fixed() -> str:
    """What is not estimated, of every part that a page of the clinic shows."""
    rows = (
        (part, each.name, f"{each.value:g}", each.unit, each.status, each.source, each.note)
        for part in ("response", "safety", "pain")
        for each in load_priors(part).fixed.values()
    )
    return _table("Part, Parameter, Value, Unit, Status, Source, Note", rows)


def _held_out() -> str:
    scores = report.held_out()
    if scores is None:
        raise ValueError("The hold-outs are not of the fit that ships. Run `daybreak model calibrate --leave-out`.")
    rows = (
        (
            name,
            line["model"],
            str(line["contrasts"]),
            f"{line['score']:.3f}",
            f"{line['covered']:.0%}",
            f"{line['bias']:+.3f}",
        )
        for name, lines in scores.items()
        for line in lines
    )
    return _table("Left out, Model, Contrasts, Score, In 90 %, Bias", rows)


def _constants() -> str:
    rows = (
        (fixed.name, f"{fixed.value:g}", fixed.unit, fixed.status, fixed.source)
        for fixed in load_priors("mechanism").fixed.values()
    )
    return _table("Constant, Value, Unit, Status, Source", rows)


TABLES: dict[str, Callable[[], str]] = {
    "response": lambda: _fit("response"),
    "antidepressant": lambda: _fit("antidepressant"),
    "safety": lambda: _fit("safety"),
    "pain": lambda: _published("pain"),
    "fixed": _fixed,
    "held out": _held_out,
    "constants": _constants,
}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
