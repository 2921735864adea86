"""Monitors: made known, tied to a session, released. One monitor is tied to one session at a time."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site, new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import monitor_queries
from daybreak.clinic.treatment_day.makes import mappings
from daybreak.clinic.treatment_day.models import Monitor, MonitorTie, Session, SessionEvent
from daybreak.clinic.treatment_day.services.events import in_turn
from daybreak.formats.hl7v2 import GENERIC


@transaction.atomic
def add_monitor(
    identifier: str, site: Site, actor: Actor, *, mapping: str = GENERIC, monitor_id: UUID | None = None
) -> Monitor:
    """Make a monitor known by the name it gives itself, and by the mapping of the codes it speaks.

    Raises:
        Refusal: for an empty or a taken name, one that reads like another of this site, or a mapping that is not known.
    """
    _require_known(mapping)
    identifier = identifier.strip()
    if not identifier:
        raise Refusal("Type the name the monitor gives itself in its messages.")
    _require_told_apart(identifier, site)
    monitor, is_new = Monitor.objects.get_or_create(
        identifier=identifier, defaults={"id": monitor_id or new_id(), "site": site, "mapping": mapping}
    )
    if not is_new:
        where = "" if monitor.site_id == site.pk else ", at another site that shares this server"
        raise Refusal(
            f"A monitor is called “{identifier}” already{where}. Two of one name cannot be told apart: give one of "
            "them another name in its own settings. Nothing was added."
        )
    audit.record(actor, "monitor added", subject=identifier, mapping=mapping)
    return monitor


def _require_told_apart(identifier: str, site: Site) -> None:
    """Refuse a name that a tired reader takes for that of another monitor here: M1 and m-1."""
    for other in Monitor.objects.filter(site=site).exclude(identifier=identifier).order_by("identifier"):
        if _as_read(other.identifier) == _as_read(identifier):
            raise Refusal(
                f"“{identifier}” reads like “{other.identifier}”, which is a monitor here already. Give one of them "
                "another name in its own settings. Nothing was added."
            )


def _as_read(identifier: str) -> str:
    """A name by its letters and figures; as it is where it has none."""
    return "".join(each for each in identifier.casefold() if each.isalnum()) or identifier


@transaction.atomic
def choose_mapping(monitor: Monitor, mapping: str, actor: Actor) -> Monitor:
    """From its next message on the monitor is read by this mapping. Messages kept and readings stay as they are.

    Raises:
        Refusal: for a mapping that is not known.
    """
    _require_known(mapping)
    before = monitor.mapping
    monitor.mapping = mapping
    monitor.save(update_fields=["mapping"])
    audit.record(actor, "monitor mapping chosen", subject=monitor.identifier, before=before, now=mapping)
    return monitor


def _require_known(mapping: str) -> None:
    if mapping not in mappings():
        raise Refusal(f"There is no mapping “{mapping[:60]}”. Choose one of: {', '.join(mappings())}.")


@transaction.atomic
def tie_monitor(
    monitor: Monitor, session: Session, actor: Actor, *, at: datetime | None = None, tie_id: UUID | None = None
) -> MonitorTie:
    """From now on the values of this monitor are readings of this session.

    Raises:
        Refusal: if it is tied already or stands at another site, or the person has left.
    """
    row = MonitorTie(id=tie_id or new_id(), monitor=monitor, session=session, **actor.stamp)

    def do() -> None:
        held = _hold(monitor)
        if held and held.session:
            raise Refusal(f"{monitor} is tied to {held.session}. Release it there first.")
        if monitor.site_id != session.course.patient.site_id:
            raise Refusal(f"{monitor} belongs to another site. Choose a monitor of this one.")
        if session.events.filter(kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True).exists():
            raise Refusal(f"{session.course.patient} has left. Tie the monitor to a session that goes on.")
        _append(row, held, at)

    in_turn(session, do)()
    audit.record(actor, "monitor tied", patient=session.course.patient, subject=monitor.identifier)
    return row


@transaction.atomic
def release_monitor(
    monitor: Monitor, actor: Actor, *, at: datetime | None = None, tie_id: UUID | None = None
) -> MonitorTie:
    """From now on the values of this monitor belong to nobody.

    Raises:
        Refusal: if it is tied to nobody.
    """
    row = MonitorTie(id=tie_id or new_id(), monitor=monitor, session=None, **actor.stamp)
    tied = monitor_queries.current_tie(monitor)
    if tied is None or tied.session is None:
        raise Refusal(f"{monitor} is tied to nobody. Nothing was changed.")

    def do() -> None:
        held = _hold(monitor)
        if held != tied:
            raise Refusal(f"Somebody else just changed what {monitor} is tied to. Look again. Nothing was changed.")
        _append(row, held, at)

    in_turn(tied.session, do)()
    audit.record(actor, "monitor released", patient=tied.session.course.patient, subject=monitor.identifier)
    return row


def release_monitors(session: Session, actor: Actor, *, at: datetime | None = None) -> list[MonitorTie]:
    """Release every monitor that is tied to a session: the person leaves."""
    return [release_monitor(monitor, actor, at=at) for monitor in monitor_queries.tied_monitors(session)]


def _hold(monitor: Monitor) -> MonitorTie | None:
    """The tie that holds now; whoever else would change it waits. Always after the session's turn, never before it:
    two locks taken in two orders could wait for each other. Messages, which name the monitor before they take the
    session's turn, do not wait (`no_key`)."""
    Monitor.objects.select_for_update(no_key=True).get(pk=monitor.pk)
    return monitor_queries.current_tie(monitor)


def _append(row: MonitorTie, held: MonitorTie | None, at: datetime | None) -> None:
    """A tie begins no earlier than the one it follows: the newest by time holds."""
    when = at or timezone.now()
    row.at = max(when, held.at) if held else when
    row.save(force_insert=True)
