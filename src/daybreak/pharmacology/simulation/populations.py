"""Virtual patients by number: who they are depends on the seed and the number alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from daybreak.pharmacology.body import Body, KineticsError


@dataclass(frozen=True, slots=True)
class Portion:
    """A run of patients with one body, the first of them number `first_patient`."""

    body: Body
    first_patient: int
    patients: int


@dataclass(frozen=True, slots=True)
class Population:
    """So many virtual patients, shared out evenly over these bodies in order: the first body has the first patients.

    Raises:
        KineticsError: if there are no patients or no bodies.
    """

    patients: int
    bodies: tuple[Body, ...]

    def __post_init__(self) -> None:
        if self.patients < 1 or not self.bodies:
            raise KineticsError(
                f"A population needs at least one patient (here {self.patients}) "
                f"and one body (here {len(self.bodies)})."
            )

    def portions(self, size: int) -> Iterator[Portion]:
        """The patients in runs of at most `size` that share a body."""
        edges = [round(self.patients * place / len(self.bodies)) for place in range(len(self.bodies) + 1)]
        for body, first, end in zip(self.bodies, edges[:-1], edges[1:], strict=True):
            for start in range(first, end, size):
                yield Portion(body, start, min(size, end - start))
