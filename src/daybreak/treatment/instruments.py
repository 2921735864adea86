"""Rating scales as data: items, answers, ranges, rules, codes, and the licence that decides what is shown.

The files stand in `knowledge/instruments`, one per instrument. `scoring` turns answers into a score,
`response` compares two scores. An instrument whose wording may not be distributed is present without items:
a site rates it on its own licensed form and enters the total.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from daybreak.treatment import knowledge
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance


class InstrumentError(ValueError):
    """Answers or an instrument that cannot be used: the message is a sentence that says what and why."""


class Direction(StrEnum):
    """Which way is worse."""

    WORSE_HIGH = "worse_high"
    BETTER_HIGH = "better_high"


class Method(StrEnum):
    """How the items make the total."""

    SUM = "sum"
    MEAN = "mean"


class ChangeKind(StrEnum):
    """`reliable`: more than measurement error. `important`: the smallest change that matters to people."""

    RELIABLE = "reliable"
    IMPORTANT = "important"


@dataclass(frozen=True, slots=True)
class Licence:
    """What the owner allows. `notice` is printed wherever the wording is shown."""

    terms: str
    ships_wording: bool
    notice: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One possible answer. `text` is empty where the number speaks for itself; `loinc` is its LA code."""

    value: int
    text: str
    loinc: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One question, its answers in ascending order of value. An unscored item is not part of the total."""

    number: int
    text: str
    options: tuple[AnswerOption, ...]
    scored: bool
    loinc: str | None

    @property
    def minimum(self) -> int:
        return self.options[0].value

    @property
    def maximum(self) -> int:
        return self.options[-1].value


@dataclass(frozen=True, slots=True)
class Codes:
    """LOINC codes of the panel and the total; None where none is established."""

    panel: str | None
    total: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Cluster:
    """A named group of items, for example criterion B of the PCL-5."""

    id: str
    name: str
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What every rule carries: an id that is stored with results, its meaning, and where it comes from."""

    id: str
    meaning: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MissingRule(Rule):
    """Up to `allowed` missing items count as the mean of those answered; more leave no total."""

    allowed: int


@dataclass(frozen=True, slots=True)
class Bands(Rule):
    """Severity bands by the lowest total of each, ascending. A total belongs to the last band it reaches."""

    lowest: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class CutPoint(Rule):
    """A limit on the total, for one sex where `sex` is set ("female" or "male")."""

    at_least: float | None
    at_most: float | None
    sex: str | None


@dataclass(frozen=True, slots=True)
class SymptomPattern(Rule):
    """So many items of each cluster rated at `endorsed_at` or more."""

    endorsed_at: int
    needs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class AlertRule(Rule):
    """An answer of `at_least` or more to `item` opens the suicide pathway, unscreened as yet."""

    item: int
    at_least: int


@dataclass(frozen=True, slots=True)
class ResponseRule(Rule):
    """Improvement from baseline, by percent of the baseline or by points."""

    fall_percent: float | None
    fall_points: float | None


@dataclass(frozen=True, slots=True)
class RemissionRule(Rule):
    """A total below, or at most, a limit."""

    below: float | None
    at_most: float | None


