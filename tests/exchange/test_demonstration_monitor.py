"""The demonstration's monitor: a real recording with its gaps, or an invented session, played to a real listener."""

import signal
import socket
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.clinic.treatment_day.models import DeviceMessage, Reading
from daybreak.demonstration.monitor import recorded, simulated
from daybreak.treatment.vitals import Vital
from tests.exchange.ward import Ward
from tests.harness.commands import play_monitor
from tests.harness.listener import RunningListener, running_listener

seeds = st.integers(min_value=0, max_value=2**32)


def test_the_recording_has_its_zeros_and_its_gaps() -> None:
    minutes = recorded()
    assert len(minutes) == 100
    assert minutes[22] == {Vital.HEART_RATE: 0, Vital.RESPIRATORY_RATE: 0, Vital.SPO2: 0}
    assert minutes[3][Vital.SYSTOLIC] == 138
    assert Vital.SYSTOLIC not in minutes[4]


@given(seed=seeds)
def test_the_same_seed_is_the_same_session(seed: int) -> None:
    assert simulated(seed) == simulated(seed)


@given(seed=seeds)
def test_an_invented_pressure_rises_after_the_dose_and_comes_back(seed: int) -> None:
    pressure = {number: minute[Vital.SYSTOLIC] for number, minute in enumerate(simulated(seed)) if number % 5 == 0}
    assert max(pressure[45], pressure[50], pressure[55]) > max(pressure[0], pressure[5])
    assert pressure[145] < max(pressure.values())
    assert all(minute[Vital.SYSTOLIC] > minute[Vital.DIASTOLIC] for minute in simulated(seed)[::5])
    assert all(minute[Vital.SPO2] <= 100 for minute in simulated(seed))


@pytest.mark.parametrize("options", [(), ("--simulate",)])
def test_what_it_plays_is_on_the_session(ward: Ward, listener: RunningListener, options: tuple[str, ...]) -> None:
    minutes = simulated(1) if options else recorded()
    monitor = play_monitor(listener.port, f"--monitor={ward.monitor.identifier}", "--speed=1000000", *options)
    said, _ = monitor.communicate(timeout=120)
    assert monitor.returncode == 0, said
    assert DeviceMessage.objects.filter(monitor=ward.monitor).count() == len(minutes)
    stored = Reading.objects.filter(session=ward.session)
    assert {reading.vital for reading in stored} == {vital for minute in minutes for vital in minute}
    zeros = stored.filter(value=0)  # charted at once, though many minutes are played in one
    assert zeros.exists() == any(0 in minute.values() for minute in minutes)
    assert all(reading.artefact for reading in zeros)
    times = list(stored.filter(vital=Vital.SPO2).order_by("recorded_at").values_list("measured_at", flat=True))
    assert all(earlier <= later for earlier, later in pairwise(times))


def test_it_waits_for_a_listener_and_sends_again_what_was_not_acknowledged(lone_ward: Ward) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monitor = play_monitor(port, f"--monitor={lone_ward.monitor.identifier}", "--speed=1000000")
    assert monitor.stdout is not None
    assert "switched on" in monitor.stdout.readline()
    assert "Again in 1 s" in monitor.stdout.readline()
    with running_listener(lone_ward.database, port=port):
        said, _ = monitor.communicate(timeout=120)
    assert monitor.returncode == 0, said
    assert DeviceMessage.objects.values("control_id").distinct().count() == len(recorded())


def test_ctrl_c_switches_it_off(ward: Ward, listener: RunningListener) -> None:
    monitor = play_monitor(listener.port, f"--monitor={ward.monitor.identifier}")
    assert monitor.stdout is not None
    assert "switched on" in monitor.stdout.readline()
    monitor.send_signal(signal.SIGINT)
    said, _ = monitor.communicate(timeout=30)
    assert (monitor.returncode, said) == (0, f"{ward.monitor} is switched off.\n")
