"""The findings as a page shows them: in groups, each with the answers it takes."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daybreak.clinic.record.models import PatientFact
from daybreak.clinic.screening.answers import Choices, choices, question
from daybreak.clinic.screening.queries import Review, rules
from daybreak.treatment.eligibility_rules import Rule
from daybreak.treatment.findings import Effect, Finding, State, Verdict, refusals
from daybreak.treatment.patient_facts import AnswerValue


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What was picked and typed for one rule and could not be saved."""

    picked: str = ""
    note: str = ""
    on: str = ""


NOTHING = Unsaved()


def unsaved(typed: Mapping[str, str], rule_id: str) -> Unsaved:
    """What a form that was sent says of one rule."""
    return Unsaved(*(typed.get(f"{rule_id}-{name}", "").strip() for name in ("value", "note", "on")))


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, what may be answered to it, what was, and what was not saved. `of_site`: it stands elsewhere."""

    finding: Finding
    question: str
    choices: Choices
    of_site: bool
    answered: PatientFact | None
    unsaved: Unsaved

    @property
    def has_unsaved(self) -> bool:
        return self.unsaved != NOTHING

    @property
    def is_open(self) -> bool:
        return self.finding.state in (State.NOT_MET, State.UNKNOWN)

    @property
    def asks(self) -> bool:
        """Whether the question stands open on the page; else it is asked, or its answer changed, behind a word."""
        in_the_way = self.finding.stands_in_the_way and self.finding.state is State.UNKNOWN
        return in_the_way and bool(self.choices)


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind, under their heading."""

    title: str
    rows: tuple[Row, ...]

    @property
    def takes_answers(self) -> bool:
        return any(row.choices for row in self.rows)


def _must_not_be_present(rule: Rule, finding: Finding) -> bool:
    return finding.effect is Effect.BLOCK and rule.met_when != AnswerValue.YES


def _is_asked_or_measured(rule: Rule, finding: Finding) -> bool:
    return finding.effect is not Effect.INFORM and (finding.severity == "check" or rule.met_when == AnswerValue.YES)


# The first that fits counts.
_GROUPS: tuple[tuple[str, Callable[[Rule, Finding], bool]], ...] = (
    ("Treatment resistance", lambda rule, finding: rule.evaluator == "resistance"),
    ("Must not be present", _must_not_be_present),
    ("To be asked or measured", _is_asked_or_measured),
    ("Needs a decision", lambda rule, finding: finding.effect is not Effect.INFORM),
    ("Informs only", lambda rule, finding: True),
)
_ORDER = (
    "Must not be present",
    "Needs a decision",
    "To be asked or measured",
    "Treatment resistance",
    "Informs only",
)


def groups(review: Review, typed: Mapping[str, str]) -> tuple[Group, ...]:
    """Every finding in its group; groups without one are left out. `typed` are answers that were not saved."""
    rows: dict[str, list[Row]] = {title: [] for title in _ORDER}
    for finding in review.findings:
        rule = rules()[finding.rule_id]
        title = next(title for title, fits in _GROUPS if fits(rule, finding))
        answered = review.answers.get(rule.id)
        asked = question(rule), choices(rule, review.request), rule.of_site
        rows[title].append(Row(finding, *asked, answered, unsaved(typed, rule.id)))
    return tuple(Group(title, tuple(found)) for title, found in rows.items() if found)


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What stands in the way: first what must be read, then what nobody has answered yet and a reason would lift."""

    first: tuple[Finding, ...]
    unasked: tuple[Finding, ...]

    @property
    def blocks(self) -> int:
        return sum(finding.effect is Effect.BLOCK for finding in self.first)

    @property
    def total(self) -> int:
        return len(self.first) + len(self.unasked)


def in_the_way(review: Review) -> InTheWay:
    """Why this person may not be treated yet."""
    found = refusals(review.findings)
    unasked = tuple(one for one in found if one.effect is Effect.REASON and one.state is State.UNKNOWN)
    return InTheWay(tuple(one for one in found if one not in unasked), unasked)


# In this order; each with the words for one and for several.
_COUNTED = {
    Verdict.AGAINST: ("against treatment", "against treatment"),
    Verdict.TO_BE_WEIGHED: ("to be weighed", "to be weighed"),
    Verdict.NOT_MET: ("requirement not met", "requirements not met"),
    Verdict.UNKNOWN: ("unknown", "unknown"),
    Verdict.NOTHING_AGAINST: ("with nothing against treatment", "with nothing against treatment"),
    Verdict.MET: ("requirement met", "requirements met"),
    Verdict.NOT_APPLICABLE: ("that does not apply", "that do not apply"),
}


def counts(review: Review) -> str:
    """How many findings stand how, in the words of the table: "1 against treatment, 30 unknown"."""
    found = Counter(one.verdict for one in review.findings)
    return ", ".join(f"{found[one]} {words[found[one] > 1]}" for one, words in _COUNTED.items() if found[one])