@dataclass(frozen=True, slots=True)
class ChangeRule(Rule):
    """A change of `points` or more in either direction is reliable, or important."""

    points: float
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class RelapseRule(Rule):
    """A total of `at_least` at `consecutive` assessments in a row, after a response."""

    at_least: float
    consecutive: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """One rating scale. Where there are several rules of a kind the first is the default."""

    id: str
    name: str
    short_name: str
    version: str
    domain: str
    respondent: str
    recall: str
    minutes: int
    direction: Direction
    method: Method
    minimum: float
    maximum: float
    range_provenance: Provenance
    limits: str
    licence: Licence
    wording: Provenance | None
    instruction: str
    items: tuple[Item, ...]
    codes: Codes
    missing: MissingRule
    bands: Bands | None
    clusters: tuple[Cluster, ...]
    criteria: tuple[CutPoint | SymptomPattern, ...]
    alerts: tuple[AlertRule, ...]
    response: tuple[ResponseRule, ...]
    remission: tuple[RemissionRule, ...]
    change: tuple[ChangeRule, ...]
    relapse: tuple[RelapseRule, ...]
    schedule: tuple[str, ...]

    @property
    def scored_items(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.scored)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the instrument, for a page or a table that lists them with their sources."""
        bands = (self.bands,) if self.bands else ()
        return (
            *(self.missing, *bands, *self.criteria, *self.alerts),
            *(*self.response, *self.remission, *self.change, *self.relapse),
        )


@cache
def all_instruments() -> Mapping[str, Instrument]:
    """Every instrument by id, in order of id.

    Raises:
        InstrumentError: if a file carries wording that its licence forbids.
    """
    folder = files(knowledge).joinpath("instruments")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    found = (read_instrument(load(f"instruments/{name}")) for name in names)
    return {each.id: each for each in found}


def instrument(identifier: str) -> Instrument:
    """The instrument with this id, for example `instrument("PHQ9")`.

    Raises:
        InstrumentError: if there is none.
    """
    try:
        return all_instruments()[identifier]
    except KeyError:
        known = ", ".join(all_instruments())
        raise InstrumentError(f"There is no instrument {identifier!r}. Choose one of {known}.") from None


def read_instrument(row: Mapping[str, Any]) -> Instrument:
    """An instrument from one data file.

    Raises:
        InstrumentError: if the file carries wording that its licence forbids.
    """
    licence = Licence(
        terms=row["licence"]["terms"],
        ships_wording=row["licence"]["ship_wording"] in ("yes", "yes_with_notice"),
        notice=row["licence"]["notice"],
        provenance=provenance(row["licence"]),
    )
    if not licence.ships_wording and (row["items"] or row.get("instruction") or row.get("answers")):
        raise InstrumentError(
            f"The licence of {row['id']} ({licence.terms}) does not allow its wording to be distributed. "
            "Remove items, answers and instruction from its file."
        )
    return Instrument(
        id=row["id"],
        name=row["name"],
        short_name=row["short_name"],
        version=row["version"],
        domain=row["domain"],
        respondent=row["respondent"],
        recall=row["recall"],
        minutes=row["minutes"],
        direction=Direction(row["direction"]),
        method=Method(row["total"]["method"]),
        minimum=row["total"]["range"][0],
        maximum=row["total"]["range"][1],
        range_provenance=provenance(row["total"]),
        limits=row.get("limits", ""),
        licence=licence,
        wording=provenance(row["wording"]) if licence.ships_wording else None,
        instruction=row.get("instruction", ""),
        items=tuple(_item(each, row) for each in row["items"]),
        codes=Codes(row["codes"]["panel"], row["codes"]["total"], provenance(row["codes"])),
        missing=MissingRule(**_common(row["missing"]), allowed=row["missing"]["allowed"]),
        bands=_bands(row["bands"]) if "bands" in row else None,
        clusters=tuple(Cluster(k, v["name"], tuple(v["items"])) for k, v in row.get("clusters", {}).items()),
        criteria=tuple(_criterion(each) for each in row.get("criteria", ())),
        alerts=tuple(_alert(each) for each in row.get("alerts", ())),
        response=tuple(
            ResponseRule(**_common(r), fall_percent=r.get("fall_percent"), fall_points=r.get("fall_points"))
            for r in row.get("response", ())
        ),
        remission=tuple(
            RemissionRule(**_common(r), below=r.get("below"), at_most=r.get("at_most"))
            for r in row.get("remission", ())
        ),
        change=tuple(
            ChangeRule(**_common(r), points=r["points"], kind=ChangeKind(r["kind"])) for r in row.get("change", ())
        ),
        relapse=tuple(
            RelapseRule(**_common(r), at_least=r["at_least"], consecutive=r["consecutive"])
            for r in row.get("relapse", ())
        ),
        schedule=tuple(row["schedule"]),
    )


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "meaning": row["meaning"], "provenance": provenance(row)}


def _item(row: Mapping[str, Any], shared: Mapping[str, Any]) -> Item:
    """An item may bring its own answers; else it takes those the whole instrument shares."""
    own = row if "answers" in row else shared
    codes = own.get("answer_codes", {})
    return Item(
        number=row["number"],
        text=row["text"],
        options=tuple(AnswerOption(v, text, codes.get(v)) for v, text in sorted(own["answers"].items())),
        scored=row.get("scored", True),
        loinc=row.get("code"),
    )


def _bands(row: Mapping[str, Any]) -> Bands:
    meaning = ", ".join(f"{name} from {lowest}" for name, lowest in row["from"].items())
    return Bands(row["id"], meaning, provenance(row), lowest=tuple(row["from"].items()))


def _criterion(row: Mapping[str, Any]) -> CutPoint | SymptomPattern:
    if "needs" in row:
        needs = tuple(row["needs"].items())
        return SymptomPattern(**_common(row), endorsed_at=row["endorsed_at"], needs=needs)
    return CutPoint(**_common(row), at_least=row.get("at_least"), at_most=row.get("at_most"), sex=row.get("sex"))


def _alert(row: Mapping[str, Any]) -> AlertRule:
    return AlertRule(**_common(row), item=row["item"], at_least=row["at_least"])
