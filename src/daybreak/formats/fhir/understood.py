"""What was understood of a referral: plain frozen values, nothing saved."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from daybreak.formats.codes import Meaning, meaning
from daybreak.treatment.vitals import UNITS, Vital


class Precision(StrEnum):
    """How exactly the sender knew a time."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class When:
    """A FHIR date or time. `start` is the earliest moment it can mean, in UTC if the sender named no zone."""

    start: datetime
    precision: Precision

    @property
    def day(self) -> date:
        return self.start.date()

    def __str__(self) -> str:
        length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(self.precision, 10)
        return self.day.isoformat()[:length]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number someone gave the person. `kind` is the sender's word for it ("Medical Record Number")."""

    system: str
    value: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """The patient as sent. Names stay as sent, digits and all.

    `sex` is the administrative gender of FHIR: male, female, other, unknown, or "" when not sent.
    `birth_date` is None when none, or only a part of one, was sent. `language` is a BCP 47 code or "".
    """

    family: str
    given: tuple[str, ...]
    birth_date: date | None
    sex: str = ""
    identifiers: tuple[Identifier, ...] = ()
    deceased: bool = False
    phone: str = ""
    address: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        return " ".join((*self.given, self.family)).strip()


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of a coding system."""

    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A diagnosis. `clinical_status` is FHIR's word (active, recurrence, remission, resolved...) or ""."""

    text: str
    codings: tuple[Coding, ...]
    clinical_status: str
    onset: When | None
    abatement: When | None

    @property
    def meaning(self) -> Meaning | None:
        """What its code means for this clinic, if it is on a list here."""
        found = (meaning(coding.system, coding.code) for coding in self.codings)
        return next((each for each in found if each), None)


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine as ordered or reported. `status` is FHIR's word (active, stopped, completed...) or ""."""

    text: str
    codings: tuple[Coding, ...]
    status: str
    authored_on: When | None
    dosage: str

    @property
    def active(self) -> bool:
        """The sender says it is being taken. False covers stopped, completed and unknown: see `status`."""
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance; `none_known` marks the entry that says there is none."""

    text: str
    codings: tuple[Coding, ...]
    clinical_status: str
    criticality: str
    reactions: tuple[str, ...]
    none_known: bool


@dataclass(frozen=True, slots=True)
class VitalSign:
    """One vital sign in the unit of `UNITS`, with what was sent and its age in days on the day of reading."""

    vital: Vital
    value: float
    when: When
    age_days: int
    sent_value: float
    sent_unit: str

    @property
    def unit(self) -> str:
        return UNITS[self.vital]

    @property
    def as_sent(self) -> str:
        """What was sent, where it came in another unit; else empty."""
        return "" if self.value == self.sent_value else f"{self.sent_value:g} {self.sent_unit}"


@dataclass(frozen=True, slots=True)
class Score:
    """The total of an instrument filled elsewhere. `instrument` is that instrument's id here."""

    instrument: str
    name: str
    value: float
    when: When
    age_days: int


@dataclass(frozen=True, slots=True)
class Observation:
    """Any other result, kept as sent."""

    text: str
    codings: tuple[Coding, ...]
    value: str
    unit: str
    when: When | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Resources that were not taken in, counted, with the reason as a sentence."""

    resource_type: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry (counted from 1; 0 is the bundle) that could not be read, or not wholly. The rest was."""

    entry: int
    resource_type: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ReferralUnderstood:
    """A referral, read. `allergies` is None when the bundle says nothing about them: "not recorded".

    `referred` is the day the sender dated the request for it, `made` when the file was put together; None: not said.
    """

    sha256: str
    person: Person
    conditions: tuple[Condition, ...]
    medicines: tuple[Medicine, ...]
    allergies: tuple[Allergy, ...] | None
    vitals: tuple[VitalSign, ...]
    scores: tuple[Score, ...]
    observations: tuple[Observation, ...]
    left_out: tuple[LeftOut, ...]
    problems: tuple[Problem, ...]
    missing: tuple[str, ...]
    referred: When | None = None
    made: When | None = None

    def newest(self, vital: Vital) -> VitalSign | None:
        """The newest reading of one vital sign."""
        return max((v for v in self.vitals if v.vital is vital), key=lambda v: v.when.start, default=None)
