"""The verbs of escalation: the roster, the test messages, the switch, the climb, the answer."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from django.utils import timezone

from daybreak.clinic.escalation import queries
from daybreak.clinic.escalation.mail import NO_SERVER, may_send, post
from daybreak.clinic.escalation.models import DutyPeriod, EscalationSwitch, OnCallAnswer, OnCallMessage
from daybreak.clinic.record import audit, status, turns, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, Site, User, new_id
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import CLOCK_AHEAD
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.limits import SHORT_NAMES

log = logging.getLogger(__name__)
ON_CALL_ROLES = (Role.PRESCRIBER, Role.NURSE, Role.DIRECTOR)
PLACES = range(1, 6)
LONGEST_DUTY = timedelta(days=31)
LEAST_MINUTES, MOST_MINUTES = 1, 30
NOBODY = "Nobody was on call."
NOBODY_ELSE = "Nobody else was on call."
NOBODY_REACHED = "Nobody was reached: no message went out. It is tried again every minute; call by hand until then."
_WHAT = {
    queries.OVERDUE_CHECK: "A check is overdue",
    queries.WENT_ON: "A dose went on after a stop",
    queries.DONE_WITHOUT_NETWORK: "Something given without a network is in question",
    queries.AGAINST_CHECKS: "A dose was given against a check",
}
NOT_A_MONITOR = "Daybreak does not replace the monitor’s alarms, and a message may come late or not at all."


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call from when to when, called as number `place`, at which address."""

    person: User
    place: int
    starts_at: datetime
    ends_at: datetime
    address: str


def add_duty(site: Site, duty: Duty, actor: Actor, *, write_id: UUID) -> DutyPeriod:
    """Put a person on the roster.

    Raises:
        Refusal: for a time that is over or ends before it begins, for somebody who does not treat here, and where this
            place of the order, or this person, is taken in that time already.
    """
    _require_sound(site, duty, actor.now)

    def do() -> None:
        Site.objects.select_for_update().get(pk=site.pk)  # two rows at once see each other
        # Who is passed over since their account was ended holds no place.
        for row in queries.roster(site, duty.starts_at).filter(starts_at__lt=duty.ends_at, person__is_active=True):
            name = row.person.display_name
            if row.place == duty.place:
                raise Refusal(f"{name} is number {duty.place} in this time. Choose another place or time.")
            if row.person_id == duty.person.pk:
                raise Refusal(f"{name} is on call in this time already, as number {row.place}.")
        DutyPeriod.objects.create(id=write_id, site=site, **_fields(duty), **actor.stamp)
        audit.record(actor, "put on call", subject=duty.person.pk, place=duty.place)

    content = {"site": site.pk, **_fields(duty), "person": duty.person.pk}
    writes.once(write_id, "duty", content, actor, do)
    return DutyPeriod.objects.get(pk=write_id)


def _fields(duty: Duty) -> dict[str, Any]:
    return {field.name: getattr(duty, field.name) for field in fields(duty)}


def _require_sound(site: Site, duty: Duty, now: datetime) -> None:
    if duty.ends_at <= duty.starts_at or duty.ends_at <= now:
        raise Refusal("The time on call ends before it begins, or is over. Look at both times.")
    if duty.ends_at - duty.starts_at > LONGEST_DUTY:
        raise Refusal(f"One row covers {LONGEST_DUTY.days} days at most. Write two.")
    if duty.place not in PLACES:
        raise Refusal(f"{duty.place} is no place in the order of calling. Write {PLACES[0]} to {PLACES[-1]}.")
    person = duty.person
    if person.site_id != site.pk or person.role not in ON_CALL_ROLES or not person.is_active:
        raise Refusal(f"{person} cannot be on call here. Choose a prescriber, a nurse or the director of this site.")


