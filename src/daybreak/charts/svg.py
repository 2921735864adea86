"""Writing SVG by hand: one function for an element, one for words, with everything escaped and rounded."""

import re
import unicodedata
from html import escape

_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_CHARACTER_WIDTH = 7.6  # of the wider system faces at 14 px
_STRONGER = 1.2  # how much wider the strong weight runs


def number(value: float) -> str:
    """A coordinate, rounded to a tenth of a unit."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def clean(text: str) -> str:
    """Text as XML may hold it, with markup escaped."""
    return escape(_ILLEGAL_IN_XML.sub("\ufffd", text))


def element(name: str, content: str = "", **attributes: str | float) -> str:
    """One element. `class_` is `class`, an underscore is a hyphen; empty attributes are left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{clean(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def words(text: str, x: float, y: float, look: str = "") -> str:
    """Text at a place; `look` are the stylesheet's classes."""
    return element("text", clean(text), class_=look, x=x, y=y) if text else ""


def line(look: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line."""
    return element("line", class_=look, x1=x1, y1=y1, x2=x2, y2=y2)


def half_sun(look: str, x: float, y: float, radius: float) -> str:
    """A half disc that stands on y."""
    r = number(radius)
    return element("path", class_=look, d=f"M{number(x - radius)} {number(y)}a{r} {r} 0 0 1 {number(2 * radius)} 0z")


def hatch(key: str) -> str:
    """The pattern behind missing data, to be used as `url(#{key}-hatch)`."""
    return element(
        "pattern",
        '<path d="M0 0v7"/>',
        id=f"{key}-hatch",
        class_="c-hatch",
        width=7,
        height=7,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def picture(
    parts: list[str],
    *,
    key: str,
    title: str,
    description: str,
    width: float,
    height: float,
    holds_links: bool = False,
) -> str:
    """The whole picture with its title and description. An image has no parts one could reach: links make it a group.

    Raises ValueError when `key`, which makes the ids unique on a page, could not be an id.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"The key {key!r} cannot be an id. Use a letter, then letters, digits, - or _.")
    head = [
        element("title", clean(title) or " ", id=f"{key}-title"),
        element("desc", clean(description) or " ", id=f"{key}-desc"),
    ]
    return element(
        "svg",
        "\n".join(["", *head, *filter(None, parts), ""]),
        xmlns="http://www.w3.org/2000/svg",
        class_="c",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="group" if holds_links else "img",
        aria_labelledby=f"{key}-title {key}-desc",
    )


def text_width(text: str, *, strong: bool = False) -> float:
    """About how wide words are at 14 px. The server has no font to measure with."""
    width = sum(14 if unicodedata.east_asian_width(letter) in "WF" else _CHARACTER_WIDTH for letter in text)
    return width * (_STRONGER if strong else 1)


def shorten(text: str, width: float) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    if text_width(text) <= width:
        return text
    while text and text_width(text) > width - _CHARACTER_WIDTH:
        text = text[:-1]
    return text.rstrip() + "…"


def two_lines(text: str, width: float) -> list[str]:
    """The text in one line, or in two broken between words, the second cut where it would be wider than `width`."""
    if text_width(text) <= width:
        return [text]
    first, rest = "", text.split()
    while rest and text_width(f"{first} {rest[0]}".strip()) <= width:
        first = f"{first} {rest.pop(0)}".strip()
    return [each for each in (first, shorten(" ".join(rest), width)) if each]
