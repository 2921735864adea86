"""A nasal session by keyboard alone: each part is a few keys away, and the keyboard is never lost or led astray."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_refusal import CLEAR
from tests.harness import own_server
from tests.harness.databases import Databases
from tests.harness.own_server import run
from tests.harness.server import running_server
from tests.harness.visitor import sign_in

OPEN = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
clinic = make_clinic()
User.objects.filter(pk=clinic.users[Role.NURSE].pk).update(username="demo-nurse")
print(json.dumps(str(open_day(clinic, "esketamine 28 mg nasal twice weekly for 4 weeks", hours_ago=0.1).session.pk)))
"""
CROSSED = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
clinic = make_clinic()
User.objects.filter(pk=clinic.users[Role.NURSE].pk).update(username="demo-nurse")
day = open_day(clinic, hours_ago=0.2)
day.begin()
day.systolic(1, 190)
print(json.dumps(str(day.session.pk)))
"""
SET = "1267868981650"
WHERE = "() => { const at = document.activeElement; return at.closest('dialog, .reach')?.id || at.tagName; }"


database, server = own_server.database, own_server.server


def reach(page: Page, name: str, most: int, key: str = "Tab") -> None:
    said = """() => {
        const at = document.activeElement;
        return at.ariaLabel || at.textContent.trim() || (at.id === 'st-lot' && 'Lot on the label') || '';
    }"""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(said) == name:
            return
    raise AssertionError(f"“{name}” is not within {most} keys.")


def test_a_nasal_session_from_the_start_to_the_signed_note(new_page: Callable[..., Page], database: str) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    address = f"/sessions/{run(OPEN, database)}/"
    run(CLEAR, database)
    sign_in(page, Role.NURSE)
    page.goto(address)
    reach(page, "Skip to content", 1)
    page.keyboard.press("Enter")
    reach(page, "Start of the dose", 3)
    page.keyboard.press("Enter")
    expect(page.locator("#open-start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Time-out")).to_be_visible()
    met = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        met.add(page.evaluate(WHERE))
    assert met <= {"start", "reach", "BODY"}, "behind the dialog nothing is met"
    page.keyboard.press("Escape")
    expect(page.locator("#open-start")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, "Lot on the label", 4)
    page.keyboard.type("E02")
    reach(page, "Start now", 6)
    page.keyboard.press("Enter")
    expect(page.locator("#live-timeline")).to_contain_text("Device 1 of 1")
    expect(page.locator("#glance")).to_be_focused()

    reach(page, "Systolic, mmHg", 3)
    page.keyboard.type(SET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Now")).to_contain_text("126/78")

    expect(page.locator("#enter-systolic")).to_be_focused()
    reach(page, "Leaves", 4, key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#do-leave")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, "", 1)
    page.keyboard.type("her sister")
    page.keyboard.press("Tab")
    page.keyboard.type("Will not stay.")
    page.keyboard.press("Enter")
    expect(page.locator("#live-leaving")).to_contain_text("Open when they left.")
    expect(page.locator("#nt")).to_be_focused()

    reach(page, "Sign note", 3)
    page.keyboard.press("Enter")
    expect(page.locator("#live-note")).to_contain_text(re.compile("Signed .* Locked"))
    expect(page.locator("#nt")).to_be_focused()


def test_a_mark_that_was_answered_leaves_the_keyboard_where_it_stood(
    new_page: Callable[..., Page], databases: Databases, migrated_database: str
) -> None:
    of_its_own = databases.copy(migrated_database)
    with running_server(of_its_own) as address:
        page = new_page(base_url=address, viewport={"width": 1024, "height": 768})
        session = run(CROSSED, of_its_own)
        sign_in(page, Role.NURSE)
        page.goto(f"/sessions/{session}/")
        page.get_by_role("button", name="Recheck in 5 min").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Answered, still open")).to_be_visible()
        expect(page.locator("#live-crossed")).to_be_focused()
