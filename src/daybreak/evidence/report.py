"""The evidence in a terminal: trials, an answer with its certainty, checks, published results, coverage."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from daybreak.evidence.certainty import judge
from daybreak.evidence.comparing import MOST_NAMED, Difference
from daybreak.evidence.coverage import Coverage, Setting, coverage, settings
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.harms import KINDS, Harm
from daybreak.evidence.heterogeneity import Tau2Method
from daybreak.evidence.pictures import drug_name, title_of
from daybreak.evidence.pooling import Interval
from daybreak.evidence.published import Beside
from daybreak.evidence.questions import Answer
from daybreak.evidence.times import time_words
from daybreak.evidence.trials import Trial
from daybreak.treatment.sources import Status

_SHORT = {Interval.WALD: "Wald", Interval.HARTUNG_KNAPP: "HK", Interval.FLOOR_ONE: "HK floor"}


def print_trials(data: DataSet, trials: Sequence[Trial], console: Console | None = None) -> None:
    """One line for each trial, with how many of its rows were seen."""
    console = console or Console()
    table = Table(box=SIMPLE)
    for column in ("Trial", "Indication", "Active", "Control", "Design", "Blinding", "Rows", "Seen"):
        table.add_column(column, no_wrap=column in ("Trial", "Rows", "Seen"))
    for trial in trials:
        arms = data.arms_of(trial.id)
        active = dict.fromkeys(f"{drug_name(arm.drug)} {arm.route}".strip() for arm in arms if arm.role == "active")
        control = dict.fromkeys(drug_name(arm.drug) for arm in arms if arm.role == "control")
        rows = data.by_trial[trial.id]
        seen = sum(row.status is Status.SEEN for row in rows)
        table.add_row(
            trial.label,
            trial.indication.replace("_", " "),
            ", ".join(active),
            ", ".join(control),
            trial.design.value.replace("_", " "),
            trial.blinding.replace("_", " "),
            f"{len(rows)}",
            f"{seen}",
        )
    console.print(table)
    console.print(f"{len(trials)} trials. Data {data.version}.")


def print_answer(found: Answer, console: Console | None = None) -> None:
    """The question, each trial, what is pooled, how sure one can be, what is left out."""
    console = console or Console()
    console.print(f"[bold]{title_of(found)}[/]")
    console.print(found.sentence)
    if found.comparisons:
        console.print(_trials_table(found))
    if found.pooled:
        _print_pooled(found, console)
    judgement = judge(found)
    if judgement:
        console.print(f"\n[bold]{judgement.certainty.words}[/]")
        for doubt in judgement.doubts:
            console.print(f"  {doubt.domain} ({'−' * doubt.levels or '0'}): {doubt.reason}")
    if found.left_out:
        console.print("\n[bold]Left out[/]")
        for left in found.left_out:
            console.print(f"  {left.trial.label}: {left.reason}")
    for caution in found.cautions:
        console.print(caution)
    console.print(f"\nData {found.version}.")


def _trials_table(found: Answer) -> Table:
    """Narrow enough for a terminal of 80 columns; how each number was worked out stands in the JSON."""
    timed = found.question.time == "any"
    table = Table(box=SIMPLE)
    for column in ("Trial", "People", "Against", *(["Time"] if timed else []), found.measure.symbol, "Weight"):
        table.add_column(column, no_wrap=column != "Trial", min_width=14 if column == "Trial" else None)
    weights = found.pooled.weights if found.pooled else (None,) * len(found.comparisons)
    for comparison, weight in zip(found.comparisons, weights, strict=True):
        low, high = comparison.effect.interval()
        table.add_row(
            comparison.trial.label,
            "?" if comparison.people is None else f"{comparison.people}",
            drug_name(comparison.control_drug),
            *([time_words(comparison.time_h) if comparison.time_h is not None else "?"] if timed else []),
            f"{comparison.effect.shown:.2f} ({low:.2f} to {high:.2f})",
            "" if weight is None else f"{weight:.0f} %",
        )
    return table


def _print_pooled(found: Answer, console: Console) -> None:
    pooled = found.pooled
    if pooled is None:
        return
    estimate, low, high = pooled.shown
    console.print(
        f"[bold]Pooled {found.measure.symbol.lower()} {estimate:.2f} ({low:.2f} to {high:.2f})[/], p {pooled.p:.2g}"
    )
    if pooled.prediction_low is not None and pooled.prediction_high is not None:
        ends = pooled.as_shown(pooled.prediction_low), pooled.as_shown(pooled.prediction_high)
        console.print(f"A new trial would lie in {ends[0]:.2f} to {ends[1]:.2f} ({pooled.method.prediction}).")
    found_h = pooled.heterogeneity
    console.print(
        f"Q {found_h.q:.2f} (p {found_h.p:.2g}), I² {found_h.i2:.0f} %, τ² {found_h.tau2:.3g} "
        f"({found_h.tau2_low:.3g} to {found_h.tau2_high:.3g}, Q-profile)."
    )
    if found.rare:
        low_rate, high_rate = found.rare.shown[1:]
        console.print(
            f"Some arm has no event: Mantel-Haenszel risk difference {100 * found.rare.shown[0]:.1f} points "
            f"({100 * low_rate:.1f} to {100 * high_rate:.1f})."
        )


def print_difference(held: Difference, console: Console | None = None) -> None:
    """What changed since another version of the data."""
    console = console or Console()
    console.print(f"\n[bold]Since data {held.before.version}[/]")
    console.print(held.words)
    if max(len(held.added), len(held.removed), len(held.changed)) > MOST_NAMED:
        console.print("--as json names every trial.")


def print_harms(found: Mapping[str, Sequence[Harm]], console: Console | None = None) -> None:
    """Every fact with its denominator, follow-up, study and status; a kind without one says so."""
    console = console or Console()
    for kind, facts in found.items():
        console.print(f"\n[bold]{KINDS[kind]}[/]")
        if not facts:
            console.print("  Nothing that was read in a source.")
        for fact in facts:
            recalled = " (recalled)" if fact.status is Status.RECALLED else ""
            console.print(f"  {fact.words}{recalled}")
            console.print(
                f"    {'. '.join(filter(None, [f'{fact.study}, {fact.population}', fact.measure, fact.note]))}"
            )


def print_check(data: DataSet, console: Console | None = None) -> None:
    """What loaded, what is marked, what was refused and why."""
    console = console or Console()
    rows = data.results
    marked = Counter(row.status for row in rows)
    doubtful = [row for row in rows if row.doubt]
    console.print(
        f"Data {data.version}: {len(data.trials)} trials, {len(data.arms)} arms, {len(rows)} rows taken, "
        f"{len(data.refused)} refused. {marked[Status.RECALLED]} recalled and {len(doubtful)} doubtful rows are left "
        "out of every result unless asked for."
    )
    for row in doubtful:
        console.print(f"  doubtful: {row.id} {data.trials[row.trial].label}, {row.outcome_words}: {row.doubt}")
    for refused in data.refused:
        console.print(f"  refused: {refused}", style="bold red")


def print_beside(rows: Sequence[Beside], console: Console | None = None) -> None:
    """Published pooled results beside ours, each with why they differ."""
    console = console or Console()
    console.print("\n[bold]Published results beside ours[/]")
    for row in rows:
        theirs = f"{row.theirs[0]:.2f} ({row.theirs[1]:.2f} to {row.theirs[2]:.2f})"
        ours = f"{row.ours[0]:.2f} ({row.ours[1]:.2f} to {row.ours[2]:.2f})" if row.ours else "not pooled"
        console.print(f"{row.published.title} ({row.published.year or 'year not printed'})", style="bold")
        console.print(f"  {row.published.outcome}, {row.published.comparator}, {row.published.timepoint}")
        console.print(f"  theirs {row.published.measure} {theirs}, {row.published.k} trials")
        console.print(f"  ours   {row.answer.measure.symbol} {ours}, {len(row.answer.comparisons)} trials")
        console.print(f"  {row.reason}\n")


def print_coverage(*, simulations: int, seed: int, console: Console | None = None) -> None:
    """Coverage in per cent of every method in every setting."""
    console = console or Console()
    found = list(coverage(settings(), simulations=simulations, seed=seed))
    for tau2 in Tau2Method:
        console.print(_coverage_table(tau2, [row for row in found if row.method.tau2 is tau2]))
    console.print(
        f"Coverage of 95 % intervals in per cent, {simulations} simulated meta-analyses in each setting, seed {seed}. "
        "HK: Hartung-Knapp. Floor: its factor is never below 1."
    )


def _coverage_table(tau2: Tau2Method, rows: Sequence[Coverage]) -> Table:
    table = Table(title=f"Between-trial variance by {tau2}", title_justify="left", box=SIMPLE)
    for column in ("Trials", "I²", "Sizes", *_SHORT.values()):
        table.add_column(column, justify="right")
    for setting, group in groupby(rows, key=lambda row: row.setting):
        held = {row.method.interval: row.held for row in group}
        table.add_row(*_setting_words(setting), *(f"{100 * held[interval]:.1f}" for interval in _SHORT))
    return table


def _setting_words(setting: Setting) -> tuple[str, str, str]:
    return f"{setting.k}", f"{100 * setting.i2:.0f} %", "one 10 times" if setting.one_large else "equal"
