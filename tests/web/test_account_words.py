"""Every page of sign-in and second factor is in the house's own words: none is the library's."""

from pathlib import Path

import allauth
import pytest
from django.template.loader import get_template

LIBRARY = Path(allauth.__file__).parent / "templates"
# What only passes on to the house's layout, and what has no address here.
PLAIN = {"base_entrance.html", "base_manage.html", "base.html", "signup_form.html", "trust.html", "login_script.html"}
PAGES = [
    *(page.relative_to(LIBRARY) for page in (LIBRARY / "mfa").rglob("*.html") if page.name not in PLAIN),
    *(page.relative_to(LIBRARY) for page in (LIBRARY / "mfa/messages").glob("*.txt")),
    *(Path("account") / name for name in ("login.html", "logout.html", "reauthenticate.html", "password_change.html")),
    *(Path("account/messages") / name for name in ("logged_out.txt", "password_changed.txt")),
]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_it_is_ours(page: Path) -> None:
    assert "daybreak" in Path(get_template(str(page)).origin.name).parts
