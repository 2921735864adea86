"""Virtual patients by number: who they are depends on the seed and the number alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.body import Body, KineticsError

MOST_PATIENTS = 10_000_000  # ours: beyond is a slip


@dataclass(frozen=True, slots=True)
class Portion:
    """Patients with one body: number `first_patient`, and every so many after it, `patients` in all."""

    body: Body
    first_patient: int
    patients: int
    every: int = 1

    @property
    def place(self) -> slice:
        """Where these patients stand among all."""
        return slice(self.first_patient, self.first_patient + self.patients * self.every, self.every)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Each patient's number, (patients,)."""
        return np.arange(self.place.start, self.place.stop, self.every)


@dataclass(frozen=True, slots=True)
class Population:
    """So many virtual patients, who take these bodies in turn: of two, patient 0 has the first, 1 the second, 2 the
    first. So a patient's body depends on its number and the bodies, not on how many patients there are.

    Raises:
        KineticsError: if there are no patients or too many, or no bodies.
    """

    patients: int
    bodies: tuple[Body, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.patients, Integral) or self.patients < 1:
            raise KineticsError(
                f"A population needs a whole number of patients, at least one patient (here {self.patients!r})."
            )
        if self.patients > MOST_PATIENTS:
            raise KineticsError(
                f"{self.patients:,} virtual people are too many. Write at most {MOST_PATIENTS:,} (a bound of this "
                "project against slips)."
            )
        bodies = self.bodies if isinstance(self.bodies, Sequence) else ()
        if not bodies or not all(isinstance(body, Body) for body in bodies):
            raise KineticsError(f"A population needs bodies, such as (Body(70),) (here {self.bodies!r}).")
        object.__setattr__(self, "bodies", tuple(bodies))

    def body_of(self, number: int) -> Body:
        """The body of a patient."""
        return self.bodies[number % len(self.bodies)]

    def portions(self, size: int) -> Iterator[Portion]:
        """The patients in portions of at most `size` that share a body, body by body."""
        every = len(self.bodies)
        for place, body in enumerate(self.bodies):
            having = len(range(place, self.patients, every))
            for start in range(0, having, size):
                yield Portion(body, place + start * every, min(size, having - start), every)
