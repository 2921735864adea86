"""The verbs of screening: answer, measure, list, choose, decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.record import audit, times
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Patient, PatientFact, PatientFactKind, Stage
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import current_facts
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import enter_stage, record_facts
from daybreak.clinic.screening import queries
from daybreak.clinic.screening.answers import NEEDS_DAY_OF_TEST, choices, question, word
from daybreak.clinic.screening.facts import NONE_KNOWN
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision, ScreeningRequest
from daybreak.treatment import resistance
from daybreak.treatment.days import said_day
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Effect, obstacles, refusals
from daybreak.treatment.patient_facts import AnswerValue, Setting
from daybreak.treatment.ruleset import rule_set
from daybreak.treatment.vitals import UNITS, Vital, implausible

INTERVIEW, MEASURED = "interview", "measured at screening"
STATEMENT = "I have read these findings as they stand and decide: {outcome}."
Outcome = ScreeningDecision.Outcome


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a decision lacks. `about`: outcome, explanation, review_on, or the rule that needs a reason."""

    about: str
    sentence: str


class DecisionRefused(Refusal):
    """A decision that may not be taken as it stands, with everything it lacks."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)


@transaction.atomic
def answer(
    course: Course,
    rule_id: str,
    value: str,
    note: str,
    actor: Actor,
    *,
    answer_id: UUID,
    at: datetime | None = None,
) -> PatientFact:
    """Answer the question of one rule. An earlier answer is corrected; the note then says why.

    Args:
        value: one of `answers.choices` for the rule: yes, no, unknown; for pregnancy and severity words of their own.
        at: when it was said, now without it; for a negative pregnancy test the day of the test, never without it.

    Raises:
        Refusal: if the rule takes no such answer, a test has no day, the time is to come, or a changed answer is
            given no reason.
    """
    if at is None and value in NEEDS_DAY_OF_TEST:
        raise Refusal(f"The negative test for {rule_id} has no day. Please type the day of the test.")
    at = _moment(course, at)
    _begin(course, actor, at)
    rule = queries.rules().get(rule_id)
    words = dict(choices(rule, queries.treatment_request(course, at))) if rule else {}
    about = f"“{question(rule) or rule.statement}” ({rule_id})" if rule else f"“{rule_id}”, which is no rule here"
    if rule and rule.of_site:
        raise Refusal(
            f"“{rule.statement}” ({rule_id}) stands under Nasal programme, once for the site. Record it there."
        )
    if value not in words:
        known = ", ".join(f"“{each}”" for each in words.values()) or "no answer"
        raise Refusal(f"“{word(value)}” is no answer to {about}. It takes: {known}.")
    earlier = current_facts(course.patient, PatientFactKind.ANSWER).filter(code=rule_id).first()
    note = note.strip()
    if earlier and not note and earlier.state not in (value, AnswerValue.UNKNOWN):
        raise Refusal(f"{about} was answered “{word(earlier.state)}”. Say in the note why the answer changes.")
    fact = PatientFact(
        id=answer_id, kind=PatientFactKind.ANSWER, code=rule_id, state=value, text=note, occurred_at=at,
        source=INTERVIEW, corrects=earlier, correction_reason=(note or "asked again") if earlier else "",
    )  # fmt: skip
    return record_facts(course.patient, [fact], actor)[0]


@transaction.atomic
def record_vitals(
    course: Course, values: Mapping[Vital, float], actor: Actor, *, entry_id: UUID, at: datetime | None = None
) -> list[PatientFact]:
    """Keep what was measured, each in the unit of `treatment.vitals.UNITS`. The first fact takes the entry's id.

    Raises:
        Refusal: if there is nothing, a value cannot be, one pressure stands alone, or the time is to come.
    """
    at = _moment(course, at)
    sentences = list(filter(None, (implausible(vital, value) for vital, value in values.items())))
    if sentences:
        raise Refusal(" ".join(sentences))
    if not values:
        raise Refusal("Nothing was measured. Type at least one value.")
    if (Vital.SYSTOLIC in values) != (Vital.DIASTOLIC in values):
        raise Refusal("A blood pressure has two numbers. Type both.")
    if Vital.SYSTOLIC in values and values[Vital.SYSTOLIC] <= values[Vital.DIASTOLIC]:
        pressure = f"{values[Vital.SYSTOLIC]:g}/{values[Vital.DIASTOLIC]:g}"
        raise Refusal(f"{pressure} is not a blood pressure: the first number is the higher one. Type it again.")
    _begin(course, actor, at)
    facts = [
        PatientFact(
            kind=PatientFactKind.VITAL, code=vital, value=value, unit=UNITS[vital], occurred_at=at, source=MEASURED
        )
        for vital, value in values.items()
    ]
    facts[0].id = entry_id
    return record_facts(course.patient, facts, actor)


@transaction.atomic
def record_allergies(
    course: Course, names: Iterable[str], actor: Actor, *, entry_id: UUID, at: datetime | None = None
) -> list[PatientFact]:
    """Add allergies; without a name: that none is known. The first fact takes the entry's id.

    Raises:
        Refusal: if none is said to be known while some are recorded, or the time is to come.
    """
    at = _moment(course, at)
    _begin(course, actor, at)
    recorded = list(current_facts(course.patient, PatientFactKind.ALLERGY))
    none_known = next((fact for fact in recorded if fact.state == NONE_KNOWN), None)
    listed = {fact.text.lower(): fact.text for fact in recorded if fact.state != NONE_KNOWN}
    new = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not new and listed:
        raise Refusal(f"Recorded already: {', '.join(listed.values())}. “None known” would contradict it.")
    facts = [_allergy(name, "active", at) for name in new if name.lower() not in listed]
    if new and not facts:
        raise Refusal(f"Recorded already: {', '.join(new)}. Nothing was added.")
    facts = facts or [_allergy("none known", NONE_KNOWN, at)]
    facts[0].id = entry_id
    if none_known:
        facts[0].corrects, facts[0].correction_reason = none_known, "asked again"
    return record_facts(course.patient, facts, actor)


def _allergy(text: str, state: str, at: datetime) -> PatientFact:
    return PatientFact(kind=PatientFactKind.ALLERGY, text=text, state=state, occurred_at=at, source=INTERVIEW)


@transaction.atomic
def record_trial(
    course: Course,
    trial: resistance.AntidepressantTrial,
    actor: Actor,
    *,
    trial_id: UUID,
    at: datetime | None = None,
) -> AntidepressantTrial:
    """Keep one antidepressant as it was taken.

    Raises:
        Refusal: if dose or weeks are a slip of the hand, or longer than this person has lived.
    """
    _require_plausible(course, trial)
    _begin(course, actor, _moment(course, at))
    return AntidepressantTrial.objects.create(id=trial_id, course=course, **asdict(trial), **actor.stamp)


@transaction.atomic
def correct_trial(
    earlier: AntidepressantTrial,
    trial: resistance.AntidepressantTrial,
    reason: str,
    actor: Actor,
    *,
    trial_id: UUID,
) -> AntidepressantTrial:
    """Put another account of an antidepressant in the place of an earlier one, saying why.

    Raises:
        Refusal: if no reason is given, the earlier one was corrected already, or dose or weeks are a slip of the hand.
    """
    _require_plausible(earlier.course, trial)
    if not reason.strip():
        raise Refusal("Say why the entry is corrected, in a few words.")
    _begin(earlier.course, actor, timezone.now())
    if AntidepressantTrial.objects.filter(corrects=earlier).exists():
        raise Refusal(f"This entry of {earlier.drug} was corrected already. Correct the newer one.")
    return AntidepressantTrial.objects.create(
        id=trial_id, course=earlier.course, corrects=earlier, correction_reason=reason.strip(),
        **asdict(trial), **actor.stamp,
    )  # fmt: skip


def _require_plausible(course: Course, trial: resistance.AntidepressantTrial) -> None:
    sentence = resistance.implausible(trial)
    if sentence:
        raise Refusal(f"{sentence}.")
    lived = timezone.localdate() - course.patient.birth_date
    if trial.weeks and timedelta(weeks=trial.weeks) > lived:
        years = course.patient.age_on(timezone.localdate())
        raise Refusal(f"This person is {years}: {trial.weeks:g} weeks are longer than that. Check the weeks.")


@transaction.atomic
def consider(
    course: Course,
    drug: Drug,
    route: Route,
    actor: Actor,
    *,
    request_id: UUID,
    setting: Setting = Setting.OUTPATIENT,
    at: datetime | None = None,
) -> ScreeningRequest:
    """The prescriber chooses which treatment is held against the rules.

    Raises:
        Refusal: if somebody else does.
    """
    _require_prescriber(actor, "chooses the treatment")
    _begin(course, actor, _moment(course, at))
    request = ScreeningRequest.objects.create(
        id=request_id, course=course, drug=drug, route=route, setting=setting, **actor.stamp
    )
    audit.record(actor, "treatment considered", patient=course.patient, subject=course.pk, drug=drug, route=route)
    return request


@transaction.atomic
def decide(
    course: Course,
    outcome: Outcome,
    actor: Actor,
    *,
    decision_id: UUID,
    reasons: Mapping[str, str] | None = None,
    explanation: str = "",
    review_on: date | None = None,
    read: str | None = None,
    at: datetime | None = None,
) -> ScreeningDecision:
    """The prescriber decides and signs; every finding is kept as it stands at that moment.

    Args:
        reasons: why treatment goes on all the same, by rule id. Those of rules that stand in no way are not kept.
        explanation: why not, when the decision is not to treat; else a remark.
        read: the fingerprint of the findings the prescriber read, where a page showed them.

    Raises:
        DecisionRefused: if something blocks or lacks a reason of ten words, the decision not to treat has no
            explanation, or the day of review is missing or not to come.
        Refusal: if another than a prescriber decides, or the findings changed since they were read.
    """
    _require_prescriber(actor, "decides in screening")
    at = _moment(course, at)
    _begin(course, actor, at)
    found = queries.review(course, at)
    if read is not None and read != found.fingerprint:
        raise Refusal("The findings changed since you opened the page. Read them again before you sign.")
    given = {rule_id: reason.strip() for rule_id, reason in (reasons or {}).items()}
    problems = [
        *_outcome_problems(outcome, found, given, explanation.strip()),
        *_review_problems(outcome, review_on, found.request.now.date()),
    ]
    if problems:
        raise DecisionRefused(problems)
    needed = refusals(found.findings) if outcome == Outcome.GO_ON else ()
    kept = {finding.rule_id: given[finding.rule_id] for finding in needed}
    request = found.request
    decision = ScreeningDecision.objects.create(
        id=decision_id, course=course, decided_at=at, outcome=outcome, drug=request.drug, route=request.route,
        setting=request.setting, jurisdiction=request.jurisdiction, explanation=explanation.strip(), reasons=kept,
        findings=queries.snapshot(found.findings), rule_set=rule_set().version, review_on=review_on,
        statement=STATEMENT.format(outcome=Outcome(outcome).label.lower()), **actor.stamp,
    )  # fmt: skip
    audit.record(
        actor, "screening decided", patient=course.patient, subject=decision.pk, outcome=outcome, overrides=sorted(kept)
    )
    if outcome == Outcome.GO_ON:
        _go_on_from(Stage.SCREENING, Stage.PLAN, course, actor, at)
    return decision


def _outcome_problems(
    outcome: Outcome, found: queries.Review, reasons: Mapping[str, str], explanation: str
) -> Iterator[Problem]:
    if outcome == Outcome.DO_NOT_TREAT and not explanation:
        yield Problem("explanation", "Say why this person is not treated, in a sentence.")
    if outcome != Outcome.GO_ON:
        return
    left = obstacles(found.findings, reasons)
    blocks = [one for one in left if one.finding.effect is Effect.BLOCK]
    yield from (Problem("outcome", one.sentence) for one in blocks)
    if not blocks:  # no reason helps while something blocks, so none is asked for
        yield from (Problem(one.finding.rule_id, one.sentence) for one in left)


def _review_problems(outcome: Outcome, day: date | None, today: date) -> Iterator[Problem]:
    if day is None and outcome == Outcome.WAIT:
        yield Problem("review_on", "Say on which day to look at this again.")
    if day is not None and day <= today:
        soonest = today + timedelta(days=1)
        yield Problem("review_on", f"{said_day(day)} is not a day to come. Choose a day from {said_day(soonest)} on.")


def _require_prescriber(actor: Actor, deed: str) -> None:
    if actor.user is None or not actor.user.allows(Permission.SCREENING_DECIDE):
        raise Refusal(f"Only a prescriber {deed}.")


def _moment(course: Course, at: datetime | None) -> datetime:
    """When something was done: now, or a time in this person's life until now."""
    now = timezone.now()
    if at is None:
        return now
    if at > now:
        raise Refusal(f"{times.said(at)} is still to come. Give the time it was done.")
    if at.date() < course.patient.birth_date:
        raise Refusal(f"{said_day(at.date())} is before this person was born. Check the year.")
    return at


def _begin(course: Course, actor: Actor, at: datetime) -> None:
    """Let one writer at a time change what is known of a person; the first act takes the course into screening."""
    Patient.objects.select_for_update().get(pk=course.patient_id)
    _go_on_from(Stage.REFERRAL, Stage.SCREENING, course, actor, at)


def _go_on_from(here: Stage, onward: Stage, course: Course, actor: Actor, at: datetime) -> None:
    """Enter the next stage if the course stands in `here`; never before it entered that, though the deed was."""
    latest = course.events.order_by("occurred_at", "pk").last()
    if latest is not None and latest.stage == here:
        enter_stage(course, onward, actor, reason=f"{here.label.lower()} done", at=max(at, latest.occurred_at))
