"""What stands against an appointment: a chair, a person or a nurse that is taken, hours, sessions too near each other.

Pure over what was read once: a series is tried here, one appointment after the other, before anything is saved.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record.models import Patient, User
from daybreak.clinic.record.times import said
from daybreak.clinic.treatment_day.models import Chair
from daybreak.treatment.booking import OpeningHours, least_days_before, searched_days, slot
from daybreak.treatment.regimen import Regimen

# What the plan asks about a session on a day, each a sentence: see `too_near`.
Near = Callable[[date], tuple[str, ...]]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Booking:
    """One stay in a chair, booked or going on. `id` is that of the appointment, None while it is only wanted.

    `chair` and `nurse` are None only where a session was opened without one.
    """

    number: int
    patient: Patient
    starts_at: datetime
    ends_at: datetime
    chair: Chair | None
    nurse: User | None
    id: UUID | None = None

    @property
    def day(self) -> date:
        return timezone.localdate(self.starts_at)

    def overlaps(self, other: "Booking") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def at(self, starts_at: datetime) -> "Booking":
        """The same, as long, at another time."""
        return replace(self, starts_at=starts_at, ends_at=starts_at + (self.ends_at - self.starts_at))

    def in_chair(self, chair: Chair) -> "Booking":
        return replace(self, chair=chair)


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands against a booking, each a sentence, and when it could be instead.

    `against` is refused; `near` goes on with a written reason. `next_asks`: what the plan would ask of the next free
    time, because none is free of which it asks nothing.
    """

    against: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    next_free: datetime | None = None
    next_asks: tuple[str, ...] = ()
    free_chairs: tuple[Chair, ...] = ()

    @property
    def proposal(self) -> str:
        """What to choose instead, as a sentence; empty where nothing is refused."""
        if not self.against:
            return ""
        then = (
            " ".join([f"Next free with this chair and this nurse: {said(self.next_free)}.", *self._asked])
            if self.next_free
            else f"Nothing is free with this chair and this nurse in the next {searched_days()} days."
        )
        now = ", ".join(str(chair) for chair in self.free_chairs)
        return f"{then} Free at the time wanted: {now}." if now else then

    @property
    def _asked(self) -> tuple[str, ...]:
        return ("But it asks for a reason:", *self.next_asks) if self.next_asks else ()

    @property
    def refusal(self) -> str:
        """All of it; empty where nothing is refused."""
        return " ".join(filter(None, [*self.against, self.proposal]))


