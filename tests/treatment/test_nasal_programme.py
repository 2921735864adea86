"""The restricted programme of the nasal spray: the United States only, calendar days, versions of one form."""

from datetime import date

import pytest

from daybreak.treatment import nasal_programme
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.sources import Status


@pytest.mark.parametrize(
    ("drug", "route", "place", "applies"),
    [
        (Drug.ESKETAMINE, Route.NASAL, "US", True),
        (Drug.ESKETAMINE, Route.NASAL, "EU", False),
        (Drug.ESKETAMINE, Route.NASAL, "UK", False),
        (Drug.ESKETAMINE, Route.IV, "US", False),
        (Drug.KETAMINE, Route.NASAL, "US", False),
    ],
)
def test_only_the_labelled_spray_in_the_united_states(drug: Drug, route: Route, place: str, applies: bool) -> None:
    assert nasal_programme.in_programme(drug, route, place) is applies


def test_a_friday_session_is_due_the_friday_after_holidays_included() -> None:
    assert nasal_programme.form_due(date(2026, 12, 18)) == date(2026, 12, 25)
    assert nasal_programme.reminded_on(date(2026, 12, 25)) == date(2026, 12, 23)


@pytest.mark.parametrize("version", nasal_programme.VERSIONS)
def test_each_version_says_where_it_was_seen_and_asks_each_thing_once(version: str) -> None:
    form = nasal_programme.form(version)
    assert form.provenance.sources
    assert form.provenance.status is Status.SEEN
    ids = [field.id for field in form.fields]
    assert len(ids) == len(set(ids))


def test_the_current_form_asks_what_the_maker_added_and_admits_that_its_print_was_not_seen() -> None:
    old, new = (nasal_programme.form(version) for version in nasal_programme.VERSIONS)
    added = {field.id for field in new.fields} - {field.id for field in old.fields}
    assert added == {
        "first_treatment", "enrolled", "opioids", "other_medicines", "respiratory_depression", "pulse_oximetry"
    }  # fmt: skip
    assert (old.printed, new.printed) == ("11/2021", None)


def test_what_is_missing_is_told_in_the_order_of_the_form() -> None:
    form = nasal_programme.current_form()
    answers = {field.id: "x" for field in form.fields} | {"lot": " ", "given_name": "", "pulse_oximetry": ""}
    assert [field.id for field in form.missing(answers)] == ["given_name", "lot"]


def test_an_unknown_version_is_an_error() -> None:
    with pytest.raises(KeyError, match="no version"):
        nasal_programme.form("monitoring-1999")
