"""How soon, how long: effect against time since the first dose, by drug and route, beside oral antidepressants."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import count, groupby, product
from math import sqrt
from string import ascii_lowercase
from typing import Literal

from daybreak.charts import Axis, Band, Chart, Label, Line, Points
from daybreak.charts.marks import Tone
from daybreak.evidence.data import text
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.distributions import critical_value
from daybreak.evidence.effects import EffectMeasure, standardised
from daybreak.evidence.questions import Question, State, answer
from daybreak.evidence.times import WINDOWS
from daybreak.evidence.trials import evidence_indications, outcomes
from daybreak.treatment.sources import Status

HOURS_PER_WEEK = 168.0
_FROM_H, _TO_H = 1.7, 14 * HOURS_PER_WEEK
_DAYS = ((2.0, "2 h"), (4.0, "4 h"), (24.0, "1 day"), (72.0, "3 days"))
_TICKS = (*_DAYS, *((weeks * HOURS_PER_WEEK, f"{weeks} wk") for weeks in (1, 2, 4, 8, 12)))
_TICKS_NARROW = tuple(tick for tick in _TICKS if tick[1] in ("2 h", "1 day", "1 wk", "4 wk", "12 wk"))
_TABLETS = "Tablets"  # oral antidepressants, in the words of the picture
_APART = 1.07  # trials at the same time stand apart by this factor
_SIDES = (0, 1, -1, 2, -2)  # how often, in the order in which they are taken
_WINDOWS = ("2h", "4h", "day", "3d", "1wk", "2wk", "4wk", "8wk", "12wk")
LINES = (
    ("ketamine", "iv", "once", "Ketamine iv once"),
    ("ketamine", "iv", "repeated", "Ketamine iv repeated"),
    ("esketamine", "nasal", "any", "Esketamine nasal"),
    ("esketamine", "iv", "any", "Esketamine iv"),
    ("ketamine", "nasal", "any", "Ketamine nasal"),
    ("ketamine", "oral", "any", "Ketamine oral"),
    ("ketamine", "sc", "any", "Ketamine sc"),
)
_PAIN = ("fibromyalgia", "neuropathic_pain", "complex_regional_pain_syndrome", "chronic_pain", "cancer_pain")
_OUTCOMES = {
    **{name: name for name in ("ptsd", "ocd", "suicidal_ideation")},
    **dict.fromkeys(("social_anxiety", "generalised_anxiety"), "anxiety"),
    **dict.fromkeys(("cocaine_use_disorder", "opioid_use_disorder"), "craving"),
    **dict.fromkeys((*_PAIN, "phantom_limb_pain"), "pain"),
    "alcohol_use_disorder": "abstinent_days",
}


class How(StrEnum):
    """What a point is."""

    POOLED = "pooled"
    ONE_TRIAL = "one trial"
    WITHIN = "within one trial"  # a course: the same people at several times
    BETWEEN = "between trials"  # other trials at other weeks: looks like a course and is none


@dataclass(frozen=True, slots=True)
class OnsetPoint:
    """Hedges' g at one time, below zero favours the drug; `line` is the drug and route it belongs to."""

    line: str
    time_h: float
    g: float
    low: float
    high: float
    how: How
    study: str
    people: int | None


@dataclass(frozen=True, slots=True)
class Onset:
    """Every point of one indication, the lines that have none, and the version of the data."""

    indication: str
    outcome: str
    points: tuple[OnsetPoint, ...]
    without: tuple[str, ...]
    version: str


def main_outcome(indication: str) -> str:
    """The score by which an indication is followed over time: of depression, where it has none of its own."""
    return _OUTCOMES.get(indication, "depression")


def onset(data: DataSet, indication: str) -> Onset:
    """The course of effect for an indication against any blinded control, on its main score.

    Tablets stand beside it where that is depression and something was found to stand beside.
    """
    outcome = main_outcome(indication)
    points, without = [], []
    for line in LINES:
        found = [point for window in _WINDOWS for point in _points(data, indication, outcome, line, window)]
        points += found
        if not found:
            without.append(line[-1])
    if points and outcome == "depression":
        points += antidepressants()
    return Onset(indication, outcome, tuple(points), tuple(without), data.version)


