"""A regimen for one person from one day, and what is known of it before anybody signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.utils import timezone

from daybreak.clinic.planning.held import given_before, held_before
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment import dosing
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import (
    as_measured,
    as_set,
    devices,
    dilution,
    infusion,
    injection,
    strengths,
    unusual_injection,
)
from daybreak.treatment.dose_quantities import DayGiven
from daybreak.treatment.dosing import DoseLimit, DoseRemark
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.indications import indication
from daybreak.treatment.labelling import Jurisdiction, Labelling, labelling
from daybreak.treatment.phases import phases
from daybreak.treatment.regimen import AmountUnit, Dose, Regimen, RegimenError, sessions
from daybreak.treatment.regimen_language import dose_in_words, parse, say, say_days
from daybreak.treatment.vitals import Vital, implausible

INJECTED = (Route.IV, Route.IM, Route.SC)
# Beyond these an entry is a slip of the hand, not a plan; ours.
FARTHEST_AHEAD = timedelta(days=366)
STRONGEST_MG_PER_ML = 100.0
_NO_PUMP_RATE = "No pump rate is given until you write the concentration after dilution."


class PlanRefusal(Refusal):
    """What of a plan cannot stand: a sentence for each field it belongs to."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__(" ".join(by_field.values()))
        self.by_field = dict(by_field)


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One treatment day of a plan: its number in the course, its day, its doses."""

    number: int
    day: date
    doses: tuple[Dose, ...]
    dose_mg: float | None  # None where the dose is by weight and no weight is known


@dataclass(frozen=True, slots=True)
class Part:
    """One phase of a regimen as a row: when, how many sessions, what is given and how it is drawn up.

    `drawn_up` and `pump_ml_per_h` are None where there is nothing to draw up or to pump, or no weight to
    compute it with; a strength that must be diluted first has no pump rate either, and `dilute` says so.
    """

    words: str
    dose_words: str
    first_day: date
    last_day: date
    sessions: int
    dose_mg: float | None
    drawn_up: str | None
    pump_ml_per_h: float | None
    dilute: str | None

    @property
    def pump(self) -> str:
        """The pump rate as it is set, shown as on every page; empty where there is none."""
        return as_set(self.pump_ml_per_h) if self.pump_ml_per_h else ""


@dataclass(frozen=True)
class Proposal:
    """A regimen with the person and the place it is meant for.

    `medicines` are those the person takes that are known to change how ketamine is cleared. `before` is what was given
    of the course before it begins.
    """

    regimen: Regimen
    first_day: date
    weight_kg: float | None
    concentration_mg_per_ml: float
    indication_id: str
    jurisdiction: Jurisdiction
    age_years: int
    sex: str
    weight_remark: DoseRemark | None = None
    start_remark: DoseRemark | None = None
    medicines: frozenset[str] = frozenset()
    first_number: int = 1
    before: tuple[DayGiven, ...] = ()

    @cached_property
    def text(self) -> str:
        """The canonical words."""
        return say(self.regimen)

    @cached_property
    def sessions(self) -> tuple[PlannedSession, ...]:
        """The treatment days with their dates and milligrams."""
        return sessions_from(self.first_day, self.regimen, self.weight_kg, self.first_number)

    @property
    def numbers(self) -> str:
        """Its sessions by their numbers in the course, where some were held before: "4 to 11"; else empty."""
        last = self.first_number + len(self.sessions) - 1
        if self.first_number == 1:
            return ""
        return f"{self.first_number} to {last}" if last > self.first_number else str(last)

    @property
    def known_medicines(self) -> tuple[str, ...]:
        """`medicines` in order."""
        return tuple(sorted(self.medicines))

    @property
    def is_for_pain(self) -> bool:
        return indication(self.indication_id).is_pain

    @property
    def last_day(self) -> date:
        return self.sessions[-1].day

    @property
    def by_weight(self) -> bool:
        """Whether a dose depends on the weight."""
        return any(dose.amount.unit is AmountUnit.MG_PER_KG for dose in self.regimen.doses)

    @property
    def is_drawn_up(self) -> bool:
        """Whether any of it is given from a syringe, so that its concentration matters."""
        return any(dose.route in INJECTED for dose in self.regimen.doses)

    @property
    def missing_weight(self) -> str | None:
        """Why the milligrams cannot be computed, as a sentence; None when they can."""
        try:
            self.regimen.total_mg(self.weight_kg)
        except RegimenError as error:
            return str(error)
        return None

    @property
    def total_mg(self) -> float:
        """All doses together.

        Raises:
            RegimenError: if a dose is by weight and no weight is known.
        """
        return self.regimen.total_mg(self.weight_kg)

    @cached_property
    def labellings(self) -> tuple[Labelling, ...]:
        """What the labels say of each drug and route in the regimen."""
        uses = dict.fromkeys((dose.drug, dose.route) for dose in self.regimen.doses)
        return tuple(labelling(drug, route, self.indication_id, self.jurisdiction) for drug, route in uses)

    @property
    def labelled(self) -> bool:
        """Whether a label covers every drug and route of the regimen, and its doses, frequency and length."""
        return all(found.labelled for found in self.labellings) and not self.outside_label

    @property
    def outside_label(self) -> tuple[str, ...]:
        """What of the doses lies outside the label, each a sentence."""
        return tuple(f"Outside the label: {remark.sentence}" for remark in self.remarks if remark.outside_label)

    @cached_property
    def remarks(self) -> tuple[DoseRemark, ...]:
        """What stands against the doses, the weightiest first, the weight they rest on and the first day."""
        found = dosing.check(
            self.regimen, self.weight_kg, self.jurisdiction, self.indication_id, self.age_years, before=self.before
        )
        urgent = sum(remark.urgent for remark in found)
        return (*found[:urgent], *filter(None, [self.weight_remark, self.start_remark]), *found[urgent:])

    @cached_property
    def kept_limits(self) -> tuple[DoseLimit, ...]:
        """The limits on file that the doses keep. They say nothing beyond themselves."""
        return dosing.kept(
            self.regimen, self.weight_kg, self.jurisdiction, self.indication_id, self.age_years, before=self.before
        )

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The phases as rows of a table."""
        return tuple(
            self._part(phase.doses[0], say_days(phase), phase.days)  # the language gives one dose a day
            for phase in phases(self.regimen)
        )

    @property
    def dilutions(self) -> tuple[str, ...]:
        """What must be diluted first, each sentence once."""
        return tuple(dict.fromkeys(part.dilute for part in self.parts if part.dilute))

    def _part(self, dose: Dose, words: str, days: tuple[int, ...]) -> Part:
        dose_mg = _in_mg((dose,), self.weight_kg)
        drawn_up, pump, dilute = (None, None, None) if dose_mg is None else self._drawn_up(dose, dose_mg)
        return Part(
            words=words[0].upper() + words[1:],
            dose_words=dose_in_words(dose),
            first_day=self.first_day + timedelta(days=days[0]),
            last_day=self.first_day + timedelta(days=days[-1]),
            sessions=len(days),
            dose_mg=dose_mg,
            drawn_up=drawn_up,
            pump_ml_per_h=pump,
            dilute=dilute,
        )

    def _drawn_up(self, dose: Dose, dose_mg: float) -> tuple[str | None, float | None, str | None]:
        if (dose.drug, dose.route) == (Drug.ESKETAMINE, Route.NASAL):
            try:
                count = devices(dose_mg)
            except RegimenError:
                return None, None, None  # a remark of the limits says why
            return f"{count} device{'s' if count > 1 else ''}", None, None
        if dose.route not in INJECTED:
            return None, None, None
        strength = self.concentration_mg_per_ml
        volume = f"{as_measured(dose_mg / strength)} mL at {strength:g} mg/mL"
        dilute = dilution(strength) if dose.route is Route.IV else None
        if not dose.duration_min:
            shot = injection(dose_mg, strength)
            if dose.route is not Route.IV and unusual_injection(shot, dose.drug, dose.route):
                # The strength of a bag. Which is in hand is asked in the session; here stands what the label names.
                known = (str(injection(dose_mg, each)) for each in strengths(dose.drug, dose.route))
                volume = " or ".join(known) or volume
            return volume, None, dilute
        if dilute:
            return volume, None, f"{dilute} {_NO_PUMP_RATE}"
        return volume, infusion(dose_mg, strength, dose.duration_min).rate_ml_per_h, None


