"""Reads of follow-up."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from daybreak.clinic.followup import schedule
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.followup.owed import owed
from daybreak.clinic.followup.schedule import Asked
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_sessions, signed_plan
from daybreak.clinic.record.models import Course, Flag, FlagEvent, PatientFact, Stage
from daybreak.clinic.record.queries import death
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries import next_appointment
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import DoseGiven, Held, doses_given, held
from daybreak.treatment.follow_up import REGULAR
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import Instrument, instrument
from daybreak.treatment.response import History, Point, ResponseStatus, baseline, history, status


def measures(course: Course) -> QuerySet[Measure]:
    """The measures of a course that were not corrected, in the order they were answered."""
    return (
        Measure.objects.filter(course=course, corrected_by__isnull=True)
        .select_related("recorded_by", "session")
        .order_by("completed_at", "recorded_at")
    )


def replaced_baseline(
    course: Course, instrument_id: str, completed_at: datetime
) -> tuple[DoseGiven, Point | None] | None:
    """The first dose and the baseline so far, if a total answered then would be the baseline from now on."""
    doses = doses_given(course)
    if not doses or completed_at > doses[0].started_at:
        return None
    found = measures(course).filter(instrument=instrument_id, total__isnull=False)
    start = baseline([Point(each.completed_at, each.total) for each in found], doses[0].started_at)
    return None if start is not None and completed_at < start.at else (doses[0], start)


def totals_before(measure: Measure) -> list[float]:
    """The totals of the same instrument before this one, in order of time, from the baseline on."""
    earlier = measures(measure.course).filter(
        instrument=measure.instrument, total__isnull=False, completed_at__lt=measure.completed_at
    )
    points = [Point(each.completed_at, each.total) for each in earlier if each.pk != measure.corrects_id]
    doses = doses_given(measure.course)
    start = baseline(points, doses[0].started_at) if doses else None
    return [float(point.score) for point in points if start is None or point.at >= start.at]


@dataclass(frozen=True, slots=True)
class CourseFlags:
    """The flags of a course: those nobody closed, the earliest deadline first, and the others, the newest first."""

    open: tuple[Flag, ...]
    closed: tuple[Flag, ...]


def flags(course: Course) -> CourseFlags:
    """Every flag of a course with its answers; each has `acknowledged`. Two queries."""
    answers = Prefetch("events", FlagEvent.objects.select_related("recorded_by").order_by("recorded_at"))
    found: dict[bool, list[Flag]] = {True: [], False: []}
    for flag in course.flags.select_related("patient", "owner").prefetch_related(answers):
        said = {event.kind for event in flag.events.all()}
        flag.acknowledged = any(event.acknowledges for event in flag.events.all())
        found[FlagEvent.Kind.CLOSED in said].append(flag)
    return CourseFlags(
        open=tuple(sorted(found[False], key=lambda flag: (flag.due_at, flag.pk))),
        closed=tuple(sorted(found[True], key=lambda flag: flag.recorded_at, reverse=True)),
    )


@dataclass(frozen=True)
class Curve:
    """One instrument of a course over time, against its baseline."""

    instrument: Instrument
    measures: tuple[Measure, ...]
    baseline: Point | None

    @property
    def latest(self) -> Measure | None:
        """The newest measure that has a total."""
        return next((each for each in reversed(self.measures) if each.total is not None), None)

    @property
    def without_total(self) -> tuple[Measure, ...]:
        """Those answered with too few questions for a total: no score, and yet not missing."""
        return tuple(each for each in self.measures if each.total is None)

    @cached_property
    def status(self) -> ResponseStatus:
        """The latest total against the baseline, by the instrument's own rules."""
        after = self.latest if self.latest and not self.is_baseline(self.latest) else None
        return status(self.instrument, self._baseline_total, after.total if after else None)

    def is_baseline(self, measure: Measure) -> bool:
        """Whether nothing was measured since: held against itself, it would read as no response."""
        return self.baseline is not None and measure.completed_at <= self.baseline.at

    @cached_property
    def history(self) -> History:
        """The states passed through after the baseline."""
        after = (
            Point(each.completed_at, each.total)
            for each in self.measures
            if each.total is not None and (self.baseline is None or each.completed_at > self.baseline.at)
        )
        return history(self.instrument, self._baseline_total, after)

    @property
    def change(self) -> str:
        """Points from baseline to now with their sign; empty where one of them is missing."""
        points = self.status.change_points
        return "" if points is None else _signed(points)

    @property
    def change_percent(self) -> str:
        """The same as a part of the baseline; empty where there is none or it is zero."""
        points, before = self.status.change_points, self.status.baseline
        return "" if points is None or not before else f"{_signed(100 * points / before, decimals=0)} %"

    @property
    def _baseline_total(self) -> float | None:
        return float(self.baseline.score) if self.baseline else None


def _signed(value: float, decimals: int = 1) -> str:
    """A figure with a true minus sign and without needless zeros."""
    rounded = round(value, decimals)
    return f"{rounded:+g}".replace("-", "−") if rounded else "0"


