"""Write docs/model-numbers.md: every number of the kinetic models, and how they meet what was measured.

python tools/model_page.py    # after a change of the numbers; a test fails while the page is stale
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np

from daybreak.pharmacology.influences import knowledge
from daybreak.pharmacology.models import MODELS, default_models
from daybreak.pharmacology.parameters import Parameter, ParameterSet, Variability
from daybreak.pharmacology.parameters.covariates import (
    enantiomer_clearance_ratio,
    mixing_flow,
    sex_effect_by_default,
    women_clearance_ratio,
)
from daybreak.pharmacology.validation import Agreement, agreements, aims, by_study, observations

PAGE = Path(__file__).parents[1] / "docs" / "model-numbers.md"
INTRODUCTION = """# The numbers of the kinetic models

Made by `tools/model_page.py` from the data the project ships, not by hand. [model.md](model.md) says what they mean.
Status: `seen` in the source or a transcription of its table, `recalled`, `derived` by us, `assumed`.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, _routes(), _agreement(), _left_out(), _influences(), _beside_models()]
    parts += [_model(model.parameters) for model in MODELS.values()]
    return "\n".join(parts)


def _table(title: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [f"## {title}\n" if title else "", "| " + " | ".join(header) + " |"]
    lines.append("|" + "---|" * lines[-1].count(" | ") + "---|")
    lines += ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _routes() -> str:
    rows = (
        (
            f"{', '.join(row.drugs)}, {row.route}",
            f"`{row.model}`",
            row.reason,
            f"x {np.exp(1.6449 * row.doubt_log_sd):.1f} ({row.doubt_status})",
            row.doubt_basis,
        )
        for row in default_models()
    )
    return _table("Which model serves what", ("Dose", "Model", "Why", "Whole curve off by, 90 %", "Why so much"), rows)


def _agreement() -> str:
    header = ("Rows", "Bias", "Fold error", "1.5x", "2x", "3x", "Inside 90 %", "CRPS")
    groups = _table(
        "Predicted against observed",
        ("Study", "Route", "Analyte", "Blood", "Model", "Use", *header),
        ((*names, *_numbers(found)) for names, found in agreements(by_study).items()),
    )
    whole = _table("", ("Rows of", *header), ((name, *_numbers(found)) for name, found in aims().items()))
    return f"{groups}{whole}"


def _numbers(found: Agreement) -> tuple[str, ...]:
    return (
        str(found.rows),
        f"{found.bias:.2f}",
        f"{found.fold_error:.2f}",
        str(found.within_1_5_fold),
        str(found.within_2_fold),
        str(found.within_3_fold),
        f"{100 * found.coverage:.0f} %",
        f"{found.crps:.2f}",
    )


def _left_out() -> str:
    rows = sorted((row.study, row.reason) for row in observations() if not row.eligible)
    return _table(
        "Rows not scored, and why",
        ("Study", "Rows", "Why"),
        ((study, str(len(list(group))), why) for (study, why), group in groupby(rows)),
    )


def _influences() -> str:
    found = knowledge()
    rows = [
        (row["medicine"], row["route"], f"{row['area_ratio']:g}", row["status"], _citation(found, row))
        for row in found["medicines"]
    ]
    rows += [
        (f"{row['degree']} liver disease", row["route"], f"{row['area_ratio']:g}", row["status"], _citation(found, row))
        for row in found["hepatic_impairment"]
    ]
    rows += [
        (f"CYP2B6 {row['genotype']}", "any", f"{1 / row['clearance_ratio']:.2f}", row["status"], _citation(found, row))
        for row in found["cyp2b6"]
    ]
    return _table(
        "Other medicines, liver disease, genotype",
        ("What", "Route", "Area under the curve, times", "Status", "Source"),
        rows,
    )


def _beside_models() -> str:
    used = "" if sex_effect_by_default() else " (off unless asked for)"
    asked = (
        ("clearance of R- over that of S-ketamine, in `otto-2021`", "ratio", enantiomer_clearance_ratio()),
        (f"clearance in women over that in men{used}", "ratio", women_clearance_ratio()),
        ("flow that dilutes what enters, between vein and artery", "L/h", mixing_flow()),
    )
    return _table(
        "Beside the models",
        ("Number", "Value", "Unit", "Status", "Source", "Note"),
        ((what, f"{row.value:g}", unit, row.status, row.source.citation, row.note) for what, unit, row in asked),
    )


def _citation(found: dict, row: dict) -> str:
    note = f" {row['note'].capitalize()}." if "note" in row else ""
    return found["sources"][row["source"]]["citation"] + note


def _model(numbers: ParameterSet) -> str:
    served = sorted(f"{drug} {route}" for drug, route in MODELS[numbers.id].serves)
    values = _table(
        f"`{numbers.id}`: {numbers.title}",
        ("Number", "Value", "Unit", "Status", "Source", "With weight, age, ancestry", "Note"),
        map(_row, numbers.parameters.values()),
    )
    spread = [
        *(("between people", block) for block in numbers.variability),
        *(("between doses", block) for block in numbers.occasion_variability),
    ]
    varies = _table(
        "",
        ("Varies", "Number", "Variance (covariance)", "Scale", "Status", "Note"),
        (_block(what, block) for what, block in spread),
    )
    errors = _table(
        "",
        ("Error", "Substance", "Value", "Unit", "Status", "Note"),
        (
            (what, name, f"{number.value:g}", number.unit, number.status, number.note)
            for what, group in (
                ("of a sample", numbers.residual_error),
                ("of the whole substance", numbers.scale_doubt),
            )
            for name, number in group.items()
        ),
    )
    limits = "".join(f"- {limit}\n" for limit in numbers.limits)
    served_by = f"Serves {', '.join(served)}. {numbers.matrix.capitalize()}."
    parts = [values, served_by, varies if spread else "", errors if numbers.residual_error else "", limits]
    return "\n".join(parts)


def _row(number: Parameter) -> tuple[str, ...]:
    changes = [f"weight ^ {number.weight_exponent:g}"] if number.weight_exponent else []
    if number.change_per_year:
        changes.append(f"{number.change_per_year:g} a year above {number.above_age_years:g}")
    changes += [f"{group} x {factor:g}" for group, factor in number.ancestry.items()]
    cited = number.source.citation.split(". ")[0].split(" ")
    source = " ".join(cited[:6])
    return (number.name, f"{number.value:.4g}", number.unit, number.status, source, ", ".join(changes), number.note)


def _block(what: str, block: Variability) -> tuple[str, ...]:
    variances = ", ".join(f"{value:.4g}" for value in np.diag(block.covariance))
    if len(block.parameters) > 1:
        variances += f" ({block.covariance[0, 1]:.4g})"
    return (what, ", ".join(block.parameters), variances, block.scale, block.status, block.note)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
