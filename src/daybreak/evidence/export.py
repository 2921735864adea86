"""Data and answers for other programs: CSV for a table, JSON for a program, RIS for a reference manager."""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any

from daybreak.evidence.certainty import judge
from daybreak.evidence.comparisons import Comparison
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.effects import shown
from daybreak.evidence.pictures import title_of
from daybreak.evidence.questions import Answer
from daybreak.evidence.rows import tables, to_csv
from daybreak.evidence.trials import Trial


def answer_as_csv(answer: Answer) -> str:
    """A line for each trial of an answer, then one for what is pooled. Ratios as ratios."""
    rows = [{**_comparison(answer, comparison), "weight_percent": weight} for comparison, weight in _weighed(answer)]
    if answer.pooled:
        estimate, low, high = answer.pooled.shown
        blank = dict.fromkeys(rows[0], "")
        of_it = {"trial": "pooled", "label": str(answer.pooled.method), "people": answer.people, "data": answer.version}
        rows.append({**blank, **of_it, "measure": answer.measure, "estimate": estimate, "low": low, "high": high})
    return to_csv([{name: "" if cell is None else cell for name, cell in row.items()} for row in rows])


def answer_as_json(answer: Answer) -> str:
    """An answer with its question, method, data version, certainty and what was left out."""
    question = answer.question
    judged = judge(answer)
    told: dict[str, Any] = {
        "title": title_of(answer),
        "data_version": answer.version,
        "question": {
            "indication": question.indication,
            "outcome": question.outcome,
            "drug": question.drug,
            "route": question.route,
            "comparator": question.comparator,
            "time": question.time,
            "given": question.given,
            "dose": question.dose,
            "with_recalled": question.with_recalled,
        },
        "state": answer.state,
        "sentence": answer.sentence,
        "measure": answer.measure,
        "trials": [{**_comparison(answer, each), "weight_percent": weight} for each, weight in _weighed(answer)],
        "pooled": _pooled(answer),
        "certainty": judged
        and {
            "level": judged.certainty.words,
            "reasons": [{"domain": d.domain, "levels": d.levels, "reason": d.reason} for d in judged.doubts],
        },
        "left_out": [{"trial": each.trial.id, "reason": each.reason} for each in answer.left_out],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def data_as_json(data: DataSet) -> str:
    """The whole data set with its version, each table as rows."""
    return json.dumps({"data_version": data.version, **tables(data)}, indent=1, ensure_ascii=False)


def as_ris(trials: Iterable[Trial], version: str) -> str:
    """Trials as RIS references: what identifies each, nothing that was not recorded."""
    return "".join(_reference(trial, version) for trial in trials)


def _reference(trial: Trial, version: str) -> str:
    lines = [("TY", "JOUR"), ("ID", trial.id), ("TI", trial.name or trial.label)]
    lines += [("PY", str(trial.year))] if trial.year else []
    lines += [("DO", trial.doi)] if trial.doi else []
    lines += [("AN", trial.pmid)] if trial.pmid else []
    lines += [("DB", "PubMed")] if trial.pmid else []
    lines += [("N1", f"Registered as {trial.registry}")] if trial.registry else []
    lines += [("N1", f"Not checked: {trial.identifiers_recalled}")] if trial.identifiers_recalled else []
    lines += [("N1", f"Daybreak, trial data {version}"), ("ER", "")]
    return "".join(f"{tag}  - {' '.join(text.split())}\r\n" for tag, text in lines) + "\r\n"


def _weighed(answer: Answer) -> list[tuple[Comparison, float | None]]:
    weights = answer.pooled.weights if answer.pooled else (None,) * len(answer.comparisons)
    return list(zip(answer.comparisons, weights, strict=True))


def _comparison(answer: Answer, comparison: Comparison) -> dict[str, Any]:
    low, high = comparison.effect.interval()
    return {
        "trial": comparison.trial.id,
        "label": comparison.trial.label,
        "people": comparison.people,
        "active": comparison.active,
        "control": comparison.control,
        "time_h": comparison.time_h,
        "scale": comparison.scale,
        "measure": answer.measure,
        "estimate": comparison.effect.shown,
        "low": low,
        "high": high,
        "standard_error": comparison.effect.standard_error,
        "way": comparison.effect.way,
        "rows": " ".join(row.id for row in comparison.rows),
        "sources": " ; ".join(comparison.sources),
        "data": answer.version,
    }


def _pooled(answer: Answer) -> dict[str, Any] | None:
    pooled = answer.pooled
    if pooled is None:
        return None
    estimate, low, high = pooled.shown
    predicted = [
        None if end is None else shown(pooled.measure, end) for end in (pooled.prediction_low, pooled.prediction_high)
    ]
    found = pooled.heterogeneity
    return {
        "method": str(pooled.method),
        "trials": pooled.k,
        "people": answer.people,
        "estimate": estimate,
        "low": low,
        "high": high,
        "p": pooled.p,
        "prediction": {"convention": pooled.method.prediction, "low": predicted[0], "high": predicted[1]},
        "tau2": found.tau2,
        "tau2_interval": [end if isfinite(end) else None for end in (found.tau2_low, found.tau2_high)],
        "i2_percent": found.i2,
    }
