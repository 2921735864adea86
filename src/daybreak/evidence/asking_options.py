"""The options by which a command asks the trials a question, declared once for every command that asks one."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

if TYPE_CHECKING:
    from daybreak.evidence.pooling import Method
    from daybreak.evidence.questions import Question

Indication = Annotated[str, typer.Option("--for", help="The indication, e.g. treatment_resistant_depression.")]
Outcome = Annotated[
    str, typer.Option("--outcome", help="What is measured, e.g. depression_response; else what trials say most about.")
]
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
def sentences() -> Iterator[None]:
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


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """A command that gets a question and a method: its options are those of `_asked` and its own."""
    shared = inspect.signature(_asked).parameters
    own = list(inspect.signature(command).parameters.values())[2:]

    @wraps(command)
    def run(**told: Any) -> None:
        with sentences():
            question, method = _asked(**{name: told.pop(name) for name in shared})
            command(question, method, **told)

    run.__signature__ = inspect.Signature([*shared.values(), *own])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*shared.values(), *own)}
    return run


def _asked(
    *,
    indication: Indication,
    outcome: Outcome = "",
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
) -> tuple["Question", "Method"]:
    """The question and the method that the options name.

    Raises:
        ValueError: for a word that nothing is called by; the sentence names what there is.
    """
    from daybreak.evidence.dataset import dataset
    from daybreak.evidence.effects import EffectMeasure
    from daybreak.evidence.questions import Question, QuestionError
    from daybreak.evidence.trials import evidence_indications
    from daybreak.evidence.usual import usual_question

    if measure and measure not in list(EffectMeasure):
        raise QuestionError(f"{measure!r} is no measure. Choose one of {', '.join(EffectMeasure)}.")
    check_known((arm for arm in dataset().arms.values() if arm.role == "active"), drug, route)
    if not outcome and indication in evidence_indications():
        outcome = usual_question(dataset(), indication).outcome
    amount, unit = _dose(dose)
    question = Question(
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
    return question, _method(tau2, interval, fixed=fixed)


class _Given(Protocol):
    """What names a drug and its route."""

    @property
    def drug(self) -> str: ...
    @property
    def route(self) -> str: ...


def check_known(rows: Iterable[_Given], drug: str, route: str) -> None:
    """A word that no row has would find nothing and look like an answer."""
    held = list(rows)
    for name, value, known in (
        ("drug", drug, {row.drug for row in held}),
        ("route", route, {row.route for row in held}),
    ):
        if value and value not in known:
            raise ValueError(f"{value!r} is no {name} here. Choose one of {', '.join(sorted(known - {''}))}.")


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
