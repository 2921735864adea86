"""What a proposal would change: its rows beside those they correct, and the results they touch, before and after."""

import csv
import io
from dataclasses import dataclass

from daybreak.clinic.evidence.answers import ChangeWords, computed, in_words
from daybreak.clinic.evidence.asking import active_words
from daybreak.clinic.evidence.editions import Edition, current_edition, edition_before
from daybreak.clinic.evidence.models import Proposal
from daybreak.evidence.additions import Addition, add, check
from daybreak.evidence.comparing import difference
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.pictures import title_of
from daybreak.evidence.questions import COMPARATORS, Question
from daybreak.evidence.rows import KEYS, rows_by_key
from daybreak.evidence.times import WINDOWS
from daybreak.evidence.trials import Kind, outcomes

MOST_QUESTIONS = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a proposed row. `was` is what it would replace; None in a new row."""

    name: str
    value: str
    was: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A proposed row: in a new one the cells that are filled, in a correction those that change."""

    table: str
    id: str
    is_new: bool
    cells: list[Cell]
    source: str


def rows(proposal: Proposal) -> list[Row]:
    """Every row of a proposal, held against the data it was or would be added to."""
    data = edition_before(proposal, current_edition(proposal.site)).data
    found = []
    for table, text in proposal.texts.items():
        old, of_table = rows_by_key(data, table), (proposal.were or {}).get(table, {})
        for row in csv.DictReader(io.StringIO(text)):
            key = tuple(row[part] for part in KEYS[table])
            name, was = " ".join(key), old.get(key)
            named = of_table.get(name, {} if was is None else was)
            cells = [
                Cell(column, value, None if was is None else was[column])
                for column, value in row.items()
                if column not in KEYS[table]
                and (value and column != "source" if was is None else column in named and value != was[column])
            ]
            source = row.get("source") or (was or {}).get("source", "")
            found.append(Row(table, name, was is None, cells, source))
    return found


@dataclass(frozen=True, slots=True)
class Consequence:
    """One answer that changes: what was asked, and before and after in words."""

    title: str
    words: ChangeWords | None
    trouble: str = ""


def consequences(proposal: Proposal) -> list[Consequence]:
    """The answers that change with a proposal, at most six, each before and after."""
    before: Edition = edition_before(proposal, current_edition(proposal.site))
    addition = check(before.data, proposal.texts, proposal.were)
    after = add(before.data, addition, version="with this proposal")
    found = []
    for question in _touched(after, addition):
        held, trouble = computed(lambda question=question: difference(before.data, after, question))
        if held is None:
            name = outcomes()[question.outcome].name
            found.append(Consequence(f"{name}, {active_words(f'{question.drug}/{question.route}')}", None, trouble))
        elif not held.is_none:
            found.append(Consequence(title_of(held.now), in_words(held)))
        if len(found) == MOST_QUESTIONS:
            break
    return found


def _touched(data: DataSet, addition: Addition) -> list[Question]:
    """The questions the proposed numbers belong to."""
    trials = {trial.id for trial in addition.trials} | {arm.trial for arm in addition.arms}
    numbers = [row for row in data.results if row.trial in trials] + list(addition.results)
    asked: dict[Question, None] = {}
    for row in numbers:
        if row.kind in (Kind.BASELINE, Kind.PEOPLE_ONLY):
            continue
        arms = {arm.id: arm for arm in data.arms_of(row.trial)}
        active = [
            arm for arm in arms.values() if arm.role == "active" and arm.against and row.arm in (arm.id, arm.against)
        ]
        time = next(
            (each.id for each in WINDOWS.values() if each.id not in ("any", "untimed") and each.holds(row.time_h)),
            "any",
        )
        for arm in active:
            control = arms[arm.against].drug
            comparator = "control" if control in COMPARATORS["control"] else control
            question = Question(
                indication=data.trials[row.trial].indication,
                outcome=row.outcome,
                drug=arm.drug,
                route=arm.route,
                comparator=comparator,
                time=time,
            )
            asked[question] = None
    return list(asked)
