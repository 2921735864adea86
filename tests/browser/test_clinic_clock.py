"""On a tablet set to another zone than the clinic, the session page shows one clock, the clinic's, and says so."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.visitor import TABLET, open_session, sign_in


def session_page(new_page: Callable[..., Page], zone: str) -> Page:
    page = new_page(viewport=TABLET, timezone_id=zone)
    sign_in(page, Role.NURSE)
    open_session(page, "Tansy Upland20")
    return page


def clinic_minute(page: Page) -> int:
    """The server's own words, before any script: the time of the poll, by the clinic's clock."""
    hours, minutes = page.locator("#poll").evaluate("poll => poll.dataset.now").split("T")[1].split(":")[:2]
    return int(hours) * 60 + int(minutes)


def test_every_time_is_the_clinics_and_that_is_said_once(new_page: Callable[..., Page]) -> None:
    page = session_page(new_page, "Asia/Kolkata")
    hours, minutes = page.locator(".enter [data-clock]").inner_text().split(":")
    assert abs(int(hours) * 60 + int(minutes) - clinic_minute(page)) <= 1
    said = page.get_by_text("Every time here, shown or typed, is the clinic’s")
    expect(said).to_have_count(1)
    expect(said).to_be_visible()
    expect(said).to_contain_text("UTC")


def test_a_tablet_of_the_same_clock_is_told_nothing(new_page: Callable[..., Page]) -> None:
    page = session_page(new_page, "Africa/Abidjan")  # another name of the same clock
    expect(page.get_by_text("Every time here, shown or typed")).to_be_hidden()
