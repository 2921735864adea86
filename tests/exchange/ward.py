"""Sessions going on with a monitor, in a real database that the listener's process and this one share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from django.db import connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.db.utils import load_backend

from daybreak.clinic.record import services as record_services
from daybreak.clinic.record.models import Fact, Patient, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Chair, DeviceMessage, Monitor, Session
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.formats.hl7v2.syntax import write_time
from daybreak.treatment.vitals import Vital
from daybreak.web.settings import database as settings_of
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.treatment_day.day import make_plan, open_day

Recorded = TypeVar("Recorded", bound=Fact)

REST = {Vital.SYSTOLIC: 120.0, Vital.DIASTOLIC: 80.0, Vital.HEART_RATE: 72.0, Vital.SPO2: 97.0}


@contextmanager
def working_on(url: str) -> Iterator[None]:
    """This thread's default connection leads to another database."""
    configured = connections.configure_settings({"default": settings_of(url)})["default"]
    before = connections["default"]
    connections["default"] = load_backend(configured["ENGINE"]).DatabaseWrapper(configured, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


@contextmanager
def another() -> Iterator[CursorWrapper]:
    """A second connection to the same database."""
    settings = connection.settings_dict
    other = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "another")
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


@contextmanager
def locked() -> Iterator[None]:
    """Nobody can store a message until the block ends."""
    with another() as other:
        if connection.vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        else:
            other.execute("BEGIN")
            other.execute(f"LOCK TABLE {DeviceMessage._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        yield
        other.execute("ROLLBACK")


@dataclass
class Ward:
    """A clinic with a session going on and a monitor tied to it. Others may have used its database before."""

    database: str
    clinic: Clinic
    session: Session
    monitor: Monitor
    since: datetime

    def oru(self, control_id: str, values: dict[Vital, float | None] | None = None) -> bytes:
        """What its monitor sends now, see `oru`."""
        return oru(control_id, values, self.monitor.identifier)

    def new(self, model: type[Recorded]) -> QuerySet[Recorded]:
        """All that was recorded since the ward was made, whomever it is about."""
        return model._default_manager.filter(recorded_at__gt=self.since)


def make_ward(database: str) -> Ward:
    """A ward in this database, which the default connection already leads to."""
    clinic = make_clinic()
    session = open_day(clinic).session
    nurse = clinic.actor(Role.NURSE)
    monitor = services.add_monitor(f"M{Monitor.objects.count() + 1}", clinic.site, nurse)
    services.tie_monitor(monitor, session, nurse, at=datetime.now(UTC) - timedelta(minutes=1))
    return Ward(database, clinic, session, monitor, datetime.now(UTC))


def seat(clinic: Clinic, number: int) -> Session:
    """A person of their own in a chair of their own, with monitor `M<number>` tied to the session."""
    nurse = clinic.actor(Role.NURSE)
    patient = Patient.objects.create(
        site=clinic.site, given_name="Test", family_name=f"Person{number}", birth_date=date(1980, 1, 1), synthetic=True
    )
    course = record_services.open_course(
        patient, "treatment_resistant_depression", nurse, prescriber=clinic.users[Role.PRESCRIBER]
    )
    make_plan(clinic, course=course)
    chair = Chair.objects.create(site=clinic.site, name=f"B{number}")
    session = services.open_session(course, 1, chair, nurse, write_id=new_id())
    monitor = services.add_monitor(f"M{number}", clinic.site, nurse)
    services.tie_monitor(monitor, session, nurse, at=datetime.now(UTC) - timedelta(minutes=1))
    return session


def oru(control_id: str, values: dict[Vital, float | None] | None = None, device_id: str = "M1") -> bytes:
    """What a monitor sends now, with its time to the microsecond: no two of these were measured at the same time."""
    now = datetime.now(UTC)
    raw = build_oru(
        REST if values is None else values,
        mapping=generic_mapping(),
        at=now,
        control_id=control_id,
        device_id=device_id,
    )
    stamp = write_time(now).encode()
    return raw.replace(stamp, stamp[:14] + f".{now.microsecond:06}".encode() + stamp[14:])
