"""From an empty roster to an answered mark, page by page, as a director, a prescriber on call and a nurse walk it."""

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from daybreak.clinic.escalation import queries
from daybreak.clinic.escalation.models import DutyPeriod, OnCallMessage
from daybreak.clinic.followup.tick import tick
from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import open_day
from tests.web.test_gate import signed_in

MINUTES = 3
SWITCH_ON = {"is_on": "on", "minutes": MINUTES, "words": "Agreed with everybody on the roster."}


class Person:
    """Somebody who opens pages and types into their forms."""

    def __init__(self, clinic: Clinic, role: Role) -> None:
        self.user, self._browser = clinic.users[role], signed_in(clinic, role)
        self.address = f"{role}@example.org"

    def types(self, path: str, **said: object) -> str:
        """Send a form; the page that comes of it."""
        return self._browser.post(path, {"write_id": new_id(), **said}, follow=True).content.decode()

    def reads(self, path: str) -> str:
        return self._browser.get(path).content.decode()


def test_from_an_empty_roster_to_an_answered_mark(clinic: Clinic) -> None:
    director, prescriber, nurse = (Person(clinic, role) for role in (Role.DIRECTOR, Role.PRESCRIBER, Role.NURSE))
    day = open_day(clinic, hours_ago=0.5)
    day.begin()

    # Off by default, and off until somebody is on call and everybody on the roster has answered a test.
    assert "It was never switched on here" in nurse.reads("/escalation/")
    assert "Nobody is on call now" in director.types("/escalation/switch", **SWITCH_ON)
    for place, person in ((1, prescriber), (2, director)):
        director.types("/escalation/roster", **on_call(person, place))
    assert "No test message was answered by" in director.types("/escalation/switch", **SWITCH_ON)
    for duty in DutyPeriod.objects.order_by("place"):
        director.types(f"/escalation/roster/{duty.pk}/test")
    assert addresses() == [prescriber.address, director.address]
    for person in (prescriber, director):
        assert "Test message of" in person.reads("/escalation/")
        person.types(f"/escalation/messages/{OnCallMessage.objects.get(person=person.user).pk}/answer", words="Read.")
    director.types("/escalation/switch", **SWITCH_ON)
    assert queries.is_on(clinic.site)
    mail.outbox.clear()

    # A pressure beyond red is typed at the chair, and nobody answers: each person is called once, in order.
    nurse.types(f"/sessions/{day.session.pk}/readings", systolic="186", diastolic="96")
    flag = Flag.objects.get(level=Flag.Level.ACT)
    to_call = [(MINUTES - 1, 0), (MINUTES + 1, 1), (MINUTES + 2, 1), (2 * MINUTES + 2, 2), (30, 2), (31, 2)]
    for minutes, called in to_call:
        tick(flag.recorded_at + timedelta(minutes=minutes))
        assert called_about(flag) == [prescriber.address, director.address][:called], f"after {minutes} minutes"
    assert set(addresses()) == {prescriber.address, director.address}
    shown = nurse.reads(f"/escalation/sessions/{day.session.pk}")
    assert shown.index("prescriber was sent a message") < shown.index("medical director was sent a message")
    assert "Nobody else was on call" in shown

    # The nurse answers at the chair. Nobody is called any more, and the mark stays until the value is back.
    nurse.types(f"/sessions/{day.session.pk}/mark", flag=flag.pk, answer="told")
    tick(flag.recorded_at + timedelta(minutes=60))
    assert called_about(flag) == [prescriber.address, director.address]
    assert [event.kind for event in flag.events.all()] == [FlagEvent.Kind.ACKNOWLEDGED]
    assert flag in queries.flags_of(day.session)


def on_call(person: Person, place: int) -> dict[str, object]:
    """What the roster's form asks: from an hour ago until this time tomorrow."""
    now = timezone.localtime()
    first, last = (f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M}" for hours in (-1, 24))
    return {
        "person": person.user.pk, "place": place, "address": person.address, "starts_at": first, "ends_at": last
    }  # fmt: skip


def addresses() -> list[str]:
    """Where messages went, in order."""
    return [address for message in mail.outbox for address in message.to]


def called_about(flag: Flag) -> list[str]:
    """Whom the steps about a flag went to."""
    return [step.address for step in queries.messages_about([flag]) if step.person]
