"""Two people share a tablet in a running session: the page stays, entries keep who typed them, nothing is left open."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from daybreak.clinic.record.permissions import Role
from tests.harness import own_server
from tests.harness.browser import accessibility_problems
from tests.harness.visitor import TABLET, open_session, sign_in

NURSE_PIN, PRESCRIBER_PIN = "4071", "8526"


server = own_server.demonstration_server  # this story adds readings to a session everybody else’s tests look at


def set_pin(page: Page, pin: str) -> None:
    page.goto("/tablet/pin")
    page.get_by_label("PIN, 4 to 6 figures").fill(pin)
    page.get_by_label("The same again").fill(pin)
    page.get_by_label("Your password").fill("demonstration")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_text("Your PIN is set")).to_be_visible()


def lock(page: Page, name: str) -> None:
    page.locator(".topbar").get_by_role("button", name=name).click()
    page.get_by_role("button", name="Lock, or let another go on").click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()


def go_on(page: Page, name: str, pin: str) -> None:
    page.get_by_role("radio", name=name).check()
    page.get_by_label("Own PIN").fill(pin)
    page.get_by_role("button", name="Go on").click()


def shared(new_page: Callable[..., Page]) -> Page:
    """A tablet on which the prescriber signed in fully and made way, and the nurse is now in a session."""
    page = new_page(viewport=TABLET, color_scheme="dark", has_touch=True)
    sign_in(page, Role.PRESCRIBER)
    set_pin(page, PRESCRIBER_PIN)
    lock(page, "Demo prescriber")
    page.get_by_role("button", name="Somebody else signs in").click()
    sign_in(page, Role.NURSE)
    set_pin(page, NURSE_PIN)
    open_session(page, "Tansy Upland20")
    return page


def test_a_tablet_changes_hands_within_a_session(new_page: Callable[..., Page]) -> None:
    page = shared(new_page)
    page.clock.install()
    session = page.url
    entry = page.locator(".entry")
    entry.get_by_label("Systolic, mmHg").fill("131")
    lock(page, "Demo session nurse")
    expect(page.get_by_role("region", name="At a glance")).to_be_hidden()
    assert accessibility_problems(page) == []

    page.get_by_role("button", name="Emergency card").click()
    expect(page.get_by_role("dialog", name="Emergency card")).to_be_visible()
    expect(page.get_by_role("button", name="No more spray")).to_be_hidden()
    page.keyboard.press("Escape")

    go_on(page, "Demo session nurse", "9999")
    expect(page.get_by_role("alert")).to_contain_text("4 tries left")
    go_on(page, "Demo session nurse", NURSE_PIN)
    expect(page.get_by_role("region", name="At a glance")).to_be_visible()
    expect(entry.get_by_label("Systolic, mmHg")).to_have_value("131")  # the page never went away
    entry.get_by_label("Diastolic, mmHg").fill("83")
    entry.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Now")).to_contain_text("131/83")

    entry.get_by_label("Systolic, mmHg").fill("133")
    lock(page, "Demo session nurse")
    page.clock.fast_forward("03:00")
    go_on(page, "Demo session nurse", NURSE_PIN)
    expect(page.locator("#unsaved").get_by_label("Systolic, mmHg")).to_have_value("133")  # of three minutes ago
    expect(entry.get_by_label("Systolic, mmHg")).to_have_value("")

    page.get_by_role("button", name="Earlier values").click()
    earlier = page.get_by_role("dialog", name="Values measured earlier").get_by_label("Systolic, mmHg")
    earlier.fill("141")
    page.keyboard.press("Escape")
    lock(page, "Demo session nurse")
    go_on(page, "Demo prescriber", PRESCRIBER_PIN)
    expect(page.locator(".topbar").get_by_role("button", name="Demo prescriber")).to_be_visible()
    assert page.url == session
    page.get_by_role("button", name="Earlier values").click()
    expect(earlier).to_have_value("")  # what one person half typed, another never signs
    page.keyboard.press("Escape")
    expect(page.locator("#unsaved")).to_contain_text("Demo session nurse typed values here at")
    expect(page.locator("#unsaved")).not_to_contain_text("133")

    lock(page, "Demo prescriber")
    go_on(page, "Demo session nurse", NURSE_PIN)
    expect(page.locator("#unsaved").get_by_label("Systolic, mmHg")).to_have_value("133")
    page.get_by_role("button", name="Earlier values").click()
    expect(earlier).to_have_value("141")


def test_what_waits_to_be_sent_keeps_who_typed_it(new_page: Callable[..., Page]) -> None:
    page = shared(new_page)
    page.route("**/readings", lambda route: route.abort())
    page.locator(".entry").get_by_label("Systolic, mmHg").fill("132")
    page.locator(".entry").get_by_label("Diastolic, mmHg").fill("84")
    page.locator(".entry").get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 entry waiting to be sent")).to_be_visible()
    lock(page, "Demo session nurse")
    go_on(page, "Demo prescriber", PRESCRIBER_PIN)
    page.unroute("**/readings")
    expect(page.get_by_text("Typed by Demo session nurse")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Typed by Demo session nurse")).to_be_visible()
    lock(page, "Demo prescriber")
    go_on(page, "Demo session nurse", NURSE_PIN)
    expect(page.get_by_role("row", name="Now")).to_contain_text("132/84")
    timeline = page.get_by_role("region", name="At a glance")
    expect(timeline).to_be_visible()
    expect(page.locator("#outbox")).to_be_hidden()


def test_a_locked_tablet_gives_nothing_away_on_paper(new_page: Callable[..., Page]) -> None:
    page = shared(new_page)
    person = "getComputedStyle(document.documentElement).getPropertyValue('--person')"
    page.emulate_media(media="print")
    expect(page.locator("main")).to_be_visible()
    assert "Upland20" in page.evaluate(person), "at the foot of each sheet"
    page.emulate_media(media="screen")
    lock(page, "Demo session nurse")
    page.emulate_media(media="print")
    for part in ("header", "main", "[aria-label='Person and course']"):
        expect(page.locator(part).first).to_be_hidden()
    assert page.evaluate(person) in ("", '""')


def test_an_untouched_page_locks_itself(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport=TABLET)
    page.clock.install()
    sign_in(page, Role.NURSE)
    open_session(page, "Tansy Upland20")
    page.clock.fast_forward("14:40")
    expect(page.get_by_text("This page locks in half a minute")).to_be_visible()
    page.mouse.move(200, 200)
    page.clock.fast_forward("00:10")
    expect(page.get_by_text("This page locks in half a minute")).to_be_hidden()
    page.clock.fast_forward("15:01")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    page.goto("/people/")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()


def test_an_unlock_counts_as_a_touch_on_a_tab_opened_again(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto("/people/")
    page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('daybreak.touched.'))"
        ".forEach((key) => localStorage.setItem(key, Date.now() - 20 * 60000))"
    )
    page.goto("/people/")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    page.reload()
    page.get_by_text("Own password instead").click()
    page.get_by_label("Own password").fill("demonstration")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="Locked")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_emergency_card_stays_in_reach_of_a_locked_tablet(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto("/today/")
    lock(page, "Demo session nurse")
    with page.expect_popup() as beside:  # the page beneath keeps what was typed
        page.get_by_role("link", name="Emergency card").click()
    expect(beside.value.get_by_role("heading", name="Emergency card")).to_be_visible()
    assert accessibility_problems(beside.value) == []
    beside.value.close()
    page.reload()
    page.get_by_role("link", name="Emergency card").click()
    expect(page.get_by_role("heading", name="Whom to call")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    page.goto("/emergency-card")
    page.get_by_role("link", name="Back to the lock").click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()


def test_an_untouched_page_without_a_network_is_covered_until_it_returns(new_page: Callable[..., Page]) -> None:
    """Nobody could unlock it, and the emergency card and what is typed must stay in reach."""
    page = new_page(viewport=TABLET)
    page.clock.install()
    sign_in(page, Role.NURSE)
    open_session(page, "Tansy Upland20")
    page.context.set_offline(True)
    page.clock.fast_forward("15:01")
    page.clock.run_for(10_000)
    expect(page.get_by_role("heading", name="Covered, not locked")).to_be_visible()
    expect(page.get_by_role("button", name="Emergency card")).to_be_visible()
    page.get_by_role("button", name="Go on as Demo session nurse").click()
    expect(page.get_by_role("region", name="At a glance")).to_be_visible()
    page.context.set_offline(False)
    page.clock.run_for(10_000)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()


def test_a_lock_and_a_sign_out_reach_every_tab_of_the_tablet(new_page: Callable[..., Page]) -> None:
    """Who locks believes that the tablet is locked: a list of names stayed open in the tab beside."""
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto("/today/")
    beside = page.context.new_page()
    beside.goto(page.url.replace("/today/", "/people/"))
    expect(beside.get_by_role("heading", name="People")).to_be_visible()
    lock(page, "Demo session nurse")
    expect(beside.get_by_role("heading", name="Locked")).to_be_visible()
    beside.get_by_text("Own password instead").click()
    beside.get_by_label("Own password").fill("demonstration")
    beside.get_by_role("button", name="Go on").click()
    expect(beside.get_by_role("heading", name="People")).to_be_visible()
    expect(page.get_by_role("heading", name="Locked")).to_be_hidden()
    page.locator(".topbar").get_by_role("button", name="Demo session nurse").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(beside.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_made_just_before_another_tab_locked_is_locked_too(new_page: Callable[..., Page]) -> None:
    page, held, is_held = shared(new_page), list[Route](), True

    def hold(route: Route) -> None:
        held.append(route) if is_held else route.continue_()

    other = page.context.new_page()
    other.route(re.compile(r"/lock\.[^/]*js"), hold)
    other.goto(page.url, wait_until="commit")
    expect(other.get_by_role("region", name="At a glance")).to_be_visible()  # it cannot hear of anything yet
    lock(page, "Demo session nurse")
    is_held = False
    for route in held:
        route.continue_()
    expect(other.get_by_role("heading", name="Locked")).to_be_visible()
    expect(other.get_by_role("region", name="At a glance")).to_be_hidden()
