"""What calls to act on the person who is to get the next dose: a newest value beyond red, or one that was struck out
with none measured since, and a red mark nobody closed.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery, UUIDField
from django.utils import timezone

from daybreak.clinic.record.models import Flag, OpenFlag
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.times import clock, clock_today
from daybreak.clinic.treatment_day.models import Reading as StoredReading
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.rechecks import recheck_here
from daybreak.clinic.treatment_day.state import SessionState, known_limits
from daybreak.treatment.checks import CALLS_TO_ACT_CHECK, Answer
from daybreak.treatment.limits import SHORT_NAMES, Limit, Mark, assess
from daybreak.treatment.vitals import Reading


class RedMark(NamedTuple):
    """A crossed limit that calls to act and that nobody closed."""

    person: UUID
    session: UUID
    number: int
    rule: str
    title: str
    measured_at: datetime
    recorded_at: datetime
    opened_at: datetime
    left_at: datetime | None

    @property
    def of_session(self) -> str:
        """Which session, as a sentence says it: two of one number may have been opened, one left before any dose."""
        opened = timezone.localtime(self.opened_at)
        return f"session {self.number} of {opened.day} {opened:%b}"

    @property
    def where(self) -> str:
        """The same with when the person left it."""
        left = f", left {clock(self.left_at, timezone.localdate(self.opened_at))}" if self.left_at else ""
        return f"{self.of_session}{left}"

    @property
    def known(self) -> "Known":
        return Known(self.measured_at, self.recorded_at)


class Known(NamedTuple):
    """Since when something is so, and since when it is on record."""

    at: datetime
    recorded_at: datetime


# A mark of another session of this person that was measured within this time stands against the dose too. Ours.
LATELY = timedelta(hours=24)
# The kind of a crossed limit, as `queries` names it; that asks this module.
_LIMIT_CROSSED = "limit_crossed"


def _marks(people: Collection[UUID]) -> QuerySet[OpenFlag, Any]:
    reading = StoredReading.objects.filter(pk=OuterRef("flag__subject"))
    left = SessionEvent.objects.filter(
        session=OuterRef("of"), kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True
    ).order_by("-occurred_at")
    waiting = OpenFlag.objects.filter(patient__in=people, flag__kind=_LIMIT_CROSSED, flag__level=Flag.Level.ACT)
    told = waiting.annotate(
        of=Subquery(reading.values("session")[:1], output_field=UUIDField()),
        number=Subquery(reading.values("session__number")[:1]),
        measured_at=Subquery(reading.values("measured_at")[:1], output_field=DateTimeField()),
        told_at=Subquery(reading.values("recorded_at")[:1], output_field=DateTimeField()),
        opened_at=Subquery(reading.values("session__opened_at")[:1], output_field=DateTimeField()),
        left_at=Subquery(left.values("occurred_at")[:1], output_field=DateTimeField()),
    )
    return told.order_by("flag__recorded_at").values_list(
        "patient", "of", "number", "flag__rule", "flag__title", "measured_at", "told_at", "opened_at", "left_at"
    )


# What every entry before a dose asks of the person.
RED_MARKS = Prepared(lambda person: _marks([person]))


def red_marks_of(people: Collection[UUID]) -> list[RedMark]:
    """Every open mark of these people that calls to act. One query."""
    return [RedMark(*each) for each in _marks(people)]


def calls_to_act(session: Session, state: SessionState, marks: Iterable[RedMark]) -> dict[str, Answer]:
    """The check of what calls to act now; none where nothing does and no reason was written. What the newest value
    crosses of the gate is left to the gate.
    """
    limits, waiting = known_limits(session.own), waiting_marks(session, state, marks)
    values, struck_out = _values_in_red(state), _struck_out_since(state)
    if not values and not waiting and not struck_out:
        return {CALLS_TO_ACT_CHECK: Answer(False, state.now)} if CALLS_TO_ACT_CHECK in state.reasons else {}
    open_still = [each for each in waiting if not any(_says(mark.limit, limits[each.rule]) for mark in values)]
    said = [
        *(f"{mark.headline}." for mark in values),
        *(_said(each, session) for each in open_still),
        *map(_not_measured_since, struck_out),
    ]
    since = [
        *map(_known, struck_out),
        *(_since(mark, state, waiting, limits) for mark in values),
        *(each.known for each in open_still),
    ]
    at, recorded_at = (max(times) for times in zip(*since, strict=True))
    return {CALLS_TO_ACT_CHECK: Answer(True, at, " ".join(said), recorded_at=recorded_at)}


def waiting_marks(session: Session, state: SessionState, marks: Iterable[RedMark]) -> list[RedMark]:
    """Those of these open marks that stand against the next dose: of now, left by the gate, and where they are of
    another session, not measured again in this one. Such a flag stays open for whoever has to end it.
    """
    limits = known_limits(session.own)
    of_now = (each for each in marks if each.rule in limits and _is_of_now(each, session, state.now))
    asked_here = (each for each in of_now if not _gate_asks(state, limits[each.rule]))
    return [each for each in asked_here if each.session == session.pk or not _rechecked_here(each, state, limits)]


def marks_elsewhere(session: Session, state: SessionState) -> tuple[RedMark, ...]:
    """Of each other session with a mark that stands against the next dose its first, for the way there. One query where
    something calls to act; else none.
    """
    if CALLS_TO_ACT_CHECK not in state.recorded:
        return ()
    marks = waiting_marks(session, state, red_marks_of([session.course.patient_id]))
    return tuple({each.session: each for each in reversed(marks) if each.session != session.pk}.values())


def _rechecked_here(mark: RedMark, state: SessionState, limits: Mapping[str, Limit]) -> bool:
    return recheck_here(limits[mark.rule], mark.measured_at, state) is not None


def _is_of_now(mark: RedMark, session: Session, now: datetime) -> bool:
    """Of this session, or of another one and lately: a mark of last week nobody rechecked says nothing of today."""
    return mark.measured_at <= now and (mark.session == session.pk or mark.measured_at > now - LATELY)


def _said(mark: RedMark, session: Session) -> str:
    words = f"{mark.title}, at {clock_today(mark.measured_at)}."
    if mark.session == session.pk:
        return f"Mark still open: {words}"
    return f"Mark still open in {mark.where}: {words}"


def _values_in_red(state: SessionState) -> list[Mark]:
    """The newest values beyond red, the gravest first; a clinic's own looser number marks later and clears no dose."""
    found = (assess(reading, state.strictest_limits) for reading in state.latest.values())
    red = (mark for mark in found if mark and mark.level.calls_to_act and not _gate_asks(state, mark.limit))
    return sorted(red, key=lambda mark: -mark.level.rank)


