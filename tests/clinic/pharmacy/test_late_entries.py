"""An entry dated before a count and made after it: the count was taken without it, and nobody changes it unseen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import papers, queries, services
from daybreak.clinic.pharmacy.models import Count, Discrepancy, DiscrepancyEvent, LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import MG, VIAL_MG, Store

HOUR = timedelta(hours=1)
WHY = "Entered late: the tablet was flat."


@pytest.fixture
def lot(store: Store) -> Lot:
    """Five vials in the safe since yesterday."""
    return store.lot(containers=5, at=timezone.now() - 24 * HOUR)


@pytest.fixture
def use(store: Store) -> Use:
    """A treatment day that began before the count."""
    return store.use(hours_ago=3)


def count(store: Store, lot: Lot, vials: float, **more: object) -> Count:
    """An hour ago, unless another time is given."""
    seen = [Seen(lot, store.safe, round(vials * VIAL_MG * MG))]
    at = more.pop("at", timezone.now() - HOUR)
    return services.count(store.clinic.site, store.safe, seen, store.lead, write_id=new_id(), at=at, **more)


def two_hours_ago() -> dict[str, object]:
    return {"at": timezone.now() - 2 * HOUR}


def open_cases(store: Store) -> list[Discrepancy]:
    return list(queries.open_discrepancies(store.clinic.site))


class TestThatSetsTheCountApart:
    """The count saw all five. Drawn before it, one was not there any more: its time is wrong, or the count is."""

    def test_a_draw_is_asked_about_and_kept_with_a_reason_and_a_case(self, store: Store, lot: Lot, use: Use) -> None:
        count(store, lot, 5)
        with pytest.raises(
            Refusal,
            match=r"lot A1 in Safe was counted at .*2\u202f500 mg \(50 mL\) were seen, and with this entry "
            r"2\u202f000 mg \(40 mL\) should have been there. Check the time. Drawn all the same\? Write why",
        ):
            store.draw(use, lot, VIAL_MG, **two_hours_ago())
        assert not LedgerEntry.objects.filter(kind="drawn").exists()
        drawn = store.draw(use, lot, VIAL_MG, reason=WHY, **two_hours_ago())
        (case,) = open_cases(store)
        assert (case.entry, case.micrograms, queries.remains(case)) == (drawn, -VIAL_MG * MG, -VIAL_MG * MG)

    def test_counted_again_it_is_explained(self, store: Store, lot: Lot, use: Use) -> None:
        count(store, lot, 5)
        store.draw(use, lot, VIAL_MG, reason=WHY, **two_hours_ago())
        (case,) = open_cases(store)
        how = (DiscrepancyEvent.Outcome.EXPLAINED, "The first count was copied from the day before.")
        with pytest.raises(Refusal, match="still differs from the book by 500 mg"):
            services.close(case, *how, store.lead, store.director, write_id=new_id())
        count(store, lot, 4, at=None)
        services.close(case, *how, store.lead, store.director, write_id=new_id())
        assert (open_cases(store), store.in_mg(store.safe, lot)) == ([], 4 * VIAL_MG)

    def test_a_draw_of_now_and_one_in_the_minute_of_the_count_are_not_asked_about(
        self, store: Store, lot: Lot, use: Use
    ) -> None:
        made = count(store, lot, 5)
        store.draw(use, lot, 50)
        store.draw(use, lot, 50, at=made.counted_at.replace(second=0, microsecond=0))
        assert open_cases(store) == []

    def test_so_is_what_is_put_back_moved_received_or_sent_away(self, store: Store, lot: Lot, use: Use) -> None:
        store.draw(use, lot, VIAL_MG, at=timezone.now() - 2.5 * HOUR)
        count(store, lot, 4)
        vial = VIAL_MG * MG
        with pytest.raises(Refusal, match=r"Check the time. Put back all the same"):
            store.put_back(use, lot, VIAL_MG, **two_hours_ago())
        with pytest.raises(Refusal, match=r"Check the time. Moved all the same"):
            services.move(lot, store.safe, store.trolley, vial, store.nurse, write_id=new_id(), **two_hours_ago())
        with pytest.raises(Refusal, match=r"Check the time. Received all the same"):
            store.receive(containers=1, expires_on=lot.expires_on, **two_hours_ago())
        with pytest.raises(Refusal, match=r"Check the time. Out all the same"):
            services.waste_stock(
                lot, store.safe, vial, store.lead, store.witness, write_id=new_id(), words="Dropped.", **two_hours_ago()
            )
        assert store.put_back(use, lot, VIAL_MG, reason=WHY, **two_hours_ago()).words == WHY
        (case,) = open_cases(store)
        assert case.micrograms == vial, "seen less than the book now says was there"

    def test_so_is_a_lot_that_came_before_a_count_which_did_not_see_it(self, store: Store, lot: Lot) -> None:
        count(store, lot, 5)
        new = {"containers": 2, "lot": "B7", "expires_on": lot.expires_on}
        with pytest.raises(Refusal, match=r"lot B7 was not among what was seen. Check the time. Received all the same"):
            store.receive(**new, **two_hours_ago())
        assert store.receive(**new, reason=WHY, **two_hours_ago()).words == WHY
        store.receive(containers=1, lot="B8", expires_on=lot.expires_on)

    def test_a_loss_that_was_written_off_is_not_drawn_as_well(self, store: Store, lot: Lot, use: Use) -> None:
        """The vial was missing, and two people wrote it off: drawn before that count it would be gone twice."""
        count(store, lot, 4)
        (case,) = open_cases(store)
        services.close(
            case, DiscrepancyEvent.Outcome.UNEXPLAINED, "Not found.", store.lead, store.director, write_id=new_id()
        )
        with pytest.raises(Refusal, match="Check the time"):
            store.draw(use, lot, VIAL_MG, **two_hours_ago())
        store.draw(use, lot, VIAL_MG, reason=WHY, **two_hours_ago())
        (again,) = open_cases(store)
        assert queries.remains(again) == -VIAL_MG * MG, "the vial that was written off was drawn"


class TestThatExplainsTheCount:
    """The count saw four of five: the draw nobody had entered is what was missing."""

    def test_a_nurse_enters_the_earlier_draw_unasked_and_the_case_is_told(
        self, store: Store, lot: Lot, use: Use, clinic: Clinic
    ) -> None:
        made = count(store, lot, 4)
        drawn = store.draw(use, lot, VIAL_MG, **two_hours_ago())
        (case,) = open_cases(store)
        assert queries.remains(case) == 0
        told = case.events.get().words
        assert told.startswith(f"Entry {drawn.number} was made after the count of ")
        assert told.endswith("The count agrees with the book since.")
        assert f"Entry {drawn.number}, drawn 500 mg (10 mL) of lot A1" in read(
            signed_in(clinic), "pharmacy_counted", made.pk
        )
        services.close(
            case, DiscrepancyEvent.Outcome.EXPLAINED, "Entered late.", store.lead, store.director, write_id=new_id()
        )
        assert papers.problem(clinic.site) == ""

    def test_what_explains_a_part_says_so(self, store: Store, lot: Lot, use: Use) -> None:
        count(store, lot, 3)
        store.draw(use, lot, VIAL_MG, **two_hours_ago())
        (case,) = open_cases(store)
        assert queries.remains(case) == VIAL_MG * MG
        assert "still differs" in case.events.get().words

    def test_more_than_was_missing_is_asked_about(self, store: Store, lot: Lot, use: Use) -> None:
        count(store, lot, 4)
        with pytest.raises(Refusal, match="Check the time"):
            store.draw(use, lot, 2 * VIAL_MG, **two_hours_ago())

    def test_reversed_it_explains_nothing(self, store: Store, lot: Lot, use: Use) -> None:
        count(store, lot, 4)
        drawn = store.draw(use, lot, VIAL_MG, **two_hours_ago())
        services.reverse(drawn, "Another lot.", store.lead, store.witness, write_id=new_id())
        (case,) = open_cases(store)
        assert queries.remains(case) == VIAL_MG * MG
