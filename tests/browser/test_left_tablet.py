"""Whoever turns away from a tablet leaves nothing readable on it, and learns what of theirs waits there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import PREPARE, READINGS, type_heart_rate
from tests.harness import own_server
from tests.harness.browser import accessibility_problems
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, sign_in

OPENED_WITHOUT_A_PIN = """
import json
import django
django.setup()
from daybreak.clinic.record.models import AuditEntry
print(json.dumps([row.detail for row in AuditEntry.objects.filter(action="tablet locked").order_by("at")]))
"""

database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(PREPARE, database)}/"


@pytest.fixture
def session(new_page: Callable[..., Page], address: str) -> Page:
    page = new_page(viewport=TABLET, color_scheme="dark")
    sign_in(page, Role.NURSE)
    page.goto(address)
    return page


def touch_under_the_name(page: Page, button: str) -> None:
    page.locator(".topbar").get_by_role("button", name="A synthetic session nurse").click()
    page.locator("#you").get_by_role("button", name=button).click()


def kept(page: Page) -> Locator:
    return page.locator("[data-kept-here]")


def test_who_signs_out_reads_what_waits_and_it_goes_out_when_they_are_back(
    session: Page, address: str, database: str
) -> None:
    session.route("**/readings", lambda route: route.abort())
    type_heart_rate(session, "81")
    session.locator(".entry").get_by_label("Systolic, mmHg").fill("13")
    touch_under_the_name(session, "Sign out")
    told = session.get_by_role("dialog", name="Something of yours is still on this tablet")
    expect(told).to_contain_text("1 entry not sent yet, 1 set of values typed and not saved")
    expect(told).to_contain_text("when you sign in here again, on no other device and under nobody else’s name")
    assert accessibility_problems(session) == []
    told.get_by_role("button", name="Stay").click()
    expect(session.locator("#glance")).to_be_visible()

    touch_under_the_name(session, "Sign out")
    told.get_by_role("button", name="Sign out all the same").click()
    expect(session.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(kept(session)).to_contain_text("A synthetic session nurse: 1 entry not sent yet, 1 set of values")
    session.unroute("**/readings")
    sign_in(session, Role.PRESCRIBER)
    session.goto("/people/")
    expect(session.get_by_role("heading", name="People")).to_be_visible()
    assert [81, "demo-prescriber"] not in run(READINGS, database)

    session.context.clear_cookies()
    sign_in(session, Role.NURSE)  # whichever page that opens
    expect(session.locator("#outbox")).to_be_hidden()
    session.goto(address)
    expect(session.locator("#live-readings .last")).to_contain_text("81")
    assert run(READINGS, database).count([81, "demo-nurse"]) == 1


def test_with_nothing_left_on_it_signing_out_asks_nothing(session: Page) -> None:
    touch_under_the_name(session, "Sign out")
    expect(session.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(kept(session)).to_be_hidden()


def test_a_tablet_locked_without_a_network_is_covered_at_once_and_locks_when_it_is_back(
    session: Page, address: str, database: str
) -> None:
    """Nobody could unlock it, so it is no lock: whoever has a person in the chair goes on with one touch."""
    beside = session.context.new_page()
    beside.goto("/people/")
    session.context.set_offline(True)
    type_heart_rate(session, "83")
    session.locator(".entry").get_by_label("Systolic, mmHg").fill("13")
    touch_under_the_name(session, "Lock, or let another go on")
    for page in (session, beside):
        expect(page.get_by_role("heading", name="Covered, not locked")).to_be_visible()
        expect(page).to_have_title("Locked · Daybreak")  # a window shows its title
        assert "Person" not in page.locator("body").inner_text()
    expect(kept(session)).to_contain_text("A synthetic session nurse: 1 entry not sent yet, 1 set of values")
    assert accessibility_problems(session) == []
    session.get_by_role("button", name="Emergency card").click()
    expect(session.get_by_role("dialog", name="Emergency card")).to_be_visible()
    session.keyboard.press("Escape")

    session.get_by_role("button", name="Go on as A synthetic session nurse").click()
    expect(session.locator("#glance")).to_be_visible()
    expect(beside.get_by_role("heading", name="People")).to_be_visible()
    expect(session.locator(".entry").get_by_label("Systolic, mmHg")).to_have_value("13")

    touch_under_the_name(session, "Lock, or let another go on")  # and again, as often as they turn away
    expect(session.get_by_role("heading", name="Covered, not locked")).to_be_visible()
    session.get_by_role("button", name="Go on as A synthetic session nurse").click()

    session.context.set_offline(False)
    expect(session.get_by_role("heading", name="Locked", exact=True)).to_be_visible(timeout=20_000)
    expect(session.locator("#glance")).to_be_hidden()
    expect(beside.get_by_role("heading", name="Locked", exact=True)).to_be_visible()
    assert run(READINGS, database).count([83, "demo-nurse"]) == 1  # what waits goes out before it locks
    locked = run(OPENED_WITHOUT_A_PIN, database)
    assert any("opened_without_a_pin" in detail for detail in locked)


def test_who_signs_out_without_a_network_is_covered_and_signed_out_once_it_is_back(session: Page) -> None:
    session.context.set_offline(True)
    touch_under_the_name(session, "Sign out")
    expect(session.get_by_role("heading", name="Not signed out yet")).to_be_visible()
    expect(session.locator("#glance")).to_be_hidden()
    session.context.set_offline(False)
    expect(session.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)
