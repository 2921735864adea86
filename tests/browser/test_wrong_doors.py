"""What each role meets at the doors of the others: a sentence that says why, and a way back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.visitor import sign_in

THE_AUDIT, A_REFERRAL, THE_DAY, PEOPLE, OWN_PAGE = "/audit/", "/referrals/new", "/today/", "/people/", "/me/"

CLOSED_TO: dict[Role, tuple[str, ...]] = {
    Role.PRESCRIBER: (THE_AUDIT, OWN_PAGE),
    Role.NURSE: (THE_AUDIT, A_REFERRAL, OWN_PAGE),
    Role.COORDINATOR: (THE_AUDIT, OWN_PAGE),
    Role.THERAPIST: (THE_AUDIT, A_REFERRAL, THE_DAY, OWN_PAGE),
    Role.DIRECTOR: (A_REFERRAL, OWN_PAGE),
    Role.PATIENT: (THE_AUDIT, A_REFERRAL, THE_DAY, PEOPLE, "/rules/", "/flags/", "/status/"),
}


@pytest.mark.parametrize("role", CLOSED_TO)
def test_a_closed_door_says_why_and_leads_back(role: Role, page: Page) -> None:
    sign_in(page, role)
    first_page = page.url
    for address in CLOSED_TO[role]:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("heading", name="This page is not open to you")).to_be_visible()
        expect(page.get_by_text(the_reason(page, role))).to_be_visible()
        page.get_by_role("link", name="Go to the first page").click()
        expect(page).to_have_url(first_page)


def the_reason(page: Page, role: Role) -> str:
    if role == Role.PATIENT:
        return "This page is for the staff of your clinic."
    return f"A {role_in_words(page)} may not open this page."


def role_in_words(page: Page) -> str:
    """The role as the menu behind the name at the top says it."""
    return (page.locator("#you p").text_content() or "").partition(". ")[0].rpartition(", ")[2]


def test_a_link_of_the_bar_is_shown_only_to_those_who_may_follow_it(new_page: Callable[..., Page]) -> None:
    for role in CLOSED_TO:
        page = new_page()
        sign_in(page, role)
        links = page.get_by_role("navigation", name="Clinic").get_by_role("link")
        for address in [link.get_attribute("href") or "" for link in links.all()]:
            answer = page.goto(address)
            assert answer is not None
            assert answer.ok, f"{role} is led to {address}, which answers {answer.status}"


def test_a_therapist_does_not_find_people_who_are_not_theirs(page: Page) -> None:
    sign_in(page, Role.THERAPIST)
    page.goto("/people/?name=Foxglove")
    expect(page.get_by_text("No course fits")).to_be_visible()


def test_an_address_that_does_not_exist_is_said_to_be_none(page: Page) -> None:
    sign_in(page, Role.NURSE)
    answer = page.goto("/nothing/here")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("There is no page at this address.")).to_be_visible()


def test_who_is_not_signed_in_is_asked_to_and_then_led_on(page: Page) -> None:
    page.goto("/flags/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
