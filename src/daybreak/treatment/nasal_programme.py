"""The restricted programme of esketamine nasal spray: where it applies, its deadlines, and the versions of its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.knowledge import load
from daybreak.treatment.recorded_codes import names_any
from daybreak.treatment.sources import Provenance, provenance

VERSIONS = ("monitoring-2021-11", "monitoring-current")
# The questions about a class of medicines, with the rule that lists names of it; such a list is not complete.
CLASSES = {"benzodiazepines": "DI002", "maoi": "DI005", "psychostimulants": "DI006"}


class Kind(StrEnum):
    """What an answer is: words, a day, yes or no, whole minutes, a pressure as 128/78, milligrams, one of a few."""

    WORDS = "words"
    DATE = "date"
    YES_NO = "yes_no"
    MINUTES = "minutes"
    PRESSURE = "pressure"
    DOSE = "dose"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `required` is None where it was not seen whether it is."""

    id: str
    label: str
    kind: Kind
    required: bool | None
    choices: tuple[str, ...] = ()
    note: str = ""

    def in_words(self, answer: str) -> str:
        """An answer as the form, which is a US one, writes it: days as 12/31/2026, "Yes", "Female"."""
        if self.kind in (Kind.YES_NO, Kind.CHOICE):
            return answer.capitalize()
        try:
            return f"{date.fromisoformat(answer):%m/%d/%Y}" if self.kind is Kind.DATE else answer
        except ValueError:
            return answer


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One version of the monitoring form, in its order. `printed` is None where the day of print was not seen."""

    version: str
    name: str
    printed: str | None
    sections: tuple[Section, ...]
    provenance: Provenance

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for section in self.sections for field in section.fields)

    def missing(self, answers: Mapping[str, str]) -> tuple[Field, ...]:
        """The required questions without an answer, in the order of the form."""
        return tuple(field for field in self.fields if field.required and not answers.get(field.id, "").strip())


def _programme() -> Any:
    return load("nasal_programme/programme.yaml")


def in_programme(drug: Drug, route: Route, jurisdiction: str) -> bool:
    """Whether a dose falls under the programme there."""
    return applies(_programme(), drug, route, jurisdiction)


def exists_in(jurisdiction: str) -> bool:
    """Whether a jurisdiction has the programme."""
    return jurisdiction in _programme()["in"]


def first_year() -> int:
    """The year in which the programme began."""
    return int(_programme()["begins"]["year"])


@cache
def rule(name: str) -> Provenance:
    """What stands behind one row: `form_due`, `event_due`, `site`, `patient`, `seriousness`, `monitoring_form` ...

    Raises:
        KeyError: for a row there is not.
    """
    return provenance(_programme()[name])


@cache
def contact(channel: str) -> str:
    """The programme's `phone`, `fax` or `portal`."""
    return str(_programme()[channel])


@cache
def seriousness() -> dict[str, str]:
    """What makes an event serious, in words by name."""
    return dict(_programme()["seriousness"]["choices"])


def form_due(treated_on: date) -> date:
    """The last day to send the form of a session."""
    return treated_on + timedelta(days=_programme()["form_due"]["calendar_days"])


def event_due(known_on: date) -> date:
    """The last day to report a serious event."""
    return known_on + timedelta(days=_programme()["event_due"]["calendar_days"])


def reminded_on(due_on: date) -> date:
    """The day a reminder of something due is raised."""
    return due_on - timedelta(days=_programme()["reminder"]["days_before"])


def current_form() -> Form:
    """The version a new record is made with."""
    return form(_programme()["monitoring_form"]["version"])


@cache
def form(version: str) -> Form:
    """One version of the monitoring form.

    Raises:
        KeyError: if there is no such version.
    """
    if version not in VERSIONS:
        raise KeyError(f"There is no version {version!r} of the form. Known: {', '.join(VERSIONS)}.")
    data = load(f"nasal_programme/{version}.yaml")
    sections = tuple(Section(row["title"], tuple(map(_field, row["fields"]))) for row in data["sections"])
    return Form(version, data["name"], data["printed"], sections, provenance(data))


@cache
def _names_of(question: str) -> tuple[str, ...]:
    return rule_book().rule(CLASSES[question]).medicines


def named_of_class(question: str, text: str) -> list[str]:
    """The medicines named in a text that belong to the class a question asks for, one of `CLASSES`."""
    return [name for name in _names_of(question) if names_any(text, [name])]


def _field(row: Mapping[str, Any]) -> Field:
    return Field(
        id=row["id"],
        label=row["label"],
        kind=Kind(row["kind"]),
        required=row["required"],
        choices=tuple(row.get("choices", ())),
        note=row.get("note", ""),
    )
