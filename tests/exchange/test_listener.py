"""Monitors speak to the listener's own process over real sockets; this process looks into the same database."""

import random
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
from django.db import connection

from daybreak.clinic.record.models import AuditEntry, Heartbeat
from daybreak.clinic.treatment_day.models import DeviceMessage, Reading
from daybreak.exchange.mllp import END, START, frame
from daybreak.formats.hl7v2.envelope import MAX_BYTES
from daybreak.treatment.vitals import Vital
from tests.exchange.ward import REST, Ward, locked, oru
from tests.harness.listener import RunningListener, running_listener

Outcome = DeviceMessage.Outcome


@pytest.fixture
def lone_listener(lone_ward: Ward) -> Iterator[RunningListener]:
    """Which may be stopped, and whose database may be harmed."""
    with running_listener(lone_ward.database) as running:
        yield running


def accepted(answer: bytes, control_id: str) -> bool:
    return f"\rMSA|AA|{control_id}\r".encode() in answer


def test_a_message_is_on_the_session_when_it_is_acknowledged(ward: Ward, listener: RunningListener) -> None:
    with listener.connect() as line:
        assert accepted(line.send(ward.oru("1")), "1")
    readings = ward.new(Reading).filter(session=ward.session, monitor=ward.monitor)
    assert {reading.vital: reading.value for reading in readings} == REST
    assert not any(reading.artefact for reading in readings)


def test_eight_lines_at_once_are_answered_and_all_of_it_is_kept(ward: Ward, listener: RunningListener) -> None:
    """Also where all of them name one monitor, and so become nobody's."""

    def chair(number: int) -> bool:
        with listener.connect() as line:
            sent = [f"{number}-{count}" for count in range(10)]
            return all(accepted(line.send(ward.oru(control_id)), control_id) for control_id in sent)

    with ThreadPoolExecutor(8) as chairs:
        assert all(chairs.map(chair, range(8)))
    assert ward.new(DeviceMessage).filter(outcome__in=(Outcome.STORED, Outcome.NOBODY)).count() == 80


def test_a_killed_listener_loses_nothing_it_acknowledged_and_doubles_nothing(lone_ward: Ward) -> None:
    messages = {str(number): lone_ward.oru(str(number)) for number in range(60)}
    acknowledged = []
    with running_listener(lone_ward.database) as listener, listener.connect() as line:
        line.socket.sendall(b"".join(map(frame, messages.values())))
        waiting = iter(messages)
        with suppress(ConnectionError):
            for control_id in waiting:
                assert accepted(line.answer(), control_id)
                acknowledged.append(control_id)
                if len(acknowledged) == 7:
                    listener.process.kill()
    assert len(acknowledged) >= 7
    stored = DeviceMessage.objects.filter(outcome=Outcome.STORED)
    assert set(acknowledged) <= set(stored.values_list("control_id", flat=True))
    with running_listener(lone_ward.database) as listener, listener.connect() as line:
        for control_id, message in messages.items():
            assert accepted(line.send(message), control_id)
    assert sorted(stored.values_list("control_id", flat=True)) == sorted(messages)
    readings = list(Reading.objects.values_list("vital", "measured_at"))
    assert {vital for vital, _ in readings} == set(REST)
    assert len(readings) == len(set(readings))


def test_a_message_that_is_sent_again_is_accepted_again_and_stored_once(ward: Ward, listener: RunningListener) -> None:
    message = ward.oru("7")
    with listener.connect() as line:
        assert accepted(line.send(message), "7")
        assert accepted(line.send(message), "7")
    assert ward.new(Reading).count() == len(REST)
    assert list(ward.new(DeviceMessage).order_by("recorded_at").values_list("outcome", flat=True)) == [
        Outcome.STORED,
        Outcome.REPEATED,
    ]


def test_what_is_not_committed_is_not_accepted(lone_ward: Ward, lone_listener: RunningListener) -> None:
    message, table = lone_ward.oru("5"), DeviceMessage._meta.db_table
    with lone_listener.connect() as line:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        assert b"\rMSA|AE|5|The message could not be stored. Send it again.\r" in line.send(message)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
        assert accepted(line.send(message), "5")
    assert DeviceMessage.objects.get().outcome == Outcome.STORED


def test_of_messages_that_wait_together_one_that_cannot_be_stored_spoils_none(
    lone_ward: Ward, lone_listener: RunningListener
) -> None:
    """They wait while somebody else holds the database; then all go into one transaction, which breaks."""
    names = [str(number) for number in range(8)]
    messages = {name: lone_ward.oru(name) for name in names}
    no_longer_taken("5")
    with ExitStack() as open_lines:
        lines = {name: open_lines.enter_context(lone_listener.connect()) for name in names}
        with locked():
            for name, line in lines.items():
                line.socket.sendall(frame(messages[name]))
        answers = {name: line.answer() for name, line in lines.items()}
    assert b"|AE|5|The message could not be stored. Send it again." in answers.pop("5")
    assert all(accepted(answer, name) for name, answer in answers.items())
    stored = DeviceMessage.objects.filter(outcome=Outcome.STORED)
    assert sorted(stored.values_list("control_id", flat=True)) == sorted(answers)


