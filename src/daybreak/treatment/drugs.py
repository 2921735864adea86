"""Drugs and routes."""

from dataclasses import dataclass
from enum import StrEnum


class Drug(StrEnum):
    """What is given. Amounts are in milligrams of base."""

    KETAMINE = "ketamine"  # the racemate, S and R in equal parts
    ESKETAMINE = "esketamine"  # the S-enantiomer


class Route(StrEnum):
    """How it is given."""

    IV = "iv"
    IM = "im"
    SC = "sc"
    NASAL = "nasal"
    ORAL = "oral"
    SUBLINGUAL = "sublingual"


ROUTE_WORDS = {
    Route.IV: "by vein",
    Route.IM: "into a muscle",
    Route.SC: "under the skin",
    Route.NASAL: "as a nasal spray",
    Route.ORAL: "by mouth",
    Route.SUBLINGUAL: "under the tongue",
}


class Manner(StrEnum):
    """What of a dose changes how much of it is absorbed and when, beyond its route."""

    USUAL = "usual"  # by mouth at once; under the tongue, and nobody said what becomes of the rest
    PROLONGED_RELEASE = "prolonged release"  # a tablet by mouth that gives its drug over hours
    SWALLOWED = "swallowed"  # under the tongue, and what is left is swallowed: the model takes the usual way to be this
    SPAT_OUT = "spat out"  # under the tongue, and what is left is not swallowed


MANNERS = {Route.ORAL: (Manner.PROLONGED_RELEASE,), Route.SUBLINGUAL: (Manner.SWALLOWED, Manner.SPAT_OUT)}


@dataclass(frozen=True, slots=True)
class Way:
    """The route of a dose, and its manner: what a container is made for."""

    route: Route
    manner: Manner = Manner.USUAL

    def __str__(self) -> str:
        prolonged = " with prolonged release" if self.manner is Manner.PROLONGED_RELEASE else ""
        return ROUTE_WORDS[self.route] + prolonged
