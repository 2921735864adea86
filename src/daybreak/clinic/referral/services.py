"""The verbs of a referral: receive a document, confirm whom it is about."""

import gzip
import uuid
from dataclasses import dataclass
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Patient, PatientIdentifier, Site, Stage, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import open_course, record_facts, require_open
from daybreak.clinic.referral import facts, queries
from daybreak.clinic.referral.models import Acceptance, Referral, SetAside
from daybreak.formats.fhir import Match, ReferralUnderstood, RefusedBundle, read_referral
from daybreak.formats.fhir.referral import MAX_BYTES
from daybreak.treatment.indications import indication


def receive(file: BinaryIO, file_name: str, site: Site, actor: Actor, *, referral_id: uuid.UUID) -> Referral:
    """Keep a document that can be read as a referral. The same document sent again is the same referral.

    Raises:
        Refusal: if it cannot; nothing is kept then.
        WriteConflict: if the id was used for another document.
    """
    content = file.read(MAX_BYTES + 1)
    try:
        understood = read_referral(content, today=timezone.localdate())
    except RefusedBundle as error:
        raise Refusal(str(error)) from error
    earlier = Referral.objects.filter(site=site, sha256=understood.sha256).first()
    if earlier:
        return earlier

    def keep() -> None:
        Referral.objects.create(
            id=referral_id,
            site=site,
            file_name=file_name[-200:],
            sha256=understood.sha256,
            compressed=gzip.compress(content, mtime=0),
            **actor.stamp,
        )
        audit.record(actor, "referral received", subject=referral_id, sha256=understood.sha256)

    writes.once(referral_id, "referral received", {"sha256": understood.sha256}, actor, keep)
    return Referral.objects.get(pk=referral_id)


def set_aside(referral: Referral, reason: str, actor: Actor, *, write_id: uuid.UUID) -> None:
    """Take a referral off the list of those that wait. It stays as it came, and can still be confirmed.

    Raises:
        Refusal: without a reason, or when it was confirmed or set aside already.
    """

    def do() -> None:
        if not reason:
            raise Refusal("Write why it is set aside, in a few words. Nothing was changed.")
        if Acceptance.objects.filter(referral=referral).exists():
            raise Refusal("This referral was confirmed already. End the course instead, if it was a mistake.")
        if SetAside.objects.filter(referral=referral).exists():
            raise Refusal("This referral was set aside already.")
        SetAside.objects.create(id=write_id, referral=referral, reason=reason, **actor.stamp)
        audit.record(actor, "referral set aside", subject=referral.pk)

    writes.once(write_id, "referral set aside", {"referral": referral.pk, "reason": reason}, actor, do)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person decided about a referral. `patient` is None for someone not known here yet."""

    indication: str
    prescriber: User | None
    patient: Patient | None = None


@transaction.atomic
def confirm(referral: Referral, choice: Confirmation, actor: Actor, *, acceptance_id: uuid.UUID) -> Acceptance:
    """Create or find the patient, open the course, take over the facts: all of it or nothing.

    A person who already has a course for this indication that has not ended keeps that course; only facts that
    are new are added.

    Raises:
        Refusal: if the person cannot be told apart, has died, or lacks a name or a birth date.
    """
    if Acceptance.objects.filter(referral=referral).exists():
        raise Refusal("This referral was confirmed already. Open the person's course instead.")
    understood = queries.understood(referral)
    patient = _patient(referral, understood, choice, actor)
    new = facts.not_yet_recorded(patient, facts.from_referral(understood, f"referral {referral.file_name}"))
    record_facts(patient, new, actor)
    course = _course(patient, choice, actor)
    acceptance = Acceptance.objects.create(
        id=acceptance_id, referral=referral, patient=patient, course=course, new_facts=len(new), **actor.stamp
    )
    audit.record(actor, "referral confirmed", patient=patient, subject=referral.pk, new_facts=len(new))
    return acceptance


def _patient(referral: Referral, understood: ReferralUnderstood, choice: Confirmation, actor: Actor) -> Patient:
    person = understood.person
    if person.deceased:
        raise Refusal("The sender records that this person has died. No course can be opened.")
    found = queries.same_people(understood, referral.site)
    by_number = [match.patient for match in found if match.how is not Match.NAME_AND_BIRTH_DATE]
    if any(match.how is Match.CONFLICT for match in found):
        raise Refusal(
            f"A person here has the same number but another birth date ({by_number[0].birth_date}). "
            "Ask the sender which is right before anything is saved."
        )
    patient = by_number[0] if by_number else choice.patient
    if patient is None:
        patient = _new_patient(referral, understood, actor)
        audit.record(actor, "patient created", patient=patient)
    elif actor.user is not None:
        require_open(actor.user, patient)
    _add_identifiers(patient, understood)
    return patient


def _new_patient(referral: Referral, understood: ReferralUnderstood, actor: Actor) -> Patient:
    person = understood.person
    if person.birth_date is None:
        raise Refusal("The referral has no full birth date, so the person cannot be told apart. Ask the sender for it.")
    if not person.name:
        raise Refusal("The referral has no name. Ask the sender for it.")
    return Patient.objects.create(
        site=referral.site,
        given_name=" ".join(person.given)[:200],
        family_name=person.family[:200],
        birth_date=person.birth_date,
        sex=person.sex[:10],
        phone=person.phone[:60],
        language=person.language[:60],
        synthetic=referral.site.demonstration,
        created_at=actor.now,
    )


# The state's numbers are not needed to tell people apart here, so they stay in the document alone.
_NUMBERS_LEFT_ALONE = ("social security", "driver", "passport")


def _add_identifiers(patient: Patient, understood: ReferralUnderstood) -> None:
    for identifier in understood.person.identifiers:
        needless = any(word in identifier.kind.lower() for word in _NUMBERS_LEFT_ALONE)
        if identifier.system and identifier.value and not needless:
            PatientIdentifier.objects.get_or_create(
                system=identifier.system[:300], value=identifier.value.strip()[:300], defaults={"patient": patient}
            )


def _course(patient: Patient, choice: Confirmation, actor: Actor) -> Course:
    wanted = indication(choice.indication)
    if choice.prescriber is not None and not choice.prescriber.allows(Permission.SCREENING_DECIDE):
        raise Refusal(f"{choice.prescriber} cannot decide about treatment. Choose a prescriber.")
    running = Course.objects.with_stage().filter(patient=patient, indication=wanted.id).exclude(stage=Stage.ENDED)
    return running.first() or open_course(
        patient, wanted.id, actor, prescriber=choice.prescriber, reason="referral confirmed"
    )
