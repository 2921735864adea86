"""Reads of the treatment day."""

from collections import namedtuple
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.planning.queries import planned_session
from daybreak.clinic.record.models import Course, Flag, FlagEvent, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.treatment_day import known_answers
from daybreak.clinic.treatment_day.doses import DoseRun, Piece, PlannedDose
from daybreak.clinic.treatment_day.folding import StoredValue, fold
from daybreak.clinic.treatment_day.models import MonitorTie, Reading, Session, SessionEvent, TimeOutRule
from daybreak.clinic.treatment_day.state import SessionState, known_limits
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Regimen, RegimenError
from daybreak.treatment.vitals import Vital

Row = TypeVar("Row", SessionEvent, Reading)
# The kind of the flag a crossed limit raises; its subject is the reading.
LIMIT_CROSSED = "limit_crossed"
# The kind of the flag raised when more was given than planned; its subject is the session.
MORE_THAN_PLANNED = "more_than_planned"
# The kind of the flag raised when a dose went on after a stop that came late; its subject is the session.
WENT_ON = "went_on_after_the_stop"

# The kind of the flag raised when somebody left with marks or criteria open; its subject is the session.
LEFT_WITH_OPEN = "left_with_open"
# The kind of the flag raised when something was done without a network that the record would have refused; its subject
# is the session.
DONE_WITHOUT_NETWORK = "done_without_network"
# The kind of the flag raised when a dose was begun without a network against a check, or a check was answered against a
# dose that had begun; its subject is the session. A prescriber answers it.
AGAINST_CHECKS = "dose_against_checks"
# The kind of the flag raised when a lot of another drug is recorded as given; its subject is the session.
ANOTHER_DRUG = "another_drug_given"

# What every entry asks: the session it is for with its person, what was recorded in it, and which limits this person
# ever crossed.
SESSION = Prepared(lambda key: Session.objects.filter(pk=key).select_related("course__patient"))
_EVENTS = Prepared(lambda key: SessionEvent.objects.filter(session=key).order_by("occurred_at", "recorded_at"))
_SIGNED_EVENTS = Prepared(
    lambda key: (
        SessionEvent.objects.filter(session=key).select_related("recorded_by").order_by("occurred_at", "recorded_at")
    )
)
_CHARTED = Prepared(
    lambda key: (
        Reading.objects.filter(session=key)
        .select_related("recorded_by", "monitor")
        .order_by("measured_at", "recorded_at")
    )
)
_Stored = namedtuple("_Stored", StoredValue.__annotations__)
_VALUES = Prepared(
    lambda key: Reading.objects.filter(session=key).values_list(*_Stored._fields).order_by("measured_at")
)
_OTHER_RED = Prepared(
    lambda key: (
        open_flags(patients=[key]).filter(level=Flag.Level.ACT).exclude(kind__in=[LIMIT_CROSSED, MORE_THAN_PLANNED])
    )
)
_CROSSED = Prepared(lambda key: Flag.objects.filter(patient=key, kind=LIMIT_CROSSED).values_list("pk", "rule"))


def sessions() -> QuerySet[Session]:
    """Sessions with all that a page about one names, and whether their site wants a time-out by two people."""
    named = ("course__patient__site", "course__prescriber", "course__therapist", "plan", "chair", "opened_by")
    rule = TimeOutRule.objects.filter(site=OuterRef("course__patient__site")).order_by("-recorded_at", "-pk")
    wanted = Subquery(rule.values("wanted")[:1])
    return with_monitor(Session.objects.select_related(*named)).annotate(wants_time_out=wanted)


def wants_time_out(site_id: UUID) -> bool:
    """Whether a site wants two people to confirm each dose before it begins. One query."""
    rule = TimeOutRule.objects.filter(site=site_id).order_by("-recorded_at", "-pk")
    return bool(rule.values_list("wanted", flat=True).first())


