"""Of what a monitor sends: which numbers become readings, and which are only shown until the next one comes."""

from collections.abc import Sequence

from django.db.models import F

from daybreak.clinic.treatment_day.models import Monitor, Reading, Session
from daybreak.clinic.treatment_day.services.readings import Entry, artefact_of
from daybreak.clinic.treatment_day.state import known_limits
from daybreak.treatment.charting import EVERY, Number, minute_of, to_chart
from daybreak.treatment.vitals import Vital


def charted(entries: Sequence[Entry], session: Session, monitor: Monitor) -> list[Entry]:
    """Those that become readings. At most one query."""
    if not entries:
        return []
    numbers = {_number(entry, entries): entry for entry in entries}
    first, last = min(each.at for each in numbers), max(each.at for each in numbers)
    known = Reading.objects.filter(
        session=session, monitor=monitor, measured_at__gte=minute_of(first), measured_at__lt=minute_of(last) + EVERY
    ).values_list("vital", "value", "measured_at", "artefact")
    before = [Number(Vital(vital), value, at, not said) for vital, value, at, said in known]
    chosen = to_chart(list(numbers), before, known_limits())
    # An artefact is told by the other numbers of its set: a pressure by its pair.
    return [numbers[number] for number in chosen]


def show(session: Session, entries: Sequence[Entry], monitor: Monitor) -> None:
    """Let pages show these numbers where they are newer than what they show. One query."""
    if not entries:
        return
    newest = dict(session.newest)
    for entry in entries:
        at = entry.measured_at.isoformat()
        if entry.vital not in newest or newest[entry.vital]["at"] <= at:
            artefact = artefact_of(entry, entries)
            newest[entry.vital] = {"value": entry.value, "at": at, "artefact": artefact, "monitor": str(monitor.pk)}
    Session.objects.filter(pk=session.pk).update(newest=newest, version=F("version") + 1)


def _number(entry: Entry, entries: Sequence[Entry]) -> Number:
    return Number(entry.vital, entry.value, entry.measured_at, is_true=not artefact_of(entry, entries))
