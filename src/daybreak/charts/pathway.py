"""A pathway: steps one below the other, each arrow drawn as firmly as what is known of it.

Solid: measured in people. Broken: from animals. Dotted: assumed.
"""

from dataclasses import dataclass
from typing import Literal

from daybreak.charts.svg import element, number, picture, shorten, words

Known = Literal["people", "animals", "assumed"]
_LOOKS: dict[Known, str] = {"people": "c-line", "animals": "c-line broken", "assumed": "c-line guess"}
_WORDS: dict[Known, str] = {"people": "measured in people", "animals": "from animals", "assumed": "assumed"}
_WIDTH, _BOX, _HEIGHT, _GAP, _TOP = 520.0, 286.0, 48.0, 40.0, 8.0
_PAD = 14.0
_DETOUR = 492.0  # where the line that passes the steps by runs


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name and a few words below it."""

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detour:
    """An arrow that passes steps by, from one index to a later one, with the words along it."""

    start: int
    end: int
    known: Known
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """Steps in order and what is known of the way from each to the next.

    Raises:
        ValueError: if there is not one link between every two steps, or a detour leads nowhere.
    """

    title: str
    description: str
    steps: tuple[Step, ...]
    links: tuple[Known, ...]
    detour: Detour | None = None

    def __post_init__(self) -> None:
        if len(self.links) != len(self.steps) - 1:
            raise ValueError(f"{len(self.steps)} steps need {len(self.steps) - 1} links, found {len(self.links)}.")
        if self.detour and not 0 <= self.detour.start < self.detour.end < len(self.steps):
            raise ValueError(f"A detour from step {self.detour.start} to step {self.detour.end} leads nowhere.")


def render_pathway(pathway: Pathway, *, key: str) -> str:
    """The pathway as one `<svg>` element. Its title, description and words are what a screen reader reads."""
    parts = [
        *(part for place, step in enumerate(pathway.steps) for part in _step(step, _top(place))),
        *(part for place, known in enumerate(pathway.links) for part in _link(known, _top(place) + _HEIGHT)),
        *(_detour(pathway.detour) if pathway.detour else []),
    ]
    height = _top(len(pathway.steps) - 1) + _HEIGHT + _TOP
    return picture(parts, key=key, title=pathway.title, description=pathway.description, width=_WIDTH, height=height)


def _top(place: int) -> float:
    return _TOP + place * (_HEIGHT + _GAP)


def _step(step: Step, top: float) -> list[str]:
    box = element("rect", class_="c-node", x=1, y=top, width=_BOX, height=_HEIGHT, rx=4)
    name = words(shorten(step.name, _BOX - 2 * _PAD), _PAD, top + (20 if step.note else 29), "strong")
    return [box, name, words(shorten(step.note, _BOX - 2 * _PAD), _PAD, top + 38)]


def _link(known: Known, top: float) -> list[str]:
    x, end = _BOX / 2, top + _GAP
    return [
        _arrow(_LOOKS[known], f"M{number(x)} {number(top)}V{number(end - 2)}", x, end),
        words(_WORDS[known], x + 12, top + 24),
    ]


def _arrow(look: str, route: str, x: float, y: float, *, to_the_left: bool = False) -> str:
    """A line whose head is at (x, y) and points down, or to the left."""
    left, down = ((x + 7, y - 6), (x + 1, y), (x + 7, y + 6)), ((x - 6, y - 7), (x, y - 1), (x + 6, y - 7))
    corners = left if to_the_left else down
    head = "M" + "L".join(f"{number(at)} {number(height)}" for at, height in corners)
    return element("path", class_=f"{look} thin", d=route) + element("path", class_="c-line thin", d=head)


def _detour(detour: Detour) -> list[str]:
    start, end = (_top(place) + _HEIGHT / 2 for place in (detour.start, detour.end))
    route = f"M{number(_BOX + 1)} {number(start)}H{number(_DETOUR)}V{number(end)}H{number(_BOX + 6)}"
    middle = (start + end) / 2 - 9 * (len(detour.says) - 1)
    room = _DETOUR - _BOX - 24
    lines = [
        words(shorten(text, room), _DETOUR - 10, middle + 18 * row, "accent end halo")
        for row, text in enumerate(detour.says)
    ]
    look = f"{_LOOKS[detour.known]} a"
    return [_arrow(look, route, _BOX + 3, end, to_the_left=True), *lines]
