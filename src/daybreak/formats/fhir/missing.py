"""What a referral should hold and this one lacks: prompts to ask, not rules."""

from collections.abc import Sequence
from datetime import date

from daybreak.formats.fhir.understood import Allergy, Medicine, Person, Score, VitalSign
from daybreak.treatment.vitals import Vital

RECENT_DAYS = 90  # ours: older readings are asked for again


def what_is_missing(
    person: Person,
    medicines: Sequence[Medicine],
    allergies: Sequence[Allergy] | None,
    vitals: Sequence[VitalSign],
    scores: Sequence[Score],
) -> tuple[str, ...]:
    """One sentence for each gap."""
    gaps = []
    if person.birth_date is None:
        gaps.append("No full birth date was sent.")
    if person.sex not in ("male", "female", "other"):
        gaps.append("No sex was sent.")
    if not person.phone:
        gaps.append("No phone number was sent.")
    if allergies is None:
        gaps.append("Allergies are not recorded: nothing was sent, which does not mean that there are none.")
    if not medicines:
        gaps.append("No medicines were sent, which does not mean that none are taken.")
    if not any(score.instrument == "PHQ9" for score in scores):
        gaps.append("No PHQ-9 total was sent.")
    gaps.extend(_not_recent("blood pressure", Vital.SYSTOLIC, vitals))
    gaps.extend(_not_recent("body weight", Vital.WEIGHT, vitals))
    return tuple(gaps)


def _not_recent(name: str, vital: Vital, vitals: Sequence[VitalSign]) -> list[str]:
    newest: tuple[int, date] | None = min(
        ((reading.age_days, reading.when.day) for reading in vitals if reading.vital is vital), default=None
    )
    if newest is None:
        return [f"No {name} was sent."]
    age_days, day = newest
    if age_days <= RECENT_DAYS:
        return []
    return [f"No {name} of the last {RECENT_DAYS} days: the newest is of {day}, {age_days:,} days ago."]
