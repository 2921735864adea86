"""What stands behind a plan's page: labels, dose limits, the kinetic model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daybreak.clinic.planning.expectation import Expectation
from daybreak.clinic.planning.proposal import Proposal
from daybreak.pharmacology.parameters import Source
from daybreak.pharmacology.parameters import Status as ParameterStatus
from daybreak.treatment.sources import Provenance

_LEAST_CHECKED_LAST = (
    ParameterStatus.SEEN,
    ParameterStatus.DERIVED,
    ParameterStatus.ASSUMED,
    ParameterStatus.RECALLED,
)


@dataclass(frozen=True, slots=True)
class Cited:
    """One source, what it is cited for, and how far what is taken from it was checked (seen, recalled and so on)."""

    what: str
    title: str
    url: str | None
    status: str

    @property
    def recalled(self) -> bool:
        return self.status == ParameterStatus.RECALLED


def cited(proposal: Proposal, expected: Expectation | None) -> tuple[Cited, ...]:
    """Every source of the page, each once for each matter."""
    labels = (found.provenance for found in proposal.labellings)
    limits = (found.provenance for found in (*proposal.remarks, *proposal.kept_limits))
    rows = [*_from("Label", labels), *_from("Dose limits", limits), *_from_model(expected)]
    return tuple(dict.fromkeys(rows))


def _from(what: str, provenances: Iterable[Provenance]) -> Iterator[Cited]:
    for found in provenances:
        for source in found.sources:
            yield Cited(what, source.title.rstrip("."), source.url, str(source.status))


def _from_model(expected: Expectation | None) -> Iterator[Cited]:
    if expected is None:
        return
    found: dict[Source, ParameterStatus] = {}
    for parameter in expected.model.parameters.values():
        known = found.get(parameter.source, parameter.status)
        found[parameter.source] = max(known, parameter.status, key=_LEAST_CHECKED_LAST.index)
    for source, status in found.items():
        yield Cited("Kinetics", source.citation.rstrip("."), source.url, str(status))
