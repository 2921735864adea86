"""From answers to a score: total, band, criteria, alerts, and a sentence that says how it came about.

A missing answer is never counted as zero. Where the instrument's own rule allows it, missing items take the
mean of the answered ones and the score says so; otherwise there is no total.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from daybreak.treatment.instruments import (
    AlertRule,
    Bands,
    CutPoint,
    Instrument,
    InstrumentError,
    Item,
    Method,
    Rule,
    SymptomPattern,
)
from daybreak.treatment.suicide_pathway import Pathway, Risk, pathway

SEXES = ("female", "male")


@dataclass(frozen=True, slots=True)
class Alert:
    """An item answer that a named person must act on, as the pathway says.

    `value` is None when the item was not answered: then nothing is known, and someone should ask.
    """

    rule: AlertRule
    value: int | None

    @property
    def pathway(self) -> Pathway:
        """What is done and by when: `alert.pathway.due_at(raised_at)`."""
        return pathway(Risk.UNSCREENED)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Whether a published criterion is met; None when the missing answers leave it open."""

    rule: Rule
    met: bool | None


@dataclass(frozen=True, slots=True)
class Score:
    """One scored copy of an instrument.

    `total` is None when too much is missing. `rule_id` is the rule for missing items that was applied.
    `missing` holds the numbers of scored items without an answer. `subscores` is in the order of the
    instrument's clusters, None for a cluster with a missing item.
    """

    instrument_id: str
    total: float | None
    answered: int
    missing: tuple[int, ...]
    prorated: bool
    band: str | None
    rule_id: str
    alerts: tuple[Alert, ...]
    criteria: tuple[Criterion, ...]
    subscores: tuple[tuple[str, float | None], ...]
    explanation: str


def score(instrument: Instrument, answers: Mapping[int, int | None], *, sex: str | None = None) -> Score:
    """The score of these answers, given by item number. An item that is absent or None was not answered.

    With `sex` "female" or "male" only the cut-points for that sex are shown; with anything else, all of them.

    Raises:
        InstrumentError: for an unknown item, a value that is no answer to its item, or an instrument whose
            items are not part of Daybreak.
    """
    if not instrument.items:
        raise InstrumentError(
            f"The items of {instrument.short_name} may not be distributed. Enter the total from your form."
        )
    given = _checked(instrument, answers)
    scored = [item.number for item in instrument.scored_items]
    counted = {number: given[number] for number in scored if number in given}
    missing = tuple(number for number in scored if number not in counted)
    total = _total(instrument, counted, len(missing))
    return Score(
        instrument_id=instrument.id,
        total=total,
        answered=len(counted),
        missing=missing,
        prorated=bool(missing) and total is not None,
        band=band(instrument.bands, total),
        rule_id=instrument.missing.id,
        alerts=_alerts(instrument, counted),
        criteria=_criteria(instrument, total, counted, sex),
        subscores=_subscores(instrument, counted),
        explanation=_explanation(instrument, total, missing),
    )


def recorded_total(instrument: Instrument, total: float, *, sex: str | None = None) -> Score:
    """A total that came without its answers: from a licensed form, an older record, another system.

    It raises no alert and excludes none, for the answers are not known.

    Raises:
        InstrumentError: if the total lies outside the instrument's range.
    """
    check_total(instrument, total)
    return Score(
        instrument_id=instrument.id,
        total=float(total),
        answered=0,
        missing=tuple(item.number for item in instrument.scored_items),
        prorated=False,
        band=band(instrument.bands, total),
        rule_id=f"{instrument.id}-RECORDED",
        alerts=(),
        criteria=_criteria(instrument, total, {}, sex),
        subscores=tuple((cluster.id, None) for cluster in instrument.clusters),
        explanation=f"{_stated(instrument, total)}; entered as a total, the answers are not known.",
    )


def check_total(instrument: Instrument, total: float) -> None:
    """Raises InstrumentError if this is no total of the instrument."""
    if not instrument.minimum <= total <= instrument.maximum:  # also catches what is not a number
        raise InstrumentError(
            f"{instrument.short_name} has totals from {instrument.minimum:g} to {instrument.maximum:g}; "
            f"{total:g} is none of them. Check the form."
        )


