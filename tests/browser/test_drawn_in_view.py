"""What was drawn is said where who drew it looks, and what was refused is gone once the right one is saved."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_drug_account_network import ENTRIES, PREPARE, type_amount
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, sign_in

database, server = own_server.database, own_server.server


def draw(page: Page, amount: str, unit: str = "mg") -> Locator:
    form = page.get_by_role("region", name="Draw", exact=True)
    type_amount(form, amount)
    form.get_by_label("In", exact=True).select_option(unit)
    form.get_by_role("button", name="Draw").click()
    return form


def test_what_was_drawn_is_seen_and_what_was_refused_goes(new_page: Callable[..., Page], database: str) -> None:
    address, page = f"/drugs/sessions/{run(PREPARE, database)}/", new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto(address)
    the_answer_is_in_view_and_the_same_again_is_asked_about(page, database)
    page.goto(address)
    a_refused_draw_is_gone_once_the_right_one_is_saved(page)
    page.goto(address)
    one_refused_after_it_waited_was_done_and_stays_until_it_is_read(page)


def the_answer_is_in_view_and_the_same_again_is_asked_about(page: Page, database: str) -> None:
    draw(page, "5")
    said = page.get_by_role("status").filter(has_text="Drawn: 5 mg (0.1 mL), lot A1.")
    expect(said).to_be_in_viewport()
    expect(said).to_be_focused()

    form = draw(page, "5")
    asked = form.get_by_role("alert")
    expect(asked).to_contain_text("are in the book already")
    expect(asked).to_be_focused()
    form.get_by_label("Why, if something").fill("draw it again")
    form.get_by_role("button", name="Draw").click()
    expect(said).to_be_in_viewport()
    expect(page.locator("#outbox")).to_be_hidden()

    # While something else is typed the page stays, and the answer stands at the form.
    page.get_by_role("region", name="Waste, with a witness").get_by_label("How much").fill("1")
    draw(page, "7")
    said = page.get_by_role("status").filter(has_text="Drawn: 7 mg")
    expect(said).to_be_in_viewport()
    assert run(ENTRIES, database) == [["drawn", mg, ""] for mg in (20, 5, 5, 7)]


def a_refused_draw_is_gone_once_the_right_one_is_saved(page: Page) -> None:
    form, kept = draw(page, "500", "mL"), page.locator("#outbox")  # 25 g
    expect(form.get_by_role("alert")).to_contain_text("is more than an entry of a treatment day holds")
    page.reload()
    expect(kept).to_contain_text("1 entry was not saved")
    draw(page, "50")
    expect(page.get_by_role("status").filter(has_text="Drawn: 50 mg")).to_be_in_viewport()
    expect(kept).to_be_hidden()
    page.get_by_role("link", name="Drug account").last.click()
    page.wait_for_url("**/drugs/")
    expect(page.locator("#outbox-short")).to_be_hidden()


def one_refused_after_it_waited_was_done_and_stays_until_it_is_read(page: Page) -> None:
    page.context.set_offline(True)
    draw(page, "500", "mL")
    kept = page.locator("#outbox")
    expect(kept).to_contain_text("1 entry is kept on this tablet")
    page.context.set_offline(False)
    expect(kept).to_contain_text("1 entry was not saved", timeout=35_000)
    page.reload()
    draw(page, "60")
    expect(page.get_by_role("region", name="The account")).to_contain_text(re.compile(r"Open\s*147 mg"), timeout=20_000)
    expect(kept).to_contain_text("1 entry was not saved")
