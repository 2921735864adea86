"""Reads of escalation: whether it is on, who is on call, where nobody is, what went out and who answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from daybreak.clinic.escalation.mail import NO_SERVER, may_send
from daybreak.clinic.escalation.models import DutyPeriod, EscalationSwitch, OnCallMessage
from daybreak.clinic.record import status
from daybreak.clinic.record.models import Flag, Site
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day.models import Reading, Session
from daybreak.clinic.treatment_day.queries import AGAINST_CHECKS, DONE_WITHOUT_NETWORK, LIMIT_CROSSED, WENT_ON
from daybreak.clinic.treatment_day.services import OVERDUE_CHECK
from daybreak.clinic.treatment_day.services.overdue import PART as OVERDUE_PART
from daybreak.clinic.treatment_day.state import known_limits
from daybreak.treatment.limits import Level, Limit

AHEAD = timedelta(days=7)
SHOWN, MARKS_OF_ONE = 30, 10
_OF_ANY_LEVEL = (OVERDUE_CHECK, WENT_ON, DONE_WITHOUT_NETWORK, AGAINST_CHECKS)
_CLIMBS = Q(kind=LIMIT_CROSSED, level=Flag.Level.ACT) | Q(kind__in=_OF_ANY_LEVEL)
# The clock's work (`daybreak tick`, once a minute) is what climbs; silent for longer, a part of it is said to be. Ours.
SILENT_AFTER = timedelta(minutes=3)
CLIMB, CLOCK = "tick, the climb", "tick"  # their names on the status page


def switch(site: Site) -> EscalationSwitch | None:
    """The newest switching of a site; None where nobody ever did."""
    rows = EscalationSwitch.objects.filter(site=site).select_related("recorded_by")
    return rows.order_by("-recorded_at", "-pk").first()


def is_on(site: Site) -> bool:
    """Whether marks climb at this site."""
    newest = switch(site)
    return newest is not None and newest.is_on


def roster(site: Site, now: datetime | None = None) -> QuerySet[DutyPeriod]:
    """Who is and will be on call, by time and place; what was withdrawn is left out."""
    rows = DutyPeriod.objects.filter(site=site, ends_at__gt=now or timezone.now(), is_withdrawn=False)
    return rows.filter(corrected_by__isnull=True).select_related("person").order_by("starts_at", "place")


def on_call(site: Site, at: datetime) -> list[DutyPeriod]:
    """Who is on call at this time, in the order in which they are called."""
    return list(roster(site, at).filter(starts_at__lte=at, person__is_active=True).order_by("place", "starts_at"))


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one time to another."""

    start: datetime
    end: datetime


def gaps(site: Site, now: datetime, ahead: timedelta = AHEAD) -> list[Stretch]:
    """When nobody is on call within the days ahead."""
    found, covered, until = [], now, now + ahead
    for row in roster(site, now).filter(starts_at__lt=until, person__is_active=True):
        if row.starts_at > covered:
            found.append(Stretch(covered, row.starts_at))
        covered = max(covered, row.ends_at)
    return [*found, Stretch(covered, until)] if covered < until else found


@dataclass(frozen=True, slots=True)
class OnRoster:
    """A row of the roster, and whether a test message to this person at this address went out and was answered."""

    duty: DutyPeriod
    test: OnCallMessage | None

    @property
    def is_passed_over(self) -> bool:
        """Whether nobody calls this person, whose account was ended."""
        return not self.duty.person.is_active

    @property
    def is_tested(self) -> bool:
        return self.test is not None and _is_passed(self.test)


def _is_passed(test: OnCallMessage) -> bool:
    """Whether it went out and was answered: what never left was read by nobody."""
    return not test.trouble and hasattr(test, "answer")


def tested_roster(site: Site, now: datetime) -> list[OnRoster]:
    """The roster with the test of each row that counts: one that was answered, or else the newest. One that
    failed since undoes it."""
    tests: dict[tuple[UUID | None, str], OnCallMessage] = {}
    rows = OnCallMessage.objects.filter(site=site, flag__isnull=True).select_related("answer").order_by("recorded_at")
    for row in rows:
        before = tests.get((row.person_id, row.address))
        if before is None or row.trouble or not _is_passed(before):
            tests[row.person_id, row.address] = row
    return [OnRoster(duty, tests.get((duty.person_id, duty.address))) for duty in roster(site, now)]


