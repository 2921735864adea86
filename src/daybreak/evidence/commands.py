"""`daybreak evidence`: what trials found, as a table, JSON, CSV or a picture. Wrong input is a sentence and code 2."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybreak.evidence.asking_options import (
    DrugOption,
    Indication,
    Recalled,
    RouteOption,
    asks,
    check_known,
    sentences,
)

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

    with sentences():
        if indication and indication not in evidence_indications():
            raise ValueError(
                f"{indication!r} is no indication here. Choose one of {', '.join(evidence_indications())}."
            )
        data = dataset()
        check_known(data.arms.values(), drug, route)
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
@asks
def pool_trials(
    question: "Question",
    method: "Method",
    *,
    since: Annotated[str, typer.Option("--since", help="A version of the data to hold the answer against.")] = "",
    form: Annotated[Form, typer.Option("--as", help="table, json or csv.")] = Form.TABLE,
) -> None:
    """Answer a question: pooled, one trial or not enough to pool; how sure one can be; what is left out."""
    from daybreak.evidence import exporting
    from daybreak.evidence.comparing import difference
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.questions import answer
    from daybreak.evidence.releases import release
    from daybreak.evidence.report import print_answer, print_difference

    if since and form is Form.CSV:
        raise ValueError("A CSV holds the trials as they are now. Take --as json or a table with --since.")
    found = answer(dataset(), question, method=method)
    held = difference(release(since), dataset(), question, method=method) if since else None
    match form:
        case Form.TABLE:
            print_answer(found)
            if held is not None:
                print_difference(held)
        case Form.JSON:
            typer.echo(exporting.answer_as_json(found, held))
        case Form.CSV:
            typer.echo(exporting.answer_as_csv(found), nl=False)


@evidence.command()
@asks
def forest(
    question: "Question",
    method: "Method",
    *,
    narrow: Annotated[bool, typer.Option("--narrow", help="As wide as a phone.")] = False,
    out: Annotated[Path, typer.Option("--out", help="The SVG file to write.")] = Path("forest.svg"),
) -> None:
    """A forest plot of the same question, as an SVG file."""
    from daybreak.charts import render_forest, standalone
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.pictures import forest_of
    from daybreak.evidence.questions import answer

    found = answer(dataset(), question, method=method)
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

    with sentences():
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

    with sentences():
        check_known(harms(), drug, route)
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
    from daybreak.evidence.releases import releases
    from daybreak.evidence.report import print_beside, print_check

    with sentences():
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
                typer.echo(f"Kept, for --since: {', '.join(releases())}.")
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
