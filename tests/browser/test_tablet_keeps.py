"""What a tablet said that it keeps, it has: in two tabs, in a full browser, in one that was ended by force."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import PREPARE, type_heart_rate
from tests.harness import own_server
from tests.harness.browser import find_chromium
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, sign_in

STORED = """
import json
import django
django.setup()
from daybreak.clinic.treatment_day.models import Reading
rows = Reading.objects.filter(vital="heart_rate", corrects=None).exclude(value=72).order_by("value")
print(json.dumps([row.value for row in rows]))
"""
# How long ago each was measured.
TIMED = """
import json
import django
django.setup()
from django.utils import timezone
from daybreak.clinic.treatment_day.models import Reading
rows, now = Reading.objects.filter(vital="heart_rate").order_by("value"), timezone.now()
print(json.dumps([[row.value, abs((now - row.measured_at).total_seconds()) / 60] for row in rows]))
"""
# To the last byte.
FILL_THE_STORAGE = """() => {
  let number = 0;
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    for (;;) try { localStorage.setItem(`full.${number++}`, "x".repeat(size)); } catch { break; }
  }
}"""
AFTER_WHAT_IS_BEING_WRITTEN = "onDisk.change(() => {})"

database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(PREPARE, database)}/"


@pytest.fixture
def session(new_page: Callable[..., Page], address: str) -> Page:
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto(address)
    return page


def test_two_tabs_keep_each_their_own_show_both_and_send_each_once(session: Page, address: str, database: str) -> None:
    beside = session.context.new_page()
    beside.goto(address)
    session.context.set_offline(True)
    type_heart_rate(session, "61")
    type_heart_rate(beside, "62")
    for page in (session, beside):
        expect(page.locator("#outbox")).to_contain_text("2 entries are kept on this tablet")
        expect(page.locator("#values-wait")).to_contain_text("62")
    session.context.set_offline(False)
    for page in (session, beside):
        expect(page.locator("#outbox")).to_be_hidden()
    assert [each for each in run(STORED, database) if each in (61, 62)] == [61, 62]


def test_a_clock_set_forward_without_a_network_does_not_move_what_was_measured(session: Page, database: str) -> None:
    """By an hour: a value of now would bear a time still to come, and one typed before would move with it."""
    session.context.set_offline(True)
    type_heart_rate(session, "66")
    expect(session.locator("#outbox")).to_contain_text("1 entry is kept")
    session.evaluate("Date.now = ((clock) => () => clock() + 3600000)(Date.now)")
    type_heart_rate(session, "67")
    expect(session.locator("#outbox")).to_contain_text("2 entries are kept")
    session.context.set_offline(False)
    # Which of two values of one second is the later one is told by a clock of whole seconds: not asked here.
    expect(session.locator("#outbox")).to_be_hidden()
    assert [value for value, minutes in run(TIMED, database) if value in (66, 67) and minutes < 10] == [66, 67]


def test_a_clock_set_back_without_a_network_goes_on_counting(session: Page, database: str) -> None:
    session.context.set_offline(True)
    session.evaluate("Date.now = ((clock) => () => clock() - 3600000)(Date.now)")
    session.evaluate("tick()")  # as it does every second
    type_heart_rate(session, "68")
    session.context.set_offline(False)
    expect(session.locator("#live-readings .last")).to_contain_text("68")
    assert [value for value, minutes in run(TIMED, database) if value == 68 and minutes < 10] == [68]


def test_a_browser_whose_storage_is_full_keeps_what_is_typed_all_the_same(
    session: Page, address: str, database: str
) -> None:
    session.evaluate(FILL_THE_STORAGE)
    session.route("**/readings", lambda route: route.abort())
    type_heart_rate(session, "63")
    expect(session.locator("#outbox")).to_contain_text("Heart rate per minute: 63. Not sent yet.")
    expect(session.locator("#outbox")).not_to_contain_text("leave it open")
    session.reload()
    expect(session.locator("#outbox")).to_contain_text("Heart rate per minute: 63. Not sent yet.")
    session.unroute("**/readings")
    session.reload()
    expect(session.locator("#outbox")).to_be_hidden()
    expect(session.locator("#live-readings .last")).to_contain_text("63")
    assert run(STORED, database).count(63) == 1


def test_a_browser_that_can_keep_nothing_says_so_and_sends_from_its_page(
    new_page: Callable[..., Page], address: str, database: str
) -> None:
    page = new_page(viewport=TABLET)
    page.add_init_script("delete Window.prototype.indexedDB; delete window.indexedDB;")
    sign_in(page, Role.NURSE)
    page.goto(address)
    page.evaluate(FILL_THE_STORAGE)
    page.context.set_offline(True)
    type_heart_rate(page, "64")
    expect(page.locator("#outbox")).to_contain_text("they are only in this page, so leave it open until they are sent")
    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_be_hidden()
    assert run(STORED, database).count(64) == 1


def test_a_browser_ended_by_force_has_what_it_said_it_keeps(
    browser: Browser, server: str, address: str, database: str, tmp_path: Path
) -> None:
    """It writes its own storage to the disk later: what was typed in the last minute would be gone."""
    first = tablet(browser, server, tmp_path)
    page = first.pages[0]
    sign_in(page, Role.NURSE)
    page.goto(address)
    first.set_offline(True)
    type_heart_rate(page, "65")
    page.locator(".entry").get_by_label("Systolic, mmHg").fill("133")
    expect(page.locator("#outbox")).to_contain_text("1 entry is kept on this tablet")
    page.evaluate(AFTER_WHAT_IS_BEING_WRITTEN)
    end_by_force(tmp_path)

    again = tablet(browser, server, tmp_path)
    page = again.pages[0]
    page.goto("/accounts/sign-in/")
    expect(page.locator("[data-kept-here]")).to_contain_text(
        "1 entry not sent yet, 1 set of values typed and not saved"
    )
    sign_in(page, Role.NURSE)
    page.goto(address)
    expect(page.locator("#outbox")).to_be_hidden()
    expect(page.locator("#unsaved").get_by_label("Systolic, mmHg")).to_have_value("133")
    assert run(STORED, database).count(65) == 1
    again.close()


def tablet(browser: Browser, server: str, profile: Path) -> BrowserContext:
    return browser.browser_type.launch_persistent_context(
        profile, executable_path=find_chromium(), args=["--no-sandbox"], base_url=server, viewport=TABLET
    )


def end_by_force(profile: Path) -> None:
    """Every process of the browser with this profile, at once."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            named = f"--user-data-dir={profile}".encode() in process.read_bytes().split(b"\0")
            if named:
                os.kill(int(process.parent.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