def _points(
    data: DataSet, indication: str, outcome: str, of: tuple[str, str, str, str], window: str
) -> Iterator[OnsetPoint]:
    drug, route, given, name = of
    question = Question(
        indication=indication,
        outcome=outcome,
        drug=drug,
        route=route,
        given=given,
        time=window,
        measure=EffectMeasure.HEDGES_G,
    )
    found = answer(data, question)
    turn = 1 if found.favours_active_below else -1  # of a score that is better when higher

    def turned(g: float, low: float, high: float) -> tuple[float, float, float]:
        return turn * g, min(turn * low, turn * high), max(turn * low, turn * high)

    if found.state is State.POOLED and found.pooled is not None:
        g, low, high = turned(*found.pooled.shown)
        label = f"{found.pooled.k} trials"
        yield OnsetPoint(name, WINDOWS[window].meant_h, g, low, high, How.POOLED, label, found.people)
        return
    for comparison in found.comparisons:
        g, low, high = turned(comparison.effect.shown, *comparison.effect.interval())
        time_h = comparison.time_h or WINDOWS[window].meant_h
        yield OnsetPoint(name, time_h, g, low, high, How.ONE_TRIAL, comparison.trial.label, comparison.people)


@cache
def antidepressants() -> tuple[OnsetPoint, ...]:
    """Oral antidepressants against placebo by week: courses within one trial, and trials that differ between weeks."""
    rows = [row for row in csv.DictReader(text("antidepressants.csv").splitlines()) if row["status"] == Status.SEEN]
    standardised_already = {(row["study"], row["week"]) for row in rows if row["measure"].startswith("SMD")}
    rows = [
        row
        for row in rows
        if row["measure"].startswith("SMD") or (row["study"], row["week"]) not in standardised_already
    ]
    points = [point for row in rows if (point := _antidepressant(row)) is not None]
    return tuple(sorted(points, key=lambda point: (point.how, point.study, point.time_h)))


def _antidepressant(row: dict[str, str]) -> OnsetPoint | None:
    """A row as a point, where it is a standardised difference or can be made one."""
    if row["course"] not in (How.WITHIN, How.BETWEEN) or not row["se"] or not row["week"]:
        return None
    n, control_n = (int(row[name]) if row[name] else None for name in ("n_active", "n_control"))
    value, error = float(row["value"]), float(row["se"])
    if row["measure"].startswith("SMD"):
        g = value
    elif row["measure"].startswith("mean difference") and n and control_n:
        made = standardised(value / (error / sqrt(1 / n + 1 / control_n)), n, control_n)
        g, error = made.estimate, made.standard_error
    else:
        return None
    reach = critical_value(0.95) * error
    people = n + control_n if n and control_n else None
    study = row["study"].split(" (")[0]
    name = _TABLETS if row["course"] == How.WITHIN else f"{_TABLETS}, other trials at each week"
    return OnsetPoint(
        name, HOURS_PER_WEEK * float(row["week"]), g, g - reach, g + reach, How(row["course"]), study, people
    )


def onset_names(found: Onset) -> tuple[str, ...]:
    """The names in the picture: a line that is pooled, and every single trial that is one course."""
    names = []
    for line, points in _by_line(found.points):
        if any(point.how is How.POOLED for point in points):
            names.append(line)
        names += [_name(point) for point in points if point.how not in (How.POOLED, How.BETWEEN)]
    return tuple(dict.fromkeys(names))


def onset_chart(found: Onset, *, narrow: bool = False) -> Chart:
    """One picture: time on a log axis from two hours to twelve weeks, Hedges' g upwards.

    A `narrow` one fits a phone: letters stand for the names, in the order of `onset_names`.
    """
    names = {name: letter if narrow else name for letter, name in zip(letters(), onset_names(found), strict=False)}
    beside = _beside(found.points)
    marks: list[Band | Line | Points | Label] = []
    for place, (name, of_line) in enumerate(_by_line(found.points)):
        marks += _marks(name, of_line, names, beside, accent=place == 0)
    indication = evidence_indications()[found.indication].name
    outcome = outcomes()[found.outcome].name
    without = f" No trial with numbers: {', '.join(found.without)}." if found.without else ""
    tablets = any(point.line.startswith(_TABLETS) for point in found.points)
    foot = "Hollow: one trial."
    if tablets:
        foot += " Triangles: tablets, none before one week; nameless where the trials differ by week."
    return Chart(
        title=f"{indication}: effect against time since the first dose",
        description=(
            f"{outcome}: Hedges' g against control on a log axis of time; below zero favours the drug.{without} "
            "Different trials and different people: the lines were never set against each other in one trial. "
            "Trials at the same time stand a little apart. "
            f"Data {found.version}."
        ),
        x=Axis(
            name="Time since the first dose",
            low=_FROM_H,
            high=_TO_H,
            scale="log",
            ticks=_TICKS_NARROW if narrow else _TICKS,
        ),
        y=Axis(name="Hedges' g, lower is better" if narrow else f"{outcome}: Hedges' g, lower is better"),
        marks=(
            *(mark for mark in reversed(marks) if not isinstance(mark, Label)),  # what counts most lies on top
            *(mark for mark in marks if isinstance(mark, Label)),  # and has the first choice of a place
        ),
        width=340 if narrow else 1080,
        height=400 if narrow else 480,
        foot="" if narrow else foot,
        empty="No trial with numbers.",
    )


