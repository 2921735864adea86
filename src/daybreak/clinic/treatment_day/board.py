"""The board: every chair of a site with who sits there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.utils import timezone

from daybreak.clinic.record.models import Flag, FlagEvent, OpenFlag, Site
from daybreak.clinic.record.queries import deaths, died, open_flags
from daybreak.clinic.record.services import ALWAYS_SHOWN
from daybreak.clinic.treatment_day.chair_queries import Booked, booked_today
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import Chair, Reading, Session
from daybreak.clinic.treatment_day.queries import LIMIT_CROSSED
from daybreak.clinic.treatment_day.rechecks import comes_first, first_recheck, recheck_at
from daybreak.clinic.treatment_day.seats import Version, seats_of, versions_of_today
from daybreak.clinic.treatment_day.state import SessionState, known_limits
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.findings import State
from daybreak.treatment.limits import SHORT_NAMES, Mark
from daybreak.treatment.looser_limits import published_words
from daybreak.treatment.vitals import Vital

FLAGS_SHOWN = 8
HOURS_SHOWN = 9
_HOUR = 100  # units of a lane
_WITHOUT_A_COLUMN = (Vital.HEART_RATE, Vital.RESPIRATORY_RATE, Vital.ALERTNESS, Vital.DISSOCIATION)
_ANSWERS = FlagEvent.objects.filter(flag=OuterRef("pk")).order_by("-recorded_at", "-pk")


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a chair's day, in units of the lane. `look` is a class of the stylesheet."""

    look: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class ChairRow:
    """One chair, and who sits in it."""

    chair: Chair
    session: Session | None
    state: SessionState | None
    treatment: str
    minute: int | None
    doing: str
    pressure: str
    before: str
    pressure_mark: Mark | None
    oxygen: str
    oxygen_mark: Mark | None
    bars: tuple[Bar, ...]
    oxygen_at: datetime | None = None  # where other values are newer, as after one that was not true
    recheck: datetime | None = None  # of what crossed a limit, where it comes before the next check
    others: tuple[Mark, ...] = ()  # what the newest values of those that have no column cross
    unanswered: "tuple[Crossed, ...]" = ()  # the marks without an answer, the gravest first
    beyond: tuple[str, ...] = ()  # which published limits its values cross where the clinic's own are looser
    booked: Booked | None = None  # for whom it is booked next
    died: str = ""  # that who sits there is recorded as dead

    @property
    def next_check_at(self) -> datetime | None:
        """When somebody measures next: what the session page counts to."""
        check = self.state.next_check if self.state else None
        return self.recheck or (check.at if check else None)

    @property
    def overdue_min(self) -> int:
        """For how many whole minutes that is overdue; below 0 while it is not."""
        at = self.next_check_at
        return int((self.state.now - at) // timedelta(minutes=1)) if self.state and at else -1


class Waits(NamedTuple):
    """An open flag with today's session of its course, if there is one, and when the person left: it is to be answered
    still. `said`: what was done about a crossed limit, as it was answered last."""

    flag: Flag
    session: Session | None
    left_at: datetime | None
    said: str


@dataclass(frozen=True, slots=True)
class Board:
    """A site's day.

    `hours` are those the lanes show; `now_x` is where now lies on them.
    """

    now: datetime
    token: str
    rows: tuple[ChairRow, ...]
    without_chair: tuple[Session, ...]
    flags: tuple[Waits, ...]
    flag_count: int
    hours: range
    now_x: float
    in_treatment: int

    @property
    def now_percent(self) -> float:
        """Where now lies on the lanes, in percent of their length."""
        return self.now_x / HOURS_SHOWN * 100 / _HOUR

    @property
    def flags_more(self) -> int:
        """How many open flags are not among those shown."""
        return self.flag_count - len(self.flags)


class _Waiting(NamedTuple):
    """An open flag: what it takes to tell whether the board shows it, and whether somebody answered it since."""

    flag: UUID
    level: str
    kind: str
    answers: int


class Crossed(NamedTuple):
    """A limit that was crossed, by the title and the time of its open flag."""

    rule: str
    answered_at: datetime | None
    level: str
    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What an open board compares: each session with its version, each open flag with its answers, and the minute."""

    at: datetime
    versions: Mapping[UUID, Version]
    waiting: Sequence[_Waiting]

    @property
    def token(self) -> str:
        flags = crc32(repr([(each.flag.hex, each.answers) for each in self.waiting]).encode())
        changes = sum(version.changed for version in self.versions.values())
        return f"{len(self.versions)}.{changes}.{flags}.{int(self.at.timestamp()) // 60}"


def seen(site: Site, now: datetime | None = None) -> Seen:
    """What a board would show now, as far as it must be known to tell whether that changed. Three queries."""
    at = timezone.localtime(now)
    return Seen(at, versions_of_today(site, at), _waiting(site))


def _waiting(site: Site) -> list[_Waiting]:
    """Every open flag of a site, by due time. One query."""
    answered = OpenFlag.objects.filter(site=site).annotate(answers=Count("flag__events"))
    told = answered.order_by("flag__due_at", "pk").values_list("pk", "flag__level", "flag__kind", "answers")
    return [_Waiting(*each) for each in told]


def now(site: Site, at: datetime | None = None) -> Board:
    """The board at this time."""
    return shown(site, seen(site, at))


def shown(site: Site, what: Seen) -> Board:
    """The board of what was seen.

    Eight queries whatever the number of chairs, four where nothing was recorded since, five where monitors went on;
    one more where a crossed limit is open.
    """
    at, waiting = what.at, what.waiting
    seats = seats_of(site, what.versions, at)
    sessions = [seat.session for seat in seats]
    states, booked = {seat.session.pk: seat.state for seat in seats}, booked_today(site, at)
    first_hour = _first_hour(sessions, at)
    zero = at.replace(hour=first_hour, minute=0, second=0, microsecond=0)
    # The newest session of a course today, before it one that goes on.
    of_course = {session.course_id: session for session in sorted(sessions, key=lambda each: not states[each.pk].left)}
    crossed = _crossed(waiting)
    first = _shown(waiting)
    flags = open_flags(site=site).annotate(said=Subquery(_ANSWERS.values("action")[:1])).in_bulk(first)
    dead = {patient: died(fact) for patient, fact in deaths({each.course.patient_id for each in sessions}).items()}

    def row(chair: Chair) -> ChairRow:
        there = _row(chair, [each for each in sessions if each.chair_id == chair.pk], states, zero, crossed)
        said = dead.get(there.session.course.patient_id, "") if there.session else ""
        return replace(there, booked=next(iter(booked.get(chair.pk, ())), None), died=said)

    return Board(
        now=at,
        token=what.token,
        rows=tuple(row(chair) for chair in _chairs(site, sessions)),
        without_chair=tuple(each for each in sessions if each.chair_id is None and not states[each.pk].left),
        flags=tuple(_waits(flags[key], of_course, states) for key in first if key in flags),
        flag_count=len(waiting),
        hours=range(first_hour, first_hour + HOURS_SHOWN),
        now_x=(at - zero) / timedelta(hours=1) * _HOUR,
        in_treatment=sum(state.left is None for state in states.values()),
    )


def _chairs(site: Site, sessions: Iterable[Session]) -> QuerySet[Chair]:
    """The chairs in use, and a retired one in which somebody was today."""
    of_today = {session.chair_id for session in sessions if session.chair_id}
    return Chair.objects.filter(Q(retired_at__isnull=True) | Q(pk__in=of_today), site=site).order_by("name")


def _waits(flag: Flag, of_course: Mapping[UUID, Session], states: Mapping[object, SessionState]) -> Waits:
    session = of_course.get(flag.course_id) if flag.course_id else None
    left = states[session.pk].left if session else None
    said = flag.said or "" if flag.kind == LIMIT_CROSSED else ""  # what is said of another may be for few
    return Waits(flag, session, left.occurred_at if left else None, said)


def _shown(waiting: Iterable[_Waiting]) -> list[UUID]:
    """What calls to act before what calls for a look, each by due time; an answer about self-harm is never left out.

    Args:
        waiting: every open flag, by due time.
    """
    by_level = sorted(waiting, key=lambda each: each.level != Flag.Level.ACT)
    return [each.flag for place, each in enumerate(by_level) if place < FLAGS_SHOWN or each.kind in ALWAYS_SHOWN]


def _crossed(waiting: Iterable[_Waiting]) -> dict[UUID, list[Crossed]]:
    """Of each session the limits that were crossed and are open, the first first. One query, or none."""
    ids = [each.flag for each in waiting if each.kind == LIMIT_CROSSED]
    session = Reading.objects.filter(pk=OuterRef("subject")).values("session")[:1]
    raised_in = Subquery(session, output_field=UUIDField())
    flags = Flag.objects.filter(pk__in=ids).annotate(answered_at=Max("events__recorded_at"), raised_in=raised_in)
    found: dict[UUID, list[Crossed]] = {}
    told = flags.order_by("recorded_at").values_list(
        "raised_in", "rule", "answered_at", "level", "title", "recorded_at"
    )
    for key, *what in told if ids else ():
        found.setdefault(key, []).append(Crossed(*what))
    return found


def _first_hour(sessions: list[Session], now: datetime) -> int:
    """The lanes begin at eight, or with the first session of the day, and always show now."""
    opened = [timezone.localtime(session.opened_at) for session in sessions]
    hours = [at.hour for at in opened if at.date() == now.date()]
    return min(24 - HOURS_SHOWN, max(min([8, now.hour, *hours]), now.hour - HOURS_SHOWN + 2))


def _row(
    chair: Chair,
    sessions: list[Session],
    states: dict[object, SessionState],
    zero: datetime,
    crossed: Mapping[UUID, Sequence[Crossed]],
) -> ChairRow:
    bars = tuple(bar for session in sessions for bar in _bars(states[session.pk], session, zero))
    sitting = next((session for session in sessions if not states[session.pk].left), None)
    if sitting is None:
        return ChairRow(chair, None, None, "", None, "", "", "", None, "", None, bars)
    state = states[sitting.pk]
    open_here = crossed.get(sitting.pk, ())
    recheck = first_recheck((recheck_at(each.rule, each.answered_at, state) for each in open_here), state)
    pressure_mark, oxygen_mark = _mark(state, Vital.SYSTOLIC, Vital.DIASTOLIC), _mark(state, Vital.SPO2)
    return ChairRow(
        chair=chair,
        session=sitting,
        state=state,
        treatment=_treatment(sitting, state),
        minute=int((state.now - state.started_at) / timedelta(minutes=1)) if state.started_at else None,
        doing=_doing(state),
        pressure=_pair({vital: reading.value for vital, reading in state.latest.items()}),
        before=_pair(state.baseline_values) if state.started_at else "",
        pressure_mark=pressure_mark,
        oxygen=f"{state.latest[Vital.SPO2].value:g}" if Vital.SPO2 in state.latest else "–",
        oxygen_mark=oxygen_mark,
        others=tuple(mark for vital in _WITHOUT_A_COLUMN if (mark := _mark(state, vital))),
        bars=bars,
        recheck=recheck if comes_first(recheck, state) else None,
        unanswered=_unanswered(open_here, state),
        oxygen_at=_older_than_the_rest(state, Vital.SPO2),
        beyond=_beyond_published(state),
    )


def _beyond_published(state: SessionState) -> tuple[str, ...]:
    said = ((reading, published_words(reading, state.limits)) for reading in state.latest.values())
    return tuple(f"{SHORT_NAMES[reading.vital]} {reading.value:g}, {words}" for reading, words in said if words)


def _unanswered(crossed: Sequence[Crossed], state: SessionState) -> tuple[Crossed, ...]:
    limits = known_limits(state.own)
    waiting = (each for each in crossed if not each.answered_at)
    return tuple(sorted(waiting, key=lambda each: -limits[each.rule].level.rank if each.rule in limits else 0))


def _older_than_the_rest(state: SessionState, vital: Vital) -> datetime | None:
    """When a value was measured, where another is newer by a minute or more."""
    reading = state.latest.get(vital)
    newest = max((each.at for each in state.latest.values()), default=None)
    is_old = reading is not None and newest is not None and newest - reading.at >= timedelta(minutes=1)
    return reading.at if reading is not None and is_old else None


def _treatment(session: Session, state: SessionState) -> str:
    mg = sum(planned.mg or 0 for planned in state.planned)
    amount = f"{as_measured(mg)} mg" if mg else "dose by weight"
    return f"{state.drug.capitalize()} {state.route} {amount} · session {session.number}"


def _doing(state: SessionState) -> str:
    """What goes on, in a word or two, with what is left of it."""
    if state.started_at is None or state.ends_at is None:
        open_checks = len(state.standing)
        return f"before the dose, {open_checks} open" if open_checks else "ready for the dose"
    match state.phase:
        case Phase.PAUSED:
            return f"paused, {as_measured(state.given_mg)} mg given"
        case Phase.RUNNING if state.run and state.run.is_infusion:
            return f"infusion, {_minutes(state.ends_at - state.now)} left"
        case Phase.RUNNING if state.run:
            return f"device {len(state.run.device_times)} of {state.run.planned_devices}"
    if state.due and state.now < state.due[-1].at:
        return f"watching, {_minutes(state.due[-1].at - state.now)} left"
    met = sum(criterion.state is State.MET for criterion in state.criteria)
    return f"leaving, {met} of {len(state.criteria)} met"


def _minutes(length: timedelta) -> int:
    return -(-int(length.total_seconds()) // 60)


def _pair(values: dict[Vital, float]) -> str:
    pair = [f"{values[vital]:g}" if vital in values else "–" for vital in (Vital.SYSTOLIC, Vital.DIASTOLIC)]
    return "/".join(pair) if pair != ["–", "–"] else "–"


def _mark(state: SessionState, *vitals: Vital) -> Mark | None:
    marks = [state.mark_of(state.latest[vital]) for vital in vitals if vital in state.latest]
    return max((mark for mark in marks if mark), key=lambda mark: mark.level.rank, default=None)


def _bars(state: SessionState, session: Session, zero: datetime) -> list[Bar]:
    if state.left:
        return [_bar("past", session.opened_at, state.left.occurred_at, zero)]
    if state.started_at is None or state.ends_at is None:
        return [_bar("plan", session.opened_at, max(state.now, session.opened_at), zero)]
    over = state.due[-1].at if state.due else state.ends_at
    return [_bar("", state.started_at, state.ends_at, zero), _bar("soft", state.ends_at, over, zero)]


def _bar(look: str, start: datetime, end: datetime, zero: datetime) -> Bar:
    last = HOURS_SHOWN * _HOUR
    left, right = (min(last, max(0.0, (at - zero) / timedelta(hours=1) * _HOUR)) for at in (start, end))
    return Bar(look, round(left, 1), round(max(right - left, 8.0 if 0 < left < last else 0.0), 1))
