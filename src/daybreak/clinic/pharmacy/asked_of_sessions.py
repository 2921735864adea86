"""What only the treatment day knows. It comes after this stage, so the account asks by a signal, which it answers.

The account hears of a dose that runs at its end, and of one that was taken back nothing at all.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.dispatch import Signal

from daybreak.clinic.pharmacy.models import Lot, Use
from daybreak.clinic.record.models import Patient, Site

named = Signal()  # sent with what `sessions_that_name` takes; answered with what it returns
running = Signal()  # the same of `running_in`


@dataclass(frozen=True, slots=True)
class Named:
    """A session in which a lot was typed, or for which it was drawn. `says`: what is known of the amount, in words,
    where it is not simply given."""

    session_id: UUID
    patient: Patient
    label: str
    at: datetime
    says: str


def sessions_that_name(
    site: Site, number: str, others: Collection[str], listed: Mapping[UUID, bool]
) -> Iterable[Named]:
    """Every session in which a lot was typed that reads as this one.

    Args:
        others: drugs of which there is another lot of this number: what was typed on their days is that one.
        listed: the treatment days the account has of this lot, each with whether it was told an amount given of it.
            What is over and was told needs no answer; of those that go on the answer says what runs.
    """
    for _, answer in named.send(Lot, site=site, number=number, others=others, listed=listed):
        yield from answer


class Running(NamedTuple):
    """A dose whose end nobody recorded: its lot as typed (or empty), and what has run in so far."""

    lot: str
    micrograms: int


def running_in(use: Use, now: datetime) -> list[Running]:
    """The doses of a treatment day that run."""
    return [each for _, answer in running.send(Use, use=use, now=now) for each in answer]
