"""Reads of letters."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from daybreak.clinic.followup.queries import measures
from daybreak.clinic.letters.about_course import day
from daybreak.clinic.letters.drafting import changed_since, draft_now
from daybreak.clinic.letters.models import Letter, LetterAmendment, LetterSignature, LetterText
from daybreak.clinic.letters.services import SIGNED
from daybreak.clinic.record.models import AuditEntry, Course, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.since_draft import Change
from daybreak.clinic.treatment_day import queries as days
from daybreak.clinic.treatment_day.after_signing import changed_after


def letters(course: Course, reader: User) -> QuerySet[Letter]:
    """The letters of a course this person may read, the newest first. A draft is for those who write letters."""
    rows = Letter.objects.filter(course=course).select_related("signature__recorded_by", "session", "recorded_by")
    if not reader.allows(Permission.LETTER_WRITE):
        rows = rows.filter(signature__isnull=False)
    return rows.prefetch_related("texts", "amendments").order_by("-number")


def letter(letter_id: object) -> QuerySet[Letter]:
    """One letter with all its page names."""
    related = ("course__patient__site", "course__prescriber", "course__therapist", "session", "signature__recorded_by")
    amendments = Prefetch("amendments", LetterAmendment.objects.select_related("recorded_by").order_by("recorded_at"))
    return Letter.objects.filter(pk=letter_id).select_related(*related).prefetch_related(amendments)


def signature(letter: Letter) -> LetterSignature | None:
    """Who signed it, and when; None while it is a draft."""
    return getattr(letter, "signature", None)


def text(letter: Letter) -> LetterText:
    """What it says: the text that was signed, else the newest."""
    signed = signature(letter)
    if signed is not None:
        return signed.text
    return letter.texts.select_related("recorded_by").order_by("-number")[0]


def changed_since_draft(letter: Letter, now: datetime) -> list[Change]:
    """What the newest text of a letter that is not signed says otherwise than the record does by now."""
    return changed_since(letter, draft_now(letter, now), text(letter))


def signed_although(letter: Letter) -> dict[str, Any]:
    """Why it was signed though the record had changed, `although`, and what had, `changed`; empty where it had not."""
    signed = AuditEntry.objects.filter(patient=letter.course.patient, action=SIGNED, subject=str(letter.pk))
    entry = signed.first()
    return entry.detail if entry is not None and "although" in entry.detail else {}


def changed(letter: Letter, now: datetime | None = None) -> tuple[str, ...]:
    """What was recorded after the letter was written, signed or last amended, so that it cannot say it."""
    since = max([text(letter).recorded_at, *(each.recorded_at for each in letter.amendments.all())])
    if letter.session is not None:
        record = days.record(days.sessions().get(pk=letter.session_id))
        return changed_after(record, record.state(now or timezone.now()), since)
    return (*_scores_since(letter.course, since), *_sessions_since(letter.course, since))


def _scores_since(course: Course, since: datetime) -> list[str]:
    late = [each for each in measures(course) if each.recorded_at > since and each.total is not None]
    return [f"{each.scale.short_name} {each.total:g} of {day(each.completed_at)} came after it." for each in late]


def _sessions_since(course: Course, since: datetime) -> list[str]:
    doses = days.doses_given(course)
    return [f"Session {dose.session.number} was given after it." for dose in doses if dose.started_at > since]
