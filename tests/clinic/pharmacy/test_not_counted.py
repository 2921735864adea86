"""What a session keeps and does not count stands in the drug account at once, as a question somebody has to settle."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import papers, services
from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent, Lot, Use
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.clinic.treatment_day.services import drug_account
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import DEVICE_MG, Store
from tests.clinic.treatment_day.day import NASAL, Day, open_day


def received(clinic: Clinic) -> Store:
    """Two lots of devices, yesterday."""
    store = Store(clinic)
    for number in ("E02", "E03"):
        store.lot(store.devices, lot=number, at=timezone.now() - timedelta(days=1))
    return store


def both_given(clinic: Clinic) -> Day:
    """Two devices are planned, and both are recorded."""
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(treatment_day.give_device, 6, lot="E03")
    return day


def told(day: Day) -> None:
    """The account hears of it after the commit; a test's transaction has none."""
    drug_account.tell_now(day.session.pk, day.nurse, timezone.now())


def a_third(day: Day) -> None:
    """Of a second tablet, typed without a network: perhaps in the person, perhaps in a pocket."""
    day.do(treatment_day.give_device, 6.2, lot="E02", waited=True)


def test_a_device_the_session_does_not_count_is_a_case_at_once_and_once(clinic: Clinic) -> None:
    received(clinic)
    day = both_given(clinic)
    a_third(day)
    for _ in range(2):
        told(day)
    case = Discrepancy.objects.get()
    assert (case.use_id, case.micrograms, case.owner) == (day.session.pk, 0, clinic.users[Role.PHARMACIST])
    assert case.events.get().words.startswith("A nasal device, lot E02, typed at ")
    lead = signed_in(clinic, Role.PHARMACIST)
    assert Flag.objects.get(subject=case.pk).title == "How much esketamine was given in session 1 is in question"
    for page in (
        read(lead, "pharmacy"),
        read(lead, "pharmacy_use", day.session.pk),
        read(lead, "pharmacy_case", case.pk),
    ):
        assert "Test Person, session 1" in page
    assert papers.problem(clinic.site) == ""


def test_once_the_amount_is_corrected_the_case_says_so_and_two_people_close_it(clinic: Clinic) -> None:
    store = received(clinic)
    lot = Lot.objects.get(number="E02")
    day = both_given(clinic)
    told(day)
    use = Use.objects.get()
    for each in (lot, Lot.objects.get(number="E03")):
        store.draw(use, each, DEVICE_MG)
    a_third(day)
    told(day)
    case = Discrepancy.objects.get()
    page = read(signed_in(clinic, Role.PHARMACIST), "pharmacy_case", case.pk)
    assert "How much esketamine was given is in question: Test Person, session 1" in page
    assert "Amountin question" in page
    store.given(use, (28, "E02"), (28, "E03"), (28, "E02"))
    assert "was changed from 56 to 84 mg" in case.events.order_by("-recorded_at")[0].words
    assert "28 mg accounted for and never drawn" in read(signed_in(clinic), "pharmacy_case", case.pk)
    store.draw(use, lot, DEVICE_MG, reason="The third, typed late.")
    services.close(
        case, DiscrepancyEvent.Outcome.UNEXPLAINED, "Three were empty.", store.lead, store.director, write_id=new_id()
    )


def test_a_clinic_that_keeps_no_account_is_asked_nothing(clinic: Clinic) -> None:
    day = both_given(clinic)
    a_third(day)
    told(day)
    assert not Discrepancy.objects.exists()


@pytest.mark.parametrize("left_open", [True, False])
def test_a_word_is_added_to_the_case_that_is_open(clinic: Clinic, *, left_open: bool) -> None:
    store = received(clinic)
    day = both_given(clinic)
    a_third(day)
    told(day)
    first = Discrepancy.objects.get()
    if not left_open:
        services.close(
            first, DiscrepancyEvent.Outcome.UNEXPLAINED, "Not found.", store.lead, store.director, write_id=new_id()
        )
    day.do(treatment_day.give_device, 7, lot="E04", waited=True)
    told(day)
    assert Discrepancy.objects.count() == (1 if left_open else 2)