def with_monitor(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Each session with `on_monitor`: whether a monitor is or was tied to it."""
    return sessions.annotate(on_monitor=Exists(MonitorTie.objects.filter(session=OuterRef("pk"))))


def is_settled(session: Session) -> str:
    """Why what was given in a session is no longer open, as a sentence; empty while it is."""
    kinds = set(session.events.filter(kind__in=_SETTLES, corrected_by__isnull=True).values_list("kind", flat=True))
    return next((sentence for kind, sentence in _SETTLES.items() if kind in kinds), "")


_SETTLES = {SessionEvent.Kind.LEFT: "This person has left.", SessionEvent.Kind.NOTE_SIGNED: "The note is signed."}


def planned_doses(session: Session) -> tuple[PlannedDose, ...]:
    """What the plan asks for in this session, in milligrams for this person."""
    planned = planned_session(session.plan, session.number)
    if planned is None:
        return ()
    return tuple(PlannedDose(dose, _mg(dose, session.plan.weight_kg)) for dose in planned.doses)


def _mg(dose: Dose, weight_kg: float | None) -> float | None:
    try:
        return dose.amount.to_mg(weight_kg)
    except RegimenError:
        return None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """Everything recorded in one session, in the order it happened."""

    session: Session
    events: tuple[SessionEvent, ...]
    readings: tuple[Reading, ...]

    def state(self, now: datetime) -> SessionState:
        """The state at this time."""
        state = fold(
            planned_doses(self.session),
            self.session.course.patient.site.jurisdiction,
            self.events,
            self.readings,
            timezone.localtime(now),
            on_monitor=is_on_monitor(self.session),
            own=self.session.own,
        )
        state = replace(state, opened_at=timezone.localtime(self.session.opened_at))
        return replace(state, recorded=known_answers.known_to(self.session, state))


def is_on_monitor(session: Session) -> bool:
    """Whether a monitor is or was tied to the session."""
    known: bool | None = getattr(session, "on_monitor", None)
    return session.ties.exists() if known is None else known


def record(session: Session) -> SessionRecord:
    """Events and readings with who recorded them, and what monitors sent since their last readings. Two queries."""
    charted = _of(session, _CHARTED.all(session.pk))
    return SessionRecord(session, _of(session, _SIGNED_EVENTS.all(session.pk)), (*charted, *since(session, charted)))


def record_in_brief(session: Session) -> SessionRecord:
    """The same, but of each reading only what the state is made of, as a bare row. Two queries."""
    return SessionRecord(session, _of(session, _SIGNED_EVENTS.all(session.pk)), _values(session))


def state(session: Session, now: datetime) -> SessionState:
    """The state of a session at this time. Who recorded what is left unread: a verb does not ask."""
    return SessionRecord(session, _of(session, _EVENTS.all(session.pk)), _values(session)).state(now)


def since(session: Session, charted: Iterable[Reading]) -> list[Reading]:
    """What monitors sent after the newest charted reading of a vital sign: readings to show, in no table."""
    last = {row.vital: row.measured_at for row in charted if row.monitor_id}
    return [
        Reading(
            session_id=session.pk,
            patient_id=session.course.patient_id,
            vital=vital,
            value=said["value"],
            measured_at=at,
            recorded_at=at,
            monitor_id=UUID(said["monitor"]),
            artefact=said["artefact"],
        )
        for vital, said in session.newest.items()
        if (at := datetime.fromisoformat(said["at"])) > last.get(vital, at - timedelta.resolution)
    ]


def _of(session: Session, rows: list[Row]) -> tuple[Row, ...]:
    for row in rows:
        row.session = session
    return tuple(rows)


def _values(session: Session) -> tuple[StoredValue, ...]:
    """A session has hundreds of readings: rows without a model each take a third of the time."""
    return tuple(map(_Stored._make, _VALUES.all(session.pk)))


def runs_recorded(session: Session) -> tuple[DoseRun, ...]:
    """Every dose recorded as begun, also after the time of an entry that comes late or from another tablet."""
    return doses_of(session, datetime.max.replace(tzinfo=UTC)).runs


def version(session_id: UUID, reader: User | None = None) -> int | None:
    """The version counter of a session, which grows with everything recorded in it.

    None if there is no such session, or none that this reader may open.
    """
    found = Session.objects.filter(pk=session_id)
    if reader and reader.role == Role.THERAPIST:
        found = found.filter(course__therapist=reader)
    elif reader:
        found = found.filter(course__patient__site=reader.site_id)
    return found.values_list("version", flat=True).first()


def recorded(session_id: UUID) -> int:
    """How much was recorded in a session so far; it grows with every entry. One query."""
    return Session.objects.values_list("recorded", flat=True).get(pk=session_id)


def is_dosed(session: Session, at: datetime) -> bool:
    """Whether a dose was begun by this time that was not taken back. One query."""
    kinds = [SessionEvent.Kind.DOSE_STARTED, SessionEvent.Kind.DOSE_NOT_GIVEN]
    happened = session.events.filter(kind__in=kinds, occurred_at__lte=at).values_list("kind", flat=True)
    started = [kind == SessionEvent.Kind.DOSE_STARTED for kind in happened]
    return 2 * sum(started) > len(started)


def limit_flags(session: Session) -> QuerySet[Flag]:
    """Every flag a crossed limit raised in this session, with what was done about it, in order of time."""
    raised_here = Reading.objects.filter(pk=OuterRef("subject"), session=session)
    return (
        Flag.objects.filter(Exists(raised_here), patient=session.course.patient_id, kind=LIMIT_CROSSED)
        .prefetch_related(Prefetch("events", FlagEvent.objects.select_related("recorded_by").order_by("recorded_at")))
        .order_by("recorded_at", "pk")
    )


def other_red_flags(session: Session) -> list[Flag]:
    """What calls to act on this person and is neither a crossed limit nor the amount given, which the page shows."""
    return _OTHER_RED.all(session.course.patient_id)


def in_question(red_flags: Iterable[Flag]) -> tuple[str, ...]:
    """What was done without a network and nobody has looked into yet: a further dose waits for that. As sentences."""
    return tuple(f"{flag.title}." for flag in red_flags if flag.kind in (DONE_WITHOUT_NETWORK, AGAINST_CHECKS))


def open_limit_flags(session: Session, vitals: Iterable[Vital] = Vital) -> list[Flag]:
    """Those of these vital signs that nobody has closed, each with `acknowledged`.

    Every stored reading asks this: plain queries, one while no limit of the vital sign was crossed, four at most.
    """
    wanted = set(vitals)
    rules = {limit.id for limit in known_limits(session.own).values() if limit.vital in wanted}
    # Ids first: they cost a third of whole rows, and mostly there are none.
    if not (ids := [pk for pk, rule in _CROSSED.all(session.course.patient_id) if rule in rules]):
        return []
    answers = set(FlagEvent.objects.filter(flag__in=ids).values_list("flag", "kind"))
    waiting = [pk for pk in ids if (pk, FlagEvent.Kind.CLOSED) not in answers]
    found = Flag.objects.filter(pk__in=waiting).order_by("due_at", "pk") if waiting else []
    raised_here = session.readings.in_bulk([flag.subject for flag in found])
    for flag in found:
        flag.acknowledged = (flag.pk, FlagEvent.Kind.ACKNOWLEDGED) in answers
    return [flag for flag in found if flag.subject in raised_here]


def given_regimen(session: Session, now: datetime | None = None) -> Regimen | None:
    """What was really given in a session, pauses and stop included; None when nothing was."""
    return regimen_given(state(session, now or timezone.now()))


def regimen_given(state: SessionState) -> Regimen | None:
    """The same of a state, for the model; the devices of a dose are one."""
    return regimen_of_pieces((run.dose_given, part) for run in state.runs for part in run.parts(state.now))


def regimen_of_pieces(given: Iterable[tuple[Dose, Piece]]) -> Regimen | None:
    """Parts that were given, each of a dose of the plan, as one regimen; None when there are none."""
    pieces = sorted(given, key=lambda each: each[1].started_at)
    if not pieces:
        return None
    first_at = pieces[0][1].started_at
    return Regimen(
        tuple(
            replace(
                dose,
                amount=Amount(piece.mg, AmountUnit.MG),
                duration_min=piece.duration_min,
                time_h=(piece.started_at - first_at).total_seconds() / 3600,
            )
            for dose, piece in pieces
        )
    )


@dataclass(frozen=True, slots=True)
class DoseGiven:
    """One dose that was given, in milligrams as given."""

    session: Session
    started_at: datetime
    drug: Drug
    route: Route
    mg: float


@dataclass(frozen=True, slots=True)
class Held:
    """What was held of a course: the doses given, in order of time, and the sessions that need no other.

    `sessions`: each with its plan and what tells its doses. `settled`: the numbers of those with a dose; one that was
    left before any dose gave its number back.
    """

    sessions: tuple[Session, ...]
    doses: tuple[DoseGiven, ...]
    settled: frozenset[int]


# What was given, and who left, for `doses_of`: most of what is recorded in a session are the answers before a dose and
# before leaving.
_OF_DOSES = Prefetch(
    "events",
    SessionEvent.objects.exclude(kind__in=(SessionEvent.Kind.CHECK_ANSWERED, SessionEvent.Kind.CRITERION_CHECKED)),
)


def held(course: Course, now: datetime | None = None) -> Held:
    """What was held of a course by now. Two queries."""
    at = timezone.localtime(now)
    rows = tuple(with_doses(with_monitor(course.sessions.all())))
    given = [
        DoseGiven(session, run.started_at, run.planned.dose.drug, run.planned.dose.route, run.given_mg(at))
        for session in rows
        for run in doses_of(session, at).runs
    ]
    doses = sorted((dose for dose in given if dose.mg > 0), key=lambda dose: dose.started_at)
    return Held(rows, tuple(doses), frozenset(dose.session.number for dose in doses))


def doses_given(course: Course, now: datetime | None = None) -> list[DoseGiven]:
    """Every dose given in a course, in order of time. Two queries."""
    return list(held(course, now).doses)


def with_doses(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """These sessions with what `doses_of` folds, read in one query for all of them."""
    return sessions.select_related("plan").prefetch_related(_OF_DOSES)


def doses_of(session: Session, now: datetime) -> SessionState:
    """The state of a session as far as its doses go: begun, taken back, left."""
    return fold(planned_doses(session), "", session.events.all(), (), now)
