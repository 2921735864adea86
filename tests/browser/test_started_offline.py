"""A dose started while the network is gone: asked about its figures at once, shown as begun, and never thrown away."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_refusal import CLEAR, OPEN
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import sign_in

database, server = own_server.database, own_server.server

# Ten seconds and more passed since it was kept: who typed it has turned to the person.
A_MINUTE_AGO = """() => {
  for (const entry of outbox.entries()) outbox.keep({ ...entry, kept: entry.kept - 60000 });
}"""


def test_a_start_without_a_network_is_asked_about_shown_as_begun_and_kept_in_the_record(
    new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    address = f"/sessions/{run(OPEN, database)}/"
    run(CLEAR, database)
    sign_in(page, Role.NURSE)
    page.goto(address)
    page.context.set_offline(True)
    question = page.locator("#live-checks form[data-kind]").first
    question.get_by_role("button", name="Yes", exact=True).click()
    expect(question).to_contain_text(re.compile(r"Yes, \d\d:\d\d: kept on this tablet, not sent yet"))
    panel = page.locator("#outbox")
    expect(panel).to_contain_text("1 entry is kept")

    page.get_by_role("button", name=re.compile("^Start ketamine")).click()
    dialog = page.get_by_role("dialog", name="Time-out")
    dialog.get_by_label("Concentration on the label").fill("10")
    dialog.get_by_label("Rate set on the pump").fill("52.5")
    dialog.get_by_label("Lot on the label").fill("KT-17")
    start_now, asked = dialog.get_by_role("button", name="Start now"), dialog.get_by_role("alert")
    start_now.click()
    expect(asked).to_contain_text("10 mg/mL was typed. The plan says 1 mg/mL. The point may have slipped")
    dialog.get_by_label("Concentration on the label").fill("1")
    dialog.get_by_label("Rate set on the pump").fill("525")
    start_now.click()
    expect(asked).to_contain_text("525 was typed, the plan has 52.5. The point may have slipped.")
    expect(asked).to_be_focused()
    expect(panel).to_contain_text("1 entry is kept")  # no start yet
    start_now.click()  # it runs so

    clock = page.locator("#clock-waits")
    expect(panel).to_contain_text("525 was typed, the plan has 52.5")
    expect(panel).to_have_class("sheet outbox act")
    expect(clock).to_contain_text(re.compile(r"Started \d\d:\d\d, kept on this tablet, not sent yet\."))
    expect(clock.locator("time")).to_have_text(re.compile(r"^0:0\d$"))
    expect(clock).to_contain_text("limits of the session")
    expect(page.locator("#live-clock")).to_be_hidden()
    expect(clock).to_be_in_viewport()
    expect(page.get_by_role("button", name=re.compile("^Start ketamine"))).to_be_hidden()
    page.locator("#do-stop").click()
    stop = page.get_by_role("dialog", name="Dose stopped?")
    expect(stop).to_contain_text("kept on this tablet, not sent yet. The stop is kept behind it")
    expect(stop.get_by_text("No dose was begun")).to_be_hidden()
    stop.get_by_role("button", name="Stopped now").click()
    expect(clock).to_contain_text(re.compile(r"Stopped \d\d:\d\d, kept here too"))

    page.evaluate(A_MINUTE_AGO)
    page.context.set_offline(False)
    expect(page.locator("#live-crossed")).to_contain_text("525 mL/h is about ten times 52.5")
    expect(page.locator("#live-crossed")).to_contain_text("Look at the pump now")
    expect(page.locator("#live-reach")).to_contain_text("Dose ended")
    expect(page.locator("#live-timeline")).to_contain_text("Infusion started")
    expect(clock).to_be_hidden()
    expect(panel).to_be_hidden()
