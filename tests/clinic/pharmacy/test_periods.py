"""The register of some days: before and what moved make after, and every entry of these days stands in it."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.pharmacy import periods, queries, services
from daybreak.clinic.pharmacy.models import Formulation
from daybreak.clinic.pharmacy.periods import Period
from daybreak.clinic.record.models import AuditEntry, new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in, text
from tests.clinic.pharmacy.store import MG, Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(store: Store) -> Store:
    """Ten vials came forty days ago; yesterday 50 mg were drawn, 35 given and 15 wasted; today one vial went away."""
    now = timezone.now()
    lot = store.lot(at=now - timedelta(days=40))
    yesterday = now - timedelta(days=1)
    use = store.use(hours_ago=30)
    store.draw(use, lot, 50, at=yesterday)
    services.state_given(use, [services.Given(35 * MG, "A1")], store.nurse, yesterday)
    store.waste(use, lot, 15, at=yesterday)
    services.send_away(lot, store.safe, 500 * MG, store.lead, store.witness, write_id=new_id(), words="To X.")
    return store


def days(store: Store, first: int, last: int, drug: str = "ketamine") -> Period:
    """From so many days ago to so many days ago."""
    today = timezone.localdate()
    return Period(store.clinic.site, today - timedelta(days=first), today - timedelta(days=last), drug)


def lead(clinic: Clinic) -> Client:
    return signed_in(clinic, Role.PHARMACIST)


def of(period: Period) -> dict[str, str]:
    """What a browser asks for."""
    return {"first": period.first.isoformat(), "last": period.last.isoformat(), "drug": period.drug}


def test_before_and_what_moved_make_after(told: Store) -> None:
    (row,) = periods.movements(days(told, 1, 1))
    assert row.before == 5000 * MG
    assert row.by_kind == {"drawn": -50 * MG}, "what was given and wasted had left the cabinet with the draw"
    assert row.after == 4950 * MG


def test_what_was_after_one_period_was_before_the_next(told: Store) -> None:
    for day in range(41, -1, -1):
        (earlier,), later = periods.movements(days(told, 60, day)) or [None], periods.movements(days(told, day - 1, 0))
        assert (earlier.after if earlier else 0) == (later[0].before if later else 0)


def test_the_end_of_today_is_what_the_book_has(told: Store) -> None:
    (row,) = periods.movements(days(told, 60, 0))
    assert row.after == sum(queries.balances(told.clinic.site).values())


def test_a_reversal_takes_back_on_the_day_it_was_made(told: Store) -> None:
    entry = told.receive(lot="B2", containers=2)
    services.reverse(entry, "Delivered next door.", told.lead, write_id=new_id(), witness=told.witness)
    (row,) = periods.movements(days(told, 0, 0))
    assert row.by_kind["received"] == -row.by_kind["reversed"] == 1000 * MG


def test_each_entry_of_the_days_stands_once_with_the_balance_after_it(told: Store) -> None:
    asked = days(told, 1, 0)
    found = [(line.entry.kind, line.balance // MG) for line in periods.lines(asked, periods.movements(asked))]
    assert found == [("drawn", 4950), ("given", 4950), ("wasted", 4950), ("sent away", 4450)]


def test_a_dose_from_a_lot_nobody_received_stands_in_it_too(told: Store) -> None:
    told.given(told.use(label="session 2"), (20, "X-9"))
    page = read(lead(told.clinic), "pharmacy_period", **of(days(told, 0, 0)))
    assert "lot X-9 as typed, not known to the account" in page


def test_another_drug_has_a_register_of_its_own(told: Store) -> None:
    page = read(lead(told.clinic), "pharmacy_period", **of(days(told, 60, 0, "esketamine")))
    assert "No delivery of esketamine was entered" in page
    assert "500" not in page


def test_the_page_and_the_file_say_the_same_and_who_read_them_is_kept(told: Store) -> None:
    asked, browser = of(days(told, 60, 0)), lead(told.clinic)
    page = read(browser, "pharmacy_period", **asked)
    assert "5 entries" in page
    assert str(told.clinic.patient) in page
    text = browser.get(reverse("pharmacy_period_file"), asked).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["what"], row["mg"], row["balance mg"]) for row in rows] == [
        ("Received", "5000", "5000"), ("Drawn", "50", "4950"), ("Given", "35", "4950"), ("Wasted", "15", "4950"),
        ("Sent away or destroyed", "500", "4450"),
    ]  # fmt: skip
    assert rows[3]["witness"] == told.witness.user.display_name
    assert AuditEntry.objects.filter(action="register of a period opened").count() == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"last": "2001-01-01"}, "lies before"),
        ({"first": ""}, "From: give the day."),
        ({"drug": "x"}, "Choose the drug."),
        ({"last": "9999-12-31"}, "of this century"),
        ({"first": "0001-01-01"}, "From: give a day of this century"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(told: Store, wrong: dict[str, str], says: str) -> None:
    asked = of(days(told, 3, 0)) | wrong
    for name in ("pharmacy_period", "pharmacy_period_file"):
        response = lead(told.clinic).get(reverse(name), asked)
        assert response.status_code == 422
        assert says in response.content.decode()


def test_days_without_an_entry_have_no_file(told: Store) -> None:
    asked = of(days(told, 30, 20))
    response = lead(told.clinic).get(reverse("pharmacy_period_file"), asked)
    assert response.status_code == 422
    assert "no entry of these days" in response.content.decode()
    assert "Nothing of ketamine happened" in read(lead(told.clinic), "pharmacy_period", **asked)


def test_more_than_a_page_holds_goes_into_the_file(told: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "MOST_ON_PAPER", 4)
    assert "Too many for a page" in read(lead(told.clinic), "pharmacy_period", **of(days(told, 60, 0)))


def test_a_long_register_asks_the_database_no_more_often(
    told: Store, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        use = told.use(label=f"session {number + 3}")
        told.draw(use, Formulation.objects.first().lots.first(), 10)
        told.given(use, (10, "A1"))
    asked, browser = of(days(told, 60, 0)), lead(told.clinic)
    read(browser, "pharmacy_period", **asked)
    with django_assert_max_num_queries(12):
        read(browser, "pharmacy_period", **asked)


def test_days_to_come_have_no_register_and_it_says_so(told: Store, clinic: Clinic) -> None:
    today = timezone.localdate()
    to_come, partly = days(told, -2, -5), days(told, 1, -5)
    for name in ("pharmacy_period", "pharmacy_period_file"):
        asked = lead(clinic).get(reverse(name), of(to_come))
        assert asked.status_code == 422
        assert f"From: {to_come.first.isoformat()} is still to come. The register ends today." in text(asked)
    page = read(lead(clinic), "pharmacy_period", **of(partly))
    assert f"The days after {today.day}" in page
    assert "are still to come: this register ends today." in page


def test_the_register_names_its_clinic_the_time_and_who_took_it(told: Store, clinic: Clinic) -> None:
    """A sheet lies on a desk for years: whose it is, of when, and who printed it."""
    who = clinic.users[Role.PHARMACIST]
    page = read(lead(clinic), "pharmacy_register")
    assert f"{clinic.site}. Shown {timezone.localtime():%H:%M}" in page
    assert f"to {who.display_name}." in page
