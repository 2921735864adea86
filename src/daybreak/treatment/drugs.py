"""Drugs and routes."""

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
