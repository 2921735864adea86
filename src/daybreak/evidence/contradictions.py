"""Rows that can each be read and cannot stand together: people who would count twice, signs that disagree."""

from collections.abc import Iterable, Iterator

from daybreak.evidence.reading import RowProblem
from daybreak.evidence.trials import Arm, Measure, Result, Trial

_SIGN_MATTERS_FROM = 1.0  # points: below this an adjusted difference may well lie on the other side of zero; ours


def told_before(trials: Iterable[Trial]) -> Iterator[tuple[Trial, RowProblem]]:
    """Trials with the DOI or PubMed number of one before them: its people would count twice."""
    first: dict[tuple[str, str], Trial] = {}
    for trial in trials:
        for field in ("doi", "pmid"):
            number = getattr(trial, field).lower()
            before = first.setdefault((field, number), trial)
            if number and before is not trial:
                yield trial, RowProblem(field, f"{number} is {before.label} ({before.id}): add to that trial")
                break


def contradictions(results: Iterable[Result], arms: Iterable[Arm]) -> Iterator[tuple[Result, RowProblem]]:
    """Rows that say again what another says: their people would count twice; and differences against their means.

    A printed difference contradicts where it has the other sign than the difference of the two printed means.
    """
    against = {(arm.trial, arm.id): arm.against for arm in arms}
    rows = list(results)
    yield from _repeated(rows)
    by_place = {(row.trial, row.arm, row.outcome_words, row.kind, row.time_h, row.sample): row for row in rows}
    for row in rows:
        place = (row.trial, against[row.trial, row.arm], row.outcome_words, row.kind, row.time_h, row.sample)
        control = by_place.get(place)
        if (
            row.contrast is None
            or row.contrast.measure is not Measure.MEAN_DIFFERENCE
            or control is None
            or row.mean is None
            or control.mean is None
        ):
            continue
        difference = row.mean - control.mean
        if difference * row.contrast.estimate < 0 and abs(difference) > _SIGN_MATTERS_FROM:
            reason = f"{row.contrast.estimate:g} has the other sign than {row.mean:g} minus {control.mean:g}"
            yield row, RowProblem("contrast", reason)


def _repeated(rows: Iterable[Result]) -> Iterator[tuple[Result, RowProblem]]:
    first: dict[tuple[object, ...], Result] = {}
    for row in rows:
        said = (row.trial, row.arm, row.outcome, row.outcome_words, row.scale, row.kind, row.time_h, row.sample)
        if (before := first.setdefault(said, row)) is not row:
            reason = f"{before.id} says this of the same people already: correct that row, or say what differs"
            yield row, RowProblem("outcome_words", reason)
