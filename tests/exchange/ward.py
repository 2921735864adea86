"""A session going on with a monitor, in a real database that the listener's process and this one share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connections
from django.db.utils import load_backend

from daybreak.clinic.treatment_day.models import Monitor, Session
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.formats.hl7v2.syntax import write_time
from daybreak.treatment.vitals import Vital
from daybreak.web.settings import database as settings_of
from tests.clinic.people import Clinic

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


@dataclass
class Ward:
    """A clinic with a session going on and monitor M1 tied to it, in a database of its own."""

    database: str
    clinic: Clinic
    session: Session
    monitor: Monitor


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
