"""Who is owed a session: they left before any dose, and it is still to be held. One rule, for a course and for many."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import planned_sessions
from daybreak.clinic.record.models import Course, Stage
from daybreak.clinic.treatment_day.models import Session


def owed(plan: Plan | None, sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Those of a course that goes on: the plan in force has their number, and nobody held it or opened it again. Of one
    number the last, in order of number.
    """
    if plan is None:
        return ()
    opened = sorted(sessions, key=lambda each: each.opened_at)
    numbers = {each.number for each in planned_sessions(plan)} - {each.number for each in opened if each.holds_number}
    left = {each.number: each for each in opened if each.number in numbers}
    return tuple(left[number] for number in sorted(left))


def owed_in(courses: Collection[UUID]) -> set[UUID]:
    """The sessions owed in these courses, whoever's they are. Two queries for all of them; none for none."""
    if not courses:
        return set()
    in_force = Plan.objects.filter(course=OuterRef("course"), signature__isnull=False).order_by("-version")
    ended = Course.objects.with_stage().filter(stage=Stage.ENDED, pk=OuterRef("course"))
    of: dict[UUID, list[Session]] = {}
    going_on = Session.objects.filter(~Exists(ended), course__in=courses)
    for session in going_on.annotate(in_force=Subquery(in_force.values("pk")[:1])):
        of.setdefault(session.in_force, []).append(session)
    plans = Plan.objects.in_bulk(each for each in of if each)
    return {session.pk for plan, sessions in of.items() for session in owed(plans.get(plan), sessions)}
