"""`daybreak model validate`: how the models agree with what was measured, in a terminal."""

import math
from itertools import groupby

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from daybreak.pharmacology.validation import (
    NINETY_PERCENT,
    Agreement,
    Comparison,
    Observation,
    agreements,
    aims,
    by_study,
    compare,
    compare_one,
    lost,
    observations,
)

LEGEND = (
    "Use: whether numbers of the project's own model may be fitted to these rows. Bias: predicted over observed, "
    "geometric mean. Fold: geometric mean fold error. 1.5x, 2x, 3x: rows within that factor. Inside: rows in their "
    "90 % prediction interval. CRPS: continuous ranked probability score of the logarithm, lower is better. Where no "
    "weight is printed 70 kg is taken; where no sampling site is, venous.\n"
)


def print_validation(console: Console | None = None) -> bool:
    """Every group of rows, the aims, what is lost, and the rows left out. False where an agreement was lost."""
    console = console or Console()
    for row in track(observations(), description="Predicting", console=console, transient=True):
        if row.eligible:
            compare_one(row)
    _print_groups(console)
    _print_rows(console)
    console.print(LEGEND)
    _print_aims(console)
    _print_left_out(console)
    worse = lost()
    for sentence in worse:
        console.print(sentence)
    if not worse:
        console.print("No agreement is worse than its stored bound (observed/bounds.csv).")
    return not worse


def _print_groups(console: Console) -> None:
    table = _table("Predicted against observed", "Study", "Route", "Analyte", "Blood", "Model", "Use")
    for names, found in agreements(by_study).items():
        table.add_row(*names, *_numbers(found))
    console.print(table)


def _print_rows(console: Console) -> None:
    """Each eligible row by itself."""
    table = Table(title="Every row", title_justify="left", box=SIMPLE)
    for column in ("Study", "Given", "What was measured", "Blood", "Use"):
        table.add_column(column)
    for column in ("Observed", "Predicted", "Ratio", "90 % interval"):
        table.add_column(column, no_wrap=True, justify="right")
    for row in compare():
        seen, off = row.observation, math.exp(NINETY_PERCENT * row.log_sd)
        when = "" if seen.time_h is None else f", {60 * seen.time_h:.0f} min"
        table.add_row(
            seen.study, seen.words, f"{seen.quantity} of {seen.analyte}{when}", seen.matrix, seen.use,
            f"{seen.value:g} {seen.unit}", f"{row.predicted:.3g}", f"{row.ratio:.2f}",
            f"{row.predicted / off:.3g} to {row.predicted * off:.3g}",
        )  # fmt: skip
    console.print(table)


def _print_aims(console: Console) -> None:
    table = _table("What the project holds itself to", "Rows of")
    for name, found in aims().items():
        table.add_row(name, *_numbers(found))
    console.print(table)
    far = [row for row in compare() if max(row.ratio, 1 / row.ratio) > 2]
    if far:
        console.print("Missed by more than a factor of two:")
    for row in far:
        console.print(f"  {_words(row)}")


def _words(row: Comparison) -> str:
    seen = row.observation
    return (
        f"{seen.study}, {seen.words}: {seen.quantity} of {seen.analyte} {seen.value:g} {seen.unit}, "
        f"predicted {row.predicted:.3g}"
    )


def _print_left_out(console: Console) -> None:
    table = Table("Study", "Analyte", "Rows", "Why", title="Rows not scored", title_justify="left", box=SIMPLE)
    rows = sorted((row for row in observations() if not row.eligible), key=_study_and_reason)
    for (study, why), group in groupby(rows, _study_and_reason):
        left_out = list(group)
        analytes = ", ".join(dict.fromkeys(row.analyte for row in left_out))
        table.add_row(study, analytes, f"{len(left_out)}", why)
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE)
    for column in columns:
        table.add_column(column)
    for column in ("Rows", "Bias", "Fold", "1.5x", "2x", "3x", "Inside", "CRPS"):
        table.add_column(column, no_wrap=True, justify="right")
    return table


def _numbers(found: Agreement) -> tuple[str, ...]:
    return (
        f"{found.rows}",
        f"{found.bias:.2f}",
        f"{found.fold_error:.2f}",
        f"{found.within_1_5_fold}",
        f"{found.within_2_fold}",
        f"{found.within_3_fold}",
        f"{100 * found.coverage:.0f} %",
        f"{found.crps:.2f}",
    )


def _study_and_reason(row: Observation) -> tuple[str, str]:
    return row.study, row.reason
