"""What is kept beside appointments: who takes a person home, what a payer said, when the site treats."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Site
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.schedule.models import Appointment, Authorisation, Ride, SiteHours
from daybreak.clinic.schedule.services.booking import require_site

# Cover that lasts longer is a slip of the hand; ours.
LONGEST_COVER = timedelta(days=365 * 10)


def record_ride(appointment: Appointment, actor: Actor, *, write_id: UUID, arranged: bool, words: str = "") -> Ride:
    """Who takes the person home, as it was asked before the day. The check before the dose asks again.

    Raises:
        Refusal: where it is arranged and nobody says who or what.
    """
    content = {"appointment": appointment.pk, "arranged": arranged, "words": words.strip()}

    def do() -> None:
        require_site(appointment.course.patient.site, actor)
        if arranged and not words.strip():
            raise Refusal("Write who takes this person home, or how. Nothing was saved.")
        Ride.objects.create(id=write_id, appointment=appointment, arranged=arranged, words=words.strip(), **actor.stamp)
        audit.record(
            actor, "ride recorded", patient=appointment.course.patient, subject=appointment.pk, arranged=arranged
        )

    writes.once(write_id, "ride recorded", content, actor, do)
    return Ride.objects.get(pk=write_id)


def record_authorisation(
    course: Course,
    answer: Authorisation.Answer,
    actor: Actor,
    *,
    write_id: UUID,
    reference: str = "",
    expires_on: date | None = None,
) -> Authorisation:
    """What a payer said about a course. Daybreak asks no payer: it keeps what a person was told.

    Raises:
        Refusal: for one that is granted and names no last day, or one that is past or cannot be.
    """
    content = {"course": course.pk, "answer": answer, "reference": reference.strip(), "expires_on": expires_on}

    def do() -> None:
        require_site(course.patient.site, actor)
        if answer == Authorisation.Answer.GRANTED and expires_on is None:
            raise Refusal("Write the last day it covers, as the payer's answer says. Nothing was saved.")
        if expires_on is not None:
            _require_to_come(expires_on, timezone.localdate(actor.now))
        Authorisation.objects.create(
            id=write_id, course=course, answer=answer, reference=reference.strip(), expires_on=expires_on,
            **actor.stamp,
        )  # fmt: skip
        audit.record(actor, "authorisation recorded", patient=course.patient, subject=course.pk, answer=answer)

    writes.once(write_id, "authorisation recorded", content, actor, do)
    return Authorisation.objects.get(pk=write_id)


def _require_to_come(last: date, today: date) -> None:
    words = f"{last.day} {last:%b} {last.year}"
    if last < today:
        raise Refusal(f"{words} is past: it would cover no day to come. Check the last day. Nothing was saved.")
    if last - today > LONGEST_COVER:
        years = LONGEST_COVER // timedelta(days=365)
        raise Refusal(f"{words} is more than {years} years ahead. Check the year. Nothing was saved.")


def set_hours(
    site: Site,
    actor: Actor,
    *,
    write_id: UUID,
    opens: time,
    closes: time,
    weekdays: Sequence[int],
    people_per_nurse: int,
    reason: str,
) -> SiteHours:
    """The medical director sets when the site treats, and how many people one nurse watches at once.

    Raises:
        Refusal: for anybody else, without a reason, or for hours that cannot be.
    """
    days = sorted(set(weekdays))
    content = {"site": site.pk, "opens": opens, "closes": closes, "weekdays": days, "people": people_per_nurse,
               "reason": reason.strip()}  # fmt: skip

    def do() -> None:
        require_site(site, actor)
        if actor.user is None or not actor.user.allows(Permission.SCHEDULE_SET):
            raise Refusal("Only the medical director of the site sets its hours.")
        if not reason.strip():
            raise Refusal("Write why, in a few words. Nothing was saved.")
        if opens >= closes:
            raise Refusal(f"{opens:%H:%M} to {closes:%H:%M} is no day. Write the earlier time first.")
        if not days:
            raise Refusal("Choose the days on which the clinic treats. Nothing was saved.")
        if people_per_nurse < 1:
            raise Refusal(f"{people_per_nurse} people: write how many one nurse watches at once, at least 1.")
        SiteHours.objects.create(
            id=write_id, site=site, opens=opens, closes=closes, weekdays=days, people_per_nurse=people_per_nurse,
            reason=reason.strip(), **actor.stamp,
        )  # fmt: skip
        audit.record(actor, "hours set", subject=site.pk, said=reason.strip())

    writes.once(write_id, "hours set", content, actor, do)
    return SiteHours.objects.get(pk=write_id)
