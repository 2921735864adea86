"""A note begun from its draft, and the record that changed under it: what no longer stands is told on the page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import BY_THE_NURSE, PREPARE, STOP
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import sign_in

CORRECT = f"{BY_THE_NURSE}services.correct_amount(session, nurse, mg=3, reason='Pump read again.', write_id=new_id())"

database, server = own_server.database, own_server.server


@pytest.fixture
def session(new_page: Callable[..., Page], database: str) -> Page:
    address = f"/sessions/{run(PREPARE, database)}/"
    run(STOP, database)
    page = new_page(viewport={"width": 1024, "height": 768})
    sign_in(page, Role.NURSE)
    page.goto(address)
    return page


def test_a_line_of_the_note_that_the_record_no_longer_says_is_replaced_or_stays_with_why(
    session: Page, database: str
) -> None:
    note, came = session.locator("#note-words"), session.locator("[data-came]")
    note.press("Control+End")
    note.press_sequentially("\nShe was calm.")
    run(CORRECT, database)
    expect(came).to_contain_text("no longer says this", timeout=15_000)
    expect(came).to_contain_text("Given: ketamine iv 3 mg")
    session.get_by_role("button", name="Leave it out").click()
    expect(came).to_contain_text("no longer says this")
    session.get_by_role("button", name="Sign note").click()
    expect(session.locator("#outbox")).to_contain_text("Nothing was signed.")
    expect(note).to_have_value(re.compile("She was calm"))
    session.get_by_label("Or say why it stays in the note").fill("As at the bedside.")
    session.get_by_role("button", name="Put in what the record says").click()
    expect(came).to_be_hidden()
    expect(note).to_have_value(re.compile("She was calm"))
    expect(note).not_to_have_value(re.compile("Planned were"))
