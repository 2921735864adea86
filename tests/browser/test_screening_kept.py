"""What is typed on the screening page and not saved yet is not lost: of its several forms one is sent at a time."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.referrals import unpack
from tests.browser.test_whole_way_pain import a_referral_becomes_a_course
from tests.harness.visitor import open_course, sign_in

NOTE = "Cardiologist asked, letter to come"
WAITS = "The letter of the cardiologist is awaited."
NOT_SAVED = "Typed before and not saved yet."


def referred(page: Page, folder: Path, file: str) -> str:
    """A person of this test's own, in screening; returns the name."""
    sign_in(page, Role.COORDINATOR)
    bundle = next(one for one in unpack(folder) if file in one.name)
    return a_referral_becomes_a_course(page, bundle, "Treatment-resistant depression")


def answer(page: Page, rule_id: str, value: str) -> Locator:
    return page.locator(f'input[name="{rule_id}-value"][value="{value}"]')


def test_saving_one_part_keeps_what_is_typed_in_the_others(new_page: Callable[..., Page], tmp_path: Path) -> None:
    name = referred(new_page(), tmp_path, "fibromyalgia")
    page = new_page()
    sign_in(page, Role.PRESCRIBER)
    open_course(page, name, "Screening")

    answer(page, "EL005", "no").check()
    page.get_by_label("Note to EL005").fill(NOTE)
    answer(page, "EL067", "yes").check()
    page.get_by_label("Wait for what is missing").check()
    page.get_by_label("Why, or what is waited for").fill(WAITS)
    page.get_by_role("link", name="Add an antidepressant").click()  # a link loses nothing either
    page.get_by_label("Antidepressant", exact=True).select_option("sertraline")
    page.get_by_label("Weight, kg").fill("71,5")
    page.get_by_role("button", name="Save what was measured").click()

    expect(page.locator("#EL005")).to_be_visible()
    expect(page.get_by_label("Weight, kg")).to_have_value("")  # that is saved
    expect(answer(page, "EL005", "no")).to_be_checked()
    expect(page.get_by_label("Note to EL005")).to_have_value(NOTE)
    expect(answer(page, "EL067", "yes")).to_be_checked()
    expect(page.get_by_label("Why, or what is waited for")).to_have_value(WAITS)
    expect(page.locator("#findings")).to_contain_text(NOT_SAVED)

    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("Antidepressant", exact=True)).to_have_value("sertraline")

    page.get_by_role("button", name="Save the answers picked").first.click()
    expect(page.get_by_role("status").filter(has_text="2 answers are in the record.")).to_be_visible()
    expect(page.locator("#findings")).not_to_contain_text(NOT_SAVED)
    expect(page.locator("#EL067")).to_contain_text("Confirmed")
    expect(page.locator('#EL067 input[type="radio"]:checked')).to_have_count(0)
    expect(page.get_by_label("Why, or what is waited for")).to_have_value(WAITS)

    page.locator(".decide").get_by_role("button", name="Clear it").click()
    expect(page.get_by_label("Why, or what is waited for")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Why, or what is waited for")).to_have_value("")


def test_what_could_not_be_sent_is_sent_again_and_saved_once(new_page: Callable[..., Page], tmp_path: Path) -> None:
    """The network fails after the server has it: what is put back is the same entry, not a second one."""
    name = referred(new_page(), tmp_path, "chronic-pain")
    page = new_page()
    sign_in(page, Role.NURSE)
    open_course(page, name, "Screening")
    address = page.url
    page.get_by_label("Weight, kg").fill("71.5")
    entry = page.locator('#measure input[name="write_id"]')
    written = entry.input_value()

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    page.route("**/screening/measurements", lose_the_answer)
    page.get_by_role("button", name="Save what was measured").click()
    page.unroute("**/screening/measurements")
    page.goto(address)
    expect(page.get_by_label("Weight, kg")).to_have_value("71.5")
    expect(entry).to_have_value(written)
    page.get_by_role("button", name="Save what was measured").click()
    expect(page.get_by_label("Weight, kg")).to_have_value("")
    expect(page.locator("#measure")).not_to_contain_text(NOT_SAVED)
