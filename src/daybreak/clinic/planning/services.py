"""The verbs of planning: draft a version, sign one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.planning.held import held_before
from daybreak.clinic.planning.models import USUAL_CONCENTRATION_MG_PER_ML, Plan, PlanSignature
from daybreak.clinic.planning.proposal import FARTHEST_AHEAD, PlanRefusal, Proposal, proposal_of, propose
from daybreak.clinic.planning.queries import not_what_was_screened, weight_on_file, weight_remark
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Patient, PatientFact, PatientFactKind, Stage, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import enter_stage, record_facts
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.screening import queries as screening
from daybreak.treatment.days import said_day
from daybreak.treatment.findings import Effect, reason_lacks, says_too_little
from daybreak.treatment.vitals import UNITS, Vital, implausible

_BEFORE_PLAN = (Stage.REFERRAL, Stage.SCREENING)


@transaction.atomic
def draft_plan(
    course: Course,
    text: str,
    first_day: date,
    actor: Actor,
    *,
    weight_kg: float | None = None,
    concentration_mg_per_ml: float = USUAL_CONCENTRATION_MG_PER_ML,
    goals: str = "",
    psychotherapy: str = "",
    other_medicines: str = "",
    stop_rules: str = "",
    review_on: date | None = None,
    reasons: Mapping[str, str] | None = None,
    change_reason: str = "",
    replaces: int | None = None,
    plan_id: UUID | None = None,
    at: datetime | None = None,
) -> Plan:
    """Save a new version of a course's plan; the first one brings the course to the stage of planning.

    Args:
        text: the regimen as a clinician says it; its canonical words are stored.
        weight_kg: the weight to compute the doses with.
        reasons: why to go on, for each remark on the doses that needs it, by the remark's id.
        change_reason: why this version replaces the one before; needed from the second on.
        replaces: the version the writer had before them, 0 for none. A newer one is then not overlooked.
        at: when it was written; now without it.

    Raises:
        PlanRefusal: a sentence for each field that cannot stand.
        Refusal: if the course has ended, or somebody else saved a version meanwhile.
    """
    at = at or actor.now
    Course.objects.select_for_update().get(pk=course.pk)  # two writers would both make the same version
    before = course.plans.select_related("recorded_by").order_by("-version").first()
    latest = course.events.order_by("-occurred_at", "-pk").first()
    if latest and latest.stage == Stage.ENDED:
        raise Refusal("This course has ended. Open a new course to plan treatment again.")
    if replaces is not None and replaces != (before.version if before else 0):
        raise _overtaken(before)
    today = timezone.localdate(at)
    proposal = propose(
        course, text, first_day, weight_kg=weight_kg, concentration_mg_per_ml=concentration_mg_per_ml, today=today
    )
    proposal = replace(proposal, weight_remark=weight_remark(weight_on_file(course.patient), weight_kg))
    reasons = _needed(proposal, reasons or {})
    _require_complete(proposal, reasons, review_on, change_reason, before)
    identity = {"id": plan_id} if plan_id else {}
    plan = Plan.objects.create(
        course=course,
        version=before.version + 1 if before else 1,
        regimen_text=proposal.text,
        first_day=first_day,
        last_day=proposal.last_day,
        first_number=proposal.first_number,
        weight_kg=weight_kg,
        concentration_mg_per_ml=concentration_mg_per_ml,
        jurisdiction=proposal.jurisdiction,
        labelled=proposal.labelled,
        goals=goals.strip(),
        psychotherapy=psychotherapy.strip(),
        other_medicines=other_medicines.strip(),
        stop_rules=stop_rules.strip(),
        review_on=review_on,
        reasons=reasons,
        change_reason=change_reason.strip() if before else "",
        **identity,
        **(actor.stamp | {"recorded_at": at}),
    )
    if latest is None or latest.stage in _BEFORE_PLAN:
        since = latest.occurred_at if latest else at
        enter_stage(course, Stage.PLAN, actor, reason="first plan", at=max(at, since))
    audit.record(actor, "plan drafted", patient=course.patient, subject=plan.pk, version=plan.version)
    return plan


def _overtaken(newer: Plan | None) -> Refusal:
    if newer is None:
        return Refusal("There is no plan to change. Open the page again.")
    who = newer.recorded_by.display_name if newer.recorded_by else "Daybreak"
    return Refusal(
        f"{who} saved version {newer.version} at {clock_today(newer.recorded_at)}, while you were "
        "writing. Nothing was saved. Open the plan, read that version and change it."
    )


def _needed(proposal: Proposal, reasons: Mapping[str, str]) -> dict[str, str]:
    """The reasons that a remark on the doses asks for, without those nobody asked for."""
    return {
        remark.id: reasons.get(remark.id, "").strip() for remark in proposal.remarks if remark.effect is Effect.REASON
    }


def _require_complete(
    proposal: Proposal, reasons: Mapping[str, str], review_on: date | None, change_reason: str, before: Plan | None
) -> None:
    wrong = {}
    if proposal.missing_weight:
        wrong["weight_kg"] = f"{proposal.missing_weight} Write the weight measured now."
    for rule, reason in reasons.items():
        if lacking := reason_lacks(reason):
            wrong[f"reason_{rule}"] = lacking
    if review_on is not None and review_on < proposal.first_day:
        wrong["review_on"] = "The review is before the first session. Write a later day."
    if review_on is not None and review_on - proposal.first_day > FARTHEST_AHEAD:
        wrong["review_on"] = f"{said_day(review_on)} is more than a year after the first session. Write an earlier day."
    if before is not None and says_too_little(change_reason):
        wrong["change_reason"] = f"Write in a few words why this replaces version {before.version}."
    if wrong:
        raise PlanRefusal(wrong)


def record_weight(
    patient: Patient,
    weight_kg: float,
    actor: Actor,
    *,
    at: datetime | None = None,
    source: str = "measured for the plan",
) -> PatientFact:
    """A weight measured now becomes a fact about the person.

    Raises:
        PlanRefusal: at the field `weight_kg`, if no person weighs that.
    """
    if sentence := implausible(Vital.WEIGHT, weight_kg):
        raise PlanRefusal({"weight_kg": sentence})
    fact = PatientFact(
        kind=PatientFactKind.VITAL,
        code=Vital.WEIGHT,
        value=weight_kg,
        unit=UNITS[Vital.WEIGHT],
        occurred_at=at or actor.now,
        source=source,
    )
    return record_facts(patient, [fact], actor)[0]


def statement(plan: Plan, user: User) -> str:
    """What a prescriber says by signing a plan."""
    proposal = proposal_of(plan)
    numbers = f", as session {proposal.numbers} of the course" if proposal.numbers else ""
    off_label = [found.sentence for found in proposal.labellings if not found.labelled]
    return " ".join([
        f"I, {user.display_name}, have read version {plan.version} of the plan for {plan.course.patient} and sign it: "
        f"{plan.regimen_text}, from {said_day(plan.first_day)}{numbers}.",
        *off_label,
        *proposal.outside_label,
    ])  # fmt: skip


def may_not_sign(plan: Plan, user: User | None) -> str | None:
    """Why this person may not sign this version, as a sentence; None when they may."""
    if user is None or not user.allows(Permission.PLAN_SIGN):
        return "Only a prescriber signs a plan."
    if plan.is_signed:
        return f"Version {plan.version} is signed already."
    newest = plan.course.plans.order_by("-version").values_list("version", flat=True).first()
    if newest != plan.version:
        return f"Version {newest} has replaced version {plan.version}. Read it and sign that one."
    return (
        _leaves_open(plan)
        or _overtaken_by_a_session(plan)
        or screening.may_plan(plan.course)
        or not_what_was_screened(plan.course, plan.regimen)
    )


def _leaves_open(plan: Plan) -> str | None:
    """What a nurse would have to guess: a rest swallowed goes through gut and liver, one spat out does not."""
    if not any(dose.leaves_rest_open for dose in plan.regimen.doses):
        return None
    return (
        "The plan does not say what becomes of the rest under the tongue. Change it: write “swallowed” or “spat out” "
        "after “sublingual”."
    )


def _overtaken_by_a_session(plan: Plan) -> str | None:
    """That a session was held since it was written: its first would be counted as given."""
    before = held_before(plan.course)
    if before is None or before.last_number < plan.first_number:
        return None
    return (
        f"Session {before.last_number} was held since version {plan.version} was written, and that version begins with "
        f"session {plan.first_number}. Change the plan: it then begins with what is still to come."
    )


def lacks(plan: Plan) -> tuple[str, ...]:
    """What a version lacks that a plan needs, each a sentence. It may be signed all the same, with a reason."""
    found = []
    if not plan.stop_rules:
        found.append("No rule says when to stop.")
    if plan.review_on is None:
        found.append("No day of review is set.")
    return tuple(found)


@transaction.atomic
def sign_plan(
    plan: Plan, actor: Actor, *, reason: str = "", signature_id: UUID | None = None, at: datetime | None = None
) -> PlanSignature:
    """A prescriber signs the newest version of a plan.

    Args:
        reason: why it is signed although `lacks` names something; it stands in the statement.

    Raises:
        PlanRefusal: at the field `reason`, if something is lacking and no reason stands.
        Refusal: if this person may not sign it, with the reason.
    """
    Course.objects.select_for_update().get(pk=plan.course_id)  # a newer version may be on its way
    if sentence := may_not_sign(plan, actor.user):
        raise Refusal(sentence)
    lacking, said = lacks(plan), statement(plan, actor.user)
    if lacking:
        if wanting := reason_lacks(reason):
            raise PlanRefusal({"reason": f"{' '.join(lacking)} {wanting}"})
        said = f"{said} {' '.join(lacking)} Reason: {reason.strip()}"
    identity = {"id": signature_id} if signature_id else {}
    signature = PlanSignature.objects.create(
        plan=plan, statement=said, **identity, **actor.stamp | {"recorded_at": at or actor.now}
    )
    audit.record(actor, "plan signed", patient=plan.course.patient, subject=plan.pk, version=plan.version)
    return signature
