"""The calendar of the demonstration: what was booked, who did not come, rides, payers' answers, calls the next day.

Sessions are booked by the coordinator when the plan is signed, as far as three weeks from now; those long past are left
out. Who watches is the nurse, and the prescriber where the nurse has as many people as the site allows.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import NAMESPACE_OID, uuid5

from django.utils import timezone

from daybreak.clinic.followup import calls
from daybreak.clinic.followup.models import Call
from daybreak.clinic.followup.services import record_call
from daybreak.clinic.planning.queries import planned_session, signed_plan
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.schedule import queries, services
from daybreak.clinic.schedule.diary import Booking
from daybreak.clinic.schedule.models import Appointment, Authorisation
from daybreak.clinic.schedule.services import Wanted
from daybreak.clinic.treatment_day.models import Session
from daybreak.demonstration.people import House
from daybreak.demonstration.stories import Reached
from daybreak.demonstration.telling import SIGNED, Moment, Telling
from daybreak.treatment.follow_up import CallKind

KNOWN_FROM, BOOKED_UNTIL = timedelta(days=10), timedelta(days=21)
BOOKED_AFTER_SIGNING = timedelta(hours=3)
ARRIVES_BEFORE_DOSE = timedelta(minutes=30)
QUARTER_MIN = 15
MISSED_SINCE, MISSED_AFTER, BOOKED_ANEW_AFTER = timedelta(days=1), timedelta(minutes=25), timedelta(hours=2)
RIDE_ASKED_BEFORE = timedelta(days=1)
CALLED_BACK_AFTER = timedelta(hours=1)
CALLED_AT = time(10)
# Open longer and every day, with more people for each who watches, than a clinic begins with: today's sessions stand
# around the moment of filling, and one role is one person here.
OPENS, CLOSES, EVERY_DAY, PEOPLE_PER_NURSE = time(7), time(20), range(1, 8), 4
AGREED = "Agreed with the person and the prescriber."
RIDES = ("A relative with a car", "Her neighbour", "The clinic’s driver")


def opened(house: House) -> Iterator[Moment]:
    """The house's part: its hours."""
    yield Moment(
        house.founded_at + timedelta(minutes=30),
        lambda at: services.set_hours(
            house.site, house.acts(Role.DIRECTOR, at), write_id=uuid5(NAMESPACE_OID, "daybreak demonstration hours"),
            opens=OPENS, closes=CLOSES, weekdays=EVERY_DAY, people_per_nurse=PEOPLE_PER_NURSE,
            reason="Demonstration: one person for each role, and open on the day it is looked at.",
        ),
    )  # fmt: skip


def booked(telling: Telling) -> Iterator[Moment]:
    """Everything of one person's calendar."""
    if not telling.story.plan or not telling.story.reached.is_past(Reached.SIGNED):
        return
    # No two people at the same second: who is served first must not depend on who is told first.
    begins = telling.before_first_dose(SIGNED) + BOOKED_AFTER_SIGNING + timedelta(seconds=telling.story.number)
    yield Moment(begins, lambda at: _authorise(telling, at))
    if "missed" in telling.story.unusual:
        missed_at = telling.doses_at[0] - timedelta(days=telling.story.next_in or 0) - MISSED_SINCE
        yield Moment(begins, lambda at: _book(telling, [(1, missed_at)], at, "missed"))
        yield Moment(missed_at + MISSED_AFTER, lambda at: _miss(telling, at))
        begins = missed_at + BOOKED_ANEW_AFTER
    shown = [
        (number, dose_at)
        for number, dose_at in enumerate(telling.doses_at, start=1)
        if telling.now - KNOWN_FROM <= dose_at <= telling.now + BOOKED_UNTIL
    ]
    yield Moment(begins, lambda at: _book(telling, shown, at, "booked"))
    for number, dose_at in shown:
        yield Moment(dose_at - RIDE_ASKED_BEFORE, lambda at, number=number: _ask_for_ride(telling, number, at))


