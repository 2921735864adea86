"""Estimated parameters: prior and fit from `parameters/<id>.yaml` and `parameters/<id>-fit.yaml`.

The first file is written by hand: what is fixed by convention or taken from a source, and the prior of each
estimated parameter. The second is written by `daybreak model calibrate` alone: estimate and covariance. Estimated
parameters are normal on their own scale (logarithm, logit, or as they are), and that normal distribution is the
uncertainty wherever the model is used.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.parameters import ParameterError, Status, StudiedRange, read_yaml


class Scale(StrEnum):
    """On which scale an estimated parameter is normal."""

    PLAIN = "plain"
    LOG = "log"
    LOGIT = "logit"

    def to_natural(self, values: FloatArray) -> FloatArray:
        if self is Scale.LOG:
            return np.asarray(np.exp(values))
        if self is Scale.LOGIT:
            return np.asarray(1 / (1 + np.exp(-values)))
        return values

    def from_natural(self, value: float) -> float:
        if self is Scale.LOG:
            return math.log(value)
        if self is Scale.LOGIT:
            return math.log(value / (1 - value))
        return value


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number that is not estimated: from a source, or a convention that takes the place of one."""

    name: str
    value: float
    unit: str
    status: Status
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prior:
    """What was believed before the fit. `mean` and `standard_deviation` are on the parameter's own scale."""

    name: str
    meaning: str
    unit: str
    scale: Scale
    mean: float
    standard_deviation: float
    source: str


@dataclass(frozen=True, slots=True)
class Estimates:
    """The parameters of one fitted model. `mean` and `covariance` follow `priors`, on each one's scale.

    `version` ends in a digest of both files; `data` is the digest of the data fitted to, as the fit wrote it.
    """

    id: str
    version: str
    title: str
    fixed: Mapping[str, Fixed]
    priors: tuple[Prior, ...]
    mean: FloatArray
    covariance: FloatArray
    data: str
    studied: Mapping[str, StudiedRange]
    limits: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(prior.name for prior in self.priors)

    def place(self, name: str) -> int:
        return self.names.index(name)

    def natural(self, vectors: FloatArray) -> dict[str, FloatArray]:
        """Parameters by name, (sets,) each, from vectors (sets, parameters) on the parameters' scales."""
        columns = np.ascontiguousarray(np.atleast_2d(vectors).T)
        return {prior.name: prior.scale.to_natural(column) for prior, column in zip(self.priors, columns, strict=True)}

    def estimate(self) -> dict[str, FloatArray]:
        """The fitted parameters by name, (1,) each."""
        return self.natural(self.mean)

    def vectors(self, normals: FloatArray) -> FloatArray:
        """Parameters on their scales from the fit's distribution, (sets, parameters) like `normals`.

        Summed up by hand: a matrix product rounds a set's numbers by how many others stand beside it.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0))
        found = np.broadcast_to(self.mean, normals.shape)
        for place, column in enumerate(root.T):
            found = found + normals[:, [place]] * column
        return np.asarray(found)

    def drawn(self, normals: FloatArray) -> dict[str, FloatArray]:
        """Parameters by name, (sets,) each, from the fit's distribution; `normals` (sets, parameters)."""
        return self.natural(self.vectors(normals))

    def interval(self, name: str, level: float = 0.90) -> tuple[float, float, float]:
        """Lower end, estimate and upper end on the natural scale."""
        place = self.place(name)
        reach = {0.90: 1.6448536269514722, 0.95: 1.959963984540054}[level] * math.sqrt(self.covariance[place, place])
        ends = self.mean[place] + np.array([-reach, 0.0, reach])
        lower, middle, upper = self.priors[place].scale.to_natural(ends)
        return float(lower), float(middle), float(upper)

    def contraction(self) -> dict[str, float]:
        """How much of each prior's variance the data removed: 0 nothing learned, 1 all."""
        return {
            prior.name: float(1 - self.covariance[place, place] / prior.standard_deviation**2)
            for place, prior in enumerate(self.priors)
        }


