"""From CSV text to trials, arms and results. A row that cannot be is refused with field and reason; the rest loads."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from math import isfinite, sqrt
from typing import TypeVar, get_args

from daybreak.evidence.trials import (
    Arm,
    Better,
    Contrast,
    Design,
    Kind,
    Measure,
    Result,
    RiskOfBias,
    Sample,
    Trial,
    evidence_indications,
    outcomes,
    scales,
)
from daybreak.treatment.sources import Status

Row = Mapping[str, str]
Named = TypeVar("Named", bound=StrEnum)
Read = TypeVar("Read")

_BLINDING = ("double", "single", "assessor", "open", "not_stated")
_ROUTES = (
    *("", "iv", "im", "sc", "nasal", "oral", "sublingual", "buccal", "rectal", "inhaled", "topical", "transdermal"),
    *("epidural", "intrathecal"),
)
_DOSE_UNITS = ("", "mg/kg", "mg", "ug", "ug/kg", "mg/h", "mg/kg/h", "mg/h/70kg", "%")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.ASCII | re.IGNORECASE)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DRUG = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_LABEL = 80
_LATEST_YEAR = 2100
_MOST_COUNTED = 1_000_000  # people, events, doses; ours: the largest trials here have some hundreds
_LONGEST_H = 438_300  # 50 years; ours: no trial followed people longer
_BIAS = tuple(part.name for part in fields(RiskOfBias))
_TRIAL_FIELDS = [
    *("trial", "label", "trial_name", "year", "doi", "pmid", "registry", "identifiers_recalled", "indication"),
    *("population", "comparator", "design", "design_words", "blinding", "blinding_words"),
    *(f"rob_{name}" for name in _BIAS),
]
_ARM_FIELDS = [
    *("trial", "arm", "label", "role", "drug", "drug_words", "route", "dose", "dose_unit", "infusion_min", "doses"),
    *("schedule", "against"),
]
_RESULT_FIELDS = [
    *("id", "trial", "arm", "outcome", "outcome_words", "scale", "kind", "better", "time_h", "time_from", "n"),
    *("n_basis", "mean", "sd", "se", "events", "percent", "events_basis", "contrast", "contrast_measure"),
    *("contrast_words", "contrast_se", "contrast_low", "contrast_high", "p", "sample", "overlaps", "independent_of"),
    *("doubt", "note", "source", "status"),
]


class RowProblem(ValueError):
    """Why one row is refused, and the field that is at fault."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: the file, its line (the heading is line 1), its id, the field and the reason."""

    file: str
    line: int
    id: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line} ({self.id}), {self.field}: {self.reason}"


def read_trials(content: str) -> tuple[list[Trial], list[Refused]]:
    """Every trial of a file laid out as `data/trials.csv`, and the rows refused.

    Raises ValueError when a column is missing: then no row can be read.
    """
    return _read("trials.csv", content, _TRIAL_FIELDS, ("trial",), _trial)


def read_arms(content: str, trials: Iterable[Trial]) -> tuple[list[Arm], list[Refused]]:
    """Every arm of these trials, from a file laid out as `data/arms.csv`. Raises ValueError as `read_trials`."""
    known = {trial.id for trial in trials}
    return _read("arms.csv", content, _ARM_FIELDS, ("trial", "arm"), lambda row, _: _arm(row, known))


def read_results(content: str, arms: Iterable[Arm]) -> tuple[list[Result], list[Refused]]:
    """Every result of these arms, from a file laid out as `data/results.csv`. Raises ValueError as `read_trials`."""
    known = {(arm.trial, arm.id) for arm in arms}
    return _read("results.csv", content, _RESULT_FIELDS, ("id",), lambda row, line: _result(row, line, known))


