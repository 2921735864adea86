"""A person says that something was sent, when, how and by whom; or that it was not, after all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import SeriousEvent, SessionForm, Submission
from daybreak.clinic.programme.queries import sent_before_kept
from daybreak.clinic.programme.services.reminders import close_flags
from daybreak.clinic.programme.since_sent import sent_now
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import said as in_words
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.services.events import require_past
from daybreak.treatment import nasal_programme

Channel = Submission.Channel
SHOWN = 5  # questions named in a sentence


@dataclass(frozen=True, slots=True)
class Sending:
    """How something was sent, by the word of a person."""

    channel: Channel
    at: datetime
    by: User
    confirmation: str = ""


def state_form_sent(
    form: SessionForm,
    how: Sending,
    actor: Actor,
    *,
    write_id: UUID,
    incomplete: bool = False,
    kept_later: bool = False,
    newest: int | None = None,
) -> Submission:
    """A person says that this version of a form was sent.

    Args:
        incomplete: that it was sent although required questions have no answer. They are kept with it.
        kept_later: that these answers were sent before they were kept here, as into the portal.
        newest: the number of the newest version the person saw; None: this one.

    Raises:
        Refusal: where a version came in between, for one sent already, before the session, a time to come; before this
            version was kept or with required questions open unless said so.
    """
    missing = nasal_programme.form(form.form).missing(form.answers)
    if missing and not incomplete:
        names = "; ".join(field.label for field in missing[:SHOWN])
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise Refusal(
            f"{len(missing)} required answer{'s are' if len(missing) > 1 else ' is'} missing: {names}{more}. "
            "Complete them, or say that it was sent with them blank."
        )

    def check() -> None:
        versions = queries.versions(form.session)
        if (last := versions[-1]).number != (newest or form.number):
            by = last.recorded_by.display_name if last.recorded_by else "somebody else"
            raise Refusal(
                f"Version {last.number} of {by} came in between. Nothing was added. Load the page, look at it, and "
                "choose which version was sent."
            )
        if queries.is_stated(next(each for each in versions if each.pk == form.pk)):
            raise Refusal("This version was stated as submitted already. Nothing was added.")
        if sent_before_kept(form, how.at) and not kept_later:
            raise Refusal(
                f"{in_words(how.at)} lies before version {form.number} was kept, at {in_words(form.recorded_at)}. "
                "Check the time. If these very answers were sent before they were kept here, say so; if others "
                "were, keep those as a version first. Nothing was added."
            )

    not_before = queries.treated_on(form.session)
    blank = [field.id for field in missing]
    return _state(form, how, actor, write_id=write_id, not_before=not_before, check=check, blank=blank)


def state_told(session: Session, told: Mapping[str, str], how: Sending, actor: Actor, *, write_id: UUID) -> Submission:
    """A person says that the programme was told what the record says otherwise than what was sent of a session.

    Args:
        told: what the record says, by the id of the question, as the person read it; empty: nothing.

    Raises:
        Refusal: where nothing was sent or nothing differs, where something else differs than was read, where a newer
            version waits to be sent, before the sending, a time to come.
    """
    versions = queries.versions(session)
    latest = queries.sent_of_forms(versions).latest
    if latest is None or latest.form is None:
        raise Refusal("Nobody has said that this form was sent. Send it, and state how.")

    def check() -> None:
        if (newest := queries.versions(session)[-1]).pk != latest.form_id:
            raise Refusal(f"Version {newest.number} is newer. Send it, and state how: it says what changed.")
        sent = sent_now(session, actor.now)
        if not sent.differs:
            raise Refusal("The record says what was sent. Nothing was added.")
        if sent.record_says != dict(told):
            said = " ".join(map(str, sent.differs))
            raise Refusal(f"The record changed meanwhile. {said} Load the page and look at it first.")
        if how.at < latest.at.replace(second=0, microsecond=0):  # a time is typed to the minute
            raise Refusal(
                f"{in_words(how.at)} lies before what it corrects was sent, at {in_words(latest.at)}. Check the time. "
                "Nothing was added."
            )

    not_before = queries.treated_on(session)
    return _state(latest.form, how, actor, write_id=write_id, not_before=not_before, check=check, told=told)


def state_event_sent(event: SeriousEvent, how: Sending, actor: Actor, *, write_id: UUID) -> Submission:
    """A person says that a serious event was reported by this account of it. A newer one is to be reported as well.

    Raises:
        Refusal: for one that was reported already, before it happened, or a time to come.
    """

    def check() -> None:
        if queries.sent_of_event(event).is_settled:
            raise Refusal("This event was stated as reported already. Nothing was added.")
        if how.at < event.occurred_at.replace(second=0, microsecond=0):  # a time is typed to the minute
            raise Refusal(
                f"{in_words(how.at)} lies before the event, which happened at {in_words(event.occurred_at)}. Check the "
                "time it was reported. Nothing was added."
            )

    not_before = timezone.localdate(event.occurred_at)
    return _state(event, how, actor, write_id=write_id, not_before=not_before, check=check)


def take_back(submission: Submission, reason: str, actor: Actor, *, write_id: UUID) -> Submission:
    """It was not sent after all: the statement stays in the record and holds no longer.

    Raises:
        Refusal: without a reason, or if it was taken back already.
    """
    if not reason.strip():
        raise Refusal("Write why it counts as not sent, in a few words.")

    def do() -> None:
        if Submission.objects.filter(corrects=submission).exists():
            raise Refusal("This was taken back already.")
        Submission.objects.create(
            id=write_id, form=submission.form, event=submission.event, channel=Channel.NOT_SENT, at=submission.at,
            by=submission.by, told=submission.told, corrects=submission, correction_reason=reason.strip(),
            **actor.stamp,
        )  # fmt: skip
        patient = submission.about.session.course.patient
        audit.record(actor, "programme submission taken back", patient=patient, subject=submission.pk)

    content = {"submission": submission.pk, "reason": reason.strip()}
    writes.once(write_id, "programme submission taken back", content, actor, do)
    return Submission.objects.get(pk=write_id)


def _state(
    about: SessionForm | SeriousEvent,
    how: Sending,
    actor: Actor,
    *,
    write_id: UUID,
    not_before: date,
    check: Callable[[], None],
    blank: Sequence[str] = (),
    told: Mapping[str, str] | None = None,
) -> Submission:
    patient = about.session.course.patient
    require_past(how.at)
    if timezone.localdate(how.at) < not_before:
        raise Refusal(f"{in_words(how.at)} lies before what was to be sent. Check the time.")
    if how.channel == Channel.NOT_SENT:
        raise Refusal("Choose how it was sent.")
    if how.by.site_id != patient.site_id or not how.by.allows(Permission.PROGRAMME_READ):
        raise Refusal(f"{how.by} does not work with the programme here. Choose who sent it.")
    which = {"form": about} if isinstance(about, SessionForm) else {"event": about}
    said: dict[str, Any] = {"channel": str(how.channel), "at": how.at, "confirmation": how.confirmation.strip()}
    said |= {"blank": list(blank)} | ({"told": dict(told)} if told else {})

    def do() -> None:
        check()
        Submission.objects.create(id=write_id, by=how.by, **which, **said, **actor.stamp)
        close_flags(
            about,
            actor,
            f"Stated as {'told' if told else 'sent'} ({how.channel}) by {how.by.display_name}, {in_words(how.at)}.",
        )
        audit.record(actor, "programme submission stated", patient=patient, subject=write_id, channel=str(how.channel))

    writes.once(write_id, "programme submission", {"about": about.pk, "by": how.by.pk, **said}, actor, do)
    return Submission.objects.get(pk=write_id)
