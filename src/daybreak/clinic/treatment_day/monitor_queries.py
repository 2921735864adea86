"""Reads of monitors: what each is tied to, what it sent last, and the messages that fit nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.record.models import Site
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.treatment_day.makes import title_of
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor, MonitorTie, Session
from daybreak.clinic.treatment_day.queries import sessions
from daybreak.treatment.days import said_day

# A monitor that is tied and silent for longer is shown as silent. Ours.
SILENT_AFTER = timedelta(minutes=5)
# A monitor's time this far from the time of arrival is said aloud, and both times are kept with the value. Ours.
CLOCK_TOLERANCE = timedelta(minutes=2)
# In the sentence of a message whose name, by what was heard, may be that of two devices.
TWO_MAY_HAVE_IT = "two devices may have this name"
KEPT = (DeviceMessage.Outcome.NOBODY, DeviceMessage.Outcome.UNREADABLE)
_NEWEST = ("-at", "-pk")


def _ties(monitor: UUID) -> QuerySet[MonitorTie]:
    """The ties of a monitor, the newest first."""
    ties = MonitorTie.objects.filter(monitor=monitor).order_by(*_NEWEST)
    return ties.select_related("monitor", "session__course__patient")


_NEWEST_TIE = Prepared(lambda monitor: _ties(monitor)[:1])


def current_tie(monitor: Monitor, at: datetime | None = None) -> MonitorTie | None:
    """The tie that holds at this time; None where the monitor never was tied."""
    when = at or timezone.now()
    newest = _NEWEST_TIE.first(monitor.pk)
    # One that is still to come was made before the clock was set back: it holds.
    if newest is None or newest.at <= when or newest.at > timezone.now():
        return newest
    return _ties(monitor.pk).filter(at__lte=when).first()


def _with_tie() -> QuerySet[Monitor]:
    """Monitors with `tie_id`, the row that holds."""
    newest = MonitorTie.objects.filter(monitor=OuterRef("pk")).order_by(*_NEWEST)
    return Monitor.objects.annotate(tie_id=Subquery(newest.values("pk")[:1]))


def tied_monitors(session: Session) -> QuerySet[Monitor]:
    """The monitors that are tied to a session now."""
    ties = MonitorTie.objects.filter(session=session)
    return _with_tie().filter(tie_id__in=ties.values("pk")).order_by("identifier")


@dataclass(frozen=True, slots=True)
class MonitorNow:
    """A monitor as it stands: whom it is tied to since when, and its newest message."""

    monitor: Monitor
    session: Session | None
    since: datetime | None
    last: DeviceMessage | None
    now: datetime

    @property
    def last_heard(self) -> str:
        """How long ago the newest message came."""
        if self.last is None:
            return ""
        seconds = max((self.now - self.last.recorded_at).total_seconds(), 0)
        if seconds < 100:
            return f"{seconds:.0f} s ago"
        if seconds < 6000:
            return f"{seconds / 60:.0f} min ago"
        at = timezone.localtime(self.last.recorded_at)
        return f"{at:%H:%M} on {said_day(at)}"

    @property
    def speaks(self) -> str:
        """The codes it is read by."""
        return title_of(self.monitor.mapping)

    @property
    def clock(self) -> str:
        """How far its clock was from ours at its newest message; empty where it did not say its time."""
        if self.last is None or self.last.ahead_s is None:
            return ""
        apart = abs(self.last.ahead_s)
        much = f"{apart:.0f} s" if apart < 100 else f"{apart / 60:.0f} min"
        return f"{much} {'ahead' if self.last.ahead_s > 0 else 'behind'}" if apart >= 1 else "right to the second"

    @property
    def clock_is_off(self) -> bool:
        """Whether that is beyond what is tolerated."""
        return self.last is not None and abs(self.last.ahead_s or 0) > CLOCK_TOLERANCE.total_seconds()

    @property
    def may_be_two(self) -> bool:
        """Whether its newest message says that two devices may have its name."""
        return self.last is not None and TWO_MAY_HAVE_IT in self.last.sentence

    @property
    def is_silent(self) -> bool:
        """Whether a tied monitor has sent nothing for longer than a check should wait."""
        if self.session is None or self.since is None:
            return False
        heard = max(self.since, self.last.recorded_at) if self.last else self.since
        return self.now - heard > SILENT_AFTER


def monitors_now(site: Site, now: datetime | None = None) -> list[MonitorNow]:
    """Every monitor of a site, by name. Three queries whatever their number."""
    newest = DeviceMessage.objects.filter(monitor=OuterRef("pk")).order_by("-recorded_at")
    rows = list(
        _with_tie().filter(site=site).annotate(last_id=Subquery(newest.values("pk")[:1])).order_by("identifier")
    )
    ties = MonitorTie.objects.select_related("session__course__patient", "session__chair")
    tie_of = ties.in_bulk([row.tie_id for row in rows if row.tie_id])
    last_of = DeviceMessage.objects.in_bulk([row.last_id for row in rows if row.last_id])
    return [_now(row, tie_of.get(row.tie_id), last_of.get(row.last_id), now or timezone.now()) for row in rows]


def _now(monitor: Monitor, tie: MonitorTie | None, last: DeviceMessage | None, now: datetime) -> MonitorNow:
    session = tie.session if tie else None
    return MonitorNow(monitor, session, tie.at if tie and session else None, last, now)


def sessions_going_on(site: Site) -> QuerySet[Session]:
    """The sessions a monitor may be tied to, the newest first."""
    return sessions().filter(is_over=False, course__patient__site=site).order_by("-opened_at")


def kept_messages(site: Site, outcomes: Iterable[str]) -> QuerySet[DeviceMessage]:
    """Messages that became no reading, the newest first. One of a monitor nobody added is shown at every site."""
    messages = DeviceMessage.objects.filter(Q(monitor__isnull=True) | Q(monitor__site=site), outcome__in=outcomes)
    return messages.select_related("monitor").order_by("-recorded_at", "-pk")
