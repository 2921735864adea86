"""Site and person enter the programme, and leave it. What a person's enrolment is, screening and session are told."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Patient, PatientFact, PatientFactKind, Site, Stage, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import record_facts
from daybreak.clinic.treatment_day.known_answers import ENROLLED_RULE
from daybreak.treatment.days import said_day
from daybreak.treatment.drugs import Route
from daybreak.treatment.nasal_programme import exists_in, first_year
from daybreak.treatment.patient_facts import AnswerValue, Setting

SOURCE = "nasal programme"
Step = SiteEnrolment | PatientEnrolment


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
    older: bool = False,
    instead_of: SiteEnrolment | None = None,
    seen: int | None = None,
) -> SiteEnrolment:
    """Record that the site is certified, or no longer.

    Args:
        representative: who signed for the site; a new one certifies it anew.
        address: `address`, `city`, `region`, `postcode`, as the forms ask for them.
        older: that it is recorded late, and a step of a later day still holds.
        instead_of: a step that was recorded wrongly; `reason` says why.
        seen: how many steps were recorded when the page was read; None: not known.

    Raises:
        Refusal: outside the programme's country, without a representative, for a day to come, without a reason for
            the end or the other step's error, before the day of another step unless said so.
    """
    require_programme(site)
    _require_past(on)
    if not representative.strip():
        raise Refusal("Write who signed for the site: the authorised representative.")
    _require_reasons(state, instead_of, reason)
    said = {
        "state": str(state), "on": on, "setting": str(setting), "number": number.strip(),
        "representative": representative.strip(), "reason": reason.strip(), **(address or {}),
    }  # fmt: skip

    def do() -> None:
        _require_seen(queries.site_history(site), seen)
        _require_order(queries.site_steps(site), on, instead_of, older)
        before = queries.site_enrolment(site)
        SiteEnrolment.objects.create(id=write_id, site=site, **said, **_replaces(instead_of, reason), **actor.stamp)
        after = queries.site_enrolment(site)
        site.nasal_certified = after and after.state == SiteEnrolment.State.CERTIFIED
        site.nasal_certified_on = after and after.on
        site.save(update_fields=["nasal_certified", "nasal_certified_on"])
        if (before and before.state) != (after and after.state):
            _tell_everybody(site, actor)
        audit.record(actor, "programme certification recorded", subject=write_id, state=str(state))

    content = {"site": site.pk, "instead_of": instead_of.pk if instead_of else None, "older": older, **said}
    writes.once(write_id, "programme certification", content, actor, do)
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
    older: bool = False,
    instead_of: PatientEnrolment | None = None,
    seen: int | None = None,
) -> PatientEnrolment:
    """Record a step of a person's enrolment. The answer to the question of screening follows from what holds.

    Args:
        older: that it is recorded late, and a step of a later day still holds.
        instead_of: a step that was recorded wrongly; `reason` says why.
        seen: how many steps were recorded when the page was read; None: not known.

    Raises:
        Refusal: outside the programme's country, for a day to come, without the person's and the prescriber's
            signature, without a reason for the end or the other step's error, before the day of another step unless
            said so.
    """
    require_programme(patient.site)
    _require_past(on)
    _require_reasons(state, instead_of, reason)
    signed = state in (PatientEnrolment.State.SENT, PatientEnrolment.State.ENROLLED)
    if signed and (agreed_on is None or prescriber is None):
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
        raise Refusal(f"The person signed on {said_day(agreed_on)}, after {said_day(on)}. Check the days.")
    said = {"state": str(state), "on": on, "agreed_on": agreed_on, "number": number.strip(), "reason": reason.strip()}

    def do() -> None:
        _require_seen(queries.patient_history(patient), seen)
        _require_order(queries.patient_steps(patient), on, instead_of, older)
        PatientEnrolment.objects.create(
            id=write_id, patient=patient, prescriber=prescriber, **said, **_replaces(instead_of, reason), **actor.stamp
        )
        holds = queries.patient_steps(patient).first()
        if instead_of or (holds and holds.pk == write_id):
            _tell_screening(patient, actor)
        audit.record(actor, "programme enrolment recorded", patient=patient, subject=write_id, state=str(state))

    content = {
        "patient": patient.pk, "prescriber": prescriber.pk if prescriber else None,
        "instead_of": instead_of.pk if instead_of else None, "older": older, **said,
    }  # fmt: skip
    writes.once(write_id, "programme enrolment", content, actor, do)
    return PatientEnrolment.objects.get(pk=write_id)


def _tell_everybody(site: Site, actor: Actor) -> None:
    """What holds of each person under treatment whom the programme concerns, once the site's certification changed."""
    concerned = (
        Q(programme_enrolments__isnull=False)
        | Q(facts__code=ENROLLED_RULE)
        | Q(courses__plans__regimen_text__icontains=Route.NASAL)
    )
    running = Course.objects.with_stage().exclude(stage=Stage.ENDED)
    people = Patient.objects.filter(concerned, site=site, courses__in=running.values("pk")).distinct()
    for patient in people.select_related("site"):
        _tell_screening(patient, actor)


