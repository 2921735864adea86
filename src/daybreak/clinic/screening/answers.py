"""What may be answered to which rule, and what the answers kept in the record mean.

Most rules ask yes or no. Pregnancy is asked in words of its own, because a possible one needs a test; and where the
label's definition of resistance asks how severe the episode is, that is the answer to its rule.
"""

from enum import StrEnum

from django.utils import timezone

from daybreak.clinic.record.models import PatientFact
from daybreak.clinic.record.permissions import Permission
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import Rule
from daybreak.treatment.patient_facts import Answer, AnswerValue, Pregnancy, PregnancyState, TreatmentRequest
from daybreak.treatment.resistance import EpisodeSeverity, definition_in


class PregnancyAnswer(StrEnum):
    """The answer about pregnancy. A negative test is dated: the answer's time is the day of the test."""

    NOT_POSSIBLE = "not_possible"
    TEST_NEGATIVE = "test_negative"
    POSSIBLE = "possible"
    PREGNANT = "pregnant"


YES_NO = ((AnswerValue.YES, "Yes"), (AnswerValue.NO, "No"), (AnswerValue.UNKNOWN, "Not known"))
PREGNANCY = (
    (PregnancyAnswer.NOT_POSSIBLE, "Not possible"),
    (PregnancyAnswer.TEST_NEGATIVE, "Possible, test negative"),
    (PregnancyAnswer.POSSIBLE, "Possible, no test"),
    (PregnancyAnswer.PREGNANT, "Pregnant"),
)
# An answer that rests on a test is worth what the day of the test says, so that day is told; the others have no test.
NEEDS_DAY_OF_TEST = frozenset({PregnancyAnswer.TEST_NEGATIVE})
WITHOUT_A_TEST = frozenset({PregnancyAnswer.NOT_POSSIBLE, PregnancyAnswer.POSSIBLE})
SEVERITY = tuple((severity, severity.capitalize()) for severity in EpisodeSeverity)

Choices = tuple[tuple[StrEnum, str], ...]


def choices(rule: Rule, request: TreatmentRequest) -> Choices:
    """The answers that fit a rule, each with its word; empty where nothing answered here can settle it."""
    if rule.of_site:
        return ()
    if rule.met_when:
        return YES_NO
    if rule.evaluator == "pregnancy":
        return PREGNANCY
    if rule.evaluator == "resistance" and definition_in(request.jurisdiction).severity_required:
        return SEVERITY
    return ()


_WORDS = {str(value): word for value, word in (*YES_NO, *PREGNANCY, *SEVERITY)}


def word(state: str) -> str:
    """An answer kept in the record, as a page says it; never its name in the code."""
    return _WORDS.get(state, state.replace("_", " "))


def question(rule: Rule) -> str:
    """What is asked, in words."""
    if rule.evaluator == "pregnancy":
        return "Could this person be pregnant? Asked of everyone."
    if rule.evaluator == "resistance":
        return "How severe is this episode?"
    return rule.question or ""


def speaks_for_treatment(fact: PatientFact, rule: Rule) -> bool:
    """Whether an answer helps a criterion to be met."""
    helpful = {rule.met_when, PregnancyAnswer.NOT_POSSIBLE, PregnancyAnswer.TEST_NEGATIVE, *EpisodeSeverity}
    return fact.state in helpful


def as_answer(fact: PatientFact, about: tuple[Drug, Route] | None = None) -> Answer:
    """A yes, no or unknown as the rules weigh it; `about` is the treatment considered when it was recorded."""
    who = fact.recorded_by
    return Answer(
        AnswerValue(fact.state),
        fact.occurred_at,
        by=who.display_name if who else "",
        note=fact.text,
        recorded_at=fact.recorded_at,
        from_prescriber=who is not None and who.allows(Permission.SCREENING_DECIDE),
        about=about,
    )


def as_pregnancy(fact: PatientFact) -> Pregnancy:
    """The answer about pregnancy as the rules weigh it."""
    answer = PregnancyAnswer(fact.state)
    if answer is PregnancyAnswer.TEST_NEGATIVE:
        return Pregnancy(PregnancyState.POSSIBLE, fact.occurred_at, timezone.localdate(fact.occurred_at))
    return Pregnancy(PregnancyState(answer), fact.occurred_at)
