"""A mark nobody answers goes to the next person on call, and only where a site wants it and its roster was tried."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django.utils import timezone

from daybreak.clinic.escalation import queries, services
from daybreak.clinic.escalation.models import DutyPeriod, EscalationSwitch, OnCallAnswer, OnCallMessage
from daybreak.clinic.followup.tick import tick
from daybreak.clinic.record import turns
from daybreak.clinic.record.actor import SYSTEM, Actor
from daybreak.clinic.record.models import FlagEvent, Heartbeat, Patient, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import answer_flag, open_course
from daybreak.clinic.treatment_day.models import Chair
from daybreak.clinic.treatment_day.services import (
    Entry,
    MarkAnswer,
    answer_mark,
    flag_overdue_checks,
    record_readings,
)
from daybreak.treatment.vitals import Vital
from daybreak.web.settings import MailServer, mail_server
from tests.clinic.escalation.roster import MINUTES, put, switch, switched_on, try_out
from tests.clinic.people import ADDRESS, Clinic, make_clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.web.test_gate import signed_in


def in_minutes(minutes: float) -> Actor:
    return replace(SYSTEM, at=timezone.now() + timedelta(minutes=minutes, seconds=1))


def called() -> list[str]:
    """Whom each step went to, in order; what it says where it went to nobody."""
    steps = OnCallMessage.objects.filter(flag__isnull=False).order_by("flag", "step")
    return [step.person.role if step.person else step.trouble for step in steps]


@pytest.fixture
def day(clinic: Clinic) -> Day:
    return open_day(clinic)


@pytest.fixture
def red(day: Day) -> Day:
    """Escalation is on, and a pressure is beyond red."""
    switched_on(day.clinic)
    day.begin()
    day.systolic(20, 185)
    mail.outbox.clear()
    return day


def test_it_is_off_until_a_site_switches_it_on(day: Day) -> None:
    put(day.clinic, Role.PRESCRIBER, 1)
    day.begin()
    day.systolic(20, 185)
    assert not queries.is_on(day.clinic.site)
    assert services.climb(in_minutes(60)) == 0
    assert (called(), len(mail.outbox)) == ([], 0)


def test_it_is_switched_on_by_the_director_once_somebody_is_on_call_and_every_test_was_answered(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="Nobody is on call now"):
        switch(clinic, on=True)
    first, second = put(clinic, Role.PRESCRIBER, 1), put(clinic, Role.NURSE, 2)
    try_out(clinic, first)
    services.send_test(second, clinic.actor(Role.DIRECTOR), write_id=new_id())
    with pytest.raises(Refusal, match=r"No test message was answered by A synthetic session nurse\."):
        switch(clinic, on=True)
    try_out(clinic, second)
    with pytest.raises(Refusal, match="Only the medical director"):
        services.set_switch(
            clinic.site, clinic.actor(Role.PRESCRIBER), is_on=True, minutes=3, words="Why not.", write_id=new_id()
        )
    with pytest.raises(Refusal, match="1 to 30 minutes"):
        services.set_switch(
            clinic.site, clinic.actor(Role.DIRECTOR), is_on=True, minutes=0, words="At once.", write_id=new_id()
        )
    switch(clinic, on=True)
    assert queries.is_on(clinic.site)
    off = {"write_id": new_id(), "is_on": "off", "minutes": "", "words": "Tried."}
    page = signed_in(clinic, Role.DIRECTOR).post("/escalation/switch", off, follow=True)
    assert "Escalation is off." in page.content.decode(), "to switch it off nobody types minutes"
    assert not queries.is_on(clinic.site)
    assert EscalationSwitch.objects.count() == 2


def test_the_page_chooses_neither_on_nor_off_beforehand(clinic: Clinic) -> None:
    page = signed_in(clinic, Role.DIRECTOR).get("/escalation/").content.decode()
    choices = page.split('name="is_on"')[1].split("</select>")[0]
    assert choices.index('value="" selected') < choices.index("On")
    assert choices.count("selected") == 1


def test_a_test_at_another_address_does_not_count(clinic: Clinic) -> None:
    duty = put(clinic, Role.PRESCRIBER, 1)
    try_out(clinic, duty)
    services.withdraw_duty(duty, "A new telephone.", clinic.actor(Role.DIRECTOR), write_id=new_id())
    moved = services.Duty(duty.person, 1, duty.starts_at, duty.ends_at, "new@example.org")
    services.add_duty(clinic.site, moved, clinic.actor(Role.DIRECTOR), write_id=new_id())
    assert [row.is_tested for row in queries.tested_roster(clinic.site, timezone.now())] == [False]


def test_an_unanswered_mark_climbs_step_by_step_and_each_step_once(red: Day) -> None:
    assert [services.climb(in_minutes(at)) for at in (MINUTES - 1, MINUTES, MINUTES, MINUTES + 1)] == [0, 1, 0, 0]
    assert called() == [Role.PRESCRIBER]
    assert [services.climb(in_minutes(at)) for at in (2 * MINUTES + 1, 2 * MINUTES + 1)] == [1, 0]
    assert [services.climb(in_minutes(at)) for at in (4 * MINUTES, 5 * MINUTES)] == [0, 0]
    assert called() == [Role.PRESCRIBER, Role.DIRECTOR, services.NOBODY_ELSE]
    assert [message.to for message in mail.outbox] == [["prescriber@example.org"], ["director@example.org"]]


def test_a_message_names_the_chair_and_no_person(red: Day) -> None:
    services.climb(in_minutes(MINUTES))
    (message,) = mail.outbox
    assert "Chair 3, no answer for 3 min" in message.subject
    said = message.subject + message.body
    assert "Person" not in said
    assert "185" not in said
    assert "does not replace the monitor" in message.body


class TestSeveralMarksOfOneChair:
    """Five marks of one set of readings are one thing to go for, not five messages."""

    SET = {Vital.SPO2: 80, Vital.SYSTOLIC: 205, Vital.DIASTOLIC: 112}

    @pytest.fixture
    def grave(self, day: Day) -> Day:
        switched_on(day.clinic)
        day.begin()
        day.read(20, self.SET)
        mail.outbox.clear()
        return day

    def steps(self) -> dict[str, list[str]]:
        rows = OnCallMessage.objects.filter(flag__isnull=False, person__isnull=False).order_by("step")
        told: dict[str, list[str]] = {}
        for row in rows.select_related("flag", "person"):
            told.setdefault(row.flag.title.split()[0], []).append(row.person.role)
        return told

    def test_are_one_message_to_each_person_that_names_them_the_gravest_first(self, grave: Day) -> None:
        assert [services.climb(in_minutes(at)) for at in (MINUTES, MINUTES, 2 * MINUTES + 1, 60)] == [1, 0, 1, 0]
        first, second = (message.body for message in mail.outbox)
        named = [line for line in first.splitlines() if line.startswith("- ")]
        assert named[0] == "- Systolic: emergency"
        assert sorted(named[1:]) == ["- Diastolic: red", "- SpO₂: red"]
        assert [line for line in second.splitlines() if line.startswith("- ")] == named
        both = [Role.PRESCRIBER, Role.DIRECTOR]
        assert self.steps() == {"Systolic": both, "Diastolic": both, "SpO₂": both}

    def test_are_one_line_for_each_person_on_the_board_which_they_would_else_push_from_sight(self, grave: Day) -> None:
        nurse = signed_in(grave.clinic, Role.NURSE)
        for minute in (MINUTES, 2 * MINUTES + 1, 4 * MINUTES):
            services.climb(in_minutes(minute))
        board = nurse.get("/escalation/board").content.decode()
        assert board.count("<li>") == 3
        assert re.search(r"Chair 3: <strong>Systolic 205, [^<]*</strong> and 2 more", board)
        order = ["A synthetic prescriber was sent", "A synthetic medical director was sent", services.NOBODY_ELSE]
        assert sorted(order, key=board.index) == order
        sent = nurse.get("/escalation/").content.decode().split('id="st"')[1]
        assert sent.count("Systolic 205") == 3
        assert "SpO₂ 80" not in sent
        step = OnCallMessage.objects.filter(flag__title__startswith="SpO₂", step=1).get()
        OnCallAnswer.objects.create(message=step, **Actor(step.person, ADDRESS).stamp)
        assert "Of 1 of the 3 marks." in nurse.get(f"/escalation/sessions/{grave.session.pk}").content.decode()

    def test_are_answered_by_the_person_called_with_one_touch(self, grave: Day) -> None:
        services.climb(in_minutes(MINUTES))
        called_first = signed_in(grave.clinic, Role.PRESCRIBER)
        asked = called_first.get("/escalation/").content.decode().split("For you to answer")[1].split("</section>")[0]
        (address,) = re.findall(r"/escalation/messages/[^/]+/answer", asked)
        assert all(name in asked for name in ("Systolic 205", "Diastolic 112", "SpO₂ 80"))
        called_first.post(address, {"write_id": new_id(), "words": "On my way."})
        assert "For you to answer" not in called_first.get("/escalation/").content.decode()
        assert services.climb(in_minutes(60)) == 0
        assert OnCallAnswer.objects.filter(words="On my way.").count() == 3

    def test_that_came_later_are_told_with_the_next_message_of_that_chair(self, red: Day) -> None:
        """What is marked a minute before somebody is called need not call them again two minutes later."""
        two_minutes_on = replace(red.nurse, at=timezone.now() + timedelta(minutes=2))
        entry = Entry(Vital.SPO2, 80, red.at(21))
        record_readings(red.session, [entry], two_minutes_on, write_id=new_id())
        assert services.climb(in_minutes(MINUTES)) == 1
        assert self.steps() == {"Systolic": [Role.PRESCRIBER], "SpO₂": [Role.PRESCRIBER]}
        assert [services.climb(in_minutes(at)) for at in (2 + MINUTES, 2 * MINUTES + 1)] == [0, 1]
        assert [message.to for message in mail.outbox] == [["prescriber@example.org"], ["director@example.org"]]


def test_an_answer_at_the_chair_stops_it(red: Day) -> None:
    (flag,) = red.flags()
    answer_mark(flag, MarkAnswer.TOLD, red.nurse, write_id=new_id())
    assert services.climb(in_minutes(60)) == 0
    assert called() == []


def test_an_answer_of_the_person_called_stops_it_and_leaves_the_mark_open(red: Day) -> None:
    services.climb(in_minutes(MINUTES))
    step = OnCallMessage.objects.get(flag__isnull=False)
    with pytest.raises(Refusal, match="Only the person who was called"):
        services.answer(step, "", red.nurse, write_id=new_id())
    services.answer(step, "On my way.", red.prescriber, write_id=new_id())
    assert services.climb(in_minutes(60)) == 0
    (flag,) = red.flags()
    assert not flag.acknowledged
    with pytest.raises(Refusal, match="answered already"):
        services.answer(step, "Again.", red.prescriber, write_id=new_id())


def test_an_amber_mark_does_not_climb_and_an_overdue_check_does(day: Day) -> None:
    switched_on(day.clinic)
    day.begin()
    day.systolic(20, 165)
    assert services.climb(in_minutes(60)) == 0
    assert flag_overdue_checks(replace(SYSTEM, at=day.at(26))) > 0
    assert services.climb(in_minutes(60)) > 0
    assert "- A check is overdue\n" in mail.outbox[-1].body


def test_the_checks_overdue_at_one_chair_call_once_until_somebody_answered(day: Day) -> None:
    """Each check that passes would else call everybody again about the same chair."""
    switched_on(day.clinic)
    mail.outbox.clear()
    day.begin()
    assert flag_overdue_checks(replace(SYSTEM, at=day.at(56))) > 1
    assert [services.climb(in_minutes(at)) for at in (60, 61, 70, 80)] == [1, 0, 1, 0]
    assert called() == [Role.PRESCRIBER, Role.DIRECTOR, services.NOBODY_ELSE]
    step = OnCallMessage.objects.get(flag__isnull=False, step=2)
    services.answer(step, "On my way.", Actor(step.person, ADDRESS), write_id=new_id())
    assert services.climb(in_minutes(90)) == 1
    assert len(mail.outbox) == 3


def test_beside_another_pass_that_still_sends_nobody_is_called_twice(
    red: Day, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if connection.vendor == "sqlite":  # in memory there is one process only
        (tmp_path / "clinic.sqlite3").touch()
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "clinic.sqlite3"))
    with another_pass():
        assert services.climb(in_minutes(MINUTES)) == 0
        assert called() == []
    assert services.climb(in_minutes(MINUTES)) == 1


@contextmanager
def another_pass() -> Iterator[None]:
    """Somebody else climbs, over a connection of their own."""
    work = turns.alone("climb")
    with ThreadPoolExecutor(1) as other:
        assert other.submit(work.__enter__).result()
        try:
            yield
        finally:
            other.submit(work.__exit__, None, None, None).result()
            other.submit(connections.close_all).result()


def test_what_cannot_be_sent_is_said_and_the_next_is_called_at_once(red: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    real = services.post

    def broken_for_the_first(address: str, subject: str, text: str) -> str:
        return "The mail server did not take it: no route." if "prescriber" in address else real(address, subject, text)

    monkeypatch.setattr(services, "post", broken_for_the_first)
    assert services.climb(in_minutes(MINUTES)) == 1
    assert called() == [Role.PRESCRIBER, Role.DIRECTOR]
    assert [message.to for message in mail.outbox] == [["director@example.org"]]
    page = signed_in(red.clinic, Role.NURSE).get("/escalation/").content.decode()
    assert "Not sent</span> A synthetic prescriber: The mail server did not take it: no route." in page


def test_without_a_mail_server_nothing_is_said_to_have_been_sent(red: Day, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert services.climb(in_minutes(MINUTES)) == 0
    assert called() == [Role.PRESCRIBER, Role.DIRECTOR, services.NOBODY_REACHED]
    first = OnCallMessage.objects.get(step=1)
    assert first.trouble == "No mail server is set (DAYBREAK_MAIL), so no message leaves this machine."
    assert "No mail server is set" in signed_in(red.clinic, Role.DIRECTOR).get("/escalation/").content.decode()


def test_what_did_not_go_out_is_tried_again_until_it_does(red: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that is away for a minute would else mean that nobody is ever called about this mark."""
    real = services.post
    monkeypatch.setattr(services, "post", lambda *message: "The mail server did not take it: no route.")
    not_reached = [Role.PRESCRIBER, Role.DIRECTOR, services.NOBODY_REACHED]
    for at in (MINUTES, MINUTES + 1):
        assert services.climb(in_minutes(at)) == 0
        assert called() == not_reached, "that it failed again is not kept again"
    monkeypatch.setattr(services, "post", real)
    assert services.climb(in_minutes(MINUTES + 2)) == 1
    assert called() == [*not_reached, Role.PRESCRIBER]
    assert services.climb(in_minutes(MINUTES + 3)) == 0, "who was reached has their minutes"
    assert services.climb(in_minutes(2 * MINUTES + 3)) == 1
    assert called() == [*not_reached, Role.PRESCRIBER, Role.DIRECTOR]


