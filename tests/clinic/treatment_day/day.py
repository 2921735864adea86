"""A treatment day to test with, made with the product's own verbs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Chair, Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.preparation import confirmed_mg_per_ml, pump_of
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import fastest_ml_per_h, three_figures
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic

INFUSION = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks"
NASAL = "esketamine 56 mg nasal twice weekly for 4 weeks"
MUSCLE = "ketamine 50 mg im once"
TEN_WORDS = "The pharmacy made this bag so, and the prescriber has read it."
NO_LOT = "Label not readable."  # where a test says nothing else
VIAL_MG_PER_ML = 50.0  # what an injection is drawn from, where a test says nothing else
BEFORE = {
    Vital.SYSTOLIC: 128, Vital.DIASTOLIC: 78, Vital.HEART_RATE: 72, Vital.SPO2: 98, Vital.RESPIRATORY_RATE: 15,
    Vital.ALERTNESS: 5, Vital.DISSOCIATION: 0,
}  # fmt: skip


def make_plan(
    clinic: Clinic, words: str = INFUSION, *, course: Course | None = None, weight_kg: float = 70.0, **more: object
) -> Plan:
    """A signed plan that begins today."""
    course, stamp = course or clinic.course, clinic.actor(Role.PRESCRIBER).stamp
    plan = Plan.objects.create(
        course=course, regimen_text=words, first_day=timezone.localdate(), weight_kg=weight_kg, jurisdiction="US",
        labelled=False, **{"version": 1} | more, **stamp,
    )  # fmt: skip
    PlanSignature.objects.create(plan=plan, statement="Signed.", **stamp)
    return plan


@dataclass
class Day:
    """One open session, with short ways to let things happen in it by minutes since `zero`."""

    clinic: Clinic
    session: Session
    zero: datetime

    @property
    def nurse(self) -> Actor:
        return self.clinic.actor(Role.NURSE)

    @property
    def prescriber(self) -> Actor:
        return self.clinic.actor(Role.PRESCRIBER)

    def at(self, minute: float) -> datetime:
        return self.zero + timedelta(minutes=minute)

    def state(self, minute: float | None = None) -> SessionState:
        now = timezone.now() if minute is None else self.at(minute)
        return queries.state(queries.sessions().get(pk=self.session.pk), now)

    def read(self, minute: float, values: dict[Vital, float] | None = None, **more: object) -> QuerySet[Reading]:
        entries = [services.Entry(vital, value, self.at(minute)) for vital, value in (values or BEFORE).items()]
        ids = services.record_readings(self.session, entries, self.nurse, write_id=new_id(), **more)
        return Reading.objects.filter(pk__in=ids)

    def systolic(self, minute: float, value: float, reading_id: UUID | None = None, **more: object) -> Reading:
        return services.record_reading(
            self.session, Vital.SYSTOLIC, value, self.at(minute), self.nurse, reading_id=reading_id or new_id(), **more
        )

    def clear_checks(self, minute: float = -5, *, but: Iterable[str] = ()) -> None:
        """Answer every asked check as the dose needs it: as rows, since a dozen verbs before each test take long."""
        asked = [check for check in self.state(minute).checks if not check.is_measured and check.id not in but]
        answers = [{"check": check.id, "yes": check.clears, "detail": ""} for check in asked]
        kind, at, by = SessionEvent.Kind.CHECK_ANSWERED, self.at(minute), self.nurse.stamp
        SessionEvent.objects.bulk_create(
            SessionEvent(session=self.session, kind=kind, occurred_at=at, data=answer, **by) for answer in answers
        )

    def begin(self, minute: float = 0) -> SessionEvent:
        """Measure, ask and start."""
        self.read(minute - 5)
        self.clear_checks(minute - 5)
        return self.do(services.start_dose, minute)

    def do(self, verb, minute: float, **more: object) -> SessionEvent:
        if verb is services.start_dose and (dose := self.state(minute).next_dose) and dose.is_injection:
            more = {"concentration_mg_per_ml": VIAL_MG_PER_ML} | more
        if verb is services.start_dose and dose and dose.dose.duration_min:
            more = self._bag(minute, dose, **more) | more
        if verb in (services.start_dose, services.give_device) and not more.get("lot"):
            more = {"no_lot": NO_LOT} | more
        return verb(self.session, self.nurse, write_id=new_id(), at=self.at(minute), **more)

    def _bag(
        self, minute: float, dose: PlannedDose, concentration_mg_per_ml: float | None = None, **more: object
    ) -> dict[str, float]:
        """What an infusion is run from, where a test says nothing else: as confirmed, else as planned, and the pump set
        to what was computed."""
        planned = self.session.plan.concentration_mg_per_ml
        confirmed = confirmed_mg_per_ml(self.state(minute))
        typed = {} if confirmed else {"concentration_mg_per_ml": planned}
        run = pump_of(dose, concentration_mg_per_ml or confirmed or planned)
        rate = min(run.rate_ml_per_h, fastest_ml_per_h()) if run else fastest_ml_per_h()
        return typed | {"pump_ml_per_h": float(three_figures(rate))}

    def flags(self) -> list[Flag]:
        return list(queries.open_limit_flags(self.session))


def open_day(clinic: Clinic, words: str = INFUSION, *, hours_ago: float = 5) -> Day:
    """Open the first session of a new signed plan, some hours ago, so that all of it may have happened."""
    make_plan(clinic, words)
    zero = timezone.now() - timedelta(hours=hours_ago)
    chair = Chair.objects.create(site=clinic.site, name="3")
    session = services.open_session(
        clinic.course, 1, chair, clinic.actor(Role.NURSE), write_id=new_id(), at=zero - timedelta(minutes=20)
    )
    return Day(clinic, session, zero)
