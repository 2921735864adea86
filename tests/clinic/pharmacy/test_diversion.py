"""Ways to make milligrams vanish, tried by somebody who knows the account: each is refused, or seen by others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent, LedgerEntry, Lot, Use
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import MG, Container, Drug, Store

HOUR = timedelta(hours=1)


@pytest.fixture
def lot(store: Store) -> Lot:
    """Received long before any treatment day of these tests."""
    return store.lot(at=timezone.now() - timedelta(days=200))


def over(store: Store, lot: Lot, *, days_ago: float) -> Use:
    """A treatment day of so many days ago that adds up."""
    use = store.use(hours_ago=24 * days_ago + 4)
    ended_at = timezone.now() - timedelta(days=days_ago) - 2 * HOUR
    store.draw(use, lot, 50, at=ended_at - HOUR)
    store.given(use, 35)
    services.end_use(use, store.nurse, ended_at)
    store.waste(use, lot, 15)
    return use


def cases(store: Store) -> list[Discrepancy]:
    services.open_due_cases(store.clinic.site, SYSTEM)
    return list(queries.open_discrepancies(store.clinic.site))


def test_a_draw_for_a_day_that_is_over_says_why_and_is_looked_into(store: Store, lot: Lot) -> None:
    """Forty days later nobody looks at that day any more: drawn for it, a vial would be gone for good."""
    use = over(store, lot, days_ago=40)
    assert cases(store) == []
    with pytest.raises(Refusal, match=r"left at .*Drawn all the same\? Write why"):
        store.draw(use, lot, 20)
    store.draw(use, lot, 20, reason="Entered late.")
    (case,) = cases(store)
    assert (case.use, case.micrograms) == (use, 20 * MG)


def test_what_was_put_back_and_is_reversed_weeks_later_is_looked_into(store: Store, lot: Lot) -> None:
    """Two people may reverse it: the book of the safe then has what is missing from it."""
    use = store.use(hours_ago=24 * 40 + 4)
    store.draw(use, lot, 500, at=timezone.now() - timedelta(days=40))
    services.end_use(use, store.nurse, timezone.now() - timedelta(days=40))
    back = store.put_back(use, lot, 500)
    assert cases(store) == []
    services.reverse(back, "Another session's.", store.lead, store.witness, write_id=new_id())
    assert [case.micrograms for case in cases(store)] == [500 * MG]


def test_a_day_whose_case_was_closed_gets_another_where_it_adds_up_no_more(store: Store, lot: Lot) -> None:
    use = over(store, lot, days_ago=1)
    store.draw(use, lot, 20, reason="Entered late.")
    (case,) = cases(store)
    store.waste(use, lot, 20)
    services.close(case, DiscrepancyEvent.Outcome.EXPLAINED, "Wasted.", store.lead, store.witness, write_id=new_id())
    store.draw(use, lot, 30, reason="Entered late, too.")
    (another,) = cases(store)
    assert (another.micrograms, another.pk != case.pk) == (30 * MG, True)


def test_a_day_that_nobody_ends_is_over_all_the_same(store: Store, lot: Lot) -> None:
    use = store.use(hours_ago=25)
    store.draw(use, lot, 50)
    assert [case.use for case in cases(store)] == [use]


def test_a_little_each_day_is_summed_up_in_the_register(store: Store, lot: Lot, clinic: Clinic) -> None:
    for days_ago in (1, 2, 3):
        store.draw(over(store, lot, days_ago=days_ago), lot, 0.9, reason="Held back by the line.")
    assert cases(store) == []
    small = queries.small_differences(clinic.site, timezone.now())
    assert (small.days, small.missing, small.too_much) == (3, 2700, 0)
    assert "2.7 mg drawn and not accounted for in all" in read(signed_in(clinic, Role.PHARMACIST), "pharmacy_register")


def test_an_entry_dated_back_shows_when_it_was_made(store: Store, lot: Lot, clinic: Clinic) -> None:
    """Else a waste of this evening reads like one of last week, before the count that found all right."""
    services.waste_stock(
        lot, store.safe, 500 * MG, store.lead, store.witness, write_id=new_id(), words="Dropped.",
        at=timezone.now() - timedelta(days=7),
    )  # fmt: skip
    entry = LedgerEntry.objects.last()
    entered = f"entered {timezone.localtime(entry.recorded_at):%H:%M}"
    lead = signed_in(clinic, Role.PHARMACIST)
    assert entered in read(lead, "pharmacy_register")
    assert entered in read(lead, "pharmacy_lot", lot.pk)
    store.draw(store.use(), lot, 10)
    assert read(lead, "pharmacy_register").count("entered ") == 2, "the delivery and the waste, not the draw of now"


@pytest.mark.parametrize("document", ["INV-7", ""])
def test_the_same_delivery_is_not_received_twice_without_a_reason(store: Store, document: str) -> None:
    """A vial that is booked twice covers for one that is taken."""
    store.receive(document=document)
    with pytest.raises(Refusal, match="was received already: entry 1, 5000 mg"):
        store.receive(document=document.lower())
    store.receive(document="INV-8")
    store.receive(document=document, reason="The second parcel of it.")
    assert [row.micrograms for row in queries.stock(store.clinic.site)] == [15_000 * MG]


def test_a_delivery_that_was_reversed_is_received_anew(store: Store) -> None:
    wrong = store.receive(document="INV-7")
    services.reverse(wrong, "Another place.", store.lead, store.witness, write_id=new_id())
    store.receive(document="INV-7")


def test_one_product_is_known_once(store: Store) -> None:
    """Else one lot lies in two rows, and a recall of one leaves the other to be drawn."""
    same = {"micrograms_each": 500 * MG, "microlitres_each": 10_000}
    with pytest.raises(Refusal, match="known here already"):
        services.add_formulation(
            store.clinic.site, Drug.KETAMINE, Container.VIAL, store.lead, write_id=new_id(), **same
        )


def test_one_lot_drawn_and_another_given_is_said_though_the_sums_agree(store: Store, lot: Lot, clinic: Clinic) -> None:
    other, use, nurse = store.lot(lot="B2"), store.use(), signed_in(clinic)
    store.draw(use, lot, 35)
    store.given(use, (35, "A1"))
    assert "nothing of it was drawn" not in read(nurse, "pharmacy_use", use.pk)
    store.given(use, (35, other.number))
    assert queries.account(use).adds_up
    assert "lot B2 was given, and nothing of it was drawn for this day" in read(nurse, "pharmacy_use", use.pk)


def test_what_one_person_puts_back_alone_is_sealed_and_the_day_goes_on(store: Store, lot: Lot) -> None:
    """What was in a bag, or recorded as sprayed, would else lie in the cabinet as unopened."""
    devices, day, spray = store.lot(store.devices, lot="E1"), store.use(), store.use(Drug.ESKETAMINE)
    store.draw(day, lot, 1000)
    store.draw(spray, devices, 84)
    store.given(day, 30)
    with pytest.raises(Refusal, match=r"5\.5 mg \(0\.11 mL\) are part of an opened vial.*before a witness"):
        store.put_back(day, lot, 5.5, alone=True)
    store.put_back(day, lot, 500, alone=True)
    store.given(spray, 28, 28, 28)
    store.given(spray, 28, 28)
    with pytest.raises(Refusal, match="amount given was lowered"):
        store.put_back(spray, devices, 28, alone=True)
    assert store.put_back(spray, devices, 28).witness == store.witness.user
    services.end_use(day, store.nurse, timezone.now())
    services.reverse(day.entries.get(kind="returned"), "Wrong lot.", store.lead, write_id=new_id())
    with pytest.raises(Refusal, match="has left"):
        store.put_back(day, lot, 500, alone=True)