def nobody_is_called(site: Site) -> str:
    """Why nobody would be called at a site that escalates, as far as that is known; empty while it is off, or where
    somebody is on call and the newest message was handed over.
    """
    if not is_on(site):
        return ""
    if not on_call(site, timezone.now()):
        return "Escalation is on and nobody is on call now: nobody is called. Put somebody on the roster."
    if not may_send():
        return f"{NO_SERVER.removesuffix('.')}: nobody is called. Whoever runs the server mends it."
    newest = OnCallMessage.objects.filter(site=site, person__isnull=False).order_by("-recorded_at", "-pk").first()
    if newest is None or not newest.trouble:
        return ""
    at = clock_today(newest.recorded_at)
    return (
        f"The newest message, of {at}, did not go out: it may be that nobody is called. {newest.trouble} Whoever "
        "runs the server mends it."
    )


def waiting_flags(site: Site) -> list[Flag]:
    """What climbs: marks that call to act, overdue checks and a pump that may run, open and with no answer yet."""
    return list(open_flags(site=site).filter(_CLIMBS, acknowledged=False))


def messages_about(flags: Iterable[Flag]) -> QuerySet[OnCallMessage]:
    """Every step about these flags, in order."""
    rows = OnCallMessage.objects.filter(flag__in=list(flags))
    return rows.select_related("person", "flag__patient", "answer__recorded_by").order_by("flag", "step")


def named_with(message: OnCallMessage) -> QuerySet[OnCallMessage]:
    """What else the same e-mail told of, each in a row of its own."""
    others = OnCallMessage.objects.filter(mail__isnull=False, mail=message.mail).exclude(pk=message.pk)
    return others.filter(answer__isnull=True).select_related("flag__patient")


def newest_messages(site: Site) -> QuerySet[OnCallMessage]:
    """What went out last, tests among it, the newest first: rows enough for as many messages as are shown."""
    rows = OnCallMessage.objects.filter(site=site).select_related("person", "flag__patient", "answer")
    return rows.order_by("-recorded_at", "-pk")[: SHOWN * MARKS_OF_ONE]


def sessions_of(flags: Iterable[Flag]) -> dict[UUID, Session]:
    """The session that each of these flags of the treatment day is about, by flag. Two queries."""
    flags = list(flags)
    marked = [flag.subject for flag in flags if flag.kind == LIMIT_CROSSED]
    read_in = dict(Reading.objects.filter(pk__in=marked).values_list("pk", "session"))
    about = {flag.pk: read_in.get(flag.subject, flag.subject) for flag in flags}
    sessions = Session.objects.select_related("chair", "course__patient__site").in_bulk(set(about.values()) - {None})
    return {flag: sessions[session] for flag, session in about.items() if session in sessions}


def limit_of(flag: Flag, session: Session | None) -> Limit | None:
    """The limit a mark is about, as its session holds it; None for a flag of another kind."""
    return known_limits(session.own).get(flag.rule) if session else None


def rank(flag: Flag, session: Session | None) -> int:
    """How grave a flag that climbs is: a mark by its level, a pump that may run as a red one, an overdue check last."""
    if limit := limit_of(flag, session):
        return limit.level.rank
    return Level.RED.rank if flag.level == Flag.Level.ACT else 0


def flags_of(session: Session) -> list[Flag]:
    """The open flags of a session's person that climb, or climbed before somebody answered at the chair."""
    return list(open_flags(patients=[session.course.patient]).filter(_CLIMBS, course=session.course))


def what_stands_still(now: datetime) -> str:
    """What of the clock's work was not done lately, as far as marks climb by it; empty where all of it was."""
    if status.is_silent(CLIMB, SILENT_AFTER, now):
        return "The climb has not been done for minutes: nothing is sure to climb now. Call by hand."
    if status.is_silent(OVERDUE_PART, SILENT_AFTER, now):
        return (
            "The clock’s work has not looked at every overdue check for minutes: one may climb to nobody. Look at the "
            "clocks of the chairs. Red marks climb."
        )
    return ""


def something_else_stands_still(now: datetime) -> bool:
    """Whether a pass of the clock's work was not done whole lately, in a part by which nothing climbs."""
    return not what_stands_still(now) and status.is_silent(CLOCK, SILENT_AFTER, now)
