"""What a trial reported, as frozen values: trials, their arms, the results of each arm, the scales they used."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal

from daybreak.evidence.data import load
from daybreak.treatment.sources import Status

Better = Literal["lower", "higher", "more", "fewer"]


class Kind(StrEnum):
    """What the numbers of a result are."""

    ENDPOINT = "endpoint"  # the mean at a time
    CHANGE = "change"  # the mean change since the start
    BASELINE = "baseline"
    EVENTS = "events"  # how many people had the event
    PEOPLE_ONLY = "people_only"  # measured, but only the number of people could be read


class Design(StrEnum):
    """How people came into an arm."""

    PARALLEL = "parallel"
    CROSSOVER = "crossover"
    DELAYED_START = "delayed_start"
    WITHDRAWAL = "withdrawal"
    POOLED = "pooled"  # several trials reported together
    SINGLE_ARM = "single_arm"
    NOT_RANDOMISED = "not_randomised"

    @property
    def is_randomised(self) -> bool:
        return self not in (Design.SINGLE_ARM, Design.NOT_RANDOMISED)


class Sample(StrEnum):
    """Which people of the trial a row is about. Only the first stands for the whole trial."""

    WHOLE = ""
    ARMS_TOGETHER = "arms together"  # several dose arms as one: used where the arms have no rows of their own
    FIRST_PERIOD = "first period"  # of a crossover: people compared with other people
    OTHER_ANALYSIS = "other analysis"  # the same people, analysed again
    SECOND_PERIOD = "second period"
    SUBGROUP = "subgroup"
    ONE_CELL = "one cell"  # of a factorial design, or a dose already within another row
    OPEN_PHASE = "open phase"


class Measure(StrEnum):
    """What a printed contrast against control is."""

    MEAN_DIFFERENCE = "mean_difference"
    HEDGES_G = "hedges_g"
    ODDS_RATIO = "odds_ratio"
    RISK_RATIO = "risk_ratio"
    RISK_DIFFERENCE_POINTS = "risk_difference_points"  # percentage points
    HAZARD_RATIO = "hazard_ratio"
    WITHIN_PERSON_D = "within_person_d"  # standardised by the spread of differences: not a Hedges' g
    MEDIAN_DIFFERENCE = "median_difference"
    OTHER = "other"

    @property
    def is_ratio(self) -> bool:
        return self in (Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.HAZARD_RATIO)


@dataclass(frozen=True, slots=True)
class Scale:
    """A rating scale. `low` and `high` are its ends, None where the version was not printed."""

    id: str
    name: str
    better: Better
    low: float | None
    high: float | None
    status: Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is measured: a score on a scale (`better` is None: the scale says) or an event. `harm`: an unwanted one."""

    id: str
    name: str
    kind: Literal["score", "event"]
    better: Better | None
    harm: bool


@dataclass(frozen=True, slots=True)
class EvidenceIndication:
    """What a trial treated. `treated_as` and `near` are ids of `daybreak.treatment.indications`."""

    id: str
    name: str
    treated_as: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskOfBias:
    """Judgements as a published review printed them; empty where none was read."""

    tool: str
    sequence: str
    concealment: str
    performance: str
    detection: str
    attrition: str
    reporting: str
    other: str
    overall: str
    source: str

    @property
    def judgements(self) -> dict[str, str]:
        """Each judged domain with its judgement."""
        names = ("sequence", "concealment", "performance", "detection", "attrition", "reporting", "other", "overall")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One study. `identifiers_recalled` are identifiers nobody has checked yet."""

    id: str
    label: str
    name: str
    year: int | None
    doi: str
    pmid: str
    registry: str
    identifiers_recalled: str
    indication: str
    population: str
    comparator: str
    design: Design
    design_words: str
    blinding: Literal["double", "single", "assessor", "open", "not_stated"]
    blinding_words: str
    risk_of_bias: RiskOfBias


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What one group got. `against` is the control arm of an active one; `doses` counts to the main time."""

    trial: str
    id: str
    label: str
    role: Literal["active", "control"]
    against: str
    drug: str
    drug_words: str
    route: str
    dose: str
    dose_unit: str
    infusion_min: float | None
    doses: int | None
    schedule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A printed comparison with control; `standard_error`, `low` and `high` on the scale it was printed on."""

    measure: Measure
    estimate: float
    words: str
    standard_error: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One arm, one outcome, one time: what was printed, from where, and how far it may be trusted.

    Attributes:
        line: where it stands in its file; the heading is line 1.
        time_h: hours since `time_from`; None where no time was printed.
        overlaps: trials that share people with this one. It enters a pool only where none of them is in it.
        doubt: why the row is left out although it was seen; empty for nearly all.
    """

    id: str
    line: int
    trial: str
    arm: str
    outcome: str
    outcome_words: str
    scale: str
    kind: Kind
    time_h: float | None
    time_from: str
    n: int | None
    n_basis: str
    mean: float | None
    sd: float | None
    se: float | None
    events: int | None
    percent: float | None
    events_basis: str
    contrast: Contrast | None
    p_words: str
    sample: Sample
    overlaps: tuple[str, ...]
    independent_of: str
    doubt: str
    note: str
    source: str
    status: Status


@cache
def scales() -> dict[str, Scale]:
    """Every known scale by id."""
    return {
        row["id"]: Scale(row["id"], row["name"], row["better"], row["low"], row["high"], Status(row["status"]))
        for row in load("scales.yaml")["scales"]
    }


@cache
def outcomes() -> dict[str, Outcome]:
    """Every known outcome by id."""
    return {
        row["id"]: Outcome(row["id"], row["name"], row["kind"], row.get("better"), row.get("harm", False))
        for row in load("outcomes.yaml")["outcomes"]
    }


@cache
def evidence_indications() -> dict[str, EvidenceIndication]:
    """Every indication the trials treated, by id."""
    return {
        row["id"]: EvidenceIndication(row["id"], row["name"], tuple(row["treated_as"]), tuple(row["near"]))
        for row in load("indications.yaml")["indications"]
    }
