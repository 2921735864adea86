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
    """What of a dose the gut gives, in fractions of it, after the first pass.

    `ketamine` and `norketamine` reach the blood as such. `further` is norketamine that the same pass has metabolised:
    it arrives as what the liver makes of norketamine at any other time.
    """

    ketamine: FloatArray
    norketamine: FloatArray
    further: FloatArray
    per_h: FloatArray
    entry_h: float

    @classmethod
    def after_first_pass(
        cls, people: People, swallowed: FloatArray | float, ketamine: FloatArray, norketamine: FloatArray, entry: str
    ) -> "Gut":
        """All that is swallowed is absorbed; of what does not arrive as ketamine the liver makes what it makes later.

        So Simons 2022 has it (the same fractions for swallowed and circulating ketamine); the esketamine label gives
        about 2 % of a swallowed dose in the faeces (recalled).
        """
        made = people["norketamine_fraction"] * (swallowed - ketamine)
        further = np.maximum(0, made - norketamine)
        return cls(ketamine, norketamine, further, people["gut_absorption_per_h"], _one(people, entry))

    @property
    def fraction(self) -> FloatArray:
        return self.ketamine + self.norketamine + self.further


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
                norketamine = (1 - nose) * people["nose_norketamine_fraction"]
                gut = Gut.after_first_pass(people, 1 - nose, np.zeros_like(nose), norketamine, "gut_entry_h")
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
            "gut_ketamine_share": self.gut.ketamine / self.gut.fraction if self.gut else whole,
            "gut_norketamine_share": self.gut.norketamine / self.gut.fraction if self.gut else nothing,
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
    ketamine, norketamine = part * people["gut_fraction"], part * people["gut_norketamine_fraction"]
    return Gut.after_first_pass(people, part, ketamine, norketamine, "gut_entry_h")


def _released(people: People) -> Gut:
    """A prolonged-release tablet: as much norketamine is lost on the way as of a plain one."""
    ketamine, formed = people["release_fraction"], people["norketamine_fraction"]
    kept = people["gut_fraction"] + people["gut_norketamine_fraction"] / formed
    norketamine = np.maximum(0, kept - ketamine) * formed
    return Gut.after_first_pass(people, 1.0, ketamine, norketamine, "release_h")


def _one(people: People, name: str) -> float:
    """A number that is the same for everyone."""
    return float(people[name][0])
