"""What cannot be is not booked: more than is in hand, another century, a truckload, signs nobody sees."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.forms.fields import WHOLE, micrograms
from daybreak.clinic.pharmacy.models import Formulation, LedgerEntry, Lot
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.drugs import Drug
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, send, signed_in, source, text
from tests.clinic.pharmacy.store import DEVICE_MG, MG, VIAL_MG, Store, give_password, in_days, proof
from tests.clinic.treatment_day.day import TEN_WORDS

Container = Formulation.Container


class TestMoreThanThePlanNeeds:
    """Three devices are planned; each case begins with what is already out."""

    def test_a_draw_beyond_the_plan_says_why(self, store: Store) -> None:
        use, lot = store.use(Drug.ESKETAMINE, planned_mg=84), store.lot(store.devices)
        with pytest.raises(
            Refusal, match=r"of whole containers 3 devices \(84 mg\) at most: 4 devices \(112 mg\) are more"
        ):
            store.draw(use, lot, 4 * DEVICE_MG)
        store.draw(use, lot, 2 * DEVICE_MG)
        store.draw(use, lot, DEVICE_MG)
        with pytest.raises(Refusal, match="84 mg are drawn already"):
            store.draw(use, lot, DEVICE_MG)
        assert store.draw(use, lot, DEVICE_MG, reason="One was dropped.").words == "One was dropped."

    def test_what_went_back_may_be_drawn_again(self, store: Store) -> None:
        use, lot = store.use(Drug.ESKETAMINE, planned_mg=84), store.lot(store.devices)
        store.draw(use, lot, 3 * DEVICE_MG)
        store.put_back(use, lot, 3 * DEVICE_MG)
        assert store.draw(use, lot, 3 * DEVICE_MG)

    def test_of_a_vial_more_than_the_dose_may_be_drawn_up(self, store: Store) -> None:
        assert store.draw(store.use(planned_mg=35), store.lot(), 50)
        assert store.draw(store.use(planned_mg=35), store.lot(), VIAL_MG)

    def test_a_point_that_slipped_says_why(self, store: Store) -> None:
        """Ten times the dose still fits into one vial."""
        use, lot = store.use(planned_mg=39.5), store.lot()
        with pytest.raises(Refusal, match=r"The plan of this day is 39\.5 mg: 395 mg \(7\.9 mL\) are more"):
            store.draw(use, lot, 395)
        store.draw(use, lot, 40)
        with pytest.raises(Refusal, match=r"40 mg are drawn already: 39\.5 mg"):
            store.draw(use, lot, 39.5)
        assert store.draw(use, lot, 39.5, reason="The first syringe was dropped.")

    def test_a_letter_is_no_reason_and_ten_times_the_plan_takes_ten_words(self, store: Store) -> None:
        use, lot = store.use(planned_mg=41.5), store.lot()
        store.draw(use, lot, 60)
        with pytest.raises(Refusal, match="few words"):
            store.draw(use, lot, 60, reason="x")
        store.draw(use, lot, 60, reason="The first syringe was dropped.")
        with pytest.raises(Refusal, match="ten words"):
            store.draw(use, lot, 415, reason="The first syringe was dropped.")
        assert store.draw(use, lot, 415, reason=TEN_WORDS)

    def test_where_no_amount_is_planned_a_second_draw_says_why(self, store: Store) -> None:
        use, lot = store.use(planned_mg=None), store.lot()
        store.draw(use, lot, 50)
        with pytest.raises(Refusal, match="names no amount"):
            store.draw(use, lot, 50)
        assert store.draw(use, lot, 50, reason="The first was spilt.")

    def test_whole_devices_are_wasted_only_with_a_reason_and_put_back_is_named(self, store: Store) -> None:
        use, lot = store.use(Drug.ESKETAMINE, planned_mg=84), store.lot(store.devices)
        store.draw(use, lot, 3 * DEVICE_MG)
        with pytest.raises(Refusal, match=r"2 devices .* use “Put back”"):
            store.waste(use, lot, 2 * DEVICE_MG)
        assert store.waste(use, lot, DEVICE_MG, words="It fell on the floor.").words


class TestInHand:
    """Of a lot no more is wasted or put back than was drawn and is neither given, wasted nor put back."""

    def test_no_more_devices_go_back_than_were_drawn(self, store: Store) -> None:
        lot, use = store.lot(store.devices), store.use(Drug.ESKETAMINE)
        store.draw(use, lot, 3 * DEVICE_MG)
        with pytest.raises(Refusal, match=r"3 devices \(84 mg\) are in hand.*record it first"):
            store.put_back(use, lot, 50 * DEVICE_MG)
        store.put_back(use, lot, 3 * DEVICE_MG)
        assert store.in_mg(store.safe, lot) == 10 * DEVICE_MG

    def test_no_more_is_wasted_than_is_left_after_the_dose(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 51.55)
        store.given(use, 35)
        with pytest.raises(Refusal, match=r"16.55 mg \(0.331 mL\) are in hand"):
            store.waste(use, lot, 16.551)
        store.waste(use, lot, 16.55)
        with pytest.raises(Refusal, match="Nothing of lot A1 is in hand"):
            store.waste(use, lot, 0.001)

    def test_each_lot_is_in_hand_by_itself(self, store: Store) -> None:
        use, first, second = store.use(), store.lot(lot="A1"), store.lot(lot="B2")
        store.draw(use, first, 10)
        store.draw(use, second, 40)
        with pytest.raises(Refusal, match="10 mg"):
            store.waste(use, first, 40)
        store.waste(use, second, 40)

    def test_a_dose_without_a_lot_may_have_come_from_either(self, store: Store) -> None:
        """The account guesses the first that was drawn; what is left in the hand may be of that one."""
        use, first, second = store.use(), store.lot(lot="A1"), store.lot(lot="B2")
        store.draw(use, first, 50)
        store.draw(use, second, 50)
        store.given(use, 60)
        with pytest.raises(Refusal, match="40 mg"):
            store.waste(use, first, 41)
        store.waste(use, first, 40)
        with pytest.raises(Refusal, match="Nothing of lot B2 is in hand"):
            store.waste(use, second, 1)

    def test_a_dose_with_its_lot_came_from_that_one(self, store: Store) -> None:
        use, first, other = store.use(), store.lot(lot="A1"), store.lot(lot="B2")
        store.draw(use, first, 50)
        store.given(use, (35, other.number))
        store.put_back(use, first, 50)

    def test_what_was_drawn_is_entered_after_the_dose(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        store.given(use, 35)
        store.draw(use, lot, 50)
        with pytest.raises(Refusal, match="15 mg"):
            store.waste(use, lot, 16)
        store.waste(use, lot, 15)

    def test_the_missing_draw_opens_the_way(self, store: Store) -> None:
        lot, use = store.lot(), store.use()
        entry = store.draw(use, lot, 10)
        services.reverse(entry, "Ten times as much.", store.lead, store.witness, write_id=new_id())
        with pytest.raises(Refusal):
            store.waste(use, lot, 65)
        store.draw(use, lot, 100)
        store.waste(use, lot, 65)
        assert queries.account(use).unexplained == 35 * MG

    def test_a_session_may_give_more_than_was_drawn(self, store: Store) -> None:
        """What was given is told after it was given: it is kept, and the day does not add up."""
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 10)
        store.waste(use, lot, 10)
        store.given(use, (9999, "A1"))
        services.end_use(use, store.nurse, timezone.now())
        assert queries.account(use).unexplained == -9999 * MG


class TestTimes:
    """An entry lies near its treatment day, or in the last year."""

    def test_a_draw_long_before_its_session_is_refused(self, store: Store) -> None:
        lot, use = store.lot(), store.use(hours_ago=3)
        with pytest.raises(Refusal, match="more than 12 hours before this session was opened"):
            store.draw(use, lot, 10, at=use.opened_at - timedelta(hours=12, minutes=1))
        store.draw(use, lot, 10, at=use.opened_at - timedelta(hours=12), reason="Drawn up the evening before.")

    def test_waste_and_what_goes_back_follow_the_same_rule(self, store: Store) -> None:
        lot, use, long_ago = store.lot(), store.use(), timezone.now() - timedelta(days=2)
        store.draw(use, lot, 10)
        with pytest.raises(Refusal, match="before this session was opened"):
            services.waste(use, lot, MG, store.nurse, store.witness, write_id=new_id(), at=long_ago)
        with pytest.raises(Refusal, match="before this session was opened"):
            services.put_back(
                use, lot, store.safe, MG, store.nurse, write_id=new_id(), witness=store.witness, at=long_ago
            )

    def test_a_delivery_is_entered_within_a_year(self, store: Store) -> None:
        with pytest.raises(Refusal, match="more than a year back"):
            store.receive(at=timezone.now() - timedelta(days=400))
        store.receive(at=timezone.now() - timedelta(days=360))

    @pytest.mark.parametrize("at", ["0001-01-01T00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00"])
    def test_either_end_of_time_is_refused_on_the_page(self, store: Store, clinic: Clinic, at: str) -> None:
        lot, use = store.lot(), store.use()
        sent = send(signed_in(clinic), "pharmacy_draw", use.pk, source=source(lot, store), amount="5", unit="mg", at=at)
        assert sent.status_code == 422
        assert "Nothing was saved" in text(sent) or "valid date" in text(sent)
        assert received(signed_in(clinic, Role.PHARMACIST), store, at=at).status_code == 422
        assert LedgerEntry.objects.count() == 1

    @pytest.mark.parametrize("expires_on", [date(1, 1, 1), date(1999, 12, 31), date(2101, 1, 1), date.max])
    def test_a_last_day_in_another_century_is_looked_at_again(self, store: Store, expires_on: date) -> None:
        with pytest.raises(Refusal, match="Look at the last day of use again"):
            store.receive(expires_on=expires_on)

    def test_what_arrives_past_its_last_day_is_booked_with_a_reason(self, store: Store) -> None:
        """It is here: it is set aside and sent back, which the book has to know. Or the year is a slip."""
        with pytest.raises(Refusal, match="was past when it came"):
            store.receive(expires_on=in_days(-1))
        assert store.receive(expires_on=in_days(-1), reason="Sent so; it goes back.").words == "Sent so; it goes back."
        assert store.receive(expires_on=in_days(0), lot="A2")


class TestAmounts:
    """Generous limits: a slipped decimal point or a repeated key is refused, a clinic's day never is."""

    @pytest.mark.parametrize(
        ("micrograms", "microlitres", "sentence"),
        [
            (999_999_999, 1, "at most 10000 mg"),
            (10_000 * MG, 1_000, "at most 1000 mg/mL"),
            (500 * MG, 1_000_000, "at most 500 mL"),
            (10_001 * MG, None, "at most 10000 mg"),
        ],
    )
    def test_no_container_holds_so_much(
        self, store: Store, micrograms: int, microlitres: int | None, sentence: str
    ) -> None:
        kind = Container.VIAL if microlitres else Container.NASAL_DEVICE
        with pytest.raises(Refusal, match=sentence):
            services.add_formulation(
                store.clinic.site, Drug.KETAMINE, kind, store.lead, write_id=new_id(), micrograms_each=micrograms,
                microlitres_each=microlitres,
            )  # fmt: skip

    def test_a_delivery_is_a_thousand_containers_at_most(self, store: Store) -> None:
        with pytest.raises(Refusal, match=r"1\u202f001 containers.*at most 1000"):
            store.receive(containers=1001)
        store.receive(containers=1000)

    def test_no_treatment_day_takes_more_than_ten_grams_at_once(self, store: Store) -> None:
        lot, use = store.lot(containers=100), store.use()
        with pytest.raises(Refusal, match=r"10\u202f000.001 mg.*at most 10\u202f000 mg"):
            store.draw(use, lot, 10_000.001)
        store.draw(use, lot, 10_000)

    def test_a_thousand_containers_move_and_leave_at_once_and_no_more(self, store: Store) -> None:
        lot = store.lot(containers=1000)
        with pytest.raises(Refusal, match="at most 1000 containers"):
            services.move(lot, store.safe, store.trolley, 1001 * VIAL_MG * MG, store.nurse, write_id=new_id())
        services.move(lot, store.safe, store.trolley, 1000 * VIAL_MG * MG, store.nurse, write_id=new_id())

    def test_no_count_is_larger_than_any_store(self, store: Store) -> None:
        lot = store.lot()
        seen = [services.Seen(lot, store.safe, 100_001 * VIAL_MG * MG)]
        with pytest.raises(Refusal, match="Count again"):
            services.count(store.clinic.site, store.safe, seen, store.nurse, write_id=new_id())

    def test_the_largest_amounts_are_refused_on_the_page(self, store: Store, clinic: Clinic) -> None:
        lead = signed_in(clinic, Role.PHARMACIST)
        assert received(lead, store, containers="9" * 30).status_code == 422
        assert "at most 1000" in text(received(lead, store, containers="100000"))
        sent = send(lead, "pharmacy_formulation_add", drug="ketamine", container="vial", mg="999999.999", ml="0.001")
        assert sent.status_code == 422


