"""Ways in: what of a dose reaches the blood from its site, and what the gut gives."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from daybreak.pharmacology.disposition import Chain, People
from daybreak.pharmacology.given import GivenDose
from daybreak.pharmacology.linear import FloatArray, Input
from daybreak.treatment.drugs import Manner, Route


@dataclass(frozen=True, slots=True)
class Site:
    """Where ketamine goes from a muscle, the skin, the nose or the mouth straight into the blood.

    `fraction` of the dose arrives there over `entry_h` hours (at once where zero) and leaves it at `per_h`.
    """

    fraction: FloatArray
    per_h: FloatArray
    entry_h: float = 0.0


@dataclass(frozen=True, slots=True)
class Gut:
    """What of a dose the gut gives as ketamine and, after the first pass, as norketamine (fractions of the dose)."""

    ketamine: FloatArray
    norketamine: FloatArray
    per_h: FloatArray
    entry_h: float

    @property
    def fraction(self) -> FloatArray:
        return self.ketamine + self.norketamine

    @property
    def parent_share(self) -> FloatArray:
        return self.ketamine / self.fraction


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: a site, the gut, both, or (neither) straight into the blood."""

    site: Site | None = None
    gut: Gut | None = None

    @classmethod
    def of(cls, route: Route, manner: Manner, people: People) -> "Way":
        match route:
            case Route.IV:
                return cls()
            case Route.IM:
                return cls(_site(people, "muscle"))
            case Route.SC:
                return cls(_site(people, "skin"))
            case Route.ORAL if manner is Manner.PROLONGED_RELEASE:
                return cls(gut=_released(people))
            case Route.ORAL:
                return cls(gut=_swallowed(people))
            case Route.SUBLINGUAL:
                mouth = people["mucosa_fraction"]
                gut = None if manner is Manner.SPAT_OUT else _swallowed(people, 1 - mouth)
                return cls(_site(people, "mucosa"), gut)
            case Route.NASAL:
                nose = people["nose_fraction"]
                swallowed = (1 - nose) * people["nose_norketamine_fraction"]
                nothing = np.zeros_like(nose)
                gut = Gut(nothing, swallowed, people["gut_absorption_per_h"], _one(people, "gut_entry_h"))
                return cls(_site(people, "nose"), gut)

    @property
    def straight(self) -> bool:
        return self.site is None and self.gut is None

    def rates(self, patients: int) -> dict[str, FloatArray]:
        """The rates of `disposition.chain` for this way; zero for the part it does not use."""
        nothing, whole = np.zeros(patients), np.ones(patients)
        return {
            "site_absorption_per_h": self.site.per_h if self.site else nothing,
            "gut_absorption_per_h": self.gut.per_h if self.gut else nothing,
            "gut_parent_share": self.gut.parent_share if self.gut else whole,
        }

    def inputs(self, dose: GivenDose, mg: float) -> Iterator[Input]:
        """What `mg` of this dose puts where. A slow infusion under the skin enters its site over its own time."""
        if self.straight:
            yield Input(Chain.CENTRAL, dose.start_h, mg, dose.duration_h)
        if self.site:
            yield Input(Chain.SITE, dose.start_h, mg * self.site.fraction, max(self.site.entry_h, dose.duration_h))
        if self.gut:
            yield Input(Chain.GUT, dose.start_h, mg * self.gut.fraction, self.gut.entry_h)


def _site(people: People, name: str) -> Site:
    return Site(people[f"{name}_fraction"], people[f"{name}_absorption_per_h"], _one(people, f"{name}_entry_h"))


def _swallowed(people: People, part: FloatArray | float = 1.0) -> Gut:
    return Gut(
        part * people["gut_fraction"],
        part * people["gut_norketamine_fraction"],
        people["gut_absorption_per_h"],
        _one(people, "gut_entry_h"),
    )


def _released(people: People) -> Gut:
    """A prolonged-release tablet: as much is absorbed as of a plain one; what does not get past is metabolised."""
    formed = people["norketamine_fraction"]
    absorbed = people["gut_fraction"] + people["gut_norketamine_fraction"] / formed
    norketamine = np.maximum(0, absorbed - people["release_fraction"]) * formed
    return Gut(people["release_fraction"], norketamine, people["gut_absorption_per_h"], _one(people, "release_h"))


def _one(people: People, name: str) -> float:
    """A number that is the same for everyone."""
    return float(people[name][0])
