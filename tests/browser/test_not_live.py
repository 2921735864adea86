"""A page that keeps itself current says since when it is not, whatever stands between it and the server."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import PREPARE
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, sign_in

LONGEST_UNTIL_SAID_MS = 15000
UNTIL = "() => new Promise((done) => {{ const look = () => ({}) ? done() : setTimeout(look, 50); look(); }})"
ASKING = re.compile(r"/live\?")
PORTAL = "<!doctype html><title>Portal</title><h1>Portal</h1><p>Accept the terms.</p>"

database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(PREPARE, database)}/"


def black_hole(route: Route) -> None:
    """No answer, ever."""


def bad_gateway(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<h1>502 Bad Gateway</h1>")


def portal(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body=PORTAL)


def other_sign_in(route: Route) -> None:
    route.fulfill(status=401, content_type="text/html", body=PORTAL)


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("session", black_hole),
        ("session", bad_gateway),
        ("session", portal),
        ("session", other_sign_in),
        ("today", black_hole),
        ("today", portal),
    ],
)
def test_the_page_says_that_it_is_not_live_and_goes_on_when_it_is(
    new_page: Callable[..., Page], address: str, where: str, answer: Callable[[Route], None]
) -> None:
    """Half of a bad network is not silence: who only watched took old values for those of now."""
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto(address if where == "session" else "/today/")
    page.evaluate("window.isSame = true")
    said = page.get_by_text("No connection since")
    expect(said).to_be_hidden()
    page.route(ASKING, answer)
    expect(said).to_be_visible(timeout=LONGEST_UNTIL_SAID_MS)
    expect(page.get_by_text("Test Person").first).to_be_visible()
    expect(page.get_by_text("Accept the terms")).to_have_count(0)
    page.unroute(ASKING)
    expect(said).to_be_hidden(timeout=LONGEST_UNTIL_SAID_MS)
    assert page.evaluate("window.isSame"), "it was not loaded anew"


def test_what_the_server_would_ask_is_asked_here_while_it_is_silent(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto(address)
    page.route("**/*", black_hole)
    page.evaluate(UNTIL.format("live.isSilent()"))
    page.get_by_label("Oxygen saturation, percent", exact=True).first.fill("350")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("“350” is no value. Type 1 to 100. Nothing was kept yet.")).to_be_visible()


def test_a_page_that_came_slowly_keeps_the_time_of_the_server(new_page: Callable[..., Page], address: str) -> None:
    """Its scripts came late, and so did each time typed on it seem to have."""
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)

    held: list[Route] = []
    page.route(ASKING, black_hole)  # nothing puts it right later

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/session*.js", hold)
    page.goto(address, wait_until="commit")
    page.evaluate(UNTIL.format("performance.now() > 5000"))
    held[0].continue_()
    page.wait_for_load_state()
    assert abs(page.evaluate("outbox.clockOffset")) < 2500, "and not the five seconds"
