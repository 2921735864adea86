"""What is typed on a page of settings outlives a sign-in that ran out, for who typed it and for nobody else."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.visitor import sign_in

NOT_SAVED = "Typed before and not saved yet."
WHY = "Older people are treated here."


def test_limits_typed_before_the_sign_in_ran_out_are_there_again_and_saved_once(new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_in(page, Role.DIRECTOR)
    page.goto("/rules/limits")
    number = page.get_by_label("Systolic at least 160: amber")
    number.fill("150")
    page.get_by_role("textbox", name="Why").fill(WHY)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url("/accounts/sign-in/?next=/rules/limits")

    sign_in(page, Role.DIRECTOR)
    page.goto("/rules/limits")
    expect(page.get_by_text(NOT_SAVED)).to_be_visible()
    expect(number).to_have_value("150")
    expect(page.get_by_role("textbox", name="Why")).to_have_value(WHY)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("These limits hold")).to_be_visible()
    expect(page.get_by_text(NOT_SAVED)).to_have_count(0)

    number.fill("")
    page.get_by_role("textbox", name="Why").fill("The end of this test.")
    page.get_by_role("button", name="Save").click()
    expect(number).to_have_value("")
    expect(page.get_by_text(NOT_SAVED)).to_have_count(0)


def test_a_row_of_the_roster_is_kept_for_who_typed_it_and_shown_to_nobody_else(new_page: Callable[..., Page]) -> None:
    page = new_page()
    sign_in(page, Role.DIRECTOR)
    page.goto("/escalation/")
    address = page.get_by_label("E-mail address")
    address.fill("on-call@clinic.example")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Put on the roster").click()
    expect(page).to_have_url("/accounts/sign-in/?next=/escalation/")

    sign_in(page, Role.COORDINATOR)
    page.goto("/escalation/")
    expect(address).to_have_value("")
    page.context.clear_cookies(name="sessionid")
    sign_in(page, Role.DIRECTOR)
    page.goto("/escalation/")
    expect(address).to_have_value("on-call@clinic.example")
