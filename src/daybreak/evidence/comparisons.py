"""From the rows of one trial to one effect for one question: which rows, which arms, which control."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isclose, sqrt
from typing import Literal

from daybreak.evidence.effects import (
    Counts,
    Effect,
    EffectMeasure,
    Means,
    NotEnough,
    combine_arms,
    combine_contrasts,
    combine_counts,
    combine_strata,
    hedges_g,
    mean_difference,
    odds_ratio,
    paired_hedges_g,
    paired_mean_difference,
    printed,
    risk_difference,
    risk_ratio,
    standardised,
)
from daybreak.evidence.trials import Arm, Design, Kind, Measure, Result, Sample, Trial

Prefer = Literal["arms", "printed"]

# What may stand for a trial, in this order. Subgroups, single cells, later periods and open phases never do.
USABLE_SAMPLES = (Sample.WHOLE, Sample.ARMS_TOGETHER, Sample.FIRST_PERIOD, Sample.OTHER_ANALYSIS)
_KINDS = (Kind.CHANGE, Kind.ENDPOINT, Kind.EVENTS)
_SAME_MEASURE = {
    EffectMeasure.MEAN_DIFFERENCE: Measure.MEAN_DIFFERENCE,
    EffectMeasure.HEDGES_G: Measure.HEDGES_G,
    EffectMeasure.ODDS_RATIO: Measure.ODDS_RATIO,
    EffectMeasure.RISK_RATIO: Measure.RISK_RATIO,
    EffectMeasure.HAZARD_RATIO: Measure.HAZARD_RATIO,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """An active arm's row and its control's, about the same outcome at the same time. `control` may be unprinted."""

    active: Result
    control: Result | None
    active_arm: Arm
    control_arm: Arm


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One trial's effect and the rows it rests on. `tables`: events against each control, none where not printed."""

    trial: Trial
    effect: Effect
    rows: tuple[Result, ...]
    time_h: float | None
    scale: str
    active: str
    control: str
    control_drug: str
    people: int | None
    tables: tuple[tuple[Counts, Counts], ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the numbers were read, each once."""
        return tuple(dict.fromkeys(row.source for row in self.rows if row.source))


def pairs(rows: Sequence[Result], arms: Iterable[Arm]) -> Iterator[Pair]:
    """Every active row of these with its control's row, where the arm has a control."""
    by_id = {arm.id: arm for arm in arms}
    for row in rows:
        arm = by_id[row.arm]
        if arm.role != "active" or not arm.against:
            continue
        yield Pair(row, _control_row(row, arm.against, rows), arm, by_id[arm.against])


def _control_row(row: Result, against: str, rows: Sequence[Result]) -> Result | None:
    """The control's row: the same words, kind and time; else one that at least says how many people."""
    same_time = [
        other for other in rows if other.arm == against and other.outcome == row.outcome and other.time_h == row.time_h
    ]
    exact = [
        other
        for other in same_time
        if other.kind is row.kind and other.outcome_words == row.outcome_words and other.sample is row.sample
    ]
    people_only = [other for other in same_time if other.kind is Kind.PEOPLE_ONLY]
    return next(iter([*exact, *people_only]), None)


def best_group(candidates: Sequence[Pair], *, meant_h: float, scales_first: Sequence[str] = ()) -> Iterator[list[Pair]]:
    """Groups of pairs that are about the same thing, the one to use first: whole sample, nearest time, best scale."""
    groups: dict[tuple[object, ...], list[Pair]] = {}
    for pair in candidates:
        row = pair.active
        groups.setdefault((row.sample, row.time_h, row.kind, row.outcome_words, row.scale), []).append(pair)

    def rank(group: list[Pair]) -> tuple[float, ...]:
        row = group[0].active
        place = scales_first.index(row.scale) if row.scale in scales_first else len(scales_first)
        distance = 0.0 if row.time_h is None else abs(row.time_h - meant_h)
        return (USABLE_SAMPLES.index(row.sample), distance, place, _KINDS.index(row.kind))

    usable = [
        group
        for group in groups.values()
        if group[0].active.sample in USABLE_SAMPLES and group[0].active.kind in _KINDS
    ]
    yield from sorted(usable, key=rank)


def compare(
    trial: Trial,
    group: Sequence[Pair],
    measure: EffectMeasure,
    *,
    prefer: Prefer = "arms",
    within_person_correlation: float = 0.0,
) -> Comparison:
    """One effect from pairs about the same outcome, time and sample; several arms never count a control twice.

    Args:
        prefer: the arms' own numbers, or the difference the report prints; the other where the first lacks.
        within_person_correlation: of a crossover's two values where no paired difference is printed.

    Raises:
        NotEnough: when the rows do not give this effect; the sentence says what is missing.
    """
    by_control: dict[str, list[Pair]] = {}
    for pair in group:
        by_control.setdefault(pair.control_arm.id, []).append(pair)
    effects = [
        _against_one_control(trial, of_control, measure, prefer, within_person_correlation)
        for of_control in by_control.values()
    ]
    effect = effects[0] if len(effects) == 1 else combine_strata(effects)
    first = group[0]
    rows = dict.fromkeys(row for pair in group for row in (pair.active, pair.control) if row is not None)
    return Comparison(
        trial=trial,
        effect=effect,
        rows=tuple(rows),
        time_h=first.active.time_h,
        scale=first.active.scale,
        active=" + ".join(dict.fromkeys(pair.active_arm.label for pair in group)),
        control=" + ".join(dict.fromkeys(pair.control_arm.label for pair in group)),
        control_drug=first.control_arm.drug,
        people=effect.people if effect.people is not None else _people(trial, group),
        tables=_tables(by_control.values()),
    )


def _against_one_control(
    trial: Trial, group: Sequence[Pair], measure: EffectMeasure, prefer: Prefer, correlation: float
) -> Effect:
    paired = trial.design is Design.CROSSOVER and group[0].active.sample is Sample.WHOLE
    ways: list[Callable[[], Effect]] = [
        lambda: _from_arms(group, measure, paired=paired, correlation=correlation),
        lambda: _from_print(group, measure),
    ]
    if prefer == "printed" or paired:
        ways.reverse()
    missing = []
    for way in ways:
        try:
            return way()
        except NotEnough as reason:
            missing.append(str(reason))
    raise NotEnough(" ".join(dict.fromkeys(missing)))


def _from_arms(group: Sequence[Pair], measure: EffectMeasure, *, paired: bool, correlation: float) -> Effect:
    control_row = group[0].control
    if control_row is None or control_row.kind is Kind.PEOPLE_ONLY:
        raise NotEnough("The control's numbers are not printed.")
    if group[0].active.kind is Kind.EVENTS:
        return _from_events(group, measure, paired=paired)
    active, control = combine_arms([_means(pair.active) for pair in group]), _means(control_row)
    if measure is EffectMeasure.MEAN_DIFFERENCE:
        if paired:
            return paired_mean_difference(active, control, correlation=correlation)
        return mean_difference(active, control)
    if measure is EffectMeasure.HEDGES_G:
        return paired_hedges_g(active, control, correlation=correlation) if paired else hedges_g(active, control)
    raise NotEnough(f"Means give no {measure.symbol.lower()}.")


def _from_events(group: Sequence[Pair], measure: EffectMeasure, *, paired: bool) -> Effect:
    make = {
        EffectMeasure.ODDS_RATIO: odds_ratio,
        EffectMeasure.RISK_RATIO: risk_ratio,
        EffectMeasure.RISK_DIFFERENCE: risk_difference,
    }.get(measure)
    if make is None:
        raise NotEnough(f"Counts give no {measure.symbol.lower()}.")
    active, control = _table(group)
    effect = make(active, control)
    if not paired:
        return effect
    return Effect(
        measure=effect.measure,
        estimate=effect.estimate,
        standard_error=effect.standard_error,
        way="counts of a crossover, as if of different people",
        people=control.n,
    )


def _table(group: Sequence[Pair]) -> tuple[Counts, Counts]:
    """The events of the arms against one control, the active arms together. Raises NotEnough where not printed."""
    control = group[0].control
    if control is None:
        raise NotEnough("The control's numbers are not printed.")
    return combine_counts([_counts(pair.active) for pair in group]), _counts(control)


def _tables(groups: Iterable[Sequence[Pair]]) -> tuple[tuple[Counts, Counts], ...]:
    """One table for each control; none where a count is not printed."""
    try:
        return tuple(_table(group) for group in groups)
    except NotEnough:
        return ()


def _means(row: Result) -> Means:
    if row.n is None:
        raise NotEnough("The number of people is not printed.")
    if row.mean is None or (row.sd is None and row.se is None):
        raise NotEnough("A mean or its spread is not printed.")
    if row.n < 2:
        raise NotEnough("One person has no spread.")
    return Means(row.n, row.mean, row.sd if row.sd is not None else (row.se or 0.0) * sqrt(row.n))


def _counts(row: Result) -> Counts:
    if row.events is None or row.n is None:
        raise NotEnough("The number of events or people is not printed.")
    return Counts(row.events, row.n)


def _from_print(group: Sequence[Pair], measure: EffectMeasure) -> Effect:
    effects = [_printed_effect(pair, measure) for pair in group]
    if len(effects) == 1:
        return effects[0]
    people = [pair.active.n for pair in group]
    control = group[0].control.n if group[0].control else None
    if control is None or None in people:
        # No numbers printed: arms taken as equal, which says nothing of how many people there were.
        return replace(combine_contrasts(effects, [1] * len(effects), 1), people=None)
    return combine_contrasts(effects, [n for n in people if n is not None], control)


def _printed_effect(pair: Pair, measure: EffectMeasure) -> Effect:
    contrast = pair.active.contrast
    if contrast is None:
        raise NotEnough("No difference is printed.")
    n, control_n = pair.active.n, pair.control.n if pair.control else None
    people = None if n is None or control_n is None else n + control_n
    if contrast.measure is _SAME_MEASURE.get(measure):
        if "non-standard" in pair.active.note:
            raise NotEnough("The printed interval is of a kind from which no standard error follows.")
        return printed(
            measure,
            contrast.estimate,
            standard_error=None if measure.is_ratio else contrast.standard_error,
            low=contrast.low,
            high=contrast.high,
            p=contrast.p,
            people=people,
        )
    if measure is EffectMeasure.HEDGES_G and contrast.measure is Measure.MEAN_DIFFERENCE:
        return _standardised_print(pair, n, control_n)
    if measure is EffectMeasure.RISK_DIFFERENCE and contrast.measure is Measure.RISK_DIFFERENCE_POINTS:
        low, high = (None if end is None else end / 100 for end in (contrast.low, contrast.high))
        return printed(measure, contrast.estimate / 100, low=low, high=high, people=people)
    words = "coefficient" if contrast.measure is Measure.OTHER else contrast.measure.value.replace("_", " ")
    raise NotEnough(f"The printed {words} is no {measure.symbol.lower()}.")


def _standardised_print(pair: Pair, n: int | None, control_n: int | None) -> Effect:
    """Hedges' g from a printed mean difference, its spread worked back from the standard error.

    An adjusted difference has a smaller standard error than a plain one, so this g is rather too large.
    """
    if n is None or control_n is None:
        raise NotEnough("The numbers of people are not printed: the difference cannot be standardised.")
    difference = _printed_effect(pair, EffectMeasure.MEAN_DIFFERENCE)
    spread = difference.standard_error / sqrt(1 / n + 1 / control_n)
    return standardised(
        difference.estimate / spread, n, control_n, way="printed difference, spread from its standard error"
    )


def _people(trial: Trial, group: Sequence[Pair]) -> int | None:
    numbers = [pair.active.n for pair in group]
    controls = {pair.control_arm.id: pair.control.n if pair.control else None for pair in group}
    if trial.design is Design.CROSSOVER and group[0].active.sample is Sample.WHOLE:
        return next((n for n in numbers if n), None)
    everyone = [*numbers, *controls.values()]
    return None if None in everyone else sum(n for n in everyone if n is not None)


def same_dose(arm: Arm, dose: float, unit: str) -> bool:
    """Whether an arm got this dose; a range holds every dose within it."""
    if arm.dose_unit != unit:
        return False
    numbers = [
        float(part) for part in arm.dose.replace("flexible", "").replace("/", "-").split("-") if _is_number(part)
    ]
    return bool(numbers) and (min(numbers) <= dose <= max(numbers) or any(isclose(dose, n) for n in numbers))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
