"""The trial data as one site has it: what Daybreak ships, and the proposals accepted here, one after the other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from daybreak.clinic.evidence.models import Proposal
from daybreak.clinic.record.models import Site
from daybreak.evidence.additions import add, check, version_of
from daybreak.evidence.dataset import DataSet, dataset
from daybreak.evidence.releases import release, releases


@dataclass(frozen=True, slots=True)
class Edition:
    """The shipped data with these accepted proposals. Proposals never change, so one edition is always the same."""

    accepted: tuple[UUID, ...] = ()

    @property
    def data(self) -> DataSet:
        return _data(self.accepted)

    @property
    def version(self) -> str:
        return self.data.version

    @property
    def before(self) -> tuple["Edition", ...]:
        """Every earlier edition, the shipped one first."""
        return tuple(Edition(self.accepted[:count]) for count in range(len(self.accepted)))

    @property
    def earlier(self) -> tuple[str, ...]:
        """The versions this one can be held against: releases of the shipped data, then this site's own."""
        versions = dict.fromkeys((*releases(), *(each.version for each in self.before)))
        return tuple(version for version in versions if version != self.version)

    def data_of(self, version: str) -> DataSet:
        """The data of an earlier version.

        Raises ValueError for one that is not in `earlier`.
        """
        own = next((each for each in self.before if each.version == version), None)
        return own.data if own else release(version)


def current_edition(site: Site) -> Edition:
    """What a site's pages compute with now."""
    accepted = Proposal.objects.filter(site=site, decision__accepted=True)
    return Edition(tuple(accepted.order_by("decision__recorded_at", "pk").values_list("pk", flat=True)))


def edition_before(proposal: Proposal, current: Edition) -> Edition:
    """The data a proposal was, or would be, added to."""
    if proposal.pk in current.accepted:
        return Edition(current.accepted[: current.accepted.index(proposal.pk)])
    return current


@lru_cache(maxsize=32)
def _data(accepted: tuple[UUID, ...]) -> DataSet:
    """Each proposal laid over what was there before it. A row that a newer shipped file contradicts is refused."""
    data = dataset()
    shipped = data.version
    texts: list[dict[str, str]] = []
    for proposal in _in_order(accepted):
        named = {} if proposal.were is None else {"were": json.dumps(proposal.were, sort_keys=True)}
        texts.append(proposal.texts | named)
        data = add(data, check(data, proposal.texts, proposal.were), version=version_of(shipped, texts))
    return data


def _in_order(accepted: Sequence[UUID]) -> list[Proposal]:
    found = Proposal.objects.in_bulk(accepted) if accepted else {}
    return [found[identifier] for identifier in accepted]
