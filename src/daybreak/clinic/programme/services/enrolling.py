"""Site and person enter the programme, and leave it. What a person's enrolment is, screening and session are told."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient, PatientFact, PatientFactKind, Site, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import record_facts
from daybreak.clinic.treatment_day.known_answers import ENROLLED_RULE
from daybreak.treatment.nasal_programme import exists_in, first_year
from daybreak.treatment.patient_facts import AnswerValue, Setting

SOURCE = "nasal programme"


def certify_site(
    site: Site,
    state: SiteEnrolment.State,
    on: date,
    actor: Actor,
    *,
    write_id: UUID,
    representative: str,
    setting: Setting = Setting.OUTPATIENT,
    number: str = "",
    address: Mapping[str, str] | None = None,
    reason: str = "",
) -> SiteEnrolment:
    """Record that the site is certified, or no longer.

    Args:
        representative: who signed for the site; a new one certifies it anew.
        address: `address`, `city`, `region`, `postcode`, as the forms ask for them.

    Raises:
        Refusal: outside the programme's country, without a representative, for a day to come, without a reason for
            the end.
    """
    require_programme(site)
    _require_past(on)
    if not representative.strip():
        raise Refusal("Write who signed for the site: the authorised representative.")
    _require_reason(state == SiteEnrolment.State.ENDED, reason)
    said = {
        "state": str(state), "on": on, "setting": str(setting), "number": number.strip(),
        "representative": representative.strip(), "reason": reason.strip(), **(address or {}),
    }  # fmt: skip

    def do() -> None:
        SiteEnrolment.objects.create(id=write_id, site=site, **said, **actor.stamp)
        audit.record(actor, "programme certification recorded", subject=write_id, state=str(state))

    writes.once(write_id, "programme certification", {"site": site.pk, **said}, actor, do)
    return SiteEnrolment.objects.get(pk=write_id)


def record_enrolment(
    patient: Patient,
    state: PatientEnrolment.State,
    on: date,
    actor: Actor,
    *,
    write_id: UUID,
    prescriber: User | None = None,
    agreed_on: date | None = None,
    number: str = "",
    reason: str = "",
) -> PatientEnrolment:
    """Record a step of a person's enrolment. The answer to the question of screening follows from it.

    Raises:
        Refusal: outside the programme's country, for a day to come, without the person's and the prescriber's
            signature, without a reason for the end.
    """
    require_programme(patient.site)
    _require_past(on)
    ended = state == PatientEnrolment.State.ENDED
    _require_reason(ended, reason)
    if not ended and (agreed_on is None or prescriber is None):
        raise Refusal(
            "The person and the prescriber both sign. Write the day of the person's signature, and who prescribes."
        )
    if prescriber is not None and (
        prescriber.site_id != patient.site_id or not prescriber.allows(Permission.PLAN_SIGN)
    ):
        raise Refusal(f"{prescriber} is no prescriber of this clinic.")
    if agreed_on is not None:
        _require_past(agreed_on)
    if agreed_on is not None and agreed_on > on:
        raise Refusal(f"The person signed on {agreed_on:%d %b %Y}, after {on:%d %b %Y}. Check the days.")
    said = {"state": str(state), "on": on, "agreed_on": agreed_on, "number": number.strip(), "reason": reason.strip()}

    def do() -> None:
        PatientEnrolment.objects.create(id=write_id, patient=patient, prescriber=prescriber, **said, **actor.stamp)
        _tell_screening(patient, state, on, actor)
        audit.record(actor, "programme enrolment recorded", patient=patient, subject=write_id, state=str(state))

    content = {"patient": patient.pk, "prescriber": prescriber.pk if prescriber else None, **said}
    writes.once(write_id, "programme enrolment", content, actor, do)
    return PatientEnrolment.objects.get(pk=write_id)


def _tell_screening(patient: Patient, state: PatientEnrolment.State, on: date, actor: Actor) -> None:
    day = f"{on.day} {on:%b %Y}"
    yes = state == PatientEnrolment.State.ENROLLED
    text = {
        PatientEnrolment.State.ENROLLED: f"Enrolled in the nasal programme since {day}.",
        PatientEnrolment.State.SENT: f"The enrolment form was sent on {day}; the programme has not confirmed it.",
        PatientEnrolment.State.ENDED: f"The enrolment in the nasal programme ended on {day}.",
    }[PatientEnrolment.State(state)]
    fact = PatientFact(
        kind=PatientFactKind.ANSWER, code=ENROLLED_RULE, state=AnswerValue.YES if yes else AnswerValue.NO, text=text,
        occurred_at=actor.now, source=SOURCE,
    )  # fmt: skip
    record_facts(patient, [fact], actor)


def require_programme(site: Site) -> None:
    """Refuse where there is no such programme."""
    if not exists_in(site.jurisdiction):
        raise Refusal(f"The nasal programme exists in the US; this site is under the rules of {site.jurisdiction}.")


def _require_past(on: date) -> None:
    if on.year < first_year():
        raise Refusal(f"The nasal programme did not exist in the year {on.year}. Check the day. Nothing was saved.")
    if on > timezone.localdate():
        raise Refusal(f"{on:%d %b %Y} is still to come. Record it when it has happened.")


def _require_reason(needed: bool, reason: str) -> None:
    if needed and not reason.strip():
        raise Refusal("Write why it ended, in a few words.")