def _read(
    file: str, content: str, fields: list[str], key: tuple[str, ...], build: Callable[[Row, int], Read]
) -> tuple[list[Read], list[Refused]]:
    reader = csv.DictReader(io.StringIO(content))
    if missing := [name for name in fields if name not in (reader.fieldnames or ())]:
        raise ValueError(f"{file} lacks the column {missing[0]}. Its columns are {', '.join(fields)}.")
    taken: dict[tuple[str, ...], Read] = {}
    refused = []
    for row in reader:
        identity = tuple((row[name] or "").strip() for name in key)
        try:
            if None in row or None in row.values():
                raise RowProblem("row", "it has more or fewer cells than the heading")
            if not all(identity):
                raise RowProblem(key[-1], "it is empty")
            if identity in taken:
                raise RowProblem(key[-1], f"{' '.join(identity)} stands twice")
            told = {name: value.strip() for name, value in row.items()}
            _check_cells(told)
            taken[identity] = build(told, reader.line_num)
        except RowProblem as problem:
            refused.append(Refused(file, reader.line_num, " ".join(identity), problem.field, problem.reason))
    return list(taken.values()), refused


def _check_cells(row: Row) -> None:
    """No cell holds a control character, or one that turns the words after it round."""
    for field, cell in row.items():
        if _UNSEEN.search(cell):
            raise RowProblem(field, "it holds a control character, which cannot be seen")


def _trial(row: Row, _: int) -> Trial:
    year = _whole(row, "year", least=1900, most=_LATEST_YEAR)
    if len(row["label"]) > _LONGEST_LABEL:
        raise RowProblem("label", f"it has {len(row['label'])} letters, {_LONGEST_LABEL} at most")
    for field, pattern, looks in (("doi", r"10\.\d{4,9}/\S+", "10.1000/xyz123"), ("pmid", r"\d{1,9}", "12345678")):
        if row[field] and not re.fullmatch(pattern, row[field], re.ASCII):
            raise RowProblem(field, f"{row[field]!r} is none; one looks like {looks}")
    return Trial(
        id=row["trial"],
        label=row["label"] or row["trial"],
        name=row["trial_name"],
        year=year,
        doi=row["doi"],
        pmid=row["pmid"],
        registry=row["registry"],
        identifiers_recalled=row["identifiers_recalled"],
        indication=_known(row, "indication", evidence_indications()),
        population=row["population"],
        comparator=row["comparator"],
        design=_named(row, "design", Design),
        design_words=row["design_words"],
        blinding=_known(row, "blinding", _BLINDING),  # type: ignore[arg-type]  # one of the literal's words
        blinding_words=row["blinding_words"],
        risk_of_bias=RiskOfBias(**{name: row[f"rob_{name}"] for name in _BIAS}),
    )


def _arm(row: Row, trials: set[str]) -> Arm:
    if not _DRUG.fullmatch(row["drug"]):
        raise RowProblem("drug", f"{row['drug']!r} is no drug: small letters, digits and low lines, as usual_care")
    if row["against"] and row["against"] == row["arm"]:
        raise RowProblem("against", "an arm is not compared with itself")
    if row["dose"] and not re.match(r"\d|flexible", row["dose"], re.ASCII):
        raise RowProblem("dose", f"{row['dose']!r} is no dose: it begins with a number, or is flexible")
    return Arm(
        trial=_known(row, "trial", trials),
        id=row["arm"],
        label=row["label"] or row["arm"],
        role=_known(row, "role", ("active", "control")),  # type: ignore[arg-type]  # one of the literal's words
        against=row["against"],
        drug=row["drug"],
        drug_words=row["drug_words"],
        route=_known(row, "route", _ROUTES),
        dose=row["dose"],
        dose_unit=_known(row, "dose_unit", _DOSE_UNITS),
        infusion_min=_number(row, "infusion_min", least=0),
        doses=_whole(row, "doses", least=1),
        schedule=row["schedule"],
    )


