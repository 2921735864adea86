"""`python -m benchmarks.chairs_filling URL CHAIRS`: a clinic with so many people in chairs, each on a monitor.

Prints what the load needs, as JSON. A process of its own, because Django reads its settings once.
"""

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from itertools import cycle

from benchmarks import harness
from benchmarks.chairs import Occupation, Occupied


def main(url: str, chairs: int) -> None:
    """Fill an empty database; who has begun a dose today is copied until every chair is taken."""
    harness.become_daybreak(url)
    from django.db import transaction

    with transaction.atomic():
        print(json.dumps(asdict(_fill(chairs))))


def _fill(chairs: int) -> Occupation:
    from django.utils import timezone

    from benchmarks import subjects
    from benchmarks.filling import copy_id, copy_of, records
    from daybreak.clinic.record.models import Patient, Site
    from daybreak.clinic.treatment_day.models import Chair, Monitor, MonitorTie, Session, SessionEvent
    from daybreak.demonstration import filling

    now = timezone.now()
    filling.fill(now)
    site, nurse = Site.objects.get(), subjects.people()["nurse"]
    begun = SessionEvent.objects.filter(kind=SessionEvent.Kind.DOSE_STARTED).values("session")
    open_now = Session.objects.filter(is_over=False, pk__in=begun, opened_at__gte=now - timedelta(hours=12))
    originals = cycle(records(Patient.objects.filter(courses__sessions__in=open_now).distinct()))
    taken = []
    for number, original in zip(range(1, chairs + 1), originals, strict=False):
        chair = Chair.objects.create(site=site, name=f"B{number}")
        rows = copy_of(original, number)
        [session] = [
            row
            for row in rows
            if isinstance(row, Session) and row.pk in {copy_id(each.pk, number) for each in open_now}
        ]
        session.chair = chair
        for row in rows:
            row.save(force_insert=True)
        monitor = Monitor.objects.create(site=site, identifier=f"BENCH-{number}")
        MonitorTie.objects.create(monitor=monitor, session=session, recorded_by=nurse)
        taken.append(Occupied(f"/sessions/{session.pk}/", str(session.pk), monitor.identifier))
    return Occupation(subjects.sign_in(nurse), tuple(taken))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
