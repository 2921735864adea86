"""Checks before a dose, and the answer to: why may this person not be dosed now?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Effect
from daybreak.treatment.knowledge import load
from daybreak.treatment.limits import Limits, assess
from daybreak.treatment.readings import is_recent, latest_readings, reading_age_max_min
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import NAMES, Reading, Vital

# The check that only the record answers.
SERIOUS_EVENT_CHECK = "serious_event"
# The check that readings and open marks answer: it is there while one of them calls to act.
CALLS_TO_ACT_CHECK = "calls_to_act"
MEASURED_BEFORE_DOSE = (Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.HEART_RATE, Vital.SPO2)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered and when. `yes` is None when it was asked and nobody knew; `applies` is False where the
    question does not apply to this person; `recorded_at` is later than `at` where it came late. `in_own_words`: the
    detail is what somebody typed, and no sentence that says what it is about.
    """

    yes: bool | None
    at: datetime
    detail: str = ""
    applies: bool = True
    recorded_at: datetime | None = None
    in_own_words: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One question before a dose. `clears` is the answer that lets the dose go on. `may_not_apply_to`: the recorded
    sexes of whom "does not apply" is an answer, which clears it; the sex alone answers nothing.
    """

    id: str
    question: str
    clears: bool
    effect: Effect
    refusal: str
    resolves: str
    is_measured: bool
    provenance: Provenance
    from_record: bool = False  # answered from the record where it stands there
    only_recorded: bool = (
        False  # asked of nobody: it is there where the record holds something, and only the record answers
    )
    may_not_apply_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One check that stands against a dose: why, and what resolves it."""

    check: Check
    why: str

    @property
    def resolves(self) -> str:
        return self.check.resolves


def checks_before(drug: Drug, route: Route, jurisdiction: str, recorded: Collection[str] = ()) -> tuple[Check, ...]:
    """The checks before a dose, in the order they are gone through. Jurisdictions: "US", "EU", "UK".

    Args:
        recorded: the checks of which the record holds something: what only the record answers is there only then.
    """
    return tuple(
        Check(
            id=row["id"],
            question=row["question"],
            clears=row["clears"] == "yes",
            effect=Effect(row["effect"]),
            refusal=row["refusal"],
            resolves=row["resolves"],
            is_measured=row.get("measured", False),
            provenance=provenance(row),
            from_record=row.get("recorded", False),
            only_recorded=row.get("only_recorded", False),
            may_not_apply_to=tuple(row.get("may_not_apply_to", ())),
        )
        for row in load("monitoring.yaml")["checks"]
        if applies(row, drug, route, jurisdiction) and (not row.get("only_recorded") or row["id"] in recorded)
    )


def looks_back(check_id: str) -> timedelta:
    """How far back from now the question of a check reaches."""
    (row,) = [each for each in load("monitoring.yaml")["checks"] if each["id"] == check_id]
    return timedelta(hours=row["within_h"])


def measured_answers(readings: Iterable[Reading], gate: Limits, now: datetime) -> dict[str, Answer]:
    """The answers to the measured checks, by check id; what was not measured has none.

    Args:
        readings: true values, artefacts left out.
        gate: from `gate.gate_limits`.
        now: when the dose is to begin. Readings older than 15 minutes do not count.
    """
    recent = latest_readings(reading for reading in readings if is_recent(reading.at, now))
    missing = [NAMES[vital] for vital in MEASURED_BEFORE_DOSE if vital not in recent]
    answers = {"vitals_measured": Answer(not missing, now, _not_measured(missing))}
    for check_id, vitals in (
        ("pressure_gate", (Vital.SYSTOLIC, Vital.DIASTOLIC)),
        ("oxygen_gate", (Vital.SPO2,)),
    ):
        # Half a pressure beyond the gate is beyond it; within the gate only a whole one can be.
        marks = [mark for vital in vitals if vital in recent and (mark := assess(recent[vital], gate))]
        if marks or all(vital in recent and gate.of(vital) for vital in vitals):
            detail = " ".join(f"{mark.headline}." for mark in marks)
            answers[check_id] = Answer(not marks, now, detail)
    return answers


def open_checks(
    checks: Iterable[Check], answers: Mapping[str, Answer], reasons: Mapping[str, str] | None = None
) -> tuple[Refusal, ...]:
    """Why this person may not be dosed now; empty when nothing stands against it.

    A question nobody asked stands against the dose as much as a wrong answer. What only informs never does.

    Args:
        checks: from `checks_before`.
        answers: by check id, asked and measured together.
        reasons: a prescriber's written reasons, by check id; a blank one is none, and a block takes none.
    """
    written = {check_id for check_id, reason in (reasons or {}).items() if reason.strip()}
    return tuple(
        Refusal(check, why)
        for check in checks
        if check.effect is not Effect.INFORM
        and (why := standing_against(check, answers.get(check.id)))
        and not (check.effect is Effect.REASON and check.id in written)
    )


def standing_against(check: Check, answer: Answer | None) -> str | None:
    """Why this answer does not clear the check, as a sentence; None when it does."""
    if answer is None:
        return f"Not {'measured' if check.is_measured else 'asked'}: {check.question}"
    if answer.yes is None:
        return f"Not known: {check.question}"
    if answer.yes is check.clears:
        return None
    said = answer.detail.strip().rstrip(".") if answer.in_own_words else ""
    if said:
        return f"{check.refusal.removesuffix('.')}: {said}."
    return check.refusal if answer.in_own_words else answer.detail or check.refusal


def _not_measured(names: list[str]) -> str:
    if not names:
        return ""
    return f"Not measured in the last {reading_age_max_min():g} minutes: {', '.join(names).lower()}."