class TestSigns:
    """A name that looks like another is not that other."""

    @pytest.mark.parametrize("sign", ["\x1d", "\u202e", "\u200b", "\u2066", "\u200d", "\t"])
    def test_a_lot_has_no_sign_that_cannot_be_seen(self, store: Store, clinic: Clinic, sign: str) -> None:
        sent = received(signed_in(clinic, Role.PHARMACIST), store, lot=f"A{sign}1")
        assert sent.status_code == 422
        assert f"U+{ord(sign):04X}" in text(sent)
        assert not Lot.objects.exists()

    def test_words_keep_their_lines_and_joined_letters_and_nothing_that_turns_them_round(
        self, store: Store, clinic: Clinic
    ) -> None:
        lead = signed_in(clinic, Role.PHARMACIST)
        entry = store.draw(store.use(), store.lot(), 50)
        give_password(clinic.users[Role.PRESCRIBER])
        turned = send(lead, "pharmacy_reverse", entry.pk, reason="Delivered \u202enext door.", **proof(clinic))
        assert turned.status_code == 422
        assert "U+202E" in text(turned)
        kept = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\r\nDelivered next door."
        assert send(lead, "pharmacy_reverse", entry.pk, reason=kept, **proof(clinic)).status_code == 302


def test_what_is_sent_again_is_not_told_as_if_it_were_done_again(store: Store, clinic: Clinic) -> None:
    lot, use, nurse = store.lot(), store.use(), signed_in(clinic)
    typed = {"write_id": new_id(), "source": source(lot, store), "amount": "50", "unit": "mg"}
    for _ in range(2):
        nurse.post(reverse("pharmacy_draw", args=[use.pk]), typed)
    page = read(nurse, "pharmacy_use", use.pk)
    assert page.count("Drawn: 50 mg") == 1
    assert page.count("This was saved before; nothing was added.") == 1


