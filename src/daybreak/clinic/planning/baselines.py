"""The score a person starts from: the newest on file before the first dose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from daybreak.clinic.record.models import PatientFact, PatientFactKind
from daybreak.clinic.record.queries import PAIN_ON_AVERAGE
from daybreak.treatment.eligibility_rules import rule_book

MADRS = ("MADRS",)
PAIN = ("NRS", PAIN_ON_AVERAGE)
_WORDS = {"MADRS": "MADRS", "NRS": "pain right now", PAIN_ON_AVERAGE: "pain on average in the week before (PEG)"}


@dataclass(frozen=True, slots=True)
class Baseline:
    """A score before the first dose. `rated_on` is None for one that was only written to draw with.

    `is_old`: rated longer before the first day than the rules take a score for; shown, and not computed with.
    """

    value: float
    rated_on: date | None = None
    words: str = ""
    is_old: bool = False

    @property
    def allowed_days(self) -> float:
        """From how many days on a score is old."""
        return score_age_max_days()


def score_age_max_days() -> float:
    """For how long the eligibility rules take a score as that of today."""
    return rule_book().recency_days["scores"]


def score_among(facts: Iterable[PatientFact], codes: tuple[str, ...], first_day: date) -> Baseline | None:
    """The newest score with one of these codes among facts that run from the newest, rated by the first day."""
    for fact in facts:
        if fact.kind != PatientFactKind.SCORE or fact.code not in codes or not fact.value or fact.occurred_at is None:
            continue
        rated_on = timezone.localdate(fact.occurred_at)
        if rated_on <= first_day:
            is_old = (first_day - rated_on).days > score_age_max_days()
            return Baseline(fact.value, rated_on, _WORDS[fact.code], is_old)
    return None
