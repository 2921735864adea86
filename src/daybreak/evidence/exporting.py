"""Data and results for other programs: CSV, JSON, and RIS for a reference manager. Each states the data's version."""

import json
from collections.abc import Iterable
from typing import Any

from daybreak.evidence.certainty import judge
from daybreak.evidence.comparing import Difference
from daybreak.evidence.comparisons import Comparison
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.effects import shown
from daybreak.evidence.pictures import title_of
from daybreak.evidence.questions import Answer
from daybreak.evidence.rows import to_csv
from daybreak.evidence.trials import Result, Trial


def answer_as_dict(found: Answer) -> dict[str, Any]:
    """An answer as plain values: the question, every trial, the pooled result, the certainty, what is left out."""
    judgement, pooled = judge(found), found.pooled
    return {
        "question": title_of(found),
        "state": found.state.value,
        "sentence": found.sentence,
        "measure": found.measure.value,
        "below_no_effect_favours_active": found.favours_active_below,
        "trials": [_comparison_as_dict(comparison) for comparison in found.comparisons],
        "pooled": None
        if pooled is None
        else {
            "method": str(pooled.method),
            "prediction_convention": pooled.method.prediction.value,
            "k": pooled.k,
            **dict(zip(("estimate", "low", "high"), pooled.shown, strict=True)),
            "p": pooled.p,
            "prediction_low": _shown(found, pooled.prediction_low),
            "prediction_high": _shown(found, pooled.prediction_high),
            "weights_percent": list(pooled.weights),
            "q": pooled.heterogeneity.q,
            "i2_percent": pooled.heterogeneity.i2,
            "tau2": pooled.heterogeneity.tau2,
            "tau2_low": pooled.heterogeneity.tau2_low,
            "tau2_high": pooled.heterogeneity.tau2_high,
        },
        "rare_events_risk_difference": None
        if found.rare is None
        else dict(zip(("estimate", "low", "high"), found.rare.shown, strict=True)),
        "certainty": None
        if judgement is None
        else {
            "level": judgement.certainty.words,
            "domains": [
                {"domain": doubt.domain, "levels_down": doubt.levels, "reason": doubt.reason}
                for doubt in judgement.doubts
            ],
        },
        "cautions": list(found.cautions),
        "left_out": [{"trial": left.trial.label, "reason": left.reason} for left in found.left_out],
        "data_version": found.version,
    }


def _shown(found: Answer, value: float | None) -> float | None:
    return None if value is None else shown(found.measure, value)


def _comparison_as_dict(comparison: Comparison) -> dict[str, Any]:
    low, high = comparison.effect.interval()
    return {
        "trial": comparison.trial.label,
        "year": comparison.trial.year,
        "active": comparison.active,
        "control": comparison.control,
        "people": comparison.people,
        "time_h": comparison.time_h,
        "scale": comparison.scale,
        "estimate": comparison.effect.shown,
        "low": low,
        "high": high,
        "estimate_on_pooling_scale": comparison.effect.estimate,
        "standard_error": comparison.effect.standard_error,
        "from": comparison.effect.way,
        "rows": [row.id for row in comparison.rows],
        "sources": list(comparison.sources),
    }


def answer_as_json(found: Answer, since: Difference | None = None) -> str:
    """An answer as JSON, with every trial that differs from another version of the data where one is given."""
    held = {} if since is None else {"since": _difference_as_dict(since)}
    return json.dumps(answer_as_dict(found) | held, ensure_ascii=False, indent=2)


def _difference_as_dict(held: Difference) -> dict[str, Any]:
    pooled = held.before.pooled
    return {
        "data_version": held.before.version,
        "sentence": held.before.sentence,
        "pooled": None if pooled is None else dict(zip(("estimate", "low", "high"), pooled.shown, strict=True)),
        "trials_new": list(held.added),
        "trials_gone": list(held.removed),
        "trials_changed": list(held.changed),
        "shift_on_pooling_scale": held.shift,
    }


def answer_as_csv(found: Answer) -> str:
    """The trials of an answer as a table, one row each, the data's version in every row."""
    rows = [_comparison_as_dict(comparison) for comparison in found.comparisons]
    flat = ({**row, "rows": " ".join(row["rows"]), "sources": " ".join(row["sources"])} for row in rows)
    return _table({**row, "data_version": found.version} for row in flat)


def results_as_csv(data: DataSet, results: Iterable[Result] | None = None) -> str:
    """Rows of the data set, each with its trial's and arm's facts and the version."""
    return _table(_result_as_dict(data, result) for result in (data.results if results is None else results))


def _result_as_dict(data: DataSet, result: Result) -> dict[str, Any]:
    trial, arm = data.trials[result.trial], data.arms[result.trial, result.arm]
    contrast = result.contrast
    return {
        "id": result.id,
        "trial": trial.label,
        "doi": trial.doi,
        "pmid": trial.pmid,
        "indication": trial.indication,
        "population": trial.population,
        "design": trial.design.value,
        "blinding": trial.blinding,
        "arm": arm.label,
        "role": arm.role,
        "drug": arm.drug,
        "route": arm.route,
        "dose": arm.dose,
        "dose_unit": arm.dose_unit,
        "outcome": result.outcome,
        "outcome_words": result.outcome_words,
        "scale": result.scale,
        "kind": result.kind.value,
        "time_h": result.time_h,
        "n": result.n,
        "mean": result.mean,
        "sd": result.sd,
        "se": result.se,
        "events": result.events,
        "percent": result.percent,
        "contrast": contrast.estimate if contrast else None,
        "contrast_measure": contrast.measure.value if contrast else "",
        "contrast_low": contrast.low if contrast else None,
        "contrast_high": contrast.high if contrast else None,
        "sample": result.sample.value,
        "doubt": result.doubt,
        "note": result.note,
        "source": result.source,
        "status": result.status.value,
        "data_version": data.version,
    }


def _table(rows: Iterable[dict[str, Any]]) -> str:
    return to_csv({name: "" if value is None else value for name, value in row.items()} for row in rows)


def results_as_json(data: DataSet, results: Iterable[Result] | None = None) -> str:
    """Rows of the data set as JSON, as `results_as_csv`."""
    rows = [_result_as_dict(data, result) for result in (data.results if results is None else results)]
    return json.dumps({"data_version": data.version, "results": rows}, ensure_ascii=False, indent=2)


def trials_as_ris(trials: Iterable[Trial]) -> str:
    """Trials as RIS records. Identifiers nobody checked are left out; what a trial is called stands as its title."""
    return "".join(_ris(trial) for trial in trials)


def _ris(trial: Trial) -> str:
    title = f"{trial.label}: {trial.name}" if trial.name else trial.label
    fields = [
        ("TY", "JOUR"),
        ("TI", title),
        ("PY", str(trial.year) if trial.year else ""),
        ("DO", trial.doi),
        ("AN", f"PMID {trial.pmid}" if trial.pmid else ""),
        ("C1", trial.registry),
        ("KW", trial.indication),
        ("N1", "; ".join(filter(None, [trial.population, trial.design_words, trial.blinding_words]))),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", "", ""])
