"""What a dying person shows can be typed: it moves on with one key, is asked about once, and is refused by nobody."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import PREPARE
from tests.harness import own_server
from tests.harness.hand import Hand
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, sign_in

STORED = """
import json
import django
django.setup()
from daybreak.clinic.treatment_day.models import Reading
rows = Reading.objects.filter(value__in=(35, 14, 7)).order_by("vital")
print(json.dumps([[row.vital, row.value] for row in rows]))
"""
LOW = [["diastolic", 14], ["heart_rate", 7], ["spo2", 35], ["systolic", 35]]

database, server = own_server.database, own_server.server


@pytest.fixture
def session(new_page: Callable[..., Page], address: str) -> Page:
    page = new_page(viewport=TABLET, has_touch=True)
    sign_in(page, Role.NURSE)
    page.goto(address)
    return page


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(PREPARE, database)}/"


def test_low_values_without_a_network_are_asked_about_kept_and_stand_beside_what_was_sent(
    session: Page, database: str
) -> None:
    session.context.set_offline(True)
    hand, row = Hand(session), session.locator("form.entry")
    hand.touch(row.locator("[name=systolic]"))
    hand.type("35/14 7 35")
    for name, value in (("systolic", "35"), ("diastolic", "14"), ("heart_rate", "7"), ("spo2", "35")):
        expect(row.locator(f"[name={name}]")).to_have_value(value)
    expect(row.locator("[name=respiratory_rate]")).to_be_focused()  # a saturation of 35 takes no third figure
    save = row.get_by_role("button", name="Save")
    save.click()
    asked = row.get_by_role("alert")
    expect(asked).to_contain_text("35 for oxygen saturation lies beyond the usual 40 to 100.")
    expect(asked).to_contain_text("7 for heart rate lies beyond the usual 20 to 250.")
    expect(asked).to_contain_text("Look at the person now. If it is so, save it once more")
    expect(session.locator("#outbox")).to_be_hidden()
    before = row.locator("[name=systolic]").bounding_box()
    save.click()

    waits, last = session.locator("#values-wait"), session.locator("#live-readings tr.last")
    expect(waits).to_contain_text("35/14")
    expect(waits).to_contain_text("on this tablet only")
    expect(waits.locator("td").nth(2)).to_have_class("over act")
    expect(last.get_by_role("rowheader")).to_contain_text("Sent")  # no longer “Now”
    assert row.locator("[name=systolic]").bounding_box()["y"] <= before["y"]  # nothing pushes the row away
    session.context.set_offline(False)
    expect(waits).to_be_hidden()
    expect(last.get_by_role("rowheader")).to_contain_text("Now")
    expect(last).to_contain_text("35/14")
    assert run(STORED, database) == LOW


def test_with_a_network_the_server_asks_the_same(session: Page) -> None:
    row = session.locator("form.entry")
    row.locator("[name=spo2]").fill("34")
    row.get_by_role("button", name="Save").click()
    expect(session.locator("#outbox")).to_contain_text("34 for oxygen saturation lies beyond the usual 40 to 100.")
    expect(row.locator("[name=spo2]")).to_have_value("34")
    row.get_by_role("button", name="Save").click()
    expect(session.locator("#live-readings .last")).to_contain_text("34")
    expect(session.locator("#outbox")).to_be_hidden()


def test_a_heart_rate_nobody_has_is_held_against_the_same_bounds_here_and_there(session: Page) -> None:
    session.context.set_offline(True)
    row = session.locator("form.entry")
    for value in ("0.5", "251"):
        row.locator("[name=heart_rate]").fill(value)
        row.get_by_role("button", name="Save").click()
        expect(row.get_by_role("alert")).to_contain_text(f"“{value}” is no value.")
    row.locator("[name=heart_rate]").fill("0")  # nobody is asked whether no pulse was counted
    row.get_by_role("button", name="Save").click()
    expect(session.locator("#outbox")).to_contain_text("Heart rate per minute: 0")
