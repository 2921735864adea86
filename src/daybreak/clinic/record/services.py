"""The verbs every stage shares: courses enter stages, flags are raised and answered, rules are signed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import (
    Course,
    CourseEvent,
    Flag,
    FlagEvent,
    OpenFlag,
    Patient,
    PatientFact,
    RuleSetSignature,
    Site,
    Stage,
    User,
)
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.treatment.findings import REASON_WORDS, reason_lacks, says_too_little


def require_open(user: User, patient: Patient) -> None:
    """Refuse a record that is not this user's to open.

    A patient opens their own; a therapist opens the people whose course names them; other staff open the people
    of their site.

    Raises:
        NotYours: with a sentence.
    """
    if user.role == Role.PATIENT:
        allowed = user.patient_id == patient.pk
    elif user.role == Role.THERAPIST:
        allowed = Course.objects.filter(patient=patient, therapist=user).exists()
    else:
        allowed = user.site_id == patient.site_id
    if not allowed:
        raise NotYours("This record is not open to you. Ask the clinic to add you to the course.")


@transaction.atomic
def open_course(
    patient: Patient, indication: str, actor: Actor, *, prescriber: User | None = None, reason: str = ""
) -> Course:
    """Open a course for one indication at the stage of referral."""
    course = Course.objects.create(patient=patient, indication=indication, prescriber=prescriber, opened_at=actor.now)
    enter_stage(course, Stage.REFERRAL, actor, reason=reason)
    audit.record(actor, "course opened", patient=patient, subject=course.pk, indication=indication)
    return course


def enter_stage(
    course: Course, stage: Stage, actor: Actor, *, reason: str = "", at: datetime | None = None
) -> CourseEvent:
    """The course enters a stage; the history of stages is kept."""
    return CourseEvent.objects.create(
        course=course, stage=stage, reason=reason, occurred_at=at or actor.now, **actor.stamp
    )


# Flags of which a prescriber decides: who gave the dose does not answer for that.
PRESCRIBER_DECIDES = frozenset({"dose_against_checks"})
# Flags of the chair, of any level: only those who treat may answer or close them, since an answer ends the climb.
CLINICAL_FLAGS = frozenset(
    {"limit_crossed", "overdue_check", "left_with_open", "went_on_after_the_stop", "done_without_network"}
    | PRESCRIBER_DECIDES
)
# Flags that are closed where their case is, by two people.
CASE_FLAGS = frozenset({"drug_discrepancy"})
# Flags no list leaves out, however many there are: answers about self-harm.
ALWAYS_SHOWN = frozenset({"suicide answer"})

# Where a person may move a course by hand; the earlier stages follow from what is done in them.
MOVES = (Stage.SCREENING, Stage.TREATMENT, Stage.FOLLOWUP, Stage.ENDED)


@transaction.atomic
def move_course(course: Course, stage: Stage, reason: str, actor: Actor) -> CourseEvent:
    """A prescriber moves a course to follow-up, ends it, or takes it up again, and says why.

    Raises:
        Refusal: without a reason, or for a stage that is entered by doing.
    """
    if stage not in MOVES:
        raise Refusal(f"The stage “{stage.label}” is entered by what is done in it, not by hand.")
    if not reason.strip():
        raise Refusal("Write why, in a few words. The course was not moved.")
    audit.record(actor, "course moved", patient=course.patient, subject=course.pk, stage=stage)
    return enter_stage(course, stage, actor, reason=reason.strip())


@transaction.atomic
def name_therapist(course: Course, therapist: User | None, actor: Actor) -> None:
    """Name who treats the person beside the sessions; only they may then open the course.

    Raises:
        Refusal: for somebody who is no therapist of the person's site.
    """
    if therapist and (therapist.role != Role.THERAPIST or therapist.site_id != course.patient.site_id):
        raise Refusal(f"{therapist} is not a therapist of this clinic.")
    before = course.therapist
    course.therapist = therapist
    course.save(update_fields=["therapist"])
    names = {"before": str(before or "nobody"), "now": str(therapist or "nobody")}
    audit.record(actor, "therapist named", patient=course.patient, subject=course.pk, **names)


def record_facts(patient: Patient, facts: Iterable[PatientFact], actor: Actor) -> list[PatientFact]:
    """Append facts about a person, stamped with who recorded them."""
    rows = list(facts)
    for fact in rows:
        fact.patient = patient
        for name, value in actor.stamp.items():
            setattr(fact, name, value)
    return PatientFact.objects.bulk_create(rows)


@transaction.atomic
def raise_flag(
    *,
    patient: Patient,
    kind: str,
    level: Flag.Level,
    title: str,
    owner: User,
    due_at: datetime,
    actor: Actor,
    course: Course | None = None,
    detail: str = "",
    rule: str = "",
    subject: UUID | None = None,
) -> Flag:
    """Ask a named person to act by a time. The title loses a full stop at its end: pages set it in their sentences."""
    if not owner.allows(Permission.FLAG_ACT):
        raise Refusal(f"{owner} cannot own a flag. Choose someone who may act on flags.")
    flag = Flag.objects.create(
        patient=patient, course=course, kind=kind, level=level, title=title[:300].rstrip(" ."), detail=detail,
        rule=rule, owner=owner, due_at=due_at, subject=subject, **actor.stamp,
    )  # fmt: skip
    OpenFlag.objects.create(flag=flag, patient=patient, site_id=patient.site_id)
    return flag


def may_close(user: User, flag: Flag) -> bool:
    """Whether this person may end a flag: clinical ones belong to their owner and to those who treat, some only to who
    signs plans.
    """
    if flag.kind in PRESCRIBER_DECIDES:
        return user.role == Role.DIRECTOR or user.allows(Permission.PLAN_SIGN)
    clinical = flag.level == Flag.Level.ACT or flag.kind in CLINICAL_FLAGS
    return not clinical or flag.belongs_to(user) or user.role == Role.DIRECTOR or user.allows(Permission.SESSION_RUN)


@transaction.atomic
def answer_flag(
    flag: Flag,
    kind: FlagEvent.Kind,
    action: str,
    actor: Actor,
    *,
    event_id: UUID | None = None,
    with_its_case: bool = False,
) -> FlagEvent:
    """Acknowledge or close a flag, saying what was done.

    Raises:
        Refusal: if nothing is said, or too little to end it (more for an answer about self-harm); if the flag is closed
            already, or its case is to be closed (`with_its_case` does).
    """
    action = action.strip()
    if not action:
        raise Refusal("Say what you did about it, in a few words.")
    if actor.user and not may_close(actor.user, flag):
        if flag.kind in PRESCRIBER_DECIDES:
            raise Refusal(f"“{flag.title}” is answered by a prescriber, who decides. Tell them. {flag.whose}")
        if flag.kind in CLINICAL_FLAGS:
            raise Refusal(f"“{flag.title}” is answered by its owner, a prescriber or a nurse. Tell them. {flag.whose}")
        if kind == FlagEvent.Kind.CLOSED:
            raise Refusal(f"“{flag.title}” is closed by its owner, a prescriber or a nurse. Tell them. {flag.whose}")
    is_about_self_harm = flag.kind in ALWAYS_SHOWN and flag.level == Flag.Level.ACT
    if kind == FlagEvent.Kind.CLOSED and is_about_self_harm and reason_lacks(action):
        raise Refusal(
            f"Write how it ended, in {REASON_WORDS} words or more: whether the person was reached, what "
            "the screener found, what was arranged. It stays open; until then, acknowledge it."
        )
    if says_too_little(action):
        raise Refusal(f"“{action}” says too little. Write what you did about it, in a few words. It stays open.")
    if kind == FlagEvent.Kind.CLOSED and flag.kind in CASE_FLAGS and not with_its_case:
        raise Refusal(f"“{flag.title}” is closed in the drug account, by two people. Acknowledge it here.")
    waiting = OpenFlag.objects.filter(pk=flag.pk)
    # Of two who close it at the same time only one finds it.
    is_open = waiting.delete()[0] if kind == FlagEvent.Kind.CLOSED else waiting.exists()
    if not is_open:
        raise Refusal(f"“{flag.title}” is closed already. Nothing was changed.")
    identity = {"id": event_id} if event_id else {}
    event = FlagEvent.objects.create(flag=flag, kind=kind, action=action, **identity, **actor.stamp)
    audit.record(actor, f"flag {kind}", patient=flag.patient, subject=flag.pk, said=action)
    return event


@transaction.atomic
def sign_rules(site: Site, rule_set: str, statement: str, actor: Actor) -> RuleSetSignature:
    """The medical director signs the rule set in force. Signed by the same person before, it stays signed once."""
    if actor.user is None or not actor.user.allows(Permission.RULES_SIGN):
        raise Refusal("Only the medical director of the site signs its rules.")
    before = RuleSetSignature.objects.filter(site=site, rule_set=rule_set, recorded_by=actor.user).first()
    if before:
        return before
    signature = RuleSetSignature.objects.create(site=site, rule_set=rule_set, statement=statement, **actor.stamp)
    audit.record(actor, "rules signed", subject=rule_set)
    return signature
