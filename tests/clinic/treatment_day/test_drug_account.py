"""The session tells the drug account; the account never holds up the session."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import papers
from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.pharmacy.models import Discrepancy, Formulation, LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.recipients import recipients, recipients_of_typed
from daybreak.clinic.pharmacy.services import recall
from daybreak.clinic.record.models import Flag, FlagEvent, Patient, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import answer_flag
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.dose_lines import as_prepared
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store, in_days
from tests.clinic.treatment_day.day import MUSCLE, NASAL, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_time_out import confirm, want
from tests.harness import commands
from tests.web.test_gate import signed_in


@pytest.fixture(autouse=True)
def commits(django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a test's transaction nothing is ever committed, so what waits for a commit is done at once, errors kept in."""

    real = drug_account.transaction.on_commit

    def at_once(do: Any, *, robust: bool) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            real(do, robust=robust)

    monkeypatch.setattr(drug_account.transaction, "on_commit", at_once)


def account(day: Day) -> pharmacy.Account:
    return pharmacy.account(Use.objects.get(pk=day.session.pk))


class TestWhatTheAccountIsTold:
    def test_an_infusion_counts_when_its_end_is_recorded(self, day: Day) -> None:
        day.begin()
        assert account(day).given == 0
        day.do(services.stop, 20)
        assert account(day).given == 17_500  # half of 0.5 mg/kg for 70 kg

    def test_the_amount_the_pump_shows_takes_its_place(self, day: Day) -> None:
        day.begin()
        day.do(services.stop, 20)
        day.do(services.correct_amount, 25, mg=18.2)
        assert account(day).given == 18_200

    def test_more_than_planned_is_told_too(self, day: Day) -> None:
        day.begin()
        day.do(services.stop, 40)
        day.do(services.correct_amount, 45, mg=60, reason=TEN_WORDS)
        assert account(day).given == 60_000

    def test_devices_count_one_by_one_with_their_lots(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.read(-5)
        day.clear_checks()
        day.do(services.start_dose, 0, lot="D1")
        assert account(day).given == 28_000
        day.do(services.give_device, 6, lot="D2")
        given = LedgerEntry.objects.order_by("number")  # the second device is added; nothing is reversed for it
        assert list(given.values_list("typed_lot", "micrograms")) == [("D1", 28_000), ("D2", 28_000)]

    def test_a_start_taken_back_counts_nothing(self, clinic: Clinic) -> None:
        day = open_day(clinic, MUSCLE)
        day.begin()
        assert account(day).given == 50_000
        day.do(services.take_back_start, 2, reason="Touched at the wrong chair.")
        assert account(day).given == 0

    def test_an_injection_counts_at_once(self, clinic: Clinic) -> None:
        day = open_day(clinic, MUSCLE)
        day.begin()
        assert account(day).given == 50_000

    def test_who_leaves_with_an_open_end_has_got_what_ran_until_then(self, day: Day) -> None:
        day.begin()
        day.do(services.leave, 10, reason="Wants to go.")
        assert account(day).given == 8750
        assert Use.objects.get().end.at == day.at(10)

    def test_the_plan_is_known_before_the_dose(self, day: Day) -> None:
        use = Use.objects.get(pk=day.session.pk)
        assert (use.drug, use.planned_micrograms, use.label) == ("ketamine", 35_000, "session 1")

    def test_why_no_lot_was_typed_stands_in_its_entry(self, clinic: Clinic) -> None:
        day = open_day(clinic, MUSCLE)
        day.read(-5)
        day.clear_checks()
        day.do(services.start_dose, 0, no_lot="Label wet, not readable.")
        (entry,) = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.GIVEN)
        assert entry.words == "dose 1; no lot typed: Label wet, not readable."
        day.do(services.correct_amount, 5, mg=40)
        entries = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.GIVEN).order_by("number")
        assert [(each.micrograms, each.words == entry.words) for each in entries] == [(50_000, True), (40_000, True)]


