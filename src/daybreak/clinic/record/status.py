"""Whether the parts of the house run: the database's guards, the clock's work, the listener."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from daybreak.clinic.record import clinic_zone, own_limits
from daybreak.clinic.record.append_only import append_only_models, missing_triggers
from daybreak.clinic.record.models import Heartbeat, Site

# What is amiss at a site, on the status page: the name of a part, and what gives a sentence, or nothing. Later stages
# add theirs.
remarks: list[tuple[str, Callable[[Site], str]]] = [
    ("Time zone", lambda site: clinic_zone.not_said()),
    ("Limits of this clinic", own_limits.what_does_not_hold),
]


def beat(part: str, note: str = "", at: datetime | None = None) -> None:
    """Note that a part did its work, now if nothing else is said."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": at or timezone.now(), "note": note})


def failed(part: str, at: datetime | None = None) -> None:
    """Note that a part did not do its work, beside when it last did."""
    note = f"Not done at {timezone.localtime(at):%H:%M}: the log says why."
    Heartbeat.objects.filter(part=part).update(note=note)


def is_silent(part: str, after: timedelta, now: datetime) -> bool:
    """Whether a part did not do its work lately, or by a clock that has been set back since, or never."""
    heard = Heartbeat.objects.filter(part=part).values_list("at", flat=True).first()
    return heard is None or abs(now - heard) > after


def is_due(part: str, every: timedelta, now: datetime) -> bool:
    """Whether a part did its work as long ago as that, or by a clock that has been set back since, or never."""
    last = Heartbeat.objects.filter(part=part).first()
    return last is None or not now - every < last.at <= now


@dataclass(frozen=True, slots=True)
class HouseStatus:
    database: str
    guarded_tables: int
    missing_triggers: tuple[str, ...]
    heartbeats: tuple[Heartbeat, ...]
    remarks: tuple[tuple[str, str], ...]
    at: datetime


def now(site: Site) -> HouseStatus:
    """The state of the house at this moment, with what is amiss at this site."""
    said = [(part, remark(site)) for part, remark in remarks]
    return HouseStatus(
        database="PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
        guarded_tables=len(append_only_models()),
        missing_triggers=tuple(missing_triggers()),
        heartbeats=tuple(Heartbeat.objects.order_by("part")),
        remarks=tuple((part, sentence) for part, sentence in said if sentence),
        at=timezone.now(),
    )
