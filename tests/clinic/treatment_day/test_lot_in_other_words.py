"""A lot typed with something around its number is that lot: a label read out, a package's code as it is printed."""

from dataclasses import replace

import pytest

from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.queries import may_be, reads_as
from daybreak.clinic.pharmacy.recipients import recipients, recipients_of_typed
from daybreak.clinic.pharmacy.services import recall
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.lots import standing_against_lot
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store
from tests.clinic.treatment_day.day import NASAL, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_drug_account import commits  # noqa: F401

AROUND = ["lot: E02", "(10)E02", "E-02 exp 2027-03", "LOT e02."]
PERHAPS = ["E-02 98765", "E02exp2027", "lot E-02 98765 4", "e 02exp"]  # a serial, or a last day, without a space


@pytest.fixture
def store(clinic: Clinic) -> Store:
    return Store(clinic)


@pytest.fixture
def day(clinic: Clinic) -> Day:
    """The first device is given, and the rest is over."""
    day = open_day(clinic, NASAL)
    day.begin()
    return day


@pytest.fixture
def lot(day: Day, store: Store) -> Lot:
    return store.lot(store.devices, lot="E02", at=day.at(-30))


def recalled(day: Day, store: Store, lot: Lot, minute: float = 2) -> None:
    recall(lot, "By the maker.", replace(store.lead, at=day.at(minute)), write_id=new_id())


@pytest.mark.parametrize("typed", AROUND)
def test_a_recalled_lot_with_words_around_it_is_asked_about_flagged_and_listed(
    day: Day, store: Store, lot: Lot, typed: str
) -> None:
    recalled(day, store, lot)
    with pytest.raises(Refusal, match=r"is read as lot E02.* Lot E02: This lot is recalled.* Write why"):
        day.do(services.give_device, 6, lot=typed)
    day.do(services.give_device, 6, lot=typed, reason=TEN_WORDS)
    (flag,) = Flag.objects.filter(kind="recalled_lot")
    assert flag.title == "Lot E02 of esketamine, in use in session 1, is recalled"
    assert f"typed as “{typed}”" in flag.detail
    assert [each.days for each in recipients(lot)] == [f"session 1 (typed as “{typed}”)"]
    day.do(services.leave, 200, reason="Well, and with her sister.")
    assert [each.days for each in recipients(lot)] == [f"session 1 (typed as “{typed}”)"]


@pytest.mark.parametrize("typed", AROUND)
def test_a_recall_finds_who_is_in_the_chair_with_words_around_the_lot(
    day: Day, store: Store, lot: Lot, typed: str
) -> None:
    day.do(services.give_device, 6, lot=typed, reason=TEN_WORDS)
    recalled(day, store, lot, 8)
    (flag,) = Flag.objects.filter(kind="recalled_lot")
    assert flag.subject == day.session.pk


def test_what_was_given_counts_for_that_lot(day: Day, store: Store, lot: Lot) -> None:
    use = Use.objects.get(pk=day.session.pk)
    store.draw(use, lot, 56, at=day.at(-4))
    given = day.do(services.give_device, 6, lot="(10)E02", reason=TEN_WORDS)
    assert given.data["against"] == ["“(10)E02” is read as lot E02: look at the container again."]
    assert LedgerEntry.objects.get(kind="given", typed_lot="(10)E02").lot == lot
    assert pharmacy.left_in_hand(use, lot) == 0


def test_what_is_another_lots_own_number_is_that_lot(day: Day, store: Store, lot: Lot) -> None:
    other = store.lot(store.devices, lot="E02-B", at=day.at(-30))
    recalled(day, store, lot)
    given = day.do(services.give_device, 6, lot="e02 b")
    assert given.data["against"] == []
    assert not Flag.objects.filter(kind="recalled_lot").exists()
    assert recipients(lot) == []
    assert [each.days for each in recipients(other)] == ["session 1"]


def test_where_two_lots_stand_in_it_the_recalled_one_is_asked_about_and_none_is_guessed(
    day: Day, store: Store, lot: Lot
) -> None:
    store.lot(store.devices, lot="E01", at=day.at(-30))
    recalled(day, store, lot)
    with pytest.raises(Refusal, match=r"is read as lot E01 and lot E02.* Lot E02: This lot is recalled"):
        day.do(services.give_device, 6, lot="E01 or E02")
    day.do(services.give_device, 6, lot="E01 or E02", reason=TEN_WORDS)
    assert LedgerEntry.objects.get(kind="given", typed_lot="E01 or E02").lot is None
    assert [each.days for each in recipients(lot)] == ["session 1 (typed as “E01 or E02”)"]