def withdraw_duty(duty: DutyPeriod, reason: str, actor: Actor, *, write_id: UUID) -> DutyPeriod:
    """Take a row off the roster; both stay in the record.

    Raises:
        Refusal: without a reason, or if it was withdrawn before.
    """
    reason = reason.strip()
    if not reason:
        raise Refusal("Write why, in a few words. The roster was not changed.")

    def do() -> None:
        if DutyPeriod.objects.filter(corrects=duty).exists():
            raise Refusal("This row was taken off the roster already.")
        DutyPeriod.objects.create(
            id=write_id, site_id=duty.site_id, person_id=duty.person_id, place=duty.place, starts_at=duty.starts_at,
            ends_at=duty.ends_at, address=duty.address, is_withdrawn=True, corrects=duty, correction_reason=reason,
            **actor.stamp,
        )  # fmt: skip
        audit.record(actor, "taken off call", subject=duty.person_id, reason=reason)

    writes.once(write_id, "duty withdrawn", {"duty": duty.pk, "reason": reason}, actor, do)
    return DutyPeriod.objects.get(pk=write_id)


def send_test(duty: DutyPeriod, actor: Actor, *, write_id: UUID) -> OnCallMessage:
    """Send a test message to a person at the address of this row. They answer it on the page, signed in."""
    trouble = ""
    if not writes.is_kept(write_id):
        text = (
            f"This is a test. Sign in to Daybreak, open the page Escalation and answer it there.\n\n{NOT_A_MONITOR}\n"
        )
        trouble = post(duty.address, f"Daybreak, {duty.site.name}: test message", text)

    def do() -> None:
        _keep(duty.site, write_id, actor, person=duty.person, address=duty.address, trouble=trouble)

    writes.once(write_id, "on-call test", {"duty": duty.pk}, actor, do)
    return OnCallMessage.objects.get(pk=write_id)


def answer(message: OnCallMessage, words: str, actor: Actor, *, write_id: UUID) -> OnCallAnswer:
    """The person called answers: what the message named climbs no further. It waits for its answer at the chair.

    Raises:
        Refusal: for anybody else, where it was answered already, and for a test that never left.
    """
    if message.flag_id is None and message.trouble:
        raise Refusal(f"This test was not sent, so there is nothing to have read. {message.trouble}")
    if actor.user is None or actor.user.pk != message.person_id:
        raise Refusal("Only the person who was called answers this message. Answer the mark itself at the chair.")

    def do() -> None:
        if OnCallAnswer.objects.filter(message=message).exists():
            raise Refusal("This message was answered already.")
        for each in (message, *queries.named_with(message)):
            answer_id = write_id if each.pk == message.pk else uuid5(write_id, str(each.pk))
            OnCallAnswer.objects.create(id=answer_id, message=each, words=words.strip(), **actor.stamp)
            patient = each.flag.patient if each.flag else None
            audit.record(actor, "on-call message answered", patient=patient, subject=each.pk)

    writes.once(write_id, "on-call answer", {"message": message.pk, "words": words.strip()}, actor, do)
    return OnCallAnswer.objects.get(pk=write_id)


def set_switch(
    site: Site, actor: Actor, *, is_on: bool, minutes: int | None, words: str, write_id: UUID
) -> EscalationSwitch:
    """Let marks climb at a site, or no longer; then the minutes are those there were.

    Raises:
        Refusal: for anybody but the medical director; off without a reason; on without a mail server, while nobody is
            on call, or while a person on the roster has not answered a test message that went to their address.
    """
    if actor.user is None or not actor.user.allows(Permission.ESCALATION_SWITCH) or actor.user.site_id != site.pk:
        raise Refusal("Only the medical director of the site switches escalation.")
    words = words.strip()
    if not words:
        raise Refusal("Write why, in a few words. Nothing was switched.")
    before = queries.switch(site)
    if not is_on:
        minutes = before.minutes if before else LEAST_MINUTES
    if minutes is None or not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise Refusal(f"A mark waits {LEAST_MINUTES} to {MOST_MINUTES} minutes before it climbs, not {minutes}.")

    def do() -> None:
        if is_on:
            _require_ready(site, actor.now)
        EscalationSwitch.objects.create(
            id=write_id, site=site, is_on=is_on, minutes=minutes, words=words, **actor.stamp
        )
        audit.record(actor, "escalation on" if is_on else "escalation off", subject=site.pk, minutes=minutes)

    content = {"site": site.pk, "on": is_on, "minutes": minutes if is_on else None, "words": words}
    writes.once(write_id, "escalation switch", content, actor, do)
    return EscalationSwitch.objects.get(pk=write_id)