def _struck_out_since(state: SessionState) -> list[Reading]:
    """Values beyond red that somebody called not true, the newest of each vital sign, where none was measured since:
    an older one says nothing of now.
    """
    measured = {reading.vital: reading.at for reading in state.readings}
    red = {
        struck.vital: struck
        for struck in state.struck_out
        if (mark := assess(struck, state.strictest_limits)) and mark.level.calls_to_act
    }
    return [each for each in red.values() if each.vital not in measured or measured[each.vital] < each.at]


def _not_measured_since(struck: Reading) -> str:
    named = f"{SHORT_NAMES[struck.vital]} {struck.value:g} at {clock_today(struck.at)}"
    return f"{named} was marked as not true and nothing was measured since. Measure again."


def _gate_asks(state: SessionState, limit: Limit) -> bool:
    newest = state.latest.get(limit.vital)
    gates = (each for each in state.gate.of(limit.vital) if each.comparison.is_high is limit.comparison.is_high)
    return newest is not None and any(each.crossed_by(newest.value) for each in gates)


def _since(mark: Mark, state: SessionState, waiting: Iterable[RedMark], limits: Mapping[str, Limit]) -> Known:
    """Since when it is known. A monitor measures each minute: what an open mark says already is no news."""
    if mark.reading in state.typed:
        return _known(mark.reading)
    said = (each.known for each in waiting if _says(limits[each.rule], mark.limit))
    return max(said, default=_known(mark.reading))


def _known(reading: Reading) -> Known:
    return Known(reading.at, reading.recorded_at or reading.at)


def _says(limit: Limit, crossed: Limit) -> bool:
    """Whether the mark of one limit says that the other is crossed."""
    is_same_side = limit.vital is crossed.vital and limit.comparison.is_high is crossed.comparison.is_high
    return is_same_side and limit.level.rank >= crossed.level.rank
