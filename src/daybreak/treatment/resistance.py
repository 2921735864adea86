"""Treatment resistance: is an antidepressant trial adequate, did it fail, and how many different ones did?

Unknown is never counted as adequate, and never as failed.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from daybreak.treatment.antidepressants import is_augmentation, minimum_dose, resistance_table
from daybreak.treatment.findings import State
from daybreak.treatment.sources import Basis, Provenance, Status, provenance


class TrialError(ValueError):
    """An antidepressant trial that cannot be: the message says what was wrong and what to do."""


class EpisodeSeverity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class StopReason(StrEnum):
    NO_EFFECT = "no effect"
    SIDE_EFFECTS = "side effects"
    OTHER = "another reason"
    ONGOING = "still taken"


@dataclass(frozen=True, slots=True)
class AntidepressantTrial:
    """One antidepressant as it was taken. None means: not known.

    Attributes:
        drug: as a record writes it, "Fluoxetine 25 MG Oral Tablet", or the plain name.
        weeks: at or above the minimum dose.
        taken_as_prescribed: at least three quarters of the doses.
        improvement_percent: fall of a rating scale against its start; below zero when worse.
        inadequate_response: the prescriber's judgement, used where the scale does not settle it.
        augmentation_of: the antidepressant this was added to; then it is no trial of its own.
        source: where this is known from: the person, a pharmacy record.
    """

    drug: str
    dose_mg_per_day: float | None = None
    weeks: float | None = None
    taken_as_prescribed: bool | None = None
    improvement_percent: float | None = None
    inadequate_response: bool | None = None
    current_episode: bool | None = None
    stopped_because: StopReason | None = None
    augmentation_of: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not self.drug.strip():
            raise TrialError("A trial needs the name of the antidepressant.")
        if self.dose_mg_per_day is not None and not 0 < self.dose_mg_per_day < float("inf"):
            raise TrialError(f"{self.dose_mg_per_day:g} mg a day is not a dose. Write an amount above zero.")
        if self.weeks is not None and not 0 <= self.weeks < float("inf"):
            raise TrialError(f"{self.weeks:g} weeks is not a length of time. Write zero or more.")
        if self.improvement_percent is not None and not float("-inf") < self.improvement_percent <= 100:
            raise TrialError(f"{self.improvement_percent:g} % is not an improvement. Write 100 or less.")


WEEKS_A_YEAR = 52.18


def implausible(trial: AntidepressantTrial) -> str | None:
    """Why dose or weeks of a trial are a slip of the hand, and what to check, as a sentence; None when they are not.

    The bounds are ours and no maximum dose of any source; see `plausible` in the knowledge file.
    """
    return _implausible_dose(trial) or _implausible_weeks(trial)


def _implausible_dose(trial: AntidepressantTrial) -> str | None:
    dose, row, bounds = trial.dose_mg_per_day, minimum_dose(trial.drug), resistance_table()["plausible"]
    if dose is None:
        return None
    least, times = row.minimum_mg if row else None, bounds["dose"]["below_times_minimum"]
    most = bounds["dose_without_minimum"]["below_mg"] if least is None else least * times
    if dose < most:
        return None
    beyond = (
        f"{most / 1000:g} g or more"
        if least is None
        else f"{times} times the least adequate dose ({least:g} mg) or more"
    )
    return f"{_plain(dose)} mg a day is {beyond}. Check the figure and its unit"


def _implausible_weeks(trial: AntidepressantTrial) -> str | None:
    most: float = resistance_table()["plausible"]["weeks"]["at_most"]
    if trial.weeks is None or trial.weeks <= most:
        return None
    years = f"{most / WEEKS_A_YEAR:.0f} years"
    return f"{_plain(trial.weeks)} weeks are more than {years}. Check whether weeks or days are meant"


def _plain(figure: float) -> str:
    """A figure in full: 99999 and 150000 as they were typed, never 1.5e+05."""
    return f"{figure:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One part of adequacy, with the source of its number."""

    state: State
    sentence: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Adequacy:
    """Whether a trial counts. `met` is adequate, `not_met` is not adequate."""

    state: State
    criteria: tuple[Criterion, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not adequate or not known; the met parts when it is adequate."""
        return tuple(criterion.sentence for criterion in self.criteria if criterion.state is self.state)


@dataclass(frozen=True, slots=True)
class Definition:
    """One body's definition of treatment resistance. `minimum_failed` is None where it fixes no number."""

    id: str
    name: str
    rule: str
    minimum_failed: int | None
    severity_required: tuple[EpisodeSeverity, ...]
    also: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class AssessedTrial:
    """One trial, and whether it counts: adequate, failed, in this episode, an antidepressant of its own."""

    trial: AntidepressantTrial
    drug: str
    adequacy: Adequacy
    failed: Criterion
    in_episode: State
    counts: State


@dataclass(frozen=True, slots=True)
class Resistance:
    """Treatment resistance by one definition. `failed_drugs` are different drugs that count; `open_drugs` might."""

    definition: Definition
    state: State
    value: str
    trials: tuple[AssessedTrial, ...]
    failed_drugs: tuple[str, ...]
    open_drugs: tuple[str, ...]


def adequacy(trial: AntidepressantTrial) -> Adequacy:
    """Whether dose, weeks and adherence of a trial are enough, each with the source of its number."""
    criteria = (_dose(trial), _weeks(trial), _adherence(trial))
    return Adequacy(_all(*(criterion.state for criterion in criteria)), criteria)


def assess_trial(trial: AntidepressantTrial) -> AssessedTrial:
    """Adequacy, failure and episode of one trial, and whether it counts towards resistance."""
    adequate, failed = adequacy(trial), _failed(trial)
    in_episode = _tri(trial.current_episode)
    row = minimum_dose(trial.drug)
    return AssessedTrial(
        trial=trial,
        drug=row.counts_as if row else trial.drug.strip().lower(),
        adequacy=adequate,
        failed=failed,
        in_episode=in_episode,
        counts=_all(adequate.state, failed.state, in_episode),
    )


def assess_resistance(
    trials: tuple[AntidepressantTrial, ...] | None,
    definition: Definition,
    *,
    episode_severity: EpisodeSeverity | None = None,
) -> Resistance:
    """Count the different antidepressants that failed at an adequate dose and duration in this episode.

    Args:
        trials: None when nobody has asked; an empty tuple when no antidepressant was taken.
        definition: from `definitions` or `definition_in`.
        episode_severity: needed where the definition asks for a severity.
    """
    assessed = tuple(assess_trial(trial) for trial in trials or ())
    failed = {one.drug for one in assessed if one.counts is State.MET}
    open_drugs = {one.drug for one in assessed if one.counts is State.UNKNOWN} - failed
    count = _count_state(trials, definition, len(failed), len(open_drugs))
    severity, severity_sentence = _severity(definition, episode_severity)
    return Resistance(
        definition=definition,
        state=_all(count, severity),
        value=". ".join(filter(None, (_count_sentence(trials, failed, open_drugs), severity_sentence))),
        trials=assessed,
        failed_drugs=tuple(sorted(failed)),
        open_drugs=tuple(sorted(open_drugs)),
    )


@cache
def definitions() -> dict[str, Definition]:
    """Every definition, by id."""
    return {
        row["id"]: Definition(
            id=row["id"],
            name=row["name"],
            rule=row["rule"],
            minimum_failed=row["minimum_failed"],
            severity_required=tuple(EpisodeSeverity(name) for name in row["severity_required"]),
            also=row["also"],
            provenance=provenance(row),
        )
        for row in resistance_table()["definitions"]
    }


def definition_in(jurisdiction: str) -> Definition:
    """The definition of the label in force: US, EU or UK."""
    return definitions()[resistance_table()["definition_in"][jurisdiction]]


def _dose(trial: AntidepressantTrial) -> Criterion:
    if trial.augmentation_of or is_augmentation(trial.drug):
        sentence = f"{trial.drug} is an augmentation, not an antidepressant trial of its own"
        augmentation = resistance_table()["augmentation"]
        return Criterion(State.NOT_MET, sentence, provenance(augmentation))
    row = minimum_dose(trial.drug)
    if row is None:
        slip = _implausible_dose(trial)
        unlisted = Provenance((), Status.RECALLED, Basis.PRACTICE)
        sentence = f"{trial.drug} is not in the list of minimum doses" + (f". {slip}" if slip else "")
        return Criterion(State.UNKNOWN, sentence, unlisted)
    disagree = f". {row.provenance.note.rstrip('.')}" if row.provenance.note else ""
    if row.minimum_mg is None:
        sentence = f"Compare the dose by hand with {row.by_hand}"
        return Criterion(State.UNKNOWN, sentence, row.provenance)
    least = f"the least is {row.minimum_mg:g} mg a day{disagree}"
    if trial.dose_mg_per_day is None:
        return Criterion(State.UNKNOWN, f"Dose not known; {least}", row.provenance)
    slip = _implausible_dose(trial)
    if slip:
        return Criterion(State.UNKNOWN, slip, row.provenance)
    enough = trial.dose_mg_per_day >= row.minimum_mg
    return Criterion(_tri(enough), f"{trial.dose_mg_per_day:g} mg a day; {least}", row.provenance)


def _weeks(trial: AntidepressantTrial) -> Criterion:
    rule = resistance_table()["adequacy"]["weeks"]
    behind = provenance(rule | {"sources": rule["sources"] + rule["disagree_sources"], "note": rule["disagree"]})
    least = f"the least is {rule['minimum']:g}"
    if trial.weeks is None:
        return Criterion(State.UNKNOWN, f"Weeks not known; {least}", behind)
    slip = _implausible_weeks(trial)
    if slip:
        return Criterion(State.UNKNOWN, slip, behind)
    enough = trial.weeks >= rule["minimum"]
    years = f" ({trial.weeks / WEEKS_A_YEAR:.1f} years)" if trial.weeks > 2 * WEEKS_A_YEAR else ""
    sentence = f"{_plain(trial.weeks)} weeks{years}; {least}"
    if not enough and trial.stopped_because is StopReason.SIDE_EFFECTS:
        sentence += ". Stopped for side effects before it was adequate, so it is no failure"
    return Criterion(_tri(enough), sentence, behind)


def _adherence(trial: AntidepressantTrial) -> Criterion:
    rule = resistance_table()["adequacy"]["doses_taken_percent"]
    least = f"{rule['minimum']:g} % of the doses"
    sentence = {
        True: f"At least {least} taken",
        False: f"Less than {least} taken",
        None: f"Not known whether {least} were taken",
    }[trial.taken_as_prescribed]
    return Criterion(_tri(trial.taken_as_prescribed), sentence, provenance(rule))


def _failed(trial: AntidepressantTrial) -> Criterion:
    """Met when the response was inadequate. Between the two percentages the prescriber's judgement decides."""
    failed_at, response_from = (
        resistance_table()["adequacy"][name] for name in ("failed_at_or_below_percent", "response_from_percent")
    )
    improvement, judged = trial.improvement_percent, trial.inadequate_response
    if improvement is None:
        sentence = {
            True: "Judged an inadequate response",
            False: "Judged an adequate response",
            None: "Response not known",
        }[judged]
        return Criterion(_tri(judged), sentence, provenance(failed_at))
    improved = f"Improved {improvement:g} %"
    if improvement >= response_from["value"]:
        return Criterion(State.NOT_MET, f"{improved}, a response", provenance(response_from))
    if improvement > failed_at["value"]:
        sentence = {
            True: "judged an inadequate response",
            False: "judged an adequate response",
            None: f"between {failed_at['value']} and {response_from['value']} % the prescriber's judgement decides",
        }[judged]
        return Criterion(_tri(judged), f"{improved}; {sentence}", provenance(failed_at))
    if judged is False:
        sentence = f"{improved}, yet judged an adequate response: the two disagree"
        return Criterion(State.UNKNOWN, sentence, provenance(failed_at))
    return Criterion(State.MET, f"{improved}, an inadequate response", provenance(failed_at))


def _count_state(
    trials: tuple[AntidepressantTrial, ...] | None, definition: Definition, failed: int, possible: int
) -> State:
    if definition.minimum_failed is None or trials is None:
        return State.UNKNOWN
    if failed >= definition.minimum_failed:
        return State.MET
    return State.UNKNOWN if failed + possible >= definition.minimum_failed else State.NOT_MET


def _count_sentence(trials: tuple[AntidepressantTrial, ...] | None, failed: set[str], open_drugs: set[str]) -> str:
    if trials is None:
        return "No antidepressant history"
    if not trials:
        return "No antidepressant taken"
    named = f" ({', '.join(sorted(failed))})" if failed else ""
    sentence = f"{len(failed)} adequate and failed in this episode{named}"
    return f"{sentence}; not known: {', '.join(sorted(open_drugs))}" if open_drugs else sentence


def _severity(definition: Definition, severity: EpisodeSeverity | None) -> tuple[State, str]:
    if not definition.severity_required:
        return State.MET, ""
    if severity is None:
        return State.UNKNOWN, "Severity of the episode not recorded"
    return _tri(severity in definition.severity_required), f"Episode is {severity}"


def _all(*states: State) -> State:
    """Not met if any part is not met, else unknown if any is unknown."""
    for state in (State.NOT_MET, State.UNKNOWN):
        if state in states:
            return state
    return State.MET


def _tri(value: bool | None) -> State:
    return {True: State.MET, False: State.NOT_MET, None: State.UNKNOWN}[value]
