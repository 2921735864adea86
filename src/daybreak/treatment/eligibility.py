"""May this person be treated? Every rule held against what is known, each finding with its value and source.

A missing code in a record never satisfies a criterion: it stays unknown until somebody asks. A code that matches
is never outvoted by an answer: the record is corrected first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from daybreak.treatment.body_weight import body_mass_index
from daybreak.treatment.days import said_day
from daybreak.treatment.eligibility_rules import (
    Codes,
    Comparison,
    JudgedBy,
    Measured,
    Rule,
    RuleBook,
    Threshold,
    rule_book,
)
from daybreak.treatment.findings import Finding, State
from daybreak.treatment.patient_facts import (
    Answer,
    AnswerValue,
    Coded,
    PatientFacts,
    Pregnancy,
    PregnancyState,
    TreatmentRequest,
)
from daybreak.treatment.recorded_codes import matching, names_any
from daybreak.treatment.resistance import assess_resistance, definition_in
from daybreak.treatment.vitals import NAMES, UNITS, Reading, Vital

MEDICINES_GONE_THROUGH = "BC13"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that is known about one criterion. `known_at` is given where a judgement must not be older."""

    state: State
    sentence: str
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What one rule is held against."""

    rule: Rule
    facts: PatientFacts
    request: TreatmentRequest
    book: RuleBook


def assess(facts: PatientFacts, request: TreatmentRequest, book: RuleBook | None = None) -> tuple[Finding, ...]:
    """One finding for every rule that concerns this drug, route and jurisdiction, in the order of the files.

    Args:
        facts: what is known about the person.
        request: the treatment asked for.
        book: the site's rules, from `rule_book(site)`; the unchanged rules without it.
    """
    book = book or _unchanged_rules()
    return tuple(_finding(Case(rule, facts, request, book)) for rule in book.rules if rule.concerns(request))


@cache
def _unchanged_rules() -> RuleBook:
    return rule_book()


def _finding(case: Case) -> Finding:
    rule = case.rule
    not_applicable = _not_applicable(case)
    if not_applicable:
        state, value = State.NOT_APPLICABLE, not_applicable
    else:
        state, value = _weigh(list(_evidence(case)))
    return Finding(
        rule_id=rule.id,
        group=rule.group,
        kind=rule.kind,
        state=state,
        title={
            State.MET: rule.statement,
            State.NOT_MET: rule.refusal,
            State.UNKNOWN: rule.subject,
            State.NOT_APPLICABLE: rule.subject,
        }[state],
        value=value,
        effect=rule.effect_for(case.request),
        severity=rule.severity,
        question=rule.question,
        resolve=rule.resolve,
        provenance=rule.provenance,
        recalled_parts=rule.recalled_parts,
    )


def _not_applicable(case: Case) -> str | None:
    """Why this rule has no bearing on this person and request; None when it has."""
    rule, facts, request = case.rule, case.facts, case.request
    if rule.settings and request.setting not in rule.settings:
        return f"Not asked for {request.setting} treatment"
    if rule.indications and request.indication not in rule.indications:
        return "Not asked for this indication"
    if rule.only_from_age is not None and facts.age is not None and facts.age < rule.only_from_age:
        return f"Age {facts.age}"
    if rule.only_if_pregnancy_possible and _says_not_possible(facts.pregnancy, request):
        return "Pregnancy is not possible"
    if rule.only_if_pregnancy_possible and _is_male_and_nothing_else_said(rule, facts):
        return "Recorded sex is male. Asked as soon as pregnancy is answered as possible; an answer here counts"
    return None


def _is_male_and_nothing_else_said(rule: Rule, facts: PatientFacts) -> bool:
    """Whether pregnancy is asked about first: of everybody, so that nobody it could concern is missed."""
    return facts.sex == "male" and facts.pregnancy is None and rule.id not in facts.answers


def _weigh(evidence: list[Evidence]) -> tuple[State, str]:
    """Not met outweighs met, met outweighs a hint; nothing known is unknown."""
    states = {item.state for item in evidence}
    state = next((s for s in (State.NOT_MET, State.MET, State.UNKNOWN) if s in states), State.UNKNOWN)
    ordered = sorted(evidence, key=lambda item: item.state is not state)
    sentences = [item.sentence for item in ordered]
    if {State.NOT_MET, State.MET} <= states:
        sentences.append("These disagree, correct what is wrong")
    return state, ". ".join(dict.fromkeys(sentences)) or "No record"


def _evidence(case: Case) -> Iterator[Evidence]:
    rule, facts = case.rule, case.facts
    answer = facts.answers.get(rule.id)
    hints = list(_hints(case))
    if rule.judged_by is JudgedBy.PRESCRIBER:
        yield from hints
    if answer and rule.met_when:
        yield _judged(case, answer, hints) if rule.judged_by else _answered(case, answer)
    for codes in rule.record:
        yield from (_recorded(case, codes, condition) for condition in matching(codes, facts.conditions))
    yield from hints
    yield from _allergies(case)
    yield from _medicines(case)
    yield from _vitals(case)
    yield from _age(case)
    yield from _scores(case)
    if rule.evaluator == "pregnancy":
        yield from _pregnancy(case)
    if rule.evaluator == "resistance":
        yield _resistance(case)
    if rule.evaluator == "body_mass_index":
        yield from _body_mass_index(case)


def _hints(case: Case) -> Iterator[Evidence]:
    """What is known that asks for an answer to this rule and gives none."""
    neighbours = [case.book.rule(rule_id) for rule_id in case.rule.hinted_by]
    for codes in (case.rule.hints, *(codes for rule in neighbours for codes in (*rule.record, rule.hints))):
        for condition in matching(codes, case.facts.conditions):
            yield Evidence(State.UNKNOWN, f"Recorded: {_named(condition)}", condition.recorded_at)
    for rule in neighbours:
        answer = case.facts.answers.get(rule.id)
        if answer and answer.value not in (rule.met_when, AnswerValue.UNKNOWN):
            told = f"Reported, {said_day(case.request.day(answer.at))}: {rule.subject} ({rule.id})"
            yield Evidence(State.UNKNOWN, told, answer.known_at)


def _judged(case: Case, answer: Answer, hints: list[Evidence]) -> Evidence:
    """A judgement in its own words; a prescriber's counts for treatment only if it knew of every hint."""
    by_prescriber_only = case.rule.judged_by is JudgedBy.PRESCRIBER
    words = {AnswerValue.NO: "Judged absent", AnswerValue.YES: "Judged present"}
    found = _answered(case, answer, words)
    if found.state is not State.MET or not by_prescriber_only:
        return found
    if not answer.from_prescriber:
        said = _answered(case, answer, {AnswerValue.NO: "Said to be absent", AnswerValue.YES: "Said to be present"})
        return Evidence(State.UNKNOWN, f"{said.sentence}. A prescriber judges this")
    if any(hint.known_at is None or hint.known_at > answer.known_at for hint in hints):
        return Evidence(State.UNKNOWN, f"{found.sentence}. Given before all of this was known")
    return found


