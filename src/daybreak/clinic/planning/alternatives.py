"""This plan beside two others for the same person: what each asks of them, and the chance of response."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from daybreak.clinic.planning.drawings import doses_in_mg
from daybreak.clinic.planning.outlook import course_of
from daybreak.clinic.planning.outlook_drawings import days_words, of_hundred
from daybreak.clinic.planning.proposal import Proposal
from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.response.course import Course
from daybreak.pharmacology.response.trials import trial_rows
from daybreak.treatment import dose_templates
from daybreak.treatment.applicability import applies
from daybreak.treatment.dose_templates import Template
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.regimen import MINUTES_PER_HOUR, Dose
from daybreak.treatment.schedule import UnknownScheduleError, observation

ALTERNATIVES = 2
NO_RELIEF = "No chance of relief of pain is given: how people differ was measured in one trial, at one week."
_PROGRAMME = "Programme"  # the group of rules of a regulator's programme
Use = tuple[Drug, Route]


@dataclass(frozen=True, slots=True)
class Option:
    """One regimen for this person. `template` is None for the plan itself; `hours` None where no schedule is known.

    Attributes:
        hours: least time in the clinic over all sessions, dose and observation together.
        duties: what it asks for beyond any plan, each a few words.
    """

    proposal: Proposal
    template: Template | None
    course: Course | None
    no_course: str
    hours: float | None
    duties: tuple[str, ...]

    @property
    def drug_and_route(self) -> str:
        first = self.proposal.regimen.first
        return f"{first.drug.capitalize()} {first.route}"

    @property
    def doses_in_mg(self) -> str:
        return doses_in_mg(self.proposal)

    @property
    def weeks(self) -> int:
        days = (self.proposal.last_day - self.proposal.first_day).days
        return days // 7 + 1

    @property
    def chances(self) -> tuple[str, ...]:
        """Of response at 24 hours, at the end of induction and at 12 weeks; empty where there is no model."""
        return tuple(of_hundred(chance.response) for chance in self.course.chances.values()) if self.course else ()

    @property
    def induction(self) -> str:
        """How long after the first dose induction ends, in words: not the same for two plans."""
        return days_words(self.course.chances["end of induction"]) if self.course else ""

    @property
    def uses(self) -> frozenset[Use]:
        return frozenset((dose.drug, dose.route) for dose in self.proposal.regimen.doses)


def side_by_side(proposal: Proposal) -> tuple[Option, ...]:
    """This plan first, then the alternatives."""
    return (
        _option(proposal, None),
        *(_option(replace(proposal, regimen=each.regimen), each) for each in alternatives(proposal)),
    )


def alternatives(proposal: Proposal) -> tuple[Template, ...]:
    """Templates for the same indication and age, other drugs and routes first, one for each; then other regimens."""
    fitting = [
        template
        for template in dose_templates.templates(proposal.indication_id, jurisdiction=proposal.jurisdiction)
        if (template.age_from or 0) <= proposal.age_years and template.regimen != proposal.regimen
    ]
    # A template for an age from which on it holds goes before one for any adult.
    fitting.sort(key=lambda template: template.age_from is None)
    seen = {(dose.drug, dose.route) for dose in proposal.regimen.doses}
    other, same = [], []
    for template in fitting:
        use = (template.drug, template.route)
        (same if use in seen else other).append(template)
        seen.add(use)
    return tuple([*other, *same][:ALTERNATIVES])


def no_course_for_any(options: tuple[Option, ...]) -> str:
    """Why no response is predicted, where the same sentence holds for all of them; else empty."""
    sentences = {option.no_course for option in options}
    return sentences.pop() if len(sentences) == 1 else ""


def compared(options: tuple[Option, ...]) -> tuple[str, ...]:
    """For the plan and each alternative, whether a trial on file gave both, a sentence each."""
    plan, *others = options
    return tuple(dict.fromkeys(_compared(plan, other) for other in others))


def _compared(plan: Option, other: Option) -> str:
    pair = f"{plan.drug_and_route} and {other.drug_and_route}"
    if plan.uses == other.uses:
        return f"Two regimens of the same drug by the same route: {other.drug_and_route}."
    trials = dict.fromkeys(
        trial for trial, uses in _uses_by_trial().items() if plan.uses <= uses and other.uses <= uses
    )
    if trials:
        return f"{pair} were compared in {', '.join(trials)}."
    return f"{pair} were never compared in the same blinded trial that is on file here."


def _uses_by_trial() -> dict[str, set[Use]]:
    found: dict[str, set[Use]] = {}
    for row in trial_rows():
        doses = row.arm.regimen.doses if row.arm.regimen else ()
        found.setdefault(row.arm.trial, set()).update((dose.drug, dose.route) for dose in doses)
    return found


def _option(proposal: Proposal, template: Template | None) -> Option:
    course, sentence = None, ""
    try:
        course = None if proposal.is_for_pain else course_of(proposal)
        sentence = NO_RELIEF if proposal.is_for_pain else ""
    except KineticsError as error:
        sentence = str(error)
    return Option(
        proposal=proposal,
        template=template,
        course=course,
        no_course=sentence,
        hours=_hours(proposal),
        duties=tuple(_duties(proposal)),
    )


def _hours(proposal: Proposal) -> float | None:
    try:
        minutes = sum(_least_min(dose) for dose in proposal.regimen.doses)
    except UnknownScheduleError:
        return None
    return minutes / MINUTES_PER_HOUR


def _least_min(dose: Dose) -> float:
    least = observation(dose.drug, dose.route)
    return dose.duration_min + least.minutes if least.from_end else max(dose.duration_min, least.minutes)


def _duties(proposal: Proposal) -> Iterator[str]:
    if not proposal.labelled:
        yield "Consent names the off-label use"
    first = proposal.regimen.first
    for rule in rule_book().rules:
        if rule.group == _PROGRAMME and applies(rule.scope, first.drug, first.route, proposal.jurisdiction):
            yield rule.statement
