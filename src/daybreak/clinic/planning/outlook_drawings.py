"""The pictures and the words of an outlook: pressure and dissociation on the day, the score over the course."""

from collections.abc import Iterator
from dataclasses import dataclass

from daybreak import charts
from daybreak.charts.marks import Mark
from daybreak.clinic.planning.outlook import Outlook, Pressure
from daybreak.pharmacology.response.course import RESPONSE, Chance, Course, Probability, ScoreBand, weeks_studied
from daybreak.pharmacology.safety.day import Crossing, Day, Measure
from daybreak.treatment.limits import Level, Limits
from daybreak.treatment.vitals import Vital

_HOURS_PER_DAY = 24
_HOURS_PER_WEEK = 7 * _HOURS_PER_DAY
_WEEKS = 12
_HIGHEST_SHARE = 125.0  # per cent of the score before the first dose
_MOMENTS = {"24 hours": "24 hours after the first dose", "12 weeks": "12 weeks"}
_INDUCTION = "end of induction"
_SHOWN = {Measure.SYSTOLIC: "systolic", Measure.DIASTOLIC: "diastolic"}


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """The chances at one time in words; `remission` is empty where no score before the first dose is known."""

    when: str
    response: str
    remission: str


def of_hundred(chance: Probability) -> str:
    """For example `38 of 100 (21 to 57)`: the chance and the interval in which it may lie."""
    return f"{_count(chance.value)} of 100 ({_count(chance.lower)} to {_count(chance.upper)})"


def _count(share: float) -> str:
    """A share as a number of 100 people. A chance above none is never shown as none, nor one below certain as all."""
    if 0 < share < 0.005:
        return "fewer than 1"
    if 0.995 <= share < 1:
        return "more than 99"
    return f"{100 * share:.0f}"


def chance_rows(outlook: Outlook) -> tuple[ChanceRow, ...]:
    """The chance of response and of remission at each time."""
    if outlook.course is None:
        return ()
    return tuple(
        ChanceRow(
            when=_when(name, chance),
            response=of_hundred(chance.response),
            remission=of_hundred(chance.remission) if outlook.madrs is not None else "",
        )
        for name, chance in outlook.course.chances.items()
    )


def _when(name: str, chance: Chance) -> str:
    """The moment in words: the day of the end of induction, and what no trial measured."""
    if name == _INDUCTION:
        return f"End of induction, {days_words(chance)} after the first dose"
    is_measured = chance.time_h <= weeks_studied() * _HOURS_PER_WEEK
    return _MOMENTS[name] if is_measured else f"{_MOMENTS[name]}, carried forward: no trial measured so late"


def days_words(chance: Chance) -> str:
    """How many days after the first dose a chance is of: `26 days`."""
    days = round(chance.time_h / _HOURS_PER_DAY)
    return f"{days} day{'s' if days != 1 else ''}"


def crossing_words(day: Day) -> tuple[str, ...]:
    """The chance of reaching each limit, with a dose and without, and when the last reading beyond it is over."""
    return tuple(map(_crossing, day.crossings))


def _crossing(crossing: Crossing) -> str:
    limit = f"{_SHOWN[crossing.limit.measure]} {crossing.limit.value:g} mmHg"
    if crossing.clear_by_h is None:  # none of those drawn is not none
        return f"Fewer than 1 of 100 reach {limit}."
    undosed = _count(crossing.undosed) if crossing.undosed else "fewer than 1"
    return (
        f"{_count(crossing.chance).capitalize()} of 100 reach {limit}; of those, 9 of 10 are below it again "
        f"{_length(crossing.clear_by_h)} after the dose began. Without a dose {undosed} of 100 reach it."
    )


def _length(hours: float) -> str:
    minutes = round(hours * 60)
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest} min" if whole and rest else f"{whole} h" if whole else f"{rest} min"


def pressure(day: Day, before: Pressure, limits: Limits) -> charts.Chart:
    """Bands of both pressures over the treatment day, with the limits in force and the value before."""
    peak = int(day.systolic.median.argmax())
    until_h = float(day.times_h[-1])
    return charts.Chart(
        title="Expected blood pressure on the treatment day",
        description=(
            f"From {before.systolic:g}/{before.diastolic:g} mmHg before the dose. The systolic median is highest, "
            f"{day.systolic.median[peak]:.0f} mmHg, {_length(float(day.times_h[peak]))} after the dose began. "
            f"{' '.join(crossing_words(day))}"
        ),
        x=charts.Axis(name="Hours", low=0, high=until_h, unit="h"),
        y=charts.Axis(name="Pressure, mmHg", low=40, high=max(190, float(day.systolic.upper.max()))),
        marks=(
            charts.Band(day.times_h, day.systolic.lower, day.systolic.upper, "Systolic, 90 of 100 people"),
            charts.Line(day.times_h, day.systolic.median, "Systolic, median", label="", tone="accent"),
            charts.Band(day.times_h, day.diastolic.lower, day.diastolic.upper, "Diastolic, 90 of 100 people"),
            charts.Line(day.times_h, day.diastolic.median, "Diastolic, median", label="", tone="accent", thin=True),
            *_drawn(limits),
            charts.Limit(before.systolic, f"Before {before.systolic:g}", "base"),
        ),
        width=520,
        height=280,
    )


