"""The two pictures of a plan: its calendar and the predicted concentration of its first dose."""

from datetime import date, timedelta

from daybreak import charts
from daybreak.clinic.planning.expectation import Expectation
from daybreak.clinic.planning.proposal import FARTHEST_AHEAD, Proposal
from daybreak.pharmacology.models import Analyte
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.regimen import MINUTES_PER_HOUR

_ANALYTE_WORDS = {Analyte.KETAMINE: "S + R", Analyte.S_KETAMINE: "S-ketamine"}


def calendar(proposal: Proposal, review_on: date | None) -> charts.Calendar:
    """The sessions of a proposal in their weeks, Monday first, and the day of review."""
    sessions = proposal.sessions
    monday = proposal.first_day - timedelta(days=proposal.first_day.weekday())
    drawn = review_on and 0 <= (review_on - proposal.first_day).days <= FARTHEST_AHEAD.days
    reviews = [charts.Review(review_on, "Review")] if review_on and drawn else []
    first, last = said_day(sessions[0].day), said_day(sessions[-1].day)
    return charts.Calendar(
        title="Calendar of the plan",
        description=(
            f"One session, on {first}." if len(sessions) == 1 else f"{len(sessions)} sessions from {first} to {last}."
        ),
        start=monday,
        sessions=tuple(charts.CalendarSession(session.day) for session in sessions),
        reviews=tuple(reviews),
        dose=_range_in_mg(proposal),
        note="No sessions planned.",
    )


def doses_in_mg(proposal: Proposal) -> str:
    """The milligrams of a session in a few words: `36 mg each`, `56, then 84 mg`; empty where unknown."""
    amounts = _amounts_mg(proposal)
    each = " each" if len(amounts) == 1 and len(proposal.sessions) > 1 else ""
    return f"{', then '.join(map(as_measured, amounts))} mg{each}" if amounts else ""


def _range_in_mg(proposal: Proposal) -> str:
    amounts = _amounts_mg(proposal)
    return f"{' to '.join(dict.fromkeys(map(as_measured, (min(amounts), max(amounts)))))} mg" if amounts else ""


def _amounts_mg(proposal: Proposal) -> list[float]:
    """The different doses of a session in the order they come; none while a weight is missing."""
    amounts = dict.fromkeys(session.dose_mg for session in proposal.sessions)
    return [] if None in amounts else [amount for amount in amounts if amount is not None]


def concentration(expected: Expectation) -> charts.Chart:
    """The band and the median of the first dose, with the infusion on the time line."""
    curve, times_h = expected.curve, expected.band.times_h
    at_h, highest = expected.highest
    until_h = float(times_h[-1])
    beside = round(0.5 * len(times_h))  # where the fall of the band leaves room for its name, a little above it
    above = float(curve.upper[beside] + 0.08 * curve.upper.max())
    infusion = _infusion(expected)
    return charts.Chart(
        title=f"Predicted {expected.analyte} concentration, first dose",
        description=summary(expected),
        x=charts.Axis(name="Hours", low=0, high=until_h, unit="h"),
        y=charts.Axis(name=f"ng/mL {expected.band.matrix}, {_ANALYTE_WORDS[expected.analyte]}", low=0),
        marks=(
            charts.Band(times_h, curve.lower, curve.upper, f"Band of {expected.of_hundred} of 100 virtual people"),
            charts.Line(times_h, curve.median, "Median", label="", tone="accent"),
            *infusion,
            charts.Label(at_h + 0.06 * until_h, highest, _peak(expected), "strong", "right"),
            charts.Label(float(times_h[beside]), above, _band(expected), "accent", "right"),
        ),
        width=520,
        height=270,
        foot=f"Infusion {expected.dose.duration_min:g} min" if infusion else "",
    )


def summary(expected: Expectation) -> str:
    """What the picture shows, in two sentences."""
    peak = expected.curve.cmax_ng_per_ml
    return (
        f"{_peak(expected)}, in ng/mL. {expected.of_hundred} of 100 virtual people peak "
        f"between {peak.lower:.0f} and {peak.upper:.0f}."
    )


def _peak(expected: Expectation) -> str:
    at_h, highest = expected.highest
    minutes = at_h * MINUTES_PER_HOUR
    when = f"{minutes:.0f} min" if at_h <= 3 else f"{at_h:.0f} h"
    return f"Median {highest:.0f} at {when}"


def _band(expected: Expectation) -> str:
    return f"{expected.of_hundred} of 100 virtual people"


def _infusion(expected: Expectation) -> tuple[charts.Stretch, ...]:
    end_h = expected.dose.duration_h
    return (charts.Stretch(0.0, end_h, "Infusion"),) if end_h else ()
