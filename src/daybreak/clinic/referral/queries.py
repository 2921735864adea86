"""Reads of a referral."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from daybreak.clinic.record.models import Course, Patient, PatientIdentifier, Site
from daybreak.clinic.referral.models import Acceptance, Referral
from daybreak.formats.fhir import Identifier, Match, Observation, Person, ReferralUnderstood, read_referral, same_person
from daybreak.treatment.indications import indications_for_code
from daybreak.treatment.vitals import NAMES, Vital


def understood(referral: Referral) -> ReferralUnderstood:
    """What the kept document says, read again with ages counted to today."""
    return read_referral(referral.document, today=timezone.localdate())


@dataclass(frozen=True, slots=True)
class NewestValue:
    """The newest of one vital sign or score, as a page lists it."""

    name: str
    value: float
    unit: str
    when: str
    age_days: int
    as_sent: str = ""  # where it came in another unit


def newest_values(read: ReferralUnderstood) -> list[NewestValue]:
    """The newest of each vital sign and each score, with its age."""
    newest = [found for vital in Vital if (found := read.newest(vital))]
    rows = [
        NewestValue(NAMES[each.vital], each.value, each.unit, str(each.when), each.age_days, each.as_sent)
        for each in newest
    ]
    scores = {score.name: score for score in reversed(read.scores)}  # newest first, so the newest stays
    return rows + [
        NewestValue(each.name, each.value, "{score}", str(each.when), each.age_days) for each in scores.values()
    ]


@dataclass(frozen=True, slots=True)
class OtherResult:
    """A result Daybreak shows and does not use: the newest of its name, and how many came."""

    newest: Observation
    count: int


def other_results(read: ReferralUnderstood) -> list[OtherResult]:
    """What else was measured, by name."""
    by_name: dict[str, list[Observation]] = {}
    for each in read.observations:
        by_name.setdefault(each.text, []).append(each)
    return [
        OtherResult(max(rows, key=lambda row: str(row.when or "")), len(rows))
        for _, rows in sorted(by_name.items(), key=lambda item: item[0].casefold())
    ]


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person here who may be the one of a referral, and how one knows."""

    patient: Patient
    how: Match


def same_people(read: ReferralUnderstood, site: Site) -> list[KnownPerson]:
    """People of this site who may be the person of the referral. Nothing is merged by itself."""
    person = read.person
    numbers = [identifier for identifier in person.identifiers if identifier.system and identifier.value]
    by_number = Q()
    for identifier in numbers:
        by_number |= Q(identifiers__system=identifier.system[:300], identifiers__value=identifier.value.strip()[:300])
    likely = Q(birth_date=person.birth_date) if person.birth_date else Q(pk__in=[])
    if numbers:
        likely |= by_number
    candidates = Patient.objects.filter(likely, site=site).prefetch_related("identifiers").distinct()
    matches = [KnownPerson(patient, same_person(person, _as_person(patient))) for patient in candidates]
    return [match for match in matches if match.how is not Match.NONE]


def _as_person(patient: Patient) -> Person:
    kept: list[PatientIdentifier] = list(patient.identifiers.all())
    return Person(
        family=patient.family_name,
        given=tuple(patient.given_name.split()),
        birth_date=patient.birth_date,
        identifiers=tuple(Identifier(each.system, each.value) for each in kept),
    )


def suggested_indications(read: ReferralUnderstood) -> list[str]:
    """Indications that the conditions of the referral may stand for. A person chooses."""
    codes = [coding.code for condition in read.conditions for coding in condition.codings]
    found = [indication.id for code in codes for indication in indications_for_code(code)]
    return list(dict.fromkeys(found))


def waiting(site: Site) -> QuerySet[Referral]:
    """Referrals received, neither confirmed nor set aside, the newest first."""
    open_ones = Referral.objects.filter(site=site, acceptance__isnull=True, set_aside__isnull=True)
    return open_ones.defer("compressed").order_by("-recorded_at")


def acceptances(course: Course) -> QuerySet[Acceptance]:
    """The referrals this course rests on, the newest first."""
    return course.acceptances.select_related("referral", "recorded_by").order_by("-recorded_at")
