"""`daybreak evidence`: what trials found, as a table, JSON, CSV or a picture. Wrong input is a sentence and code 2."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from daybreak.evidence.dataset import DataSet
    from daybreak.evidence.pooling import Method
    from daybreak.evidence.questions import Question

evidence = typer.Typer(no_args_is_help=True, help="What trials found: the data, effects, pooled results, pictures.")


class Form(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class CheckForm(StrEnum):
    """How a check is printed."""

    TABLE = "table"
    JSON = "json"


class ListForm(StrEnum):
    """How trials are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    RIS = "ris"


Indication = Annotated[str, typer.Option("--for", help="The indication, e.g. treatment_resistant_depression.")]
Outcome = Annotated[str, typer.Option("--outcome", help="What is measured, e.g. depression or depression_response.")]
DrugOption = Annotated[str, typer.Option("--drug", help="ketamine, esketamine; empty for any.")]
RouteOption = Annotated[str, typer.Option("--route", help="iv, im, sc, nasal, oral; empty for any.")]
Against = Annotated[
    str, typer.Option("--against", help="control, inert (placebo, saline), midazolam, ect, quetiapine or another drug.")
]
Time = Annotated[str, typer.Option("--time", help="2h, 4h, day, 3d, 1wk, 2wk, 4wk, 8wk, 12wk, 6mo, 12mo, any.")]
Given = Annotated[str, typer.Option("--given", help="once, repeated or any.")]
Dose = Annotated[str, typer.Option("--dose", help='Only arms with this dose, e.g. "0.5 mg/kg" or "84 mg".')]
MeasureOption = Annotated[
    str,
    typer.Option(
        "--measure",
        help="mean_difference, hedges_g, odds_ratio, risk_ratio, risk_difference, hazard_ratio; else chosen.",
    ),
]
Tau2 = Annotated[str, typer.Option("--tau2", help="REML, PM or DL.")]
IntervalOption = Annotated[str, typer.Option("--interval", help='"Hartung-Knapp with floor", Hartung-Knapp or Wald.')]
Fixed = Annotated[bool, typer.Option("--fixed", help="One true effect (inverse variance) instead of random effects.")]
Recalled = Annotated[bool, typer.Option("--with-recalled", help="Take rows nobody has checked, too.")]
Correlation = Annotated[
    float,
    typer.Option("--correlation", min=0.0, max=0.99, help="Within a person, for crossovers without paired numbers."),
]


