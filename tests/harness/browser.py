"""The Chromium that browser tests drive: the system's own, so that none is downloaded."""

import os
import shutil
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = "No Chromium was found. Install it (Debian: apt-get install chromium) or name one in DAYBREAK_CHROMIUM."

COLOUR_RULES = ("color-contrast", "link-in-text-block")
WITHOUT_COLOURS = {
    # `target-size` is WCAG 2.2's own rule, which axe leaves off.
    "rules": {"target-size": {"enabled": True}} | {rule: {"enabled": False} for rule in COLOUR_RULES},
    "resultTypes": ["violations"],  # all else is only counted, which is much quicker
}
OF_COLOURS = {"runOnly": {"type": "rule", "values": COLOUR_RULES}, "resultTypes": ["violations"]}
# Of everything with words on it, one of each look: its colours, its size, and what lies under it. To judge the same
# colours in each of a thousand cells took most of the time.
ONE_OF_EACH_LOOK = """() => {
  const looks = new Map(), under = new Map([[null, ""]]);
  const ground = (place) => {
    if (!under.has(place)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(place);
      const own = [backgroundColor, backgroundImage, opacity, filter].join();
      const below = ground(place.parentElement);
      under.set(place, own === "rgba(0, 0, 0, 0),none,1,none" ? below : `${below}|${own}`);
    }
    return under.get(place);
  };
  for (const place of document.querySelectorAll("body, body *")) {
    const says = [...place.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!(says || place.matches("input, select, textarea")) || !place.checkVisibility()) continue;
    const { color, fontSize, fontWeight, textShadow, position } = getComputedStyle(place);
    const own = [place.localName, place.className, color, fontSize, fontWeight, textShadow, position];
    const look = `${own}|${ground(place)}`;
    if (!looks.has(look)) looks.set(look, place);
  }
  return [...looks.values()];
}"""


def find_chromium() -> str | None:
    """The path of a Chromium: what DAYBREAK_CHROMIUM names, else the first in PATH."""
    candidates = [named] if (named := os.environ.get("DAYBREAK_CHROMIUM")) else NAMES
    return next(filter(None, map(shutil.which, candidates)), None)


TALLEST = 8000  # no page with a bar at its foot is taller, and to paint a whole one of thirty thousand takes seconds


def show_all(page: Page) -> None:
    """As tall as the page: what the bar at the foot lies over now can be scrolled from under it."""
    size = page.viewport_size or {"width": 1280, "height": 800}
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})


def accessibility_problems(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe finds wrong with the page as it stands, one line per rule and element: WCAG 2.0 to 2.2, A and AA,
    and best practice. Colours alone are all that a theme changes."""
    if page.evaluate("!window.axe"):  # half a megabyte: once for each page
        page.evaluate(Axe().axe_script)
    problems = [] if colours_only else _found(page, "() => document", WITHOUT_COLOURS)
    return problems + _found(page, ONE_OF_EACH_LOOK, OF_COLOURS)


def _found(page: Page, where: str, options: dict[str, Any]) -> list[str]:
    violations = page.evaluate(
        f"options => axe.run({{ include: ({where})() }}, options).then(found => found.violations)", options
    )
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']} at {node['target']}"
        for violation in violations
        for node in violation["nodes"]
    ]
