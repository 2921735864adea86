"""What went out, told in few lines: six marks of one chair are one thing to go for, on the page as in the message."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from daybreak.clinic.escalation.models import OnCallAnswer, OnCallMessage
from daybreak.clinic.escalation.queries import rank
from daybreak.clinic.record.models import Flag, User
from daybreak.clinic.treatment_day.models import Session

Sessions = Mapping[UUID, Session]


@dataclass(frozen=True, slots=True)
class Call:
    """One person's messages with one outcome, or that nobody was there; `flags`: about what, the gravest first."""

    rows: tuple[OnCallMessage, ...]
    flags: tuple[Flag, ...]

    @property
    def first_at(self) -> datetime:
        return self.rows[0].recorded_at

    @property
    def last_at(self) -> datetime | None:
        """When the last of several went out; None where all went in one pass."""
        last = self.rows[-1].recorded_at
        return last if last.replace(second=0, microsecond=0) > self.first_at else None

    @property
    def person(self) -> User | None:
        return self.rows[0].person

    @property
    def trouble(self) -> str:
        return self.rows[0].trouble

    @property
    def answer(self) -> OnCallAnswer | None:
        return _answer(self.rows[-1])


@dataclass(frozen=True, slots=True)
class CalledChair:
    """A chair about which somebody was called: what waits there, the gravest first, and who was called."""

    session: Session | None
    flags: tuple[Flag, ...]
    calls: tuple[Call, ...]


def by_chair(steps: Iterable[OnCallMessage], sessions: Sessions) -> list[CalledChair]:
    """Of each chair one line for each person and what became of it, the chair with the gravest mark first."""
    chairs = _grouped(steps, lambda row: sessions[row.flag_id].pk if row.flag_id in sessions else row.flag_id)
    found = [
        CalledChair(sessions.get(rows[0].flag_id), _flags(rows, sessions), tuple(_calls(rows, _outcome, sessions)))
        for rows in chairs
    ]
    return sorted(found, key=lambda chair: -rank(chair.flags[0], chair.session))


def by_message(rows: Iterable[OnCallMessage], sessions: Sessions) -> list[Call]:
    """One line for each message and what became of it, the newest first."""
    return _calls(rows, lambda row: (row.mail or row.pk, _outcome(row)), sessions)[::-1]


def _calls(rows: Iterable[OnCallMessage], key: Callable[[OnCallMessage], object], sessions: Sessions) -> list[Call]:
    return [Call(tuple(group), _flags(group, sessions)) for group in _grouped(rows, key)]


def _grouped(rows: Iterable[OnCallMessage], key: Callable[[OnCallMessage], object]) -> list[list[OnCallMessage]]:
    """In order of time, the groups by their first."""
    groups: dict[object, list[OnCallMessage]] = {}
    for row in sorted(rows, key=lambda row: (row.recorded_at, row.pk)):
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


def _flags(rows: Iterable[OnCallMessage], sessions: Sessions) -> tuple[Flag, ...]:
    flags = {row.flag_id: row.flag for row in rows if row.flag}
    return tuple(sorted(flags.values(), key=lambda flag: -rank(flag, sessions.get(flag.pk))))


def _outcome(row: OnCallMessage) -> object:
    return row.person_id, row.trouble, _answer(row) is not None


def _answer(row: OnCallMessage) -> OnCallAnswer | None:
    return getattr(row, "answer", None)
