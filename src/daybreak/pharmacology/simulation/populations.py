"""Virtual patients by number: who they are depends on the seed and the number alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.arguments import PATIENTS, each, kind, settle, whole
from daybreak.pharmacology.body import Body

BODY = kind(Body, such_as="Body(70)")


@dataclass(frozen=True, slots=True)
class Portion:
    """Patients with one body: number `first_patient`, and every so many after it, `patients` in all."""

    body: Body
    first_patient: int
    patients: int
    every: int = 1

    def __post_init__(self) -> None:
        settle(self, body=BODY, first_patient=whole(0), patients=PATIENTS, every=whole(1))

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
        settle(self, patients=PATIENTS, bodies=each(BODY, such_as="(Body(70),)", least=1))

    def without_people(self) -> tuple[str, ...]:
        """Which bodies nobody has, as a sentence: of more bodies than people the last come to nobody."""
        if not (nobodys := self.bodies[self.patients :]):
            return ()
        weights = ", ".join(dict.fromkeys(f"{body.weight_kg:g} kg" for body in nobodys))
        people = "1 person takes" if self.patients == 1 else f"{self.patients} people take"
        return (
            f"Nobody has the last {len(nobodys)} of {len(self.bodies)} bodies ({weights}): {people} them in turn. Ask "
            f"for at least {len(self.bodies)} people.",
        )

    def portions(self, size: int) -> Iterator[Portion]:
        """The patients in portions of at most `size` that share a body, body by body."""
        PATIENTS("size", size)
        every = len(self.bodies)
        for place, body in enumerate(self.bodies):
            having = len(range(place, self.patients, every))
            for start in range(0, having, size):
                yield Portion(body, place + start * every, min(size, having - start), every)
