"""Refusals: sentences that say what was wrong, with which value, and what to do."""


class Refusal(Exception):
    """Something may not be done. The message is for the person who tried."""

    status = 422


class WriteConflict(Refusal):
    """The same client-made id came again with other content."""

    status = 409


class NotYours(Refusal):
    """This person's record is not open to this user."""

    status = 403
