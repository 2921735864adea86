"""What is measured, and what a mole of it weighs."""

from enum import StrEnum

from daybreak.pharmacology.linear import FloatArray

_G_PER_MOL = {
    "ketamine": 237.73,
    "norketamine": 223.70,
    "dehydronorketamine": 221.68,
    "hydroxynorketamine": 239.70,
}


class Analyte(StrEnum):
    """What is measured. Without S or R it is both together, as an assay blind to handedness reports it."""

    KETAMINE = "ketamine"
    S_KETAMINE = "S-ketamine"
    R_KETAMINE = "R-ketamine"
    NORKETAMINE = "norketamine"
    S_NORKETAMINE = "S-norketamine"
    R_NORKETAMINE = "R-norketamine"
    S_DEHYDRONORKETAMINE = "S-dehydronorketamine"
    R_DEHYDRONORKETAMINE = "R-dehydronorketamine"
    HYDROXYNORKETAMINE = "hydroxynorketamine"
    S_HYDROXYNORKETAMINE = "S-hydroxynorketamine"
    R_HYDROXYNORKETAMINE = "R-hydroxynorketamine"

    @property
    def substance(self) -> str:
        """Its name without handedness."""
        return self.value.removeprefix("S-").removeprefix("R-")

    @property
    def g_per_mol(self) -> float:
        """Molar mass of the free base."""
        return _G_PER_MOL[self.substance]


Curves = dict[Analyte, FloatArray]


def with_totals(curves: Curves) -> Curves:
    """The curves with S and R together where both are there."""
    totals = {
        Analyte(substance): curves[Analyte(f"S-{substance}")] + curves[Analyte(f"R-{substance}")]
        for substance in ("ketamine", "norketamine", "hydroxynorketamine")
        if Analyte.R_KETAMINE in curves and f"R-{substance}" in curves
    }
    return {**totals, **curves} | totals