def sessions_from(
    first_day: date, regimen: Regimen, weight_kg: float | None, first_number: int = 1
) -> tuple[PlannedSession, ...]:
    """The treatment days of a regimen that begins on `first_day`, for this body weight (kg), counted on in a course
    from `first_number`."""
    return tuple(
        PlannedSession(
            number=number,
            day=first_day + timedelta(days=session.day),
            doses=session.doses,
            dose_mg=_in_mg(session.doses, weight_kg),
        )
        for number, session in enumerate(sessions(regimen), start=first_number)
    )


def _in_mg(doses: tuple[Dose, ...], weight_kg: float | None) -> float | None:
    if weight_kg is None and any(dose.amount.unit is AmountUnit.MG_PER_KG for dose in doses):
        return None
    return sum(dose.amount.to_mg(weight_kg) for dose in doses)


def propose(
    course: Course,
    text: str,
    first_day: date,
    *,
    weight_kg: float | None,
    concentration_mg_per_ml: float,
    today: date | None = None,
) -> Proposal:
    """A proposal for the person of a course, from a regimen in words.

    Raises:
        PlanRefusal: if the words are not a regimen, or a number or the day is a slip of the hand.
        Refusal: if no labels are on file for the site's jurisdiction.
    """
    wrong = {}
    try:
        regimen = parse(text)
    except RegimenError as error:
        wrong["text"] = str(error)
    today = today or timezone.localdate()
    before = held_before(course)
    if before and first_day <= before.last_day:
        wrong["first_day"] = (
            f"Session {before.last_number} was held on {said_day(before.last_day)}, and stays as it was. A change "
            "begins after it: write a later day."
        )
    if abs(first_day - today) > FARTHEST_AHEAD:
        wrong["first_day"] = (
            f"{said_day(first_day)} is more than a year from today. Write the day of the first session."
        )
    if weight_kg is not None and (sentence := implausible(Vital.WEIGHT, weight_kg)):
        wrong["weight_kg"] = sentence
    if not 0 < concentration_mg_per_ml <= STRONGEST_MG_PER_ML:
        wrong["concentration_mg_per_ml"] = (
            f"{concentration_mg_per_ml:g} mg/mL is not a concentration. "
            f"Write a number above 0 and up to {STRONGEST_MG_PER_ML:g}."
        )
    if wrong:
        raise PlanRefusal(wrong)
    return Proposal(
        regimen=regimen,
        first_day=first_day,
        weight_kg=weight_kg,
        concentration_mg_per_ml=concentration_mg_per_ml,
        indication_id=course.indication,
        jurisdiction=jurisdiction_of(course.patient.site.jurisdiction),
        age_years=course.patient.age,
        sex=course.patient.sex,
        start_remark=_start_remark(course, first_day, today),
        first_number=before.last_number + 1 if before else 1,
        before=given_before(course, first_day, before.last_number + 1) if before else (),
    )


