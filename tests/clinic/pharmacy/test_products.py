"""A product stays for ever, and a delivery fills a shelf: what no label says, and a year far ahead, are asked about."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import services
from daybreak.clinic.pharmacy.models import Formulation, LedgerEntry
from daybreak.clinic.record.models import AuditEntry, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.drugs import Drug
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import signed_in, text
from tests.clinic.pharmacy.store import MG, Container, Store


def known(store: Store, drug: Drug, container: Container, mg: float, ml: float | None, reason: str = "") -> Formulation:
    return services.add_formulation(
        store.clinic.site, drug, container, store.lead, write_id=new_id(), micrograms_each=round(mg * MG),
        microlitres_each=round(ml * 1000) if ml else None, reason=reason,
    )  # fmt: skip


@pytest.mark.parametrize(("mg", "ml"), [(200, 20), (500, 5), (1000, 10), (250, 5)])
def test_a_vial_of_a_labelled_strength_is_taken_unasked(store: Store, mg: float, ml: float) -> None:
    """10, 50 and 100 mg/mL (KETALAR label), in vials of any size."""
    assert known(store, Drug.KETAMINE, Container.VIAL, mg, ml)


@pytest.mark.parametrize(
    ("drug", "container", "mg", "ml", "says"),
    [
        (Drug.KETAMINE, Container.VIAL, 5000, 10, "comes in 10, 50, 100 mg/mL by its label, not 500 mg/mL"),
        (Drug.KETAMINE, Container.AMPOULE, 25, 5, "comes in 10, 50, 100 mg/mL by its label, not 5 mg/mL"),
        (Drug.ESKETAMINE, Container.VIAL, 2500, 10, "250 mg/mL is more than any label says that was read here"),
        (Drug.KETAMINE, Container.ORAL_SOLUTION, 10_000, 50, "200 mg/mL is more than any label"),
        (Drug.ESKETAMINE, Container.NASAL_DEVICE, 56, None, "holds 28 mg by its label, not 56 mg"),
        (
            Drug.KETAMINE,
            Container.NASAL_DEVICE,
            28,
            None,
            "No label that was read here is of a nasal device of ketamine",
        ),
    ],
)
def test_what_no_label_says_takes_a_reason_and_is_never_refused_with_one(
    store: Store, drug: Drug, container: Container, mg: float, ml: float | None, says: str
) -> None:
    """Compounded strengths exist; a slipped digit would be offered whenever something is received."""
    with pytest.raises(Refusal, match=f"{says}.* write why in a few words"):
        known(store, drug, container, mg, ml)
    made = known(store, drug, container, mg, ml, "The compounding pharmacy makes it so.")
    told = AuditEntry.objects.get(action="product made known", subject=str(made.pk))
    assert told.detail["reason"] == "The compounding pharmacy makes it so."


@pytest.mark.parametrize("years", [6, 40])
def test_a_last_day_many_years_ahead_is_asked_about(store: Store, years: int) -> None:
    far = date(timezone.localdate().year + years, 6, 30)
    with pytest.raises(Refusal, match=f"is {years} years ahead. Look at the year again. Received all the same"):
        store.receive(expires_on=far)
    assert store.receive(expires_on=far, reason="So printed on the box.").lot.expires_on == far


def test_all_that_is_odd_about_a_delivery_is_asked_at_once(store: Store) -> None:
    far = date(timezone.localdate().year + 9, 6, 30)
    store.receive(expires_on=far, document="D-1", reason="So printed on the box.")
    with pytest.raises(Refusal, match=r"9 years ahead.*was received already: entry 1"):
        store.receive(expires_on=far, document="D-1")


class TestACount:
    """What is rather a slip is asked about, and the question never tells what the book has."""

    def seen(self, store: Store, containers: int, **more: Any) -> None:
        seen = [services.Seen(store.lot(), store.safe, containers * 500 * MG)]
        services.count(store.clinic.site, store.safe, seen, store.nurse, write_id=new_id(), **more)

    def test_more_than_any_delivery_brings_is_meant(self, store: Store) -> None:
        with pytest.raises(Refusal, match=r"5\u202f000\u202f000 mg .* of lot A1 in Safe\? Look again"):
            self.seen(store, 10_000)
        self.seen(store, 10_000, reason="Boxes up to the ceiling.")
        assert LedgerEntry.objects.get(kind="counted").words == "Boxes up to the ceiling."

    def test_an_inventory_that_saw_nothing_at_all_is_meant(self, store: Store, clinic: Clinic) -> None:
        lots = [store.lot(), store.lot(store.devices, lot="E1")]
        how: dict[str, Any] = {"witness": store.witness, "business": "close"}

        def inventory(amounts: tuple[int, int], **more: Any) -> None:
            seen = [services.Seen(lot, store.safe, mg * MG) for lot, mg in zip(lots, amounts, strict=True)]
            services.count(clinic.site, None, seen, store.lead, write_id=new_id(), **how, **more)

        with pytest.raises(Refusal, match=r"Nothing of anything was seen in the whole clinic\? Look again"):
            inventory((0, 0))
        assert not LedgerEntry.objects.filter(kind="counted").exists()
        inventory((0, 28))
        inventory((0, 0), reason="Burgled in the night.")

    def test_the_page_asks_and_takes_the_answer(self, store: Store, clinic: Clinic) -> None:
        lot, nurse = store.lot(), signed_in(clinic, Role.NURSE)
        typed = {"row": f"{lot.pk}:{store.safe.pk}", "whole_0": "10000", "ml_0": "0"}
        asked = nurse.post(f"/drugs/count?in={store.safe.pk}", {"write_id": new_id(), **typed})
        assert asked.status_code == 422
        assert "Look again" in text(asked)
        kept = nurse.post(
            f"/drugs/count?in={store.safe.pk}", {"write_id": new_id(), **typed, "reason": "All of it, truly."}
        )
        assert kept.status_code == 302
