"""A clinic's own sign-in, with a password and a code, as no demonstration shows it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.pages import code_of
from tests.harness import commands
from tests.harness.browser import accessibility_problems
from tests.harness.databases import Databases
from tests.harness.server import running_server
from tests.harness.visitor import DESKTOP, PHONE

PASSWORD = "a right password, kept here only"
SECRET = "JBSWY3DPEHPK3PXP"  # any, in base 32
GIVE = f"""
from allauth.mfa.totp.internal.auth import TOTP
from daybreak.clinic.record.models import User
nurse = User.objects.get(username="demo-nurse")
nurse.set_password({PASSWORD!r})
nurse.save()
TOTP.activate(nurse, {SECRET!r})
"""


def test_the_page_that_asks_for_the_code_is_for_everybody_and_leads_in(
    new_page: Callable[..., Page], databases: Databases, demonstration_database: str
) -> None:
    database = databases.copy(demonstration_database)
    commands.manage("shell", "--verbosity=0", "--command", GIVE, database=database)
    with running_server(database, demonstration=False) as address:
        page = new_page(base_url=address, viewport=DESKTOP)
        page.goto("/accounts/sign-in/?next=/tablet/pin")
        page.get_by_label("Username").fill("demo-nurse")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_label("Code")).to_be_visible()
        found = {}
        for theme in ("light", "dark"):
            for screen in (DESKTOP, PHONE):
                page.set_viewport_size(screen)
                page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                found[f"{theme}, {screen['width']}"] = accessibility_problems(page)
        assert not any(found.values()), found
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.get_by_label("Code").fill(code_of(SECRET))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Set a PIN")).to_be_visible()
