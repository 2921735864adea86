"""`daybreak model validate`: how the models agree with published concentrations, in a terminal."""

from itertools import groupby

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from daybreak.pharmacology.models import MODELS
from daybreak.pharmacology.validation import Agreement, Comparison, compare, report

LEGEND = (
    "Fitted: whether the model was built on these data. Ratio: predicted over observed (geometric mean). "
    "Fold: geometric mean fold error. Median: absolute error. 1.5x, 2x: rows within that factor.\n"
)


def print_validation(console: Console | None = None) -> None:
    """Predicted against observed by model, study and analyte, then the rows that are not scored and why."""
    console = console or Console()
    for model_id, rows in groupby(report(), lambda row: row.model_id):
        console.print(_agreement_table(MODELS[model_id].parameters.title, list(rows)))
    console.print(LEGEND)
    console.print(_left_out_table([row for row in compare() if not row.observation.scored]))


def _agreement_table(title: str, rows: list[Agreement]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE)
    for column in ("Study", "Analyte", "Fitted", "Ratio", "Fold", "Median", "1.5x", "2x"):
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(
            row.study,
            row.analyte,
            row.built_on,
            f"{row.geometric_mean_ratio:.2f}",
            f"{row.geometric_mean_fold_error:.2f}",
            f"{row.median_absolute_error_percent:.0f} %",
            f"{row.within_1_5_fold}/{row.rows}",
            f"{row.within_2_fold}/{row.rows}",
        )
    return table


def _left_out_table(rows: list[Comparison]) -> Table:
    table = Table("Study", "Analyte", "Rows", "Why", title="Rows not scored", title_justify="left", box=SIMPLE)
    for (study, why), group in groupby(sorted(rows, key=_study_and_reason), _study_and_reason):
        left_out = list(group)
        analytes = ", ".join(dict.fromkeys(row.observation.analyte for row in left_out))
        table.add_row(study, analytes, f"{len(left_out)}", why)
    return table


def _study_and_reason(row: Comparison) -> tuple[str, str]:
    return row.observation.study, row.observation.why_not_scored
