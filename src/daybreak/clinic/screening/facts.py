"""From what the record knows of a person to the facts the rules weigh."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import TypeVar

from django.utils import timezone

from daybreak.clinic.record.models import Course, PatientFact, PatientFactKind, Site
from daybreak.clinic.screening.answers import as_answer, as_pregnancy, speaks_for_treatment
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningRequest
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility import MEDICINES_GONE_THROUGH
from daybreak.treatment.eligibility_rules import Rule
from daybreak.treatment.patient_facts import Answer, AnswerValue, Coded, PatientFacts, Score
from daybreak.treatment.resistance import EpisodeSeverity
from daybreak.treatment.vitals import Reading, Vital

CERTIFIED_RULE = "EL060"  # whether the site is certified in the nasal programme
ANTIDEPRESSANTS_ASKED = "BC02"  # the history of antidepressants is taken
NONE_KNOWN = "none"  # the state of an allergy fact that says: asked, and there is none
_OVER = {"inactive", "remission", "resolved", "completed", "stopped", "cancelled"}
NOT_SAID = {"", "unknown"}

Answers = dict[str, PatientFact]
Item = TypeVar("Item")


def weighed(
    course: Course,
    *,
    known: list[PatientFact],
    answers: Answers,
    trials: Iterable[AntidepressantTrial],
    requests: Sequence[ScreeningRequest],
    rules: dict[str, Rule],
    today: date,
) -> PatientFacts:
    """The facts of a person as the rules weigh them.

    Args:
        known: what is known and was not corrected, the newest first.
        answers: those of `known` that count in this course, by rule: see `answers_that_count`.
        trials: the antidepressants recorded for this course.
        requests: the treatments considered in this course, the newest first.
        rules: by id.
        today: the local day on which the question is put.
    """
    of_kind = {kind: [fact for fact in known if fact.kind == kind] for kind in PatientFactKind}
    spoken = {
        rule_id: as_answer(fact, considered(requests, fact))
        for rule_id, fact in answers.items()
        if rules[rule_id].met_when
    }
    spoken |= _certification(course.patient.site)
    newest_last = reversed(answers.items())
    by_evaluator = {rules[rule_id].evaluator: fact for rule_id, fact in newest_last}
    pregnancy, severity = by_evaluator.get("pregnancy"), by_evaluator.get("resistance")
    return PatientFacts(
        age=course.patient.age_on(today),
        sex=course.patient.sex or None,
        pregnancy=as_pregnancy(pregnancy) if pregnancy else None,
        vitals=_newest_vitals(of_kind[PatientFactKind.VITAL]),
        conditions=_listed(of_kind[PatientFactKind.CONDITION]),
        medicines=_none_if_asked(_listed(of_kind[PatientFactKind.MEDICINE]), spoken.get(MEDICINES_GONE_THROUGH)),
        allergies=_listed(of_kind[PatientFactKind.ALLERGY]),
        answers=spoken,
        scores=_newest_scores(of_kind[PatientFactKind.SCORE]),
        trials=_none_if_asked(tuple(trial.taken for trial in trials) or None, spoken.get(ANTIDEPRESSANTS_ASKED)),
        episode_severity=EpisodeSeverity(severity.state) if severity else None,
    )


def _certification(site: Site) -> dict[str, Answer]:
    """What the programme's room says of the site; nothing where it knows nothing, so that an older answer counts."""
    if site.nasal_certified is None or site.nasal_certified_on is None:
        return {}
    value = AnswerValue.YES if site.nasal_certified else AnswerValue.NO
    since = timezone.make_aware(datetime.combine(site.nasal_certified_on, time.min))
    return {CERTIFIED_RULE: Answer(value, since, note="As it stands under Nasal programme")}


def answers_that_count(course: Course, known: Iterable[PatientFact], rules: dict[str, Rule]) -> Answers:
    """The newest answer to each rule. One given before this course was opened counts against treatment, never for
    it: consent, or "no psychosis now", is asked again for a new course, and a haemorrhage once told is not forgotten.
    """
    found: Answers = {}
    for fact in known:
        if fact.kind != PatientFactKind.ANSWER or fact.code not in rules or fact.code in found:
            continue
        if fact.recorded_at >= course.opened_at or not speaks_for_treatment(fact, rules[fact.code]):
            found[fact.code] = fact
    return found


def considered(requests: Iterable[ScreeningRequest], fact: PatientFact) -> tuple[Drug, Route] | None:
    """The treatment considered when something was recorded; None where nobody had named one. The newest comes first."""
    chosen = next((each for each in requests if each.recorded_at <= fact.recorded_at), None)
    return (Drug(chosen.drug), Route(chosen.route)) if chosen else None


def is_current(fact: PatientFact) -> bool:
    """Whether a medicine or condition is one the person has now; not said counts as now, "none" does not."""
    return fact.state not in _OVER and fact.state != NONE_KNOWN


def _listed(facts: list[PatientFact]) -> tuple[Coded, ...] | None:
    """None when nothing is recorded; empty when it is recorded that there is none."""
    if not facts:
        return None
    return tuple(_coded(fact) for fact in facts if fact.state != NONE_KNOWN)


def _coded(fact: PatientFact) -> Coded:
    return Coded(
        text=fact.text,
        system=fact.system or None,
        code=fact.code or None,
        since=timezone.localdate(fact.occurred_at) if fact.occurred_at else None,
        active=None if fact.state in NOT_SAID else fact.state not in _OVER,
        recorded_at=fact.recorded_at,
    )


def _none_if_asked(listed: tuple[Item, ...] | None, asked: Answer | None) -> tuple[Item, ...] | None:
    """A list that somebody went through and that is empty says: none."""
    return () if listed is None and asked is not None and asked.value == AnswerValue.YES else listed


def _newest_vitals(facts: list[PatientFact]) -> dict[Vital, Reading]:
    found: dict[Vital, Reading] = {}
    for fact in _dated(facts):
        vital = Vital(fact.code)
        found.setdefault(vital, Reading(vital, fact.value, fact.occurred_at))
    return found


def _newest_scores(facts: list[PatientFact]) -> dict[str, Score]:
    found: dict[str, Score] = {}
    for fact in _dated(facts):
        found.setdefault(fact.code, Score(fact.value, fact.occurred_at))
    return found


def _dated(facts: list[PatientFact]) -> Iterator[PatientFact]:
    return (fact for fact in facts if fact.occurred_at is not None and fact.value is not None)
