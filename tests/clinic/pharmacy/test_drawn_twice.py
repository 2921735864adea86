"""The same draw, waste or put-back once more within two minutes: whoever did not see the answer enters it again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.pharmacy import papers, queries, services
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, Use
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, send, signed_in, source
from tests.clinic.pharmacy.store import Store

MINUTE = timedelta(minutes=1)


@pytest.fixture
def lot(store: Store) -> Lot:
    return store.lot()


@pytest.fixture
def use(lot: Lot, store: Store) -> Use:
    """A treatment day that goes on for an hour."""
    return store.use(hours_ago=1)


def drawn() -> int:
    return LedgerEntry.objects.filter(kind="drawn").count()


def test_it_is_asked_about_and_drawn_again_with_a_word(store: Store, lot: Lot, use: Use) -> None:
    store.draw(use, lot, 5)
    with pytest.raises(
        Refusal,
        match=r"5 mg \(0\.1 mL\) of lot A1 from Safe are in the book already, drawn at .* If as much was taken out a "
        r"second time, write “draw it again”. Drawn all the same\? Write why, in a few words. Nothing was saved",
    ):
        store.draw(use, lot, 5)
    assert drawn() == 1
    assert store.draw(use, lot, 5, reason="draw it again").words == "draw it again"
    assert not queries.open_discrepancies(store.clinic.site), "who drew was asked"


def test_another_amount_lot_place_or_day_is_another_draw(store: Store, lot: Lot, use: Use) -> None:
    store.draw(use, lot, 5)
    store.draw(use, lot, 6)
    store.draw(use, store.lot(lot="B7"), 5)
    store.draw(use, lot, 5, location=store.trolley)
    store.draw(store.use(label="session 2"), lot, 5)
    assert drawn() == 5


def test_so_is_the_same_a_while_later_or_of_a_draw_that_was_reversed(store: Store, lot: Lot, use: Use) -> None:
    now = timezone.now()
    store.draw(use, lot, 5, at=now - 3 * MINUTE)
    entry = store.draw(use, lot, 5, at=now)
    services.reverse(entry, "Another lot.", store.lead, store.witness, write_id=new_id())
    store.draw(use, lot, 5, at=now)
    assert drawn() == 3


def test_sent_twice_it_is_one_draw(store: Store, lot: Lot, use: Use) -> None:
    once = new_id()
    store.draw(use, lot, 5, once)
    store.draw(use, lot, 5, once)
    assert drawn() == 1


def test_of_a_tablet_without_a_network_both_are_kept_and_two_people_look(
    store: Store, lot: Lot, use: Use, clinic: Clinic
) -> None:
    """It is done, and nobody can be asked: one of them refused might be drug that is missing."""
    nurse, waiting = signed_in(clinic), {"headers": {"X-Waited": "1", "Accept": "application/json"}}
    store.draw(use, lot, 5)
    said = {"source": source(lot, store), "amount": "5", "unit": "mg"}
    assert "in the book already" in send(nurse, "pharmacy_draw", use.pk, **said).content.decode()
    answer = nurse.post(reverse("pharmacy_draw", args=[use.pk]), {"write_id": new_id(), **said}, **waiting)
    assert answer.status_code == 200, answer.content
    assert drawn() == 2
    (case,) = queries.open_discrepancies(clinic.site)
    title = "Whether 5 mg of ketamine were drawn once or twice"
    assert Flag.objects.get(subject=case.pk).title == f"{title} for session 1 is in question"
    assert "says the same as entry" in case.events.get().words
    store.given(use, 10)  # the sums agree, and the question stays
    page = read(nurse, "pharmacy_use", use.pk)
    assert f"{title} is in question: Test Person, session 1" in page
    assert papers.problem(clinic.site) == ""


@pytest.mark.parametrize(
    ("verb", "kind", "done", "again"),
    [("waste", "wasted", "wasted", "waste it again"), ("put_back", "returned", "put back", "put it back again")],
)
def test_the_same_waste_or_put_back_at_once_is_asked_about_too(
    store: Store, lot: Lot, use: Use, verb: str, kind: str, done: str, again: str
) -> None:
    do = getattr(store, verb)
    store.draw(use, lot, 40)
    do(use, lot, 5)
    with pytest.raises(
        Refusal,
        match=rf"5 mg \(0\.1 mL\) of lot A1 .*are in the book already, {done} at .* a second time, write “{again}”\. "
        r".* all the same\? Write why, in a few words\. Nothing was saved",
    ):
        do(use, lot, 5)
    do(use, lot, 6)
    do(use, lot, 5, reason=again)
    assert LedgerEntry.objects.filter(kind=kind).count() == 3


def test_what_was_drawn_anew_since_is_put_back_anew_unasked(store: Store, lot: Lot, use: Use) -> None:
    for _ in range(2):
        store.draw(use, lot, 5)
        store.put_back(use, lot, 5)
    assert LedgerEntry.objects.filter(kind="returned").count() == 2
