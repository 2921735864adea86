"""What was given of a lot nobody knows does not use up what was drawn of another: the day does not add up by lot."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import DiscrepancyEvent, LedgerEntry, Lot, Use
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import new_id
from daybreak.treatment.drugs import Drug
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import DEVICE_MG, MG, Store

TWO = 2 * DEVICE_MG * MG


@pytest.fixture
def lot(store: Store) -> Lot:
    return store.lot(store.devices, lot="E03", at=timezone.now() - timedelta(days=1))


@pytest.fixture
def use(store: Store, lot: Lot) -> Use:
    """Three devices drawn of E03; one of it was given, and two of a lot that never came."""
    use = store.use(Drug.ESKETAMINE, hours_ago=4)
    store.draw(use, lot, 3 * DEVICE_MG)
    store.given(use, (DEVICE_MG, "E03"), (DEVICE_MG, "X9"), (DEVICE_MG, "x-9"))
    return use


def test_the_day_does_not_add_up_by_lot_and_says_so(store: Store, use: Use, clinic: Clinic) -> None:
    account = queries.account(use)
    assert (account.unexplained, account.is_off_by_lot, account.off, account.adds_up) == (0, True, TWO, False)
    page = read(signed_in(clinic), "pharmacy_use", use.pk)
    assert "it adds up" not in page
    assert "56 mg are of a lot of which they were not drawn" in page
    assert "The session says that lot X9 was given, and nothing of it was drawn for this day" in page
    given = LedgerEntry.objects.filter(use=use, kind="given").order_by("number")
    assert [(entry.lot and entry.lot.number, entry.typed_lot) for entry in given] == [
        ("E03", "E03"), (None, "X9"), (None, "x-9")
    ]  # fmt: skip


def test_what_was_drawn_and_not_given_is_in_hand_and_goes_back(store: Store, lot: Lot, use: Use) -> None:
    assert queries.left_in_hand(use, lot) == TWO
    assert queries.left_in_hand(use, lot, [("X9", DEVICE_MG * MG)]) == TWO
    assert queries.left_in_hand(use, lot, [("", DEVICE_MG * MG)]) == TWO // 2
    store.put_back(use, lot, 2 * DEVICE_MG)
    assert queries.account(use).unexplained == -TWO, "two devices were given that nobody drew"


def test_once_the_other_lot_is_received_and_its_draw_entered_it_adds_up(store: Store, lot: Lot, use: Use) -> None:
    other = store.lot(store.devices, lot="X9", at=timezone.now() - timedelta(days=1))
    store.draw(use, other, 2 * DEVICE_MG, reason="Taken from the other drawer.")
    store.put_back(use, lot, 2 * DEVICE_MG)
    assert queries.account(use).off == 0


def test_a_case_opens_and_closed_as_unexplained_each_lot_is_written_once(store: Store, lot: Lot, use: Use) -> None:
    services.end_use(use, store.nurse, timezone.now() - timedelta(hours=2))
    assert len(services.open_due_cases(store.clinic.site, SYSTEM)) == 1
    (case,) = queries.open_discrepancies(store.clinic.site)
    services.close(
        case, DiscrepancyEvent.Outcome.UNEXPLAINED, "Nobody knows it.", store.lead, store.director, write_id=new_id()
    )
    written = {(entry.kind, entry.lot, entry.typed_lot): entry.micrograms for entry in queries.written_at_end(case)}
    assert written == {("found", None, "X9"): TWO, ("written off", lot, ""): TWO}
    assert queries.account(use).off == 0
    assert services.open_due_cases(store.clinic.site, SYSTEM) == []


def test_where_two_drawn_lots_stand_in_what_was_typed_it_can_be_of_either(store: Store, lot: Lot) -> None:
    other, use = store.lot(store.devices, lot="E04"), store.use(Drug.ESKETAMINE)
    for each in (lot, other):
        store.draw(use, each, DEVICE_MG)
    store.given(use, (2 * DEVICE_MG, "E03 + E04"))
    assert queries.account(use).adds_up
    assert queries.left_in_hand(use, lot) <= 0
