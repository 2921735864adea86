"""Who got a lot: by the account, and by the lot as it was typed in a session, whatever is known of the amount."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from daybreak.clinic.pharmacy.asked_of_sessions import sessions_that_name
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot
from daybreak.clinic.pharmacy.queries import Kind, lots_of, read_in, spellings, standing, typed_otherwise
from daybreak.clinic.record.models import Patient, Site
from daybreak.clinic.record.queries import deaths, died


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who got a lot, or for whom it was drawn. `died`: that, in words; empty for the living."""

    patient: Patient
    labels: Sequence[str]
    last_at: datetime
    died: str = ""

    @property
    def days(self) -> str:
        """The treatment days, in stretches where one follows another: "session 1 to 8, session 11 (running now)"."""
        return ", ".join(_stretches(self.labels))


def recipients(lot: Lot) -> list[Recipient]:
    """Everybody who got this lot of the maker, whichever record of it: by the account, or by the lot as it was typed in
    the session. One typed on a day of another drug is this lot, too, unless the account knows it as that drug."""
    site, drug = lot.formulation.site, lot.formulation.drug
    known = lots_called(site, lot.number)
    others = {each.formulation.drug for each in known} - {drug}
    this = [each for each in known if each.formulation.drug == drug]
    by_account = Q(lot__in=this, kind__in=(Kind.DRAWN, Kind.GIVEN))
    typed = Q(kind=Kind.GIVEN, typed_lot__in=typed_as(site, lot.number)) & ~Q(use__drug__in=others)
    return _recipients(site, by_account | typed, lot.number, others)


def recipients_of_typed(site: Site, number: str) -> list[Recipient]:
    """Everybody in whose session this lot was typed, whether or not the account knows it."""
    return _recipients(site, Q(kind=Kind.GIVEN, typed_lot__in=typed_as(site, number)), number)


def typed_as(site: Site, number: str) -> list[str]:
    """The lots typed in sessions that are read as this one."""
    typed = LedgerEntry.objects.filter(site=site, kind=Kind.GIVEN).exclude(typed_lot="").order_by()
    return spellings(site, number, typed.values_list("typed_lot", flat=True).distinct())


def lots_called(site: Site, number: str) -> list[Lot]:
    """The lots the account knows that are read in what was typed."""
    return read_in(lots_of(site).order_by("number", "pk"), number)


def _stretches(labels: Sequence[str]) -> Iterator[str]:
    numbered = [
        (word, int(number) if number.isdigit() else None)
        for word, _, number in (each.rpartition(" ") for each in labels)
    ]
    first = 0
    for place, (word, number) in enumerate(numbered):
        follows = numbered[place + 1] if place + 1 < len(numbered) else None
        if number is not None and follows == (word, number + 1):
            continue
        yield labels[first] if place == first else f"{labels[first]} to {number}"
        first = place + 1


@dataclass(slots=True)
class _Day:
    """One treatment day of a recipient."""

    patient: Patient
    label: str
    last_at: datetime
    is_told: bool = False  # an amount given
    says: str = ""

    def __str__(self) -> str:
        return f"{self.label} ({self.says})" if self.says else self.label


def _recipients(site: Site, got: Q, number: str, others: Collection[str] = ()) -> list[Recipient]:
    days = _days_of_the_account(site, got, number)
    for each in sessions_that_name(site, number, others, {day: of.is_told for day, of in days.items()}):
        day = days.setdefault(each.session_id, _Day(each.patient, each.label, each.at))
        day.says, day.last_at = each.says, max(day.last_at, each.at)
    held: dict[Patient, list[_Day]] = {}
    for day in sorted(days.values(), key=lambda each: each.last_at):
        held.setdefault(day.patient, []).append(day)
    dead = deaths(person.pk for person in held)
    found = [
        Recipient(
            person, [str(day) for day in of], of[-1].last_at, died=died(dead[person.pk]) if person.pk in dead else ""
        )
        for person, of in held.items()
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.last_at, reverse=True)


def _days_of_the_account(site: Site, got: Q, number: str) -> dict[UUID, _Day]:
    rows = standing(LedgerEntry.objects.filter(got, site=site, use__isnull=False))
    days: dict[UUID, _Day] = {}
    typed: dict[UUID, list[str]] = {}
    for entry in rows.select_related("use__patient").order_by("occurred_at"):
        day = days.setdefault(entry.use_id, _Day(entry.use.patient, entry.use.label, entry.occurred_at))
        day.last_at, day.is_told = entry.occurred_at, day.is_told or entry.kind == Kind.GIVEN
        typed.setdefault(entry.use_id, []).append(entry.typed_lot)
        day.says = typed_otherwise(number, typed[entry.use_id])
    return days