@dataclass(frozen=True)
class Diary:
    """A site's bookings over some weeks, with its hours and its chairs."""

    hours: OpeningHours
    people_per_nurse: int
    closed: Mapping[date, str]  # what keeps the site closed on a day of its week
    chairs: tuple[Chair, ...]
    bookings: tuple[Booking, ...] = ()

    def without(self, booking_id: UUID) -> "Diary":
        """As if this appointment were not there: it is to be moved."""
        return replace(self, bookings=tuple(each for each in self.bookings if each.id != booking_id))

    def and_(self, booking: Booking) -> "Diary":
        return replace(self, bookings=(*self.bookings, booking))

    def answer(self, wanted: Booking, near: Near = lambda day: ()) -> Answer:
        """What stands against a booking; where something does, when and where it could be instead."""
        against = tuple(self._against(wanted))
        if not against:
            return Answer(near=near(wanted.day))
        others = (chair for chair in self.chairs if chair != wanted.chair)
        free = tuple(chair for chair in others if not any(self._against(wanted.in_chair(chair))))
        return Answer(against, near(wanted.day), *self._next_free(wanted, near), free)

    def _against(self, wanted: Booking) -> Iterator[str]:
        if not self.hours.holds(timezone.localtime(wanted.starts_at), timezone.localtime(wanted.ends_at)):
            yield f"{hours_in_words(self.hours)}; this would be {_span(wanted)}."
        if words := self.closed.get(wanted.day):
            yield f"Closed on {_short(wanted.day)}: {words}."
        meeting = [each for each in self.bookings if each.overlaps(wanted)]
        for each in meeting:
            if each.patient.pk == wanted.patient.pk:
                yield f"{each.patient} is booked at that time already: session {each.number}, {_clock(each)}."
            elif each.chair == wanted.chair:
                yield f"{each.chair} is taken {_clock(each)} by {each.patient}."
        for each in self.bookings:
            if each.patient.pk == wanted.patient.pk and each.day == wanted.day and each not in meeting:
                yield (
                    f"{each.patient} comes on {_short(each.day)} already: session {each.number}, {_clock(each)}. "
                    "One session a day: choose another day."
                )
        at, together = _most_at_once(wanted, [each for each in meeting if each.nurse == wanted.nurse])
        if wanted.nurse is not None and together > self.people_per_nurse:
            yield (
                f"{wanted.nurse.display_name} would watch {together} people at {timezone.localtime(at):%H:%M}; "
                f"here one person watches at most {self.people_per_nurse} at once."
            )

    def _next_free(self, wanted: Booking, near: Near) -> tuple[datetime | None, tuple[str, ...]]:
        """The next time of which nothing is asked; where there is none, the next at all and what is asked of it."""
        first: tuple[datetime | None, tuple[str, ...]] | None = None
        asked: set[date] = set()
        starts_at, last = wanted.starts_at, wanted.starts_at + timedelta(days=searched_days())
        while (starts_at := self._step(starts_at)) <= last:
            at = wanted.at(starts_at)
            if at.day in asked or any(self._against(at)):
                continue
            if not (asks := near(at.day)):
                return starts_at, ()
            asked.add(at.day)
            first = first or (starts_at, asks)
        return first or (None, ())

    def _step(self, at: datetime) -> datetime:
        """The next quarter of an hour, or the next opening where the clinic is closed by then."""
        local = timezone.localtime(at) + slot()
        local -= timedelta(minutes=local.minute % (slot() // timedelta(minutes=1)), seconds=local.second)
        local = local.replace(microsecond=0)
        if local.time() < self.hours.opens:
            return _that_day(local.date(), self.hours)
        if local.time() >= self.hours.closes or local.date() in self.closed:
            return _that_day(local.date() + timedelta(days=1), self.hours)
        return local


@dataclass(frozen=True, slots=True)
class Kept:
    """A session of the same person that was held or is booked. `own`: of the same course."""

    number: int
    day: date
    own: bool = True

    def __str__(self) -> str:
        of = "" if self.own else " of another course"
        return f"session {self.number}{of} on {_short(self.day)}"


def too_near(regimen: Regimen, wanted: Kept, others: Iterable[Kept]) -> tuple[str, ...]:
    """Where a session comes nearer to the ones before and after it in time than the plan leaves between them, or
    stands on the wrong side of one of them, each a sentence. Two on one day are for the diary to refuse.

    Args:
        others: every other session of the same person that was held or is booked.
    """
    others = list(others)
    before = max((each for each in others if each.day < wanted.day), key=lambda each: each.day, default=None)
    after = min((each for each in others if each.day > wanted.day), key=lambda each: each.day, default=None)
    return tuple(
        sentence for other in (before, after) if other is not None for sentence in _stands(regimen, wanted, other)
    )


def _stands(regimen: Regimen, wanted: Kept, other: Kept) -> Iterator[str]:
    earlier, later = sorted((wanted, other), key=lambda each: each.day)
    if other.own and earlier.number > later.number:
        yield f"{_capital(earlier)} would come before {later}; the plan has them the other way round."
    number = max(earlier.number, later.number) if other.own else max(wanted.number, 2)
    try:
        least = least_days_before(regimen, number)
    except IndexError:
        return
    between = (later.day - earlier.day).days
    if between < least:
        yield (
            f"{_capital(earlier)} and {later}: {between} day{'' if between == 1 else 's'} from one to the other, "
            f"and the plan leaves at least {least}."
        )


def _capital(kept: Kept) -> str:
    return f"S{str(kept)[1:]}"


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def hours_in_words(hours: OpeningHours) -> str:
    """For example "Open Monday to Friday, 08:00 to 18:00"."""
    days = sorted(hours.weekdays)
    if not days:
        return "Open on no day"
    names = [_DAYS[day - 1] for day in days]
    run = days == list(range(days[0], days[-1] + 1)) and len(days) > 2
    said_days = f"{names[0]} to {names[-1]}" if run else ", ".join(names)
    return f"Open {said_days}, {hours.opens:%H:%M} to {hours.closes:%H:%M}"


def _most_at_once(wanted: Booking, others: Sequence[Booking]) -> tuple[datetime, int]:
    """When the nurse of a booking watches the most people while it lasts, and how many those are."""
    moments = [wanted.starts_at, *(max(each.starts_at, wanted.starts_at) for each in others)]
    counted = ((1 + sum(each.starts_at <= at < each.ends_at for each in others), at) for at in sorted(moments))
    together, at = max(counted, key=lambda pair: pair[0])
    return at, together


def _that_day(day: date, hours: OpeningHours) -> datetime:
    return timezone.make_aware(datetime.combine(day, hours.opens))


def _clock(booking: Booking) -> str:
    starts, ends = (timezone.localtime(at) for at in (booking.starts_at, booking.ends_at))
    return f"from {starts:%H:%M} to {ends:%H:%M}"


def _span(booking: Booking) -> str:
    starts, ends = (timezone.localtime(at) for at in (booking.starts_at, booking.ends_at))
    return f"{_DAYS[starts.weekday()]} {starts.day} {starts:%b}, {starts:%H:%M} to {ends:%H:%M}"
