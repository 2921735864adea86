"""What lies in a place and stands on no sheet is written down by whoever counts, and looked into."""

from typing import Any

import pytest
from django.test import Client

from daybreak.clinic.pharmacy import chain, papers, queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent, LedgerEntry, Lot
from daybreak.clinic.pharmacy.services import Found, Seen
from daybreak.clinic.pharmacy.services.counting import expected
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in, source, text
from tests.clinic.pharmacy.store import MG, VIAL_MG, Store, give_password, in_days, proof


def found(store: Store, number: str = "Z9", vials: int = 2, **more: Any) -> Found:
    usual = {"expires_on": in_days(200), "location": store.safe, "formulation": store.vials}
    return Found(number=number, micrograms=vials * VIAL_MG * MG, **usual | more)


def count(store: Store, *what: Found, seen: list[Seen] | None = None, **more: Any) -> None:
    services.count(store.clinic.site, store.safe, seen or [], store.nurse, write_id=new_id(), found=what, **more)


def test_a_lot_nobody_received_is_kept_and_opens_a_case(store: Store) -> None:
    count(store, found(store))
    lot, case = Lot.objects.get(), Discrepancy.objects.get()
    assert (lot.number, lot.expires_on, lot.formulation) == ("Z9", in_days(200), store.vials)
    assert (case.lot, case.micrograms) == (lot, -2 * VIAL_MG * MG)
    assert store.in_mg(store.safe, lot) == 0, "a count moves nothing"
    assert chain.verify(store.clinic.site).holds
    assert papers.problem(store.clinic.site) == ""


def test_while_its_case_is_open_it_stands_on_the_sheet(store: Store) -> None:
    """Else the next count would say nothing of it, and the case would go by the old one."""
    count(store, found(store))
    lot = Lot.objects.get()
    assert expected(store.clinic.site, store.safe) == [(lot, store.safe)]
    with pytest.raises(Refusal, match="lot Z9 in Safe stands on the sheet"):
        count(store, found(store), seen=[Seen(lot, store.safe, 0)])
    with pytest.raises(Refusal, match="Not counted: lot Z9 in Safe"):
        count(store, found(store, "Y8"))


def test_the_lead_receives_it_for_before_the_count_and_the_case_is_explained(store: Store) -> None:
    count(store, found(store))
    case = Discrepancy.objects.get()
    store.receive(containers=2, lot="Z9", expires_on=in_days(200))
    count(store, seen=[Seen(case.lot, store.safe, 2 * VIAL_MG * MG)])
    services.close(
        case,
        DiscrepancyEvent.Outcome.EXPLAINED,
        "Nobody had entered it.",
        store.lead,
        store.director,
        write_id=new_id(),
    )
    assert store.in_mg(store.safe, case.lot) == 2 * VIAL_MG
    assert expected(store.clinic.site, store.safe) == [(case.lot, store.safe)]


def test_a_known_lot_in_another_place_is_that_lot(store: Store) -> None:
    """However its number is written. A vial in the trolley is one missing from the safe."""
    lot = store.lot(lot="A-1", expires_on=in_days(300))
    services.count(
        store.clinic.site, store.trolley, [], store.nurse, write_id=new_id(),
        found=[found(store, "a1", 1, location=store.trolley, expires_on=in_days(300))],
    )  # fmt: skip
    (case,) = queries.open_discrepancies(store.clinic.site)
    assert (case.lot, case.location) == (lot, store.trolley)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"number": " "}, "Type the lot"),
        ({"vials": 0}, "above zero"),
        ({"vials": 1001}, r"of lot Z9 in Safe\? Look again"),
        ({"expires_on": in_days(366 * 90)}, "no last day of a drug"),
    ],
)
def test_what_cannot_be_is_not_found(store: Store, more: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        count(store, found(store, **more))
    assert not Lot.objects.exists()


class TestThePage:
    """The sheet of an empty place has a box for it, too."""

    @pytest.fixture
    def nurse(self, clinic: Clinic) -> Client:
        return signed_in(clinic)

    def typed(self, store: Store, **more: Any) -> dict[str, Any]:
        said = {
            "found_product": store.vials.pk, "found_lot": "Z9", "found_last_day": in_days(200).isoformat(),
            "found_whole": "1", "found_ml": "2.5",
        }  # fmt: skip
        return {"write_id": new_id(), **said, **more}

    def test_it_is_typed_with_what_is_opened(self, store: Store, nurse: Client) -> None:
        address = f"/drugs/count?in={store.safe.pk}"
        assert "Something lies here that is not listed" in text(nurse.get(address))
        kept = self.typed(store)
        for _ in range(2):
            assert nurse.post(address, kept).status_code == 302
        entry = LedgerEntry.objects.get(kind="counted")
        assert (entry.lot.number, entry.micrograms) == ("Z9", 625 * MG)
        assert "625 mg more counted than booked: lot Z9" in read(nurse, "pharmacy_counted", entry.count_id)

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"found_lot": ""}, "Of what is not listed, fill in all of it"),
            ({"found_whole": "", "found_ml": ""}, "How much of it lies there?"),
        ],
    )
    def test_half_of_it_is_asked_for(self, store: Store, nurse: Client, more: dict[str, str], says: str) -> None:
        asked = nurse.post(f"/drugs/count?in={store.safe.pk}", self.typed(store, **more))
        assert asked.status_code == 422
        assert says in text(asked)

    def test_more_in_opened_ones_than_one_holds_is_asked_about_and_tells_nothing_of_the_book(
        self, store: Store, nurse: Client
    ) -> None:
        """76 typed for 7.6: a point slips easily, and the book is not to be guessed from the question."""
        lot, address = store.lot(lot="K02", containers=4), f"/drugs/count?in={store.safe.pk}"
        said = {"row": source(lot, store), "whole_0": "3", "ml_0": "76"}
        question = (
            "3 800 mg (76 mL) in opened ones of lot K02 in Safe? One vial holds 500 mg (10 mL). Look again. If it "
            "is so, write it in a few words. Nothing was saved."
        )
        asked = nurse.post(address, {"write_id": new_id(), **said})
        assert (asked.status_code, question in text(asked)) == (422, True)
        assert not LedgerEntry.objects.filter(kind="counted").exists()
        assert nurse.post(address, {"write_id": new_id(), **said, "ml_0": "10"}).status_code == 302
        several = {"write_id": new_id(), **said, "ml_0": "13.2", "reason": "Two vials are opened."}
        assert nurse.post(address, several).status_code == 302
        not_listed = nurse.post(address, self.typed(store, found_ml="25", **said | {"ml_0": "0"}))
        assert "in opened ones of lot Z9 in Safe? One vial holds" in text(not_listed)

    def test_an_inventory_says_where_it_lies(self, store: Store, clinic: Clinic) -> None:
        lead = signed_in(clinic, Role.PHARMACIST)
        give_password(clinic.users[Role.PRESCRIBER])
        said = self.typed(store, business="close", found_place=store.trolley.pk, **proof(clinic))
        assert lead.post("/drugs/count?in=all", said).status_code == 302
        assert Discrepancy.objects.get().location == store.trolley