def _drawn(limits: Limits) -> Iterator[Mark]:
    for limit in limits.of(Vital.SYSTOLIC):
        if limit.comparison.is_high and limit.level in (Level.AMBER, Level.RED):
            kind = "amber" if limit.level is Level.AMBER else "red"
            yield charts.Limit(limit.value, f"{kind.capitalize()} {limit.value:g}", kind)


def dissociation(day: Day) -> charts.Chart:
    """Band and median of the dissociation score over the treatment day."""
    peak = int(day.dissociation.upper.argmax())
    return charts.Chart(
        title="Expected dissociation on the treatment day",
        description=(
            f"The CADSS score, 0 to 92. At {_length(float(day.times_h[peak]))} half of the virtual people are above "
            f"{day.dissociation.median[peak]:.0f} and 5 of 100 above {day.dissociation.upper[peak]:.0f}."
        ),
        x=charts.Axis(name="Hours", low=0, high=float(day.times_h[-1]), unit="h"),
        y=charts.Axis(name="Dissociation, CADSS 0 to 92", low=0, high=max(30, float(day.dissociation.upper.max()))),
        marks=(
            charts.Band(day.times_h, day.dissociation.lower, day.dissociation.upper, "90 of 100 people"),
            charts.Line(day.times_h, day.dissociation.median, "Median", label="", tone="accent"),
        ),
        width=520,
        height=240,
    )


def symptoms(outlook: Outlook, course: Course) -> charts.Chart:
    """The score over twelve weeks: in points where the score before the first dose is known, else in per cent of it."""
    in_points = outlook.madrs is not None
    unit = 1.0 if in_points else 100 / course.baseline
    start, weeks = course.baseline * unit, course.times_h / _HOURS_PER_WEEK
    score, alone = _scaled(course.score, unit), course.without_drug.median * unit
    sessions = [dose.time_h / _HOURS_PER_WEEK for dose in outlook.proposal.regimen.doses]
    shown = [week for week in sessions if week <= _WEEKS]
    goals = [charts.Limit(start * (1 - RESPONSE), "Response", "goal")]
    if in_points:
        goals.append(charts.Limit(course.remission_at, "Remission", "goal"))
    name = "MADRS, 0 to 60" if in_points else "MADRS, % of the score before the first dose"
    studied = weeks_studied()
    return charts.Chart(
        title="Expected depression score over twelve weeks",
        description=_said(outlook, course, unit),
        x=charts.Axis(name="Weeks", low=0, high=_WEEKS, unit="weeks"),
        y=charts.Axis(name=name, low=0, high=60 if in_points else _HIGHEST_SHARE),
        marks=(
            charts.Shade(studied, _WEEKS, f"No trial measured beyond week {studied:g}"),
            charts.Band(weeks, score.lower, score.upper, "90 of 100 people"),
            charts.Line(weeks, score.median, "Median", label="", tone="accent"),
            charts.Line(
                weeks, alone, "Same visits without the drug, median", label="No drug", dash="broken", thin=True
            ),
            *goals,
            charts.Sessions(shown, [True] * len(shown)),
        ),
        width=1080,
        height=330,
        foot=f"Half suns: the {len(shown)} session{'s' if len(shown) != 1 else ''} of the plan. "
        "Broken line: the same visits without the drug.",
    )


def _said(outlook: Outlook, course: Course, unit: float) -> str:
    ends = {"at 24 hours": 24.0, "at 4 weeks": 28 * 24.0, "at 12 weeks": 84 * 24.0}
    word = " points" if outlook.madrs is not None else " %"
    parts = []
    for when, hour in ends.items():
        at = int(abs(course.times_h - hour).argmin())
        low, middle, high = (
            float(edge[at]) * unit for edge in (course.score.lower, course.score.median, course.score.upper)
        )
        parts.append(f"{middle:.0f}{word} {when} ({low:.0f} to {high:.0f})")
    of = "" if outlook.madrs is not None else ", of the score before the first dose"
    return f"The median{of} and, in brackets, the range of 90 of 100 people, the band: {', '.join(parts)}."


def _scaled(band: ScoreBand, unit: float) -> ScoreBand:
    return ScoreBand(median=band.median * unit, lower=band.lower * unit, upper=band.upper * unit)
