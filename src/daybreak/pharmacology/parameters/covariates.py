"""What sets people and samples apart beside the models: handedness, sex, where blood is drawn."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from daybreak.pharmacology.parameters import Source, Status, read_yaml


@dataclass(frozen=True, slots=True)
class Ratio:
    """A published ratio or number, named after its study."""

    name: str
    value: float
    status: Status
    source: Source
    note: str = ""


@cache
def enantiomer_clearance_ratio() -> Ratio:
    """Clearance of R-ketamine over that of S-ketamine: the chosen one of the published ratios."""
    return _chosen("enantiomer_clearance")


@cache
def women_clearance_ratio() -> Ratio:
    """Clearance of S-ketamine and S-norketamine in women over that in men."""
    return _chosen("sex")


@cache
def sex_effect_by_default() -> bool:
    """Whether the clearance of women is applied when nobody says."""
    return bool(_covariates()["sex"]["applied"])


@cache
def mixing_flow() -> Ratio:
    """The flow in L/h that dilutes what enters the blood: arterial minus venous is the rate of entry over it."""
    return _chosen("arterial")


@cache
def _covariates() -> Any:
    return read_yaml(files("daybreak.pharmacology.parameters").joinpath("covariates.yaml").read_bytes())


def _chosen(section: str) -> Ratio:
    name = _covariates()[section]["source"]
    row = _covariates()[section]["ratios"][name]
    return Ratio(
        name=name,
        value=float(row["value"]),
        status=Status(row["status"]),
        source=Source(citation=row["citation"], doi=row["doi"], url=row["url"]),
        note=row.get("note", ""),
    )
