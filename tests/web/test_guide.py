"""The guide keeps up with the house: every page stands in it, and every picture it shows is taken."""

import re

from django.urls import get_resolver

from tests.browser.pages import PLACES
from tests.harness.commands import ROOT
from tools.pictures import PICTURES

GUIDE = ROOT / "docs" / "guide"


def test_every_page_stands_in_the_guide() -> None:
    listed = set(re.findall(r"`(/.*?)`", (GUIDE / "README.md").read_text()))
    pages = {place.name for place in PLACES if not place.name.startswith(("account_", "mfa_"))}
    assert {_address(name) for name in pages} <= listed


def _address(name: str) -> str:
    """The address of a page with its changing parts left open, as /courses/…/plan."""
    route = get_resolver().reverse_dict.getlist(name)[0][0][0][0]
    return "/" + re.sub(r"%\(\w+\)s", "…", route)


def test_the_pictures_shown_are_the_pictures_taken() -> None:
    pages = [ROOT / "README.md", *GUIDE.glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"pictures/([\w-]+)\.png", page.read_text())}
    assert shown == {picture.name for picture in PICTURES}
