"""Pictures of the pages for README and guides, taken from a demonstration of their own.

`make pictures` writes them to docs/pictures/. People and numbers are the same each time; only the days follow the
calendar, as the demonstration's do.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.referrals import unpack
from tests.harness import commands
from tests.harness.browser import HOW_TO_GET_IT, find_chromium
from tests.harness.databases import SQLiteDatabases
from tests.harness.server import running_server
from tests.harness.visitor import DESKTOP, PHONE, open_course, open_session, sign_in

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
LARGEST_TOGETHER_BYTES = 3_000_000
A4_AT_96_PER_INCH = {"width": 794, "height": 1123}
TABLET_UPRIGHT = {"width": 1024, "height": 1366}

LIGHT: dict[str, Any] = {"viewport": DESKTOP, "color_scheme": "light"}
DARK_TABLET: dict[str, Any] = {"viewport": TABLET_UPRIGHT, "color_scheme": "dark"}
ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "color_scheme": "light", "has_touch": True}
ON_PAPER: dict[str, Any] = {"viewport": A4_AT_96_PER_INCH, "color_scheme": "light"}

IN_SCREENING = "Dahlia Fell04"
PLANNED = "Yarrow Beck24"
LOOKED_AHEAD = "Maple North13"
PREPARING = "Ulmus Vale21"
RUNNING = "Tansy Upland20"
FOLLOWED_UP = "Daisy Grange28"
SPRAY = "?indication=treatment_resistant_depression&active=esketamine/nasal&outcome=depression&time=4wk"


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: who looks (None: nobody is signed in), at which page, on what."""

    name: str
    role: Role | None
    find: Callable[[Page], object]
    screen: dict[str, Any] = field(default_factory=lambda: LIGHT)


def _address(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def _course(name: str, stage: str) -> Callable[[Page], object]:
    return lambda page: open_course(page, name, stage)


def _referral(page: Page) -> None:
    with TemporaryDirectory() as folder:
        page.goto("/referrals/new")
        page.get_by_label("Referral file").set_input_files(unpack(Path(folder))[0])
        page.get_by_role("button", name="Read the file").click()


def _session(name: str) -> Callable[[Page], object]:
    return lambda page: open_session(page, name)


def _outlook(page: Page) -> None:
    open_course(page, LOOKED_AHEAD, "Plan")
    page.goto(f"{page.url.partition('?')[0]}/outlook")


def _calendar(page: Page) -> None:
    """The next day on which somebody is booked."""
    page.goto("/calendar/")
    page.get_by_role("link", name="Later").click()


def _question(page: Page) -> None:
    page.goto("/me/")
    page.get_by_role("link", name="Patient Health Questionnaire-9").click()


def _discrepancy(page: Page) -> None:
    page.goto("/drugs/")
    page.get_by_role("region", name="To be explained").get_by_role("link").first.click()


PICTURES = (
    Picture("sign-in-desktop-light", None, _address("/accounts/sign-in/")),
    Picture("today-desktop-light", Role.NURSE, _address("/today/")),
    Picture("calendar-desktop-light", Role.COORDINATOR, _calendar),
    Picture("ready-desktop-light", Role.COORDINATOR, _address("/calendar/ready")),
    Picture("people-desktop-light", Role.COORDINATOR, _address("/people/")),
    Picture("referral-desktop-light", Role.COORDINATOR, _referral),
    Picture("screening-desktop-light", Role.PRESCRIBER, _course(IN_SCREENING, "Screening")),
    Picture("plan-desktop-light", Role.PRESCRIBER, _course(PLANNED, "Plan")),
    Picture("evidence-desktop-light", Role.PRESCRIBER, _address(f"/evidence/{SPRAY}")),
    Picture("plan-outlook-desktop-light", Role.PRESCRIBER, _outlook),
    Picture("how-it-works-desktop-light", Role.PRESCRIBER, _address("/how-it-works/")),
    Picture("session-before-tablet-dark", Role.NURSE, _session(PREPARING), DARK_TABLET),
    Picture("session-tablet-dark", Role.NURSE, _session(RUNNING), DARK_TABLET),
    Picture("follow-up-desktop-light", Role.PRESCRIBER, _course(FOLLOWED_UP, "Follow-up")),
    Picture("people-therapist-desktop-light", Role.THERAPIST, _address("/people/")),
    Picture("flags-desktop-light", Role.PRESCRIBER, _address("/flags/")),
    Picture("rules-desktop-light", Role.DIRECTOR, _address("/rules/")),
    Picture("own-phone-light", Role.PATIENT, _address("/me/"), ON_A_PHONE),
    Picture("question-phone-light", Role.PATIENT, _question, ON_A_PHONE),
    Picture("help-phone-light", Role.PATIENT, _address("/me/help"), ON_A_PHONE),
    Picture("drug-account-desktop-light", Role.PHARMACIST, _address("/drugs/")),
    Picture("drug-case-desktop-light", Role.PHARMACIST, _discrepancy),
    Picture("blank-sheet-print", Role.NURSE, _address("/today/blank-sheet"), ON_PAPER),
)


def take(picture: Picture, browser: Browser, server: str) -> bytes:
    """The picture as PNG."""
    with browser.new_context(base_url=server, reduced_motion="reduce", **picture.screen) as context:
        page = context.new_page()
        if picture.role:
            sign_in(page, picture.role)
        picture.find(page)
        page.wait_for_load_state("networkidle")
        if picture.screen is ON_PAPER:
            page.emulate_media(media="print")
        return page.screenshot()


def main() -> int:
    """Take all pictures, or those whose names are given."""
    wanted = [picture for picture in PICTURES if not sys.argv[1:] or picture.name in sys.argv[1:]]
    chromium = find_chromium()
    if chromium is None:
        print(HOW_TO_GET_IT)
        return 1
    databases = SQLiteDatabases()
    database = databases.empty()
    commands.migrate(database)
    commands.fill_demonstration(database)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_server(database) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in wanted:
            (FOLDER / f"{picture.name}.png").write_bytes(take(picture, browser, server))
            print(f"{picture.name}.png")
        browser.close()
    databases.stop()
    together = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{together / 1e6:.1f} MB together, of {LARGEST_TOGETHER_BYTES / 1e6:.0f} MB allowed")
    return 0 if together <= LARGEST_TOGETHER_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
