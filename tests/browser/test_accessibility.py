"""Every page for everybody: no finding of axe, nothing cut off on a narrow screen, all of it by keyboard."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, StorageState, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.pages import NO_PAGE, PLACES, Place
from tests.harness.browser import accessibility_problems, show_all
from tests.harness.own_server import SpareServer
from tests.harness.visitor import DESKTOP, PHONE, TABLET, open_session, sign_in
from tests.web.test_permission_walk import TABLE

HEIGHT = 844
NARROWEST = 320  # what 1280 becomes when enlarged to 400 %


def test_every_address_that_has_a_page_is_among_the_places() -> None:
    pages = {name for name, (method, _) in TABLE.items() if method == "GET"}
    assert {place.name for place in PLACES} == pages - set(NO_PAGE)


@pytest.fixture(scope="module")
def cookies() -> dict[Role, StorageState]:
    """Of who signed in for a page before: each role does so once."""
    return {}


@pytest.fixture
def at(
    new_page: Callable[..., Page],
    spare_server: SpareServer,
    demonstration_database: str,
    cookies: dict[Role, StorageState],
) -> Callable[[Place], Page]:
    """Opens a place as the person who may."""

    def open_place(place: Place) -> Page:
        options: dict[str, Any] = {"viewport": DESKTOP, "reduced_motion": "reduce"}
        if place.changes:
            spare_server.begin(demonstration_database)
            options["base_url"] = spare_server.address
        elif shares_sign_in(place) and place.role in cookies:
            options["storage_state"] = cookies[place.role]
        page = new_page(**options)
        if place.role and "storage_state" not in options:
            sign_in(page, place.role)
            if shares_sign_in(place):
                cookies[place.role] = page.context.storage_state()
        place.find(page)
        page.wait_for_url(lambda url: resolve(urlsplit(url).path).url_name == place.name)  # and that it is loaded
        return page

    return open_place


def shares_sign_in(place: Place) -> bool:
    """Whether the way there leaves the sign-in as it was: a tablet that is locked and a half-answered sheet do not."""
    return not place.changes and place.role is not Role.PATIENT and not place.name.startswith("tablet_")


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_for_everybody(place: Place, at: Callable[[Place], Page]) -> None:
    page = at(place)
    found = {}
    for screen in (DESKTOP, PHONE):
        page.set_viewport_size(screen)
        show_all(page)
        for theme in ("light", "dark"):
            wear(page, theme)
            found[f"{theme}, {screen['width']}"] = accessibility_problems(page, colours_only=theme == "dark")
    assert not any(found.values()), found
    for width in (PHONE["width"], NARROWEST):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"cut off at {width}"


def wear(page: Page, theme: str) -> None:
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page: Page) -> None:
    sign_in(page, Role.NURSE)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_session_can_be_run_by_keyboard(page: Page) -> None:
    sign_in(page, Role.NURSE)
    open_session(page, "Tansy Upland20")
    wanted = {"Systolic, mmHg", "Save", "Recheck in 5 min", "Sign note", "Emergency card"}
    missed = wanted - stops_of_the_keyboard(page)
    assert not missed
    page.get_by_role("button", name="Emergency card").press("Enter")
    card = page.get_by_role("dialog", name="Emergency card")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_dose_can_be_stopped_by_keyboard(page: Page) -> None:
    """Also before its start is known here: it may wait on a tablet without network."""
    sign_in(page, Role.NURSE)
    open_session(page, "Ulmus Vale21")
    assert "Stop dose" in stops_of_the_keyboard(page)


def stops_of_the_keyboard(page: Page) -> set[str]:
    """The names of what Tab comes to, once round the page."""
    names: set[str] = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(page.locator("a, button, input, select, textarea, summary, [tabindex]").count()):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()"
        )
        names.add(name)
    return names


def test_the_rooms_are_one_row_on_a_tablet_and_a_menu_on_a_phone(page: Page) -> None:
    sign_in(page, Role.NURSE)
    rooms, bar = page.get_by_role("navigation", name="Clinic"), page.locator(".topbar")
    page.set_viewport_size(TABLET)
    expect(rooms.get_by_role("link", name="Status")).to_be_in_viewport(ratio=1)
    expect(bar.get_by_role("button", name="Demo session nurse")).to_be_in_viewport(ratio=1)
    assert bar.bounding_box()["height"] < 60
    page.set_viewport_size(PHONE)
    expect(rooms).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    for link in rooms.get_by_role("link").all():
        expect(link).to_be_in_viewport(ratio=1)
    rooms.get_by_role("link", name="Calendar").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/calendar/$"))
