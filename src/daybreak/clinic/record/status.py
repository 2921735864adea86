"""Whether the parts of the house run: the database's guards, the clock's work, the listener."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from daybreak.clinic.record.append_only import append_only_models, missing_triggers
from daybreak.clinic.record.models import Heartbeat


def beat(part: str, note: str = "") -> None:
    """Note that a part did its work now."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": timezone.now(), "note": note})


@dataclass(frozen=True, slots=True)
class HouseStatus:
    database: str
    guarded_tables: int
    missing_triggers: tuple[str, ...]
    heartbeats: tuple[Heartbeat, ...]
    at: datetime


def now() -> HouseStatus:
    """The state of the house at this moment."""
    return HouseStatus(
        database="PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
        guarded_tables=len(append_only_models()),
        missing_triggers=tuple(missing_triggers()),
        heartbeats=tuple(Heartbeat.objects.order_by("part")),
        at=timezone.now(),
    )
