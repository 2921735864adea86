"""Trials, arms and results back as rows, in the columns they are read from: for downloads, forms and proposals."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields

from daybreak.evidence.dataset import DataSet, dataset
from daybreak.evidence.trials import Arm, Result, RiskOfBias, Trial, outcomes, scales


def trial_row(trial: Trial) -> dict[str, str]:
    """A trial as a row of `trials.csv`."""
    bias = {f"rob_{part.name}": getattr(trial.risk_of_bias, part.name) for part in fields(RiskOfBias)}
    return {
        "trial": trial.id,
        "label": trial.label,
        "trial_name": trial.name,
        "year": _cell(trial.year),
        "doi": trial.doi,
        "pmid": trial.pmid,
        "registry": trial.registry,
        "identifiers_recalled": trial.identifiers_recalled,
        "indication": trial.indication,
        "population": trial.population,
        "comparator": trial.comparator,
        "design": trial.design,
        "design_words": trial.design_words,
        "blinding": trial.blinding,
        "blinding_words": trial.blinding_words,
        **bias,
    }


def arm_row(arm: Arm) -> dict[str, str]:
    """An arm as a row of `arms.csv`."""
    return {
        "trial": arm.trial,
        "arm": arm.id,
        "label": arm.label,
        "role": arm.role,
        "drug": arm.drug,
        "drug_words": arm.drug_words,
        "route": arm.route,
        "dose": arm.dose,
        "dose_unit": arm.dose_unit,
        "infusion_min": _cell(arm.infusion_min),
        "doses": _cell(arm.doses),
        "schedule": arm.schedule,
        "against": arm.against,
    }


def result_row(result: Result) -> dict[str, str]:
    """A result as a row of `results.csv`."""
    contrast = result.contrast
    return {
        "id": result.id,
        "trial": result.trial,
        "arm": result.arm,
        "outcome": result.outcome,
        "outcome_words": result.outcome_words,
        "scale": result.scale,
        "kind": result.kind,
        "better": outcomes()[result.outcome].better or (scales()[result.scale].better if result.scale else ""),
        "time_h": _cell(result.time_h),
        "time_from": result.time_from,
        "n": _cell(result.n),
        "n_basis": result.n_basis,
        "mean": _cell(result.mean),
        "sd": _cell(result.sd),
        "se": _cell(result.se),
        "events": _cell(result.events),
        "percent": _cell(result.percent),
        "events_basis": result.events_basis,
        "contrast": _cell(contrast.estimate if contrast else None),
        "contrast_measure": contrast.measure if contrast else "",
        "contrast_words": contrast.words if contrast else "",
        "contrast_se": _cell(contrast.standard_error if contrast else None),
        "contrast_low": _cell(contrast.low if contrast else None),
        "contrast_high": _cell(contrast.high if contrast else None),
        "p": result.p_words,
        "sample": result.sample,
        "overlaps": " ".join(result.overlaps),
        "independent_of": result.independent_of,
        "doubt": result.doubt,
        "note": result.note,
        "source": result.source,
        "status": result.status,
    }


def tables(data: DataSet) -> dict[str, list[dict[str, str]]]:
    """The three tables of a data set, each as rows."""
    return {
        "trials": [trial_row(trial) for trial in data.trials.values()],
        "arms": [arm_row(arm) for arm in data.arms.values()],
        "results": [result_row(result) for result in data.results],
    }


KEYS = {"trials": ("trial",), "arms": ("trial", "arm"), "results": ("id",)}
"""What tells the rows of a table apart."""


def rows_by_key(data: DataSet, table: str) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows of one table by what tells them apart."""
    return {tuple(row[part] for part in KEYS[table]): row for row in tables(data)[table]}


def blank_row(table: str) -> dict[str, str]:
    """An empty row of "trials", "arms" or "results", with every column."""
    return dict.fromkeys(tables(dataset())[table][0], "")


def write(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV text with a heading, every cell as it is; nothing without a row."""
    held = list(rows)
    if not held:
        return ""
    into = io.StringIO()
    writer = csv.DictWriter(into, fieldnames=list(held[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(held)
    return into.getvalue()


def to_csv(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV text for whoever opens it: no cell is one that a spreadsheet would run as a formula."""
    return write({name: harmless(str(value)) for name, value in row.items()} for row in rows)


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula: an apostrophe stands before one that begins like one. Numbers stay."""
    if not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _cell(value: float | None) -> str:
    """A number as it was written: without a needless zero, with every digit."""
    return "" if value is None else repr(value).removesuffix(".0")
