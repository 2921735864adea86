"""Whatever a monitor sends, the others go on, memory is bounded, and no value stands beside the wrong person."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daybreak.clinic.record.models import Flag
from daybreak.clinic.treatment_day.models import DeviceMessage, Reading
from daybreak.exchange.listener import MOST_LINES
from daybreak.exchange.mllp import END, HEAD_BYTES, START, frame
from daybreak.formats.hl7v2.envelope import MAX_BYTES
from daybreak.treatment.vitals import Vital
from tests.exchange.ward import REST, Ward, oru
from tests.harness.listener import Line, RunningListener

Outcome = DeviceMessage.Outcome
ELSEWHERE = "127.0.0.2"
MOST_MB = 250  # of a listener under attack


@pytest.fixture
def steady(ward: Ward, listener: RunningListener) -> Iterator[Line]:
    """A good monitor on a line of its own; it sent a set, and after all that happens it sends another."""
    with listener.connect() as line:
        assert b"|AA|first" in line.send(ward.oru("first"))
        yield line
        assert b"|AA|last" in line.send(ward.oru("last"))
    assert ward.new(DeviceMessage).filter(outcome=Outcome.STORED, control_id__in=("first", "last")).count() == 2
    assert listener.process.poll() is None


def memory_mb(listener: RunningListener) -> float:
    status = Path(f"/proc/{listener.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def test_half_messages_held_open_use_no_more_than_their_room(
    ward: Ward, listener: RunningListener, steady: Line
) -> None:
    """More of them than there may be lines: those that never said a word go first, the good monitor stays."""
    half = START + ward.oru("never").ljust(MAX_BYTES - 10, b"A")
    with ExitStack() as open_lines:
        held = [open_lines.enter_context(listener.connect()) for _ in range(MOST_LINES + 20)]
        assert all(line.is_hung_up() for line in held[:20])
        for line in held[20:]:
            line.socket.sendall(half)
        assert b"|AA|meanwhile" in steady.send(ward.oru("meanwhile"))
        assert memory_mb(listener) < MOST_MB


def test_a_storm_of_connections_disturbs_nobody(ward: Ward, listener: RunningListener, steady: Line) -> None:
    for number in range(MOST_LINES):
        with listener.connect() as line:
            line.socket.sendall(START if number % 2 else frame(ward.oru(f"storm-{number}")))
    assert not ward.new(Flag).exists()


def test_ten_megabytes_are_not_read_to_their_end(ward: Ward, listener: RunningListener, steady: Line) -> None:
    with listener.connect() as line, suppress(ConnectionError):  # it is hung up on while it still talks
        line.socket.sendall(START + b"A" * 10_000_000 + END)
        while line.socket.recv(65536):
            pass
    kept = ward.new(DeviceMessage).get(outcome=Outcome.UNREADABLE)
    assert len(kept.kept.raw) == HEAD_BYTES
    assert memory_mb(listener) < MOST_MB


RUBBISH = (
    (b"OBX|1|NM|8867-4^^LN||72\r", "does not begin with an HL7 v2 header"),
    (oru("x").replace(b"UNICODE UTF-8", b"UNICODE UTF-16"), "character set"),
    (oru("x").decode().encode("utf-16"), "character set"),
    (oru("x").replace(b"SIMULATED", b"\xff\xfe\xfd"), "not UTF-8"),
    (oru("x") + oru("y"), "more than one message"),
    (b"", "empty"),
)


def test_what_cannot_be_read_is_kept_with_the_reason(ward: Ward, listener: RunningListener, steady: Line) -> None:
    with listener.connect() as line:
        for rubbish, _ in RUBBISH:
            assert b"|AE|" in line.send(rubbish)
        assert b"|AA|next" in line.send(ward.oru("next"))
    kept = ward.new(DeviceMessage).filter(outcome=Outcome.UNREADABLE).order_by("recorded_at")
    for row, (rubbish, reason) in zip(kept, RUBBISH, strict=True):
        assert reason in row.sentence
        assert row.kept.raw == rubbish


def test_a_frame_that_ends_otherwise_is_read(ward: Ward, listener: RunningListener, steady: Line) -> None:
    with listener.connect() as line:
        for number, ending in enumerate((b"\x1c", b"\x1c\n", b"\x1c\r\n", b"\x1c")):
            line.socket.sendall(START + ward.oru(str(number)).replace(b"\r", b"\n") + ending)
            assert f"|AA|{number}".encode() in line.answer()


def test_as_many_values_as_a_message_can_hold_do_not_hold_up_the_others(
    ward: Ward, listener: RunningListener, steady: Line
) -> None:
    """Each at its own time, and each another than the one before, so that all of them are charted."""
    many = ward.oru("many", dict.fromkeys([Vital.HEART_RATE], 72.0))
    head, _, one = many.partition(b"OBX")
    began = datetime.now(UTC) - timedelta(seconds=30)
    rows, count = [head], 0
    while sum(map(len, rows)) < MAX_BYTES - 1000:
        at, count = began + timedelta(milliseconds=count), count + 1
        row = one.replace(b"|72|", b"|72|" if count % 2 else b"|0|")
        rows.append(b"OBX" + re.sub(rb"\d{14}\.\d+[+]0000", f"{at:%Y%m%d%H%M%S.%f}+0000".encode(), row))
    with listener.connect() as line:
        assert b"|AA|many" in line.send(b"".join(rows))
        assert b"|AA|next" in line.send(ward.oru("next"))
    assert ward.new(Reading).filter(message__control_id="many").count() == count > 1000


def test_two_devices_with_one_name_are_for_nobody_and_somebody_is_told(ward: Ward, listener: RunningListener) -> None:
    """Each stands beside another person; the name does not tell which."""
    with listener.connect() as ours, Line(listener.port, source=ELSEWHERE) as other:
        assert b"|AA|1" in ours.send(ward.oru("1"))
        for number in range(2, 5):
            strange = ward.oru(f"other-{number}", {Vital.SPO2: 70.0})
            assert f"|AA|other-{number}".encode() in other.send(strange)
            assert f"|AA|{number}".encode() in ours.send(ward.oru(str(number)))
    assert ward.new(DeviceMessage).filter(outcome=Outcome.STORED).count() == 1
    assert ward.new(DeviceMessage).filter(outcome=Outcome.NOBODY, sentence__contains="two devices").count() == 6
    assert set(ward.new(Reading).values_list("vital", "value")) == set(REST.items())
    name = ward.monitor.identifier
    assert ward.new(Flag).get().title == f"Two devices call themselves {name}: from 127.0.0.1 and from {ELSEWHERE}"


def test_two_devices_of_one_name_at_one_address_are_for_nobody_once_they_came_in_turn(
    ward: Ward, listener: RunningListener
) -> None:
    """Behind one gateway; all they say is alike. One that only connects again is believed as ever."""
    with listener.connect() as before:
        assert b"|AA|before" in before.send(ward.oru("before"))
    with listener.connect() as ours, listener.connect() as other:
        for number in range(4):
            assert f"|AA|{number}".encode() in ours.send(ward.oru(str(number)))
            strange = ward.oru(f"other-{number}", {Vital.SPO2: 70.0 + number})
            assert f"|AA|other-{number}".encode() in other.send(strange)
    stored = ward.new(DeviceMessage).filter(outcome=Outcome.STORED).order_by("recorded_at")
    assert [row.control_id for row in stored] == ["before", "0", "other-0", "1"], (
        "from the second return none is guessed"
    )
    nobodys = ward.new(DeviceMessage).filter(outcome=Outcome.NOBODY)
    assert {row.sentence for row in nobodys} == {
        f"{ward.monitor} sends over two lines in turn: two devices may have this name, so this is for nobody."
    }
    name = ward.monitor.identifier
    assert ward.new(Flag).get(kind="two_devices").title == f"Two devices call themselves {name}: over two lines in turn"


def test_a_clock_that_is_years_off_puts_no_value_on_another_day(ward: Ward, listener: RunningListener) -> None:
    """Behind: from before the monitor was tied, so for nobody. Ahead: measured when it came."""
    now = datetime.now(UTC)
    with listener.connect() as line:
        for year in ("1970", "2009", "2093", "9999"):
            message = ward.oru(year).replace(f"|{now:%Y}".encode(), f"|{year}".encode())
            assert f"|AA|{year}".encode() in line.send(message)
    stored = ward.new(DeviceMessage).filter(outcome=Outcome.STORED).order_by("control_id")
    assert list(stored.values_list("control_id", flat=True)) == ["2093", "9999"]
    for reading in ward.new(Reading):
        assert abs(reading.measured_at - now) < timedelta(minutes=5)
        assert reading.came_at is not None
