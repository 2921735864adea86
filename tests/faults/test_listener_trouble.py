"""The listener's database is locked or its disk is full: what is not committed is not acknowledged, and what is sent
again is stored once."""

import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import DeviceMessage, Reading
from tests.exchange.ward import locked, oru
from tests.faults.conftest import Ward
from tests.harness.listener import Line, RunningListener, running_listener

SILENCE_SECONDS = 1.5  # how long the line is watched for an answer that must not come


@pytest.fixture
def listener(ward: Ward) -> Iterator[RunningListener]:
    nurse = ward.clinic.actor(Role.NURSE)
    monitor = services.add_monitor("M1", ward.clinic.site, nurse)
    services.tie_monitor(monitor, ward.session, nurse, at=datetime.now(UTC) - timedelta(minutes=1))
    with running_listener(ward.database) as running:
        yield running


def answers_within(line: Line, seconds: float) -> bool:
    """Whether anything is said on the line within this time."""
    patience = line.socket.gettimeout()
    line.socket.settimeout(seconds)
    with suppress(TimeoutError):
        line.answer()
        return True
    line.socket.settimeout(patience)
    return False


def test_a_message_is_not_acknowledged_while_the_database_is_locked(
    ward: Ward, listener: RunningListener, figure: Callable[[str], None]
) -> None:
    with listener.connect() as line:
        assert b"|AA|1" in line.send(oru("1"))
        with locked():
            line.socket.sendall(b"\x0b" + oru("2") + b"\x1c\r")
            assert not answers_within(line, SILENCE_SECONDS)
        assert b"|AA|2" in line.answer()
    assert DeviceMessage.objects.filter(outcome=DeviceMessage.Outcome.STORED).count() == 2
    figure(f"Listener, database locked: no answer for {SILENCE_SECONDS} s, then stored and acknowledged.")


if connection.vendor == "sqlite":  # the disk of a PostgreSQL server is not the listener's

    def test_a_message_a_full_disk_did_not_take_is_answered_so_and_stored_once_when_sent_again(
        ward: Ward, listener: RunningListener, figure: Callable[[str], None]
    ) -> None:
        waiting = oru("2")
        usual = resource.prlimit(listener.process.pid, resource.RLIMIT_FSIZE)
        with listener.connect() as line:
            assert b"|AA|1" in line.send(oru("1"))
            resource.prlimit(listener.process.pid, resource.RLIMIT_FSIZE, (0, usual[1]))  # no file may grow any more
            answer = line.send(waiting)
            resource.prlimit(listener.process.pid, resource.RLIMIT_FSIZE, usual)
            assert b"|AE|2|The message could not be stored. Send it again." in answer
            assert not DeviceMessage.objects.filter(control_id="2").exists()
            assert b"|AA|2" in line.send(waiting)
            assert b"|AA|2" in line.send(waiting)
        assert DeviceMessage.objects.filter(control_id="2", outcome=DeviceMessage.Outcome.STORED).count() == 1
        assert Reading.objects.count() == Reading.objects.values("session", "vital", "measured_at").distinct().count()
        figure("Listener, disk full: 1 message answered AE and stored nowhere, then accepted and stored once.")
