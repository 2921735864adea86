"""Screening of the synthetic people: what was asked, measured and decided."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.screening import queries, services
from daybreak.clinic.screening.answers import PregnancyAnswer, choices
from daybreak.clinic.screening.services import Outcome
from daybreak.demonstration.stories import Reached
from daybreak.demonstration.telling import DECIDED, INTERVIEWED, Moment, Telling
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import JudgedBy, Rule
from daybreak.treatment.findings import refusals
from daybreak.treatment.indications import indication
from daybreak.treatment.patient_facts import AnswerValue
from daybreak.treatment.resistance import AntidepressantTrial, StopReason
from daybreak.treatment.vitals import Vital

SOURCE = "the person, and the pharmacy's record"
FAILED = (("Sertraline", 100.0, 9.0, 10.0), ("Venlafaxine", 150.0, 12.0, 20.0), ("Mirtazapine", 30.0, 8.0, 15.0))
# Of who is asked no further yet, these are the rules without an answer.
UNASKED, NOBODY_KNEW = {"EL004", "EL044", "EL067", "BC04", "BC08", "BC13"}, {"EL002", "EL014"}
REASON = "Discussed with the person and in the team; the benefit expected outweighs this risk."
NOT_TREATED = "Two antidepressants are not yet tried at an adequate dose. Referred back with advice."


def screened(telling: Telling) -> Iterator[Moment]:
    """The interview, the measurements and the decision."""
    at = telling.before_first_dose(INTERVIEWED)
    minute = timedelta(minutes=1)
    regimen = telling.story.regimen if telling.story.plan else None
    if regimen is not None:
        first = regimen.first
        yield Moment(at, lambda at: _consider(telling, first.drug, first.route, at))
    yield Moment(at + minute, lambda at: _measure(telling, at))
    yield Moment(at + 2 * minute, lambda at: _ask_allergies(telling, at))
    yield Moment(at + 3 * minute, lambda at: _ask_antidepressants(telling, at))
    yield Moment(at + 5 * minute, lambda at: _ask(telling, at))
    if telling.story.reached.is_past(Reached.DECIDED):
        yield Moment(telling.before_first_dose(DECIDED), lambda at: _decide(telling, at))


def _consider(telling: Telling, drug: Drug, route: Route, at: datetime) -> None:
    prescriber = telling.acts(Role.PRESCRIBER, at)
    services.consider(telling.course, drug, route, prescriber, request_id=telling.id("considered"), at=at)


def _measure(telling: Telling, at: datetime) -> None:
    draw, story = telling.chance("vitals"), telling.story
    high = "high_pressure" in story.unusual
    values = {
        Vital.SYSTOLIC: 168 if high else draw.randrange(112, 136),
        Vital.DIASTOLIC: 102 if high else draw.randrange(68, 86),
        Vital.HEART_RATE: draw.randrange(60, 82),
        Vital.SPO2: draw.randrange(96, 100),
        Vital.RESPIRATORY_RATE: draw.randrange(13, 18),
        Vital.WEIGHT: story.weight_kg,
        Vital.HEIGHT: story.height_cm,
    }
    nurse = telling.acts(Role.NURSE, at)
    services.record_vitals(telling.course, values, nurse, entry_id=telling.id("vitals"), at=at)


def _ask_allergies(telling: Telling, at: datetime) -> None:
    if "unknowns" in telling.story.unusual:
        return
    nurse = telling.acts(Role.NURSE, at)
    services.record_allergies(telling.course, (), nurse, entry_id=telling.id("allergies"), at=at)


def _ask_antidepressants(telling: Telling, at: datetime) -> None:
    """Two that failed; of who is not treated, only one was adequate; of who is not asked further, weeks are open."""
    if indication(telling.story.indication).group != "depression":
        return
    for place, (drug, dose_mg, weeks, improvement) in enumerate(FAILED[: telling.chance("trials").choice((2, 3))]):
        too_short = "not_treated" in telling.story.unusual and place > 0
        unknown = "unknowns" in telling.story.unusual and place > 0
        trial = AntidepressantTrial(
            drug=drug,
            dose_mg_per_day=dose_mg,
            weeks=None if unknown else 3.0 if too_short else weeks,
            taken_as_prescribed=None if unknown else True,
            improvement_percent=improvement,
            current_episode=True,
            stopped_because=StopReason.SIDE_EFFECTS if too_short else StopReason.NO_EFFECT,
            source=SOURCE,
        )
        nurse = telling.acts(Role.NURSE, at)
        services.record_trial(telling.course, trial, nurse, trial_id=telling.id("trial", drug), at=at)


def _ask(telling: Telling, at: datetime) -> None:
    """Every question that an answer can settle; some stay open where `unusual` says so."""
    request = queries.treatment_request(telling.course, at)
    for rule in queries.rules().values():
        value = _answer(telling, rule) if rule.concerns(request) and choices(rule, request) else None
        if value is not None:
            who = Role.PRESCRIBER if rule.judged_by is JudgedBy.PRESCRIBER else Role.NURSE
            services.answer(
                telling.course, rule.id, value, "", telling.acts(who, at),
                answer_id=telling.id("answer", rule.id), at=at,
            )  # fmt: skip


def _answer(telling: Telling, rule: Rule) -> str | None:
    story = telling.story
    if "unknowns" in story.unusual and rule.id in UNASKED:
        return None
    if "unknowns" in story.unusual and rule.id in NOBODY_KNEW:
        return AnswerValue.UNKNOWN
    if "aneurysm" in story.unusual and rule.id == "EL001":
        return AnswerValue.YES
    if rule.evaluator == "pregnancy":
        may_be = story.sex == "female" and story.born.year > 1970
        return PregnancyAnswer.TEST_NEGATIVE if may_be else PregnancyAnswer.NOT_POSSIBLE
    return rule.met_when


def _decide(telling: Telling, at: datetime) -> None:
    prescriber, decision_id = telling.acts(Role.PRESCRIBER, at), telling.id("decision")
    if "not_treated" in telling.story.unusual:
        services.decide(
            telling.course, Outcome.DO_NOT_TREAT, prescriber,
            decision_id=decision_id, explanation=NOT_TREATED, at=at,
        )  # fmt: skip
        return
    findings = queries.review(telling.course, at).findings
    reasons = {finding.rule_id: REASON for finding in refusals(findings)}
    services.decide(telling.course, Outcome.GO_ON, prescriber, decision_id=decision_id, reasons=reasons, at=at)
