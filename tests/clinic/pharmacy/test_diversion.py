"""Ways to make milligrams vanish, tried by somebody who knows the account: each is refused, or seen by others."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent, LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import User, new_id
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


def test_a_draw_of_before_its_session_was_opened_says_why_and_keeps_its_time(store: Store, lot: Lot) -> None:
    """The pharmacy may have drawn it up early; or a vial that is missing since is entered under somebody's day."""
    use = store.use(hours_ago=2)
    early, by_a_slow_clock = timezone.now() - 5 * HOUR, timezone.now() - 2 * HOUR - timedelta(seconds=90)
    store.draw(use, lot, 5, at=by_a_slow_clock)
    with pytest.raises(Refusal, match=r"is before session 1 was opened, at .*Check the time.*Write why"):
        store.draw(use, lot, 20, at=early)
    drawn = store.draw(use, lot, 20, at=early, reason="Drawn up by the pharmacy at eight.")
    assert (drawn.occurred_at, drawn.words) == (early, "Drawn up by the pharmacy at eight.")


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
    services.close(case, DiscrepancyEvent.Outcome.EXPLAINED, "Wasted.", store.lead, store.director, write_id=new_id())
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
    lead = signed_in(clinic, Role.PHARMACIST)
    assert "2.7 mg drawn and not accounted for in all" in read(lead, "pharmacy_register")
    (row,) = queries.small_by_person(clinic.site, timezone.now())
    assert (row.user, row.days, row.shared, row.micrograms) == (clinic.users[Role.NURSE], 3, 0, 2700)
    assert "2.7 mg in all is not accounted for of the 3 treatment days" in read(lead, "pharmacy"), (
        "the lead's first page"
    )
    assert "2.7 mg in all" not in read(signed_in(clinic), "pharmacy")


def test_lines_of_a_syringe_read_either_way_are_nobodys_fault(store: Store, lot: Lot, clinic: Clinic) -> None:
    for days_ago, mg in enumerate((0.6, 0.9, 0.8), start=1):
        store.draw(over(store, lot, days_ago=days_ago), lot, mg, reason="Held back by the line.")
        store.given(over(store, lot, days_ago=days_ago), 35 + mg)
    assert queries.small_by_person(clinic.site, timezone.now()) == []


def test_who_drew_beside_another_is_not_named_as_if_alone(store: Store, lot: Lot, clinic: Clinic) -> None:
    for days_ago in (1, 2):
        use = over(store, lot, days_ago=days_ago)
        store.draw(use, lot, 0.9, reason="Held back by the line.")
        prescriber = clinic.actor(Role.PRESCRIBER)
        services.draw(use, lot, store.safe, MG, prescriber, write_id=new_id(), reason="For her, late.")
        store.waste(use, lot, 1)
    rows = queries.small_by_person(clinic.site, timezone.now())
    assert [(row.days, row.shared, row.micrograms) for row in rows] == [(2, 2, 1800)] * 2
    assert "On 2 of them somebody else drew too" in read(signed_in(clinic, Role.PHARMACIST), "pharmacy")


@pytest.mark.parametrize("drawn", [0, 20])
def test_a_forgotten_draw_that_stays_unexplained_is_written_into_the_book_once(
    store: Store, lot: Lot, drawn: int
) -> None:
    """The dose names its lot, so what it lacks is of that lot, and no longer of the day."""
    store.lot(lot="B2", at=timezone.now() - timedelta(days=200))
    use = store.use(hours_ago=4)
    if drawn:
        store.draw(use, lot, drawn)
    store.given(use, (50, "B2"))
    services.end_use(use, store.nurse, timezone.now() - 2 * HOUR)
    (case,) = cases(store)
    services.close(
        case, DiscrepancyEvent.Outcome.UNEXPLAINED, "Nobody knows it.", store.lead, store.witness, write_id=new_id()
    )
    account = queries.account(use)
    assert (account.unexplained, account.crossed, account.found) == (0, 0, 50 * MG)
    assert cases(store) == [], "nothing is left to look into"


