"""A clinic to measure: the demonstration, copied until it is as large as is wanted, all synthetic."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, cycle
from uuid import UUID, uuid5

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.record.models import (
    AuditEntry,
    Course,
    CourseEvent,
    Flag,
    FlagEvent,
    OpenFlag,
    Patient,
    PatientFact,
    PatientIdentifier,
    Stage,
    User,
    new_id,
)
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision, ScreeningRequest
from daybreak.clinic.treatment_day.models import Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.queries import LIMIT_CROSSED
from daybreak.demonstration import filling
from daybreak.treatment.vitals import Vital

AT_ONCE = 5000
CACHE_KB = 1_000_000  # the indexes of five million readings
CLOSED_AFTER = timedelta(days=2)
COURSE_LASTS = timedelta(weeks=26)
APART = timedelta(days=120)  # how much earlier the sessions of an earlier course are held


@dataclass(frozen=True, slots=True)
class Size:
    """How many people, sessions, readings and flags a clinic has, and for how long it has taken people on."""

    people: int
    readings: int
    sessions: int = 0  # 0: as many as its people bring
    flags: int = 0  # the same; those that are added are closed
    weeks: int = 0  # over which people came; 0: all lately


NEW = Size(people=0, readings=0)  # the demonstration as it is
MEASURED = Size(people=500, readings=200_000)
THREE_YEARS = Size(
    people=2000, sessions=20_000, readings=5_000_000, flags=5_000, weeks=104
)  # earlier courses: one more year

# What belongs to a person, each after all it names. Of the referral only what was learned from it is copied.
COPIED: tuple[type[models.Model], ...] = (
    Patient, PatientIdentifier, User, Course, CourseEvent, PatientFact, AntidepressantTrial, ScreeningRequest,
    ScreeningDecision, Plan, PlanSignature, Session, SessionEvent, Reading, Measure, Flag, FlagEvent, OpenFlag,
    AuditEntry,
)  # fmt: skip


def fill(size: Size = MEASURED) -> None:
    """Fill an empty, migrated database."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{CACHE_KB}")  # of this process alone
    with transaction.atomic():
        _fill(size)


def _fill(size: Size) -> None:
    filling.fill(timezone.now())
    _copy_people(max(size.people - Patient.objects.count(), 0), size.weeks)
    _repeat_sessions(max(size.sessions - Session.objects.count(), 0))
    _add_flags(max(size.flags - Flag.objects.count(), 0))
    _repeat_readings(max(size.readings - Reading.objects.count(), 0))


