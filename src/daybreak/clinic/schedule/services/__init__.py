"""The verbs of the calendar. Each takes a `write_id` the client made and is carried out once."""

from daybreak.clinic.schedule.services.booking import (
    Clashing,
    Tried,
    Wanted,
    book,
    cancel,
    has_waited,
    may_not_book,
    move,
    no_show,
    try_out,
)
from daybreak.clinic.schedule.services.closing import close_days, open_again
from daybreak.clinic.schedule.services.facts import record_authorisation, record_ride, set_hours

__all__ = [
    "Clashing",
    "Tried",
    "Wanted",
    "book",
    "cancel",
    "close_days",
    "has_waited",
    "may_not_book",
    "move",
    "no_show",
    "open_again",
    "record_authorisation",
    "record_ride",
    "set_hours",
    "try_out",
]
