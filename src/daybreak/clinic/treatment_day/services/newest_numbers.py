"""Of what a monitor sends: which numbers become readings, and which are only shown until the next one comes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from daybreak.clinic.record.prepared import Prepared, as_parameter
from daybreak.clinic.treatment_day.models import Monitor, Reading, Session
from daybreak.clinic.treatment_day.services.readings import Entry, artefact_of
from daybreak.clinic.treatment_day.state import known_limits
from daybreak.treatment import charting
from daybreak.treatment.charting import EVERY, Number, minute_of
from daybreak.treatment.vitals import Vital

_Row = tuple[str, float | None, datetime, str]
# As SQL: every message does it, and Django takes longer to find the words than the database to carry them out.
_SHOW = "UPDATE treatment_day_session SET newest = %s, version = version + 1 WHERE id = %s"


def _charted(session: UUID, monitor: UUID, since: datetime, until: datetime) -> QuerySet[Reading, _Row]:
    rows = Reading.objects.filter(session=session, monitor=monitor, measured_at__gte=since, measured_at__lt=until)
    return rows.values_list("vital", "value", "measured_at", "artefact")


_CHARTED = Prepared(_charted, key=(UUID, UUID, datetime, datetime))


def charted_near(entries: Sequence[Entry], session: Session, monitor: Monitor) -> list[Number]:
    """What this monitor has on the chart of a session in the minutes of these entries. At most one query."""
    if not entries:
        return []
    first, last = min(each.measured_at for each in entries), max(each.measured_at for each in entries)
    rows = _CHARTED.all(session.pk, monitor.pk, minute_of(first), minute_of(last) + EVERY)
    return [Number(Vital(vital), value, at, not said) for vital, value, at, said in rows]


def to_chart(entries: Sequence[Entry], charted: Sequence[Number], session: Session) -> list[Entry]:
    """Those that become readings, beside what is charted in their minutes already."""
    numbers = {_number(entry, entries): entry for entry in entries}
    # An artefact is told by the other numbers of its set: a pressure by its pair.
    return [numbers[number] for number in charting.to_chart(list(numbers), charted, known_limits(session.own))]


def show(session: Session, entries: Sequence[Entry], monitor: Monitor, *, came_at: datetime) -> None:
    """Let pages show these numbers where they are newer than what they show. One query.

    `session` is read in this transaction: what another monitor of the same person sent stands beside them. What is
    shown with a time after `came_at` is from before the clock was set back, and older than what comes now.
    """
    if not entries:
        return
    newest = dict(session.newest)
    for entry in entries:
        at = _as_text(entry.measured_at)
        if entry.vital not in newest or not at < newest[entry.vital]["at"] <= _as_text(came_at):
            artefact = artefact_of(entry, entries)
            newest[entry.vital] = {"value": entry.value, "at": at, "artefact": artefact, "monitor": str(monitor.pk)}
    given = Session._meta.get_field("newest").get_db_prep_save(newest, connection)
    with connection.cursor() as cursor:
        cursor.execute(_SHOW, [given, as_parameter(session.pk, connection)])


def _as_text(at: datetime) -> str:
    """A moment so that a later one is a later text, whatever zone a monitor's clock is in."""
    return at.astimezone(UTC).isoformat()


def _number(entry: Entry, entries: Sequence[Entry]) -> Number:
    return Number(entry.vital, entry.value, entry.measured_at, is_true=not artefact_of(entry, entries))