def _answered(case: Case, answer: Answer, judgement: Mapping[AnswerValue, str] | None = None) -> Evidence:
    """An answer, with who gave it and when; `judgement` holds other words for one that judges."""
    words = {
        (AnswerValue.NO, AnswerValue.NO): "Denied",
        (AnswerValue.NO, AnswerValue.YES): "Reported",
        (AnswerValue.YES, AnswerValue.YES): "Confirmed",
        (AnswerValue.YES, AnswerValue.NO): "Answered no",
    }
    met_when = case.rule.met_when or AnswerValue.YES
    day = case.request.day(answer.at)
    said = words.get((met_when, answer.value), "Asked, nobody could say")
    if judgement and answer.value in judgement:
        by = f" by {answer.by}" if answer.by else ""
        sentence = f"{judgement[answer.value]}{by}, {said_day(day)}"
    else:
        sentence = f"{said}, {said_day(day)}"
        sentence += f", {answer.by}" if answer.by else ""
    about = answer.about if case.rule.of_treatment else None
    sentence += f", for {' '.join(about)}" if about else ""
    sentence += f". {answer.note.rstrip('.')}" if answer.note else ""
    if answer.value == AnswerValue.UNKNOWN:
        return Evidence(State.UNKNOWN, sentence)
    if answer.value != met_when:
        return Evidence(State.NOT_MET, sentence)
    if case.request.days_since(day) < 0:
        return Evidence(State.UNKNOWN, f"{sentence}. That day is still to come")
    if about and about != (case.request.drug, case.request.route):
        now = f"{case.request.drug} {case.request.route}"
        return Evidence(State.UNKNOWN, f"{sentence}. Considered now: {now}, so ask again")
    return Evidence(State.MET, sentence)


