"""An entry ends in the record or in a refusal of Daybreak's own: whatever else stands on the way ends none."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import PREPARE, type_heart_rate
from tests.browser.test_tablet_keeps import STORED
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, dismiss, sign_in

WITH_ROLE = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
User.objects.filter(username="demo-nurse").update(role="{}")
print(json.dumps(None))
"""
# It counted nothing; and this tablet's clock was set forward since.
AS_AN_OLDER_VERSION = """() => {
  for (const { order, ...entry } of outbox.entries()) outbox.keep({ ...entry, kept: entry.kept + 3600000 });
}"""

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


def blocked(status: int) -> Callable[[Route], None]:
    """As a filter of the network answers in the server's place."""
    return lambda route: route.fulfill(status=status, content_type="text/html", body="<h1>Blocked</h1>")


@pytest.mark.parametrize(("status", "value"), [(403, 41), (404, 42)])
def test_an_entry_that_something_on_the_way_turned_away_waits_and_goes_out_later(
    session: Page, database: str, status: int, value: int
) -> None:
    session.route("**/readings", blocked(status))
    type_heart_rate(session, str(value))
    panel = session.locator("#outbox")
    expect(panel).to_contain_text("something between this tablet and the server answered in its place")
    expect(panel).to_contain_text("1 entry is kept on this tablet")
    expect(panel.get_by_role("button", name="Dismiss")).to_be_hidden()
    session.unroute("**/readings")
    expect(panel).to_be_hidden(timeout=40_000)
    assert run(STORED, database).count(value) == 1


def test_what_daybreak_itself_closed_can_be_sent_again_once_it_is_open(
    session: Page, address: str, database: str
) -> None:
    run(WITH_ROLE.format(Role.RESEARCHER), database)
    try:
        type_heart_rate(session, "43")
        panel = session.locator("#outbox")
        expect(panel).to_contain_text("A researcher may not open this page.")
        expect(panel.get_by_role("button", name="Dismiss")).to_be_visible()
        assert 43 not in run(STORED, database)
    finally:
        run(WITH_ROLE.format(Role.NURSE), database)
    panel.get_by_role("button", name="Send again").click()
    expect(panel).to_be_hidden()
    assert run(STORED, database).count(43) == 1


def test_an_entry_of_a_browser_whose_cookies_are_gone_goes_out_once_its_typist_is_back(
    session: Page, address: str, database: str
) -> None:
    session.route("**/readings", lambda route: route.abort())
    type_heart_rate(session, "44")
    panel = session.locator("#outbox")
    expect(panel).to_contain_text("1 entry is kept on this tablet")
    session.route("**/live*", lambda route: route.abort())  # nothing leads to the page to sign in before it is tried
    session.context.clear_cookies()
    session.unroute("**/readings")
    session.evaluate("outbox.send()")
    expect(panel).to_contain_text("load this page again, and sign in where it asks")
    expect(panel.get_by_role("button", name="Dismiss")).to_be_hidden()
    sign_in(session, Role.NURSE)  # whichever page that opens
    expect(panel).to_be_hidden()
    session.goto(address)
    expect(session.locator("#live-readings .last")).to_contain_text("44")
    assert run(STORED, database).count(44) == 1


def test_an_entry_of_a_page_opened_before_a_new_sign_in_goes_out_under_it(session: Page, database: str) -> None:
    session.route("**/readings", lambda route: route.abort())
    type_heart_rate(session, "45")
    beside = session.context.new_page()
    session.context.clear_cookies()
    sign_in(beside, Role.NURSE)
    beside.close()
    session.unroute("**/readings")
    expect(session.locator("#outbox")).to_be_hidden(timeout=40_000)
    assert run(STORED, database).count(45) == 1


def test_an_entry_the_server_fails_on_holds_up_nothing_behind_it(session: Page, database: str) -> None:
    """A nausea it fails on, then a red value."""
    failing = {"status": 500, "json": {"trouble": "Daybreak made an error. Nothing was half-saved."}}
    session.route("**/observe", lambda route: route.fulfill(**failing))
    session.get_by_role("button", name="Nausea", exact=True).click()
    panel = session.locator("#outbox")
    expect(panel).to_contain_text("Nausea. Not sent yet: the server made an error with it")
    box = session.get_by_label("Systolic, mmHg", exact=True).first
    box.fill("191")
    session.get_by_role("button", name="Save", exact=True).first.click()
    expect(session.get_by_role("heading", name="Systolic 191, above red 180")).to_be_visible()
    expect(panel).to_contain_text("1 entry is kept on this tablet and goes out when the server takes it")
    expect(panel).to_contain_text("Nausea")
    type_heart_rate(session, "999")  # and what is typed meanwhile is refused as ever, to be read
    expect(panel).to_contain_text("999 is no value for heart rate")
    dismiss(panel.get_by_role("button", name="Dismiss"))
    session.unroute("**/observe")
    expect(panel).to_be_hidden(timeout=40_000)
    expect(session.locator("#live-timeline").get_by_text("Nausea")).to_have_count(1)


def test_what_an_older_version_kept_stands_and_goes_out_before_what_is_typed_now(session: Page, database: str) -> None:
    session.context.set_offline(True)
    panel = session.locator("#outbox")
    for value, waiting in (("46", "1 entry is kept"), ("47", "2 entries are kept")):
        type_heart_rate(session, value)
        expect(panel).to_contain_text(waiting)
    session.evaluate(AS_AN_OLDER_VERSION)
    type_heart_rate(session, "48")
    expect(panel.get_by_role("listitem")).to_contain_text(["46", "47", "48"])
    session.context.set_offline(False)
    expect(panel).to_be_hidden(timeout=40_000)
    assert [value for value in run(STORED, database) if value in (46, 47, 48)] == [46, 47, 48]
