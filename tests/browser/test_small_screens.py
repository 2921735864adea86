"""What a small screen or a sheet of paper cuts off is not seen: a dialog says that there is more below, the bar at the
foot leaves the page to be read, a printed session sets its marks over the whole width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import sign_in

# Of two clinics: an infusion that runs under red marks, and one that waits for its time-out, whose nurse signs in with
# the therapist's button.
PREPARE = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day.services import set_time_out
from daybreak.treatment.vitals import Vital
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
clinic = make_clinic()
User.objects.filter(pk=clinic.users[Role.NURSE].pk).update(username="demo-nurse")
running = open_day(clinic, hours_ago=0.2)
running.begin()
for minute, systolic, spo2 in ((1, 190, 88), (2, 205, 85), (3, 185, 82)):
    running.read(minute, {Vital.SYSTOLIC: systolic, Vital.DIASTOLIC: 112, Vital.SPO2: spo2, Vital.HEART_RATE: 145})
other = make_clinic("Another clinic")
User.objects.filter(pk=other.users[Role.NURSE].pk).update(username="demo-therapist")
waiting = open_day(other, hours_ago=0.1)
set_time_out(other.site, True, "Decided.", other.actor(Role.DIRECTOR), write_id=new_id())
print(json.dumps([str(running.session.pk), str(waiting.session.pk)]))
"""
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 1024, "height": 768}
BEYOND = """() => [...document.querySelectorAll('.paper *')].filter(
    (each) => !each.closest('.across *') && each.getBoundingClientRect().right > innerWidth + 1).length"""


database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def sessions(database: str) -> list[str]:
    """The one that runs, and the one that waits for its time-out."""
    return run(PREPARE, database)


@pytest.mark.parametrize("size", [PHONE, TABLET])
def test_a_dialog_says_that_more_is_below_until_its_end_is_shown(
    new_page: Callable[..., Page], sessions: list[str], size: dict[str, int]
) -> None:
    """A tablet shows no scroll bar: who did not know of the rest confirmed what was not read."""
    page = new_page(viewport=size)
    sign_in(page, Role.THERAPIST)
    page.goto(f"/sessions/{sessions[1]}/")
    page.locator("#open-start").click()
    dialog = page.get_by_role("dialog", name="Time-out")
    expect(dialog).to_have_attribute("data-more", "")
    assert "More below" in dialog.evaluate("each => getComputedStyle(each, '::after').content")
    dialog.evaluate("each => each.scrollTo(0, each.scrollHeight)")
    expect(dialog).not_to_have_attribute("data-more", "")
    expect(dialog.get_by_role("button", name="Confirmed by two people")).to_be_in_viewport()


def test_a_time_out_against_which_nothing_stands_fits_a_tablet(
    new_page: Callable[..., Page], sessions: list[str]
) -> None:
    page = new_page(viewport=TABLET)
    sign_in(page, Role.THERAPIST)
    page.goto(f"/sessions/{sessions[1]}/")
    page.evaluate("document.getElementById('live-standing').replaceChildren()")
    page.locator("#open-start").click()
    dialog = page.get_by_role("dialog", name="Time-out")
    assert dialog.evaluate("each => each.scrollHeight <= each.clientHeight")


def test_on_a_phone_the_bar_leaves_the_page_to_be_read(new_page: Callable[..., Page], sessions: list[str]) -> None:
    page = new_page(viewport=PHONE)
    sign_in(page, Role.NURSE)
    page.goto(f"/sessions/{sessions[0]}/")
    bar = page.locator("#reach")
    expect(bar).to_contain_text("open in red")
    buttons = bar.locator(".button:visible")
    assert buttons.count() >= 3, "pause, stop and the emergency card"
    heights = [box["height"] for each in buttons.all() if (box := each.bounding_box())]
    assert min(heights) >= 44
    assert bar.bounding_box()["height"] <= PHONE["height"] / 6
    bar.get_by_role("link", name="open in red").click()
    expect(page.locator("#live-crossed")).to_be_in_viewport()


def test_the_words_of_a_mark_lead_to_where_it_is_answered(new_page: Callable[..., Page], sessions: list[str]) -> None:
    """On a phone the answer lies below the first screen, and an amber mark has no line in the bar."""
    page = new_page(viewport=PHONE)
    sign_in(page, Role.NURSE)
    page.goto(f"/sessions/{sessions[0]}/")
    expect(page.locator("#live-crossed")).not_to_be_in_viewport()
    page.locator("#live-readings").get_by_role("link", name="above red 180").click()
    expect(page.locator("#live-crossed")).to_be_in_viewport()


def test_a_printed_session_sets_its_marks_over_the_whole_width(
    new_page: Callable[..., Page], sessions: list[str]
) -> None:
    page = new_page(viewport={"width": 658, "height": 980})  # what A4 leaves between its margins
    sign_in(page, Role.NURSE)
    page.goto(f"/sessions/{sessions[0]}/")
    page.emulate_media(media="print")
    marks = page.locator("#live-crossed > .crossed:not([data-all])")
    assert marks.count() > 2
    across = page.locator("main").bounding_box()["width"]
    for each in marks.all():
        assert each.bounding_box()["width"] >= across * 0.95
    assert page.locator(".draft").evaluate("each => getComputedStyle(each).backgroundImage") == "none"


def test_of_a_blank_sheet_on_a_phone_only_its_widest_table_moves_sideways(
    new_page: Callable[..., Page], sessions: list[str]
) -> None:
    page = new_page(viewport=PHONE)
    sign_in(page, Role.NURSE)
    page.goto("/today/blank-sheet")
    assert page.evaluate(BEYOND) == 0
    expect(page.locator(".to-swipe")).to_be_visible()
    assert page.locator(".across").evaluate("each => each.scrollWidth > each.clientWidth")


def test_a_page_that_refuses_opens_where_it_says_why(new_page: Callable[..., Page], sessions: list[str]) -> None:
    """At its top it looked as if nothing had happened."""
    page = new_page(viewport=PHONE)
    sign_in(page, Role.NURSE)
    page.goto(f"/sessions/{sessions[0]}/")
    page.get_by_role("link", name="Appointments").click()
    page.get_by_role("button", name="Book", exact=True).click()
    said = page.locator("main .error-list, main .error").first
    expect(said).to_be_focused()
    expect(said).to_be_in_viewport()
