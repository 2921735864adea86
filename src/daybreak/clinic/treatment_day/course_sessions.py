"""The sessions of a course: those the plan still asks for, and those that were held or left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from daybreak.clinic.planning.queries import PlannedSession, planned_sessions, signed_plan
from daybreak.clinic.record.models import Course
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import doses_of, with_doses
from daybreak.clinic.treatment_day.state import SessionState


@dataclass(frozen=True, slots=True)
class CourseSession:
    """A session of the plan beside the one that was held, if it was."""

    number: int
    planned: PlannedSession | None
    session: Session | None
    state: SessionState | None

    @property
    def is_open(self) -> bool:
        return self.state is not None and self.state.left is None

    @property
    def left_without_a_dose(self) -> bool:
        return self.session is not None and not self.session.holds_number


@dataclass(frozen=True, slots=True)
class CourseNumbers:
    """The sessions of a course by number: those of the plan in force, which were held or go on, and which were left
    before any dose."""

    planned: Mapping[int, PlannedSession]
    held: frozenset[int]
    left: frozenset[int]

    @property
    def all(self) -> list[int]:
        return sorted(self.held | self.left | self.planned.keys())

    @property
    def next(self) -> int | None:
        """The first that was not held."""
        return min(self.planned.keys() - self.held, default=None)


def numbers_of(course: Course) -> CourseNumbers:
    """Which sessions a course has, planned and held. Two queries."""
    plan = signed_plan(course)
    planned = {session.number: session for session in planned_sessions(plan)} if plan else {}
    opened = list(course.sessions.values_list("number", "holds_number"))
    held, left = (frozenset(number for number, holds in opened if holds is wanted) for wanted in (True, False))
    return CourseNumbers(planned, held, left)


def rows_of(course: Course, of: CourseNumbers, numbers: Sequence[int]) -> tuple[CourseSession, ...]:
    """These sessions of a course, in this order; of one number first what was left before any dose. Two queries
    whatever their number."""
    now = timezone.localtime()
    rows = with_doses(course.sessions.filter(number__in=numbers).select_related("course__patient__site", "chair"))
    opened: dict[int, list[Session | None]] = {}
    for session in rows.order_by("holds_number", "opened_at"):
        opened.setdefault(session.number, []).append(session)
    for number in of.planned.keys() - of.held:
        opened.setdefault(number, []).append(None)  # still to come
    return tuple(
        CourseSession(
            number=number,
            planned=of.planned.get(number),
            session=session,
            state=doses_of(session, now) if session else None,
        )
        for number in numbers
        for session in opened.get(number, [])
    )