def _tell_screening(patient: Patient, actor: Actor) -> None:
    """Whether the person is enrolled at a certified site. Of who has no step, what was answered in screening stands."""
    holds, site = queries.patient_steps(patient).first(), queries.site_enrolment(patient.site)
    if site is not None and site.state == SiteEnrolment.State.ENDED:
        state, text = AnswerValue.NO, queries.site_words(site)
    elif holds is not None:
        is_enrolled = holds.state == PatientEnrolment.State.ENROLLED
        state, text = AnswerValue.YES if is_enrolled else AnswerValue.NO, queries.step_words(holds)
    elif _was_told_from_here(patient):
        state, text = AnswerValue.UNKNOWN, queries.step_words(None)
    else:
        return
    fact = PatientFact(
        kind=PatientFactKind.ANSWER, code=ENROLLED_RULE, state=state, text=text, occurred_at=actor.now, source=SOURCE
    )
    record_facts(patient, [fact], actor)


def _was_told_from_here(patient: Patient) -> bool:
    newest = patient.facts.filter(kind=PatientFactKind.ANSWER, code=ENROLLED_RULE).order_by("recorded_at", "pk").last()
    return newest is not None and newest.source == SOURCE


def require_programme(site: Site) -> None:
    """Refuse where there is no such programme."""
    if not exists_in(site.jurisdiction):
        raise Refusal(f"The nasal programme exists in the US; this site is under the rules of {site.jurisdiction}.")


def _require_past(on: date) -> None:
    if on.year < first_year():
        raise Refusal(f"The nasal programme did not exist in the year {on.year}. Check the day. Nothing was saved.")
    if on > timezone.localdate():
        raise Refusal(f"{said_day(on)} is still to come. Record it when it has happened.")


def _require_reasons(state: str, instead_of: Step | None, reason: str) -> None:
    if state == "nothing" and instead_of is None:
        raise Refusal("Choose which step was recorded by mistake.")
    if reason.strip():
        return
    if instead_of is not None:
        raise Refusal("Write why the other step was wrong, in a few words.")
    if state == "ended":
        raise Refusal("Write why it ended, in a few words.")


def _require_seen(history: QuerySet[Any], seen: int | None) -> None:
    """Two people at once: who did not see the other's step looks at it first."""
    if seen is None or history.count() == seen:
        return
    newest = history.order_by("recorded_at", "pk").last()
    by = newest.recorded_by.display_name if newest.recorded_by else "somebody else"
    raise Refusal(
        f"{newest.get_state_display()}, {said_day(newest.on)}, of {by} came in between. Nothing was added. Load the "
        "page and look at it first."
    )


def _require_order(standing: QuerySet[Any], on: date, instead_of: Step | None, older: bool) -> None:
    """A step typed late never overrides one of a later day, and whoever types it knows of that one."""
    if instead_of is not None and not standing.filter(pk=instead_of.pk).exists():
        raise Refusal("That step was replaced already. Load the page and look at it first.")
    later = standing.filter(on__gt=on).exclude(pk=instead_of.pk if instead_of else None).first()
    if later is not None and not older:
        why = f" ({later.reason})" if later.reason else ""
        raise Refusal(
            f"{later.get_state_display()}, {said_day(later.on)}{why} is recorded, after this day, and still holds. "
            "If this is an older step that is recorded late, say so; if that one is wrong, record this in place of it."
        )


def _replaces(instead_of: Step | None, reason: str) -> dict[str, Any]:
    return {"corrects": instead_of, "correction_reason": reason.strip()} if instead_of else {}