def test_nothing_is_wasted_or_put_back_before_it_was_drawn(store: Store, lot: Lot) -> None:
    """Two people cannot have seen it: the register would tell of a waste hours before its draw."""
    use = store.use(hours_ago=3)
    store.draw(use, lot, 40, at=timezone.now() - HOUR)
    for entry in (store.waste, store.put_back):
        with pytest.raises(Refusal, match=r"was first drawn for this session at .* Check the time"):
            entry(use, lot, 5, at=timezone.now() - 2 * HOUR)
    store.waste(use, lot, 5, at=timezone.now() - HOUR / 2)


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
    shown = re.findall(r"entered \d\d:\d\d", read(lead, "pharmacy_register"))
    assert len(shown) == 2, "the delivery and the waste, not the draw of now"


@pytest.mark.parametrize("document", ["INV-7", ""])
def test_the_same_delivery_is_not_received_twice_without_a_reason(store: Store, document: str) -> None:
    """A vial that is booked twice covers for one that is taken."""
    store.receive(document=document)
    with pytest.raises(Refusal, match="was received already: entry 1, 5\u202f000 mg"):
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


def test_one_person_alone_does_not_book_a_draw_back(store: Store, lot: Lot) -> None:
    """On paper it would lie in the safe again, unopened, and the treatment day would add up."""
    drawn = store.draw(store.use(), lot, 415)
    with pytest.raises(Refusal, match="reversed by two people"):
        services.reverse(drawn, "Typed twice.", store.lead, write_id=new_id())
    services.reverse(drawn, "Typed twice.", store.lead, store.witness, write_id=new_id())


def test_who_saw_the_waste_sees_the_end_only_where_nobody_else_can(store: Store, lot: Lot) -> None:
    use = store.use(hours_ago=4)
    store.draw(use, lot, 50)
    store.waste(use, lot, 5)
    services.end_use(use, store.nurse, timezone.now() - 2 * HOUR)
    (case,) = cases(store)
    how = (DiscrepancyEvent.Outcome.UNEXPLAINED, "Nobody knows it.", store.lead)
    with pytest.raises(Refusal, match=r"was the witness of a waste of that day.* somebody else: A synthetic medical"):
        services.close(case, *how, store.witness, write_id=new_id())
    User.objects.filter(role=Role.DIRECTOR).update(is_active=False)
    services.close(case, *how, store.witness, write_id=new_id())


def test_a_little_of_every_vial_is_summed_up_over_the_last_counts(store: Store, lot: Lot, clinic: Clinic) -> None:
    others = [store.lot(lot=number, at=timezone.now() - timedelta(days=2)) for number in ("B2", "B3")]
    seen = [services.Seen(each, store.safe, 5000 * MG - 900) for each in (lot, *others)]
    for _ in range(2):  # the same is seen again: no more is missing
        services.count(clinic.site, store.safe, seen, store.lead, write_id=new_id())
        assert queries.open_discrepancies(clinic.site).count() == 0
        (row,) = queries.small_at_counts(clinic.site, timezone.now())
        assert (row.drug, row.lots, row.micrograms) == ("ketamine", 3, 2700)
    assert "saw 2.7 mg of ketamine less than the book has, in 3 lots" in read(
        signed_in(clinic, Role.PHARMACIST), "pharmacy"
    )


def test_nobody_is_called_a_place_before_it_came_into_the_house(store: Store) -> None:
    lot = store.lot(lot="C3", at=timezone.now() - HOUR)
    with pytest.raises(Refusal, match=r"came into the house at .* Check the time"):
        services.move(
            lot, store.safe, store.trolley, 500 * MG, store.lead, write_id=new_id(), at=timezone.now() - 2 * HOUR
        )


def test_a_device_unlike_its_label_is_not_made_known_by_a_slip(store: Store) -> None:
    """A product is never removed: a tenfold device would stand beside the true one whenever something is received."""
    asked = (store.clinic.site, Drug.ESKETAMINE, Container.NASAL_DEVICE, store.lead)
    with pytest.raises(Refusal, match="holds 28 mg by its label"):
        services.add_formulation(*asked, micrograms_each=280 * MG, write_id=new_id())
    made = services.add_formulation(
        *asked, micrograms_each=14 * MG, write_id=new_id(), reason="Another device, approved here since spring."
    )
    assert made.micrograms_each == 14 * MG


def test_one_lot_drawn_and_another_given_is_said_though_the_sums_agree(store: Store, lot: Lot, clinic: Clinic) -> None:
    other, use, nurse = store.lot(lot="B2"), store.use(), signed_in(clinic)
    store.draw(use, lot, 35)
    store.given(use, (35, "A1"))
    assert "nothing of it was drawn" not in read(nurse, "pharmacy_use", use.pk)
    store.given(use, (35, other.number))
    assert queries.account(use).unexplained == 0
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


