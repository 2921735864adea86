"""How a person finds their way about a running demonstration in a browser."""

from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from daybreak.clinic.record.permissions import Role

PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}
DESKTOP = {"width": 1280, "height": 800}


def sign_in(page: Page, role: Role) -> None:
    """One click on the sign-in page; the first page of this role is then open."""
    page.goto("/accounts/sign-in/")
    page.locator(f'button[value="demo-{role}"]').click()
    expect(page).not_to_have_url("/accounts/sign-in/")


def signed_in_instead(page: Page, role: Role) -> Page:
    """The same tablet, on the network, with somebody else signed in."""
    context = page.context
    page.close()
    context.clear_cookies()
    context.set_offline(False)
    other = context.new_page()
    sign_in(other, role)
    return other


def open_course(page: Page, name: str, stage: str = "") -> None:
    """Find a person on the list and open their course, at the stage named (where it stands now by default)."""
    page.goto(f"/people/?{urlencode({'name': name})}")
    page.get_by_role("rowheader").get_by_role("link", name=name).click()
    if stage:
        page.get_by_role("navigation", name="The way of this course").get_by_role("link", name=stage).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def open_session(page: Page, name: str) -> None:
    """Open the session of a person who is in a chair now, from the board."""
    page.goto("/today/")
    page.get_by_role("region", name="Chairs").get_by_role("link", name=name).click()
    expect(page.get_by_role("region", name="At a glance")).to_be_visible()


def dismiss(button: Locator) -> None:
    """What was refused goes for good, so the first touch only asks."""
    button.click()
    expect(button).to_have_text("Dismiss for good? Touch again")
    button.click()
