"""What is known about one person, and the treatment that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.indications import indication
from daybreak.treatment.labelling import Jurisdiction
from daybreak.treatment.resistance import AntidepressantTrial, EpisodeSeverity
from daybreak.treatment.vitals import Reading, Vital


class FactError(ValueError):
    """A fact or request that cannot be: the message says what was wrong and what to do."""


class AnswerValue(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # asked, and nobody could say


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered to a rule's question. Times are timezone-aware; `by` is the name to show, or empty.

    `recorded_at` is when it became known here, `at` without it. `from_prescriber`: whether a prescriber answered.
    `about`: the drug and route considered then; None where nobody had named any.
    """

    value: AnswerValue
    at: datetime
    by: str = ""
    note: str = ""
    recorded_at: datetime | None = None
    from_prescriber: bool = False
    about: tuple[Drug, Route] | None = None

    def __post_init__(self) -> None:
        _require_zone(self.at, "An answer")

    @property
    def known_at(self) -> datetime:
        """When this installation came to know it."""
        return self.recorded_at or self.at


@dataclass(frozen=True, slots=True)
class Coded:
    """One condition, medicine or allergy as a record states it.

    `system` is the code system's URI, `since` the day it began. `active` is False for what is resolved or
    stopped, None where the record does not say; None is taken as active. `recorded_at` is when it became known
    here, timezone-aware; None where nobody knows.
    """

    text: str
    system: str | None = None
    code: str | None = None
    since: date | None = None
    active: bool | None = None
    recorded_at: datetime | None = None


class PregnancyState(StrEnum):
    PREGNANT = "pregnant"
    POSSIBLE = "possible"
    NOT_POSSIBLE = "not_possible"


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """The answer to "could this person be pregnant?". Asked of everyone: a recorded sex does not answer it."""

    state: PregnancyState
    at: datetime
    negative_test_on: date | None = None

    def __post_init__(self) -> None:
        _require_zone(self.at, "An answer about pregnancy")


@dataclass(frozen=True, slots=True)
class Score:
    """The total of one filled instrument."""

    value: float
    at: datetime

    def __post_init__(self) -> None:
        _require_zone(self.at, "A score")


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is known. None and a missing key mean: not recorded; an empty tuple means: recorded as none.

    Attributes:
        age: completed years.
        sex: as recorded; shown, and decides only what waits for the answer about pregnancy.
        vitals: the latest reading of each vital sign.
        answers: by rule id.
        scores: by instrument id: `AUDITC`, `YMRS`.
        trials: the antidepressants taken.
    """

    age: int | None = None
    sex: str | None = None
    pregnancy: Pregnancy | None = None
    vitals: Mapping[Vital, Reading] = field(default_factory=dict)
    conditions: tuple[Coded, ...] | None = None
    medicines: tuple[Coded, ...] | None = None
    allergies: tuple[Coded, ...] | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    trials: tuple[AntidepressantTrial, ...] | None = None
    episode_severity: EpisodeSeverity | None = None

    def __post_init__(self) -> None:
        if self.age is not None and not 0 <= self.age <= 130:
            raise FactError(f"{self.age} years is not an age. Check the date of birth.")


class Setting(StrEnum):
    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"


@dataclass(frozen=True, slots=True)
class TreatmentRequest:
    """What is asked for, where, and when the question is put.

    `now` is timezone-aware; its zone decides which day a reading belongs to.

    Raises:
        FactError: if no rules are kept for the jurisdiction, or `now` has no time zone.
        IndicationError: if the indication is not known.
    """

    drug: Drug
    route: Route
    indication: str
    jurisdiction: str
    now: datetime
    setting: Setting = Setting.OUTPATIENT

    def __post_init__(self) -> None:
        _require_zone(self.now, "A request")
        if self.jurisdiction not in set(Jurisdiction):
            raise FactError(f"There are no rules for {self.jurisdiction!r}. Choose one of {', '.join(Jurisdiction)}.")
        indication(self.indication)

    def day(self, at: datetime) -> date:
        """The local day of a moment."""
        return at.astimezone(self.now.tzinfo).date()

    def days_since(self, day: date) -> int:
        """Days from `day` until now; below zero for a day to come."""
        return (self.now.date() - day).days


def _require_zone(at: datetime, what: str) -> None:
    if at.tzinfo is None:
        raise FactError(f"{what} needs a time with a time zone; {at:%Y-%m-%d %H:%M} has none.")