def band(bands: Bands | None, total: float | None) -> str | None:
    """The name of the last band this total reaches; None without bands or without a total."""
    if bands is None or total is None:
        return None
    return [name for name, lowest in bands.lowest if lowest <= total][-1]


def _checked(instrument: Instrument, answers: Mapping[int, int | None]) -> dict[int, int]:
    items = {item.number: item for item in instrument.items}
    for number, value in answers.items():
        if number not in items:
            raise InstrumentError(f"{instrument.short_name} has no item {number}; its items are 1 to {max(items)}.")
        if value is not None:
            _check_answer(instrument, items[number], value)
    return {number: value for number, value in answers.items() if value is not None}


def _check_answer(instrument: Instrument, item: Item, value: int) -> None:
    allowed = [option.value for option in item.options]
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise InstrumentError(
            f"{value!r} is no answer to item {item.number} of {instrument.short_name}. "
            f"Give a whole number from {item.minimum} to {item.maximum}, or leave it out."
        )


def _total(instrument: Instrument, counted: Mapping[int, int], missing: int) -> float | None:
    if not counted or missing > instrument.missing.allowed:
        return None
    items = len(counted) + missing
    total = sum(counted.values()) * items / len(counted)
    return total / items if instrument.method is Method.MEAN else total


def _alerts(instrument: Instrument, counted: Mapping[int, int]) -> tuple[Alert, ...]:
    found = (Alert(rule, counted.get(rule.item)) for rule in instrument.alerts)
    return tuple(alert for alert in found if alert.value is None or alert.value >= alert.rule.at_least)


def _criteria(
    instrument: Instrument, total: float | None, counted: Mapping[int, int], sex: str | None
) -> tuple[Criterion, ...]:
    result = []
    for rule in instrument.criteria:
        if isinstance(rule, SymptomPattern):
            result.append(Criterion(rule, _pattern_met(instrument, rule, counted)))
        elif rule.sex in (None, sex) or sex not in SEXES:
            result.append(Criterion(rule, _cut_met(rule, total)))
    return tuple(result)


def _cut_met(rule: CutPoint, total: float | None) -> bool | None:
    if total is None:
        return None
    return (rule.at_least is None or total >= rule.at_least) and (rule.at_most is None or total <= rule.at_most)


def _pattern_met(instrument: Instrument, rule: SymptomPattern, counted: Mapping[int, int]) -> bool | None:
    """True or False only where no answer to the missing items could change it."""
    clusters = {cluster.id: cluster.items for cluster in instrument.clusters}
    certain = possible = True
    for cluster_id, needed in rule.needs:
        items = clusters[cluster_id]
        endorsed = sum(counted.get(number, -1) >= rule.endorsed_at for number in items)
        unknown = sum(number not in counted for number in items)
        certain = certain and endorsed >= needed
        possible = possible and endorsed + unknown >= needed
    return certain if certain or not possible else None


def _subscores(instrument: Instrument, counted: Mapping[int, int]) -> tuple[tuple[str, float | None], ...]:
    return tuple(
        (
            cluster.id,
            float(sum(counted[n] for n in cluster.items)) if set(cluster.items) <= set(counted) else None,
        )
        for cluster in instrument.clusters
    )


def _explanation(instrument: Instrument, total: float | None, missing: tuple[int, ...]) -> str:
    items = len(instrument.scored_items)
    gap = f"{_listed(missing)} {'was' if len(missing) == 1 else 'were'} not answered"
    if total is None:
        allowed = instrument.missing.allowed
        rule = f"at most {allowed} may be missing" if allowed else "every item is needed"
        return f"{instrument.short_name} has no total: {gap}; {rule}."
    stated = _stated(instrument, total)
    if missing:
        return f"{stated}; prorated from {items - len(missing)} of {items} items, {gap}."
    return f"{stated}; {items} of {items} items answered."


def _stated(instrument: Instrument, total: float) -> str:
    name = band(instrument.bands, total)
    ending = f", {name}" if name else ""
    return f"{instrument.short_name} total {round(total, 1):g} of {instrument.maximum:g}{ending}"


def _listed(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 1:
        return f"item {numbers[0]}"
    return f"items {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}" if numbers else ""