def _start_remark(course: Course, first_day: date, today: date) -> DoseRemark | None:
    """What is odd about a first day; a changed plan that keeps the day the course began on is asked nothing."""
    remark = dosing.past_start(first_day, today)
    if remark is None or course.plans.filter(first_day=first_day).exists():
        return None
    return remark


def proposal_of(plan: Plan) -> Proposal:
    """What a saved plan proposes, read with the knowledge of today."""
    patient = plan.course.patient
    return Proposal(
        regimen=plan.regimen,
        first_day=plan.first_day,
        weight_kg=plan.weight_kg,
        concentration_mg_per_ml=plan.concentration_mg_per_ml,
        indication_id=plan.course.indication,
        jurisdiction=jurisdiction_of(plan.jurisdiction),
        age_years=patient.age,
        sex=patient.sex,
        first_number=plan.first_number,
        before=given_before(plan.course, plan.first_day, plan.first_number) if plan.first_number > 1 else (),
    )


def jurisdiction_of(name: str) -> Jurisdiction:
    """The jurisdiction a site names.

    Raises:
        Refusal: if its labels are not on file.
    """
    try:
        return Jurisdiction(name)
    except ValueError:
        known = ", ".join(Jurisdiction)
        raise Refusal(
            f"The labels of {name!r} are not on file, so no plan can say whether it is off-label. "
            f"Set the jurisdiction of the site to one of {known}."
        ) from None
