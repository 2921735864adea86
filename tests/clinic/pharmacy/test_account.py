"""Every milligram: what is drawn is given, wasted or put back, and the book agrees with the shelf."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.recipients import Recipient, recipients, recipients_of_typed
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.models import Flag, Patient, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import NotYours, Refusal, WriteConflict
from daybreak.treatment.drugs import Drug
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.pharmacy.store import MG, Store, in_days

Kind = LedgerEntry.Kind


class TestTheBook:
    def test_what_comes_in_lies_where_it_was_put(self, store: Store) -> None:
        lot = store.lot(containers=10)
        assert store.in_mg(store.safe, lot) == 5000
        services.move(lot, store.safe, store.trolley, 1000 * MG, store.nurse, write_id=new_id())
        assert (store.in_mg(store.safe, lot), store.in_mg(store.trolley, lot)) == (4000, 1000)

    def test_more_than_the_book_has_is_moved_with_a_reason_and_opens_a_case(self, store: Store) -> None:
        lot = store.lot(containers=2)
        amount, way = 99 * 500 * MG, (store.safe, store.trolley)
        with pytest.raises(Refusal, match=r"The book has 1\u202f000 mg .* not 49\u202f500 mg"):
            services.move(lot, *way, amount, store.nurse, write_id=new_id())
        services.move(lot, *way, amount, store.nurse, write_id=new_id(), reason="A delivery not entered yet.")
        assert Discrepancy.objects.get().about == Discrepancy.About.BELOW_ZERO

    def test_the_same_lot_received_twice_is_one_lot(self, store: Store) -> None:
        assert store.lot(containers=10) == store.lot(containers=5)
        assert [row.micrograms for row in queries.stock(store.clinic.site)] == [7500 * MG]

    def test_a_lot_with_two_last_days_is_looked_at_again(self, store: Store) -> None:
        store.receive()
        with pytest.raises(Refusal, match="Look at the containers again"):
            store.receive(expires_on=in_days(10))

    def test_a_reversal_names_the_wrong_entry_and_undoes_it(self, store: Store) -> None:
        wrong = store.receive(containers=100)
        services.reverse(wrong, "Ten were delivered, not a hundred.", store.lead, store.witness, write_id=new_id())
        store.receive(containers=10)
        assert store.in_mg(store.safe, wrong.lot) == 5000
        assert wrong.corrected_by.correction_reason == "Ten were delivered, not a hundred."
        assert [line.balance // MG for line in queries.lines(wrong.lot)] == [50_000, 0, 5000]

    def test_an_entry_is_reversed_once_and_never_without_a_reason(self, store: Store) -> None:
        wrong = store.receive()
        with pytest.raises(Refusal, match="Write why"):
            services.reverse(wrong, " ", store.lead, store.witness, write_id=new_id())
        back = services.reverse(wrong, "Another clinic's.", store.lead, store.witness, write_id=new_id())
        with pytest.raises(Refusal, match="reversed already"):
            services.reverse(wrong, "Again.", store.lead, store.witness, write_id=new_id())
        with pytest.raises(Refusal, match="undoes another, and is not undone itself"):
            services.reverse(back, "Back again.", store.lead, write_id=new_id())

    def test_nobody_alone_undoes_what_came_or_what_two_people_did(self, store: Store, clinic: Clinic) -> None:
        """Else one person could book away what is in the safe, or take back a waste another saw."""
        came, use = store.receive(), store.use()
        store.draw(use, came.lot, 50)
        wasted = store.waste(use, came.lot, 10)
        themselves = Witness(clinic.users[Role.PHARMACIST], "password")
        for entry in (came, wasted):
            with pytest.raises(Refusal, match="reversed by two people"):
                services.reverse(entry, "Typed twice.", store.lead, write_id=new_id())
            with pytest.raises(Refusal, match="somebody else"):
                services.reverse(entry, "Typed twice.", store.lead, themselves, write_id=new_id())
            back = services.reverse(entry, "Typed twice.", store.lead, store.witness, write_id=new_id())
            assert back.witness == clinic.users[Role.PRESCRIBER]

    def test_an_entry_sent_twice_is_made_once(self, store: Store) -> None:
        lot, use, write = store.lot(), store.use(), new_id()
        assert store.draw(use, lot, 50, write) == store.draw(use, lot, 50, write)
        with pytest.raises(WriteConflict):
            store.draw(use, lot, 60, write)
        assert store.in_mg(store.safe, lot) == 4950

    def test_another_site_is_another_account(self, store: Store) -> None:
        other = Store(make_clinic("Another clinic"))
        with pytest.raises(NotYours):
            services.draw(store.use(), other.lot(), store.safe, MG, store.nurse, write_id=new_id())
        with pytest.raises(NotYours):
            services.receive(
                store.vials, store.safe, other.lead, write_id=new_id(), lot_number="A", expires_on=in_days(1),
                containers=1, supplier="S",
            )  # fmt: skip

    def test_devices_are_counted_whole(self, store: Store) -> None:
        lot = store.lot(store.devices)
        use = store.use(Drug.ESKETAMINE)
        assert store.draw(use, lot, 56)
        with pytest.raises(Refusal, match="whole number of devices of 28 mg"):
            store.draw(use, lot, 30)

    def test_what_was_in_a_hand_was_there_and_the_book_is_looked_into(self, store: Store) -> None:
        lot = store.lot(containers=1)
        store.draw(store.use(), lot, 600)
        assert store.in_mg(store.safe, lot) == -100
        case = Discrepancy.objects.get()
        assert (case.about, case.micrograms) == (Discrepancy.About.BELOW_ZERO, -100 * MG)
        store.draw(store.use(), lot, 10)
        assert Discrepancy.objects.count() == 1  # one case, however often it is met

    def test_amounts_are_said_as_a_hand_handles_them(self, store: Store) -> None:
        assert store.vials.says(35_650) == "35.65 mg (0.713 mL)"
        assert store.devices.says(56 * MG) == "2 devices (56 mg)"
        assert str(store.vials) == "ketamine 50 mg/mL, vial of 10 mL"
        assert str(store.devices) == "esketamine 28 mg nasal device"


class TestWhatMayBeDrawn:
    def test_a_recalled_lot_is_refused_and_so_is_every_reason(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        services.recall(lot, "Glass found, by the maker.", store.lead, write_id=new_id())
        with pytest.raises(Refusal, match="recalled"):
            store.draw(use, lot, 50, reason="There is no other.")
        services.lift_recall(lot, "Another strength was meant.", store.lead, write_id=new_id())
        store.draw(use, lot, 50)

    def test_whoever_has_a_recalled_lot_in_hand_is_told_at_once(self, store: Store, clinic: Clinic) -> None:
        lot, use, over = store.lot(), store.use(), store.use()
        for each in (use, over):
            store.draw(each, lot, 50)
        services.end_use(over, store.nurse, at=timezone.now())
        services.recall(lot, "Glass found, by the maker.", store.lead, write_id=new_id())
        (flag,) = open_flags(site=clinic.site)
        assert (flag.level, flag.subject, flag.owner) == (Flag.Level.ACT, use.pk, store.nurse.user)
        assert flag.title == f"Lot {lot.number} of ketamine, in use in session 1, is recalled"
        assert flag.detail.startswith("Glass found, by the maker. Give no more of it")

    def test_a_draw_that_waited_on_a_tablet_while_its_lot_was_recalled_is_kept_and_told(
        self, store: Store, clinic: Clinic
    ) -> None:
        """It is a fact: who got the lot must be on the list of those to be called."""
        lot, use, before = store.lot(), store.use(), timezone.now()
        services.recall(lot, "By the maker.", store.lead, write_id=new_id())
        assert store.draw(use, lot, 50, at=before).occurred_at == before
        assert [each.patient for each in recipients(lot)] == [clinic.patient]
        assert [flag.subject for flag in open_flags(site=clinic.site)] == [use.pk]
        with pytest.raises(Refusal, match="recalled"):
            store.draw(use, lot, 50, at=timezone.now())

    def test_an_expired_lot_takes_a_reason_which_is_kept(self, store: Store) -> None:
        lot, use = store.lot(expires_on=in_days(-1), reason="Stock from before."), store.use()
        with pytest.raises(Refusal, match="expired"):
            store.draw(use, lot, 50)
        assert store.draw(use, lot, 50, reason="The only one; agreed with the prescriber.").words.startswith("The only")

    def test_a_lot_for_one_person_is_drawn_for_nobody_else(self, store: Store, clinic: Clinic) -> None:
        lot = store.lot(store.devices, patient=clinic.patient)
        assert lot.use_by == in_days(45)
        other = Patient.objects.create(
            site=clinic.site, given_name="Other", family_name="Person", birth_date="1990-01-01", synthetic=True
        )
        with pytest.raises(Refusal, match="another person"):
            store.draw(store.use(Drug.ESKETAMINE, patient=other), lot, 28, reason="Urgent.")
        store.draw(store.use(Drug.ESKETAMINE), lot, 28)

    def test_the_wrong_drug_is_refused(self, store: Store) -> None:
        with pytest.raises(Refusal, match="The plan says esketamine"):
            store.draw(store.use(Drug.ESKETAMINE), store.lot(), 28)

    def test_taking_stock_away_is_not_hindered_by_a_recall(self, store: Store) -> None:
        lot = store.lot()
        services.recall(lot, "By the maker.", store.lead, write_id=new_id())
        services.send_away(
            lot, store.safe, 5000 * MG, store.lead, store.witness, write_id=new_id(), words="To the distributor."
        )
        assert queries.stock(store.clinic.site) == []


class TestATreatmentDay:
    def test_it_adds_up(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 50)
        store.given(use, 35.65)
        assert queries.account(use).unexplained == 14_350
        store.waste(use, lot, 4.35)
        store.put_back(use, lot, 10)
        account = queries.account(use)
        assert (account.drawn, account.given, account.wasted, account.returned) == (50_000, 35_650, 4350, 10_000)
        assert account.unexplained == 0
        assert store.in_mg(store.safe, lot) == 4960

    def test_told_again_it_changes_nothing(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 50)
        store.given(use, (35, "A1"))
        before = LedgerEntry.objects.count()
        store.given(use, (35, "A1"))
        assert LedgerEntry.objects.count() == before

    def test_an_amount_corrected_in_the_session_reverses_the_one_before(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 50)
        store.given(use, 35)
        store.given(use, 20.5)
        assert queries.account(use).given == 20_500
        kinds = list(LedgerEntry.objects.filter(use=use).order_by("number").values_list("kind", flat=True))
        assert kinds == [Kind.DRAWN, Kind.GIVEN, Kind.REVERSED, Kind.GIVEN]

    def test_one_dose_out_of_two_lots_is_told_again_in_peace(self, store: Store) -> None:
        """Its lot was not typed: which of the two it is of, nobody knows, and the account does not guess."""
        use = store.use()
        first, second = store.lot(lot="A1"), store.lot(lot="B2")
        store.draw(use, first, 20)
        store.draw(use, second, 30)
        store.given(use, 35)
        store.given(use, 35)
        given = LedgerEntry.objects.filter(kind=Kind.GIVEN).order_by("number").values_list("lot", "micrograms")
        assert list(given) == [(None, 35 * MG)]
        said = queries.account(use).lot_not_typed
        assert said == "Lot not typed: 35 mg given can be of A1 or B2, which are not told apart."

    def test_a_dose_whose_lot_was_not_typed_is_of_the_only_one_drawn_and_that_is_said(self, store: Store) -> None:
        use, lot = store.use(), store.lot(lot="A1")
        store.given(use, 10)
        assert queries.account(use).lot_not_typed == "Lot not typed: 10 mg given, and none was drawn."
        store.draw(use, lot, 50)
        store.given(use, 10, 25)
        assert LedgerEntry.objects.filter(kind=Kind.GIVEN).order_by("number").last().lot == lot
        said = "Lot not typed: 35 mg given are taken for A1, the only one drawn."
        assert queries.account(use).lot_not_typed == said
        store.given(use, (10, "A1"), (25, "a1"))
        assert queries.account(use).lot_not_typed == ""

    def test_each_device_keeps_its_own_lot(self, store: Store) -> None:
        use = store.use(Drug.ESKETAMINE)
        lots = [store.lot(store.devices, lot=number) for number in ("D1", "D2")]
        for lot in lots:
            store.draw(use, lot, 28)
        store.given(use, (28, "d2"), (28, "D1"))
        given = LedgerEntry.objects.filter(kind=Kind.GIVEN).order_by("number").values_list("lot", flat=True)
        assert list(given) == [lots[1].pk, lots[0].pk]

    def test_a_later_device_is_added_and_takes_from_what_is_left(self, store: Store) -> None:
        use = store.use(Drug.ESKETAMINE)
        lots = [store.lot(store.devices, lot=number) for number in ("D1", "D2")]
        for lot in lots:
            store.draw(use, lot, 28)
        store.given(use, 28)
        store.given(use, 28, 28)
        given = LedgerEntry.objects.filter(use=use).exclude(kind=Kind.DRAWN).order_by("number")
        assert list(given.values_list("kind", "lot")) == [(Kind.GIVEN, None), (Kind.GIVEN, None)]
        assert queries.left_in_hand(use, lots[0]) == 0

    def test_given_without_being_drawn_is_kept_and_does_not_add_up(self, store: Store) -> None:
        use = store.use()
        store.given(use, (35, "X9"))
        entry = LedgerEntry.objects.get(use=use)
        assert (entry.lot, entry.typed_lot, entry.micrograms) == (None, "X9", 35 * MG)
        assert queries.account(use).unexplained == -35 * MG

    def test_waste_of_what_was_not_drawn_is_refused(self, store: Store) -> None:
        with pytest.raises(Refusal, match="was drawn"):
            store.waste(store.use(), store.lot(), 5)

    def test_nobody_witnesses_for_themselves(self, store: Store, clinic: Clinic) -> None:
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 50)
        for who, words in ((Role.NURSE, "somebody else"), (Role.COORDINATOR, "may not witness")):
            with pytest.raises(Refusal, match=words):
                services.waste(use, lot, MG, store.nurse, Witness(clinic.users[who], "password"), write_id=new_id())
        assert store.waste(use, lot, 50).witness == clinic.users[Role.PRESCRIBER]

    def test_a_session_that_has_another_opinion_is_right(self, store: Store) -> None:
        """A given amount is corrected in the session, not in the book."""
        use = store.use()
        store.given(use, 35)
        with pytest.raises(Refusal, match="Correct “Amount given” there"):
            services.reverse(LedgerEntry.objects.get(), "Wrong.", store.lead, write_id=new_id())


class TestARecall:
    def test_it_leads_to_everybody_who_got_the_lot(self, store: Store, clinic: Clinic) -> None:
        lot = store.lot(store.devices, lot="D1")
        people = [
            Patient.objects.create(
                site=clinic.site, given_name=name, family_name="P", birth_date="1990-01-01", synthetic=True
            )
            for name in ("Drawn", "Typed", "Other")
        ]
        drawn, typed, other = (store.use(Drug.ESKETAMINE, patient=person) for person in people)
        store.draw(drawn, lot, 28)
        store.given(typed, (28, " d1".strip()))
        store.given(other, (28, "E5"))
        assert {each.patient.given_name for each in recipients(lot)} == {"Drawn", "Typed"}

    def test_a_lot_typed_before_it_was_entered_here_is_found_too(self, store: Store) -> None:
        use = store.use(Drug.ESKETAMINE)
        store.given(use, (28, "D1"))
        lot = store.lot(store.devices, lot="d1")
        assert [each.patient for each in recipients(lot)] == [use.patient]

    @pytest.mark.parametrize(
        ("typed", "may_be_ab12"), [("AB-12 3", ["session 1 (typed as “AB-12 3”)"]), ("ab123", []), ("AB 123", [])]
    )
    def test_one_the_account_never_received_leads_to_everybody_for_whom_it_was_typed(
        self, store: Store, typed: str, may_be_ab12: list[str]
    ) -> None:
        use = store.use()
        store.given(use, (35, typed))
        assert [each.patient for each in recipients_of_typed(store.clinic.site, "AB123")] == [use.patient]
        assert [each.days for each in recipients_of_typed(store.clinic.site, "AB12")] == may_be_ab12
        assert [each.patient for each in recipients(store.lot(lot="AB123"))] == [use.patient]
        assert recipients_of_typed(store.clinic.site, "AB12") == [], "it is the other, which is known now"

    def test_a_draw_that_was_reversed_is_not_counted(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        entry = store.draw(use, lot, 50)
        services.reverse(entry, "Drawn for another day.", store.lead, store.witness, write_id=new_id())
        assert recipients(lot) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["draw", "give", "waste", "back", "undo"]), st.integers(1, 200_000)), max_size=12
    )
)
def test_nothing_appears_and_nothing_vanishes(store: Store, steps: list[tuple[str, int]]) -> None:
    """Whatever is done: what came in is in a place, given, wasted, or still in a hand."""
    lot, use = store.lot(lot=str(new_id())), store.use()
    store.draw(use, lot, 1)
    for step, micrograms in steps:
        with suppress(Refusal):
            carry_out(store, use, lot, step, Decimal(micrograms) / MG)
    account = queries.account(use)
    in_store = queries.balance(lot, store.safe)
    assert in_store + account.given + account.wasted + account.unexplained == 5_000 * MG


def carry_out(store: Store, use: Use, lot: Lot, step: str, mg: Decimal) -> None:
    match step:
        case "draw":
            store.draw(use, lot, mg)
        case "give":
            store.given(use, mg)
        case "waste":
            store.waste(use, lot, mg)
        case "back":
            store.put_back(use, lot, mg)
        case "undo":
            last = queries.standing(LedgerEntry.objects.filter(use=use)).exclude(kind=Kind.GIVEN).last()
            if last:
                services.reverse(last, "Undone.", store.lead, write_id=new_id())


def test_the_treatment_days_of_a_lot_are_said_as_stretches() -> None:
    labels = [*(f"session {number}" for number in (1, 2, 3, 5, 8, 9)), "by hand"]
    person = Recipient(Patient(), labels, timezone.now())
    assert person.days == "session 1 to 3, session 5, session 8 to 9, by hand"
