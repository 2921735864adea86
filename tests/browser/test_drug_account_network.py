"""The drug account of a day when the network is gone: what is drawn is kept and counted once; a witness needs it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from daybreak.clinic.record.permissions import Role
from tests.clinic.pharmacy.store import PASSWORD
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import sign_in

PREPARE = """
import json
import django
django.setup()
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.pharmacy.store import Store, give_password
clinic = make_clinic()
for role, name in ((Role.NURSE, "demo-nurse"), (Role.PRESCRIBER, "second-person")):
    clinic.users[role].username = name
    clinic.users[role].save()
give_password(clinic.users[Role.PRESCRIBER])
store = Store(clinic)
use = store.use()
store.draw(use, store.lot(), 20)
print(json.dumps(str(use.pk)))
"""
ENTRIES = """
import json
import django
django.setup()
from daybreak.clinic.pharmacy.models import LedgerEntry
rows = LedgerEntry.objects.exclude(use=None).order_by("number")
print(json.dumps([[row.kind, row.micrograms / 1000, row.witness.username if row.witness else ""] for row in rows]))
"""


database, server = own_server.database, own_server.server


@pytest.fixture
def address(database: str) -> str:
    return f"/drugs/sessions/{run(PREPARE, database)}/"


def test_a_cut_network_loses_no_entry_and_doubles_none(
    address: str, new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    sign_in(page, Role.NURSE)
    page.goto(address)
    draw, waste = (page.get_by_role("region", name=name) for name in ("Draw", "Waste, with a witness"))
    account, kept = page.get_by_role("region", name="The account"), page.locator("#outbox")

    page.context.set_offline(True)
    type_amount(draw, "30")
    draw.get_by_role("button", name="Draw").click()
    expect(kept).to_contain_text("1 entry is kept on this tablet and goes out when the connection returns")
    expect(kept).to_contain_text("Draw, From: Safe: lot A1")
    type_amount(waste, "5")
    waste.get_by_label("Witness", exact=True).select_option("second-person")
    waste.get_by_label("Witness: own PIN or password").fill(PASSWORD)
    waste.get_by_role("button", name="Waste").click()
    expect(waste.get_by_role("alert")).to_contain_text("The server could not be reached, and this needs it")
    expect(waste.get_by_label("How much")).to_have_value("5")
    assert PASSWORD not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert run(ENTRIES, database) == [["drawn", 20, ""]]

    # What goes out leaves alone what is being typed; the page is shown anew once that is saved, too.
    page.context.set_offline(False)
    expect(kept).to_be_hidden(timeout=35_000)
    expect(page.locator("#saved")).to_contain_text("Drawn: 30 mg")
    waste.get_by_label("Witness: own PIN or password").fill(PASSWORD)
    waste.get_by_role("button", name="Waste").click()
    expect(account).to_contain_text(re.compile(r"Open\s*45 mg"), timeout=20_000)
    assert run(ENTRIES, database) == [["drawn", 20, ""], ["drawn", 30, ""], ["wasted", 5, "second-person"]]

    type_amount(draw, "1,000")
    draw.get_by_role("button", name="Draw").click()
    expect(draw.get_by_role("alert")).to_contain_text("“1,000” cannot be read as one number")
    expect(draw.get_by_label("How much")).to_have_value("1,000")
    type_amount(draw, "5")
    draw.get_by_role("button", name="Draw").click()
    expect(account).to_contain_text(re.compile(r"Open\s*50 mg"), timeout=20_000)
    expect(kept).to_be_hidden()

    # Who goes on at once is not called back by the answer.
    type_amount(draw, "1")
    draw.get_by_role("button", name="Draw").click()
    page.get_by_role("link", name="Drug account").last.click()
    page.wait_for_url("**/drugs/")
    page.goto(address)
    expect(account).to_contain_text(re.compile(r"Open\s*51 mg"), timeout=20_000)

    # On a slow network a page can be touched before all of its scripts are there: saved all the same, and shown.
    draw_before_the_last_script_came(page, address, draw, "2")
    expect(account).to_contain_text(re.compile(r"Open\s*53 mg"), timeout=20_000)


def draw_before_the_last_script_came(page: Page, address: str, draw: Locator, mg: str) -> None:
    held, is_held = list[Route](), True

    def hold(route: Route) -> None:
        held.append(route) if is_held else route.continue_()

    page.route(re.compile(r"/use\.[^/]*js"), hold)
    page.goto(address, wait_until="commit")
    type_amount(draw, mg)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        draw.get_by_role("button", name="Draw").click(no_wait_after=True)
    is_held = False
    for route in held:
        route.continue_()


def type_amount(form: Locator, mg: str) -> None:
    form.get_by_label("How much").fill(mg)
    form.get_by_label("In", exact=True).select_option("mg")
