"""A day as every sentence says it."""

from datetime import date


def said_day(day: date) -> str:
    """For example "3 Nov 2026". Of a moment, the day it has in its own zone."""
    return f"{day.day} {day:%b %Y}"
