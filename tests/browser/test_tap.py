"""A tap on a part that renews itself is not lost."""

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_refusal import CLEAR, OPEN
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import sign_in

database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(OPEN, database)}/"


def test_a_tap_meets_what_it_was_begun_on(page: Page, address: str, database: str) -> None:
    """The board was swapped between press and release: the browser then taps on nothing."""
    sign_in(page, Role.NURSE)
    page.goto("/today/")
    board = page.locator("#board")
    board.get_by_role("link", name="Test Person").hover()
    shown = board.get_attribute("hx-get") or ""
    page.route("**/today/live*", lambda asked: asked.abort())  # what is new comes within the tap, not before
    run(CLEAR, database)
    page.evaluate("performance.now = ((at) => () => at)(performance.now())")  # a tap, however busy the machine is
    page.mouse.down()
    page.unroute("**/today/live*")
    with page.expect_response("**/today/live*"):
        page.evaluate("htmx.trigger('#board', 'refresh')")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()
    page.wait_for_url(f"**{address}")
    page.go_back()
    expect(board).not_to_have_attribute("hx-get", shown)
