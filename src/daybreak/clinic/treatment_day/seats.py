"""The sessions of a site's day with their states. What was read is kept until something is recorded in that session.

Forty monitors change a few sessions between one look at the board and the next: only those are looked at again, and
where a monitor only went on, only what it shows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import BooleanField, Case, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber

from daybreak.clinic.record.models import Site
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.folding import fold
from daybreak.clinic.treatment_day.known_answers import known_to_each
from daybreak.clinic.treatment_day.models import Reading, Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.checks import Answer

# A session nobody closed for so long is nobody in a chair; it stays on the list of its course. Ours.
LONGEST_OPEN = timedelta(days=30)


class Version(NamedTuple):
    """How often a session changed, and how often of these something was recorded, which is more than shown."""

    changed: int
    recorded: int


@dataclass(frozen=True, slots=True)
class Seat:
    """A session of today with its state, as it was at a version and in a minute, and the readings it was read with."""

    session: Session
    state: SessionState
    readings: Sequence[Reading]
    version: Version
    minute: int

    def is_read(self, version: Version, minute: int) -> bool:
        """Whether nothing was recorded since. A new minute reads all again: names and monitors count nowhere."""
        return self.version.recorded == version.recorded and self.minute == minute


# By site: the seats as they were seen last, in this process.
_kept: dict[UUID, dict[UUID, Seat]] = {}


def versions_of_today(site: Site, now: datetime) -> dict[UUID, Version]:
    """The sessions that are open or were opened today, each with its version. Two queries."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    lately = Session.objects.filter(Q(opened_at__gte=midnight) | Q(is_over=False, opened_at__gte=now - LONGEST_OPEN))
    # Of every site, and ids alone: a database asked for the site first sifts every session there ever was.
    ids = list(lately.values_list("pk", flat=True))
    found = Session.objects.filter(pk__in=ids, course__patient__site=site)
    return {
        key: Version(changed, recorded) for key, changed, recorded in found.values_list("pk", "version", "recorded")
    }


def seats_of(site: Site, versions: Mapping[UUID, Version], now: datetime) -> list[Seat]:
    """These sessions with their states in the minute of `now`, in the order they were opened.

    Args:
        versions: read before; what is recorded meanwhile may be in the state, and is read again at the next look.
            No query where all of them were seen in this minute, one where monitors only went on; four otherwise, and
            four where a dose is still to come: what the record answers of its checks.
    """
    minute = int(now.timestamp()) // 60
    kept = _kept.get(site.pk, {})
    read = {key: kept[key] for key, version in versions.items() if key in kept and kept[key].is_read(version, minute)}
    seats = {key: seat for key, seat in read.items() if seat.version == versions[key]}
    went_on = read.keys() - seats.keys()
    for key, newest in Session.objects.filter(pk__in=went_on).values_list("pk", "newest") if went_on else ():
        session = copy(read[key].session)
        session.newest = newest
        seat = _seat(site, session, read[key].readings, versions[key], now)
        seats[key] = _knowing(seat, read[key].state.recorded)
    if unread := versions.keys() - read.keys():
        found = [
            _seat(site, session, readings, versions[session.pk], now) for session, readings in _read(site, unread, now)
        ]
        known = known_to_each((seat.session, seat.state) for seat in found)
        seats |= {seat.session.pk: _knowing(seat, known.get(seat.session.pk, {})) for seat in found}
    _kept[site.pk] = seats
    return sorted(seats.values(), key=lambda seat: seat.session.opened_at)


def _seat(site: Site, session: Session, readings: Sequence[Reading], version: Version, now: datetime) -> Seat:
    shown = [*readings, *queries.since(session, readings)] if _is_streamed(session) else readings
    return Seat(session, _state(site, session, shown, now), readings, version, int(now.timestamp()) // 60)


def _knowing(seat: Seat, recorded: Mapping[str, Answer]) -> Seat:
    """The seat with what the record answers of its checks."""
    return replace(seat, state=replace(seat.state, recorded=recorded)) if recorded else seat


def _read(site: Site, ids: Collection[UUID], now: datetime) -> Iterable[tuple[Session, Sequence[Reading]]]:
    named = Session.objects.filter(pk__in=ids).select_related("course__patient__site", "plan")
    sessions = list(queries.with_monitor(named).prefetch_related("events"))
    readings = _readings([session for session in sessions if not session.is_over], site, now)
    return [(session, readings.get(session.pk, [])) for session in sessions]


def _is_streamed(session: Session) -> bool:
    return not session.is_over and queries.is_on_monitor(session)


def _readings(sessions: Collection[Session], site: Site, now: datetime) -> dict[UUID, list[Reading]]:
    """What was typed in each session; of what a monitor charted only what the board shows."""
    rows = list(Reading.objects.filter(session__in=[session.pk for session in sessions], monitor__isnull=True))
    if streamed := [session for session in sessions if _is_streamed(session)]:
        rows += _newest({session.pk: _state(site, session, [], now).started_at for session in streamed})
    found: dict[UUID, list[Reading]] = {}
    for row in rows:
        found.setdefault(row.session_id, []).append(row)
    return found


def _newest(dosed: Mapping[UUID, datetime | None]) -> QuerySet[Reading]:
    """Of each vital sign a monitor sent the newest true value before the first dose, and the newest since.

    Args:
        dosed: the sessions, each with the time of its first dose: a start that was taken back is none.
    """
    before = [When(session=key, measured_at__lt=at, then=True) for key, at in dosed.items() if at is not None]
    is_before = Case(*before, default=False, output_field=BooleanField())
    place = Window(RowNumber(), partition_by=["session", "vital", "is_before"], order_by="-measured_at")
    sent = Reading.objects.filter(session__in=dosed, monitor__isnull=False)
    true = sent.filter(corrected_by=None, artefact="", value__isnull=False)
    return true.annotate(is_before=is_before, place=place).filter(place=1)


def _state(site: Site, session: Session, readings: Sequence[Reading], now: datetime) -> SessionState:
    planned, on_monitor = queries.planned_doses(session), queries.is_on_monitor(session)
    events, own = session.events.all(), session.own
    return fold(planned, site.jurisdiction, events, readings, now, on_monitor=on_monitor, own=own)