def _result(row: Row, line: int, arms: set[tuple[str, str]]) -> Result:
    if (row["trial"], row["arm"]) not in arms:
        raise RowProblem("arm", f"the trial {row['trial']!r} has no arm {row['arm']!r}")
    outcome = outcomes()[_known(row, "outcome", outcomes())]
    kind = _named(row, "kind", Kind)
    if kind is not Kind.PEOPLE_ONLY and (kind is Kind.EVENTS) != (outcome.kind == "event"):
        raise RowProblem("kind", f"{kind} does not fit {outcome.name}, which is {_a(outcome.kind)}")
    if row["scale"]:
        _known(row, "scale", scales())
    elif outcome.kind == "score" and kind is not Kind.PEOPLE_ONLY:
        raise RowProblem("scale", "a score needs its scale")
    if not row["source"] and row["status"] == Status.SEEN:
        raise RowProblem("source", "a row that was seen names where")
    _check_direction(row, outcome.better)
    _check_p(row)
    _check_overlaps(row, {trial for trial, _ in arms})
    result = Result(
        id=row["id"],
        line=line,
        trial=row["trial"],
        arm=row["arm"],
        outcome=outcome.id,
        outcome_words=row["outcome_words"],
        scale=row["scale"],
        kind=kind,
        time_h=_number(row, "time_h", least=0, most=_LONGEST_H),
        time_from=row["time_from"],
        n=_whole(row, "n", least=1),
        n_basis=row["n_basis"],
        mean=_number(row, "mean"),
        sd=_number(row, "sd", above=0),
        se=_number(row, "se", above=0),
        events=_whole(row, "events", least=0),
        percent=_number(row, "percent", least=0, most=100),
        events_basis=row["events_basis"],
        contrast=_contrast(row),
        p_words=row["p"],
        sample=_named(row, "sample", Sample),
        overlaps=tuple(row["overlaps"].split()),
        independent_of=row["independent_of"],
        doubt=row["doubt"],
        note=row["note"],
        source=row["source"],
        status=_named(row, "status", Status),
    )
    _check_counts(result)
    _check_range(result)
    _check_spread(result)
    return result


def _contrast(row: Row) -> Contrast | None:
    estimate = _number(row, "contrast")
    if estimate is None:
        return None
    measure = _named(row, "contrast_measure", Measure)
    low, high = _number(row, "contrast_low"), _number(row, "contrast_high")
    if measure.is_ratio and min(number for number in (estimate, low, high) if number is not None) <= 0:
        raise RowProblem("contrast", f"a ratio is above zero, not {row['contrast']}")
    if low is not None and high is not None and low > high:
        raise RowProblem("contrast_low", f"the interval runs from {low:g} down to {high:g}")
    if (low is not None and estimate < low) or (high is not None and estimate > high):
        raise RowProblem("contrast", f"{estimate:g} lies outside its own interval")
    standard_error = _number(row, "contrast_se", above=0)
    if standard_error and low is not None and high is not None and not measure.is_ratio:
        reached = (high - low) / 2 / standard_error
        if not _REACHES[0] <= reached <= _REACHES[1]:
            reason = (
                f"the interval reaches {reached:.2f} standard errors of {row['contrast_se']} to each side, not about 2"
            )
            raise RowProblem("contrast_se", reason)
    exact = re.fullmatch(r"0?\.\d+|[01]", row["p"])
    return Contrast(
        measure=measure,
        estimate=estimate,
        words=row["contrast_words"],
        standard_error=standard_error,
        low=low,
        high=high,
        p=float(row["p"]) if exact else None,
    )


_REACHES = (1.6, 3.2)  # from a 90 % interval of many people to a 95 % one of five; ours


def _check_p(row: Row) -> None:
    """A p is none above one, whatever words stand around it."""
    found = re.match(r"[<>=\s]*(\d*\.?\d+)", row["p"], re.ASCII)
    if found and float(found[1]) > 1:
        raise RowProblem("p", f"{row['p']!r} is no p: it lies between 0 and 1")


def _check_overlaps(row: Row, trials: set[str]) -> None:
    """Shared people are looked for by the trial's id: one nobody knows would let them count twice."""
    for name in row["overlaps"].split():
        if name == row["trial"] or name not in trials:
            raise RowProblem("overlaps", f"{name!r} is no other trial here; give ids with spaces between")


