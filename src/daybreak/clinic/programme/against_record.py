"""Where a form says something else than the record: beside the question, asked about when it is kept, on the paper."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from daybreak.clinic.pharmacy.queries import reads_as
from daybreak.clinic.programme.filling import Filled
from daybreak.treatment.nasal_programme import CLASSES, Field, Form, Kind, named_of_class

# What is told in words may be told otherwise; a lot and a person have a name, and it must be that of the record.
_COMPARED_WORDS = frozenset({"lot", "given_name", "family_name"})
NO_EVENT = "no serious event"
# Words that tell of no event. Ours.
_TELLS_NOTHING = frozenset({
    "", "no", "none", "none reported", "nil", "na", "n/a", "nothing", "not applicable", "no event", "no events",
    NO_EVENT, "no serious events", "no serious adverse event", "no serious adverse events",
})  # fmt: skip
_OF_THE_END = frozenset({"duration_min", "ready_min", "pressure_end", "vitals_after"})  # nobody knows it before
_AT_40 = 40  # minutes, as the form asks for that pressure
_LOWEST = re.compile(r"\blowest\D{0,30}?(\d{2,3})\b", re.IGNORECASE)
_SHOWN = 80  # letters of what was told, in a sentence


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One answer that is another than the record's."""

    field: Field
    answer: str
    held: str

    def __str__(self) -> str:
        return f"{self.field.label}: {self.answer or 'nothing'} here, {self.held} in the record."


def contradiction(field: Field, answer: str, holds: Filled) -> Contradiction | None:
    """Where an answer is another than the record's, or blank, or cannot be true beside what the record has; None where
    they agree, or the record has nothing."""
    answer, held = answer.strip(), holds.answers.get(field.id, "")
    if field.id == "serious_event" and answer == "yes" and not held:
        held = NO_EVENT  # one that is only on the form is in nobody's worklist
    if answer and not held and (other := ruled_out(field.id, answer, holds)):
        return Contradiction(field, answer, other)
    if field.id == "pulse_oximetry" and _lowest(answer) != _lowest(held) and _lowest(answer) and held:
        return Contradiction(field, answer, held)
    is_compared = field.kind is not Kind.WORDS or field.id in _COMPARED_WORDS
    if not is_compared or not held or same(field, answer, held):
        return None
    return Contradiction(field, answer, held)


def ruled_out(question: str, answer: str, holds: Filled) -> str:
    """What in the record an answer cannot be true beside, where the record has none to the question; else empty."""
    end = holds.answers.get("duration_min")
    if question in _OF_THE_END and not end:
        return "no leaving"
    if question == "ready_min" and end and answer.isdigit() and int(answer) > int(end):
        return _watched(int(end))
    if question == "vitals_after" and answer == "yes" and holds.open_at_leaving:
        return f"{'; '.join(holds.open_at_leaving)}, open at leaving"
    if question == "pressure_40" and holds.watched_min is not None and holds.watched_min < _AT_40:
        return _watched(holds.watched_min)
    return ""


def _watched(minutes: int) -> str:
    return f"{minutes} minute{'' if minutes == 1 else 's'} watched"


def _lowest(told: str) -> str:
    """The number that is called the lowest, in words about oxygen."""
    found = _LOWEST.search(told)
    return found[1] if found else ""


def contradictions(form: Form, answers: Mapping[str, str], holds: Filled) -> tuple[Contradiction, ...]:
    """All of them, in the order of the form."""
    every = (contradiction(field, answers.get(field.id, ""), holds) for field in form.fields)
    return tuple(each for each in every if each is not None)


def odd_together(form: Form, answers: Mapping[str, str], holds: Filled) -> tuple[str, ...]:
    """What of a form contradicts itself, as sentences; where the record says it already, not once more."""
    labels = {field.id: field.label for field in form.fields}
    odd = (*_denied_classes(answers, labels), _ready_after_the_end(answers, holds, labels))
    return tuple(filter(None, (_denied_event(answers, holds, labels), *odd)))


def _denied_event(answers: Mapping[str, str], holds: Filled, labels: Mapping[str, str]) -> str:
    """That there was no serious event, beside words about one."""
    told = " ".join(answers.get("serious_event_words", "").split())
    is_told = told.strip(" .-").casefold() not in _TELLS_NOTHING
    if answers.get("serious_event") != "no" or not is_told or holds.answers.get("serious_event"):
        return ""
    shown = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"
    return f"{labels['serious_event']}: no here, although it is told what happened: “{shown}”."


def _denied_classes(answers: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[str]:
    """That no medicine of a class is taken, where one of it is named among the others."""
    for question in CLASSES:
        named = named_of_class(question, answers.get("other_medicines", ""))
        if named and answers.get(question) == "no":
            verb = "is" if len(named) == 1 else "are"
            yield f"{labels[question]}: no here, although {', '.join(named)} {verb} named among the other medicines."


def _ready_after_the_end(answers: Mapping[str, str], holds: Filled, labels: Mapping[str, str]) -> str:
    """That somebody would have been ready to leave later than monitoring ended, as the form has it: mostly a slip."""
    ready, end = answers.get("ready_min", ""), answers.get("duration_min", "")
    if not (ready.isdigit() and end.isdigit()) or int(ready) <= int(end) or ruled_out("ready_min", ready, holds):
        return ""
    return f"{labels['ready_min']}: {ready} here, later than the end of monitoring at {end}."


def same(field: Field, answer: str, held: str) -> bool:
    """Whether two answers to a question say the same."""
    if " ".join(answer.split()).casefold() == " ".join(held.split()).casefold():
        return True
    if field.id == "lot":
        return _same_lots(answer, held)
    try:
        return field.kind in (Kind.DOSE, Kind.MINUTES) and float(answer) == float(held)
    except ValueError:
        return False


def _same_lots(answer: str, held: str) -> bool:
    """Whether each lot of one is read in one of the other: as typed at the device, or by its own number."""
    one, other = ([each for each in said.split(",") if each.strip()] for said in (answer, held))

    def is_in(lot: str, others: Iterable[str]) -> bool:
        return any(reads_as(lot, each) or reads_as(each, lot) for each in others)

    return all(is_in(each, other) for each in one) and all(is_in(each, one) for each in other)