def test_another_drugs_lot_is_told_apart_with_words_around_it(clinic: Clinic, store: Store) -> None:
    day = open_day(clinic, NASAL, hours_ago=0)
    store.lot(lot="K02", at=day.at(-30))
    day.read(-5)
    day.clear_checks()
    with pytest.raises(Refusal, match=r"Lot K02, as “lot K02” is read, is ketamine .*: another drug than esketamine"):
        day.do(services.start_dose, 0, lot="lot K02", reason=TEN_WORDS)


@pytest.mark.parametrize(
    ("number", "typed", "is_read"),
    [
        ("E-02", "lot e 02", True),
        ("0012", "(10)0012", True),
        ("10", "(10)E02", False),  # what stands before a lot in a package's code
        ("7", "E02 7", False),
        ("10", "10", True),
        ("E02", "E021", False),
        ("E02", "XE02", False),
        ("E02", "E02 2027", True),
        ("E02", "Ｅ０２", True),
        ("E02", "(10)E０２", True),
        ("AB12", "AB-12 3", False),  # rather AB123
        ("E02", "", False),
        ("A", "a lot", False),
    ],
)
def test_only_a_whole_word_is_a_lot_and_one_or_two_figures_alone_are_none(
    number: str, typed: str, is_read: bool
) -> None:
    assert reads_as(number, typed) is is_read


@pytest.mark.parametrize("typed", PERHAPS)
class TestWhatMayBeARecalledLot:
    def test_is_asked_about_flagged_and_listed(self, day: Day, store: Store, lot: Lot, typed: str) -> None:
        recalled(day, store, lot)
        asked = rf"“{typed}” may be lot E02: look at the container again. Lot E02: This lot is recalled.* Write why"
        with pytest.raises(Refusal, match=asked):
            day.do(services.give_device, 6, lot=typed)
        day.do(services.give_device, 6, lot=typed, reason=TEN_WORDS)
        (flag,) = Flag.objects.filter(kind="recalled_lot")
        assert flag.title == "Lot E02 of esketamine, in use in session 1, is recalled"
        assert f"typed as “{typed}”" in flag.detail
        listed = [f"session 1 (typed as “{typed}”)"]
        assert [each.days for each in recipients(lot)] == listed
        day.do(services.leave, 200, reason="Well, and with her sister.")
        assert [each.days for each in recipients(lot)] == listed
        assert [each.days for each in recipients_of_typed(day.clinic.site, "e-02")] == listed

    def test_is_found_by_a_recall_that_comes_later(self, day: Day, store: Store, lot: Lot, typed: str) -> None:
        day.do(services.give_device, 6, lot=typed, reason=TEN_WORDS)
        recalled(day, store, lot, 8)
        (flag,) = Flag.objects.filter(kind="recalled_lot")
        assert flag.subject == day.session.pk

    def test_is_never_taken_for_it(self, day: Day, store: Store, lot: Lot, typed: str) -> None:
        given = day.do(services.give_device, 6, lot=typed, reason=TEN_WORDS)
        assert given.data["against"] == [f"“{typed}” may be lot E02: look at the container again."]
        assert LedgerEntry.objects.get(kind="given", typed_lot=typed).lot is None

    def test_is_asked_about_beside_another_lot_that_is_read(self, day: Day, store: Store, lot: Lot, typed: str) -> None:
        store.lot(store.devices, lot="P31", at=day.at(-30))
        both = f"P31, {typed}"
        as_p31 = f"“{both}” is read as lot P31: look at the container again."
        assert standing_against_lot(day.session, day.at(9), both) == (as_p31,)
        recalled(day, store, lot, 8)
        assert standing_against_lot(day.session, day.at(9), both) == (
            as_p31,
            f"“{both}” may be lot E02: look at the container again.",
            "Lot E02: This lot is recalled. Take another, and set it aside.",
        )


@pytest.mark.parametrize("typed", ["lot E02B", "E-02B exp 2027-03"])
def test_what_is_a_part_of_another_lot_that_is_read_is_not_asked_about(
    day: Day, store: Store, lot: Lot, typed: str
) -> None:
    store.lot(store.devices, lot="E02B", at=day.at(-30))
    recalled(day, store, lot)
    given = day.do(services.give_device, 6, lot=typed, reason=TEN_WORDS)
    assert "recalled" not in " ".join(given.data["against"])
    assert not Flag.objects.filter(kind="recalled_lot").exists()
    assert recipients(lot) == []


@pytest.mark.parametrize(
    ("number", "typed", "is_asked"),
    [
        ("AB12", "AB-12 3", True),
        ("E02", "E021", False),
        ("E02", "XE02exp", False),
        ("10", "(10)E03", False),
        ("10", "10exp2027", False),
        ("A", "a lot", False),
        ("E02", "Ｅ-０２ 98765", True),
        ("E02", "", False),
    ],
)
def test_only_a_number_at_the_beginning_of_a_word_or_made_of_whole_words_may_be_a_lot(
    number: str, typed: str, is_asked: bool
) -> None:
    assert may_be(number, typed) is is_asked
