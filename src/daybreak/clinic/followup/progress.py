"""Where a person stands in a questionnaire: a half sun on a line."""

from dataclasses import dataclass

WIDTH = 320.0
_RADIUS = 12.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Question `step` of `count`, as places on a line of 320 units."""

    step: int
    count: int

    @property
    def here(self) -> float:
        return self._place(self.step)

    @property
    def sun_starts(self) -> float:
        return round(self.here - _RADIUS, 1)

    @property
    def ticks(self) -> list[float]:
        return [self._place(other) for other in range(1, self.count + 1) if other != self.step]

    def _place(self, step: int) -> float:
        return round(WIDTH * (step - 0.5) / self.count, 1)
