"""A start that is kept on the tablet, and what is typed behind it: none of it is lost, and none out of its order."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import type_heart_rate
from tests.browser.test_session_refusal import CLEAR, OPEN, start
from tests.harness.own_server import SpareServer, run
from tests.harness.visitor import TABLET, sign_in

EVENTS = """
import json
import django
django.setup()
from daybreak.clinic.treatment_day.models import SessionEvent
kinds = ("dose started", "dose stopped", "observation")
rows = SessionEvent.objects.filter(kind__in=kinds).order_by("occurred_at", "recorded_at")
print(json.dumps([row.kind for row in rows]))
"""

STORAGE_DENIED = """for (const store of ["localStorage", "indexedDB"]) {
  Object.defineProperty(window, store, { get() { throw new DOMException("denied", "SecurityError"); } });
}"""
ALL_BUT_WHO_IT_IS = CLEAR.replace("if not check.is_measured:", 'if not check.is_measured and check.id != "identity":')
SET_BACK_AN_HOUR = "Date.now = ((clock) => () => clock() - 3600000)(Date.now)"


@pytest.fixture
def database(spare_server: SpareServer, migrated_database: str) -> str:
    """Each test begins one dose."""
    spare_server.begin(migrated_database)
    return spare_server.database


@pytest.fixture
def server(database: str, spare_server: SpareServer) -> str:
    return spare_server.address


def before_the_dose(page: Page, database: str, clear: str = CLEAR) -> None:
    address = f"/sessions/{run(OPEN, database)}/"
    run(clear, database)
    sign_in(page, Role.NURSE)
    page.goto(address)


def stop(page: Page) -> None:
    page.locator("#do-stop").click()
    page.get_by_role("dialog", name="Dose stopped?").get_by_role("button", name="Stopped now").click()


def test_a_stop_goes_out_before_a_start_the_server_fails_on_and_still_ends_it(
    new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport=TABLET)
    before_the_dose(page, database)
    failing = {"status": 500, "json": {"trouble": "Daybreak made an error. Nothing was half-saved."}}
    page.route("**/start", lambda route: route.fulfill(**failing))
    start(page)
    panel, clock = page.locator("#outbox"), page.locator("#clock-waits")
    expect(panel).to_contain_text("Not sent yet: the server made an error with it")
    expect(clock).to_be_visible()
    # It is tried again, and passed from then on.
    page.wait_for_event("response", lambda response: response.url.endswith("/start"))
    stop(page)
    type_heart_rate(page, "91")
    expect(page.locator("#live-readings .last")).to_contain_text("91")
    expect(panel).to_contain_text("1 entry is kept on this tablet")
    assert run(EVENTS, database) == ["dose stopped"]
    expect(clock).to_contain_text(re.compile(r"Stopped \d\d:\d\d\."), use_inner_text=True)

    page.unroute("**/start")
    expect(panel).to_be_hidden(timeout=40_000)
    expect(page.locator("#live-reach")).to_contain_text("Dose ended")
    assert run(EVENTS, database) == ["dose started", "dose stopped"]


def test_what_waits_only_in_the_page_goes_out_before_the_page_loads_itself_again(
    new_page: Callable[..., Page], database: str
) -> None:
    """As after a start it does: with its storage denied, a browser would throw away what waits behind it."""
    page = new_page(viewport=TABLET)
    page.add_init_script(STORAGE_DENIED)
    before_the_dose(page, database)
    page.evaluate("document.documentElement.dataset.oldPage = true")
    page.context.set_offline(True)
    start(page)
    type_heart_rate(page, "92")
    panel = page.locator("#outbox")
    expect(panel).to_contain_text("2 entries are kept on this tablet")
    expect(panel).to_contain_text("they are only in this page, so leave it open until they are sent")
    page.route("**/readings", lambda route: route.fulfill(status=503))  # the server is busy yet
    page.context.set_offline(False)
    expect(page.locator("#do-pause")).to_be_visible()
    expect(panel).to_contain_text("1 entry is kept on this tablet")
    page.unroute("**/readings")
    expect(page.locator("html[data-old-page]")).to_have_count(0)
    expect(page.locator("#live-readings .last")).to_contain_text("92")
    assert run(EVENTS, database) == ["dose started"]


def test_a_clock_set_back_puts_no_stop_before_its_start(new_page: Callable[..., Page], database: str) -> None:
    page = new_page(viewport=TABLET)
    before_the_dose(page, database)
    page.context.set_offline(True)
    start(page)
    panel, clock = page.locator("#outbox"), page.locator("#clock-waits")
    expect(panel).to_contain_text("1 entry is kept on this tablet")
    page.evaluate(SET_BACK_AN_HOUR)
    page.evaluate("tick()")  # as it does every second
    stop(page)
    expect(panel.get_by_role("listitem")).to_contain_text(["Dose started", "Stopped"])
    expect(clock).to_contain_text(re.compile(r"Stopped \d\d:\d\d, kept here too"), use_inner_text=True)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.context.set_offline(False)
    expect(page.locator("#live-reach")).to_contain_text("Dose ended")
    assert [url.rsplit("/", 1)[1] for url in dict.fromkeys(sent)] == ["start", "stop"]
    assert run(EVENTS, database) == ["dose started", "dose stopped"]


def test_a_start_without_a_network_asks_no_reason_for_a_question_answered_on_the_tablet_before(
    new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport=TABLET)
    before_the_dose(page, database, ALL_BUT_WHO_IT_IS)
    page.context.set_offline(True)
    question = page.locator("#live-checks form", has=page.locator("[name=about][value=identity]"))
    open_start = page.get_by_role("button", name=re.compile("^Start ketamine"))
    dialog = page.get_by_role("dialog", name="Time-out")
    question.get_by_role("button", name="No", exact=True).click()
    start(page)
    asked = dialog.get_by_role("alert")
    expect(asked).to_contain_text("The person was not identified. This person may not be dosed yet.")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    question.get_by_role("button", name="Yes", exact=True).click()
    open_start.click()
    expect(dialog.locator("#live-standing")).to_contain_text(
        re.compile(r"Yes, \d\d:\d\d: kept on this tablet, not sent yet")
    )
    dialog.get_by_role("button", name="Start now").click()
    panel = page.locator("#outbox")
    expect(panel).to_contain_text("3 entries are kept on this tablet")
    page.context.set_offline(False)
    expect(panel).to_be_hidden(timeout=40_000)
    expect(page.locator("#do-pause")).to_be_visible()
