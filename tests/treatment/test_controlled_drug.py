"""The rules of the controlled-drug account. 21 USC 829a; 21 CFR 1301.76(b), 1304.11."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from daybreak.treatment.controlled_drug import (
    expires_soon,
    mg_text,
    micrograms,
    next_inventory,
    notice_due,
    report_due,
    standing_against_draw,
    use_by,
)
from daybreak.treatment.findings import Effect
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import all_sources

TODAY = date(2026, 11, 27)
LATER = date(2027, 6, 1)


def against(**more: object) -> list[tuple[str, Effect]]:
    usual = {"recalled": False, "expires_on": LATER, "use_by_day": None, "today": TODAY, "for_another": False}
    return [(each.id, each.effect) for each in standing_against_draw(**usual | more)]


def test_every_row_names_sources_that_are_on_file() -> None:
    rows = {name: row for name, row in load("controlled_drug.yaml").items() if name != "revised"}
    assert all(set(row["sources"]) <= set(all_sources()) for row in rows.values())


def test_a_lot_for_one_person_is_used_within_45_days_of_receipt() -> None:
    assert use_by(date(2026, 10, 13)) == TODAY
    assert against(use_by_day=TODAY) == []
    assert against(use_by_day=date(2026, 11, 26)) == [("patient_specific", Effect.REASON)]


def test_it_is_never_for_somebody_else() -> None:
    assert against(for_another=True, use_by_day=LATER) == [("patient_specific", Effect.BLOCK)]


def test_a_recall_blocks_and_an_expiry_asks_for_a_reason() -> None:
    assert against(recalled=True) == [("recalled", Effect.BLOCK)]
    assert against(expires_on=date(2026, 11, 26)) == [("expired", Effect.REASON)]
    assert against(expires_on=TODAY) == []  # the last day is a good day


def test_an_inventory_is_due_two_years_after_the_last_also_from_a_leap_day() -> None:
    assert next_inventory(date(2026, 11, 27)) == date(2028, 11, 27)
    assert next_inventory(date(2024, 2, 29)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("found", "due"),
    [(datetime(2026, 11, 26, 9, tzinfo=UTC), 27), (datetime(2026, 11, 27, 17, tzinfo=UTC), 30)],
    ids=["Thursday", "Friday: the weekend is no business day"],
)
def test_a_loss_is_notified_within_one_business_day(found: datetime, due: int) -> None:
    assert notice_due(found) == datetime(2026, 11, due, 23, 59, tzinfo=UTC)


def test_and_reported_within_45_calendar_days() -> None:
    assert report_due(date(2026, 11, 27)) == date(2027, 1, 11)


def test_a_lot_is_marked_while_it_is_about_to_expire_not_after() -> None:
    assert not expires_soon(date(2026, 11, 26), TODAY)
    assert expires_soon(date(2026, 12, 27), TODAY)
    assert not expires_soon(date(2026, 12, 28), TODAY)


@pytest.mark.parametrize(
    ("mg", "counted", "shown"),
    [
        (35.65, 35_650, "35.65"),
        (0.1 + 0.2, 300, "0.3"),
        (500, 500_000, "500"),
        (Decimal("0.001"), 1, "0.001"),
        (1960.5, 1_960_500, "1\u202f960.5"),
    ],
)
def test_amounts_are_whole_micrograms(mg: float, counted: int, shown: str) -> None:
    assert micrograms(mg) == counted
    assert mg_text(counted) == shown
