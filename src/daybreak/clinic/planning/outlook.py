"""What the model expects of a whole plan: the first treatment day and the course of the score.

Both take too long for a page that answers while somebody types, so they stand on parts that load afterwards and are
kept per process by what went into them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from daybreak.clinic.planning.baselines import Baseline
from daybreak.clinic.planning.expectation import LEVEL, SEED, body_of
from daybreak.clinic.planning.proposal import Proposal
from daybreak.clinic.record.memory import giving_back
from daybreak.clinic.record.models import PatientFact, PatientFactKind
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.calibration.estimates import Estimates, load_estimates, load_priors
from daybreak.pharmacology.response.course import Course, predict_course
from daybreak.pharmacology.response.other_outcomes import NO_COURSE
from daybreak.pharmacology.response.pain import WEEKS_OF_PAIN, PainCourse, pain_times_h, predict_pain
from daybreak.pharmacology.response.trials import Use, eligible
from daybreak.pharmacology.safety.day import Day, predict_day, pressure_limits
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import instrument
from daybreak.treatment.limits import OwnLimits, limits_with
from daybreak.treatment.regimen import Dose, Regimen
from daybreak.treatment.vitals import Vital

FUTURES = 400  # of a course; the ends of its intervals then move by about two of a hundred from seed to seed
PEOPLE = 500  # of a treatment day
# The fitted trials treated unipolar depression, most of it resistant, with and without suicidal ideation.
INDICATIONS_OF_THE_TRIALS = frozenset(
    {"treatment_resistant_depression", "major_depression", "depression_with_suicidal_ideation"}
)
# Other outcomes of which the model says why it has no course.
_OUTCOMES = {"ptsd": "PTSD", "generalised_anxiety": "anxiety", "social_anxiety": "anxiety"}
_OTHER_TRIALS = "The trials that the course of a score was fitted to treated unipolar depression."
_PRESSURES = (Vital.SYSTOLIC, Vital.DIASTOLIC)
# A score to compute with where none is known. Falls are fractions of it: a course in per cent does not depend on it.
_ANY_MADRS = 30.0
# The model asks for a heart rate and adds its rise to it. None is shown here, and no other number depends on it.
_ANY_HEART_RATE = 70.0


@dataclass(frozen=True, slots=True)
class Pressure:
    """Both values of one measurement, in mmHg."""

    systolic: float
    diastolic: float
    measured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a proposal for one person. Where a part is None, its sentence says why.

    Attributes:
        start: the score before the first dose, MADRS or pain. A depression score that nobody gave leaves the course in
            per cent of it.
        pain_course: in place of the course where pain is treated.
    """

    proposal: Proposal
    pressure: Pressure | None
    start: Baseline | None
    day: Day | None
    no_day: str
    course: Course | None
    pain_course: PainCourse | None
    no_course: str

    @property
    def madrs(self) -> float | None:
        """The score the course starts from."""
        return self.start.value if self.course and self.start and not self.start.is_old else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where this person or regimen lies outside what was studied, each once."""
        parts = (self.day, self.course, self.pain_course)
        return tuple(dict.fromkeys(warning for part in parts if part for warning in part.warnings))

    @property
    def limits(self) -> tuple[str, ...]:
        """What a reader of these numbers must know, each once."""
        parts = (self.course, self.pain_course, self.day)
        return tuple(dict.fromkeys(limit for part in parts if part for limit in part.limits))

    @property
    def not_told(self) -> str:
        """What matters in this indication and the course does not tell, as a sentence; empty where there is nothing."""
        told = self.proposal.indication_id != "depression_with_suicidal_ideation" or self.course is None
        return "" if told else NO_COURSE["suicidal ideation"]


def look_ahead(
    proposal: Proposal,
    pressure: Pressure | None,
    *,
    madrs: Baseline | None = None,
    pain: Baseline | None = None,
    own: OwnLimits = (),
) -> Outlook:
    """The first treatment day and the course of a proposal, each where the model carries it.

    Args:
        own: the clinic's own limits; the chance of reaching them is told.
    """
    day = course = pain_course = None
    no_day = no_course = ""
    try:
        day = first_day(proposal, pressure, own)
    except KineticsError as error:
        no_day = str(error)
    try:
        if proposal.is_for_pain:
            pain_course = pain_of(proposal, pain)
        else:
            course = course_of(proposal, madrs.value if madrs and not madrs.is_old else None)
    except KineticsError as error:
        no_course = str(error)
    start = pain if proposal.is_for_pain else madrs
    return Outlook(proposal, pressure, start, day, no_day, course, pain_course, no_course)


def first_day(proposal: Proposal, pressure: Pressure | None, own: OwnLimits = ()) -> Day:
    """The treatment day of a proposal's first dose.

    Raises:
        KineticsError: if weight or pressure is missing or no model serves the dose; a sentence for the page.
    """
    if pressure is None:
        raise KineticsError(
            "No blood pressure is on file, so no treatment day is predicted. Enter one under Screening, Measure."
        )
    return treatment_day(proposal.regimen.first, body_of(proposal), pressure.systolic, pressure.diastolic, own=own)


def course_of(proposal: Proposal, madrs: float | None = None) -> Course:
    """The course of a proposal on the scale of the trials.

    Raises:
        KineticsError: if the weight is missing, the trials treated something else, or no model serves the doses.
    """
    if proposal.indication_id not in INDICATIONS_OF_THE_TRIALS:
        name = indication(proposal.indication_id).name
        why = NO_COURSE.get(_OUTCOMES.get(proposal.indication_id, ""), _OTHER_TRIALS)
        raise KineticsError(f"{name}: no model of the symptoms is shown. {why}")
    return _course(proposal.regimen, body_of(proposal), _ANY_MADRS if madrs is None else madrs)


def pain_of(proposal: Proposal, pain: Baseline | None) -> PainCourse:
    """The course of pain, where it was measured over time in this indication.

    Raises:
        KineticsError: if it was not, weight or pain is missing, or no model serves the doses.
    """
    if proposal.indication_id not in WEEKS_OF_PAIN:
        raise KineticsError(
            f"{indication(proposal.indication_id).name}: no course of pain is shown. {NO_COURSE['pain']}"
        )
    body = body_of(proposal)
    if pain is None or pain.is_old:
        raise KineticsError(
            "No course of pain is shown, because no pain from 0 to 10 before the first dose is on file"
            f"{f' that is newer than {pain.allowed_days:g} days' if pain else ''}. Enter one under Follow-up, or here."
        )
    return _pain(proposal.regimen, body, pain.value)


def pressure_among(facts: Iterable[PatientFact]) -> Pressure | None:
    """The newest pressure among facts that run from the newest; half of one is never completed from another time."""
    found: dict[datetime | None, dict[str, float]] = {}
    for fact in facts:
        if fact.kind != PatientFactKind.VITAL or fact.code not in _PRESSURES or fact.value is None:
            continue
        values = found.setdefault(fact.occurred_at, {})
        values.setdefault(fact.code, fact.value)
        if len(values) == len(_PRESSURES):
            return Pressure(values[Vital.SYSTOLIC], values[Vital.DIASTOLIC], fact.occurred_at)
    return None


def treatment_day(
    dose: Dose, body: Body, systolic: float, diastolic: float, session: int = 1, *, own: OwnLimits = ()
) -> Day:
    """What a treatment day may bring, with the chance of reaching the limits in force.

    Args:
        own: the clinic's own limits.

    Raises:
        KineticsError: if no model serves the dose, or a value cannot be.
    """
    return _day(replace(dose, time_h=0.0), body, systolic, diastolic, session=session, own=own)


@lru_cache(maxsize=256)
@giving_back
def _day(dose: Dose, body: Body, systolic: float, diastolic: float, *, session: int, own: OwnLimits) -> Day:
    before = {Vital.SYSTOLIC: systolic, Vital.DIASTOLIC: diastolic, Vital.HEART_RATE: _ANY_HEART_RATE}
    limits = pressure_limits(limits_with(own))
    return predict_day(dose, body, before, session=session, limits=limits, patients=PEOPLE, seed=SEED, level=LEVEL)


@lru_cache(maxsize=64)
@giving_back
def _course(regimen: Regimen, body: Body, baseline: float) -> Course:
    remission_at = instrument("MADRS").remission[0].at_most  # the rule read in its source stands first
    return predict_course(regimen, body, baseline, remission_at=remission_at, patients=FUTURES, seed=SEED, level=LEVEL)


@lru_cache(maxsize=64)
@giving_back
def _pain(regimen: Regimen, body: Body, pain: float) -> PainCourse:
    return predict_pain(regimen, body, pain, pain_times_h(regimen), patients=FUTURES, seed=SEED, level=LEVEL)


def trials_fitted() -> tuple[tuple[str, str], ...]:
    """The trials the course was fitted to, each with its address."""
    return tuple({row.arm.trial: row.source for row in eligible(Use.TUNING)}.items())


def fitted_models(outlook: Outlook) -> tuple[Estimates, ...]:
    """The models behind an outlook, each with its version, its data and its fixed numbers; pain's is not fitted."""
    parts = {"response": outlook.course, "safety": outlook.day}
    unfitted = (load_priors("pain"),) if outlook.pain_course else ()
    return (*(load_estimates(name) for name, part in parts.items() if part), *unfitted)
