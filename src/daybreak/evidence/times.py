"""When an outcome is read: named windows since the first dose, each with the hour it means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Hours from `low_h` to `high_h`, both included; of several rows the one nearest to `meant_h` is taken.

    A row without a printed time belongs to "untimed" and "any" alone.
    """

    id: str
    name: str
    low_h: float
    high_h: float
    meant_h: float

    def holds(self, time_h: float | None) -> bool:
        if time_h is None:
            return self.id in ("untimed", "any")
        return self.id != "untimed" and self.low_h <= time_h <= self.high_h

    def distance(self, time_h: float | None) -> float:
        return float("inf") if time_h is None else abs(time_h - self.meant_h)


_WEEK = 168.0

WINDOWS = {
    window.id: window
    for window in (
        Window("2h", "2 hours", 0.5, 3.0, 2.0),
        Window("4h", "4 hours", 3.5, 8.0, 4.0),
        Window("day", "24 hours", 18.0, 36.0, 24.0),
        Window("3d", "2 to 5 days", 40.0, 130.0, 72.0),
        Window("1wk", "1 week", 144.0, 216.0, _WEEK),
        Window("2wk", "2 weeks", 264.0, 384.0, 2 * _WEEK),
        Window("4wk", "3 to 5 weeks", 480.0, 6 * _WEEK - 1, 4 * _WEEK),
        Window("8wk", "6 to 9 weeks", 6 * _WEEK, 9 * _WEEK, 8 * _WEEK),
        Window("12wk", "10 to 16 weeks", 10 * _WEEK, 16 * _WEEK, 12 * _WEEK),
        Window("6mo", "5 to 8 months", 5 * 730.5, 8 * 730.5, 6 * 730.5),
        Window("12mo", "9 months and later", 9 * 730.5, 1e6, 12 * 730.5),
        Window("untimed", "no time printed", 0.0, 0.0, 0.0),
        Window("any", "any time", 0.0, 1e6, 0.0),
    )
}


def window(identifier: str) -> Window:
    """The window with this id.

    Raises ValueError naming the known ones when there is none.
    """
    if identifier not in WINDOWS:
        raise ValueError(f"{identifier!r} is no time. Choose one of {', '.join(WINDOWS)}.")
    return WINDOWS[identifier]


def time_words(time_h: float | None) -> str:
    """Hours as people say them: "24 h", "3 days", "4 weeks"."""
    if time_h is None:
        return "no time printed"
    if time_h < 1:
        return f"{time_h * 60:.0f} min"
    if time_h <= 36:
        return f"{time_h:g} h"
    days = time_h / 24
    if days < 14 or days % 7:
        return f"{days:.0f} days" if days < 60 else f"{days / 30.44:.0f} months"
    weeks = days / 7
    return "1 week" if weeks == 1 else f"{weeks:.0f} weeks" if weeks < 26 else f"{days / 30.44:.0f} months"
