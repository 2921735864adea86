"""What was booked by the rules of its day and does not stand by those in force: the site closed a day, changed its
hours or how many people one person watches, a chair was retired, an account ended.

Nothing is moved by itself: who books is told, with what would settle it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record.models import Site
from daybreak.clinic.schedule.diary import hours_in_words
from daybreak.clinic.schedule.models import Appointment, SiteHours
from daybreak.clinic.schedule.queries import closed_days, hours_in_force, standing


class Conflict(NamedTuple):
    """What stands against an appointment, and what would settle it."""

    says: str
    resolve: str


class _Booked(NamedTuple):
    pk: UUID
    starts_at: datetime
    ends_at: datetime
    nurse: UUID
    watches: str
    has_account: bool
    chair: str
    retired_at: datetime | None

    @property
    def day(self) -> date:
        return timezone.localdate(self.starts_at)


def conflicts(site: Site, now: datetime) -> dict[UUID, list[Conflict]]:
    """By appointment still to come, what stands against it by now; those that stand are left out. Three queries."""
    of = ("nurse", "nurse__display_name", "nurse__is_active", "chair__name", "chair__retired_at")
    rows = standing(Appointment.objects.filter(course__patient__site=site, ends_at__gt=now)).order_by("starts_at")
    booked = [_Booked(*row) for row in rows.values_list("pk", "starts_at", "ends_at", *of)]
    if not booked:
        return {}
    rules = hours_in_force(site)
    closed = closed_days(site, booked[0].day, booked[-1].day)
    watched: dict[tuple[UUID, date], list[_Booked]] = {}
    for each in booked:
        watched.setdefault((each.nurse, each.day), []).append(each)
    found = {each.pk: list(_against(each, rules, closed, watched[each.nurse, each.day])) for each in booked}
    return {pk: against for pk, against in found.items() if against}


def _against(
    each: _Booked, rules: SiteHours, closed: Mapping[date, str], watched: Sequence[_Booked]
) -> Iterator[Conflict]:
    opens = "Move it to a day the site is open, or the medical director opens this one again."
    if words := closed.get(each.day):
        yield Conflict(f"The site is closed on this day: {words}.", opens)
    elif not rules.hours.holds(timezone.localtime(each.starts_at), timezone.localtime(each.ends_at)):
        until = f"{timezone.localtime(each.ends_at):%H:%M}"
        yield Conflict(
            f"{hours_in_words(rules.hours)}; it is booked until {until}.",
            "Move it into these hours, or the medical director changes them.",
        )
    together = max(sum(other.starts_at <= at < other.ends_at for other in watched) for at in _moments(each, watched))
    if together > rules.people_per_nurse:
        yield Conflict(
            f"{each.watches} would watch {together} people at once; here one person watches at most "
            f"{rules.people_per_nurse}.",
            "Move it, or give it to somebody else to watch.",
        )
    if not each.has_account:
        yield Conflict(f"The account of {each.watches}, who watches, ended.", "Give it to somebody else to watch.")
    if each.retired_at is not None:
        yield Conflict(f"{each.chair} is retired.", "Move it to another chair.")


def _moments(each: _Booked, watched: Sequence[_Booked]) -> list[datetime]:
    """When somebody is added while it lasts: between these nothing grows."""
    return [each.starts_at, *(other.starts_at for other in watched if each.starts_at <= other.starts_at < each.ends_at)]
