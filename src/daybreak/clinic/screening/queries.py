"""Reads of screening: what is known, what the rules find, what was decided."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.record.models import Course, PatientFact, PatientFactKind
from daybreak.clinic.record.queries import current_facts
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.screening.facts import CERTIFIED_RULE, NONE_KNOWN, Answers, answers_that_count, considered, weighed
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision, ScreeningRequest
from daybreak.treatment.antidepressants import minimum_dose
from daybreak.treatment.days import said_day
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility import assess
from daybreak.treatment.eligibility_rules import Rule, RuleBook, rule_book
from daybreak.treatment.findings import Effect, Finding, Kind, State, obstacles, verdict
from daybreak.treatment.labelling import HeldCondition, Jurisdiction, Labelling, hold, labelling
from daybreak.treatment.patient_facts import AnswerValue, FactError, PatientFacts, Setting, TreatmentRequest

USUAL = (Drug.KETAMINE, Route.IV)
LABELLED = (Drug.ESKETAMINE, Route.NASAL)


@dataclass(frozen=True, slots=True)
class Review:
    """A course held against the rules at one moment."""

    course: Course
    request: TreatmentRequest
    known: tuple[PatientFact, ...]
    answers: Answers
    trials: tuple[AntidepressantTrial, ...]
    facts: PatientFacts
    findings: tuple[Finding, ...]

    @property
    def labelling(self) -> Labelling:
        request = self.request
        return labelling(request.drug, request.route, request.indication, Jurisdiction(request.jurisdiction))

    @property
    def held_conditions(self) -> tuple[HeldCondition, ...]:
        """The label's conditions, each as far as it is known."""
        listed = self.facts.medicines
        taken = tuple(item.text for item in listed or () if item.active is not False)
        medicines = taken if taken or listed == () else None  # a list of what was stopped is no list of what is taken
        said = self.facts.answers.get(CERTIFIED_RULE)
        certified = {AnswerValue.YES: True, AnswerValue.NO: False}.get(said.value) if said else None
        return tuple(hold(each, self.facts.age, medicines, certified) for each in self.labelling.conditions)

    @property
    def last_data(self) -> datetime | None:
        """When the newest thing that is known was seen or said."""
        return max((fact.occurred_at for fact in self.known if fact.occurred_at), default=None)

    @property
    def fingerprint(self) -> str:
        """The same as long as a reader would read the same findings."""
        read = "\n".join(f"{one.rule_id} {one.effect} {one.state} {one.value}" for one in self.findings)
        return hashlib.sha256(f"{self.request.drug} {self.request.route} {read}".encode()).hexdigest()


def review(course: Course, now: datetime | None = None) -> Review:
    """What is known and what the rules find, in five queries. `now` is this moment unless another is given.

    Raises:
        Refusal: if there are no rules for the jurisdiction of the site.
    """
    requests = list(considered_in(course))
    request = _request(course, requests[0] if requests else None, now)
    known = list(current_facts(course.patient).prefetch_related("recorded_by"))
    answers = answers_that_count(course, known, rules())
    taken = tuple(trials(course))
    facts = weighed(
        course, known=known, answers=answers, trials=taken, requests=requests, rules=rules(), today=request.now.date(),
    )  # fmt: skip
    return Review(course, request, tuple(known), answers, taken, facts, assess(facts, request, book()))


def treatment_request(course: Course, now: datetime | None = None) -> TreatmentRequest:
    """The treatment considered: what the prescriber chose last, else the one a label covers, else ketamine iv.

    Raises:
        Refusal: if there are no rules for the jurisdiction of the site.
    """
    return _request(course, considered_in(course).first(), now)


def considered_in(course: Course) -> QuerySet[ScreeningRequest]:
    """The treatments considered in a course, the newest first."""
    return considered_among([course.pk])


def considered_among(courses: Collection[UUID]) -> QuerySet[ScreeningRequest]:
    """The same of several courses, by id."""
    return ScreeningRequest.objects.filter(course__in=courses).order_by("-recorded_at", "-pk")


def _request(course: Course, chosen: ScreeningRequest | None, now: datetime | None) -> TreatmentRequest:
    jurisdiction = course.patient.site.jurisdiction
    try:
        drug, route = (Drug(chosen.drug), Route(chosen.route)) if chosen else _usual(course.indication, jurisdiction)
        return TreatmentRequest(
            drug=drug,
            route=route,
            indication=course.indication,
            jurisdiction=jurisdiction,
            now=timezone.localtime(now),
            setting=Setting(chosen.setting) if chosen else Setting.OUTPATIENT,
        )
    except FactError as error:
        raise Refusal(str(error)) from error


def _usual(indication: str, jurisdiction: str) -> tuple[Drug, Route]:
    if jurisdiction not in set(Jurisdiction):
        return USUAL
    covered = labelling(*LABELLED, indication, Jurisdiction(jurisdiction)).labelled
    return LABELLED if covered else USUAL


CONSENT_RULE = "EL067"  # whether the consent is signed


