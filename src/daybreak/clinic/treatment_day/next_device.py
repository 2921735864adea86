"""What stands against giving the next nasal device now, or letting a paused dose run on. Nothing here stands against a
rescue or a stop.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from daybreak.clinic.record.models import Flag
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import devices_apart_min
from daybreak.treatment.vitals import Vital


def next_device(state: SessionState) -> int | None:
    """The number of the device that may be given next; None when none is to come."""
    run = state.run
    if run is None or run.stopped_at is not None or len(run.device_times) >= run.planned_devices:
        return None
    return len(run.device_times) + 1


def rest_until(state: SessionState) -> datetime | None:
    """When the rest after the last device is over; None when it is."""
    if state.run is None or not state.run.device_times:
        return None
    rest = state.run.device_times[-1] + timedelta(minutes=devices_apart_min())
    return rest if rest > state.now else None


def standing_against_resume(open_flags: Iterable[Flag]) -> tuple[str, ...]:
    """The open marks that call to act, as sentences: a paused dose does not run on with one without a reason."""
    return tuple(f"{flag.title}." for flag in open_flags if flag.level == Flag.Level.ACT)


def standing_against_device(
    state: SessionState, open_flags: Iterable[Flag], recorded: Iterable[datetime] = ()
) -> tuple[str, ...]:
    """Why the next device is not given without a reason, as sentences.

    Args:
        open_flags: of crossed limits that nobody has closed. Red and emergency count, and alertness at any level.
        recorded: the times of all devices, also those after `state.now`: another tablet was there first.
    """
    found, zone = [], state.now.tzinfo
    if rest := rest_until(state):
        found.append(f"The rest of {devices_apart_min():g} minutes is over at {rest.astimezone(zone):%H:%M:%S}.")
    soon = state.now + timedelta(minutes=devices_apart_min())
    found += [
        f"Another device is recorded at {at.astimezone(zone):%H:%M:%S}." for at in recorded if state.now < at < soon
    ]
    if state.phase is Phase.PAUSED:
        found.append("The dose is paused.")
    alertness = {limit.id for limit in state.session_limits.of(Vital.ALERTNESS)}
    found += [f"{flag.title}." for flag in open_flags if flag.level == Flag.Level.ACT or flag.rule in alertness]
    return tuple(found)
