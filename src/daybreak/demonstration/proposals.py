"""A number somebody proposes for the trial data and nobody has checked: for whoever wants to try being the second.

The number is real and stands at the address it names. That anybody of this clinic proposed it is not.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from daybreak.clinic.evidence.services import propose, texts_of
from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.people import House
from daybreak.demonstration.telling import Moment

PROPOSED_BEFORE = timedelta(hours=20)
TITLE = "Demonstration: a difference after 24 hours, Fava 2020"
REASON = (
    "Part of the demonstration: no person of a clinic proposed this, and it is in no answer until somebody accepts it. "
    "The abstract prints one effect at day 1, of the lowest dose: d = -0.82, p = 0.02, adjusted p = 0.14 "
    "(https://pmc.ncbi.nlm.nih.gov/articles/PMC6447473). Of the other three doses it prints none. With it three trials "
    "could be pooled. Hold it against the source, and decide whether one dose of four may stand for the trial."
)
_ROW = {
    "id": "r251",
    "kind": "change",
    "better": "lower",
    "contrast": "-0.82",
    "contrast_measure": "hedges_g",
    "contrast_words": "d at day 1, 0.1 mg/kg against midazolam, not adjusted for the number of comparisons",
    "p": "0.02",
    "note": "adjusted p 0.14; the abstract prints no effect of the other three doses",
}


def proposed(house: House, now: datetime) -> Iterator[Moment]:
    """The prescriber's proposal, the day before."""
    yield Moment(now - PROPOSED_BEFORE, lambda at: _propose(house, at))


def _propose(house: House, at: datetime) -> None:
    propose(
        house.site,
        texts_of({"results": [_ROW]}),
        house.acts(Role.PRESCRIBER, at),
        title=TITLE,
        reason=REASON,
        proposal_id=uuid5(NAMESPACE_OID, "daybreak demonstration proposal"),
        whole=True,
    )
