"""The emergency card of a site: the house's card for a drug and route, with the site's own numbers and rescue doses."""

from collections.abc import Iterable
from dataclasses import dataclass

from daybreak.clinic.record.models import Site
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.models import SiteCard
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.emergency import EmergencyCard, emergency_card

MOST_LINES = 10
LONGEST = 150  # letters of a line


@dataclass(frozen=True, slots=True)
class Number:
    """Whom to call."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class SiteMedicine:
    """A rescue dose by the site's own protocol, with where it is written."""

    name: str
    dose: str
    source: str


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the card. `written` is the site's own part; None where nobody wrote it yet."""

    house: EmergencyCard
    numbers: tuple[Number, ...]
    medicines: tuple[SiteMedicine, ...]
    written: SiteCard | None


def site_card(site: Site) -> SiteCard | None:
    """The site's own part as it was written last."""
    return _SITE_CARD.first(site.pk)


_SITE_CARD = Prepared(
    lambda key: SiteCard.objects.filter(site=key).select_related("recorded_by").order_by("-recorded_at", "-pk")[:1]
)


def card_for(site: Site, drug: Drug, route: Route) -> Card:
    """The card of this site for a drug and route. One query."""
    own = site_card(site)
    return Card(
        house=emergency_card(drug, route, site.jurisdiction),
        numbers=tuple(Number(**row) for row in own.numbers) if own else (),
        medicines=tuple(SiteMedicine(**row) for row in own.medicines) if own else (),
        written=own,
    )


def read_numbers(text: str) -> list[Number]:
    """Numbers as they are typed, one a line: "Anaesthetist on duty: 555 0100".

    Raises:
        Refusal: naming the line that cannot be read.
    """
    found = []
    for line in _lines(text):
        name, _, number = line.rpartition(":")
        if not name.strip() or not any(letter.isdigit() for letter in number):
            raise Refusal(f"“{line}” cannot be read. Write whom, a colon and the number, one a line.")
        found.append(Number(name.strip(), number.strip()))
    return found


def read_medicines(text: str) -> list[SiteMedicine]:
    """Medicines as they are typed, one a line: "labetalol; 10 mg iv slowly; protocol 3 of 2026-01".

    Raises:
        Refusal: naming the line that cannot be read.
    """
    found = []
    for line in _lines(text):
        parts = [part.strip() for part in line.split(";")]
        if len(parts) != 3 or not all(parts):
            raise Refusal(f"“{line}” cannot be read. Write the medicine; its dose; where the dose is written.")
        found.append(SiteMedicine(*parts))
    return found


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise Refusal(f"{len(lines)} lines are too many for a card that is read in a hurry: at most {MOST_LINES}.")
    if long := next((line for line in lines if len(line) > LONGEST), None):
        raise Refusal(f"“{long[:40]}…” is too long for a card that is read in a hurry: at most {LONGEST} letters.")
    return lines


def as_lines(rows: Iterable[Number | SiteMedicine]) -> str:
    """What was typed, to be changed."""
    said = (
        f"{row.name}: {row.number}" if isinstance(row, Number) else f"{row.name}; {row.dose}; {row.source}"
        for row in rows
    )
    return "\n".join(said)
