"""What follow-up tells the plan: a score a course may start from is a fact of the record as well."""

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import PatientFact, PatientFactKind
from daybreak.clinic.record.queries import PAIN_ON_AVERAGE
from daybreak.clinic.record.services import record_facts

_AVERAGE_PAIN_ITEM = "1"  # of PEG: pain on average in the past week


def tell_plan(measure: Measure, actor: Actor) -> None:
    """Keep the score with the person where the plan's model starts from one: a MADRS total, pain from 0 to 10.

    A corrected measure corrects its fact too; one whose right answers give no score leaves the wrong one corrected by a
    fact without a value.
    """
    code, value = _score(measure)
    wrong = _told(measure) if code and measure.corrects_id else None
    if code is None or (value is None and wrong is None):
        return
    fact = PatientFact(
        kind=PatientFactKind.SCORE,
        code=code,
        text=measure.scale.short_name,
        value=value,
        unit="{score}",
        occurred_at=measure.completed_at,
        source=_source(measure.pk),
        corrects=wrong,
        correction_reason=measure.correction_reason,
    )
    record_facts(measure.course.patient, [fact], actor)


def _score(measure: Measure) -> tuple[str | None, float | None]:
    match measure.instrument:
        case "MADRS" | "NRS":
            return measure.instrument, measure.total
        case "PEG":
            return PAIN_ON_AVERAGE, measure.answers.get(_AVERAGE_PAIN_ITEM)
    return None, None


def _told(measure: Measure) -> PatientFact | None:
    """What the measure that this one corrects has told."""
    facts = PatientFact.objects.filter(patient=measure.course.patient, kind=PatientFactKind.SCORE)
    return facts.filter(source=_source(measure.corrects_id)).first()


def _source(measure_id: object) -> str:
    return f"follow-up, measure {measure_id}"
