"""From a referral as understood to facts about a person."""

from collections.abc import Iterable, Iterator

from daybreak.clinic.record.models import Patient, PatientFact, PatientFactKind
from daybreak.formats.codes import meaning
from daybreak.formats.fhir import Coding, ReferralUnderstood


def from_referral(understood: ReferralUnderstood, source: str) -> list[PatientFact]:
    """Every condition, medicine, allergy, vital sign and score as an unsaved fact."""
    return [fact for facts in (_histories(understood), _numbers(understood)) for fact in _from(facts, source)]


def _from(facts: Iterable[PatientFact], source: str) -> Iterator[PatientFact]:
    for fact in facts:
        fact.source = source[:200]
        yield fact


def _histories(understood: ReferralUnderstood) -> Iterator[PatientFact]:
    for condition in understood.conditions:
        yield PatientFact(
            kind=PatientFactKind.CONDITION,
            text=condition.text,
            state=condition.clinical_status,
            occurred_at=condition.onset.start if condition.onset else None,
            **_coded(condition.codings),
        )
    for medicine in understood.medicines:
        yield PatientFact(
            kind=PatientFactKind.MEDICINE,
            text=f"{medicine.text} {medicine.dosage}".strip(),
            state=medicine.status,
            occurred_at=medicine.authored_on.start if medicine.authored_on else None,
            **_coded(medicine.codings),
        )
    for allergy in understood.allergies or ():
        yield PatientFact(
            kind=PatientFactKind.ALLERGY,
            text=allergy.text,
            state="none" if allergy.none_known else allergy.clinical_status,
            **_coded(allergy.codings),
        )


def _numbers(understood: ReferralUnderstood) -> Iterator[PatientFact]:
    for vital in understood.vitals:
        yield PatientFact(
            kind=PatientFactKind.VITAL,
            code=vital.vital.value,
            value=vital.value,
            unit=vital.unit,
            occurred_at=vital.when.start,
        )
    for score in understood.scores:
        yield PatientFact(
            kind=PatientFactKind.SCORE,
            code=score.instrument,
            text=score.name,
            value=score.value,
            unit="{score}",
            occurred_at=score.when.start,
        )


def _coded(codings: tuple[Coding, ...]) -> dict[str, str]:
    """The coding this clinic knows the meaning of, else the first one."""
    known = [coding for coding in codings if meaning(coding.system, coding.code)]
    chosen = (known or list(codings) or [None])[0]
    return {"system": chosen.system[:200], "code": chosen.code[:100]} if chosen else {}


def not_yet_recorded(patient: Patient, facts: Iterable[PatientFact]) -> list[PatientFact]:
    """The facts that are new: a second referral must not double what the first one said."""
    known = {_identity(fact) for fact in PatientFact.objects.filter(patient=patient)}
    new = {}
    for fact in facts:
        if _identity(fact) not in known:
            new.setdefault(_identity(fact), fact)
    return list(new.values())


def _identity(fact: PatientFact) -> tuple[object, ...]:
    return (fact.kind, fact.system, fact.code, fact.text, fact.state, fact.value, fact.occurred_at)