def _require_ready(site: Site, now: datetime) -> None:
    if not may_send():
        raise Refusal(f"{NO_SERVER} Escalation would call nobody. Whoever runs the server sets one.")
    if not queries.on_call(site, now):
        raise Refusal("Nobody is on call now. Put somebody on the roster before you switch escalation on.")
    called = [row for row in queries.tested_roster(site, now) if not row.is_passed_over]
    untested = {row.duty.person.display_name for row in called if not row.is_tested}
    if untested:
        raise Refusal(
            f"No test message was answered by {', '.join(sorted(untested))}. Send one, and let them answer it."
        )


def climb(actor: Actor) -> int:
    """One pass over every site that has escalation on, at `actor.now`; the number of messages handed over.

    What waits at one chair goes to each person in one message.

    Carried out again, it changes nothing: each step is kept once. Beside another pass that still sends, it does
    nothing: two would call a person twice. A message that could not be handed over is kept with its trouble, the next
    person is called at once, and every pass tries again until one goes; that it failed again is not kept again.
    """
    with turns.alone("climb") as is_alone:
        return _climb_everywhere(actor) if is_alone else 0


def _climb_everywhere(actor: Actor) -> int:
    """Each chair by itself: what breaks the climb at one is no reason to call nobody about the next. Only a pass
    without a trouble shows that it ran.
    """
    sent, troubles = 0, list[Exception]()
    for site in Site.objects.filter(pk__in=EscalationSwitch.objects.values("site")):
        for chair in _waiting_at(site):
            try:
                sent += _climb_at(chair, actor)
            except (InterfaceError, OperationalError, ProgrammingError):
                raise  # the database is lost to all of them
            except Exception as trouble:
                log.exception("Nobody was called about session %s", chair.session and chair.session.pk)
                troubles.append(trouble)
    if troubles:
        status.failed(queries.CLIMB)
        raise troubles[0]
    status.beat(queries.CLIMB)
    return sent


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A flag that climbs, with its steps so far."""

    flag: Flag
    steps: list[OnCallMessage]
    session: Session | None

    @property
    def is_answered(self) -> bool:
        return any(hasattr(step, "answer") for step in self.steps)

    @property
    def named(self) -> str:
        """As a message names it: without a value."""
        if limit := queries.limit_of(self.flag, self.session):
            return f"{SHORT_NAMES[limit.vital]}: {limit.level}"
        return _WHAT.get(self.flag.kind, "A mark that calls to act")

    def told(self, person: User) -> bool:
        """Whether a message about it went out to this person."""
        return any(step.person_id == person.pk and not step.trouble for step in self.steps)

    def missed(self, person: User) -> bool:
        """Whether it is kept that a message about it did not go out to this person."""
        return any(step.person_id == person.pk and step.trouble for step in self.steps)

    @property
    def ends_with(self) -> str:
        """Why nobody is called any more, for now."""
        if not self.steps:
            return NOBODY
        return NOBODY_ELSE if any(step.person_id and not step.trouble for step in self.steps) else NOBODY_REACHED

    def is_due(self, switch: EscalationSwitch, now: datetime) -> bool:
        last = self.steps[-1] if self.steps else None
        if last is not None and last.trouble:
            return True  # it reached nobody: whoever is left, or comes on call, is called at once
        since = last.recorded_at if last else max(self.flag.recorded_at, switch.recorded_at)
        # Still to come, since the clock was set back: how long it waited is not known, and it waits no longer.
        return not -CLOCK_AHEAD <= now - since < timedelta(minutes=switch.minutes)


@dataclass(frozen=True, slots=True)
class _Chair:
    """What waits in one session, the gravest first. Whoever is called about it is told of all of it at once."""

    session: Session | None
    waiting: tuple[_Waiting, ...]
    switch: EscalationSwitch

    @property
    def name(self) -> str:
        return str(self.session.chair) if self.session and self.session.chair else "A session without a chair"


def _waiting_at(site: Site) -> list[_Chair]:
    """What climbs at a site, by chair; nothing where it is off."""
    switch = queries.switch(site)
    if switch is None or not switch.is_on:
        return []
    flags = queries.waiting_flags(site)
    steps: dict[UUID, list[OnCallMessage]] = {}
    for message in queries.messages_about(flags):
        steps.setdefault(message.flag_id, []).append(message)
    sessions = queries.sessions_of(flags)
    chairs: dict[UUID, list[_Waiting]] = {}
    for flag in flags:
        each = _Waiting(flag, steps.get(flag.pk, []), sessions.get(flag.pk))
        if not each.is_answered:
            chairs.setdefault(each.session.pk if each.session else flag.pk, []).append(each)
    return [_Chair(waiting[0].session, tuple(_gravest_first(waiting)), switch) for waiting in chairs.values()]


def _gravest_first(waiting: Iterable[_Waiting]) -> list[_Waiting]:
    """Of the overdue checks of a session only the first: who is called about a chair sees the others there. A later
    check calls again only once somebody answered for the one before."""
    kept: dict[object, _Waiting] = {}
    for each in waiting:
        is_check = each.flag.kind == queries.OVERDUE_CHECK
        kept.setdefault(queries.OVERDUE_CHECK if is_check else each.flag.pk, each)
    return sorted(kept.values(), key=lambda each: -queries.rank(each.flag, each.session))


def _climb_at(chair: _Chair, actor: Actor) -> int:
    """Call the next person about each that is due. Who is called is told, in one message, of all that waits there and
    that they were not told of; where nobody was left, whoever comes on call is called at once.
    """
    due, sent = [each for each in chair.waiting if each.is_due(chair.switch, actor.now)], 0
    for duty in queries.on_call(chair.switch.site, actor.now) if due else ():
        for_them = [each for each in due if not each.told(duty.person)]
        if for_them and not _call(chair, duty, actor):
            due, sent = [each for each in due if each not in for_them], sent + 1
    mail = new_id()
    for each in due:
        if not each.steps or each.steps[-1].person_id is not None:  # that nobody is left is said once
            _keep_step(each, actor, trouble=each.ends_with, mail=mail)
    return sent


def _call(chair: _Chair, duty: DutyPeriod, actor: Actor) -> str:
    """Why the message could not be handed over; empty: it was. Sent before it is kept: a message may go out twice, but
    none is said to have gone out that did not."""
    untold = [each for each in chair.waiting if not each.told(duty.person)]
    since = min(each.flag.recorded_at for each in untold)
    no_answer = f"no answer for {max(0, (actor.now - since) // timedelta(minutes=1))} min"
    named = "".join(dict.fromkeys(f"- {each.named}\n" for each in chair.waiting))
    text = (
        f"{chair.name}, {no_answer}. What waits there, the gravest first:\n{named}\n"
        f"You are called as number {duty.place} on the roster. Go there or call, then sign in to Daybreak, open the "
        f"page Escalation and answer this.\n\nNo name and no value is written in a message. {NOT_A_MONITOR}\n"
    )
    trouble = post(duty.address, f"Daybreak, {duty.site.name}: {chair.name}, {no_answer}", text)
    mail = new_id()
    with transaction.atomic():
        for each in untold:
            if trouble and each.missed(duty.person):
                continue
            _keep_step(each, actor, person=duty.person, address=duty.address, trouble=trouble, mail=mail)
    return trouble


def _keep_step(waiting: _Waiting, actor: Actor, *, trouble: str, **said: Any) -> None:
    flag, step = waiting.flag, len(waiting.steps) + 1
    write_id = uuid5(flag.pk, f"escalation step {step}")

    def do() -> None:
        _keep(flag.patient.site, write_id, actor, flag=flag, step=step, trouble=trouble, **said)
        audit.record(actor, "escalated", patient=flag.patient, subject=flag.pk, step=step, trouble=trouble)

    writes.once(write_id, "escalation step", {"flag": flag.pk, "step": step}, actor, do)
    waiting.steps.append(OnCallMessage.objects.get(pk=write_id))


def _keep(site: Site, message_id: UUID, actor: Actor, **said: object) -> OnCallMessage:
    stamp = {"recorded_at": timezone.now(), **actor.stamp}
    return OnCallMessage.objects.create(id=message_id, site=site, **said, **stamp)
