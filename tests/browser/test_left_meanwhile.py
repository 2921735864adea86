"""A page that stays open while somebody else ends the session: what is typed is neither lost nor of now."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_refusal import OPEN
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import PHONE, sign_in

database, server = own_server.database, own_server.server
LEAVE = """
import json
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.treatment_day import queries, services
session, nurse = queries.sessions().get(), Actor(User.objects.get(username="demo-nurse"))
now = timezone.now()
services.leave(session, nurse, write_id=new_id(), at=now - timedelta(minutes=2), reason="Did not want it after all.")
print(json.dumps(f"{timezone.localtime(now - timedelta(minutes=3)):%H:%M}"))
"""


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(OPEN, database)}/"


def test_the_open_page_asks_day_and_time_and_keeps_what_was_typed(
    new_page: Callable[..., Page], address: str, database: str
) -> None:
    page = new_page(viewport=PHONE)
    sign_in(page, Role.NURSE)
    page.goto(address)
    row = page.locator("form.entry")
    systolic, save = row.get_by_label("Systolic, mmHg", exact=True), row.get_by_role("button", name="Save")
    systolic.fill("500")
    save.click()
    expect(systolic).to_have_attribute("aria-invalid", "true")  # red at the box, beside what the list says
    expect(row.locator("small.error")).to_have_text("500 is no value for systolic pressure. Type 10 to 300.")
    systolic.fill("131")
    expect(row.locator("small.error")).to_have_count(0)
    expect(row.get_by_label("Day")).to_be_hidden()

    then = str(run(LEAVE, database))
    expect(row.get_by_label("Day")).to_be_visible()
    expect(row).to_contain_text(re.compile(r"This session ended on \d+ \w+ \d{4} at \d\d:\d\d\."))
    expect(systolic).to_have_value("131")
    save.click()
    expect(systolic).to_have_value("131")  # the browser asks for the time first
    row.get_by_label("Time").fill(then)
    save.click()
    expect(page.locator("#saved")).to_contain_text(f"Saved as of {then} on ")
    expect(page.get_by_role("button", name="Nausea")).to_be_hidden()