@cache
def load_estimates(identifier: str) -> Estimates:
    """Priors and fit by id, for example "response".

    Raises:
        ParameterError: if a file or an entry is missing, or the fit does not belong to the priors.
    """
    folder = files("daybreak.pharmacology.parameters")
    priors_file, fit_file = folder.joinpath(f"{identifier}.yaml"), folder.joinpath(f"{identifier}-fit.yaml")
    for path in (priors_file, fit_file):
        if not path.is_file():
            raise ParameterError(f"There is no parameter file {path.name}. Run `daybreak model calibrate`.")
    unfitted = load_priors(identifier)
    fit = read_yaml(fit_file.read_bytes())
    if tuple(fit["names"]) != unfitted.names or fit["priors"] != priors_digest(identifier):
        raise ParameterError(
            f"{fit_file.name} was fitted with other priors than {priors_file.name} has. Run `daybreak model calibrate`."
        )
    digest = hashlib.sha256(priors_file.read_bytes() + fit_file.read_bytes()).hexdigest()[:8]
    return Estimates(
        id=unfitted.id,
        version=f"{unfitted.version}+{digest}",
        title=unfitted.title,
        fixed=unfitted.fixed,
        priors=unfitted.priors,
        mean=np.array(fit["mean"], dtype=np.float64),
        covariance=np.array(fit["covariance"], dtype=np.float64),
        data=fit["data"],
        studied=unfitted.studied,
        limits=unfitted.limits,
    )


def priors_digest(identifier: str) -> str:
    """Names the priors and the fixed numbers a fit was made with."""
    priors = load_priors(identifier)
    numbers = [f"{fixed.name}={fixed.value!r}" for fixed in priors.fixed.values()]
    numbers += [f"{p.name}={p.scale}:{p.mean!r}:{p.standard_deviation!r}" for p in priors.priors]
    return hashlib.sha256("\n".join(numbers).encode()).hexdigest()[:16]


def fit_digest(identifier: str) -> str:
    """Names a fit, so that what was computed from it can be told from what was not."""
    path = files("daybreak.pharmacology.parameters").joinpath(f"{identifier}-fit.yaml")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@cache
def load_priors(identifier: str) -> Estimates:
    """The parameters before any fit: the mean and covariance are those of the priors.

    Raises:
        ParameterError: if an entry is missing or wrong.
    """
    raw = read_yaml(files("daybreak.pharmacology.parameters").joinpath(f"{identifier}.yaml").read_bytes())
    try:
        fixed = {name: _fixed(name, row) for name, row in raw["fixed"].items()}
        priors = tuple(_prior(name, row) for name, row in raw["estimated"].items())
        studied = {name: _studied(row) for name, row in raw["studied"].items()}
        title, version, limits = raw["title"], raw["version"], tuple(raw["limits"])
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(f"{identifier}.yaml lacks an entry or has a wrong one: {error}.") from error
    return Estimates(
        id=identifier,
        version=version,
        title=title,
        fixed=fixed,
        priors=priors,
        mean=np.array([prior.mean for prior in priors]),
        covariance=np.diag([prior.standard_deviation**2 for prior in priors]),
        data="",
        studied=studied,
        limits=limits,
    )


def _fixed(name: str, row: Mapping[str, Any]) -> Fixed:
    return Fixed(name=name, **{**row, "value": float(row["value"]), "status": Status(row["status"])})


def _prior(name: str, row: Mapping[str, Any]) -> Prior:
    scale = Scale(row["scale"])
    return Prior(
        name=name,
        meaning=row["meaning"],
        unit=row["unit"],
        scale=scale,
        mean=scale.from_natural(float(row["prior"])),
        standard_deviation=float(row["prior_sd"]),
        source=row["source"],
    )


def _studied(row: Mapping[str, Any]) -> StudiedRange:
    low, high = row["range"]
    return StudiedRange(float(low), float(high), Status(row["status"]), row.get("note", ""))
