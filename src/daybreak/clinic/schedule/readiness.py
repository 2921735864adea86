"""What is ready for a treatment day, person by person: each point met, not met or unknown, and what would resolve it.

Nothing here lets a dose go on or holds one back: the checks before the dose ask afresh. It is what a coordinator can
still mend the day before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_session
from daybreak.clinic.programme.queries import Enrolment, enrolments
from daybreak.clinic.record.models import Course, Flag, PatientFact, PatientFactKind, Site, Stage
from daybreak.clinic.record.queries import deaths, died, open_flags
from daybreak.clinic.schedule import queries
from daybreak.clinic.schedule.fitting import misfit
from daybreak.clinic.schedule.models import Appointment, Authorisation, Ride
from daybreak.clinic.schedule.queries import Visit
from daybreak.clinic.schedule.supply import Need, Supply
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.screening.models import ScreeningDecision, ScreeningRequest
from daybreak.clinic.screening.queries import Consent
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import as_measured, weight_age_max_days
from daybreak.treatment.findings import State
from daybreak.treatment.vitals import Vital


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is looked at for the day. `resolve` says what would settle it; empty where it is met."""

    name: str
    state: State
    detail: str
    resolve: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in (State.NOT_MET, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Ready:
    """One visit of the day with its points, always the same and in the same order; of who `died` that alone."""

    visit: Visit
    planned: PlannedSession | None
    points: tuple[Point, ...]
    died: str = ""

    @property
    def open(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.is_open)

    @property
    def met(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.state is State.MET)

    @property
    def treatment(self) -> str:
        """For example "esketamine nasal 56 mg"."""
        if self.planned is None:
            return "no session of this number in the plan"
        dose = self.planned.doses[0]
        amount = "dose by weight" if self.planned.dose_mg is None else f"{as_measured(self.planned.dose_mg)} mg"
        return f"{dose.drug} {dose.route} {amount}"


def of_day(site: Site, day: date) -> list[Ready]:
    """Who is booked for a day and has not come, with what is ready. Twenty queries or so, however many people."""
    coming = [visit for visit in queries.visits(site, day) if not visit.missed and visit.session is None]
    return of(site, day, coming)


def of(site: Site, day: date, visits: Sequence[Visit]) -> list[Ready]:
    """What is ready for these visits of one day."""
    known = _Known.of(site, [visit.appointment.course for visit in visits], visits, day)
    supply = Supply.of(site, day, [visit.appointment for visit in visits]) if visits else Supply((), ())
    return [_ready(visit, known, supply, day) for visit in visits]


@dataclass(frozen=True)
class _Known:
    """What the record holds about the people of a day, read once for all of them."""

    facts: dict[UUID, list[PatientFact]]
    requests: dict[UUID, list[ScreeningRequest]]  # the newest first
    decisions: dict[UUID, ScreeningDecision]
    authorisations: dict[UUID, Authorisation]
    rides: dict[UUID, Ride]
    flags: dict[UUID, list[Flag]]
    plans: dict[UUID, Plan]
    enrolments: Mapping[UUID, Enrolment]
    ended: frozenset[UUID]
    on_day: Mapping[UUID, set[tuple[UUID, int]]]
    deaths: Mapping[UUID, PatientFact]
    closed: str  # what closes the site on this day; empty where it is open

    @classmethod
    def of(cls, site: Site, courses: Sequence[Course], visits: Sequence[Visit], day: date) -> "_Known":
        people = {course.patient_id for course in courses}
        consent = Q(kind=PatientFactKind.ANSWER, code=screening.CONSENT_RULE)
        told = consent | Q(kind=PatientFactKind.VITAL, code=Vital.WEIGHT)
        facts = PatientFact.objects.filter(told, patient__in=people, corrected_by__isnull=True)
        flags: dict[UUID, list[Flag]] = {}
        for flag in open_flags(site=site).filter(patient__in=people):
            flags.setdefault(flag.patient_id, []).append(flag)
        by_person: dict[UUID, list[PatientFact]] = {}
        for fact in facts.order_by("-recorded_at", "-pk"):
            by_person.setdefault(fact.patient_id, []).append(fact)
        requests: dict[UUID, list[ScreeningRequest]] = {}
        for request in ScreeningRequest.objects.filter(course__in=courses).order_by("-recorded_at", "-pk"):
            requests.setdefault(request.course_id, []).append(request)
        plans = _newest(
            Plan.objects.filter(course__in=courses, signature__isnull=False).order_by("version"), "course_id"
        )
        return cls(
            facts=by_person,
            requests=requests,
            decisions=_newest(
                ScreeningDecision.objects.filter(course__in=courses).order_by("decided_at", "pk"), "course_id"
            ),
            authorisations=_newest(
                Authorisation.objects.filter(course__in=courses).order_by("recorded_at", "pk"), "course_id"
            ),
            rides=_newest(
                Ride.objects.filter(appointment__in=[visit.appointment.pk for visit in visits]).order_by(
                    "recorded_at", "pk"
                ),
                "appointment_id",
            ),
            flags=flags,
            plans=plans,
            enrolments=enrolments(courses, day, plans),
            ended=frozenset(
                Course.objects.with_stage()
                .filter(pk__in=[course.pk for course in courses], stage=Stage.ENDED)
                .values_list("pk", flat=True)
            ),
            on_day=queries.sessions_on(day, people),
            deaths=deaths(people),
            closed=queries.closed_days(site, day, day).get(day, ""),
        )


def _newest(rows: Iterable[Any], of: str) -> dict[UUID, Any]:
    return {getattr(row, of): row for row in rows}


def _ready(visit: Visit, known: _Known, supply: Supply, day: date) -> Ready:
    appointment = visit.appointment
    course = appointment.course
    plan = known.plans.get(course.pk, appointment.plan)
    planned = planned_session(plan, appointment.number)
    facts = known.facts.get(course.patient_id, [])
    others = known.on_day.get(course.patient_id, set()) - {(course.pk, appointment.number)}
    if fact := known.deaths.get(course.patient_id):
        return Ready(visit, planned, (Point("Plan", State.NOT_MET, died(fact), "Cancel the appointment."),), died(fact))
    points = [
        _closed(known.closed) or _twice(others) or _plan(appointment, plan, planned, ended=course.pk in known.ended),
        _consent(screening.consent_told(course, facts, known.requests.get(course.pk, [])), planned),
        _decision(known.decisions.get(course.pk), planned, day),
        _authorisation(known.authorisations.get(course.pk), day),
        _programme(known.enrolments[course.pk]),
        _ride(known.rides.get(appointment.pk)),
        _in_stock(supply, supply.need(appointment.pk)),
        _flags(known.flags.get(course.patient_id, [])),
        _weight(facts, day),
    ]
    return Ready(visit, planned, tuple(points))


def _plan(appointment: Appointment, plan: Plan, planned: PlannedSession | None, *, ended: bool) -> Point:
    """Whether what is booked is what the plan in force asks for, and long enough for it."""
    name, version = "Plan", f"Version {plan.version} is in force"
    if found := misfit(appointment, plan, ended=ended):
        return Point(name, State.NOT_MET, found.says, found.resolve)
    assert planned is not None  # noqa: S101 - else it fits no session
    if queries.known_stay(plan, planned) is None:
        return Point(
            name, State.UNKNOWN, f"{version}; how long it is watched is not known.", "Ask the medical director."
        )
    return Point(name, State.MET, f"{version}.")


def _closed(words: str) -> Point | None:
    """A day that was closed after people had been booked."""
    ask = "Move the appointment, or the medical director opens the day again."
    return Point("Plan", State.NOT_MET, f"The site is closed on this day: {words}.", ask) if words else None


def _twice(others: Collection[tuple[UUID, int]]) -> Point | None:
    if not others:
        return None
    numbers = ", ".join(str(number) for _, number in sorted(others))
    return Point(
        "Plan", State.NOT_MET, f"Session {numbers} is on this day as well.", "Move one of them: one session a day."
    )


def _programme(enrolled: Enrolment) -> Point:
    """Whether the person is enrolled in the programme of the nasal spray."""
    return Point("Nasal programme", enrolled.state, enrolled.sentence or "Another drug or route.", enrolled.resolves)


def _consent(consent: Consent | None, planned: PlannedSession | None) -> Point:
    name, rule = "Consent", screening.rules()[screening.CONSENT_RULE]
    if consent is None:
        return Point(name, State.UNKNOWN, "Not asked in this course.", rule.resolve)
    if not consent.is_signed:
        return Point(name, State.NOT_MET, f"Not signed: {consent.of}.", rule.resolve)
    said = f"Signed for {consent.of}."
    if planned and consent.is_for_another(planned.doses[0].drug, planned.doses[0].route):
        now = f"This day is {planned.doses[0].drug} {planned.doses[0].route}."
        return Point(name, State.NOT_MET, f"{said} {now}", rule.resolve)
    return Point(name, State.MET, f"{said} Asked again before the dose.")


def _decision(decision: ScreeningDecision | None, planned: PlannedSession | None, day: date) -> Point:
    name = "Screening"
    if decision is None:
        return Point(name, State.UNKNOWN, "No decision.", "The prescriber decides in screening.")
    said = f"“{decision.get_outcome_display()}”, {said_day(timezone.localdate(decision.decided_at))}."
    if decision.outcome != ScreeningDecision.Outcome.GO_ON:
        return Point(name, State.NOT_MET, said, "The prescriber decides again before this day.")
    if planned and (decision.drug, decision.route) != (planned.doses[0].drug, planned.doses[0].route):
        about = f"{said} It was about {decision.drug} {decision.route}."
        return Point(name, State.NOT_MET, about, "The prescriber decides about this drug and route.")
    if decision.review_on and decision.review_on < day:
        late = f"{said} To be looked at again by {said_day(decision.review_on)}."
        return Point(name, State.NOT_MET, late, "The prescriber reviews the decision.")
    return Point(name, State.MET, said)


def _authorisation(authorisation: Authorisation | None, day: date) -> Point:
    name, ask = "Authorisation", "Ask the payer, and record the answer on the appointment."
    if authorisation is None:
        return Point(name, State.UNKNOWN, "Not recorded here.", ask)
    reference = f" {authorisation.reference}" if authorisation.reference else ""
    said = f"{authorisation.get_answer_display()}{reference}"
    if authorisation.answer == Authorisation.Answer.REFUSED:
        return Point(
            name, State.NOT_MET, f"{said}.", "The person is told what they would pay, or the payer is asked again."
        )
    if authorisation.expires_on is None:
        return Point(name, State.MET, f"{said}.")
    until = f"{said}, until {said_day(authorisation.expires_on)}."
    if authorisation.expires_on < day:
        return Point(name, State.NOT_MET, until, "Ask the payer for a new one, or move the day.")
    return Point(name, State.MET, until)


def _ride(ride: Ride | None) -> Point:
    name = "Ride home"
    if ride is None:
        return Point(name, State.UNKNOWN, "Not asked yet.", "Call the person and record who takes them home.")
    if not ride.arranged:
        nobody = f"Nobody yet. {ride.words}".strip()
        return Point(name, State.NOT_MET, nobody, "Arrange a ride or a responsible adult, or move the day.")
    return Point(name, State.MET, f"{ride.words}. Asked again before the dose.")


def _flags(flags: Sequence[Flag]) -> Point:
    name = "Flags"
    if not flags:
        return Point(name, State.MET, "None.")
    titles = "; ".join(flag.says for flag in flags[:2])
    more = f", and {len(flags) - 2} more" if len(flags) > 2 else ""
    return Point(name, State.NOT_MET, f"{titles}{more}.", "The owner of each acts on it and closes it.")


def _weight(facts: Iterable[PatientFact], day: date) -> Point:
    name, dated = "Weight", [fact for fact in facts if fact.kind == PatientFactKind.VITAL and fact.occurred_at]
    newest = max(dated, key=lambda fact: fact.occurred_at, default=None)
    if newest is None or newest.value is None:
        return Point(name, State.UNKNOWN, "None with its day.", "Weigh the person on arrival.")
    days = (day - timezone.localdate(newest.occurred_at)).days
    said = f"{newest.value:g} kg, {days} day{'' if days == 1 else 's'} old then."
    if days > weight_age_max_days():
        return Point(name, State.NOT_MET, said, f"Weigh the person: it is older than {weight_age_max_days()} days.")
    return Point(name, State.MET, said)


def _in_stock(supply: Supply, need: Need | None) -> Point:
    """Whether one place has enough of one lot for this person, after those before them."""
    name = "Drug in stock"
    if need is None:
        return Point(name, State.UNKNOWN, "The amount is not known.", "Weigh the person and change the plan.")
    if supply.lots[need.of] is None:
        ask = "Tell the controlled-drug lead; a dose does not wait for the account."
        return Point(name, State.NOT_MET, supply.says(need), ask)
    return Point(name, State.MET, supply.says(need))
