"""A difference gets an owner and a deadline, and two people end it. It never holds up anybody's care."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Count, Discrepancy, DiscrepancyEvent, LedgerEntry
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record import services as record_services
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import Flag, FlagEvent, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.controlled_drug import notice_due
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, send, signed_in, text
from tests.clinic.pharmacy.store import MG, Store, give_password, proof

Outcome = DiscrepancyEvent.Outcome


@pytest.fixture
def case(store: Store) -> Discrepancy:
    """14.35 mg were drawn two hours ago and are not accounted for."""
    lot, use = store.lot(at=timezone.now() - timedelta(days=1)), store.use(hours_ago=3)
    store.draw(use, lot, 50)
    store.given(use, 35.65)
    services.end_use(use, store.nurse, timezone.now() - timedelta(hours=2))
    services.open_due_cases(store.clinic.site, SYSTEM)
    return Discrepancy.objects.get()


def close(store: Store, case: Discrepancy, outcome: Outcome = Outcome.EXPLAINED, words: str = "Found out.") -> None:
    services.close(case, outcome, words, store.lead, store.director, write_id=new_id())


class TestATreatmentDayThatDoesNotAddUp:
    def test_it_becomes_a_case_of_the_lead_and_a_flag(self, case: Discrepancy, clinic: Clinic) -> None:
        assert (case.micrograms, case.owner) == (14_350, clinic.users[Role.PHARMACIST])
        assert case.due_at == notice_due(timezone.localtime(case.found_at))
        flag = Flag.objects.get()
        assert (flag.patient, flag.owner, flag.due_at) == (clinic.patient, case.owner, case.due_at)
        assert flag.title == "14.35 mg of ketamine drawn and not accounted for"

    def test_until_then_the_row_says_when_it_opens_and_whose_it_will_be(self, store: Store, clinic: Clinic) -> None:
        """From the moment the person left, not only once the case is there."""
        lot, use = store.lot(at=timezone.now() - timedelta(days=1)), store.use(hours_ago=3)
        store.draw(use, lot, 50)
        nurse = signed_in(clinic)
        assert "A case opens" not in read(nurse, "pharmacy")
        left_at = timezone.now() - timedelta(minutes=20)
        services.end_use(use, store.nurse, left_at)
        opens = f"{timezone.localtime(left_at + timedelta(minutes=60)):%H:%M}"
        for page in (read(nurse, "pharmacy"), read(nurse, "pharmacy_use", use.pk)):
            assert f"A case opens at {opens}" in page
            assert f"Owner: {clinic.users[Role.PHARMACIST].display_name}." in page
        services.open_due_cases(store.clinic.site, SYSTEM, timezone.now() + timedelta(minutes=41))
        assert "A case opens" not in read(nurse, "pharmacy")
        assert "A case opens" not in read(nurse, "pharmacy_use", use.pk)

    def test_once(self, case: Discrepancy, store: Store) -> None:
        assert services.open_due_cases(store.clinic.site, SYSTEM) == []

    @pytest.mark.parametrize(
        ("minutes", "drawn", "cases"),
        [(59, 50, 0), (61, 50, 1), (61, 35.65, 0), (61, 36.6, 0), (61, 36.65, 1)],
        ids=["within the hour", "after it", "adds up", "less than a milligram", "a milligram"],
    )
    def test_after_an_hour_and_from_a_milligram_on(
        self, store: Store, minutes: float, drawn: float, cases: int
    ) -> None:
        lot, use = store.lot(at=timezone.now() - timedelta(days=1)), store.use(hours_ago=3)
        store.draw(use, lot, drawn)
        store.given(use, 35.65)
        services.end_use(use, store.nurse, timezone.now() - timedelta(minutes=minutes))
        assert len(services.open_due_cases(store.clinic.site, SYSTEM)) == cases

    def test_while_the_person_is_still_there_nothing_is_missing(self, store: Store) -> None:
        store.draw(store.use(hours_ago=5), store.lot(), 50)
        assert services.open_due_cases(store.clinic.site, SYSTEM) == []

    def test_a_clinic_that_keeps_no_account_is_left_alone(self, store: Store) -> None:
        use = store.use(hours_ago=3)
        store.given(use, 35)
        services.end_use(use, store.nurse, timezone.now() - timedelta(hours=2))
        assert services.open_due_cases(store.clinic.site, SYSTEM) == []
        store.receive()  # what was before the account began is none of it
        assert services.open_due_cases(store.clinic.site, SYSTEM) == []

    def test_explained_means_that_it_adds_up(self, case: Discrepancy, store: Store) -> None:
        with pytest.raises(Refusal, match="still does not add up"):
            close(store, case)
        store.waste(case.use, LedgerEntry.objects.get(kind="drawn").lot, 14.35)
        close(store, case, words="The waste had been written on paper.")
        assert not queries.open_discrepancies(store.clinic.site).exists()
        assert not open_flags(patients=[store.clinic.patient]).exists()

    def test_what_stays_unexplained_is_written_into_the_book(self, case: Discrepancy, store: Store) -> None:
        close(store, case, Outcome.UNEXPLAINED, "Nobody knows.")
        assert queries.account(case.use).unexplained == 0
        assert LedgerEntry.objects.get(kind="written off").micrograms == 14_350

    def test_a_theft_has_the_facts_for_its_report(self, case: Discrepancy, store: Store) -> None:
        with pytest.raises(Refusal, match="Write the facts"):
            close(store, case, Outcome.STOLEN)
        services.state_loss(case, {"discovered": "At the count."}, store.lead, write_id=new_id())
        close(store, case, Outcome.STOLEN)

    def test_one_person_cannot_end_it(self, case: Discrepancy, store: Store, clinic: Clinic) -> None:
        with pytest.raises(Refusal, match="controlled-drug lead closes"):
            services.close(case, Outcome.UNEXPLAINED, "Nobody knows.", store.nurse, store.witness, write_id=new_id())
        the_same = Witness(clinic.users[Role.PHARMACIST], "password")
        with pytest.raises(Refusal, match="somebody else"):
            services.close(case, Outcome.UNEXPLAINED, "Nobody knows.", store.lead, the_same, write_id=new_id())
        assert queries.open_discrepancies(store.clinic.site).count() == 1

    def test_its_flag_is_not_closed_without_it(self, case: Discrepancy, clinic: Clinic) -> None:
        flag = Flag.objects.get()
        with pytest.raises(Refusal, match="by two people"):
            record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, "Fine.", clinic.actor(Role.PHARMACIST))
        record_services.answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "Looking.", clinic.actor(Role.PHARMACIST))

    def test_a_closed_case_stays_closed(self, case: Discrepancy, store: Store) -> None:
        services.explain(case, "The pump was checked.", store.nurse, write_id=new_id())
        close(store, case, Outcome.UNEXPLAINED)
        with pytest.raises(Refusal, match="closed"):
            services.explain(case, "One more thing.", store.nurse, write_id=new_id())

    def test_a_theft_that_comes_out_after_the_end_still_has_a_place(self, case: Discrepancy, store: Store) -> None:
        close(store, case, Outcome.UNEXPLAINED)
        kept = services.state_loss(case, {"police": "Told on Monday."}, store.lead, write_id=new_id())
        assert kept.data == {"police": "Told on Monday."}


class TestACount:
    def test_it_changes_no_balance_and_keeps_what_was_seen(self, store: Store) -> None:
        lot = store.lot()
        made = services.count(
            store.clinic.site, store.safe, [Seen(lot, store.safe, 4990 * MG)], store.nurse, write_id=new_id()
        )
        (line,) = queries.counted_lines(made)
        assert (line.entry.micrograms, line.book, line.difference) == (4990 * MG, 5000 * MG, -10 * MG)
        assert store.in_mg(store.safe, lot) == 5000

    @pytest.mark.parametrize(("seen_mg", "cases"), [(5000, 0), (4999.5, 0), (4999, 1), (5001, 1)])
    def test_a_difference_of_a_milligram_opens_a_case(self, store: Store, seen_mg: float, cases: int) -> None:
        lot = store.lot()
        seen = [Seen(lot, store.safe, round(seen_mg * MG))]
        services.count(store.clinic.site, store.safe, seen, store.nurse, write_id=new_id())
        assert Discrepancy.objects.count() == cases

    def test_what_was_left_out_is_named(self, store: Store) -> None:
        first = store.lot()
        store.lot(store.devices, lot="D1")
        with pytest.raises(Refusal, match="lot D1 in Safe"):
            services.count(
                store.clinic.site, store.safe, [Seen(first, store.safe, 5000 * MG)], store.nurse, write_id=new_id()
            )

    def test_an_inventory_takes_two_people_and_says_when(self, store: Store) -> None:
        seen = [Seen(store.lot(), store.safe, 5000 * MG)]
        with pytest.raises(Refusal, match="two names"):
            services.count(store.clinic.site, None, seen, store.lead, write_id=new_id())
        made = services.count(
            store.clinic.site, None, seen, store.lead, write_id=new_id(), witness=store.witness,
            business=Count.Business.CLOSE,
        )  # fmt: skip
        assert made.is_inventory
        due = queries.inventory_due(store.clinic.site)
        assert due is not None
        assert due.year == timezone.localdate().year + 2

    def test_a_count_of_earlier_is_compared_with_no_later_book(self, store: Store) -> None:
        lot, site = store.lot(at=timezone.now() - timedelta(hours=3)), store.clinic.site
        seen = [Seen(lot, store.safe, 5000 * MG)]
        services.count(site, store.safe, seen, store.nurse, write_id=new_id(), at=timezone.now() - timedelta(hours=1))
        store.draw(store.use(), lot, 50)
        with pytest.raises(Refusal, match=r"something of it came or went \(entry 4"):
            services.count(
                site, store.safe, seen, store.nurse, write_id=new_id(), at=timezone.now() - timedelta(hours=1)
            )
        assert not Discrepancy.objects.exists()

    def test_a_loss_two_people_confirm_makes_the_book_right(self, store: Store) -> None:
        lot = store.lot()
        services.count(
            store.clinic.site, store.safe, [Seen(lot, store.safe, 4500 * MG)], store.nurse, write_id=new_id()
        )
        close(store, Discrepancy.objects.get(), Outcome.UNEXPLAINED, "Not found.")
        assert store.in_mg(store.safe, lot) == 4500

    def test_counted_again_it_stays_one_case_and_the_last_count_holds(self, store: Store) -> None:
        lot, site = store.lot(), store.clinic.site
        for seen_mg in (4500, 4480):
            seen = [Seen(lot, store.safe, seen_mg * MG)]
            services.count(site, store.safe, seen, store.nurse, write_id=new_id())
        close(store, Discrepancy.objects.get(), Outcome.UNEXPLAINED, "Not found.")
        assert store.in_mg(store.safe, lot) == 4480

    def test_counted_again_and_found_nothing_is_written_off(self, store: Store) -> None:
        lot, site = store.lot(), store.clinic.site
        for seen_mg in (4500, 5000):
            seen = [Seen(lot, store.safe, seen_mg * MG)]
            services.count(site, store.safe, seen, store.nurse, write_id=new_id())
        close(store, Discrepancy.objects.get(), Outcome.UNEXPLAINED, "It had rolled behind the box.")
        assert store.in_mg(store.safe, lot) == 5000

    def test_what_was_drawn_between_count_and_close_is_not_written_off_twice(self, store: Store) -> None:
        lot = store.lot()
        seen = [Seen(lot, store.safe, 4500 * MG)]
        services.count(store.clinic.site, store.safe, seen, store.nurse, write_id=new_id())
        store.draw(store.use(), lot, 100)
        close(store, Discrepancy.objects.get(), Outcome.UNEXPLAINED, "Not found.")
        assert store.in_mg(store.safe, lot) == 4400

    def test_explained_means_that_it_was_counted_again_and_agrees(self, store: Store) -> None:
        """The vial was found, and 5 mg were not: they are no longer in any case once this one is closed."""
        lot, site = store.lot(), store.clinic.site
        for seen_mg in (4500, 4995):
            seen = [Seen(lot, store.safe, seen_mg * MG)]
            services.count(site, store.safe, seen, store.nurse, write_id=new_id())
        case = Discrepancy.objects.get()
        assert queries.remains(case) == 5 * MG
        with pytest.raises(Refusal, match="still differs from the book by 5 mg"):
            close(store, case)
        services.count(site, store.safe, [Seen(lot, store.safe, 5000 * MG)], store.nurse, write_id=new_id())
        close(store, case)
        assert not queries.open_discrepancies(site).exists()

    def test_a_surplus_too(self, store: Store) -> None:
        lot = store.lot()
        services.count(
            store.clinic.site, store.safe, [Seen(lot, store.safe, 5500 * MG)], store.nurse, write_id=new_id()
        )
        close(store, Discrepancy.objects.get(), Outcome.UNEXPLAINED, "One vial more than delivered.")
        assert store.in_mg(store.safe, lot) == 5500


def test_a_book_below_zero_is_not_explained_while_it_is(store: Store) -> None:
    lot, use = store.lot(containers=1), store.use()
    store.draw(use, lot, 600)
    with pytest.raises(Refusal, match="still has 100 mg less than nothing"):
        close(store, Discrepancy.objects.get())
    store.receive(containers=1, at=timezone.now())
    close(store, Discrepancy.objects.get(), words="A delivery that had not been entered.")
    assert store.in_mg(store.safe, lot) == 400


def test_a_book_below_zero_is_put_right(store: Store) -> None:
    lot = store.lot(containers=1)
    store.draw(store.use(), lot, 600)
    close(store, Discrepancy.objects.get(), Outcome.UNEXPLAINED, "A vial that was never entered.")
    assert store.in_mg(store.safe, lot) == 0


def test_once_its_owner_is_gone_a_case_is_somebodys_who_is_here(
    case: Discrepancy, store: Store, clinic: Clinic
) -> None:
    gone, director = clinic.users[Role.PHARMACIST], clinic.users[Role.DIRECTOR].display_name
    nurse = signed_in(clinic)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    said = f"Owner: {director}, since the account of {gone.display_name} ended. There is no controlled-drug lead now"
    assert said in read(nurse, "pharmacy")
    assert said in read(nurse, "pharmacy_case", case.pk)
    lead = User.objects.create(
        username="another-lead", role=Role.PHARMACIST, display_name="Another lead", site=clinic.site
    )
    assert f"Owner: {lead.display_name}, since the account of {gone.display_name} ended." in read(nurse, "pharmacy")


def test_who_closes_a_closed_case_reads_who_closed_it(case: Discrepancy, store: Store, clinic: Clinic) -> None:
    give_password(clinic.users[Role.DIRECTOR])
    close(store, case, Outcome.UNEXPLAINED, "Nobody knows.")
    lead = signed_in(clinic, Role.PHARMACIST)
    late = send(
        lead, "pharmacy_close", case.pk, outcome="unexplained", words="I do not know.", **proof(clinic, Role.DIRECTOR)
    )
    assert late.status_code == 422
    users = clinic.users
    assert (
        f"This case was closed by {users[Role.PHARMACIST].display_name} and {users[Role.DIRECTOR].display_name} at"
        in text(late)
    )
    assert "not explained: the difference is written into the book. Nothing was changed." in text(late)
    told = send(signed_in(clinic), "pharmacy_explain", case.pk, words="One more thing.")
    assert "This case was closed by" in text(told)
