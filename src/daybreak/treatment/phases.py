"""The phases of a regimen: runs of sessions with equal doses and equal spacing.

A page shows them as a table, and `daybreak.treatment.regimen_language.say` puts them into words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from daybreak.treatment.regimen import Dose, Regimen, Session, sessions


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Days of treatment that repeat: `days` within a cycle of `cycle_days` days, the first of them zero."""

    days: tuple[int, ...]
    cycle_days: int

    def day(self, place: int) -> int:
        """The day of the dose at this place of the rhythm, both counted from zero."""
        cycles, rest = divmod(place, len(self.days))
        return cycles * self.cycle_days + self.days[rest]

    def places_within(self, days: int) -> int:
        """How many doses fall into this number of days."""
        cycles, rest = divmod(days, self.cycle_days)
        return cycles * len(self.days) + sum(day < rest for day in self.days)


THREE_TIMES_WEEKLY = Rhythm((0, 2, 4), 7)
TWICE_WEEKLY = Rhythm((0, 3), 7)


def every(days: int) -> Rhythm:
    """One dose every so many days."""
    return Rhythm((0,), days)


WEEKLY = every(7)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next phase starts unless it says otherwise.

    `taken`: the dose of that day was already given, by single days that the next rhythm counts as its first.
    """

    day: int = 0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """Sessions with equal doses and equal spacing.

    `doses` are those of one session, their times counted from its first. `days` count from the first dose of
    the regimen, which is day zero. `rhythm` is None for single days. `led`: the last day of the phase before
    is the first place of this rhythm. `elsewhere`: its first day does not follow from the phase before.
    """

    doses: tuple[Dose, ...]
    days: tuple[int, ...]
    rhythm: Rhythm | None
    led: bool = False
    elsewhere: bool = False

    @property
    def first_day(self) -> int:
        return self.days[0]

    @property
    def last_day(self) -> int:
        return self.days[-1]

    @property
    def count(self) -> int:
        return len(self.days)

    @property
    def places(self) -> int:
        """How many places of its rhythm the phase covers, one given before it included."""
        return self.count + self.led

    @property
    def next_place(self) -> Place:
        """Where the phase after this one starts unless it says otherwise."""
        if self.rhythm is None:
            return Place(self.last_day, taken=True)
        covered = self.rhythm.day(self.places) - self.rhythm.day(self.led)
        return Place(self.first_day + covered)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read the first `upto` sessions as phases; the lowest cost is the plainest.

    `place` is where the next phase would start. The phases are chained, the newest first.
    """

    cost: int = 0
    upto: int = 0
    place: Place = Place()
    phase: Phase | None = None
    before: "_Reading | None" = None

    def then(self, phase: Phase, cost: int) -> "_Reading":
        return _Reading(self.cost + cost, self.upto + phase.count, phase.next_place, phase, self)

    def phases(self) -> tuple[Phase, ...]:
        found: list[Phase] = []
        reading: _Reading | None = self
        while reading is not None and reading.phase is not None:
            found.append(reading.phase)
            reading = reading.before
        return tuple(reversed(found))


def phases(regimen: Regimen) -> tuple[Phase, ...]:
    """The plainest division of a regimen into phases: the fewest words that say it exactly."""
    days = [replace(session, doses=_from_its_start(session)) for session in sessions(regimen)]
    # best[i]: the plainest readings of the first i sessions, by where the next phase would start.
    best: list[dict[Place, _Reading]] = [{} for _ in range(len(days) + 1)]
    best[0][Place()] = _Reading()
    for index in range(len(days)):
        for reading in best[index].values():
            for longer in _longer(reading, days):
                known = best[longer.upto].get(longer.place)
                if known is None or longer.cost < known.cost:
                    best[longer.upto][longer.place] = longer
    return min(best[-1].values(), key=lambda reading: reading.cost).phases()


def _from_its_start(session: Session) -> tuple[Dose, ...]:
    """The doses of a session with their times counted from its first."""
    start_h = session.doses[0].time_h
    return tuple(replace(dose, time_h=dose.time_h - start_h) for dose in session.doses)


def _longer(reading: _Reading, days: Sequence[Session]) -> Iterator[_Reading]:
    """Each way to read on at the next session, with what it costs in words."""
    here, last = days[reading.upto], reading.phase
    for phase in _runs(days, reading.upto, reading.place):
        odd_pair = phase.places == 2 and phase.rhythm not in (WEEKLY, TWICE_WEEKLY)
        yield reading.then(phase, 2 + phase.elsewhere + 2 * odd_pair)
    if reading.before is not None and last is not None and last.rhythm is None and last.doses == here.doses:
        # A list of days grows by this one, which says less than a phase of its own.
        grown = replace(last, days=(*last.days, here.day), elsewhere=True)
        yield reading.before.then(grown, reading.cost - reading.before.cost + 1)
    single = Phase(here.doses, (here.day,), None, elsewhere=reading.place != Place(here.day))
    yield reading.then(single, 2 + single.elsewhere)


def _runs(days: Sequence[Session], index: int, place: Place) -> Iterator[Phase]:
    """The rhythms that fit two sessions or more from here, each with the lengths worth trying."""
    here = days[index]
    if index + 1 == len(days) or days[index + 1].doses != here.doses:
        return
    for led in (True, False) if place.taken else (False,):
        start = place.day if led else here.day
        gap = here.day - start if led else days[index + 1].day - start
        for rhythm in (THREE_TIMES_WEEKLY, TWICE_WEEKLY, every(gap)):
            longest = _fit(rhythm, days[index:], start, led)
            for count in _lengths(rhythm, longest, led):
                given = tuple(session.day for session in days[index : index + count])
                yield Phase(here.doses, given, rhythm, led, elsewhere=not led and place != Place(start))


def _fit(rhythm: Rhythm, days: Sequence[Session], start: int, led: bool) -> int:
    """How many of these sessions in a row keep the rhythm and the doses of the first."""
    for number, session in enumerate(days):
        if session.day - start != rhythm.day(number + led) or session.doses != days[0].doses:
            return number
    return len(days)


def _lengths(rhythm: Rhythm, longest: int, led: bool) -> set[int]:
    """How much of a run to take: all, or less where its end may belong to the next phase."""
    per_cycle = len(rhythm.days)
    whole = (longest + led) // per_cycle * per_cycle - led
    enough = max(2, per_cycle - led)
    return {length for length in (longest, longest - 1, whole, whole - per_cycle) if length >= enough}
