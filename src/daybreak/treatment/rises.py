"""A large rise of pressure since before the dose is told and not marked: what is done about it the limits say."""

from collections.abc import Mapping
from dataclasses import dataclass

from daybreak.treatment.knowledge import load
from daybreak.treatment.limits import SHORT_NAMES
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import Reading, Vital


@dataclass(frozen=True, slots=True)
class Rise:
    """A reading that lies as far above the value before the dose as `rule` tells of."""

    rule: str
    reading: Reading
    by: float
    provenance: Provenance

    @property
    def sentence(self) -> str:
        """For example "Systolic 175, 45 above the value before the dose."."""
        name = SHORT_NAMES[self.reading.vital]
        return f"{name} {self.reading.value:g}, {self.by:g} above the value before the dose."


def large_rise(reading: Reading, baseline: Mapping[Vital, float]) -> Rise | None:
    """The rise this reading shows, or None: too small, of another vital sign, or nothing known before the dose."""
    rule = load("monitoring.yaml")["rises"]
    least, before = rule["at_least"].get(reading.vital), baseline.get(reading.vital)
    if least is None or before is None:
        return None
    by = round(reading.value - before, 1)
    return Rise(rule["rule"], reading, by, provenance(rule)) if by >= least else None
