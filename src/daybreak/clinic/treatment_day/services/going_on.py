"""Which sessions go on, held against their events: one that goes on and is taken for over stands on no board."""

import logging

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient
from daybreak.clinic.record.turns import turn
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.services.numbers import settle_number

log = logging.getLogger(__name__)


def look_again(patient: Patient) -> None:
    """Every open page of this person's sessions looks again: something was recorded of the person themself."""
    Session.objects.filter(course__patient=patient).update(version=F("version") + 1)


def put_right(actor: Actor) -> list[str]:
    """Set `Session.is_over` as the events say, where it differs; a sentence for each. Two queries where all agrees."""
    leaving = SessionEvent.objects.filter(kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True)
    left = Exists(leaving.filter(session=OuterRef("pk")))
    said = {
        False: "A session went on and was taken for over. It is on the board again.",
        True: "A session was over and taken for one that goes on. It is off the board.",
    }
    return [
        sentence
        for over, sentence in said.items()
        for session in Session.objects.filter(left if over else ~left, is_over=not over).select_related(
            "course__patient"
        )
        if _set(session, actor, over=over, said=sentence)
    ]


def _set(session: Session, actor: Actor, *, over: bool, said: str) -> bool:
    """Whether this pass did it: another may have been faster."""
    with turn(), transaction.atomic():
        differs = Session.objects.filter(pk=session.pk, is_over=not over)
        done = differs.update(is_over=over, version=F("version") + 1, recorded=F("recorded") + 1) == 1
        if done:
            settle_number(session)
            patient = session.course.patient
            audit.record(actor, "session list put right", patient=patient, subject=session.pk, said=said)
            log.error("%s (%s)", said, session.pk)
    return done