@dataclass(frozen=True)
class FollowUp:
    """All that was asked, answered, given and planned in a course, at one moment."""

    course: Course
    now: datetime
    measures: tuple[Measure, ...]
    held: Held
    asked: tuple[Asked, ...]
    plan: Plan | None  # the one in force
    planned: tuple[PlannedSession, ...]  # still to come; of who died none, as nothing is booked or owed
    died: PatientFact | None

    @property
    def doses(self) -> tuple[DoseGiven, ...]:
        return self.held.doses

    @cached_property
    def primary(self) -> Curve | None:
        """The curve of the indication's own instrument; None where none with a free licence measures it."""
        identifier = indication(self.course.indication).instrument
        return self.curve(identifier) if identifier else None

    @cached_property
    def others(self) -> tuple[Curve, ...]:
        """The curves of every other instrument that has a measure."""
        own = self.primary.instrument.id if self.primary else None
        names = dict.fromkeys(each.instrument for each in self.measures)
        return tuple(self.curve(name) for name in names if name != own)

    def curve(self, instrument_id: str) -> Curve:
        found = tuple(each for each in self.measures if each.instrument == instrument_id)
        points = [Point(each.completed_at, each.total) for each in found if each.total is not None]
        start = baseline(points, self.doses[0].started_at) if self.doses else None
        return Curve(instrument(instrument_id), found, start)

    def age_days(self, measure: Measure) -> int:
        """How many days ago it was answered, by the calendar."""
        return (self.now.date() - timezone.localdate(measure.completed_at)).days

    def no_answer_since(self, curve: Curve) -> bool:
        """Whether the newest answer speaks for an earlier time: its week is over, or its instrument was asked again."""
        if not curve.measures:
            return False
        answered_at = curve.measures[-1].completed_at
        own = [each.question for each in self.asked if each.question.instrument_id == curve.instrument.id]
        return any(
            question.opens_at > answered_at
            or (question.occasion == REGULAR and question.holds(answered_at) and question.closes_at <= self.now)
            for question in own
        )

    @property
    def review_is_late(self) -> bool:
        """Whether the plan in force was to be looked at again before today."""
        return self.plan is not None and self.plan.review_on is not None and self.plan.review_on < self.now.date()

    @property
    def sessions_given(self) -> dict[int, datetime]:
        """The number of each session in which a dose was given, and when its first dose was."""
        return {dose.session.number: dose.started_at for dose in reversed(self.doses)}

    @property
    def given_mg(self) -> dict[str, float]:
        """How much was given in all by drug and route, as "ketamine iv": what was given two ways is no sum."""
        amounts: dict[str, float] = {}
        for dose in self.doses:
            way = f"{dose.drug} {dose.route}"
            amounts[way] = amounts.get(way, 0.0) + dose.mg
        return amounts

    @cached_property
    def appointment(self) -> Appointment | None:
        """The next that is booked and stands. One query, for the pages that ask."""
        return None if self.died else next_appointment(self.course, self.now, self.held.sessions)

    @property
    def next_session(self) -> PlannedSession | None:
        """The one that is booked next; without an appointment, the next of the plan by its calendar."""
        if self.appointment is not None and self.plan is not None:
            booked = self.appointment.number
            return next((each for each in planned_sessions(self.plan) if each.number == booked), None)
        return self.planned[0] if self.planned else None

    @cached_property
    def owed(self) -> tuple[Session, ...]:
        """The sessions left before any dose that are still to be held."""
        return () if self.died or self.course.stage == Stage.ENDED else owed(self.plan, self.held.sessions)

    @property
    def due(self) -> tuple[Asked, ...]:
        return schedule.due(self.asked)

    @property
    def answered(self) -> int:
        return sum(each.measure is not None for each in self.asked)

    @property
    def settled(self) -> int:
        """How many questions were answered or can be answered no more."""
        return sum(not each.due for each in self.asked)

    @property
    def regular_missing(self) -> int:
        """How many regular questions of the primary instrument were not answered."""
        own = self.primary.instrument.id if self.primary else None
        return sum(
            each.missing and each.question.occasion == REGULAR and each.question.instrument_id == own
            for each in self.asked
        )


def follow_up(course: Course, now: datetime | None = None) -> FollowUp:
    """A course (with its stage) as it stands. Five queries."""
    now, died = timezone.localtime(now), death(course.patient)
    found, treated, plan = tuple(measures(course)), held(course, now), signed_plan(course)
    doses = treated.doses
    given_today = any(timezone.localtime(dose.started_at).date() == now.date() for dose in doses)
    return FollowUp(
        course=course,
        now=now,
        measures=found,
        held=treated,
        asked=schedule.asked(course, found, doses, now, died=died),
        died=died,
        plan=plan,
        planned=tuple(
            each
            for each in (planned_sessions(plan) if plan and died is None else ())
            if each.number not in treated.settled
            and (each.day > now.date() or (each.day == now.date() and not given_today))
        ),
    )
