"""A recall is of the maker's number: of every record the account has of it, however it is written, for whoever."""

from __future__ import annotations

import pytest

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot
from daybreak.clinic.pharmacy.recipients import recipients
from daybreak.clinic.record.models import FlagEvent, PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.drugs import Drug
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import MG, Store, in_days


@pytest.fixture
def own(store: Store) -> Lot:
    """PT1, delivered for this person by name."""
    return store.lot(store.devices, lot="PT1", patient=store.clinic.patient)


@pytest.fixture
def shared(store: Store) -> Lot:
    """The same lot of the maker, delivered for nobody by name."""
    return store.lot(store.devices, lot="PT1")


def test_a_recall_reaches_every_record_of_the_number(store: Store, own: Lot, shared: Lot) -> None:
    use = store.use(Drug.ESKETAMINE)
    store.draw(use, own, 28)
    services.recall(shared, "By the maker.", store.lead, write_id=new_id())
    assert [flag.patient for flag in open_flags()] == [store.clinic.patient]
    assert all(row.recalled for row in queries.stock(store.clinic.site))
    with pytest.raises(Refusal, match="recalled"):
        store.draw(use, own, 28)
    assert [each.patient for each in recipients(shared)] == [store.clinic.patient]
    lead = signed_in(store.clinic, Role.PHARMACIST)
    assert "Recalled. By the maker." in read(lead, "pharmacy_lot", own.pk)
    assert f"lot PT1, only for {own.patient}" in read(lead, "pharmacy_recipients", shared.pk)


def test_what_comes_of_it_later_is_recalled_too(store: Store, own: Lot) -> None:
    services.recall(own, "By the maker.", store.lead, write_id=new_id())
    later = store.lot(store.devices, lot="pt 1", expires_on=in_days(200), reason="Another last day is printed on it.")
    assert queries.recalled_lots([later]) == {later.pk}


def test_it_is_lifted_of_all_of_them(store: Store, own: Lot, shared: Lot) -> None:
    for each in (own, shared):
        services.recall(each, "By the maker.", store.lead, write_id=new_id())
    services.lift_recall(shared, "The maker was wrong.", store.lead, write_id=new_id())
    assert not queries.recalled_lots([own, shared])


def test_another_drug_of_the_same_number_is_not_recalled(store: Store, shared: Lot) -> None:
    other = store.lot(lot="PT1")
    services.recall(shared, "By the maker.", store.lead, write_id=new_id())
    assert queries.recalled_lots([other, shared]) == {shared.pk}


def test_a_lot_written_in_another_way_is_the_same_lot(store: Store) -> None:
    first = store.lot(lot="Z1")
    assert store.lot(lot="z-1") == store.lot(lot="Z 1") == first
    with pytest.raises(Refusal, match="Lot Z1 is here already"):
        store.lot(lot="Z 1", expires_on=in_days(200))


def test_of_who_died_the_list_of_a_recall_says_so_in_place_of_the_telephone(store: Store, shared: Lot) -> None:
    patient = store.clinic.patient
    type(patient).objects.filter(pk=patient.pk).update(phone="555 0100")
    store.draw(store.use(Drug.ESKETAMINE), shared, 28)
    lead = signed_in(store.clinic, Role.PHARMACIST)
    assert "555 0100" in read(lead, "pharmacy_recipients", shared.pk)
    PatientFact.objects.create(
        patient=patient, kind=PatientFactKind.SERIOUS_EVENT, code=PatientFact.DEATH, text="Died at home."
    )
    page = read(lead, "pharmacy_recipients", shared.pk)
    assert "555 0100" not in page
    assert "Recorded as died. Do not call." in page


@pytest.mark.parametrize("typed", ["K04", "k-04", "k 04", "K04.", "K_04"])
def test_a_lot_is_recognised_by_letters_and_figures_however_it_is_typed(store: Store, typed: str) -> None:
    """What was drawn of one lot and typed with a dash is one lot: the day adds up, and its rest can be wasted."""
    lot, use = store.lot(lot="K04"), store.use()
    assert queries.typed_lot(store.clinic.site, Drug.KETAMINE, typed) == lot
    assert queries.typed_lot(store.clinic.site, Drug.ESKETAMINE, typed) is None
    store.draw(use, lot, 50)
    store.given(use, (35, typed))
    (entry,) = LedgerEntry.objects.filter(kind="given")
    assert entry.lot == lot
    assert queries.left_in_hand(use, lot) == 15 * MG
    store.given(use, (60, typed))
    store.draw(use, store.lot(lot="B7"), 10)
    assert queries.account(use).crossed == 10 * MG, "more is given of K04 than was drawn of it"
    assert {each.number for each, _ in queries.crossed_lots(use)} == {"K04", "B7"}


def test_more_of_a_recalled_lot_is_asked_about_when_it_comes(store: Store) -> None:
    services.recall(store.lot(lot="K04"), "Particles, by the maker.", store.lead, write_id=new_id())
    with pytest.raises(
        Refusal,
        match=r"Lot K04 is recalled: “Particles, by the maker.” Set it apart and call the supplier. Received all the "
        r"same\? Write why",
    ):
        store.receive(lot="k-04")
    assert store.receive(lot="k-04", reason="Kept apart for the supplier.").words.startswith("Kept apart")


def test_a_delivery_is_the_same_however_its_lot_is_typed(store: Store) -> None:
    store.receive(lot="K04", document="D7")
    with pytest.raises(Refusal, match="was received already"):
        store.receive(lot="k-04", document="D7")


def test_lifting_a_recall_closes_its_red_flags_and_says_so(store: Store) -> None:
    """Else a session goes on to say “give no more of it” of a lot that may be given."""
    lot, devices = store.lot(lot="K04"), store.lot(store.devices, lot="K04")
    store.draw(store.use(), lot, 50)
    store.draw(store.use(Drug.ESKETAMINE), devices, 28)
    for each in (lot, devices):
        services.recall(each, "By the maker.", store.lead, write_id=new_id())
    assert len(open_flags()) == 2
    alike = store.lot(lot="k-04", expires_on=in_days(200), reason="Another last day is printed on it.")
    services.lift_recall(alike, "The maker was wrong.", store.lead, write_id=new_id())
    (left,) = open_flags()
    assert left.title.startswith("Lot K04 of esketamine"), "another drug stays recalled"
    closed = FlagEvent.objects.get(kind="closed")
    assert closed.action == f"The recall of this lot was lifted by {store.lead.user.display_name}: The maker was wrong."


def test_what_is_recalled_again_is_told_again(store: Store) -> None:
    lot = store.lot(lot="K04")
    store.draw(store.use(), lot, 50)
    for verb in (services.recall, services.lift_recall, services.recall):
        verb(lot, "By the maker.", store.lead, write_id=new_id())
    assert len(open_flags()) == 1
