"""Where no message can leave, nothing counts as tested, escalation is not switched on, and who relies on it is told."""

from smtplib import SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from daybreak.clinic.escalation import queries, services
from daybreak.clinic.escalation.mail import post
from daybreak.clinic.escalation.models import DutyPeriod, OnCallMessage
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.escalation.roster import put, switch, switched_on, try_out
from tests.clinic.escalation.test_escalation import signed_in
from tests.clinic.people import ADDRESS, Clinic


@pytest.fixture
def no_mail(settings: Any) -> Any:
    """A clinic without DAYBREAK_MAIL; what is called makes the mail server work."""
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    return lambda: setattr(settings, "EMAIL_BACKEND", works)


def page(clinic: Clinic, role: Role, path: str) -> str:
    return str(signed_in(clinic, role).get(path).content.decode())


def test_a_test_that_never_left_was_read_by_nobody(clinic: Clinic, no_mail: Any) -> None:
    duty = put(clinic, Role.PRESCRIBER, 1)
    sent = services.send_test(duty, clinic.actor(Role.DIRECTOR), write_id=new_id())
    assert "I read it" not in page(clinic, Role.PRESCRIBER, "/escalation/")
    with pytest.raises(Refusal, match="This test was not sent"):
        services.answer(sent, "", Actor(duty.person, ADDRESS), write_id=new_id())
    with pytest.raises(Refusal, match="No mail server is set"):
        switch(clinic, on=True)
    no_mail()
    with pytest.raises(Refusal, match="No test message was answered by A synthetic prescriber"):
        switch(clinic, on=True)
    try_out(clinic, duty)
    switch(clinic, on=True)


def test_a_test_that_fails_later_undoes_the_one_that_was_answered(clinic: Clinic, no_mail: Any) -> None:
    duty = put(clinic, Role.PRESCRIBER, 1)
    no_mail()
    try_out(clinic, duty)
    OnCallMessage.objects.create(
        site=clinic.site, person=duty.person, address=duty.address, trouble="The mail server did not take it.",
        **clinic.actor(Role.DIRECTOR).stamp,
    )  # fmt: skip
    assert [row.is_tested for row in queries.tested_roster(clinic.site, timezone.now())] == [False]


def test_where_marks_should_climb_and_nothing_can_be_sent_every_page_says_so(clinic: Clinic, settings: Any) -> None:
    switched_on(clinic)
    parts = [(Role.NURSE, "/escalation/board"), (Role.ADMINISTRATOR, "/status/"), (Role.NURSE, "/escalation/")]
    assert not any("nobody is called" in page(clinic, *part) for part in parts)
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    for part in parts:
        assert "No mail server is set (DAYBREAK_MAIL), so no message leaves this machine: nobody is called" in page(
            clinic, *part
        )
    assert "goes to" not in page(clinic, Role.NURSE, "/escalation/board")


def test_where_nobody_is_on_call_any_more_it_is_said_before_a_mark_climbs_to_nobody(clinic: Clinic) -> None:
    """A roster that ran out at night, or everybody on it whose account was ended."""
    switched_on(clinic)
    User.objects.filter(pk__in=DutyPeriod.objects.values("person")).exclude(role=Role.DIRECTOR).update(is_active=False)
    parts = [(Role.NURSE, "/escalation/board"), (Role.ADMINISTRATOR, "/status/"), (Role.NURSE, "/escalation/")]
    assert not any("nobody is on call now" in page(clinic, *part) for part in parts)
    roster = page(clinic, Role.COORDINATOR, "/escalation/").split('id="ro"')[1].split("</tbody>")[0]
    assert roster.count("Account ended, passed over") == 1
    assert roster.count("Send test") == 1
    for duty in DutyPeriod.objects.filter(place=2):
        services.withdraw_duty(duty, "Is ill.", clinic.actor(Role.DIRECTOR), write_id=new_id())
    for part in parts:
        assert "Escalation is on and nobody is on call now: nobody is called" in page(clinic, *part)


def test_who_is_passed_over_holds_no_place_and_owes_no_test(clinic: Clinic) -> None:
    duty = put(clinic, Role.PRESCRIBER, 1)
    User.objects.filter(pk=duty.person_id).update(is_active=False)
    try_out(clinic, put(clinic, Role.NURSE, 1))
    switch(clinic, on=True)
    assert queries.is_on(clinic.site)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (SMTPSenderRefused(451, b"try later", "daybreak@clinic.example"), "451 try later"),
        (SMTPRecipientsRefused({"a@example.org": (550, b"no such\nbox")}), "550 no such box"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_refusal_of_the_mail_server_is_told_in_its_own_words(
    problem: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: EmailMessage) -> int:
        raise problem

    monkeypatch.setattr(EmailMessage, "send", refuses)
    assert post("a@example.org", "A test", "") == f"The mail server did not take it: {words}."


def test_a_mail_server_that_refused_the_newest_message_is_said_until_one_goes(clinic: Clinic, settings: Any) -> None:
    switched_on(clinic)
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    duty = queries.roster(clinic.site).first()
    services.send_test(duty, clinic.actor(Role.DIRECTOR), write_id=new_id())
    assert "The mail server did not take it" in page(clinic, Role.ADMINISTRATOR, "/status/")
    settings.EMAIL_BACKEND = works
    services.send_test(duty, clinic.actor(Role.DIRECTOR), write_id=new_id())
    assert "did not take it" not in page(clinic, Role.ADMINISTRATOR, "/status/")
