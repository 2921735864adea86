"""Refusals: sentences that say what was wrong, with which value, and what to do."""

from typing import NamedTuple


class Point(NamedTuple):
    """One of several things that stand against it, and what would resolve it."""

    why: str
    resolves: str


class Refusal(Exception):
    """Something may not be done. The message is for the person who tried; where several things stand against it,
    `points` are they, and `lead` stands above them.
    """

    status = 422
    lead = ""
    points: tuple[Point, ...] = ()


class WriteConflict(Refusal):
    """The same client-made id came again with other content."""

    status = 409


class NotYours(Refusal):
    """This person's record is not open to this user."""

    status = 403