@contextmanager
def _sentences() -> Iterator[None]:
    """A wrong question becomes a sentence and exit code 2."""
    from daybreak.evidence.questions import QuestionError

    try:
        yield
    except OSError as problem:
        typer.echo(f"{problem.filename}: {problem.strerror}. Choose another place.", err=True)
        raise typer.Exit(2) from None
    except (QuestionError, ValueError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@evidence.command("list")
def list_trials(
    *,
    indication: Indication = "",
    drug: DrugOption = "",
    route: RouteOption = "",
    form: Annotated[ListForm, typer.Option("--as", help="table, json, csv (every row) or ris.")] = ListForm.TABLE,
) -> None:
    """The trials, or every row of them."""
    from daybreak.evidence import exporting
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.report import print_trials
    from daybreak.evidence.trials import evidence_indications

    with _sentences():
        if indication and indication not in evidence_indications():
            raise ValueError(
                f"{indication!r} is no indication here. Choose one of {', '.join(evidence_indications())}."
            )
        data = dataset()
        _check_known(data.arms.values(), drug, route)
        chosen = [
            trial
            for trial in data.trials.values()
            if indication in ("", trial.indication)
            and any(drug in ("", arm.drug) and route in ("", arm.route) for arm in data.arms_of(trial.id))
        ]
        inside = {trial.id for trial in chosen}
        results = [row for row in data.results if row.trial in inside]
        match form:
            case ListForm.TABLE:
                print_trials(data, chosen)
            case ListForm.CSV:
                typer.echo(exporting.results_as_csv(data, results), nl=False)
            case ListForm.JSON:
                typer.echo(exporting.results_as_json(data, results))
            case ListForm.RIS:
                typer.echo(exporting.trials_as_ris(chosen), nl=False)


@evidence.command("pool")
def pool_trials(
    *,
    indication: Indication,
    outcome: Outcome = "depression",
    drug: DrugOption = "",
    route: RouteOption = "",
    against: Against = "control",
    time: Time = "any",
    given: Given = "any",
    dose: Dose = "",
    measure: MeasureOption = "",
    tau2: Tau2 = "REML",
    interval: IntervalOption = "Hartung-Knapp with floor",
    fixed: Fixed = False,
    with_recalled: Recalled = False,
    correlation: Correlation = 0.0,
    form: Annotated[Form, typer.Option("--as", help="table, json or csv.")] = Form.TABLE,
) -> None:
    """Answer a question: pooled, one trial or not enough to pool; how sure one can be; what is left out."""
    from daybreak.evidence import exporting
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.questions import answer
    from daybreak.evidence.report import print_answer

    with _sentences():
        question = _question(
            indication,
            outcome,
            drug=drug,
            route=route,
            against=against,
            time=time,
            given=given,
            dose=dose,
            measure=measure,
            with_recalled=with_recalled,
            correlation=correlation,
        )
        found = answer(dataset(), question, method=_method(tau2, interval, fixed=fixed))
        match form:
            case Form.TABLE:
                print_answer(found)
            case Form.JSON:
                typer.echo(exporting.answer_as_json(found))
            case Form.CSV:
                typer.echo(exporting.answer_as_csv(found), nl=False)


@evidence.command()
def forest(
    *,
    indication: Indication,
    outcome: Outcome = "depression",
    drug: DrugOption = "",
    route: RouteOption = "",
    against: Against = "control",
    time: Time = "any",
    given: Given = "any",
    dose: Dose = "",
    measure: MeasureOption = "",
    tau2: Tau2 = "REML",
    interval: IntervalOption = "Hartung-Knapp with floor",
    fixed: Fixed = False,
    with_recalled: Recalled = False,
    correlation: Correlation = 0.0,
    narrow: Annotated[bool, typer.Option("--narrow", help="As wide as a phone.")] = False,
    out: Annotated[Path, typer.Option("--out", help="The SVG file to write.")] = Path("forest.svg"),
) -> None:
    """A forest plot of the same question, as an SVG file."""
    from daybreak.charts import render_forest, standalone
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.pictures import forest_of
    from daybreak.evidence.questions import answer

    with _sentences():
        question = _question(
            indication,
            outcome,
            drug=drug,
            route=route,
            against=against,
            time=time,
            given=given,
            dose=dose,
            measure=measure,
            with_recalled=with_recalled,
            correlation=correlation,
        )
        found = answer(dataset(), question, method=_method(tau2, interval, fixed=fixed))
        out.write_text(standalone(render_forest(forest_of(found, small=narrow), key="forest")), encoding="utf-8")
        typer.echo(f"{out}: {found.sentence} Data {found.version}.")


@evidence.command()
def onset(
    indication: Indication,
    out: Annotated[Path, typer.Option("--out", help="The SVG file to write.")] = Path("onset.svg"),
) -> None:
    """Effect against time since the first dose, ketamine by route beside tablets, as an SVG file."""
    from daybreak.charts import render, standalone
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.onset import onset as course
    from daybreak.evidence.onset import onset_chart
    from daybreak.evidence.trials import evidence_indications

    with _sentences():
        if indication not in evidence_indications():
            raise ValueError(
                f"{indication!r} is no indication here. Choose one of {', '.join(evidence_indications())}."
            )
        found = course(dataset(), indication)
        if not found.points:
            raise ValueError(
                f"There is nothing to draw: no trial of {evidence_indications()[indication].name} has the numbers."
            )
        out.write_text(standalone(render(onset_chart(found), key="onset")), encoding="utf-8")
        typer.echo(f"{out}: {len(found.points)} points. Data {found.version}.")


@evidence.command("harms")
def list_harms(*, drug: DrugOption = "", route: RouteOption = "", with_recalled: Recalled = False) -> None:
    """Harms and the long run: how many people, how many events, for how long, against what."""
    from daybreak.evidence.harms import harms, known_harms
    from daybreak.evidence.report import print_harms

    with _sentences():
        _check_known(harms(), drug, route)
        print_harms(known_harms(drug=drug, route=route, with_recalled=with_recalled))


@evidence.command()
def check(
    *,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Another data set: trials.csv, arms.csv, results.csv.")
    ] = None,
    proposal: Annotated[
        Path | None, typer.Option("--proposal", help="New or corrected rows: a folder with any of the three files.")
    ] = None,
    form: Annotated[CheckForm, typer.Option("--as", help="table or json.")] = CheckForm.TABLE,
) -> None:
    """Check a data set row by row, and published results beside ours. Exit code 1 when a row is refused."""
    from daybreak.evidence.published import beside
    from daybreak.evidence.report import print_beside, print_check

    with _sentences():
        data = _data_to_check(folder, proposal)
        if form is CheckForm.JSON:
            refused = [
                {"file": r.file, "line": r.line, "row": r.id, "field": r.field, "reason": r.reason}
                for r in data.refused
            ]
            typer.echo(json.dumps({"data_version": data.version, "refused": refused}, ensure_ascii=False, indent=2))
        else:
            print_check(data)
            if folder is None and proposal is None:
                print_beside(list(beside(data)))
    if data.refused:
        raise typer.Exit(1)


