"""Findings: facts that bear on eligibility, and what they leave standing in the way of treatment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from daybreak.treatment.sources import Provenance

REASON_WORDS = 10  # a reason to go on against a limit that is shorter than this is not a reason; ours
LETTERS_OF_A_WORD = 2  # "a b c d" is no reason, and what counts as a word has so many letters; ours
FEWEST_LETTERS = 3  # any other reason says something from here on: "home", "typo", no letter or sign alone; ours


class State(StrEnum):
    """`met`: the criterion for treatment is satisfied. `unknown` is never shown as met or as not met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Effect(StrEnum):
    """What a criterion that is not met, or unknown, does: no way round; only with a written reason; shown."""

    BLOCK = "block"
    REASON = "reason"
    INFORM = "inform"


class Kind(StrEnum):
    """Whether a criterion asks for something to be there, or for something not to be."""

    REQUIREMENT = "requirement"
    EXCLUSION = "exclusion"


class Verdict(StrEnum):
    """A state as a reader is told it. A requirement is met or not; an exclusion, whose title names what must not be
    there, says what it means for treatment: "not met: psychosis" would read as "no psychosis".
    """

    AGAINST = "Against treatment"
    TO_BE_WEIGHED = "To be weighed"
    NOTHING_AGAINST = "Nothing against it"
    NOT_MET = "Not met"
    MET = "Met"
    UNKNOWN = "Unknown"
    NOT_APPLICABLE = "Does not apply"


def verdict(state: State, kind: Kind, effect: Effect) -> Verdict:
    """What a reader is told of a criterion in this state."""
    if state is State.UNKNOWN:
        return Verdict.UNKNOWN
    if state is State.NOT_APPLICABLE:
        return Verdict.NOT_APPLICABLE
    if kind is Kind.REQUIREMENT:
        return Verdict.MET if state is State.MET else Verdict.NOT_MET
    if state is State.MET:
        return Verdict.NOTHING_AGAINST
    return Verdict.TO_BE_WEIGHED if effect is Effect.INFORM else Verdict.AGAINST


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion for one person.

    Attributes:
        title: the criterion as its state says it: "No aneurysm" when met, "Aneurysm" when not met or unknown.
        value: what is known, when and from where, as a sentence without its full stop.
        effect: of this criterion for this drug, route, jurisdiction and setting, if it is not met or unknown.
        question: what to ask the clinician; None where an answer alone cannot settle it.
        resolve: what resolves it.
        recalled_parts: what of the rule is recalled although the rest was read.
    """

    rule_id: str
    group: str
    kind: Kind
    state: State
    title: str
    value: str
    effect: Effect
    severity: str
    question: str | None
    resolve: str
    provenance: Provenance
    recalled_parts: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The title on its own, outside a table that shows the state: "Unknown: arteriovenous malformation"."""
        if self.state is not State.UNKNOWN:
            return self.title
        first = self.title.split()[0]
        is_acronym = len(first) > 1 and first.isupper()
        return f"Unknown: {self.title if is_acronym else self.title[0].lower() + self.title[1:]}"

    @property
    def verdict(self) -> Verdict:
        return verdict(self.state, self.kind, self.effect)

    @property
    def stands_in_the_way(self) -> bool:
        """Whether treatment waits for something here: a way out, an answer or a reason."""
        return self.effect is not Effect.INFORM and self.state in (State.NOT_MET, State.UNKNOWN)


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Why may this person not be treated yet? What blocks first, then what needs a reason; not met before unknown."""
    order = [Effect.BLOCK, Effect.REASON]
    return tuple(
        sorted(
            (finding for finding in findings if finding.stands_in_the_way),
            key=lambda finding: (order.index(finding.effect), finding.state is State.UNKNOWN),
        )
    )


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that still stands in the way of a decision to treat, as a sentence for the prescriber."""

    finding: Finding
    sentence: str


def obstacles(findings: Iterable[Finding], reasons: Mapping[str, str]) -> tuple[Obstacle, ...]:
    """What still stands in the way of a decision to treat; empty when the prescriber may go on.

    Args:
        findings: everything `assess` found.
        reasons: the prescriber's reasons by rule id. A reason never lifts a block.
    """
    found = []
    for finding in refusals(findings):
        sentence = _obstacle(finding, reasons.get(finding.rule_id, ""))
        if sentence:
            found.append(Obstacle(finding, sentence))
    return tuple(found)


def _obstacle(finding: Finding, reason: str) -> str | None:
    if finding.effect is Effect.BLOCK:
        return f"{finding.headline}. No reason lifts this. {finding.resolve}"
    lacking = reason_lacks(reason)
    return lacking and f"{finding.headline}. {lacking}"


def says_too_little(reason: str) -> bool:
    """Whether a reason that need not be long is blank, a letter or a sign: nobody can read later what was meant."""
    return sum(map(str.isalpha, reason)) < FEWEST_LETTERS


def reason_lacks(reason: str) -> str | None:
    """What a written reason to go on still lacks, as a sentence; None when it stands."""
    words = sum(sum(map(str.isalpha, word)) >= LETTERS_OF_A_WORD for word in reason.split())
    if words >= REASON_WORDS:
        return None
    have = {0: "none", 1: "one"}.get(words, str(words))
    return f"Write the reason to go on, at least ten words. Yours has {have}."
