"""A drug account to test with, made with the product's own verbs."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Formulation, LedgerEntry, Lot, StorageLocation, Use
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.treatment.drugs import Drug, Way
from tests.clinic.people import Clinic

MG = 1000  # micrograms
VIAL_MG, DEVICE_MG = 500, 28
PASSWORD = "the witness knows this"
Container = Formulation.Container


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def give_password(user: User) -> None:
    """So that they can be a witness; hashed once, which is quick."""
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    user.save()


def proof(clinic: Clinic, role: Role = Role.PRESCRIBER, password: str = PASSWORD) -> dict[str, str]:
    """What a witness types."""
    return {"witness": clinic.users[role].username, "password": password}


@dataclass
class Store:
    """A safe and a trolley, ketamine vials (10 mL of 50 mg/mL) and nasal devices (28 mg)."""

    clinic: Clinic
    safe: StorageLocation = field(init=False)
    trolley: StorageLocation = field(init=False)
    vials: Formulation = field(init=False)
    devices: Formulation = field(init=False)

    def __post_init__(self) -> None:
        site, lead = self.clinic.site, self.lead
        self.safe = services.add_location(site, "Safe", lead, write_id=new_id())
        self.trolley = services.add_location(site, "Trolley", lead, write_id=new_id())
        self.vials = services.add_formulation(
            site, Drug.KETAMINE, Container.VIAL, lead, write_id=new_id(), micrograms_each=VIAL_MG * MG,
            microlitres_each=10_000,
        )  # fmt: skip
        self.devices = services.add_formulation(
            site, Drug.ESKETAMINE, Container.NASAL_DEVICE, lead, write_id=new_id(), micrograms_each=DEVICE_MG * MG
        )

    def another(self, container: Container, mg: float, ml: float | None = None) -> Formulation:
        """Ketamine in another container."""
        return services.add_formulation(
            self.clinic.site, Drug.KETAMINE, container, self.lead, write_id=new_id(), micrograms_each=round(mg * MG),
            microlitres_each=round(ml * 1000) if ml else None,
        )  # fmt: skip

    @property
    def lead(self) -> Actor:
        return self.clinic.actor(Role.PHARMACIST)

    @property
    def nurse(self) -> Actor:
        return self.clinic.actor(Role.NURSE)

    @property
    def witness(self) -> Witness:
        """The prescriber, proved."""
        return Witness(self.clinic.users[Role.PRESCRIBER], "password")

    @property
    def director(self) -> Witness:
        """Who had no hand in a treatment day."""
        return Witness(self.clinic.users[Role.DIRECTOR], "password")

    def receive(
        self, formulation: Formulation | None = None, containers: int = 10, lot: str = "A1", **more: object
    ) -> LedgerEntry:
        usual = {
            "expires_on": in_days(300), "supplier": "Supplier", "document": f"D-{new_id()}", "location": self.safe,
            "write_id": new_id(),
        }  # fmt: skip
        said = usual | more
        return services.receive(
            formulation or self.vials, said.pop("location"), self.lead, lot_number=lot, containers=containers, **said
        )

    def lot(self, formulation: Formulation | None = None, containers: int = 10, lot: str = "A1", **more: object) -> Lot:
        return self.receive(formulation, containers, lot, **more).lot

    def use(
        self,
        drug: Drug = Drug.KETAMINE,
        label: str = "session 1",
        patient: Patient | None = None,
        *,
        hours_ago: float = 0,
        planned_mg: float | None = 10_000,
        way: Way | None = None,
    ) -> Use:
        """A treatment day; by itself one whose plan asks for more than anybody draws."""
        return services.announce(
            new_id(), patient or self.clinic.patient, self.nurse, label=label, drug=drug,
            planned_micrograms=None if planned_mg is None else round(planned_mg * MG), ways=[way] if way else [],
            at=timezone.now() - timedelta(hours=hours_ago),
        )  # fmt: skip

    def draw(self, use: Use, lot: Lot, mg: float, write_id: UUID | None = None, **more: object) -> LedgerEntry:
        location = more.pop("location", self.safe)
        return services.draw(use, lot, location, round(mg * MG), self.nurse, write_id=write_id or new_id(), **more)

    def waste(self, use: Use, lot: Lot, mg: float, **more: object) -> LedgerEntry:
        return services.waste(use, lot, round(mg * MG), self.nurse, self.witness, write_id=new_id(), **more)

    def put_back(self, use: Use, lot: Lot, mg: float, *, alone: bool = False, **more: object) -> LedgerEntry:
        witness = None if alone else self.witness
        return services.put_back(
            use, lot, self.safe, round(mg * MG), self.nurse, write_id=new_id(), witness=witness, **more
        )

    def given(self, use: Use, *doses: float | tuple[float, str]) -> None:
        """What the session says was given: milligrams, or milligrams with the lot as typed."""
        told = [each if isinstance(each, tuple) else (each, "") for each in doses]
        services.state_given(use, [services.Given(round(mg * MG), lot) for mg, lot in told], self.nurse, timezone.now())

    def in_mg(self, location: StorageLocation, lot: Lot) -> float:
        return queries.balance(lot, location) / MG