def _recorded(case: Case, codes: Codes, condition: Coded) -> Evidence:
    sentence = f"Recorded: {_named(condition)}"
    if codes.active_only and condition.active is False:
        return Evidence(State.UNKNOWN, f"{sentence}, resolved")
    if codes.within is None:
        return Evidence(State.NOT_MET, sentence)
    if condition.since is None:
        return Evidence(State.UNKNOWN, f"{sentence}, without a date")
    if case.rule.threshold(codes.within).crossed(case.request.days_since(condition.since)):
        return Evidence(State.NOT_MET, sentence)
    return Evidence(State.UNKNOWN, f"{sentence}; ask for anything since")


def _allergies(case: Case) -> Iterator[Evidence]:
    if not case.rule.allergies:
        return
    if case.facts.allergies is None:
        yield Evidence(State.UNKNOWN, "Allergies are not recorded")
        return
    found = [item for item in case.facts.allergies if names_any(item.text, case.rule.allergies)]
    yield from (Evidence(State.NOT_MET, f"Recorded: allergy to {_named(item)}") for item in found)
    if not found:
        yield Evidence(State.UNKNOWN, "Not among the recorded allergies")


def _medicines(case: Case) -> Iterator[Evidence]:
    if not case.rule.medicines:
        return
    if case.facts.medicines is None:
        yield Evidence(State.UNKNOWN, "No medicine list")
        return
    taken = [item for item in case.facts.medicines if item.active is not False]
    found = [item for item in taken if names_any(item.text, case.rule.medicines)]
    yield from (Evidence(State.NOT_MET, f"On the list: {_named(item)}") for item in found)
    if found:
        return
    checked = case.facts.answers.get(MEDICINES_GONE_THROUGH)
    if checked and checked.value == AnswerValue.YES:
        day = case.request.day(checked.at)
        yield Evidence(State.MET, f"None of the names known here is on the list gone through, {said_day(day)}")
    else:
        yield Evidence(State.UNKNOWN, "Not on the list, which nobody has gone through with the person")


def _vitals(case: Case) -> Iterator[Evidence]:
    """Readings against the limits; one that is missing or too old leaves the rule unknown unless another crosses."""
    limits = {Vital(item.name): item for item in case.rule.thresholds if item.of is Measured.VITAL}
    wanted = tuple(limits) or case.rule.needs_vitals
    readings = [case.facts.vitals[vital] for vital in wanted if vital in case.facts.vitals]
    if not readings:
        return
    fresh = [reading for reading in readings if not _age_problem(case, reading)]
    if any(reading.vital in limits and limits[reading.vital].crossed(reading.value) for reading in fresh):
        state = State.NOT_MET
    else:
        state = State.MET if len(fresh) == len(wanted) else State.UNKNOWN
    yield Evidence(state, _readings_sentence(case, readings))


def _age_problem(case: Case, reading: Reading) -> str:
    days, limit = case.request.days_since(case.request.day(reading.at)), case.book.recency_days["vitals"]
    if days < 0:
        return ", which is still to come"
    return f", more than {limit:g} days ago" if days > limit else ""


def _readings_sentence(case: Case, readings: list[Reading]) -> str:
    """ "168/102 on 23 Nov 2026": readings by day, the two pressures of one day as one."""
    by_day: dict[str, dict[Vital, float]] = {}
    for reading in readings:
        day = f"on {said_day(case.request.day(reading.at))}{_age_problem(case, reading)}"
        by_day.setdefault(day, {})[reading.vital] = reading.value
    return "; ".join(f"{', '.join(_values(values))} {day}" for day, values in by_day.items())


def _values(values: dict[Vital, float]) -> Iterator[str]:
    pressure = (Vital.SYSTOLIC, Vital.DIASTOLIC)
    paired = all(vital in values for vital in pressure)
    if paired:
        yield "/".join(f"{round(values[vital], 1):g}" for vital in pressure)
    for vital, value in values.items():
        if not (paired and vital in pressure):
            unit = UNITS[vital].replace("[", "").replace("]", "")
            yield f"{NAMES[vital].lower()} {round(value, 1):g} {unit}"