def no_longer_taken(control_id: str) -> None:
    """From now on the database takes no message of this control id."""
    table = DeviceMessage._meta.db_table
    when = f"BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.control_id = '{control_id}')"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"CREATE TRIGGER spoil {when} BEGIN SELECT RAISE(ABORT, 'Not taken.'); END")
        else:
            body = "BEGIN RAISE EXCEPTION 'Not taken.'; END"
            cursor.execute(f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
            cursor.execute(f"CREATE TRIGGER spoil {when} EXECUTE FUNCTION spoil()")


def test_an_unknown_monitors_message_is_kept_for_nobody(ward: Ward, listener: RunningListener) -> None:
    message = oru("1", device_id="unheard of")
    with listener.connect() as line:
        assert accepted(line.send(message), "1")
    kept = ward.new(DeviceMessage).get()
    assert (kept.outcome, kept.session, kept.kept.raw) == (Outcome.NOBODY, None, message)
    assert "“unheard of”" in kept.sentence
    assert not ward.new(Reading).exists()


def test_what_cannot_be_read_is_kept_and_answered_with_the_reason(ward: Ward, listener: RunningListener) -> None:
    raw = ward.oru("9").replace(b"ORU^R01^ORU_R01", b"ADT^A01")
    with listener.connect() as line:
        assert b"\rMSA|AE|9|The message is ADT" in line.send(raw)
        assert accepted(line.send(ward.oru("10")), "10")
    kept = ward.new(DeviceMessage).get(outcome=Outcome.UNREADABLE)
    assert kept.kept.raw == raw
    assert "Only ORU^R01 is taken" in kept.sentence


def test_bytes_before_a_message_are_skipped(ward: Ward, listener: RunningListener) -> None:
    with listener.connect() as line:
        line.socket.sendall(b"\x00\xffhello\r\n" + START + b"MSH|^~\\&|broken off" + frame(ward.oru("3")))
        assert accepted(line.answer(), "3")
    assert ward.new(DeviceMessage).get().outcome == Outcome.STORED


def test_a_message_in_many_pieces_is_one_message(ward: Ward, listener: RunningListener) -> None:
    with listener.connect() as line:
        for byte in frame(ward.oru("4")):
            line.socket.sendall(bytes([byte]))
        assert accepted(line.answer(), "4")


def test_what_has_no_end_is_refused_and_the_line_closed(ward: Ward, listener: RunningListener) -> None:
    # No more than is needed to see it: a line closed with bytes unread may lose the answer.
    endless = ward.oru("8").ljust(MAX_BYTES + len(END), b"A")
    with listener.connect() as line:
        line.socket.sendall(START + endless)
        assert b"\rMSA|AE|8|More than" in line.answer()
        assert line.is_hung_up()
    kept = ward.new(DeviceMessage).get()
    assert kept.outcome == Outcome.UNREADABLE
    assert endless.startswith(kept.kept.raw)


def test_rubbish_does_not_stop_the_others(ward: Ward, listener: RunningListener) -> None:
    chance = random.Random(20261123)
    with listener.connect() as steady:
        for number in range(30):
            with listener.connect() as line:
                rubbish = chance.randbytes(chance.randrange(2000))
                line.socket.sendall(chance.choice([rubbish, frame(rubbish), START + rubbish, END + rubbish]))
            assert accepted(steady.send(ward.oru(str(number))), str(number))
    assert ward.new(DeviceMessage).filter(outcome=Outcome.STORED).count() == 30
    assert listener.process.poll() is None


def test_a_sender_that_is_not_allowed_is_hung_up_on_and_audited_once(lone_ward: Ward) -> None:
    with running_listener(lone_ward.database, allow=["192.0.2.0/24"]) as listener:
        for _ in range(3):
            with listener.connect() as line:
                assert line.is_hung_up()
    entry = AuditEntry.objects.get(action="monitor refused")
    assert entry.address == "127.0.0.1"
    assert not DeviceMessage.objects.exists()


def test_told_to_stop_it_finishes_and_ends_in_peace(lone_ward: Ward, lone_listener: RunningListener) -> None:
    with lone_listener.connect() as line:
        assert accepted(line.send(lone_ward.oru("1")), "1")
        lone_listener.process.send_signal(signal.SIGTERM)
        assert lone_listener.process.wait(timeout=30) == 0
        assert line.is_hung_up()
    assert Heartbeat.objects.filter(part="listener").exists()


def test_it_does_not_start_over_a_database_without_its_guards(lone_ward: Ward) -> None:
    table = Reading._meta.db_table
    name = (
        f'"append_only_{table}" ON "{table}"' if connection.vendor == "postgresql" else f'"append_only_{table}_UPDATE"'
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}")
    with pytest.raises(AssertionError, match="migrate"), running_listener(lone_ward.database):
        pass


def test_a_zero_and_a_gap_are_kept_and_marked(ward: Ward, listener: RunningListener) -> None:
    with listener.connect() as line:
        assert accepted(line.send(ward.oru("1", {Vital.HEART_RATE: 0.0, Vital.SPO2: None})), "1")
    heart_rate = ward.new(Reading).get(vital=Vital.HEART_RATE)
    assert (heart_rate.value, heart_rate.artefact) == (0, "No signal: 0 from the monitor.")
    oxygen = ward.new(Reading).get(vital=Vital.SPO2)
    assert oxygen.value is None
    assert oxygen.artefact
