"""The calendar of a plan: weeks across, a half sun for every session, and a line for every review."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

from daybreak.charts.svg import half_sun, line, picture, shorten, text_width, words
from daybreak.charts.table import Table
from daybreak.charts.ticks import WEEKDAYS, day_words

_WIDTH = 1080
_LEFT = 104.0
_RIGHT = 1072.0
_WEEKS_IN_A_ROW = 12
_ROW = 156.0
_BETWEEN_ROWS = 20.0
_INSET = 9.0  # between a week's line and its first and last day
_SUN = 11.0
_GAP = 6.0  # between two words


@dataclass(frozen=True, slots=True)
class CalendarSession:
    """One session: filled when chosen or given, empty when only possible."""

    day: date
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Review:
    """A day on which someone decides, and about what."""

    day: date
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Weeks from `start`, at least `weeks` of them and as many as the last session or review needs.

    `dose` stands below the word Session; `note` fills what is empty after the last session.
    """

    title: str
    description: str
    start: date
    sessions: tuple[CalendarSession, ...]
    reviews: tuple[Review, ...] = ()
    weeks: int = _WEEKS_IN_A_ROW
    dose: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        days = self.days
        if days and min(days) < self.start:
            raise ValueError(
                f"The calendar starts on {self.start}, after its first entry on {min(days)}. Start it earlier."
            )
        needed = max(((day - self.start).days // 7 + 1 for day in days), default=1)
        object.__setattr__(self, "weeks", max(self.weeks, needed))
        object.__setattr__(self, "sessions", tuple(sorted(self.sessions, key=attrgetter("day"))))

    @property
    def days(self) -> list[date]:
        """The days of every session and review."""
        return [*(session.day for session in self.sessions), *(review.day for review in self.reviews)]


def render_calendar(calendar: Calendar, *, key: str) -> str:
    """The calendar as one `<svg>` element, twelve weeks to a row. `key` as in `render`."""
    rows = -(-calendar.weeks // _WEEKS_IN_A_ROW)
    parts = [part for row in range(rows) for part in _draw_row(calendar, row)]
    return picture(
        parts,
        key=key,
        title=calendar.title,
        description=calendar.description,
        width=_WIDTH,
        height=(_ROW + _BETWEEN_ROWS) * rows - _BETWEEN_ROWS,
    )


def calendar_table(calendar: Calendar) -> Table:
    """Every session and review with its day."""
    sessions = [
        (entry.day, f"Session {number}" + ("" if entry.filled else ", not chosen"))
        for number, entry in enumerate(calendar.sessions, 1)
    ]
    entries = sorted([*sessions, *((review.day, review.words) for review in calendar.reviews)])
    rows = tuple(
        (f"{WEEKDAYS[day.weekday()]} {day_words(day.toordinal(), year=True)}", entry) for day, entry in entries
    )
    return Table(("Day", "What"), rows, tuple(filter(None, [calendar.dose, calendar.note])))


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of weeks: which days it holds and where they stand."""

    calendar: Calendar
    index: int

    @property
    def weeks(self) -> int:
        return min(_WEEKS_IN_A_ROW, self.calendar.weeks)

    @property
    def week_width(self) -> float:
        return (_RIGHT - _LEFT) / self.weeks

    @property
    def line_y(self) -> float:
        return self.index * (_ROW + _BETWEEN_ROWS) + 88

    @property
    def week_numbers(self) -> range:
        first = self.index * self.weeks
        return range(first, min(first + self.weeks, self.calendar.weeks))

    def holds(self, day: date) -> bool:
        return (day - self.calendar.start).days // 7 in self.week_numbers

    def week_x(self, week: int) -> float:
        return _LEFT + (week - self.week_numbers.start) * self.week_width

    def day_x(self, day: date) -> float:
        week, of_week = divmod((day - self.calendar.start).days, 7)
        return self.week_x(week) + _INSET + of_week * self.day_width

    @property
    def day_width(self) -> float:
        return (self.week_width - 2 * _INSET) / 6


def _draw_row(calendar: Calendar, index: int) -> list[str]:
    row = _Row(calendar, index)
    y = row.line_y
    end = row.week_x(row.week_numbers.stop)
    parts = [part for week in row.week_numbers for part in _draw_week(row, week)]
    parts.append(line("c-axis", _LEFT, y, end, y))
    parts += [words("Session", 8, y - 8, "strong"), words(shorten(calendar.dose, _LEFT - 12), 8, y + 20)]
    return [*parts, *_draw_reviews(row), *_draw_sessions(row), _draw_note(row, end)]


def _draw_week(row: _Row, week: int) -> list[str]:
    x, y = row.week_x(week), row.line_y
    monday = row.calendar.start + timedelta(weeks=week)
    ticks = [row.day_x(monday + timedelta(days=day)) for day in range(7)]
    return [
        words(f"Week {week + 1}", x + 4, y - 74, "strong"),
        words(day_words(monday.toordinal()), x + 4, y - 57),
        line("c-grid", x, y - 48, x, y + 32),
        *(line("c-tick", tick, y, tick, y + 4) for tick in ticks),
    ]


def _draw_sessions(row: _Row) -> list[str]:
    """Half suns, numbered above and with their weekday below.

    Where not every word of the row has room, the first session of each week has its number and no weekday stands."""
    of_days: dict[date, list[tuple[int, CalendarSession]]] = {
        day: list(group)
        for day, group in groupby(enumerate(row.calendar.sessions, 1), key=lambda entry: entry[1].day)
        if row.holds(day)
    }
    numbers = {day: ", ".join(str(number) for number, _ in of_day) for day, of_day in of_days.items()}
    weekdays = {day: WEEKDAYS[day.weekday()] for day in of_days}
    if not (_has_room(row, numbers) and _has_room(row, weekdays)):
        firsts = {(day - row.calendar.start).days // 7: day for day in sorted(of_days, reverse=True)}
        numbers, weekdays = {day: numbers[day] for day in sorted(firsts.values())}, {}
    y = row.line_y
    parts = []
    for day, of_day in of_days.items():
        look = "c-bar" if all(session.filled for _, session in of_day) else "c-bar plan"
        parts.append(half_sun(look, row.day_x(day), y, min(_SUN, row.day_width)))
    parts += [words(number, row.day_x(day), y - 17, "mid strong halo") for day, number in numbers.items()]
    return parts + [words(weekday, row.day_x(day), y + 20, "mid halo") for day, weekday in weekdays.items()]


def _has_room(row: _Row, said: dict[date, str]) -> bool:
    """Whether these words, each over its day, leave a gap between them."""
    ends = [(row.day_x(day), text_width(word) / 2) for day, word in sorted(said.items())]
    return all(x + half + _GAP <= next_x - next_half for (x, half), (next_x, next_half) in pairwise(ends))


def _draw_reviews(row: _Row) -> list[str]:
    """A line at the end of each day of review. Words that would touch the last ones go one line lower."""
    parts: list[str] = []
    free_from = 0.0
    for review in sorted(row.calendar.reviews, key=attrgetter("day", "words")):
        if not row.holds(review.day):
            continue
        x, y = row.day_x(review.day) + row.day_width / 2, row.line_y
        text = shorten(review.words, 300)
        half = text_width(text) / 2
        middle = max(half, min(_WIDTH - half, x))
        lower = middle - half < free_from
        parts.append(line("c-limit goal", x, y - 42, x, y + 34))
        parts.append(words(text, middle, y + (64 if lower else 50), "mid strong"))
        free_from = free_from if lower else middle + half + 8
    return parts


def _draw_note(row: _Row, end: float) -> str:
    """The note, after the last session and review of all, cut where the row ends."""
    start_of_next = row.calendar.start + timedelta(weeks=row.week_numbers.stop)
    if any(day >= start_of_next for day in row.calendar.days):
        return ""
    start = max((row.day_x(day) for day in row.calendar.days if row.holds(day)), default=_LEFT) + 20
    room = end - start
    return words(shorten(row.calendar.note, room), start, row.line_y - 10, "halo") if room > 100 else ""