def _age(case: Case) -> Iterator[Evidence]:
    age = case.facts.age
    for limit in case.rule.thresholds:
        if limit.of is Measured.AGE and age is not None:
            yield Evidence(State.NOT_MET if limit.crossed(age) else State.MET, f"Age {age}")


def _scores(case: Case) -> Iterator[Evidence]:
    for limit in case.rule.thresholds:
        score = case.facts.scores.get(limit.name)
        if score is not None and limit.of in (Measured.SCORE, Measured.PROMPTING_SCORE):
            day = case.request.day(score.at)
            fresh = 0 <= case.request.days_since(day) <= case.book.recency_days["scores"]
            sentence = f"{limit.label} {score.value:g} on {said_day(day)}"
            sentence += "" if fresh else ", too old"
            sentence += f", {_beyond(limit)} {limit.value:g}" if limit.crossed(score.value) else ""
            yield Evidence(_score_state(limit, score.value, fresh), sentence)


def _beyond(limit: Threshold) -> str:
    return "below" if limit.comparison is Comparison.BELOW else "at or above"


def _score_state(limit: Threshold, value: float, fresh: bool) -> State:
    if limit.of is Measured.PROMPTING_SCORE or not fresh:
        return State.UNKNOWN
    return State.NOT_MET if limit.crossed(value) else State.MET


def _pregnancy(case: Case) -> Iterator[Evidence]:
    known, request = case.facts.pregnancy, case.request
    if known is None:
        sex = f". Recorded sex is {case.facts.sex}, which does not settle it" if case.facts.sex else ""
        yield Evidence(State.UNKNOWN, f"Nobody has asked whether pregnancy is possible{sex}")
    elif known.state is PregnancyState.PREGNANT:
        yield Evidence(State.NOT_MET, f"Pregnant, {said_day(request.day(known.at))}")
    elif _says_not_possible(known, request):
        yield Evidence(State.MET, f"Pregnancy is not possible, {said_day(request.day(known.at))}")
    elif known.negative_test_on is None:
        yield Evidence(State.UNKNOWN, "Pregnancy is possible, and no test is recorded")
    else:
        days = request.days_since(known.negative_test_on)
        test = f"Test negative, {said_day(known.negative_test_on)}"
        too_old = days < 0 or case.rule.threshold("test_age").crossed(days)
        yield Evidence(State.UNKNOWN, f"{test}, too old") if too_old else Evidence(State.MET, test)


def _says_not_possible(known: Pregnancy | None, request: TreatmentRequest) -> bool:
    return (
        known is not None
        and known.state is PregnancyState.NOT_POSSIBLE
        and request.days_since(request.day(known.at)) >= 0
    )


def _resistance(case: Case) -> Evidence:
    found = assess_resistance(
        case.facts.trials,
        definition_in(case.request.jurisdiction),
        episode_severity=case.facts.episode_severity,
    )
    return Evidence(found.state, f"{found.value} ({found.definition.name})")


def _body_mass_index(case: Case) -> Iterator[Evidence]:
    """From the newest weight and height; an adult's height does not age, a weight does."""
    weight, height = case.facts.vitals.get(Vital.WEIGHT), case.facts.vitals.get(Vital.HEIGHT)
    if weight is None or height is None:
        missing = " and ".join(
            NAMES[one].lower() for one in (Vital.WEIGHT, Vital.HEIGHT) if one not in case.facts.vitals
        )
        yield Evidence(State.UNKNOWN, f"No {missing} is recorded")
        return
    index = body_mass_index(weight.value, height.value)
    problem = _age_problem(case, weight)
    sentence = f"{index:.1f} kg/m², weighed on {said_day(case.request.day(weight.at))}{problem}"
    crossed = case.rule.threshold("body_mass_index").crossed(index)
    yield Evidence(State.UNKNOWN if problem else State.NOT_MET if crossed else State.MET, sentence)


def _named(item: Coded) -> str:
    return f"{item.text} since {said_day(item.since)}" if item.since else item.text
