"""The emergency card: whom to call, what to do first, which signs, which medicines."""

from dataclasses import dataclass

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, Status, provenance


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the card with what stands behind it."""

    text: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that calls for action whatever the numbers say."""

    rule: str
    sign: str
    act: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class RescueMedicine:
    """`dose` is None where no reference states one: the site's own protocol holds. `note` says when to hold back."""

    name: str
    dose: str | None
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class EmergencyCard:
    """What a card shows. `call` and its `number` are None where none is known for the jurisdiction."""

    call: Statement | None
    number: str | None
    first: tuple[Statement, ...]
    signs: tuple[Sign, ...]
    medicines: tuple[RescueMedicine, ...]
    antidote: Statement

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every line of the card by a short name, with what stands behind it."""
        signs = (Statement(f"{sign.rule} {sign.sign}", sign.provenance) for sign in self.signs)
        medicines = (Statement(medicine.name, medicine.provenance) for medicine in self.medicines)
        call = (Statement("The number to call", self.call.provenance),) if self.call else ()
        return (*call, *self.first, *signs, *medicines, self.antidote)

    @property
    def recalled(self) -> int:
        """How many of them nobody has read in a source yet."""
        return sum(each.provenance.status is Status.RECALLED for each in self.statements)


def emergency_card(drug: Drug, route: Route, jurisdiction: str) -> EmergencyCard:
    """The card for this drug, route and jurisdiction ("US", "EU", "UK")."""
    data = load("monitoring.yaml")["emergency"]
    call = data["call"].get(jurisdiction)
    return EmergencyCard(
        call=Statement(f"Call {call['number']}.", provenance(call)) if call else None,
        number=call["number"] if call else None,
        first=tuple(Statement(row["text"], provenance(row)) for row in data["first"] if applies(row, drug, route)),
        signs=tuple(Sign(row["id"], row["sign"], row["act"], provenance(row)) for row in data["signs"]),
        medicines=tuple(
            RescueMedicine(row["name"], row["dose"], row.get("note", ""), provenance(row)) for row in data["medicines"]
        ),
        antidote=Statement(data["antidote"]["text"], provenance(data["antidote"])),
    )
