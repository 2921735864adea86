"""What stands behind a plan's page: labels, dose limits, the kinetic model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daybreak.clinic.planning.expectation import Expectation
from daybreak.clinic.planning.proposal import Proposal
from daybreak.pharmacology.parameters import Status as ParameterStatus
from daybreak.treatment.sources import Provenance, Status


@dataclass(frozen=True, slots=True)
class Cited:
    """One source and what it is cited for."""

    what: str
    title: str
    url: str | None
    recalled: bool


def cited(proposal: Proposal, expected: Expectation | None) -> tuple[Cited, ...]:
    """Every source of the page, each once for each matter."""
    labels = (found.provenance for found in proposal.labellings)
    limits = (found.provenance for found in (*proposal.remarks, *proposal.kept_limits))
    rows = [*_from("Label", labels), *_from("Dose limits", limits), *_from_model(expected)]
    return tuple(dict.fromkeys(rows))


def _from(what: str, provenances: Iterable[Provenance]) -> Iterator[Cited]:
    for found in provenances:
        for source in found.sources:
            yield Cited(what, source.title.rstrip("."), source.url, source.status is Status.RECALLED)


def _from_model(expected: Expectation | None) -> Iterator[Cited]:
    if expected is None:
        return
    for parameter in expected.model.parameters.values():
        recalled = parameter.status is ParameterStatus.RECALLED
        yield Cited("Kinetics", parameter.source.citation.rstrip("."), parameter.source.url, recalled)
