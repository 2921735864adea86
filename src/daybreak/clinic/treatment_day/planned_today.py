"""Who the plans of a site name today, and has no session yet."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import Course, Site, Stage
from daybreak.clinic.record.queries import deaths
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.regimen import sessions as treatment_days
from daybreak.treatment.regimen_language import parse


@dataclass(frozen=True, slots=True)
class Expected:
    """A person whose plan names today."""

    course: UUID
    name: str
    synthetic: bool
    number: int
    regimen: str


def expected(site: Site, day: date | None = None) -> list[Expected]:
    """Who the signed plans of a site expect today and has no session yet; nobody who died. Five queries."""
    today = day or timezone.localdate()
    going_on = Plan.objects.filter(Q(last_day__gte=today) | Q(last_day=None), first_day__lte=today)
    # Of every site, and ids alone: a database asked for the site first looks at all its people's plans.
    ids = list(going_on.values_list("pk", flat=True))
    # A plan that a newer one replaced expects nobody, also where the newer one is over.
    newer = Plan.objects.filter(course=OuterRef("course"), version__gt=OuterRef("version"), signature__isnull=False)
    in_force = Plan.objects.filter(~Exists(newer), pk__in=ids, signature__isnull=False, course__patient__site=site)
    of_plan = ("course_id", "first_day", "regimen_text", "first_number")
    newest = {course: plan for course, *plan in in_force.values_list(*of_plan)}
    due = {
        course: (first_number + place, _first_words(regimen_text))
        for course, (first_day, regimen_text, first_number) in newest.items()
        if (place := place_of_day(regimen_text, (today - first_day).days)) is not None
    }
    # Who came today and left before any dose is not expected again today.
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    came = Session.objects.filter(Q(holds_number=True) | Q(opened_at__gte=midnight), course__in=due)
    for course, number in came.values_list("course_id", "number"):
        if course in due and due[course][0] == number:
            del due[course]
    going_on = Course.objects.with_stage().filter(pk__in=due).exclude(stage=Stage.ENDED)
    columns = ("pk", "patient", "patient__given_name", "patient__family_name", "patient__synthetic")
    named = list(going_on.order_by("patient__family_name", "pk").values_list(*columns))
    dead = deaths(patient for _, patient, *_ in named)
    return [
        Expected(course, f"{given} {family}", synthetic, *due[course])
        for course, patient, given, family, synthetic in named
        if patient not in dead
    ]


@lru_cache(maxsize=4096)
def _days(regimen_text: str) -> tuple[int, ...]:
    return tuple(session.day for session in treatment_days(parse(regimen_text)))


def place_of_day(regimen_text: str, day: int) -> int | None:
    """The place of this day among the days of a regimen, from 0; None when it has none."""
    days = _days(regimen_text)
    return days.index(day) if day in days else None


def _first_words(regimen_text: str) -> str:
    return regimen_text.split(",", maxsplit=1)[0]
