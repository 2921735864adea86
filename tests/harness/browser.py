"""The Chromium that browser tests drive: the system's own, so that none is downloaded."""

import os
import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = "No Chromium was found. Install it (Debian: apt-get install chromium) or name one in DAYBREAK_CHROMIUM."

AXE_OPTIONS = {
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.2's own rule, which axe leaves off
    "resultTypes": ["violations"],  # all else is only counted, which is much quicker
}
# The rules that look at colours: of a theme that changes nothing else, they alone can say anything new.
OF_COLOURS = AXE_OPTIONS | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def find_chromium() -> str | None:
    """The path of a Chromium: what DAYBREAK_CHROMIUM names, else the first in PATH."""
    candidates = [named] if (named := os.environ.get("DAYBREAK_CHROMIUM")) else NAMES
    return next(filter(None, map(shutil.which, candidates)), None)


def show_all(page: Page) -> None:
    """As tall as the page: what the bar at the foot lies over now can be scrolled from under it."""
    size = page.viewport_size or {"width": 1280, "height": 800}
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})


def accessibility_problems(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe finds wrong with the page as it stands, one line per rule and element: WCAG 2.0 to 2.2, A and AA,
    and best practice."""
    if page.evaluate("!window.axe"):  # half a megabyte: once for each page
        page.evaluate(Axe().axe_script)
    options = OF_COLOURS if colours_only else AXE_OPTIONS
    violations = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']} at {node['target']}"
        for violation in violations
        for node in violation["nodes"]
    ]
