"""Criteria for leaving after a dose: each is met, not met or unknown.

There is no total: the software never says that a person is safe to go, and it never holds anyone back. Who
leaves while a criterion is not met or unknown leaves with a written reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from daybreak.treatment.checks import Answer
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.knowledge import load
from daybreak.treatment.limits import SHORT_NAMES, Limits, assess
from daybreak.treatment.readings import is_recent, latest_readings
from daybreak.treatment.schedule import UnknownScheduleError, observation
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import NAMES, Reading, Vital


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion.

    `detail` says what its state rests on; `rule` is None when no rule is known. `needs_word`: what was measured
    speaks against it, and a Yes counts with a word of why only.
    """

    id: str
    state: State
    sentence: str
    detail: str
    rule: Provenance | None
    needs_word: bool = False


@dataclass(frozen=True, slots=True)
class SessionState:
    """What is known of a session when leaving is looked at.

    Attributes:
        started_at: when the dose began; for esketamine, the first device.
        duration_min: the planned length of the dose.
        stopped_at: when the dose really ended, if recorded; a dose without length needs none.
        now: the time of looking. Times are shown in its zone.
        limits: those of a session; a site's own no looser than the published ones.
        baseline: the values before the dose.
        gate: the limits before the dose. A value before that was itself beyond them is none to go home by.
        readings: true values since the dose began, artefacts left out, in any order.
        answers: a clinician's answers by criterion id, each with its time.
        dose_is_over: False while more of the dose is to come, as between two nasal devices.
    """

    drug: Drug
    route: Route
    started_at: datetime
    duration_min: float
    stopped_at: datetime | None
    now: datetime
    limits: Limits
    baseline: Mapping[Vital, float] = field(default_factory=dict)
    gate: Limits = field(default_factory=lambda: Limits(()))
    readings: tuple[Reading, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    dose_is_over: bool = True

    @property
    def ends_at(self) -> datetime:
        """The recorded end of the dose, or the planned one."""
        return self.stopped_at or self.started_at + timedelta(minutes=self.duration_min)

    @property
    def end_is_known(self) -> bool:
        return self.stopped_at is not None or self.duration_min == 0


def leaving(state: SessionState) -> tuple[Criterion, ...]:
    """Every criterion for leaving, in the order they are gone through."""
    return tuple(_criterion(row, state) for row in load("monitoring.yaml")["leaving"])


def reason_needed(criteria: Iterable[Criterion]) -> str | None:
    """Why leaving now needs a written reason, as a sentence; None when every criterion is met.

    With a reason the person leaves: this is recorded, never refused.
    """
    states = [criterion.state for criterion in criteria]
    not_met, unknown = states.count(State.NOT_MET), states.count(State.UNKNOWN)
    if not not_met and not unknown:
        return None
    return f"{not_met} not met, {unknown} unknown. Write why this person leaves now."


def sentence_of(criterion_id: str) -> str:
    """The sentence of a criterion that a person answers; empty for an unknown one."""
    rows = load("monitoring.yaml")["leaving"]
    return next((row["sentence"] for row in rows if row["id"] == criterion_id), "")


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence a person takes home on paper."""

    id: str
    text: str
    provenance: Provenance


def advice() -> tuple[Advice, ...]:
    """What a person takes home on paper, in plain words."""
    return tuple(Advice(row["id"], row["text"], provenance(row)) for row in load("monitoring.yaml")["advice"])


def _criterion(row: Mapping[str, Any], state: SessionState) -> Criterion:
    if row["kind"] == "observation":
        return _observed_long_enough(row, state)
    judged, detail = (_judge_vitals if row["kind"] == "vitals" else _judge_answer)(row, state)
    return Criterion(row["id"], judged, row["sentence"], detail, provenance(row), _needs_word(row, state))


def _observed_long_enough(row: Mapping[str, Any], state: SessionState) -> Criterion:
    try:
        least = observation(state.drug, state.route)
    except UnknownScheduleError as problem:
        return Criterion(row["id"], State.UNKNOWN, "Observed long enough", str(problem), None)
    over_at = least.over_at(state.started_at, state.ends_at)
    if state.now < over_at:
        judged = State.NOT_MET
    elif least.from_end and not state.end_is_known:
        judged = State.UNKNOWN
    else:
        judged = State.MET
    sentence = row["sentence"].format(minutes=f"{least.minutes:g}", anchor=_anchor(least.from_end, state))
    return Criterion(row["id"], judged, sentence, _clock(state, over_at, least.from_end), least.provenance)


def _anchor(from_end: bool, state: SessionState) -> str:
    if state.duration_min and from_end:
        return "the end of the infusion"
    return "the first device" if state.drug is Drug.ESKETAMINE else "the dose"


def _clock(state: SessionState, over_at: datetime, from_end: bool) -> str:
    """For example "Ends 10:52, so 11:52."."""
    if not from_end:
        return f"Began {_time(state.started_at, state)}, so {_time(over_at, state)}."
    if state.end_is_known:
        return f"Ended {_time(state.ends_at, state)}, so {_time(over_at, state)}."
    if state.now < state.ends_at:
        return f"Ends {_time(state.ends_at, state)}, so {_time(over_at, state)}."
    return f"The end was planned for {_time(state.ends_at, state)} and is not recorded."


def _judge_vitals(row: Mapping[str, Any], state: SessionState) -> tuple[State, str]:
    """Not met beyond a limit, unknown while a value is missing or old, else as a clinician answers."""
    vitals = [Vital(name) for name in row["vitals"]]
    newest = _newest(vitals, state)
    detail = f"{_against_baseline(newest, state)} {_high_before(row, state)}".strip()
    crossed = [mark.headline for reading in newest.values() if (mark := assess(reading, state.limits))]
    if crossed or any(_is_below_required(reading, row) for reading in newest.values()):
        return State.NOT_MET, " ".join([detail, *(f"{each}." for each in crossed)])
    old = [vital for vital in vitals if vital not in newest or not is_recent(newest[vital].at, state.now)]
    if old:
        names = ", ".join(NAMES[vital] for vital in old)
        return State.UNKNOWN, f"{detail} Measure now: {names}.".strip()
    if row.get("met_at_or_below_baseline") and _none_above_baseline(newest, state) and _within_gate(row, newest, state):
        return State.MET, detail
    answer = state.answers.get(row["id"])
    if _needs_word(row, state) and not (answer and answer.detail):
        return State.NOT_MET, f"{detail} A Yes against this needs a word of why."
    if answer and is_recent(answer.at, state.now) and (lapsed := _lapsed(answer, state)):
        return State.UNKNOWN, f"{detail} {lapsed}"
    return _judged(answer if answer and is_recent(answer.at, state.now) else None, detail)


def _judge_answer(row: Mapping[str, Any], state: SessionState) -> tuple[State, str]:
    """As a clinician answered; what is asked of the person after the dose counts once the dose has ended."""
    answer = state.answers.get(row["id"])
    if answer and row.get("from") != "any_time" and (lapsed := _lapsed(answer, state)):
        return State.UNKNOWN, lapsed
    return _judged(answer, "")


def _lapsed(answer: Answer, state: SessionState) -> str:
    """Why an answer given then does not count now, as a sentence; empty when it does."""
    if not state.dose_is_over or answer.at < state.ends_at:
        return "Asked before the dose ended. Ask again."
    known = latest_readings(reading for reading in state.readings if reading.at <= answer.at)
    for reading in state.readings:
        if answer.at < reading.at <= state.now and _is_worse(reading, known.get(reading.vital), state):
            name = NAMES[reading.vital].split(",")[0].lower()
            return f"Asked before {name} {reading.value:g} at {_time(reading.at, state)}. Ask again."
    return ""


def _is_worse(reading: Reading, earlier: Reading | None, state: SessionState) -> bool:
    """Beyond a limit, less awake, or more dissociated than at the time of an answer."""
    change = reading.value - (earlier.value if earlier else state.baseline.get(reading.vital, reading.value))
    less_awake = reading.vital is Vital.ALERTNESS and change < 0
    more_dissociated = reading.vital is Vital.DISSOCIATION and change > 0
    return less_awake or more_dissociated or assess(reading, state.limits) is not None


def _needs_word(row: Mapping[str, Any], state: SessionState) -> bool:
    """Whether a value is worse than before the dose, where the criterion says "as before", none before counting as 0;
    or beyond the gate, where the value before was so too.
    """
    newest = _newest([Vital(name) for name in row.get("vitals", ())], state)
    if not row.get("as_before"):
        return not _within_gate(row, newest, state)
    return any(reading.value > state.baseline.get(vital, 0) for vital, reading in newest.items())


def _newest(vitals: Sequence[Vital], state: SessionState) -> dict[Vital, Reading]:
    """The newest values since the dose began."""
    return latest_readings(
        reading for reading in state.readings if reading.vital in vitals and state.started_at <= reading.at <= state.now
    )


def _judged(answer: Answer | None, detail: str) -> tuple[State, str]:
    if answer is None or answer.yes is None:
        return State.UNKNOWN, detail
    return (State.MET if answer.yes else State.NOT_MET), f"{detail} {answer.detail}".strip()


def _is_below_required(reading: Reading, row: Mapping[str, Any]) -> bool:
    least = row.get("required", {}).get(reading.vital)
    return least is not None and reading.value < least


def _none_above_baseline(newest: Mapping[Vital, Reading], state: SessionState) -> bool:
    return all(vital in state.baseline and reading.value <= state.baseline[vital] for vital, reading in newest.items())


def _high_before(row: Mapping[str, Any], state: SessionState) -> str:
    """That the values before the dose were themselves beyond the gate, as a sentence, where a criterion is met at or
    below them; else empty.
    """
    if not row.get("met_at_or_below_baseline"):
        return ""
    before = {vital: Reading(vital, state.baseline[vital], state.started_at) for vital in state.baseline}
    beyond = [vital for name in row["vitals"] if (vital := Vital(name)) in before and assess(before[vital], state.gate)]
    if not beyond:
        return ""
    gate = "/".join(f"{limit.value:g}" for name in row["vitals"] for limit in state.gate.of(Vital(name)))
    return f"The value before was itself beyond the gate of {gate}: met within that, above it the prescriber decides."


def _within_gate(row: Mapping[str, Any], newest: Mapping[Vital, Reading], state: SessionState) -> bool:
    """Whether the newest values may be held against those before: those were within the gate, or these are."""
    return not _high_before(row, state) or all(assess(reading, state.gate) is None for reading in newest.values())


def _against_baseline(newest: Mapping[Vital, Reading], state: SessionState) -> str:
    """For example "164/98 against 128/78.", "Heart rate 87 against 75, SpO₂ 95 against 98."."""
    if not newest:
        return ""
    vitals = [vital for vital in Vital if vital in newest]
    if Vital.SYSTOLIC not in newest and len(vitals) > 1 and all(vital in state.baseline for vital in vitals):
        named = (f"{SHORT_NAMES[each]} {newest[each].value:g} against {state.baseline[each]:g}" for each in vitals)
        return f"{', '.join(named)}."
    joiner = "/" if Vital.SYSTOLIC in newest else ", "
    now = joiner.join(f"{newest[vital].value:g}" for vital in vitals)
    if any(vital not in state.baseline for vital in vitals):
        return f"{now}; the value before the dose is not recorded."
    return f"{now} against {joiner.join(f'{state.baseline[vital]:g}' for vital in vitals)}."


def _time(at: datetime, state: SessionState) -> str:
    """With the date where it is another day than now."""
    local = at.astimezone(state.now.tzinfo)
    date_said = "" if local.date() == state.now.date() else f" on {local.day} {local:%b}"
    return f"{local:%H:%M}{date_said}"