def test_a_mail_server_that_is_not_there_is_a_sentence(red: Day, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert services.climb(in_minutes(MINUTES)) == 0
    assert "The mail server did not take it: " in OnCallMessage.objects.get(step=1).trouble


def test_the_mail_server_is_named_by_its_address() -> None:
    assert mail_server("") == MailServer()
    assert mail_server("smtp://mail.example.org") == MailServer("mail.example.org", 587)
    assert mail_server("smtps://a%40b:p%2Fw@mail.example.org") == MailServer(
        "mail.example.org", 465, "a@b", "p/w", True
    )
    with pytest.raises(ImproperlyConfigured, match="DAYBREAK_MAIL cannot be read"):
        mail_server("mail.example.org")


def test_only_a_demonstration_writes_its_messages_to_a_folder(
    red: Day, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "on call"
    with pytest.raises(ImproperlyConfigured, match="DAYBREAK_MAIL cannot be read"):
        mail_server(folder.as_uri())
    monkeypatch.setattr("daybreak.web.settings.DEMONSTRATION", True)
    server = mail_server(folder.as_uri())
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{server.way}.EmailBackend"
    settings.EMAIL_FILE_PATH = server.folder
    assert services.climb(in_minutes(MINUTES)) == 1
    assert OnCallMessage.objects.get(step=1).trouble == ""
    (message,) = folder.iterdir()
    assert "To: prescriber@example.org" in message.read_text()
    settings.EMAIL_FILE_PATH = str(message)  # no folder
    services.climb(in_minutes(2 * MINUTES + 1))
    assert "The mail server did not take it: " in OnCallMessage.objects.get(step=2).trouble


def test_where_nobody_is_on_call_the_step_says_so(red: Day) -> None:
    for duty in DutyPeriod.objects.all():
        services.withdraw_duty(duty, "A holiday.", red.clinic.actor(Role.DIRECTOR), write_id=new_id())
    assert [services.climb(in_minutes(at)) for at in (MINUTES, MINUTES + 1)] == [0, 0]
    assert called() == [services.NOBODY]
    put(red.clinic, Role.NURSE, 1)
    assert services.climb(in_minutes(MINUTES + 2)) == 1, "whoever comes on call is called at once"
    assert called() == [services.NOBODY, Role.NURSE]


def test_the_clocks_work_climbs(red: Day) -> None:
    tick(timezone.now() + timedelta(minutes=MINUTES + 1))
    assert Role.PRESCRIBER in called()


def test_a_mark_that_seems_still_to_come_since_the_clock_was_set_back_climbs_at_once(red: Day) -> None:
    """How long it waited is not known; an hour more without a call would be the wrong guess."""
    assert services.climb(in_minutes(-0.5)) == 0, "a server a few seconds behind another waits as ever"
    assert services.climb(in_minutes(-60)) == 1
    assert called() == [Role.PRESCRIBER]
    assert "for 0 min" in mail.outbox[0].body
    assert services.climb(in_minutes(-60 + MINUTES)) == 1, "and climbs on from there"
    assert called() == [Role.PRESCRIBER, Role.DIRECTOR]


def test_marks_from_before_it_was_switched_on_wait_from_then(day: Day) -> None:
    day.begin()
    day.systolic(20, 185)
    for duty in (put(day.clinic, Role.PRESCRIBER, 1),):
        try_out(day.clinic, duty)
    switch(day.clinic, on=True)
    assert services.climb(in_minutes(MINUTES - 1)) == 0
    assert services.climb(in_minutes(MINUTES)) == 1


def test_what_another_site_does_is_its_own(red: Day) -> None:
    other = open_day(make_clinic("Elsewhere"))
    other.begin()
    other.systolic(20, 190)
    services.climb(in_minutes(MINUTES))
    assert {message.site for message in OnCallMessage.objects.filter(flag__isnull=False)} == {red.clinic.site}


# The roster


def test_a_gap_is_shown_a_week_ahead(clinic: Clinic) -> None:
    now = timezone.now()
    assert [(gap.start, gap.end) for gap in queries.gaps(clinic.site, now)] == [(now, now + timedelta(days=7))]
    put(clinic, Role.PRESCRIBER, 1, begins_h=-1, ends_h=10)
    put(clinic, Role.NURSE, 2, begins_h=8, ends_h=20)
    put(clinic, Role.NURSE, 1, begins_h=30, ends_h=24 * 9)
    (gap,) = queries.gaps(clinic.site, now)
    assert round((gap.start - now) / timedelta(hours=1)) == 20
    assert round((gap.end - now) / timedelta(hours=1)) == 30
    page = signed_in(clinic, Role.NURSE).get("/escalation/").content.decode()
    assert "Nobody is on call</strong> within the next seven days" in page


@pytest.mark.parametrize(
    ("role", "place", "begins_h", "ends_h", "words"),
    [
        (Role.NURSE, 1, 1, 2, "is number 1 in this time"),
        (Role.PRESCRIBER, 2, 1, 2, "is on call in this time already, as number 1"),
        (Role.NURSE, 2, 5, 4, "ends before it begins"),
        (Role.NURSE, 2, -5, -1, "is over"),
        (Role.NURSE, 2, 0, 24 * 40, "31 days at most"),
        (Role.NURSE, 9, 1, 2, "9 is no place"),
        (Role.THERAPIST, 2, 1, 2, "cannot be on call here"),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    clinic: Clinic, role: Role, place: int, begins_h: float, ends_h: float, words: str
) -> None:
    put(clinic, Role.PRESCRIBER, 1)
    with pytest.raises(Refusal, match=words):
        put(clinic, role, place, begins_h=begins_h, ends_h=ends_h)
    assert DutyPeriod.objects.count() == 1


# Pages


def test_a_session_and_the_board_show_what_climbs_and_nothing_while_it_is_off(red: Day) -> None:
    services.climb(in_minutes(MINUTES))
    nurse = signed_in(red.clinic, Role.NURSE)
    for address in (f"/escalation/sessions/{red.session.pk}", "/escalation/board"):
        part = nurse.get(address).content.decode()
        assert "A synthetic prescriber was sent a message." in part
        assert "does not replace the monitor" in part
        assert 'hx-trigger="every 5s"' in part
    assert f"/escalation/sessions/{red.session.pk}" in nurse.get(f"/sessions/{red.session.pk}/").content.decode()
    switch(red.clinic, on=False)
    assert nurse.get("/escalation/board").content.decode().strip() == '<div id="escalation-part" hidden></div>'


def test_a_clock_that_stands_still_is_said_where_marks_should_climb(red: Day) -> None:
    nurse = signed_in(red.clinic, Role.NURSE)
    assert "nothing is sure to climb now" in nurse.get("/escalation/board").content.decode()
    tick()
    assert "climb now" not in nurse.get("/escalation/board").content.decode()


def test_which_part_of_the_clocks_work_stands_still_is_told_from_the_others(
    red: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse = signed_in(red.clinic, Role.NURSE)

    def board() -> str:
        return nurse.get("/escalation/board").content.decode()

    def breaks(*_: object) -> None:
        raise RuntimeError("A mistake of ours.")

    with monkeypatch.context() as broken:
        broken.setattr("daybreak.clinic.followup.tick.drug_account.catch_up", breaks)
        with pytest.raises(RuntimeError):
            tick()
    assert 'role="alert"' not in board(), "it climbs, whatever became of the drug account"
    assert "Marks and overdue checks climb. Another part" in nurse.get("/escalation/").content.decode()

    Heartbeat.objects.all().delete()
    with monkeypatch.context() as broken:
        broken.setattr("daybreak.clinic.treatment_day.services.overdue._look_at", breaks)
        tick()
    assert "has not looked at every overdue check" in board()
    assert "Red marks climb" in board()

    Heartbeat.objects.all().delete()
    with monkeypatch.context() as broken:
        broken.setattr("daybreak.clinic.escalation.services.queries.on_call", breaks)
        with pytest.raises(RuntimeError):
            tick(timezone.now() + timedelta(minutes=MINUTES + 1))
    assert "nothing is sure to climb now" in board()


def test_what_breaks_the_climb_at_one_chair_leaves_out_no_other(red: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, broken_at = red.clinic, red.session
    person = Patient.objects.create(
        site=clinic.site, given_name="Another", family_name="Person", birth_date=date(1990, 1, 1), synthetic=True
    )
    other = open_course(person, "fibromyalgia", red.prescriber, prescriber=clinic.users[Role.PRESCRIBER])
    Chair.objects.update(name="4")
    beside = open_day(replace(clinic, course=other))
    beside.begin()
    beside.systolic(20, 185)
    one_call = services._call

    def breaks(chair: Any, *rest: Any) -> str:
        if chair.session == broken_at:
            raise RuntimeError("A mistake of ours.")
        return one_call(chair, *rest)

    monkeypatch.setattr(services, "_call", breaks)
    with pytest.raises(RuntimeError):
        services.climb(in_minutes(MINUTES))
    assert called() == [Role.PRESCRIBER]


def test_a_clock_that_was_set_back_is_no_clock_that_ran_lately(red: Day) -> None:
    tick()
    Heartbeat.objects.update(at=timezone.now() + timedelta(hours=1))
    assert "nothing is sure to climb now" in signed_in(red.clinic, Role.NURSE).get("/escalation/board").content.decode()


def test_the_person_called_answers_on_the_page(red: Day) -> None:
    services.climb(in_minutes(MINUTES))
    client = signed_in(red.clinic, Role.PRESCRIBER)
    page = client.get("/escalation/").content.decode()
    assert "For you to answer" in page
    assert f"/sessions/{red.session.pk}/" in page
    step = OnCallMessage.objects.get(flag__isnull=False)
    client.post(f"/escalation/messages/{step.pk}/answer", {"write_id": new_id(), "words": "On my way."})
    page = client.get("/escalation/").content.decode()
    assert "For you to answer" not in page
    assert "On my way." in page
    other = signed_in(make_clinic("Elsewhere"), Role.PRESCRIBER)
    assert other.post(f"/escalation/messages/{step.pk}/answer", {"write_id": new_id()}).status_code == 403


def test_a_refusal_stands_at_the_form_and_keeps_what_was_typed(clinic: Clinic) -> None:
    client = signed_in(clinic, Role.DIRECTOR)
    said = {"write_id": new_id(), "is_on": "on", "minutes": 7, "words": "Agreed with everybody."}
    answered = client.post("/escalation/switch", said)
    assert answered.status_code == 422
    page = answered.content.decode()
    assert "Nobody is on call now." in page
    assert "Agreed with everybody." in page
    assert not EscalationSwitch.objects.exists()


def test_an_answered_flag_that_was_closed_climbs_no_more(red: Day) -> None:
    (flag,) = red.flags()
    answer_flag(flag, FlagEvent.Kind.CLOSED, "Seen at the chair.", Actor(red.clinic.users[Role.NURSE], ADDRESS))
    assert services.climb(in_minutes(60)) == 0
