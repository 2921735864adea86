"""The pages of the drug account, as a nurse and the lead use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Count, Discrepancy, LedgerEntry, Lot
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.treatment.drugs import Drug
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.pharmacy.browsing import read, send, signed_in, source, text
from tests.clinic.pharmacy.store import MG, VIAL_MG, Store, give_password, in_days, proof


@pytest.fixture
def store(clinic: Clinic) -> Store:
    """As everywhere, and the prescriber has a password."""
    give_password(clinic.users[Role.PRESCRIBER])
    return Store(clinic)


class TestADayInTheAccount:
    def test_from_the_delivery_to_a_day_that_adds_up(self, store: Store, clinic: Clinic) -> None:
        lead, nurse = signed_in(clinic, Role.PHARMACIST), signed_in(clinic)
        sent = send(
            lead, "pharmacy_receive", formulation=store.vials.pk, containers="10", lot="K77",
            expires_on=in_days(200).isoformat(), supplier="Supplier, 1 Street, RS0000000", location=store.safe.pk,
        )  # fmt: skip
        assert sent.status_code == 302
        lot, use = Lot.objects.get(), store.use()
        assert "5 000 mg (100 mL)" in read(nurse, "pharmacy")
        send(nurse, "pharmacy_draw", use.pk, source=source(lot, store), amount="1,0", unit="mL")
        store.given(use, 35)
        said = send(nurse, "pharmacy_waste", use.pk, lot=lot.pk, amount="0.3", unit="mL", **proof(clinic))
        assert said.status_code == 302
        assert queries.account(use).unexplained == 0
        wasted = LedgerEntry.objects.get(kind="wasted")
        assert (wasted.witness, wasted.witness_proof) == (clinic.users[Role.PRESCRIBER], "password")
        assert "it adds up" in read(nurse, "pharmacy_use", use.pk)

    def test_an_entry_a_tablet_kept_is_saved_once_with_its_time_and_answered_in_words(
        self, store: Store, clinic: Clinic
    ) -> None:
        lot, use, nurse = store.lot(), store.use(hours_ago=1), signed_in(clinic)
        kept_at = timezone.now() - timedelta(minutes=10)
        entry = {"write_id": str(new_id()), "source": source(lot, store), "unit": "mg", "at": kept_at.isoformat()}
        address = reverse("pharmacy_draw", args=[use.pk])

        def sent(typed_by: Role = Role.NURSE, **typed: str) -> Any:
            by = {"accept": "application/json", "X-Typed-By": str(clinic.users[typed_by].pk)}
            return nurse.post(address, entry | typed, headers=by)

        assert sent(Role.PRESCRIBER, amount="50").status_code == 401
        refused = sent(amount="1,000")
        assert refused.status_code == 422
        assert "cannot be read as one number" in refused.json()["refused"]
        assert [sent(amount="50").json()["saved"] for _ in range(2)] == [entry["write_id"]] * 2
        assert "saved with other content" in sent(amount="60").json()["refused"].replace("was already ", "")
        drawn = LedgerEntry.objects.get(kind="drawn")
        assert (drawn.micrograms, drawn.occurred_at) == (50 * MG, kept_at)

    def test_devices_are_typed_as_devices(self, store: Store, clinic: Clinic) -> None:
        lot, use, nurse = store.lot(store.devices), store.use(Drug.ESKETAMINE), signed_in(clinic)
        send(nurse, "pharmacy_draw", use.pk, source=source(lot, store), amount="3", unit="whole")
        send(nurse, "pharmacy_put_back", use.pk, lot=lot.pk, amount="1", unit="whole", location=store.safe.pk)
        assert queries.account(use).unexplained == 56 * MG

    @pytest.mark.parametrize(
        ("amount", "unit", "sentence"),
        [
            ("1,000", "mg", "cannot be read as one number"),
            ("-5", "mg", "cannot be read as one number"),
            ("0", "mg", "above zero"),
            ("0.5", "whole", "no whole number"),
            ("", "mg", "is empty"),
            ("5", "", "is empty"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words_with_what_was_typed(
        self, store: Store, clinic: Clinic, amount: str, unit: str, sentence: str
    ) -> None:
        lot, use = store.lot(), store.use()
        refused = send(signed_in(clinic), "pharmacy_draw", use.pk, source=source(lot, store), amount=amount, unit=unit)
        assert refused.status_code == 422
        assert sentence in text(refused)
        assert not LedgerEntry.objects.filter(kind="drawn").exists()
        if amount and amount != "0":
            assert f'value="{amount}"' in refused.content.decode()

    def test_a_recalled_lot_is_refused_on_the_page(self, store: Store, clinic: Clinic) -> None:
        lot, use = store.lot(), store.use()
        services.recall(lot, "By the maker.", store.lead, write_id=new_id())
        refused = send(signed_in(clinic), "pharmacy_draw", use.pk, source=source(lot, store), amount="5", unit="mg")
        assert "This lot is recalled" in text(refused)


class TestABlindCount:
    def test_the_book_is_not_on_the_page_until_the_count_is_kept(self, store: Store, clinic: Clinic) -> None:
        lot, nurse = store.lot(containers=7), signed_in(clinic)
        store.draw(store.use(), lot, 13)
        place = {"in": str(store.safe.pk)}
        before = read(nurse, "pharmacy_count", **place)
        assert "A1" in before
        for said in ("3487", "69.74", "3500"):
            assert said not in before
        sent = nurse.post(
            f"{reverse('pharmacy_count')}?in={store.safe.pk}",
            {"write_id": new_id(), "row": source(lot, store), "whole_0": "6", "ml_0": "9.74"},
        )
        assert sent.status_code == 302
        after = read(nurse, "pharmacy_counted", Count.objects.get().pk)
        assert "3 487 mg (69.74 mL)" in after
        assert Discrepancy.objects.count() == 0

    def test_what_differs_leads_to_its_case(self, store: Store, clinic: Clinic) -> None:
        lot, nurse = store.lot(), signed_in(clinic)
        nurse.post(
            f"{reverse('pharmacy_count')}?in={store.safe.pk}",
            {"write_id": new_id(), "row": source(lot, store), "whole_0": "9", "ml_0": "0"},
        )
        page = read(nurse, "pharmacy_counted", Count.objects.get().pk)
        assert "500 mg less counted than booked" in page
        case = read(signed_in(clinic, Role.PHARMACIST), "pharmacy")
        assert f"500 mg less counted than booked: {lot} ({store.vials}) in Safe" in case, "two lots may share a number"
        assert "−500 mg (−10 mL)" in page

    def test_a_row_that_was_left_empty_is_asked_for(self, store: Store, clinic: Clinic) -> None:
        """Both boxes: an opened vial nobody looked at is no empty one."""
        lot = store.lot()
        for whole, ml, asked in (
            ("", "3", "count it, or type 0."),
            ("10", "", "measure what is in opened ones, or type 0."),
        ):
            sent = signed_in(clinic).post(
                f"{reverse('pharmacy_count')}?in={store.safe.pk}",
                {"write_id": new_id(), "row": source(lot, store), "whole_0": whole, "ml_0": ml},
            )
            assert sent.status_code == 422
            assert asked in text(sent)

    def test_stock_that_moved_meanwhile_keeps_its_box_and_what_came_is_asked_for(
        self, store: Store, clinic: Clinic
    ) -> None:
        """A box is numbered by the page it stood on: no count is booked to another lot."""
        first, second, nurse = store.lot(), store.lot(lot="A2"), signed_in(clinic)
        url = f"{reverse('pharmacy_count')}?in={store.safe.pk}"
        typed: dict[str, Any] = {
            "write_id": new_id(), "row": [source(first, store), source(second, store)],
            "whole_0": "0", "ml_0": "0", "whole_1": "10", "ml_1": "0",
        }  # fmt: skip
        services.move(first, store.safe, store.trolley, 10 * VIAL_MG * MG, store.nurse, write_id=new_id())
        third = store.lot(lot="A3", containers=4)
        refused = nurse.post(url, typed)
        assert refused.status_code == 422
        assert "count it, or type 0." in text(refused)
        assert not Count.objects.exists()
        typed |= {"row": [*typed["row"], source(third, store)], "whole_2": "4", "ml_2": "0"}
        kept = nurse.post(url, typed)
        counted = {entry.lot: entry.micrograms // (VIAL_MG * MG) for entry in Count.objects.get().entries.all()}
        assert counted == {first: 0, second: 10, third: 4}
        assert not Discrepancy.objects.exists()
        store.lot(lot="A4")
        again = nurse.post(url, typed)
        assert (again.status_code, again["Location"]) == (302, kept["Location"])

    def test_a_row_of_another_site_is_refused(self, store: Store, clinic: Clinic) -> None:
        other = Store(make_clinic("Another clinic"))
        lot = other.lot()
        sent = signed_in(clinic).post(
            f"{reverse('pharmacy_count')}?in={store.safe.pk}",
            {"write_id": new_id(), "row": source(lot, other), "whole_0": "10", "ml_0": ""},
        )
        assert sent.status_code == 422
        assert "not of this site" in text(sent)

    def test_an_inventory_takes_a_second_person(self, store: Store, clinic: Clinic) -> None:
        lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
        content = {"row": source(lot, store), "whole_0": "10", "ml_0": "0", "business": "close"}
        url = f"{reverse('pharmacy_count')}?in=all"
        assert lead.post(url, {"write_id": new_id(), **content}).status_code == 422
        assert lead.post(url, {"write_id": new_id(), **content, **proof(clinic)}).status_code == 302
        assert Count.objects.get().witness == clinic.users[Role.PRESCRIBER]


class TestALotAndACase:
    def test_a_recall_leads_to_who_got_it(self, store: Store, clinic: Clinic) -> None:
        lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
        store.draw(store.use(), lot, 50)
        sent = send(lead, "pharmacy_recall", lot.pk, deed="recall", reason="By the maker, particles.")
        assert sent["Location"] == reverse("pharmacy_recipients", args=[lot.pk])
        page = read(lead, "pharmacy_recipients", lot.pk)
        assert "Test Person" in page
        assert "By the maker, particles." in page
        assert f"{clinic.site}, as of" in page
        assert "Recalled" in read(lead, "pharmacy")

    def test_a_recall_from_a_page_opened_before_another_recall_lifts_nothing(
        self, store: Store, clinic: Clinic
    ) -> None:
        lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
        page = reverse("pharmacy_lot", args=[lot.pk])
        assert 'name="deed" value="recall"' in lead.get(page).content.decode()
        for reason in ("By the maker.", "By the authority."):
            send(lead, "pharmacy_recall", lot.pk, deed="recall", reason=reason)
        assert queries.recalled_lots([lot])
        assert 'name="deed" value="lift"' in lead.get(page).content.decode()
        sent = send(lead, "pharmacy_recall", lot.pk, deed="lift", reason="Looked at: not ours.")
        assert sent["Location"] == page
        assert not queries.recalled_lots([lot])

    def test_a_refused_recall_still_says_what_its_button_does(self, store: Store, clinic: Clinic) -> None:
        lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
        assert "Lift the recall" in text(send(lead, "pharmacy_recall", lot.pk, deed="lift", reason=""))
        services.recall(lot, "By the maker.", store.lead, write_id=new_id())
        assert "Recall this lot" in text(send(lead, "pharmacy_recall", lot.pk, deed="recall", reason=""))
        assert send(lead, "pharmacy_recall", lot.pk, reason="Neither.").status_code == 422

    def test_a_lot_for_one_person_is_received_with_name_and_birth_date(self, store: Store, clinic: Clinic) -> None:
        lead = signed_in(clinic, Role.PHARMACIST)
        content = {
            "formulation": store.devices.pk, "containers": "2", "lot": "P1", "expires_on": in_days(200).isoformat(),
            "supplier": "Pharmacy", "location": store.safe.pk, "person": "test person",
        }  # fmt: skip
        wrong = send(lead, "pharmacy_receive", **content, born="1999-01-01")
        assert "No one person" in text(wrong)
        send(lead, "pharmacy_receive", **content, born="1984-03-01")
        assert Lot.objects.get().patient == clinic.patient
        assert "only for Test Person" in read(lead, "pharmacy")

    def test_a_reversal_and_the_register(self, store: Store, clinic: Clinic) -> None:
        entry, lead = store.receive(), signed_in(clinic, Role.PHARMACIST)
        assert send(lead, "pharmacy_reverse", entry.pk, reason="").status_code == 422
        assert send(lead, "pharmacy_reverse", entry.pk, reason="Delivered next door.").status_code == 422
        send(lead, "pharmacy_reverse", entry.pk, reason="Delivered next door.", **proof(clinic))
        page = read(lead, "pharmacy_register")
        assert "reversed by entry 2" in page
        assert "Delivered next door." in page

    def test_stock_leaves_with_two_people(self, store: Store, clinic: Clinic) -> None:
        lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
        content = {"source": source(lot, store), "amount": "10", "unit": "whole", "kind": "sent away", "words": "To X."}
        assert send(lead, "pharmacy_out", lot.pk, **content).status_code == 422
        assert send(lead, "pharmacy_out", lot.pk, **content, **proof(clinic)).status_code == 302
        assert "Nothing is left of it" in read(lead, "pharmacy_lot", lot.pk)

    def test_a_case_is_explained_reported_and_closed(self, store: Store, clinic: Clinic) -> None:
        lot = store.lot(containers=1)
        store.draw(store.use(), lot, 600)
        case, lead = Discrepancy.objects.get(), signed_in(clinic, Role.PHARMACIST)
        send(signed_in(clinic), "pharmacy_explain", case.pk, words="A second vial stood behind.")
        send(lead, "pharmacy_loss", case.pk, discovered="At the count.")
        page = read(lead, "pharmacy_case", case.pk)
        assert "A second vial stood behind." in page
        assert "At the count." in page
        assert "Daybreak sends nothing" in page
        closing = {"outcome": "unexplained", "words": "Entered late."}
        assert send(lead, "pharmacy_close", case.pk, **closing).status_code == 422
        assert send(lead, "pharmacy_close", case.pk, **closing, **proof(clinic)).status_code == 302
        assert "Closed" in read(lead, "pharmacy_case", case.pk)

    def test_what_has_no_lot_is_shown_too(self, store: Store, clinic: Clinic) -> None:
        """Given in a session, never drawn: the day, its case and the register open."""
        store.receive(at=timezone.now() - timedelta(days=1))
        use, lead = store.use(hours_ago=3), signed_in(clinic, Role.PHARMACIST)
        store.given(use, 35)
        services.end_use(use, store.nurse, timezone.now() - timedelta(hours=2))
        services.open_due_cases(clinic.site, store.lead)
        assert "accounted for and never drawn" in read(lead, "pharmacy_case", Discrepancy.objects.get().pk)
        assert "lot not typed" in read(lead, "pharmacy_register")
        assert "lot not typed" in read(lead, "pharmacy_use", use.pk)
        assert "−35 mg" in read(lead, "pharmacy")

    def test_the_unit_is_asked_fresh_and_a_device_has_only_one(self, store: Store, clinic: Clinic) -> None:
        nurse = signed_in(clinic)
        for formulation, use, chosen in (
            (store.vials, store.use(), '<option value="" selected>Choose</option>'),
            (store.devices, store.use(Drug.ESKETAMINE), '<option value="whole">devices</option>'),
        ):
            store.receive(formulation, lot=str(formulation))
            form = nurse.get(reverse("pharmacy_use", args=[use.pk])).content.decode()
            select = form.split('id="draw-unit"')[1].split("</select>")[0]
            assert chosen in select

    def test_places_and_products_are_named(self, store: Store, clinic: Clinic) -> None:
        lead = signed_in(clinic, Role.PHARMACIST)
        assert "is a place already" in text(send(lead, "pharmacy_location_add", place="safe"))
        send(lead, "pharmacy_location_add", place="Cabinet")
        wrong = send(lead, "pharmacy_formulation_add", drug="ketamine", container="vial", mg="500", ml="")
        assert "have a volume" in text(wrong)
        send(lead, "pharmacy_formulation_add", drug="ketamine", container="ampoule", mg="50", ml="5")
        page = read(lead, "pharmacy_set_up")
        assert "Cabinet" in page
        assert "ketamine 10 mg/mL, ampoule of 5 mL" in page


def test_what_is_of_another_site_stays_there(store: Store, clinic: Clinic) -> None:
    other = Store(make_clinic("Another clinic"))
    lot, use = other.lot(containers=1), other.use()
    entry = other.draw(use, lot, 600)
    case = Discrepancy.objects.get()
    lead = signed_in(clinic, Role.PHARMACIST)
    for name, of in (("lot", lot), ("use", use), ("case", case), ("reverse", entry), ("recipients", lot)):
        assert lead.get(reverse(f"pharmacy_{name}", args=[of.pk])).status_code == 403, name
    assert lot.number in read(signed_in(other.clinic, Role.PHARMACIST), "pharmacy")


class TestHowOftenTheDatabaseIsAsked:
    """The number does not grow with what is kept."""

    @pytest.fixture
    def much(self, store: Store) -> Store:
        for number in range(12):
            lot, use = store.lot(lot=f"L{number}"), store.use(label=f"session {number}")
            store.draw(use, lot, 50)
            store.given(use, 35)
            store.waste(use, lot, 15)
        return store

    @pytest.mark.parametrize(
        ("name", "at_most"),
        [("pharmacy", 24), ("pharmacy_register", 12), ("pharmacy_lot", 22), ("pharmacy_use", 34),
         ("pharmacy_counted", 20),
         ("pharmacy_recipients", 21)],
    )  # fmt: skip
    def test_a_page(
        self, much: Store, name: str, at_most: int, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        lead = signed_in(much.clinic, Role.PHARMACIST)
        of = {
            "pharmacy_lot": lambda: [Lot.objects.first().pk],
            "pharmacy_recipients": lambda: [Lot.objects.first().pk],
            "pharmacy_counted": lambda: [counted_with_differences(much).pk],
            "pharmacy_use": lambda: [LedgerEntry.objects.filter(kind="drawn").first().use_id],
        }.get(name, list)()
        read(lead, name, *of)
        with django_assert_max_num_queries(at_most):
            read(lead, name, *of)


def counted_with_differences(store: Store) -> Count:
    """Every lot in the safe was counted, and each count opened a case."""
    rows = queries.stock(store.clinic.site)
    seen = [services.Seen(row.lot, row.location, row.micrograms - 10 * MG) for row in rows]
    return services.count(store.clinic.site, store.safe, seen, store.nurse, write_id=new_id())


def test_that_nobody_typed_the_lot_of_a_dose_is_said_wherever_the_day_is_looked_at(
    store: Store, clinic: Clinic
) -> None:
    lead, long_ago = signed_in(clinic, Role.PHARMACIST), timezone.now() - timedelta(hours=10)
    lots = [store.lot(lot=number, at=long_ago) for number in ("A1", "B2")]
    use = store.use(hours_ago=3)
    for lot in lots:
        store.draw(use, lot, 50)
    store.given(use, 35)
    services.end_use(use, store.nurse, timezone.now() - timedelta(hours=2))
    (opened,) = services.open_due_cases(store.clinic.site, SYSTEM)
    said = "Lot not typed: 35 mg given can be of A1 or B2, which are not told apart."
    assert said in Flag.objects.get(subject=opened).detail
    for name, arguments in (("pharmacy", []), ("pharmacy_use", [use.pk]), ("pharmacy_case", [opened])):
        assert said in read(lead, name, *arguments)


def test_a_lot_typed_in_a_session_and_never_received_stands_with_what_was_given_and_leads_to_the_person(
    store: Store, clinic: Clinic
) -> None:
    use, lead = store.use(), signed_in(clinic, Role.PHARMACIST)
    store.given(use, (35, "X-9"))
    assert "lot X-9 as typed, not known to the account" in read(lead, "pharmacy_use", use.pk)
    found = lead.get(reverse("pharmacy_who_got"), {"lot": "x9"}).content.decode()
    assert "No lot of this number was received here" in found
    assert str(clinic.patient) in found
    assert str(clinic.patient) not in lead.get(reverse("pharmacy_who_got"), {"lot": "-"}).content.decode()
