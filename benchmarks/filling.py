"""A clinic to measure: the demonstration, copied until it has 500 people and 200,000 readings, all synthetic."""

from collections import defaultdict
from datetime import timedelta
from itertools import count, cycle, islice
from uuid import UUID, uuid5

from django.db import models, transaction
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
    Patient,
    PatientFact,
    PatientIdentifier,
    User,
    new_id,
)
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision, ScreeningRequest
from daybreak.clinic.treatment_day.models import Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.queries import is_over
from daybreak.demonstration import filling

PEOPLE = 500
READINGS = 200_000
AT_ONCE = 5000

# What belongs to a person, each after all it names. Of the referral only what was learned from it is copied.
COPIED: tuple[type[models.Model], ...] = (
    Patient, PatientIdentifier, User, Course, CourseEvent, PatientFact, AntidepressantTrial, ScreeningRequest,
    ScreeningDecision, Plan, PlanSignature, Session, SessionEvent, Reading, Measure, Flag, FlagEvent, AuditEntry,
)  # fmt: skip


@transaction.atomic
def fill() -> None:
    """Fill an empty, migrated database."""
    filling.fill(timezone.now())
    _copy_people(PEOPLE - Patient.objects.count())
    _repeat_readings(READINGS - Reading.objects.count())


def _copy_people(missing: int) -> None:
    """Further people, each with the record of one of the demonstration under ids of its own.

    Who is at the clinic today is not copied: their chairs are taken.
    """
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    here_today = Session.objects.filter(Q(opened_at__gte=midnight) | ~is_over()).values("course__patient")
    records = _records(Patient.objects.exclude(pk__in=here_today))
    copies: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for number, record in zip(range(missing), cycle(records), strict=False):
        own = {row.pk for row in record}
        for row in record:
            copies[type(row)].append(_copied(row, own, number))
    for model in COPIED:
        model._default_manager.bulk_create(copies[model], batch_size=AT_ONCE)


def _records(patients: models.QuerySet[Patient]) -> list[list[models.Model]]:
    """Every row that belongs to each of these people."""
    owner_of = {patient.pk: patient.pk for patient in patients}
    records: dict[UUID, list[models.Model]] = {patient: [] for patient in owner_of}
    for model in COPIED:
        for row in model._default_manager.all():
            named = (value for value in _values(row).values() if isinstance(value, UUID))
            owner = next((owner_of[value] for value in named if value in owner_of), None)
            if owner is not None:
                owner_of[row.pk] = owner
                records[owner].append(row)
    return list(records.values())


def _values(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _copied(row: models.Model, own: set[object], number: int) -> models.Model:
    """The row with another id in place of every id that belongs to the person."""
    values = {
        name: uuid5(value, str(number)) if isinstance(value, UUID) and value in own else value
        for name, value in _values(row).items()
    }
    if isinstance(row, User):
        values["username"] = f"copy-{number}"
    if isinstance(row, PatientIdentifier):
        values |= {"id": None, "value": f"{row.value} copy {number}"}
    return type(row)(**values)


def _repeat_readings(missing: int) -> None:
    """The readings of the sessions that are over, once more a minute later, and again, until there are enough."""
    held = list(Reading.objects.filter(session__in=Session.objects.filter(is_over()), corrects=None))
    repeated = (
        Reading(**_values(row) | {"id": new_id(), "measured_at": row.measured_at + timedelta(minutes=minutes)})
        for minutes in count(1)
        for row in held
    )
    wanted = islice(repeated, max(missing, 0))
    while batch := list(islice(wanted, AT_ONCE)):
        Reading.objects.bulk_create(batch)
