"""The audit trail: deeds, refusals, and every opening of a patient's page (once, not each refresh)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import AuditEntry, Patient

# A page opened again by the same person within this time is the same opening.
SAME_OPENING = timedelta(minutes=30)


def record(actor: Actor, action: str, *, patient: Patient | None = None, subject: object = "", **detail: Any) -> None:
    """Append one entry."""
    AuditEntry.objects.create(
        at=actor.now,
        user=actor.user,
        role=actor.user.role if actor.user else "",
        address=actor.address,
        action=action,
        patient=patient,
        subject=str(subject),
        detail=detail,
    )


def record_opening(actor: Actor, patient: Patient, page: str) -> None:
    """Append that this person opened this page of this patient, unless they just did."""
    already = AuditEntry.objects.filter(
        user=actor.user, patient=patient, action="opened", subject=page, at__gt=timezone.now() - SAME_OPENING
    )
    if not already.exists():
        record(actor, "opened", patient=patient, subject=page)