def _check_direction(row: Row, of_event: Better | None) -> None:
    """The direction a row claims is the one its scale or event has."""
    stated = row["better"]
    if stated and stated not in get_args(Better):
        raise RowProblem("better", f"{stated!r} is none of {', '.join(get_args(Better))}")
    known = of_event or (scales()[row["scale"]].better if row["scale"] else None)
    if stated and known and stated != known:
        raise RowProblem("better", f"{stated!r} contradicts {row['scale'] or row['outcome']}, where {known} is better")


def _check_counts(result: Result) -> None:
    if result.events is None or result.n is None:
        return
    if result.events > result.n:
        raise RowProblem("events", f"{result.events} events in {result.n} people")
    percent = 100 * result.events / result.n
    if result.percent is not None and abs(percent - result.percent) > _PERCENT_APART:
        raise RowProblem("percent", f"{result.percent:g} % is not {result.events} of {result.n} ({percent:.1f} %)")


_PERCENT_APART = 1.5  # a source may round, and may have meant one person more or less missing; ours


def _check_range(result: Result) -> None:
    """A mean lies on its scale, a change is no larger than it."""
    if result.mean is None or not result.scale:
        return
    scale = scales()[result.scale]
    low, high = scale.low, scale.high
    if result.kind is Kind.CHANGE:
        if low is not None and high is not None and abs(result.mean) > high - low:
            raise RowProblem("mean", f"a change of {result.mean:g} is larger than {scale.name} ({low:g} to {high:g})")
    elif (low is not None and result.mean < low) or (high is not None and result.mean > high):
        raise RowProblem("mean", f"{result.mean:g} is not on {scale.name} ({low:g} to {'?' if high is None else high})")


def _check_spread(result: Result) -> None:
    """A standard deviation fits on its scale: at most half of what the values span, a change spanning it twice.

    Popoviciu (1935) for all people; of a sample, with n - 1 below, the square root of n / (n - 1) times as much.
    """
    if not result.scale or not result.n or result.n < 2:
        return
    scale = scales()[result.scale]
    if scale.low is None or scale.high is None:
        return
    span = (scale.high - scale.low) * (2 if result.kind is Kind.CHANGE else 1)
    most = span / 2 * sqrt(result.n / (result.n - 1))
    for field, sd in (("sd", result.sd), ("se", result.se and result.se * sqrt(result.n))):
        if sd is not None and sd > most:
            reason = f"a standard deviation of {sd:g} is larger than {scale.name} ({scale.low:g} to {scale.high:g})"
            raise RowProblem(field, f"{reason} allows, {most:.1f}")


def _known(row: Row, field: str, known: Iterable[str]) -> str:
    if row[field] not in known:
        raise RowProblem(field, f"{row[field]!r} is not known here")
    return row[field]


def _named(row: Row, field: str, kind: type[Named]) -> Named:
    try:
        return kind(row[field])
    except ValueError:
        raise RowProblem(field, f"{row[field]!r} is none of {', '.join(kind)}") from None


def _number(
    row: Row, field: str, *, least: float | None = None, above: float | None = None, most: float | None = None
) -> float | None:
    if not row[field]:
        return None
    try:
        if not _NUMBER.fullmatch(row[field]):
            raise ValueError
        number = float(row[field])
    except ValueError:
        raise RowProblem(field, f"{row[field]!r} is no number") from None
    if not isfinite(number):
        raise RowProblem(field, f"{row[field]!r} is no finite number")
    if least is not None and number < least:
        raise RowProblem(field, f"{row[field]} is below {least:g}")
    if above is not None and number <= above:
        raise RowProblem(field, f"{row[field]} is not above {above:g}")
    if most is not None and number > most:
        raise RowProblem(field, f"{row[field]} is above {most:,}")
    return number


def _whole(row: Row, field: str, *, least: int, most: int = _MOST_COUNTED) -> int | None:
    number = _number(row, field, least=least, most=most)
    if number is not None and number != int(number):
        raise RowProblem(field, f"{row[field]} is no whole number")
    return None if number is None else int(number)


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
