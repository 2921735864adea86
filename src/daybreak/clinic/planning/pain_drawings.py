"""The picture of pain over the course of a plan."""

from daybreak import charts
from daybreak.clinic.planning.proposal import Proposal
from daybreak.pharmacology.response.pain import HIGHEST_PAIN, WEEKS_OF_PAIN, PainCourse

_HOURS_PER_WEEK = 7 * 24
_WEEKS = 12


def pain(proposal: Proposal, course: PainCourse) -> charts.Chart:
    """Pain over twelve weeks, with the drug and with placebo."""
    weeks, shown = course.times_h / _HOURS_PER_WEEK, course.pain
    followed = WEEKS_OF_PAIN[proposal.indication_id]
    sessions = [dose.time_h / _HOURS_PER_WEEK for dose in proposal.regimen.doses]
    sessions = [week for week in sessions if week <= _WEEKS]
    return charts.Chart(
        title="Expected pain over twelve weeks",
        description=_said(course),
        x=charts.Axis(name="Weeks", low=0, high=_WEEKS, unit="weeks"),
        y=charts.Axis(name="Pain, 0 to 10", low=0, high=HIGHEST_PAIN),
        marks=(
            charts.Shade(followed, _WEEKS, f"No controlled number on file beyond week {followed:g}"),
            charts.Band(weeks, shown.lower, shown.upper, "90 of 100 people"),
            charts.Line(weeks, shown.median, "Median", label="", tone="accent"),
            charts.Line(weeks, course.mean_with_placebo, "With placebo, mean", label="", dash="broken", thin=True),
            charts.Limit(course.baseline, f"Before {course.baseline:g}", "base"),
            charts.Sessions(sessions, [True] * len(sessions)),
        ),
        width=1080,
        height=330,
        foot=f"Half suns: the {len(sessions)} session{'s' if len(sessions) != 1 else ''} of the plan. "
        "Broken line: with placebo.",
    )


def _said(course: PainCourse) -> str:
    ends = {"one day after the first dose began": 24.0, "at 1 week": 168.0, "at 4 weeks": 672.0, "at 12 weeks": 2016.0}
    parts = []
    for when, hour in ends.items():
        at = int(abs(course.times_h - hour).argmin())
        low, middle, high = (float(edge[at]) for edge in (course.pain.lower, course.pain.median, course.pain.upper))
        parts.append(f"{middle:.0f} {when} ({low:.0f} to {high:.0f}; with placebo {course.mean_with_placebo[at]:.0f})")
    words = ", ".join(parts)
    return f"From {course.baseline:g} before. The median and, in brackets, the range of 90 of 100 people: {words}."
