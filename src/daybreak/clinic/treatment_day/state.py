"""The state of a session: what is known of it at a time. Pure; a page, a check and a note all ask this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from itertools import groupby
from operator import attrgetter

from daybreak.clinic.record.times import clock
from daybreak.clinic.treatment_day.doses import DoseRun, Phase, PlannedDose
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.treatment import leaving, time_out
from daybreak.treatment.checks import (
    CALLS_TO_ACT_CHECK,
    SERIOUS_EVENT_CHECK,
    Answer,
    Check,
    Refusal,
    checks_before,
    measured_answers,
    open_checks,
)
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.gate import gate_limits
from daybreak.treatment.labelling import Jurisdiction
from daybreak.treatment.limits import Limit, Limits, Mark, OwnLimits, assess, limits_with, strictest_limits
from daybreak.treatment.readings import latest_readings
from daybreak.treatment.schedule import DueCheck, UnknownScheduleError, due_checks, missed, next_due, overdue
from daybreak.treatment.vitals import Reading, Vital

Kind = SessionEvent.Kind
# Values typed within this time of each other are one check. Ours.
ONE_CHECK = timedelta(minutes=5)
# A check of a session on a monitor is done when a person typed what no monitor measures.
OBSERVED = frozenset({Vital.ALERTNESS, Vital.DISSOCIATION})
# A newer event or another account of it, a newer value or mark that calls to act: a reason of before does not mean it.
_NEWER_IS_NOT_MEANT = (SERIOUS_EVENT_CHECK, CALLS_TO_ACT_CHECK)
GATES = frozenset({"pressure_gate", "oxygen_gate"})  # the checks that hold what was measured against the gate


@cache
def gate_in_force(drug: Drug, route: Route, jurisdiction: str) -> Limits:
    """The gate before a dose."""
    return gate_limits(drug, route, jurisdiction)


@cache
def limits_before_dose(drug: Drug, route: Route, jurisdiction: str, own: OwnLimits) -> Limits:
    """What marks a reading until the dose begins: the gate on its side, what calls to act, and what has no gate."""
    gate = gate_in_force(drug, route, jurisdiction)
    gated = {(limit.vital, limit.comparison.is_high) for limit in gate.limits}
    session = limits_with(own).limits
    kept = (each for each in session if each.level.calls_to_act or (each.vital, each.comparison.is_high) not in gated)
    return Limits((*gate.limits, *kept))


@cache
def known_limits(own: OwnLimits) -> Mapping[str, Limit]:
    """Every limit a flag may name, by its id: those of a session, with a clinic's own numbers, and every gate."""
    gates = (gate_in_force(drug, route, place) for drug in Drug for route in Route for place in Jurisdiction)
    return {limit.id: limit for limits in (*gates, limits_with(own)) for limit in limits.limits}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a prescriber goes on although a check stands against it.

    Attributes:
        recorded_at: what came after it was not seen by who wrote it, whatever clock time it has.
        lifts: whether something stood against it when this was written.
        of_a_value: of a measured check, whether it was written of a value; else of there being none.
    """

    text: str
    at: datetime
    recorded_at: datetime
    lifts: bool = True
    of_a_value: bool = True

    def knew_of(self, told: Answer | Reading) -> bool:
        """Whether this answer or value was there when the reason was written: it had happened and was recorded."""
        return told.at <= self.at and (told.recorded_at is None or told.recorded_at <= self.recorded_at)


@dataclass(frozen=True)
class SessionState:
    """What is known of a session at `now`.

    Attributes:
        planned: the doses the plan asks for today, in order.
        opened_at: when the session was opened; None where nobody asked for times in words or a picture.
        runs: the doses that were begun, in order.
        mistaken: those that were recorded as begun, and then as a mistake: nothing of them was given.
        answers: the asked checks, by check id.
        reasons: a prescriber's written reasons, by check id, and when they were written.
        readings: the true values, oldest first; corrected ones and artefacts are left out.
        typed: those of them a person typed.
        struck_out: what somebody called not true, with no value in its place.
        on_monitor: whether a monitor is or was tied to the session.
        time_out: the newest time-out by two people since the last dose was begun or taken back.
        recorded: checks the record itself answers, by check id; empty once the last dose was begun.
        leaving_taken_back: the newest taking back of a leaving, which counts as none at any time.
        own: the clinic's own limits, as they were when the session was opened.
    """

    now: datetime
    jurisdiction: str
    planned: tuple[PlannedDose, ...]
    opened_at: datetime | None = None
    runs: tuple[DoseRun, ...] = ()
    mistaken: tuple[DoseRun, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    criteria_answers: Mapping[str, Answer] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    typed: tuple[Reading, ...] = ()
    struck_out: tuple[Reading, ...] = ()
    on_monitor: bool = False
    time_out: SessionEvent | None = None
    recorded: Mapping[str, Answer] = field(default_factory=dict)
    left: SessionEvent | None = None
    leaving_taken_back: SessionEvent | None = None
    note: SessionEvent | None = None
    amendments: tuple[SessionEvent, ...] = ()
    own: OwnLimits = ()

    @property
    def day(self) -> date | None:
        """On which the session was opened."""
        return self.opened_at.date() if self.opened_at else None

    @property
    def drug(self) -> Drug:
        return self.planned[0].dose.drug

    @property
    def route(self) -> Route:
        return self.planned[0].dose.route

    @property
    def run(self) -> DoseRun | None:
        """The dose begun last."""
        return self.runs[-1] if self.runs else None

    @property
    def next_dose(self) -> PlannedDose | None:
        """The first dose of the plan that was not begun."""
        return self.planned[len(self.runs)] if len(self.runs) < len(self.planned) else None

    @property
    def phase(self) -> Phase:
        return self.run.phase(self.now) if self.run else Phase.PREPARED

    @property
    def stop_is_open(self) -> bool:
        """Whether the last dose was stopped early, and no stated amount, no note and no leaving rests on that yet; also
        where it went on since."""
        if self.left or self.note or self.run is None or self.run.stated_mg is not None:
            return False
        return self.phase is Phase.STOPPED or self.run.went_on_at is not None

    @property
    def started_at(self) -> datetime | None:
        return self.runs[0].started_at if self.runs else None

    @property
    def ends_at(self) -> datetime | None:
        """When the last dose ended or will end."""
        return max((run.ends_at(self.now) for run in self.runs), default=None)

    @property
    def stopped_at(self) -> datetime | None:
        """The end of the last dose, once it is recorded."""
        return self.ends_at if self.runs and all(run.end_is_recorded for run in self.runs) else None

    @property
    def end_waits(self) -> bool:
        """Whether an infusion should be over by the clock, and nobody has recorded its end."""
        return any(not run.end_is_recorded and run.phase(self.now) is Phase.FINISHED for run in self.runs)

    @property
    def given_mg(self) -> float:
        return sum(run.given_mg(self.now) for run in self.runs)

    @property
    def given_by_way(self) -> dict[str, float]:
        """Milligrams by drug and route, as "ketamine iv": what is given two ways is no sum."""
        amounts: dict[str, float] = {}
        for run in self.runs:
            way = f"{run.planned.dose.drug} {run.planned.dose.route}"
            amounts[way] = amounts.get(way, 0.0) + run.given_mg(self.now)
        return amounts

    def clock(self, at: datetime) -> str:
        """A time of this session in words: with its date where that is not the day of the session."""
        return clock(at, self.day)

    @property
    def more_than_planned(self) -> str:
        """For example "60 mg given, 25 mg more than the 35 mg planned", or more than the pump can have given by its
        rate; empty where no dose was more.
        """
        return "; ".join(filter(None, (self._more(run) for run in self.runs)))

    def _more(self, run: DoseRun) -> str:
        given = f"{as_measured(run.given_mg(self.now))} mg given"
        if excess := run.excess_mg(self.now):
            return f"{given}, {as_measured(excess)} mg more than the {as_measured(run.mg)} mg planned"
        if run.is_beyond_its_rate(self.now):
            return f"{given} as stated, and {as_measured(run.computed_mg(self.now))} mg by the rate of the pump"
        return ""

    @cached_property
    def baseline(self) -> dict[Vital, Reading]:
        """The last true value of each vital sign before the dose; before the dose, the latest so far."""
        started = self.started_at
        return latest_readings(reading for reading in self.readings if started is None or reading.at < started)

    @cached_property
    def baseline_values(self) -> dict[Vital, float]:
        return {vital: reading.value for vital, reading in self.baseline.items()}

    @cached_property
    def latest(self) -> dict[Vital, Reading]:
        return latest_readings(self.readings)

    @property
    def gate(self) -> Limits:
        """The limits that hold until the first dose begins."""
        return gate_in_force(self.drug, self.route, self.jurisdiction)

    @property
    def session_limits(self) -> Limits:
        """The limits that hold from the first dose on."""
        return limits_with(self.own)

    @property
    def strictest_limits(self) -> Limits:
        """What a person is let go against, and what a reason given before counts against."""
        return strictest_limits(self.own)

    @property
    def limits(self) -> Limits:
        """What marks a reading now."""
        if self.started_at:
            return self.session_limits
        return limits_before_dose(self.drug, self.route, self.jurisdiction, self.own)

    def mark_of(self, reading: Reading) -> Mark | None:
        """The limit this reading is shown against."""
        return assess(reading, self.limits, self.baseline_values if self.started_at else None)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return checks_before(self.drug, self.route, self.jurisdiction, {*self.recorded, *self.reasons})

    @cached_property
    def check_answers(self) -> dict[str, Answer]:
        """Asked, known from the record and measured together; of the record and a person, whoever said it last."""
        known = {
            check_id: answer
            for check_id, answer in self.recorded.items()
            if check_id not in self.answers or self.answers[check_id].at < answer.at
        }
        return {**self.answers, **known, **measured_answers(self.readings, self.gate, self.now)}

    @cached_property
    def standing(self) -> tuple[Refusal, ...]:
        """Why this person may not be dosed now; empty when nothing stands against it."""
        return open_checks(self.checks, self.check_answers, self.reasons_that_count)

    @cached_property
    def reasons_that_count(self) -> dict[str, str]:
        """A reason was written of what was known by then: an answer given later is not meant by it, nor the first value
        measured later, nor, beyond the gate, whatever followed once a later one called to act. Nor is what was
        corrected or recorded later."""
        return {check_id: reason.text for check_id, reason in self.reasons.items() if self._counts(check_id, reason)}

    def _counts(self, check_id: str, reason: Reason) -> bool:
        if not reason.lifts or (check_id in self.answers and not reason.knew_of(self.answers[check_id])):
            return False
        if check_id in _NEWER_IS_NOT_MEANT:
            return check_id not in self.recorded or reason.knew_of(self.recorded[check_id])
        if check_id not in GATES:
            return True
        if any(
            not reason.knew_of(reading)
            and reading.vital in (Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.SPO2)
            and (mark := assess(reading, self.strictest_limits))
            and mark.level.calls_to_act
            for reading in self.readings
        ):
            return False
        answer = self.check_answers.get(check_id)
        return reason.of_a_value or answer is None or answer.yes is None

    @property
    def time_out_counts(self) -> bool:
        """Whether two people confirmed the next dose, and lately enough to begin it now."""
        return self.time_out is not None and time_out.speaks_for(self.time_out.occurred_at, self.now)

    @cached_property
    def due(self) -> tuple[DueCheck, ...]:
        """Every check of the session; none before the dose, or where no schedule is known."""
        if self.started_at is None or self.ends_at is None:
            return ()
        try:
            return due_checks(self.drug, self.route, 0, self.started_at, max(self.ends_at, self.started_at))
        except UnknownScheduleError:
            return ()

    @cached_property
    def check_times(self) -> tuple[datetime, ...]:
        """When a person completed a check: everything asked for was typed within five minutes. On a monitor,
        what no monitor measures is enough."""
        if not self.due:
            return ()
        asked = set(self.due[0].vitals)
        needed = asked & OBSERVED if self.on_monitor else asked
        newest: dict[Vital, datetime] = {}
        found = []
        for at, together in groupby(sorted(self.typed, key=attrgetter("at")), key=attrgetter("at")):
            newest |= {reading.vital: at for reading in together}
            if all(vital in newest and at - newest[vital] < ONE_CHECK for vital in needed):
                found.append(at)
        return tuple(found)

    @cached_property
    def next_check(self) -> DueCheck | None:
        return None if self.left else next_due(self.due, self.check_times)

    @property
    def overdue(self) -> tuple[DueCheck, ...]:
        """The checks still to be done whose time has passed; none once the person left."""
        return () if self.left else overdue(self.due, self.check_times, self.now)

    @property
    def check_is_overdue(self) -> bool:
        return self.next_check is not None and self.next_check.at < self.now

    @cached_property
    def missed(self) -> tuple[DueCheck, ...]:
        """The checks that were left out; those after the person left were never due."""
        until = self.left.occurred_at if self.left else self.now
        return tuple(check for check in missed(self.due, self.check_times) if check.at <= until)

    def is_done(self, check: DueCheck) -> bool:
        """Whether a check was completed for this due time."""
        return check.is_done(self.check_times)

    @cached_property
    def criteria(self) -> tuple[leaving.Criterion, ...]:
        """The criteria for leaving; none before a dose, since there is nothing to watch."""
        if self.started_at is None or self.ends_at is None:
            return ()
        length = max(self.ends_at - self.started_at, timedelta())
        return leaving.leaving(
            leaving.SessionState(
                drug=self.drug,
                route=self.route,
                started_at=self.started_at,
                duration_min=length / timedelta(minutes=1) if any(run.is_infusion for run in self.runs) else 0,
                stopped_at=self.stopped_at,
                now=self.now,
                limits=self.strictest_limits,
                baseline=self.baseline_values,
                gate=self.gate,
                readings=tuple(reading for reading in self.readings if reading.at >= self.started_at),
                answers=self.criteria_answers,
                dose_is_over=self.phase in (Phase.STOPPED, Phase.FINISHED),
            )
        )

    @property
    def open_when_left(self) -> str:
        """What was open when the person left, for example "Red marks: A. Not met: B; C. Unknown: D."; else empty."""
        return self.open_at(self.left) if self.left else ""

    def open_at(self, leaving_event: SessionEvent) -> str:
        """The same of any leaving, also of one that was taken back."""
        red = "; ".join(leaving_event.data.get("marks", ()))
        marks = f"Red marks: {red}." if red else ""
        return " ".join(filter(None, [marks, self._open_of(leaving_event.data.get("criteria", {}))]))

    @property
    def marks_when_left(self) -> tuple[str, ...]:
        """The marks that called to act and were open when the person left."""
        return tuple(self.left.data.get("marks", ())) if self.left else ()

    @property
    def open_criteria(self) -> str:
        """The criteria that are open now, for example "Not met: A; B. Unknown: C."; else empty."""
        return self._open_of({criterion.id: criterion.state for criterion in self.criteria})

    def _open_of(self, found: Mapping[str, str]) -> str:
        sentences = {criterion.id: criterion.sentence for criterion in self.criteria}
        named = {
            heading: [sentences.get(key) or leaving.sentence_of(key) or key for key in found if found[key] == state]
            for heading, state in (("Not met", State.NOT_MET), ("Unknown", State.UNKNOWN))
        }
        return " ".join(f"{heading}: {'; '.join(open_)}." for heading, open_ in named.items() if open_)

    @property
    def leaving_needs_reason(self) -> str | None:
        """Why leaving now needs a written reason, as a sentence; None when it needs none."""
        return leaving.reason_needed(self.criteria)
