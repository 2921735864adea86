"""What was held of a course before a plan begins: a change leaves it as it was, and the label counts it.

The treatment days are a later room, so the course is asked.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from daybreak.clinic.record.models import Course
from daybreak.treatment.dose_quantities import DayGiven
from daybreak.treatment.regimen import sessions
from daybreak.treatment.regimen_language import parse

# What the treatment day calls a dose that began and one that had not begun after all.
_TAKEN_BACK = "dose not given"
_BEGUN = ("dose started", _TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class HeldBefore:
    """What was held of a course: how many sessions, the number and the day of the last."""

    count: int
    last_number: int
    last_day: date


def held_before(course: Course) -> HeldBefore | None:
    """What a change of the plan leaves as it was; None before the first session. One query.

    A session that was left before any dose was not held.
    """
    rows = list(course.sessions.filter(holds_number=True).order_by("number").values_list("number", "opened_at"))
    if not rows:
        return None
    return HeldBefore(len(rows), rows[-1][0], max(timezone.localdate(at) for _, at in rows))


def given_before(course: Course, first_day: date, first_number: int) -> tuple[DayGiven, ...]:
    """The sessions below a number in which a dose was begun, as days before `first_day`; one that was taken back, or
    in which nothing was begun, is none. One query."""
    rows = course.sessions.filter(number__lt=first_number, events__kind__in=_BEGUN).values_list(
        "number", "events__occurred_at", "events__kind", "plan__regimen_text", "plan__first_number"
    )
    begun: dict[int, list[DayGiven]] = {}
    for number, at, kind, text, counted_from in rows.order_by("events__occurred_at", "events__recorded_at"):
        days = begun.setdefault(number, [])
        if kind == _TAKEN_BACK:
            del days[-1:]
            continue
        first = sessions(parse(text))[number - counted_from].doses[0]
        days.append(DayGiven((timezone.localdate(at) - first_day).days, first.drug, first.route))
    return tuple(days[0] for days in begun.values() if days)