@dataclass(frozen=True, slots=True)
class Consent:
    """What was recorded of a signed consent in this course, and which treatment was considered then."""

    is_signed: bool
    recorded_at: datetime
    treatment: tuple[Drug, Route] | None  # None where nobody had named one by then

    @property
    def of(self) -> str:
        """For example "ketamine iv, recorded 11 Nov 2026"."""
        day = timezone.localdate(self.recorded_at)
        named = " ".join(self.treatment) if self.treatment else "a treatment not named then"
        return f"{named}, recorded {said_day(day)}"

    def is_for_another(self, drug: Drug, route: Route) -> bool:
        """Whether it was given for another treatment than this one."""
        return self.treatment is not None and self.treatment != (drug, route)


def consent_told(course: Course, facts: Iterable[PatientFact], requests: Iterable[ScreeningRequest]) -> Consent | None:
    """The newest answer on the consent that counts in this course; None where none is a yes or a no.

    Args:
        facts: the answers on the consent, the newest first.
        requests: what was considered, the newest first: a consent is about what was considered when it was recorded.
    """
    fact = answers_that_count(course, facts, {CONSENT_RULE: rules()[CONSENT_RULE]}).get(CONSENT_RULE)
    if fact is None or fact.state not in (AnswerValue.YES, AnswerValue.NO):
        return None
    return Consent(fact.state == AnswerValue.YES, fact.recorded_at, considered(requests, fact))


def trials(course: Course) -> QuerySet[AntidepressantTrial]:
    """The antidepressants recorded for a course, corrected ones left out, in the order they were entered."""
    return (
        AntidepressantTrial.objects.filter(course=course, corrected_by__isnull=True)
        .select_related("recorded_by")
        .order_by("recorded_at", "pk")
    )


def antidepressants_listed(found: Review) -> list[PatientFact]:
    """The antidepressants on the medicine list, taken now or not, the newest first."""
    medicines = (fact for fact in found.known if fact.kind == PatientFactKind.MEDICINE and fact.state != NONE_KNOWN)
    return [fact for fact in medicines if minimum_dose(fact.text)]


def decisions(course: Course) -> QuerySet[ScreeningDecision]:
    """The decisions about a course, the newest first."""
    return course.screening_decisions.select_related("recorded_by").order_by("-decided_at", "-pk")


def decision(course: Course) -> ScreeningDecision | None:
    """The decision in force: the newest."""
    return decisions(course).first()


def may_plan(course: Course) -> str | None:
    """Why a plan for this course may not be signed yet, as a sentence; None when nothing of screening is against it.

    After "go on", something that has since turned out not to be met asks for a new decision. What merely grew old or
    was never known does not: the checks before each dose ask for today's values.
    """
    latest = decision(course)
    if latest is None:
        return "The prescriber has not decided in screening yet. Decide there first."
    if latest.outcome != ScreeningDecision.Outcome.GO_ON:
        day = timezone.localdate(latest.decided_at)
        return (
            f"The decision of {said_day(day)} is “{latest.get_outcome_display().lower()}”. "
            "A plan may be signed after screening decides to go on."
        )
    found = review(course)
    asked = found.request
    if (latest.drug, latest.route, latest.setting) != (asked.drug, asked.route, asked.setting):
        return (
            f"The decision was about {latest.drug}, {latest.route}, {latest.setting}; "
            f"now it is {asked.drug}, {asked.route}, {asked.setting}. Decide again."
        )
    came = _came_since(found, latest)
    if came:
        return f"Since the decision to go on, this stands in the way: {came[0].headline}. Decide again."
    return None


def _came_since(found: Review, latest: ScreeningDecision) -> list[Finding]:
    """What is not met now and was not weighed as such: a reason to go on with an unknown says nothing of a yes."""
    not_met_then = {finding["rule_id"] for finding in latest.findings if finding["state"] == State.NOT_MET}
    reasons = {rule_id: reason for rule_id, reason in latest.reasons.items() if rule_id in not_met_then}
    return [one.finding for one in obstacles(found.findings, reasons) if one.finding.state is State.NOT_MET]


@cache
def book() -> RuleBook:
    """The rules in force."""
    return rule_book()


@cache
def rules() -> dict[str, Rule]:
    """The rules in force, by id."""
    return {rule.id: rule for rule in book().rules}


def snapshot(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings as they are kept with a decision: plain data that needs no rule file to be read again."""
    return [
        {
            "rule_id": one.rule_id,
            "group": one.group,
            "kind": one.kind,
            "state": one.state,
            "title": one.title,
            "value": one.value,
            "effect": one.effect,
            "severity": one.severity,
            "resolve": one.resolve,
            "basis": one.provenance.basis,
            "status": one.provenance.status,
            "sources": list(one.provenance.source_ids),
            "recalled_parts": list(one.recalled_parts),
        }
        for one in findings
    ]


def kept_findings(decision: ScreeningDecision) -> list[dict[str, object]]:
    """The findings kept with a decision, each with its state as a reader is told it."""
    return [
        one | {"verdict": verdict(State(one["state"]), _kept_kind(one), Effect(one["effect"]))}
        for one in decision.findings
    ]


def _kept_kind(finding: Mapping[str, str]) -> Kind:
    """Early decisions did not keep the kind: then it is that of the rule, or of what asks for most care."""
    if "kind" in finding:
        return Kind(finding["kind"])
    rule = rules().get(finding["rule_id"])
    return rule.kind if rule else Kind.EXCLUSION
