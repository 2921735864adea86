"""One dose of a session as it was really given: an infusion with its pauses, nasal devices, a single dose."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import nan
from uuid import UUID

from daybreak.treatment.dose_preparation import devices
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.limits import Given
from daybreak.treatment.regimen import Dose, Manner

_ROUNDING_MG = 1e-6
TIMES_COMPUTED = 1.5  # an amount so much above what the rate makes is asked about, and told; ours
_ROUNDING_MIN = 1e-6
LONGEST_SLIP_MIN = 5  # an infusion that ran longer before its end was recorded was no slip of the hand; ours


class Phase(StrEnum):
    """`finished`: all of it was given. `stopped`: it ended with less."""

    PREPARED = "prepared"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """A dose of the plan in milligrams for this person; None where it is by weight and no weight is known."""

    dose: Dose
    mg: float | None

    @property
    def comes_in_devices(self) -> bool:
        return self.dose.drug is Drug.ESKETAMINE and self.dose.route is Route.NASAL

    @property
    def given_as(self) -> Given:
        """For what the rules say is held of it."""
        if self.comes_in_devices:
            return Given.DEVICES
        return Given.INFUSION if self.dose.duration_min else Given.AT_ONCE

    @property
    def is_injection(self) -> bool:
        """Whether it is given at once with a syringe: a bolus into a vein, an injection into a muscle or the skin."""
        return self.dose.route in (Route.IV, Route.IM, Route.SC) and not self.dose.duration_min

    @property
    def may_be_measured(self) -> bool:
        """Whether it may come out of a bottle of solution; whether it does, the label or the drug account says."""
        return self.dose.route is Route.ORAL and self.dose.manner is not Manner.PROLONGED_RELEASE


@dataclass(frozen=True, slots=True)
class Pause:
    """From when to when nothing ran; `end` is None while it lasts."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class RateChange:
    """From when the pump ran at another rate."""

    at: datetime
    ml_per_h: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which an infusion ran at one rate: `speed` times the planned one."""

    start: datetime
    end: datetime
    speed: float

    @property
    def minutes(self) -> float:
        return (self.end - self.start) / timedelta(minutes=1)

    @property
    def planned_minutes(self) -> float:
        """How much of the planned time was run off in it."""
        return self.minutes * self.speed


@dataclass(frozen=True, slots=True)
class Piece:
    """A part that was given in one go."""

    started_at: datetime
    duration_min: float
    mg: float


@dataclass(frozen=True, slots=True)
class DoseRun:
    """A dose that was begun.

    Attributes:
        planned: what the plan asks for.
        mg: the amount that was to be given.
        rate_ml_per_h: the rate that gives the dose in the planned time; None where its concentration has none.
        rates: to what the pump was set instead, at the start or later.
        rest: what became of the rest of a sublingual dose, once somebody saw it.
        device_times: when each nasal device was given.
        entries: of its start and of each device after it, in the order of `device_times`; two may bear one time.
        stopped_at: when a person recorded its end; an infusion that ran to its end has one too.
        went_on_at: when somebody let it run on after that end, as a stop that came late shows; until it is stopped
            anew nobody knows its end, and it runs or is paused as any other.
        left_at: when the person left, after which nothing runs into them: a stop may be recorded later, or never.
        stated_mg: what a person said was really given, which then counts.
    """

    planned: PlannedDose
    mg: float
    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    device_times: tuple[datetime, ...] = ()
    entries: tuple[UUID, ...] = ()
    stopped_at: datetime | None = None
    went_on_at: datetime | None = None
    left_at: datetime | None = None
    stated_mg: float | None = None
    rate_ml_per_h: float | None = None
    rates: tuple[RateChange, ...] = ()
    rest: Manner | None = None

    @property
    def manner(self) -> Manner:
        """How it was taken: as somebody saw it, else as planned."""
        return self.rest or self.planned.dose.manner

    @property
    def dose_given(self) -> Dose:
        """The dose of the plan, taken as it was."""
        return replace(self.planned.dose, manner=self.manner)

    @property
    def is_infusion(self) -> bool:
        return self.planned.dose.duration_min > 0

    @property
    def planned_devices(self) -> int:
        return devices(self.mg) if self.planned.comes_in_devices else 0

    @property
    def ended_at(self) -> datetime | None:
        """When it was stopped for good; None while it goes on, also after a stop that was none."""
        return None if self.went_on_at else self.stopped_at

    @property
    def end_is_recorded(self) -> bool:
        """A dose without length has no end to record."""
        return not self.is_infusion or self.ended_at is not None

    @property
    def last_begun(self) -> tuple[datetime, str]:
        """When the last of it was begun, and how a sentence says that."""
        if self.is_infusion:
            return self.started_at, "the infusion started"
        if self.planned.comes_in_devices:
            return max(self.started_at, *self.device_times), "the last device was given"
        return self.started_at, "the dose was given"

    @property
    def over_at(self) -> datetime | None:
        """When an infusion ended whose end is recorded: with its last drop, where Stop was touched after that."""
        if not self.is_infusion or self.ended_at is None:
            return None
        is_whole = self.computed_mg(self.ended_at) >= self.mg - _ROUNDING_MG
        return self.running(self.ended_at)[-1].end if is_whole else self._no_later(self.ended_at)

    def _no_later(self, at: datetime) -> datetime:
        """This time, or the leaving where that came before it."""
        return min(at, self.left_at or at)

    def running(self, now: datetime) -> tuple[Stretch, ...]:
        """The stretches in which an infusion ran, none together giving more than the plan."""
        until = self._no_later(min(now, self.ended_at or now))
        left_min = self.planned.dose.duration_min
        found = []
        for start, end in _between(self.started_at, self.pauses, until):
            for stretch in self._at_one_rate(start, end):
                planned_min = min(stretch.planned_minutes, left_min)
                if planned_min > 0:
                    ran = timedelta(minutes=planned_min / stretch.speed)
                    found.append(Stretch(stretch.start, stretch.start + ran, stretch.speed))
                    left_min -= planned_min
        return tuple(found)

    def _at_one_rate(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        for change in self.rates:
            if start < change.at < end:
                yield Stretch(start, change.at, self._speed(start))
                start = change.at
        yield Stretch(start, end, self._speed(start))

    def _speed(self, at: datetime) -> float:
        """How many times as fast as planned it runs from this time on."""
        return self.ml_per_h(at) / self.rate_ml_per_h if self.rates and self.rate_ml_per_h else 1.0

    def ml_per_h(self, at: datetime) -> float:
        """What the pump was set to at this time; nan where no rate was recorded."""
        set_to = [change.ml_per_h for change in self.rates if change.at <= at]
        return set_to[-1] if set_to else self.rate_ml_per_h or nan

    def run_min(self, now: datetime) -> float:
        """For how many minutes an infusion ran until now."""
        return sum(stretch.minutes for stretch in self.running(now))

    def planned_min_run(self, now: datetime) -> float:
        """How many minutes of the plan were run off until now: the same, unless the rate was changed."""
        return sum(stretch.planned_minutes for stretch in self.running(now))

    def computed_mg(self, now: datetime) -> float:
        """The amount given until now, by the clock for an infusion and by count for devices."""
        if self.is_infusion:
            return self.mg * min(1.0, self.planned_min_run(now) / self.planned.dose.duration_min)
        if self.planned.comes_in_devices:
            given = sum(at <= now for at in self.device_times)
            return self.mg * given / self.planned_devices
        return self.mg

    def given_mg(self, now: datetime) -> float:
        """The amount given until now: as a person stated it, else as computed."""
        return self.computed_mg(now) if self.stated_mg is None else self.stated_mg

    def excess_mg(self, now: datetime) -> float:
        """How much more than was to be given was given until now; 0 where it was not more."""
        excess = self.given_mg(now) - self.mg
        return excess if excess > _ROUNDING_MG else 0.0

    def is_beyond_its_rate(self, now: datetime) -> bool:
        """Whether so much was stated as given as the pump cannot have given by its recorded rate and time."""
        return self.is_infusion and self.given_mg(now) > TIMES_COMPUTED * self.computed_mg(now)

    def phase(self, now: datetime) -> Phase:
        if self.given_mg(now) >= self.mg - _ROUNDING_MG:
            return Phase.FINISHED
        if not self.is_infusion and self.computed_mg(now) >= self.mg - _ROUNDING_MG:
            return Phase.FINISHED  # in one go, or the last device: less as stated later gives none of it again
        if self.ended_at is not None:
            return Phase.STOPPED
        return Phase.PAUSED if self.pauses and self.pauses[-1].end is None else Phase.RUNNING

    def ends_at(self, now: datetime) -> datetime:
        """When it ended, or will if nothing interrupts it again. During a pause the end moves with the clock.

        What goes in at once, or device by device, ended with the last of it, whenever Stop is touched after that.
        """
        if not self.is_infusion:
            return self.device_times[-1] if self.device_times else self.started_at
        if self.ended_at is not None:
            return self._no_later(self.ended_at)
        left_min = self.planned.dose.duration_min - self.planned_min_run(now)
        if left_min <= _ROUNDING_MIN:
            return self.running(now)[-1].end
        return self._no_later(now + timedelta(minutes=left_min / self._speed(now)))

    def parts(self, now: datetime) -> tuple["Piece", ...]:
        """The same as the model takes them: the devices of a dose stay one, since it has them five minutes apart and
        knows that the later ones take up less."""
        if not self.planned.comes_in_devices:
            return self.pieces(now)
        given = self.given_mg(now)
        return (Piece(self.started_at, 0.0, given),) if given > 0 else ()

    def pieces(self, now: datetime) -> tuple[Piece, ...]:
        """What was given, each part with its time: together exactly `given_mg`."""
        if self.is_infusion:
            ran = self.running(now)
            parts = [(stretch.start, stretch.minutes) for stretch in ran]
            weights = [stretch.planned_minutes for stretch in ran]
            if not ran and now >= self.started_at:  # stopped as it began; what is stated then went in at once
                parts, weights = [(self.started_at, 0.0)], [1.0]
        else:
            parts = [(at, 0.0) for at in self.device_times or (self.started_at,) if at <= now]
            weights = [1.0] * len(parts)
        given = self.given_mg(now)
        return tuple(
            Piece(at, minutes, given * weight / sum(weights))
            for (at, minutes), weight in zip(parts, weights, strict=True)
            if given > 0
        )


def ran_on(run: DoseRun, now: datetime) -> bool:
    """Whether an infusion ran too long, to a recorded end, for its start to be a slip. A stated amount says more."""
    return run.is_infusion and run.end_is_recorded and run.stated_mg is None and run.run_min(now) > LONGEST_SLIP_MIN


def _between(started_at: datetime, pauses: Iterable[Pause], until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches from the start until now that no pause covers."""
    start = started_at
    for pause in pauses:
        yield start, min(pause.start, until)
        if pause.end is None or pause.end >= until:
            return
        start = pause.end
    yield start, until
