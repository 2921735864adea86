"""Where a form says something else than the record: beside the question, asked about when it is kept, on the paper."""

from collections.abc import Mapping
from dataclasses import dataclass

from daybreak.clinic.programme.filling import Filled
from daybreak.treatment.nasal_programme import Field, Form, Kind

# What is told in words may be told otherwise; a lot is a name, and must be that of the record.
_COMPARED_WORDS = frozenset({"lot"})
NO_EVENT = "no serious event"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One answer that is another than the record's."""

    field: Field
    answer: str
    held: str

    def __str__(self) -> str:
        return f"{self.field.label}: {self.answer or 'nothing'} here, {self.held} in the record."


def contradiction(field: Field, answer: str, holds: Filled) -> Contradiction | None:
    """Where an answer is another than the record's, or blank; None where they agree, or the record has none."""
    answer, held = answer.strip(), holds.answers.get(field.id, "")
    if field.id == "serious_event" and answer == "yes" and not held:
        held = NO_EVENT  # one that is only on the form is in nobody's worklist
    is_compared = field.kind is not Kind.WORDS or field.id in _COMPARED_WORDS
    if not is_compared or not held or same(field, answer, held):
        return None
    return Contradiction(field, answer, held)


def contradictions(form: Form, answers: Mapping[str, str], holds: Filled) -> tuple[Contradiction, ...]:
    """All of them, in the order of the form."""
    every = (contradiction(field, answers.get(field.id, ""), holds) for field in form.fields)
    return tuple(each for each in every if each is not None)


def ready_after_the_end(form: Form, answers: Mapping[str, str], holds: Filled) -> str:
    """That somebody would have been ready to leave later than monitoring ended, as a sentence: mostly a slip."""
    ready, end = answers.get("ready_min", ""), answers.get("duration_min") or holds.answers.get("duration_min", "")
    if not (ready.isdigit() and end.isdigit()) or int(ready) <= int(end):
        return ""
    label = next(field.label for field in form.fields if field.id == "ready_min")
    return f"{label}: {ready} here, later than the end of monitoring at {end}."


def same(field: Field, answer: str, held: str) -> bool:
    """Whether two answers to a question say the same."""
    if answer.casefold() == held.casefold():
        return True
    try:
        return field.kind in (Kind.DOSE, Kind.MINUTES) and float(answer) == float(held)
    except ValueError:
        return False
