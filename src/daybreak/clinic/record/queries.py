"""Reads that every stage shares."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from daybreak.clinic.record.models import (
    AuditEntry,
    Course,
    Flag,
    FlagEvent,
    OpenFlag,
    Patient,
    PatientFact,
    PatientFactKind,
    PatientIdentifier,
    RuleSetSignature,
    Site,
    Stage,
    User,
    named_on_paper,
    record_number,
)
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.times import said
from daybreak.treatment.vitals import Vital

PAIN_ON_AVERAGE = "PEG-1"  # the code of a score: pain on average in the past week, the first item of PEG


def people(user: User, text: str = "", stage: str = "") -> QuerySet[Course]:
    """The courses this user may open, latest first, by name and stage."""
    courses = Course.objects.with_stage().select_related("patient", "therapist", "prescriber")
    courses = courses.filter(patient__site=user.site) if user.role != Role.THERAPIST else courses.filter(therapist=user)
    for word in text.split():
        courses = courses.filter(Q(patient__given_name__icontains=word) | Q(patient__family_name__icontains=word))
    if stage:
        courses = courses.filter(stage=stage)
    return courses.order_by("-stage_since", "-pk")


def open_flags(*, patients: Iterable[Patient] | None = None, site: Site | None = None) -> QuerySet[Flag]:
    """Flags nobody has closed, the earliest deadline first, each with whether its person `died`. Acknowledged by who
    has left since, one is so no more.
    """
    seen = FlagEvent.objects.filter(flag=OuterRef("pk"), kind=FlagEvent.Kind.ACKNOWLEDGED)
    seen = seen.exclude(recorded_by__is_active=False)
    flags = Flag.objects.filter(waiting__isnull=False).annotate(
        acknowledged=Exists(seen), died=Exists(_deaths().filter(patient=OuterRef("patient")))
    )
    if patients is not None:
        flags = flags.filter(waiting__patient__in=patients)
    if site is not None:
        flags = flags.filter(waiting__site=site)
    return flags.select_related("patient", "owner", "course").order_by("due_at", "pk")


def current_facts(patient: Patient, *kinds: PatientFactKind) -> QuerySet[PatientFact]:
    """What is known of a person and was not corrected since, the newest first."""
    return current_facts_of([patient.pk], *kinds)


def current_facts_of(patients: Collection[UUID], *kinds: PatientFactKind) -> QuerySet[PatientFact]:
    """The same of several people, by id."""
    facts = PatientFact.objects.filter(patient__in=patients, corrected_by__isnull=True)
    if kinds:
        facts = facts.filter(kind__in=kinds)
    return facts.order_by(F("occurred_at").desc(nulls_last=True), "-pk")


def serious_events(patient: Patient) -> list[PatientFact]:
    """What happened to a person after a dose, the newest first. One query."""
    return list(current_facts(patient, PatientFactKind.SERIOUS_EVENT))


def deaths(people: Iterable[UUID] | QuerySet) -> dict[UUID, PatientFact]:
    """Who of these people is recorded as dead, by person. One query."""
    return {fact.patient_id: fact for fact in _deaths().filter(patient__in=people).order_by("recorded_at")}


def _deaths() -> QuerySet[PatientFact]:
    return PatientFact.objects.filter(
        kind=PatientFactKind.SERIOUS_EVENT, code=PatientFact.DEATH, corrected_by__isnull=True
    )


def death(patient: Patient) -> PatientFact | None:
    """The death of a person, where it is recorded. One query."""
    return deaths([patient.pk]).get(patient.pk)


def died(fact: PatientFact) -> str:
    """A recorded death in words, for whoever would still call, book or treat."""
    when = f" at {said(fact.occurred_at)}" if fact.occurred_at else ""
    return f"Recorded as died{when}."


def died_words(patient: Patient) -> str:
    """That a person is recorded as dead, as a sentence; empty otherwise. One query."""
    fact = death(patient)
    return died(fact) if fact else ""


def facts_at(patient: Patient, moment: datetime, *kinds: PatientFactKind) -> QuerySet[PatientFact]:
    """What was known of a person at this moment, whatever was recorded or corrected since."""
    known = PatientFact.objects.filter(patient=patient, kind__in=kinds, recorded_at__lte=moment)
    return known.exclude(corrected_by__recorded_at__lte=moment)


@dataclass(frozen=True, slots=True)
class WayStep:
    """One stage on the way of a course, as the banner draws it."""

    stage: Stage
    state: str  # done, here, ahead
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Banner:
    """Who this page is about: shown on every page of a course."""

    patient: Patient
    course: Course
    weight_kg: float | None
    weight_at: datetime | None
    allergies: str  # "not recorded" is not "none known"
    serious_events: tuple[PatientFact, ...]  # after a dose, the newest first
    way: tuple[WayStep, ...]
    open_flags: int
    on_paper: str  # what every printed page says of the person


_IN_BANNER = Prepared(
    lambda key: current_facts_of([key]).filter(
        Q(kind__in=(PatientFactKind.ALLERGY, PatientFactKind.SERIOUS_EVENT))
        | Q(kind=PatientFactKind.VITAL, code=Vital.WEIGHT)
    )
)


def banner(course: Course) -> Banner:
    """The banner of a course, in three queries."""
    patient = course.patient
    facts = _IN_BANNER.all(patient.pk)
    weight = next((fact for fact in facts if fact.kind == PatientFactKind.VITAL), None)
    allergies = sorted({fact.text for fact in facts if fact.kind == PatientFactKind.ALLERGY and fact.state != "none"})
    none_known = any(fact.kind == PatientFactKind.ALLERGY and fact.state == "none" for fact in facts)
    number, waiting = _number_and_flags(patient)
    return Banner(
        patient=patient,
        course=course,
        weight_kg=weight.value if weight else None,
        weight_at=weight.occurred_at if weight else None,
        serious_events=tuple(fact for fact in facts if fact.kind == PatientFactKind.SERIOUS_EVENT),
        allergies=", ".join(allergies) or ("none known" if none_known else "not recorded"),
        way=_way(course),
        open_flags=waiting,
        on_paper=named_on_paper(patient, number),
    )


def on_paper(patient: Patient) -> str:
    """What every printed page says of a person. One query."""
    return named_on_paper(patient, patient.record_number)


def _number_and_flags(patient: Patient) -> tuple[str, int]:
    """The record number and how many flags are open. One query."""
    number, count = _NUMBER_AND_FLAGS.all(patient.pk)[0]
    return record_number(patient, number), count or 0


def _its_number_and_flags(key: UUID) -> QuerySet[Patient, tuple[str | None, int | None]]:
    sent = PatientIdentifier.objects.filter(patient=OuterRef("pk")).order_by("pk").values("value")[:1]
    waiting = OpenFlag.objects.filter(patient=OuterRef("pk")).values("patient").annotate(count=Count("pk"))
    return Patient.objects.filter(pk=key).values_list(Subquery(sent), Subquery(waiting.values("count")))


_NUMBER_AND_FLAGS = Prepared(_its_number_and_flags)


def _way(course: Course) -> tuple[WayStep, ...]:
    events = list(course.events.order_by("occurred_at", "id"))
    entered = {event.stage: event.occurred_at for event in events}
    here = events[-1].stage if events else Stage.REFERRAL
    order = list(Stage)
    return tuple(
        WayStep(
            stage=stage,
            state="here" if stage == here else "done" if order.index(stage) < order.index(here) else "ahead",
            since=entered.get(stage),
        )
        for stage in order
    )


def audit_entries(site: Site | None) -> QuerySet[AuditEntry]:
    """What was opened or done at a site, the newest first: about its people, by its staff, or by nobody's hand; whose
    name was typed where nobody was signed in, at the site of that person.
    """
    if site is None:
        return AuditEntry.objects.none()
    by_nobody = Q(patient__isnull=True, user__isnull=True) & (
        Q(detail__site__isnull=True) | Q(detail__site=str(site.pk))
    )
    ours = Q(patient__site=site) | Q(patient__isnull=True, user__site=site) | by_nobody
    return AuditEntry.objects.filter(ours).select_related("user", "patient").order_by("-at", "-pk")


def rules_signature(site: Site | None, rule_set: str) -> RuleSetSignature | None:
    """The director's signature under this rule set, if there is one."""
    if site is None:
        return None
    return _SIGNATURE.first(site.pk, rule_set)


_SIGNATURE = Prepared(
    lambda site, rule_set: (
        RuleSetSignature.objects.filter(site=site, rule_set=rule_set).select_related("recorded_by").order_by("-pk")[:1]
    ),
    key=(UUID, str),
)


def staff(site: Site | None, *roles: Role) -> QuerySet[User]:
    """Active staff of a site with one of these roles, by name."""
    return User.objects.filter(site=site, role__in=roles, is_active=True).order_by("display_name")


def what_is_real() -> str:
    """What shows that this database is a clinic's own and no demonstration's; empty if nothing does."""
    people = Patient.objects.filter(synthetic=False).count()
    if people:
        return (
            "one person in it is not marked synthetic"
            if people == 1
            else f"{people} people in it are not marked synthetic"
        )
    site = Site.objects.filter(demonstration=False).order_by("name").first()
    return f"it holds the clinic {site.name!r}" if site else ""