def _copy_people(missing: int, weeks: int) -> None:
    """Further people, each with the record of one of the demonstration under ids of its own, who came over so many
    weeks. A course of half a year ago has ended, and of flags older than a week none is open.

    Who is at the clinic today is not copied: their chairs are taken.
    """
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    here_today = Session.objects.filter(Q(opened_at__gte=midnight) | Q(is_over=False)).values("course__patient")
    found = records(Patient.objects.exclude(pk__in=here_today))
    copies: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for number, record in zip(range(missing), cycle(found), strict=False):
        ago = timedelta(weeks=weeks * (number + 1) // missing)
        rows = copy_of(record, number, ago)
        for row in [*_without_open_flags(rows), *_ends(rows)] if ago else rows:
            copies[type(row)].append(row)
    for model in COPIED:
        model._default_manager.bulk_create(copies[model], batch_size=AT_ONCE)


def records(patients: models.QuerySet[Patient]) -> list[list[models.Model]]:
    """Every row that belongs to each of these people."""
    owner_of = {patient.pk: patient.pk for patient in patients}
    found: dict[UUID, list[models.Model]] = {patient: [] for patient in owner_of}
    for model in COPIED:
        for row in model._default_manager.all():
            named = (value for value in _values(row).values() if isinstance(value, UUID))
            owner = next((owner_of[value] for value in named if value in owner_of), None)
            if owner is not None:
                owner_of[row.pk] = owner
                found[owner].append(row)
    return list(found.values())


def copy_of(record: list[models.Model], number: int, ago: timedelta = timedelta()) -> list[models.Model]:
    """The rows of one person as those of another, so much earlier: every id among them becomes `copy_id` of it."""
    own = {row.pk for row in record}
    return [_ago(_copied(row, own, number), ago) for row in record]


def _ago(row: models.Model, ago: timedelta) -> models.Model:
    """The row, so much earlier; nobody is born earlier for it."""
    for field in row._meta.concrete_fields:
        if isinstance(field, models.DateField) and field.name != "birth_date" and getattr(row, field.attname):
            setattr(row, field.attname, getattr(row, field.attname) - ago)
    return row


def _without_open_flags(rows: list[models.Model]) -> Iterator[models.Model]:
    """The rows with every flag closed by its owner, two days after it was raised."""
    waiting = {row.pk for row in rows if isinstance(row, OpenFlag)}
    yield from (row for row in rows if not isinstance(row, OpenFlag))
    yield from (_closed(row) for row in rows if isinstance(row, Flag) and row.pk in waiting)


def _closed(flag: Flag) -> FlagEvent:
    at = flag.recorded_at + CLOSED_AFTER
    return FlagEvent(
        flag=flag, kind=FlagEvent.Kind.CLOSED, action="Done.", recorded_by_id=flag.owner_id, recorded_at=at
    )


def _ends(rows: list[models.Model]) -> Iterator[CourseEvent]:
    """The end of each course, half a year after it opened, once that lies behind."""
    for course in (row for row in rows if isinstance(row, Course)):
        if (at := course.opened_at + COURSE_LASTS) < timezone.now():
            yield CourseEvent(course=course, stage=Stage.ENDED, occurred_at=at, recorded_at=at)


def copy_id(original: UUID, number: int) -> UUID:
    """The id of a row in the copy with this number."""
    return uuid5(original, str(number))


def _values(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _copied(row: models.Model, own: set[object], number: int) -> models.Model:
    """The row with another id in place of every id that belongs to the person."""
    values = {
        name: copy_id(value, number) if isinstance(value, UUID) and value in own else value
        for name, value in _values(row).items()
    }
    if isinstance(row, User):
        values["username"] = f"copy-{number}"
    if isinstance(row, PatientIdentifier):
        values |= {"id": None, "value": f"{row.value} copy {number}"}
    return type(row)(**values)


def _repeat_sessions(missing: int) -> None:
    """The sessions that are over, once more in an earlier course of treatment, and again, until there are enough."""
    held = list(Session.objects.filter(is_over=True))
    for round_ in count(1):
        if missing <= 0 or not held:
            return
        again, missing = held[:missing], missing - len(held)
        for first in range(0, len(again), AT_ONCE):
            _earlier(again[first : first + AT_ONCE], round_)


def _earlier(sessions: list[Session], round_: int) -> None:
    """These sessions with their events and readings, so many courses earlier."""
    held = {session.pk for session in sessions}
    for model in (Session, SessionEvent, Reading):
        rows = sessions if model is Session else list(model._default_manager.filter(session__in=held))
        own = held | {row.pk for row in rows}
        copies = [_before(_copied(row, own, _OTHERS + round_), round_) for row in rows]
        model._default_manager.bulk_create(copies, batch_size=AT_ONCE)


def _before(row: models.Model, round_: int) -> models.Model:
    """The row, so many courses earlier."""
    for name in _TIMES:
        if getattr(row, name, None):
            setattr(row, name, getattr(row, name) - round_ * APART)
    if isinstance(row, Session):
        row.number += 1000 * round_
    return row


_OTHERS = 1_000_000  # no person's copy has such a number
_TIMES = ("opened_at", "occurred_at", "measured_at", "recorded_at")


def _add_flags(missing: int) -> None:
    """Limits crossed in sessions that are over, one in each, closed since."""
    first = Flag.objects.filter(kind=LIMIT_CROSSED).order_by("pk").first()
    sessions = Session.objects.filter(is_over=True).select_related("course")[:missing]
    crossed = Reading.objects.filter(session__in=sessions.values("pk"), vital=Vital.SYSTOLIC)
    subjects = dict(crossed.order_by("measured_at").values_list("session", "pk"))
    flags = [
        Flag(**_values(first) | {
            "id": new_id(), "patient_id": session.course.patient_id, "course_id": session.course_id,
            "subject": subjects.get(session.pk), "recorded_at": session.opened_at, "due_at": session.opened_at,
        })
        for session in sessions
    ]  # fmt: skip
    Flag.objects.bulk_create(flags, batch_size=AT_ONCE)
    FlagEvent.objects.bulk_create(map(_closed, flags), batch_size=AT_ONCE)


def _repeat_readings(missing: int) -> None:
    """The readings of the sessions that are over, once more a minute later, and again, until there are enough.

    The database does it alone: rows that pass through Django take ten times as long.
    """
    table = Reading._meta.db_table
    columns = [field.column for field in Reading._meta.concrete_fields if field.name not in ("id", "measured_at")]
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE held AS SELECT * FROM {table} WHERE corrects_id IS NULL"
            f" AND session_id IN (SELECT id FROM {Session._meta.db_table} WHERE is_over)"
        )
        cursor.execute("SELECT count(*) FROM held")
        [held] = cursor.fetchone()
        for minutes in count(1):
            if missing <= 0 or not held:
                break
            id_, measured_at = (
                part.format(minutes=minutes, ms=_FIRST_ID_MS + minutes) for part in _LATER[connection.vendor]
            )
            cursor.execute(
                f"INSERT INTO {table} (id, measured_at, {', '.join(columns)})"
                f" SELECT {id_}, {measured_at}, {', '.join(columns)} FROM held LIMIT {missing}"
            )
            missing -= held
        cursor.execute("DROP TABLE held")


_FIRST_ID_MS = 1_704_067_200_000
# An id in the order of time, as a new reading has one, and the time of measurement some minutes later.
_LATER = {
    "sqlite": (
        "printf('%012x7%019x', {ms}, row_number() OVER ())",
        "strftime('%Y-%m-%d %H:%M:%f', measured_at, '+{minutes} minutes')",
    ),
    "postgresql": (
        "(lpad(to_hex({ms}), 12, '0') || '7' || lpad(to_hex(row_number() OVER ()), 19, '0'))::uuid",
        "measured_at + interval '{minutes} minutes'",
    ),
}
