"""The way of a person with pain in a browser: other rules, another dose, another instrument.

The referrals of the two others with pain walk the same pages without a browser, in tests/clinic/test_whole_way.py.
"""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.referrals import unpack
from tests.browser.test_whole_way import (
    questions_are_answered,
    sheet,
    the_bag_and_the_pump_are_typed,
    the_checks_before_the_dose_are_answered,
    upload,
    what_was_measured_is_kept,
)
from tests.harness import own_server
from tests.harness.visitor import TABLET, open_course, sign_in

REGIMEN = "ketamine 80 mg iv over 150 min, once"
REASON = "Weighed with the person and the family doctor; the benefit is greater and we watch closely."


server = own_server.demonstration_server  # this walk changes what everybody else’s tests look at


def test_neuropathic_pain_from_a_referral_to_a_measured_answer(new_page: Callable[..., Page], tmp_path: Path) -> None:
    coordinator, prescriber, nurse = new_page(), new_page(), new_page(viewport=TABLET, color_scheme="dark")
    for page, role in ((coordinator, Role.COORDINATOR), (prescriber, Role.PRESCRIBER), (nurse, Role.NURSE)):
        sign_in(page, role)
    name = a_referral_becomes_a_course(
        coordinator, next(file for file in unpack(tmp_path) if "neuropathy" in file.name)
    )
    screening_is_answered_and_decided(prescriber, name)
    a_plan_is_written_and_signed(prescriber, name)
    a_session_is_held(nurse, name)
    peg_is_answered_and_drawn(nurse, name)


def a_referral_becomes_a_course(page: Page, bundle: Path, indication: str = "Neuropathic pain") -> str:
    upload(page, bundle)
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_label("Somebody not known here yet").check()
    page.get_by_label("Referred for").select_option(label=indication)
    page.get_by_label("Prescriber").select_option(label="Demo prescriber, prescriber")
    page.get_by_role("button", name="Confirm and open the course").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is on the list.")
    return name


def screening_is_answered_and_decided(page: Page, name: str) -> None:
    open_course(page, name, "Screening")
    expect(page.get_by_role("heading", name="Screening for ketamine, iv")).to_be_visible()
    expect(sheet(page, "Why may this person not be treated yet?")).to_contain_text(
        "liver impairment before an infusion"
    )
    questions_are_answered(page)
    what_was_measured_is_kept(page)
    page.get_by_label("Go on to the plan").check()
    for reason in page.locator('textarea[name^="reason-"]').all():
        reason.fill(REASON)
    page.get_by_role("button", name="Sign decision").click()
    expect(page.locator("#decision")).to_contain_text("Go on to the plan, ketamine, iv.")


def a_plan_is_written_and_signed(page: Page, name: str) -> None:
    open_course(page, name, "Plan")
    page.get_by_label("First session").fill(page.evaluate("new Date().toLocaleDateString('sv')"))
    page.get_by_label("As you would say it").fill(REGIMEN)
    expect(page.get_by_role("status").filter(has_text="Understood:")).to_contain_text("1 session")
    page.get_by_label("Stop if").fill("No relief of a third after the infusion.")
    page.get_by_label("Review", exact=True).fill(
        page.evaluate("new Date(Date.now() + 42 * 864e5).toISOString().slice(0, 10)")
    )
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Sign the plan").click()
    expect(page.get_by_role("status")).to_contain_text("Version 1 of the plan is signed.")


def a_session_is_held(page: Page, name: str) -> None:
    open_course(page, name, "Treatment days")
    page.get_by_label("Chair").select_option(index=1)
    page.get_by_role("button", name="Open session 1").click()
    the_checks_before_the_dose_are_answered(page)
    page.get_by_role("button", name="Start ketamine iv 80 mg").click()
    time_out = page.get_by_role("dialog", name="Time-out: ketamine 80 mg by vein")
    the_bag_and_the_pump_are_typed(time_out)
    time_out.get_by_label("Or why there is none").fill("Label not readable")
    time_out.get_by_role("button", name="Start now").click()
    expect(page.locator("#live-timeline")).to_contain_text("Infusion started, 80 mg over 150 min")
    page.get_by_role("button", name="Stop dose").click()
    page.get_by_role("dialog", name="Dose stopped?").get_by_role("button", name="Stopped now").click()
    expect(page.get_by_role("region", name="Always in reach")).to_contain_text("Dose ended")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)


def peg_is_answered_and_drawn(page: Page, name: str) -> None:
    open_course(page, name, "Follow-up")
    expect(page.get_by_role("region", name="Last and next session")).to_contain_text("It goes on now.")
    page.get_by_text("Enter a measure").click()
    page.get_by_role("link", name="PEG", exact=True).click()
    for item, answer in (("item_1", "7"), ("item_2", "6"), ("item_3", "8")):
        page.locator(f"[name={item}]").select_option(answer)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    measures = page.get_by_role("region", name="Measures").get_by_role("row").filter(has_text="PEG")
    expect(measures.first).to_contain_text("7")
    expect(page.get_by_role("region", name="Chart of the course").get_by_role("img")).to_be_visible()