def received(lead: Client, store: Store, **other: str) -> Any:
    """What the page answers to a delivery of ten vials, with something else in it."""
    usual = {
        "formulation": store.vials.pk, "containers": "10", "lot": "K77", "expires_on": in_days(200).isoformat(),
        "supplier": "Supplier", "location": store.safe.pk,
    }  # fmt: skip
    return send(lead, "pharmacy_receive", **usual | other)


def test_a_part_is_typed_in_mg_only_where_there_can_be_one(store: Store) -> None:
    with pytest.raises(ValidationError, match="Type mg or mL"):
        micrograms(store.vials, Decimal("0.5"), WHOLE)
    with pytest.raises(ValidationError, match="Devices are counted whole") as refused:
        micrograms(store.devices, Decimal("0.5"), WHOLE)
    assert "mL" not in str(refused.value)


WIDE = "2\uff16"  # 26 with a wide 6, as some keyboards type it


@pytest.mark.parametrize("typed", [WIDE, "1_0", "\u0663"])
def test_only_the_figures_0_to_9_are_a_number_of_containers(store: Store, clinic: Clinic, typed: str) -> None:
    """In every box of the account, as in those for milligrams and millilitres."""
    lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
    before = LedgerEntry.objects.count()
    counted = {"row": source(lot, store), "whole_0": typed, "ml_0": "0"}
    listed = {"found_product": store.vials.pk, "found_lot": "Z9", "found_last_day": in_days(200).isoformat()}
    found = {**counted, "whole_0": "10", **listed, "found_whole": typed}
    for said in (counted, found):
        answer = lead.post(f"/drugs/count?in={store.safe.pk}", {"write_id": new_id(), **said})
        assert (answer.status_code, "is no whole number. Write it in figures." in text(answer)) == (422, True)
    delivery = {
        "formulation": store.vials.pk, "containers": typed, "lot": "K77", "expires_on": in_days(200).isoformat(),
        "supplier": "Supplier", "location": store.safe.pk,
    }  # fmt: skip
    answer = lead.post(reverse("pharmacy_receive"), {"write_id": new_id(), **delivery})
    assert (answer.status_code, "is no whole number. Write it in figures." in text(answer)) == (422, True)
    assert LedgerEntry.objects.count() == before