def test_an_amount_changed_after_leaving_closes_no_gap_by_itself(store: Store, lot: Lot, clinic: Clinic) -> None:
    """34.5 mg typed the day after, for 32.5 given: the 2 mg nobody wasted would be gone from every page."""
    use = store.use(hours_ago=4)
    store.draw(use, lot, 34.5)
    store.given(use, 32.5)
    services.end_use(use, store.nurse, timezone.now() - 2 * HOUR)
    (case,) = cases(store)
    store.given(use, 34.5)
    assert [each.pk for each in cases(store)] == [case.pk]
    nurse = clinic.users[Role.NURSE]
    said = case.events.get().words
    assert said == (
        f"The session’s amount was changed from 32.5 to 34.5 mg by {nurse.display_name} after the case opened. "
        "It adds up since."
    )
    lead, explained = store.lead, DiscrepancyEvent.Outcome.EXPLAINED
    with pytest.raises(Refusal, match="in a few words"):
        services.close(case, explained, "x", lead, store.witness, write_id=new_id())
    with pytest.raises(Refusal, match="made an entry, a dose or an amount of that day"):
        services.close(case, explained, "Pump read again.", lead, Witness(nurse, "password"), write_id=new_id())
    assert "It adds up since the case opened" in read(signed_in(clinic), "pharmacy_case", case.pk)
    services.close(case, explained, "Pump read again.", lead, store.witness, write_id=new_id())


def test_a_gap_closed_by_the_amount_before_its_case_was_due_gets_one(store: Store, lot: Lot) -> None:
    use = store.use(hours_ago=2)
    store.draw(use, lot, 34.5)
    store.given(use, 32.5)
    services.end_use(use, store.nurse, timezone.now() - HOUR / 4)
    store.given(use, 34.5)
    (case,) = cases(store)
    assert (case.micrograms, "after the person left" in case.events.get().words) == (2 * MG, True)


def test_more_than_the_book_has_takes_words_each_time_and_the_case_shows_what_is_lacking_now(
    store: Store, lot: Lot, clinic: Clinic
) -> None:
    def away(reason: str) -> None:
        services.send_away(
            lot, store.safe, 1000 * MG, store.lead, store.witness, write_id=new_id(), words="To the supplier.",
            reason=reason,
        )  # fmt: skip

    move = {"write_id": new_id(), "reason": "x"}
    with pytest.raises(Refusal, match=r"The book has 5\u202f000 mg \(100 mL\) of lot A1 in Safe, not 6\u202f000 mg"):
        services.move(lot, store.safe, store.trolley, 6000 * MG, store.lead, **move)
    services.move(lot, store.safe, store.trolley, 6000 * MG, store.lead, **move | {"reason": "Twelve vials lay there."})
    with pytest.raises(Refusal, match=r"The book has −1\u202f000 mg \(−20 mL\) of lot A1 in Safe"):
        away("x")
    away("Two more lay behind.")
    assert len(cases(store)) == 1
    assert "2 000 mg taken that the book did not have" in read(signed_in(clinic), "pharmacy")


def test_a_day_whose_sums_agree_over_two_lots_does_not_add_up_by_lot(store: Store, lot: Lot, clinic: Clinic) -> None:
    """60 mg of a lot nobody drew were given, and 60 mg of two others are in a hand."""
    other, third, use = store.lot(lot="B2"), store.lot(lot="C3"), store.use(hours_ago=4)
    store.draw(use, lot, 15)
    store.draw(use, other, 45)
    store.given(use, (60, third.number))
    services.end_use(use, store.nurse, timezone.now() - 2 * HOUR)
    (case,) = cases(store)
    assert case.micrograms == 60 * MG
    page = read(signed_in(clinic), "pharmacy")
    assert "60 mg drawn and not accounted for" in page
    assert "60 mg by lot" in " ".join(page.split())
    with pytest.raises(Refusal, match="does not add up by lot"):
        services.close(
            case, DiscrepancyEvent.Outcome.EXPLAINED, "All well.", store.lead, store.witness, write_id=new_id()
        )
    services.close(
        case, DiscrepancyEvent.Outcome.UNEXPLAINED, "Nobody knows.", store.lead, store.witness, write_id=new_id()
    )
    assert queries.account(use).adds_up
    assert cases(store) == []
