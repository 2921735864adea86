"""Reads of the calendar."""

from daybreak.clinic.schedule.queries.bookings import (
    CourseRow,
    appointments,
    booked_between,
    came,
    course_rows,
    days_of,
    has_ended,
    history,
    is_of_its_day,
    next_appointment,
    session_of,
    sessions_on,
    standing,
    without_appointment,
)
from daybreak.clinic.schedule.queries.hours import (
    closed_days,
    closings,
    hours_in_force,
    prescribers,
    watchers,
)
from daybreak.clinic.schedule.queries.occupied import booking_of, diary
from daybreak.clinic.schedule.queries.shown import Shown, Visit, WalkIn, visits, walk_ins
from daybreak.clinic.schedule.queries.stays import known_stay, stay_of

__all__ = [
    "CourseRow",
    "Shown",
    "Visit",
    "WalkIn",
    "appointments",
    "booked_between",
    "booking_of",
    "came",
    "closed_days",
    "closings",
    "course_rows",
    "days_of",
    "diary",
    "has_ended",
    "history",
    "hours_in_force",
    "is_of_its_day",
    "known_stay",
    "next_appointment",
    "prescribers",
    "session_of",
    "sessions_on",
    "standing",
    "stay_of",
    "visits",
    "walk_ins",
    "watchers",
    "without_appointment",
]