@evidence.command()
def coverage(
    simulations: Annotated[int, typer.Option(min=100, help="Simulated meta-analyses in each setting.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Makes the simulated trials what they are.")] = 1,
) -> None:
    """How often each method's 95 % interval holds the truth, by simulation."""
    from daybreak.evidence.report import print_coverage

    print_coverage(simulations=simulations, seed=seed)


def _data_to_check(folder: Path | None, proposal: Path | None) -> "DataSet":
    """The shipped data set, another one, or either with proposed rows laid over it."""
    from daybreak.evidence.additions import add, check, version_of
    from daybreak.evidence.dataset import dataset, read

    base = dataset() if folder is None else read(**_three_files(folder, needed=True), date="checked")
    if proposal is None:
        return base
    texts = _three_files(proposal, needed=False)
    proposed = check(base, texts)
    added, corrected = proposed.counts(base)
    typer.echo(f"Proposed: {added} new rows, {corrected} corrected.", err=True)
    return add(base, proposed, version=version_of(base.version, [texts]))


def _three_files(folder: Path, *, needed: bool) -> dict[str, str]:
    files = {name: folder / f"{name}.csv" for name in ("trials", "arms", "results")}
    if not needed and not any(file.exists() for file in files.values()):
        raise ValueError(f"{folder} holds no trials.csv, arms.csv or results.csv.")
    return {name: _text(file) for name, file in files.items() if needed or file.exists()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file} is not UTF-8 text: its byte {error.start + 1} cannot be read. Save it again as CSV in UTF-8."
        ) from None


class _Given(Protocol):
    """What names a drug and its route."""

    @property
    def drug(self) -> str: ...
    @property
    def route(self) -> str: ...


def _check_known(rows: Iterable[_Given], drug: str, route: str) -> None:
    """A word that no row has would find nothing and look like an answer."""
    held = list(rows)
    for name, value, known in (
        ("drug", drug, {row.drug for row in held}),
        ("route", route, {row.route for row in held}),
    ):
        if value and value not in known:
            raise ValueError(f"{value!r} is no {name} here. Choose one of {', '.join(sorted(known - {''}))}.")


def _question(
    indication: str,
    outcome: str,
    *,
    drug: str,
    route: str,
    against: str,
    time: str,
    given: str,
    dose: str,
    measure: str,
    with_recalled: bool,
    correlation: float,
) -> "Question":
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.effects import EffectMeasure
    from daybreak.evidence.questions import Question, QuestionError

    if measure and measure not in list(EffectMeasure):
        raise QuestionError(f"{measure!r} is no measure. Choose one of {', '.join(EffectMeasure)}.")
    _check_known((arm for arm in dataset().arms.values() if arm.role == "active"), drug, route)
    amount, unit = _dose(dose)
    return Question(
        indication=indication,
        outcome=outcome,
        drug=drug,
        route=route,
        comparator=against,
        time=time,
        given=given,
        dose=amount,
        dose_unit=unit,
        measure=EffectMeasure(measure) if measure else None,
        with_recalled=with_recalled,
        within_person_correlation=correlation,
    )


def _dose(words: str) -> tuple[float | None, str]:
    if not words:
        return None, "mg"
    amount, _, unit = words.partition(" ")
    try:
        number = float(amount)
    except ValueError:
        raise ValueError(f'{words!r} is no dose. Write it as "0.5 mg/kg" or "84 mg".') from None
    if not (isfinite(number) and number > 0):
        raise ValueError(f'A dose is above zero, not {words!r}. Write it as "0.5 mg/kg" or "84 mg".')
    return number, unit or "mg"


def _method(tau2: str, interval: str, *, fixed: bool) -> "Method":
    from daybreak.evidence.heterogeneity import Tau2Method
    from daybreak.evidence.pooling import Interval, Method, Model

    for name, value, known in (("estimator", tau2, list(Tau2Method)), ("interval", interval, list(Interval))):
        if value not in known:
            raise ValueError(f"{value!r} is no {name}. Choose one of {', '.join(known)}.")
    return Method(model=Model.FIXED if fixed else Model.RANDOM, tau2=Tau2Method(tau2), interval=Interval(interval))
