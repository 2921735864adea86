"""When a site is open, and who works there."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import QuerySet

from daybreak.clinic.record.models import Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import staff
from daybreak.clinic.schedule.models import Closing, SiteHours
from daybreak.treatment.booking import usual_hours, usual_people_per_nurse


def hours_in_force(site: Site) -> SiteHours:
    """The site's own, else what it starts from (not saved)."""
    own = SiteHours.objects.filter(site=site).order_by("-recorded_at", "-pk").first()
    if own is not None:
        return own
    usual = usual_hours()
    return SiteHours(
        site=site, opens=usual.opens, closes=usual.closes, weekdays=sorted(usual.weekdays),
        people_per_nurse=usual_people_per_nurse(),
    )  # fmt: skip


def closings(site: Site, first: date) -> QuerySet[Closing]:
    """What closes a site on this day or later, and was not taken back."""
    standing = Closing.objects.filter(site=site, corrected_by__isnull=True, is_open=False)
    return standing.filter(last_day__gte=first).order_by("first_day", "pk")


def closed_days(site: Site, first: date, last: date) -> dict[date, str]:
    """The closed days from the first to the last of these, each with what it is. One query."""
    return {
        day: closing.words
        for closing in closings(site, first).filter(first_day__lte=last)
        for day in _days(max(first, closing.first_day), min(last, closing.last_day))
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def watchers(site: Site) -> QuerySet[User]:
    """Who may watch a person: nurses and prescribers."""
    return staff(site, Role.NURSE, Role.PRESCRIBER)


def prescribers(site: Site) -> QuerySet[User]:
    return staff(site, Role.PRESCRIBER)
