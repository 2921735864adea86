"""Refusals: sentences that say what was wrong, with which value, and what to do."""

from collections.abc import Mapping
from typing import NamedTuple


class Point(NamedTuple):
    """One of several things that stand against it, and what would resolve it."""

    why: str
    resolves: str


class Refusal(Exception):
    """Something may not be done. The message is for the person who tried; where several things stand against it,
    `points` are they, and `lead` stands above them. `boxes`: the sentence about each box of the form, by its name; of
    two that contradict each other the second has none of its own.
    """

    status = 422
    lead = ""
    points: tuple[Point, ...] = ()

    def __init__(self, sentence: str = "", *, boxes: Mapping[str, str] | None = None) -> None:
        self.boxes = dict(boxes or {})
        super().__init__(sentence)


class WriteConflict(Refusal):
    """The same client-made id came again with other content."""

    status = 409


class NotYours(Refusal):
    """This person's record is not open to this user."""

    status = 403