def called(telling: Telling, number: int, left_at: datetime) -> Iterator[Moment]:
    """The calls after one session: back within the hour where a criterion stood open, and the next morning."""
    if left_at < telling.now - KNOWN_FROM:
        return
    yield Moment(left_at + CALLED_BACK_AFTER, lambda at: _call(telling, number, CallKind.CALL_BACK, at))
    next_day = timezone.localdate(left_at) + timedelta(days=1)
    morning = timezone.make_aware(datetime.combine(next_day, CALLED_AT)) + timedelta(minutes=telling.story.number)
    yield Moment(morning, lambda at: _call(telling, number, CallKind.NEXT_DAY, at))


def _authorise(telling: Telling, at: datetime) -> None:
    """Every fourth person has none on file, and every fourth one that runs out in a few days."""
    kind = telling.story.number % 4
    if kind == 0:
        return
    answer = Authorisation.Answer.NOT_NEEDED if kind == 1 else Authorisation.Answer.GRANTED
    lasts = timedelta(days=120) if kind == 2 else timedelta(days=4)
    services.record_authorisation(
        telling.course, answer, telling.acts(Role.COORDINATOR, at), write_id=telling.id("authorisation"),
        reference="" if kind == 1 else f"SYN-{telling.story.number:03}",
        expires_on=None if kind == 1 else timezone.localdate(telling.now) + lasts,
    )  # fmt: skip


def _book(telling: Telling, sessions: list[tuple[int, datetime]], at: datetime, name: str) -> None:
    """Each session where it fits; one that fits nowhere at its time is not booked."""
    plan, house = signed_plan(telling.course), telling.house
    if plan is None or not sessions:
        return
    times = [dose_at for _, dose_at in sessions]
    diary = queries.diary(house.site, min(times) - ARRIVES_BEFORE_DOSE, max(times), at)
    wanted = []
    for number, dose_at in sessions:
        planned = planned_session(plan, number)
        if planned is None:
            continue
        arrives = _quarter(dose_at - ARRIVES_BEFORE_DOSE)
        places = (
            Booking(
                number, telling.course.patient, arrives, arrives + queries.stay_of(plan, planned).length, chair, who
            )
            for who in (house.staff[Role.NURSE], house.staff[Role.PRESCRIBER])
            for chair in house.chairs
        )
        place = next((each for each in places if arrives >= at and not diary.answer(each).against), None)
        if place is not None and place.chair is not None and place.nurse is not None:
            diary = diary.and_(place)
            wanted.append(Wanted(number, arrives, place.chair, place.nurse, house.staff[Role.PRESCRIBER]))
    if wanted:
        services.book(
            telling.course, wanted, telling.acts(Role.COORDINATOR, at), write_id=telling.id(name), reason=AGREED
        )


def _quarter(at: datetime) -> datetime:
    local = timezone.localtime(at)
    return local.replace(minute=local.minute - local.minute % QUARTER_MIN, second=0, microsecond=0)


def _miss(telling: Telling, at: datetime) -> None:
    made = Appointment.objects.filter(pk=telling.id("missed")).first()
    if made is not None:
        services.no_show(
            made,
            telling.acts(Role.COORDINATOR, at),
            write_id=telling.id("no show"),
            reason="Phoned: had the wrong day.",
        )


def _ask_for_ride(telling: Telling, number: int, at: datetime) -> None:
    """Every fifth time nobody is found yet."""
    made = queries.standing(Appointment.objects.filter(course=telling.course, number=number)).first()
    if made is None:
        return
    arranged = (telling.story.number + number) % 5 != 0
    services.record_ride(
        made, telling.acts(Role.COORDINATOR, at), write_id=telling.id("ride", number), arranged=arranged,
        words=RIDES[telling.story.number % len(RIDES)] if arranged else "The sister works that day",
    )  # fmt: skip


def _call(telling: Telling, number: int, kind: CallKind, at: datetime) -> None:
    session: Session = telling.held[number]
    if kind in [each.kind for each in calls.of_session(session)]:
        nurse = telling.acts(Role.NURSE, at)
        record_call(
            session, kind, Call.Outcome.REACHED, nurse, write_id=telling.id("call", number, kind),
            words="At home, awake, nothing new." if kind is CallKind.CALL_BACK else "Slept well, no complaints.",
        )  # fmt: skip