def letters() -> Iterator[str]:
    """a to z, then aa and so on: what stands for a name where there is no room."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _by_line(points: Sequence[OnsetPoint]) -> list[tuple[str, list[OnsetPoint]]]:
    """The points of each line in order of time."""
    names = dict.fromkeys(point.line for point in points)
    return [(name, sorted((p for p in points if p.line == name), key=lambda p: p.time_h)) for name in names]


def _name(point: OnsetPoint) -> str:
    """What a single trial is called in the picture."""
    return f"{point.line}, {point.study}"


def _beside(points: Sequence[OnsetPoint]) -> dict[str, float]:
    """For each single trial the factor that sets it beside whatever stands at the same time; 1 is the time itself."""
    taken = {(0, round(point.time_h)) for point in points if point.how is How.POOLED}
    factors = {}
    single = sorted((p for p in points if p.how is not How.POOLED), key=lambda p: (p.line, p.study))
    for key, of_trial in groupby(single, key=_name):
        times = [round(point.time_h) for point in of_trial]
        side = min(_SIDES, key=lambda side: sum((side, time) in taken for time in times))
        taken |= {(side, time) for time in times}
        factors[key] = _APART**side
    return factors


def _marks(
    name: str, points: list[OnsetPoint], names: Mapping[str, str], beside: Mapping[str, float], *, accent: bool
) -> Iterator[Band | Line | Points | Label]:
    """A line and band through what is pooled; every single trial by itself, its own times joined thinly."""
    tone: Tone = "accent" if accent else "ink"
    pooled = [point for point in points if point.how is How.POOLED]
    if pooled:
        x = [point.time_h for point in pooled]
        yield Band(x, [p.low for p in pooled], [p.high for p in pooled], f"{name}, 95 % interval", tone=tone)
        if len(pooled) > 1:
            yield Line(x, [p.g for p in pooled], name, label="", tone=tone)
        yield Points(x, [p.g for p in pooled], f"{name}, pooled", shape="square", tone=tone)
        for point in pooled:
            ends = [point.low, point.high]
            yield Line([point.time_h] * 2, ends, f"{name}, pooled, 95 % interval", label="", thin=True, tone=tone)
        yield Label(x[-1], pooled[-1].g, names[name], look="accent" if accent else "strong", place="near")
    single = sorted((p for p in points if p.how is not How.POOLED), key=lambda p: (p.study, p.time_h))
    for _, of_study in groupby(single, key=lambda point: point.study):
        of_trial = list(of_study)
        yield from _one_study(name, of_trial, names, apart=beside[_name(of_trial[0])], accent=accent)


def _one_study(
    name: str, points: list[OnsetPoint], names: Mapping[str, str], *, apart: float, accent: bool
) -> Iterator[Line | Points | Label]:
    """One trial: its points with their intervals; a line joins them only where they are one course."""
    x, y = [p.time_h * apart for p in points], [p.g for p in points]
    between, oral = points[0].how is How.BETWEEN, name.startswith(_TABLETS)
    tone: Tone = "accent" if accent else "ink"
    label = _name(points[0])
    if len(points) > 1 and not between:
        yield Line(x, y, label, label="", dash="broken" if oral else "solid", thin=True, tone=tone)
    for at, point in zip(x, points, strict=True):
        ends = f"{label}, 95 % interval"
        yield Line([at, at], [point.low, point.high], ends, label="", thin=True, tone=tone)
    shape: Literal["triangle", "round"] = "triangle" if oral else "round"
    yield Points(x, y, label, shape=shape, hollow=True, tone=tone)
    if not between:
        # Named where there is most room: tablets at their first week, a trial of a drug at its last point.
        end = 0 if oral else -1
        yield Label(x[end], y[end], names[label], look="accent" if accent else "strong", place="near")