class TestNothingHoldsUpTheSession:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def trouble(*_: object, **__: object) -> None:
            raise RuntimeError("the account is on fire")

        for verb in ("announce", "state_given", "end_use"):
            monkeypatch.setattr(drug_account.pharmacy, verb, trouble)

    def test_a_dose_begins_stops_and_the_person_leaves(self, broken: None, clinic: Clinic) -> None:
        day = open_day(clinic)
        day.begin()
        day.do(services.stop, 40)
        day.do(services.leave, 200, reason="Well, and with her sister.")
        services.sign_note(day.session, "All well.", day.nurse, write_id=new_id(), at=day.at(210))
        kinds = set(SessionEvent.objects.values_list("kind", flat=True))
        assert {"dose started", "dose stopped", "left", "note signed"} <= kinds
        assert LedgerEntry.objects.count() == 0

    def test_what_was_not_told_is_told_by_the_clock(self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(drug_account, "tell", lambda *_: None)  # killed between commit and telling
            day = open_day(clinic)
            day.begin()
            day.do(services.stop, 40)
            day.do(services.leave, 200, reason="Well, and with her sister.")
        assert not Use.objects.exists()
        drug_account.catch_up(timezone.now())
        assert account(day).given == 35_000
        before = LedgerEntry.objects.count()
        drug_account.catch_up(timezone.now())
        assert LedgerEntry.objects.count() == before


class TestTheLotTypedWithADose:
    @pytest.fixture
    def ready(self, clinic: Clinic) -> Day:
        day = open_day(clinic)
        day.read(-5)
        day.clear_checks()
        return day

    def test_a_recalled_lot_takes_a_reason_is_told_and_its_person_is_found(self, ready: Day) -> None:
        store = Store(ready.clinic)
        lot = store.lot(lot="R1", at=ready.at(-30))
        recall(lot, "By the maker.", replace(store.lead, at=ready.at(-10)), write_id=new_id())
        with pytest.raises(Refusal, match=r"Lot R1: This lot is recalled.* Write why"):
            ready.do(services.start_dose, 0, lot="r1")
        begun = ready.do(services.start_dose, 0, lot="r1", reason="It was running when the letter came.")
        assert begun.data["against"] == ["Lot R1: This lot is recalled. Take another, and set it aside."]
        ready.do(services.stop, 40)
        assert [each.patient for each in recipients(lot)] == [ready.clinic.patient]
        (flag,) = Flag.objects.filter(subject=ready.session.pk)
        assert (flag.level, flag.course) == (Flag.Level.ACT, ready.session.course)
        assert flag.title == "Lot R1 of ketamine, in use in session 1, is recalled"

    @pytest.mark.parametrize("typed", ["k-04", "K 04", "K04."])
    def test_a_recalled_lot_is_recognised_with_a_dash_a_space_or_a_dot(self, ready: Day, typed: str) -> None:
        store = Store(ready.clinic)
        lot = store.lot(lot="K04", at=ready.at(-30))
        recall(lot, "By the maker.", replace(store.lead, at=ready.at(-10)), write_id=new_id())
        with pytest.raises(Refusal, match=r"Lot K04: This lot is recalled.* Write why"):
            ready.do(services.start_dose, 0, lot=typed)
        ready.do(services.start_dose, 0, lot=typed, reason="It was running when the letter came.")
        (flag,) = Flag.objects.filter(subject=ready.session.pk)
        assert flag.title == "Lot K04 of ketamine, in use in session 1, is recalled"

    def test_so_is_one_typed_with_a_device(self, clinic: Clinic) -> None:
        store, day = Store(clinic), open_day(clinic, NASAL)
        lot = store.lot(store.devices, lot="E04", at=day.at(-30))
        day.begin()
        recall(lot, "By the maker.", replace(store.lead, at=day.at(2)), write_id=new_id())
        with pytest.raises(Refusal, match=r"Lot E04: This lot is recalled"):
            day.do(services.give_device, 6, lot="e-04")

    def test_a_recall_finds_the_lot_of_what_was_given_without_a_network_and_is_not_counted(self, ready: Day) -> None:
        store = Store(ready.clinic)
        lot = store.lot(lot="K-03", at=ready.at(-30))
        ready.do(services.start_dose, 0, lot="K-03", pump_ml_per_h=0.0, waited=True)
        recall(lot, "Particles, by the maker.", store.lead, write_id=new_id())
        assert Flag.objects.filter(kind="recalled_lot").count() == 1

    def test_a_recall_finds_who_is_in_the_chair_with_the_lot_typed_and_nothing_drawn(self, ready: Day) -> None:
        """The account hears of an infusion at its end; the lot in the line is recalled before that."""
        store = Store(ready.clinic)
        lot = store.lot(lot="K-02", at=ready.at(-30))
        ready.do(services.start_dose, 0, lot="k02", reason="The hyphen is not on the label.")
        with pytest.raises(Refusal, match="in a few words"):
            recall(lot, "x", store.lead, write_id=new_id())
        recall(lot, "Particles, by the maker.", store.lead, write_id=new_id())
        (flag,) = Flag.objects.filter(kind="recalled_lot")
        assert (flag.subject, flag.level) == (ready.session.pk, Flag.Level.ACT)
        assert flag.title == "Lot K-02 of ketamine, in use in session 1, is recalled"
        ready.do(services.leave, 200, reason="Well, and with her sister.")
        recall(store.lot(lot="K-02B", at=ready.at(-30)), "By the maker.", store.lead, write_id=new_id())
        assert Flag.objects.filter(kind="recalled_lot").count() == 1

    def test_a_lot_of_another_drug_is_called_what_it_is_and_no_words_go_round_it(self, clinic: Clinic) -> None:
        store, day = Store(clinic), open_day(clinic, NASAL, hours_ago=0)
        store.lot(lot="K02", at=day.at(-30))
        day.read(-5)
        day.clear_checks()
        what = r"Lot K02 is ketamine 50 mg/mL, vial of 10 mL: another drug than esketamine"
        with pytest.raises(Refusal, match=what):
            day.do(services.start_dose, 0, lot="k02", reason=TEN_WORDS)
        day.do(services.start_dose, -4, lot="E1", reason="Delivered this morning.")
        with pytest.raises(Refusal, match=what):
            day.do(services.give_device, 0, lot="K02", reason=TEN_WORDS)
        with pytest.raises(Refusal, match="another drug than esketamine"):
            day.do(services.give_device, 0, lot="K-02", reason=TEN_WORDS)
        store.lot(store.devices, lot="K02")  # both drugs have it: then it is the plan's
        day.do(services.give_device, 0, lot="K02", reason=TEN_WORDS)

    def test_one_that_was_given_a_while_ago_stands_in_the_record_and_is_told_in_red(self, clinic: Clinic) -> None:
        """It waited on a tablet, or was typed with its time: to refuse it would lose when the dose began."""
        store, day = Store(clinic), open_day(clinic, NASAL)
        store.lot(lot="K02", at=day.at(-30))
        day.read(-5)
        day.clear_checks()
        begun = day.do(services.start_dose, 0, lot="K02", reason="home")
        what = "Lot K02 is ketamine 50 mg/mL, vial of 10 mL: another drug than esketamine"
        assert begun.data["against"] == [f"{what}."], "and the account knows it"
        (flag,) = Flag.objects.filter(subject=day.session.pk)
        assert (flag.title, flag.level) == (what, Flag.Level.ACT)
        assert "Tell the prescriber now" in flag.detail
        day.do(services.give_device, 6, lot="K02", reason="home")
        assert Flag.objects.filter(subject=day.session.pk).count() == 1, "while it is open, once"

    def test_a_vial_is_asked_about_where_the_dose_goes_under_the_tongue(self, clinic: Clinic) -> None:
        day = open_day(clinic, "ketamine 50 mg sublingual swallowed once")
        Store(clinic).lot(lot="K2", at=day.at(-30))
        day.read(-5)
        day.clear_checks()
        with pytest.raises(Refusal, match=r"Lot K2: This form \(vial\) is not made for a dose under the tongue"):
            day.do(services.start_dose, 0, lot="K2")
        day.do(services.start_dose, 0, lot="K2", reason="The pharmacy had no lozenge today.")

    def test_what_is_drunk_from_a_bottle_has_a_strength_and_a_volume(self, clinic: Clinic) -> None:
        """Swallowed at 10 or at 50 mg/mL, the same cup is five times the dose."""
        store, day = Store(clinic), open_day(clinic, "ketamine 100 mg oral once")
        store.lot(store.another(Formulation.Container.ORAL_SOLUTION, 1000, 100), lot="S1", at=day.at(-30))
        store.lot(store.another(Formulation.Container.TABLET, 25), lot="T1", at=day.at(-30))
        day.read(-5)
        day.clear_checks()
        with pytest.raises(Refusal, match=r"Lot S1 is a bottle of oral solution\. Type the mg/mL of its label"):
            day.do(services.start_dose, 0, lot="S1")
        with pytest.raises(Refusal, match=r"Lot S1 is 10 mg/mL in the drug account; 50 mg/mL was typed\. 2 mL of that"):
            day.do(services.start_dose, 0, lot="S1", concentration_mg_per_ml=50)
        begun = day.do(services.start_dose, 0, lot="S1", concentration_mg_per_ml=10)
        assert begun.data["volume_ml"] == 10
        assert as_prepared(begun.data) == "10 mL of 10 mg/mL; lot S1"

    def test_two_people_read_the_strength_of_a_bottle_that_was_drawn(self, clinic: Clinic) -> None:
        store, day = Store(clinic), open_day(clinic, "ketamine 100 mg oral once")
        bottle = store.lot(store.another(Formulation.Container.ORAL_SOLUTION, 1000, 100), lot="S1", at=day.at(-30))
        store.draw(Use.objects.get(pk=day.session.pk), bottle, 100, at=day.at(-8))
        want(day)
        with pytest.raises(Refusal, match=r"Lot S1 was drawn, a bottle of oral solution\. Read the mg/mL of its label"):
            confirm(day, -2)
        said = confirm(day, -2, concentration_mg_per_ml=10).data
        assert said["confirmed"] == "ketamine 100 mg by mouth: swallow, 10 mL of 10 mg/mL"

    def test_a_tablet_is_asked_for_no_strength(self, clinic: Clinic) -> None:
        store, day = Store(clinic), open_day(clinic, "ketamine 100 mg oral once")
        store.lot(store.another(Formulation.Container.TABLET, 25), lot="T1", at=day.at(-30))
        day.read(-5)
        day.clear_checks()
        assert "volume_ml" not in day.do(services.start_dose, 0, lot="T1").data

    def test_without_a_typed_lot_what_was_drawn_is_looked_at(self, ready: Day) -> None:
        store, use = Store(ready.clinic), Use.objects.get(pk=ready.session.pk)
        held, back = store.lot(lot="R1", at=ready.at(-30)), store.lot(lot="R2", at=ready.at(-30))
        for lot in (held, back):
            store.draw(use, lot, 50, reason="Two vials.", at=ready.at(-8))
        store.put_back(use, back, 50)
        for lot in (held, back):
            recall(lot, "By the maker.", replace(store.lead, at=ready.at(-6)), write_id=new_id())
        with pytest.raises(Refusal, match=r"^Lot R1: This lot is recalled") as refused:
            ready.do(services.start_dose, 0)
        assert "R2" not in str(refused.value), "it was put back"
        with pytest.raises(Refusal, match="Lot R3 is not known to the drug account"):
            ready.do(services.start_dose, 0, lot="R3")
        ready.do(services.start_dose, 0, lot="R3", reason="Delivered this morning, not entered yet.")

    def test_a_recall_stands_on_the_page_of_the_session_until_its_flag_is_closed(self, ready: Day) -> None:
        store, nurse = Store(ready.clinic), signed_in(ready.clinic, Role.NURSE)
        lot = store.lot(lot="R1", at=ready.at(-30))
        ready.do(services.start_dose, 0, lot="R1")
        store.draw(Use.objects.get(pk=ready.session.pk), lot, 50, at=ready.at(-8))
        recall(lot, "Glass found, by the maker.", store.lead, write_id=new_id())
        pages = [f"/sessions/{ready.session.pk}/", f"/sessions/{ready.session.pk}/live"]
        for page in pages:
            shown = nurse.get(page).content.decode()
            assert "Lot R1 of ketamine, in use in session 1, is recalled" in shown
            assert "Glass found, by the maker. Give no more of it" in shown
        answer_flag(Flag.objects.get(), FlagEvent.Kind.CLOSED, "Stopped, set aside.", ready.nurse)
        assert "is recalled" not in nurse.get(pages[1]).content.decode()

    def test_between_two_devices_the_page_asks_why_before_the_server_does(self, clinic: Clinic) -> None:
        """A recall while the first device acts: the button of the second opens the dialog that takes the reason."""
        store, day = Store(clinic), open_day(clinic, NASAL, hours_ago=1)
        lot, use = store.lot(store.devices, lot="E1", at=day.at(-40)), Use.objects.get(pk=day.session.pk)
        store.draw(use, lot, 56, at=day.at(-8))
        day.begin()
        recall(lot, "By the maker.", store.lead, write_id=new_id())
        nurse = signed_in(clinic, Role.NURSE)
        shown = nurse.get(f"/sessions/{day.session.pk}/").content.decode()
        assert 'id="open-device"' in shown
        assert "<li>Lot E1: This lot is recalled." in shown
        (listed,) = re.findall(r'name="shown" value="([^"]*)"', shown)
        said = {"write_id": new_id(), "lot": "E1", "reason": "No other is in the house; told the prescriber."}
        assert nurse.post(f"/sessions/{day.session.pk}/device", said).status_code == 422, "nobody read it"
        said |= {"write_id": new_id(), "shown": html.unescape(listed)}
        assert nurse.post(f"/sessions/{day.session.pk}/device", said).status_code == 302
        given = SessionEvent.objects.get(kind=SessionEvent.Kind.DEVICE_GIVEN)
        assert given.data["against"] == ["Lot E1: This lot is recalled. Take another, and set it aside."]

    def test_a_dose_begun_before_the_recall_and_sent_after_it_is_taken_and_told(self, ready: Day) -> None:
        store = Store(ready.clinic)
        recall(store.lot(lot="R1"), "By the maker.", replace(store.lead, at=ready.at(5)), write_id=new_id())
        ready.do(services.start_dose, 0, lot="R1")
        assert Flag.objects.filter(subject=ready.session.pk, kind="recalled_lot").count() == 1

    def test_so_does_one_past_its_last_day_and_one_for_another_person(self, clinic: Clinic) -> None:
        store, day = Store(clinic), open_day(clinic, NASAL)
        day.read(-5)
        day.clear_checks()
        other = Patient.objects.create(
            site=clinic.site, given_name="Other", family_name="Person", birth_date="1990-01-01", synthetic=True
        )
        store.lot(store.devices, lot="E1", expires_on=in_days(-2), reason="Sent so.")  # also just after midnight
        store.lot(store.devices, lot="P1", patient=other)
        for lot, words in (("E1", "expired"), ("P1", "another person")):
            with pytest.raises(Refusal, match=words):
                day.do(services.start_dose, 0, lot=lot)
        day.do(services.start_dose, 0, lot="not known here", reason="Delivered this morning.")
        with pytest.raises(Refusal, match="another person"):
            day.do(services.give_device, 6, lot="P1")
        given = day.do(services.give_device, 6, lot="P1", reason="Taken from the wrong drawer.")
        assert "another person" in given.data["against"][0]
        assert not Flag.objects.filter(kind="recalled_lot").exists()


class TestWhoGotALot:
    """Every session that names the lot is called, whatever is known of the amount."""

    @pytest.fixture
    def ready(self, clinic: Clinic) -> Day:
        day = open_day(clinic)
        day.read(-5)
        day.clear_checks()
        return day

    @pytest.fixture
    def store(self, ready: Day) -> Store:
        return Store(ready.clinic)

    @pytest.fixture
    def lot(self, ready: Day, store: Store) -> Lot:
        return store.lot(lot="K02", at=ready.at(-30))

    def listed(self, lot: Lot) -> list[str]:
        """As the account's list has it, and the list of a lot by its letters."""
        by_record = [each.days for each in recipients(lot)]
        assert [each.days for each in recipients_of_typed(lot.formulation.site, "k-02")] == by_record
        return by_record

    def test_the_person_in_whom_it_is_running_is_listed(self, ready: Day, lot: Lot) -> None:
        ready.do(services.start_dose, 0, lot="k 02")
        assert self.listed(lot) == ["session 1 (running now)"]
        ready.do(services.pause, 5)
        assert self.listed(lot) == ["session 1 (paused now)"]
        ready.do(services.stop, 20)
        assert self.listed(lot) == ["session 1"]

    def test_so_is_one_whose_start_was_taken_back(self, ready: Day, lot: Lot) -> None:
        ready.do(services.start_dose, 0, lot="K02")
        ready.do(services.stop, 2)
        assert self.listed(lot) == ["session 1"]
        ready.do(services.take_back_start, 3, reason="Touched at the wrong chair.")
        assert self.listed(lot) == ["session 1 (started by mistake, taken back)"]

    def test_so_is_one_stopped_at_nothing_given(self, ready: Day, lot: Lot) -> None:
        ready.do(services.start_dose, 0, lot="K02")
        ready.do(services.stop, 1)
        ready.do(services.correct_amount, 2, mg=0, reason="The line was clamped all the time.")
        ready.do(services.leave, 200, reason="Well, and with her sister.")
        assert self.listed(lot) == ["session 1 (0 mg recorded)"]

    def test_so_is_one_for_which_it_was_drawn_and_runs_untyped(self, ready: Day, lot: Lot, store: Store) -> None:
        store.draw(Use.objects.get(pk=ready.session.pk), lot, 40, at=ready.at(-4))
        assert [each.days for each in recipients(lot)] == ["session 1"]
        ready.do(services.start_dose, 0, no_lot="Label wet, not readable.")
        assert [each.days for each in recipients(lot)] == ["session 1 (running now)"]

    def test_so_is_one_that_waited_on_a_tablet_and_is_not_counted(self, ready: Day, lot: Lot) -> None:
        ready.do(services.start_dose, 0, lot="OTHER", reason="Delivered this morning.")
        ready.do(services.start_dose, 1, lot="K02", waited=True)
        assert self.listed(lot) == ["session 1 (typed on a tablet without network, not counted)"]

    def test_another_lot_and_another_drug_are_not(self, ready: Day, lot: Lot, store: Store) -> None:
        ready.do(services.start_dose, 0, lot="K02")
        assert recipients(store.lot(lot="K021", at=ready.at(-30))) == []
        assert recipients(store.lot(store.devices, lot="K02", at=ready.at(-30))) == []

    def test_one_given_on_a_day_of_another_drug_is(self, clinic: Clinic) -> None:
        """A vial of ketamine was used for a device: who got it is called when the vial is recalled."""
        store, day = Store(clinic), open_day(clinic, NASAL)
        lot = store.lot(lot="K02", at=day.at(-30))
        day.read(-5)
        day.clear_checks()
        day.do(services.start_dose, 0, lot="k-02", reason="home")
        assert [each.days for each in recipients(lot)] == ["session 1"]
        store.lot(store.devices, lot="K02", at=day.at(-30))  # now the account knows it as the plan's drug
        assert recipients(lot) == []

    def test_a_lot_of_figures_alone_is_found(self, ready: Day, store: Store) -> None:
        lot = store.lot(lot="0012", at=ready.at(-30))
        ready.do(services.start_dose, 0, lot="00-12")
        assert [each.days for each in recipients(lot)] == ["session 1 (running now)"]

    def test_the_printed_page_says_it(self, ready: Day, lot: Lot) -> None:
        ready.do(services.start_dose, 0, lot="K02")
        lead = signed_in(ready.clinic, Role.PHARMACIST)
        for page in (f"/drugs/lots/{lot.pk}/recipients", "/drugs/who-got?lot=k02"):
            assert "session 1 (running now)" in lead.get(page).content.decode()


class TestWhileADoseRuns:
    """The account hears of it at its end: until then nobody wastes or puts back unasked what has run in."""

    @pytest.fixture
    def day(self, clinic: Clinic) -> Day:
        """At minute 20 of 40: 17.5 of 35 mg have run in."""
        day = open_day(clinic, hours_ago=1 / 3)
        day.read(-5)
        day.clear_checks()
        return day

    @pytest.fixture
    def store(self, day: Day) -> Store:
        return Store(day.clinic)

    @pytest.fixture
    def lot(self, day: Day, store: Store) -> Lot:
        return store.lot(lot="K02", at=day.at(-30))

    @pytest.fixture
    def use(self, day: Day, store: Store, lot: Lot) -> Use:
        use = Use.objects.get(pk=day.session.pk)
        store.draw(use, lot, 40, at=day.at(-4))
        return use

    @pytest.mark.parametrize("typed", ["k-02", ""])
    def test_more_than_it_leaves_is_asked_about(self, day: Day, store: Store, lot: Lot, use: Use, typed: str) -> None:
        day.do(services.start_dose, 0, lot=typed, no_lot="" if typed else "Label wet, not readable.")
        for do, done in ((store.waste, "Wasted"), (store.put_back, "Put back")):
            with pytest.raises(
                Refusal,
                match=r"A dose of session 1 is running: 17\.5\d* mg have run in so far, so of lot K02 22\.4\d* mg.* "
                rf"can be left, and 40 mg \(0\.8 mL\) are more\. .* {done} all the same\? Write why",
            ):
                do(use, lot, 40)
        wasted = store.waste(use, lot, 40, words="Into the bin.", reason="The syringe broke, the pump is stopped.")
        assert wasted.words == "Into the bin. All the same: The syringe broke, the pump is stopped."

    def test_what_it_leaves_is_not(self, day: Day, store: Store, lot: Lot, use: Use) -> None:
        day.do(services.start_dose, 0, lot="K02")
        store.waste(use, lot, 5)

    def test_nor_another_lot_that_was_drawn(self, day: Day, store: Store, lot: Lot, use: Use) -> None:
        other = store.lot(lot="B7", at=day.at(-30))
        store.draw(use, other, 40, reason="A second vial.", at=day.at(-4))
        day.do(services.start_dose, 0, lot="K02")
        store.waste(use, other, 40)

    def test_after_its_end_the_account_alone_is_asked(self, day: Day, store: Store, lot: Lot, use: Use) -> None:
        day.do(services.start_dose, 0, lot="K02")
        day.do(services.stop, 10)
        store.waste(use, lot, 31.25)
        assert account(day).unexplained == 0

    def test_its_page_does_not_say_that_it_adds_up(self, day: Day, store: Store, lot: Lot, use: Use) -> None:
        day.do(services.start_dose, 0, lot="K02")
        store.waste(use, lot, 40, reason="The syringe broke.")
        nurse = signed_in(day.clinic, Role.NURSE)
        page = nurse.get(f"/drugs/sessions/{use.pk}/").content.decode()
        assert "it adds up" not in page
        assert "mg so far of a dose that is running" in page
        assert "before what is running, which counts at its end" in page


def test_an_unexplained_milligram_becomes_a_case_after_the_person_left(clinic: Clinic) -> None:
    store = Store(clinic)
    lot = store.lot(at=timezone.now() - timedelta(days=1))
    day = open_day(clinic)
    use = Use.objects.get(pk=day.session.pk)
    store.draw(use, lot, 50)
    day.begin()
    day.do(services.stop, 40)
    day.do(services.leave, 200, reason="Well, and with her sister.")
    drug_account.catch_up(day.at(230))
    assert Discrepancy.objects.count() == 0
    drug_account.catch_up(day.at(261))
    assert Discrepancy.objects.get().micrograms == 15_000
    assert Flag.objects.filter(kind="drug_discrepancy", patient=clinic.patient).count() == 1


def test_what_adds_up_opens_nothing(clinic: Clinic) -> None:
    store = Store(clinic)
    lot = store.lot(at=timezone.now() - timedelta(days=1))
    day = open_day(clinic)
    use = Use.objects.get(pk=day.session.pk)
    store.draw(use, lot, 50)
    day.begin()
    day.do(services.stop, 40)
    store.waste(use, lot, 15)
    day.do(services.leave, 200, reason="Well, and with her sister.")
    drug_account.catch_up(day.at(290))
    assert Discrepancy.objects.count() == 0


LOCKED = """
import threading, time, django
django.setup()
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.chain import alone_in
from daybreak.clinic.pharmacy.models import Use
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.dose_lines import as_prepared
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day

day = open_day(make_clinic())
day.begin()
held, over = threading.Event(), threading.Event()

def hold():
    with transaction.atomic():
        alone_in(day.clinic.site)
        held.set()
        over.wait(60)
    connection.close()

holder = threading.Thread(target=hold)
holder.start()
held.wait(60)
if connection.vendor == "postgresql":
    # The stop stands while the account is still held, and the account hears of it with the clock's next work.
    day.do(services.stop, 20)
    assert holder.is_alive() and SessionEvent.objects.filter(kind="dose stopped").exists()
    over.set()
    holder.join()
    assert queries.account(Use.objects.get()).given == 0
    drug_account.catch_up(timezone.now())
else:
    # One writer holds the whole database, so nobody holds the account alone: the stop takes its turn and tells at once.
    with connection.cursor() as cursor:
        waits_ms = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            with transaction.atomic():
                raise AssertionError("somebody else could write")
        except OperationalError as locked:
            assert "locked" in str(locked)
        cursor.execute(f"PRAGMA busy_timeout = {waits_ms}")
    over.set()
    day.do(services.stop, 20)
    assert SessionEvent.objects.filter(kind="dose stopped").exists()
    holder.join()
print("given", queries.account(Use.objects.get()).given)
"""


def test_an_account_somebody_holds_does_not_hold_up_the_stop_of_a_dose(prepared_database: str) -> None:
    variables = commands.environment(prepared_database)
    variables["PYTHONPATH"] = f"{variables['PYTHONPATH']}:{commands.ROOT}"
    ended = subprocess.run(
        [sys.executable, "-c", LOCKED], env=variables, cwd=commands.ROOT, capture_output=True, text=True, timeout=50,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split()[-2:] == ["given", "17500"]


class TestALeavingTakenBack:
    def left(self, day: Day, minute: float) -> SessionEvent:
        return day.do(services.leave, minute, reason="Feels well.")

    def back(self, day: Day, event: SessionEvent, minute: float) -> None:
        why = "Touched at the wrong chair."
        services.take_back(day.session, event.pk, day.nurse, write_id=new_id(), at=day.at(minute), reason=why)

    def use(self, day: Day) -> Use:
        return Use.objects.get(pk=day.session.pk)

    def test_opens_the_day_of_the_account_again_and_both_stay(self, day: Day) -> None:
        day.begin()
        self.back(day, self.left(day, 10), 12)
        assert self.use(day).end is None
        assert account(day).given == 0  # it runs again, and its end says what was given
        assert papers.problem(day.clinic.site) == ""
        day.do(services.stop, 40)
        self.left(day, 110)
        assert self.use(day).end.at == day.at(110)
        assert account(day).given == 35_000
        assert self.use(day).ends.count() == 3

    def test_opens_no_case_while_the_day_goes_on(self, day: Day) -> None:
        store = Store(day.clinic)
        lot = store.lot(at=day.at(-30))
        day.begin()
        store.draw(self.use(day), lot, 35, at=day.at(0))
        event = self.left(day, 10)
        self.back(day, event, 12)
        drug_account.catch_up(day.at(120))
        assert not Discrepancy.objects.exists()
        self.left(day, 20)
        drug_account.catch_up(day.at(120))
        assert Discrepancy.objects.count() == 1

    def test_is_told_by_the_clock_where_it_could_not_be_told_at_once(self, day: Day) -> None:
        day.begin()
        event = self.left(day, 10)
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(drug_account, "tell", lambda *_: None)
            self.back(day, event, 12)
        assert self.use(day).end is not None
        drug_account.catch_up(timezone.now() + timedelta(hours=2))
        assert self.use(day).end is None


def test_the_end_of_a_dose_that_went_on_is_the_same_in_record_model_account_and_on_the_page(day: Day) -> None:
    """Paused at 8, resumed at 12; a stop typed as of 10 came late from another tablet, and was none: it ended at 20."""
    day.begin()
    day.do(services.pause, 8)
    day.do(services.resume, 12)
    day.do(services.stop, 10)
    assert account(day).given == 0  # nobody knows its end
    day.do(services.stop, 20)
    given_mg = 35 * (8 + 8) / 40
    assert day.state(30).given_mg == pytest.approx(given_mg)
    assert account(day).given == given_mg * 1000
    regimen = queries.given_regimen(day.session, day.at(30))
    assert [dose.duration_min for dose in regimen.doses] == [8, 8]
    assert [dose.time_h * 60 for dose in regimen.doses] == [0, 12]
    assert sum(dose.amount.value for dose in regimen.doses) == pytest.approx(given_mg)
    page = session_page.build(day.session, day.at(30))
    assert (page.given_mg, page.can_stop, page.note_waits) == ("14", False, False)
    assert "Given: ketamine iv 14 mg." in services.draft_note(day.session)
    assert day.at(20) in {check.at for check in day.state(30).due if check.from_end}
    day.do(services.leave, 40, reason="Feels well.")
    assert account(day).given == given_mg * 1000
