"""What a case says once the lot was counted again, what its end wrote into the book, and what undoes that."""

import pytest

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent, LedgerEntry, Lot
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import MG, Store

UNEXPLAINED, EXPLAINED = DiscrepancyEvent.Outcome.UNEXPLAINED, DiscrepancyEvent.Outcome.EXPLAINED


@pytest.fixture
def lot(store: Store) -> Lot:
    """1000 mg of K90 in the safe."""
    return store.lot(containers=2, lot="K90")


def count(store: Store, lot: Lot, mg: float) -> None:
    seen = [Seen(lot, store.safe, round(mg * MG))]
    services.count(store.clinic.site, store.safe, seen, store.nurse, write_id=new_id())


def close(store: Store, case: Discrepancy, outcome: DiscrepancyEvent.Outcome = UNEXPLAINED) -> None:
    services.close(case, outcome, "Found out.", store.lead, store.director, write_id=new_id())


def test_a_loss_counted_after_a_surplus_is_a_case_of_its_own(store: Store, lot: Lot, clinic: Clinic) -> None:
    """A surplus that somebody mistyped, or made up, hides nothing that is missing later."""
    count(store, lot, 1750)
    surplus = Discrepancy.objects.get()
    count(store, lot, 975)
    loss = Discrepancy.objects.exclude(pk=surplus.pk).get()
    assert (loss.micrograms, queries.remains(loss), queries.remains(surplus)) == (25 * MG, 25 * MG, 0)
    lead = signed_in(clinic, Role.PHARMACIST)
    assert "25 mg less counted than booked: lot K90" in read(lead, "pharmacy")
    assert "Amount25 mg (0.5 mL) missing" in read(lead, "pharmacy_case", loss.pk)
    assert "The last count shows no surplus" in read(lead, "pharmacy_case", surplus.pk)
    close(store, surplus, EXPLAINED)
    close(store, loss)
    assert store.in_mg(store.safe, lot) == 975


def test_each_count_with_a_difference_leads_to_its_case_owner_and_deadline(
    store: Store, lot: Lot, clinic: Clinic
) -> None:
    for seen_mg in (990, 975):
        count(store, lot, seen_mg)
    case, newest = Discrepancy.objects.get(), LedgerEntry.objects.filter(kind="counted").order_by("-number")[0]
    page = read(signed_in(clinic), "pharmacy_counted", newest.count_id)
    assert "25 mg less counted than booked: lot K90" in page
    assert f"Owner: {case.owner.display_name}" in page


def test_heading_and_report_go_by_the_newest_count_and_then_by_what_the_end_wrote(
    store: Store, lot: Lot, clinic: Clinic
) -> None:
    for seen_mg in (990, 975):
        count(store, lot, seen_mg)
    case, lead = Discrepancy.objects.get(), signed_in(clinic, Role.PHARMACIST)
    page = read(lead, "pharmacy_case", case.pk)
    assert "25 mg less counted than booked" in page
    assert "Amount25 mg (0.5 mL) missing" in page
    close(store, case)
    written = LedgerEntry.objects.get(kind="written off")
    page = read(lead, "pharmacy_case", case.pk)
    assert "25 mg less counted than booked" in page
    assert "Amount25 mg (0.5 mL) missing" in page
    assert f"Entry {written.number}: written off 25 mg (0.5 mL), lot K90" in page


def test_a_day_whose_sign_turned_is_told_as_it_is(store: Store, lot: Lot, clinic: Clinic) -> None:
    use = store.use(hours_ago=3)
    store.draw(use, lot, 50)
    store.given(use, 35)
    case = services.finding.open_case(
        Discrepancy.About.SESSION, clinic.site, queries.account(use).off, store.lead, use=use
    )
    store.given(use, 60)
    page = read(signed_in(clinic, Role.PHARMACIST), "pharmacy_case", case.pk)
    assert "10 mg accounted for and never drawn" in page
    assert "Amount10 mg too much" in page


@pytest.mark.parametrize("seen_mg", [975, 1025], ids=["written off", "found"])
def test_what_a_closed_case_wrote_is_not_undone_unseen(store: Store, lot: Lot, clinic: Clinic, seen_mg: float) -> None:
    count(store, lot, seen_mg)
    first = Discrepancy.objects.get()
    close(store, first)
    written = LedgerEntry.objects.get(kind__in=("written off", "found"))
    services.reverse(written, "It was the wrong lot.", store.lead, store.director, write_id=new_id())
    again = queries.open_discrepancies(clinic.site).get()
    assert (again.lot, again.micrograms) == (lot, first.micrograms)
    assert f"Reversed since by entry {again.entry.number}" in read(
        signed_in(clinic, Role.PHARMACIST), "pharmacy_case", first.pk
    )
    close(store, again)
    assert store.in_mg(store.safe, lot) == seen_mg


class TestWhoSeesTheEndOfACount:
    """Two people are two people: whoever counted is not the one who sees what became of it."""

    def ends(self, store: Store, clinic: Clinic, role: Role) -> None:
        case = queries.open_discrepancies(clinic.site).get()
        seen_by = Witness(clinic.users[role], "password")
        services.close(case, UNEXPLAINED, "Not found.", store.lead, seen_by, write_id=new_id())

    def test_who_counted_does_not_though_nobody_else_is_there(self, store: Store, lot: Lot, clinic: Clinic) -> None:
        count(store, lot, 975)
        with pytest.raises(Refusal, match=r"counted it.* somebody else: .*A synthetic medical director"):
            self.ends(store, clinic, Role.NURSE)
        User.objects.filter(role__in=(Role.DIRECTOR, Role.PRESCRIBER)).update(is_active=False)
        with pytest.raises(Refusal, match=r"counted it.* somebody who did not, such as the medical director"):
            self.ends(store, clinic, Role.NURSE)

    def test_nor_who_counted_before_what_its_end_wrote_was_reversed(
        self, store: Store, lot: Lot, clinic: Clinic
    ) -> None:
        count(store, lot, 975)
        close(store, Discrepancy.objects.get())
        written = LedgerEntry.objects.get(kind="written off")
        services.reverse(written, "Another lot.", store.lead, store.director, write_id=new_id())
        with pytest.raises(Refusal, match="counted it"):
            self.ends(store, clinic, Role.NURSE)

    def test_nor_the_second_person_of_the_count_where_somebody_else_is_there(
        self, store: Store, lot: Lot, clinic: Clinic
    ) -> None:
        services.count(
            clinic.site, store.safe, [Seen(lot, store.safe, 975 * MG)], store.lead, write_id=new_id(),
            witness=store.witness,
        )  # fmt: skip
        with pytest.raises(Refusal, match="was the second person of the count"):
            self.ends(store, clinic, Role.PRESCRIBER)
        self.ends(store, clinic, Role.DIRECTOR)


@pytest.mark.parametrize(("away_mg", "left_mg"), [(1000, 0), (500, 0), (0, 0)], ids=["all", "half", "none"])
def test_no_more_is_written_off_than_the_book_still_has_there(
    store: Store, lot: Lot, clinic: Clinic, away_mg: int, left_mg: int
) -> None:
    """What left after the count had been there: nobody writes it off as well."""
    count(store, lot, 0)
    case = Discrepancy.objects.get()
    if away_mg:
        services.move(lot, store.safe, store.trolley, away_mg * MG, store.nurse, write_id=new_id())
        assert "something of it left" in read(signed_in(clinic), "pharmacy_case", case.pk)
    close(store, case)
    assert store.in_mg(store.safe, lot) == left_mg
