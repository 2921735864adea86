"""The time-out before a dose: what two people confirm, and for how long it speaks for a dose."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance


def confirms() -> Mapping[str, str]:
    """What is confirmed, by id, each in words, in the order in which it is read aloud."""
    found: Mapping[str, str] = load("monitoring.yaml")["time_out"]["confirms"]
    return found


def unconfirmed(confirmed: Iterable[str]) -> tuple[str, ...]:
    """What of it is still open, in words."""
    said = set(confirmed)
    return tuple(words for name, words in confirms().items() if name not in said)


def speaks_for(at: datetime, started_at: datetime) -> bool:
    """Whether a time-out of this time counts for a dose begun then."""
    valid = timedelta(minutes=load("monitoring.yaml")["time_out"]["valid_min"])
    return timedelta() <= started_at - at <= valid


def rule() -> Provenance:
    """What the time-out rests on."""
    return provenance(load("monitoring.yaml")["time_out"])
