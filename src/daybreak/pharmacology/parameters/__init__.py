"""The numbers of the kinetic models, each with unit, source and status, read from the YAML files here."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.linear import FloatArray


class ParameterError(ValueError):
    """A parameter file that cannot be used: the message is a sentence that names the entry and the fault."""


class Status(StrEnum):
    """How far a number was checked: read in its source, remembered, computed from read ones, or assumed."""

    SEEN = "seen"
    RECALLED = "recalled"
    DERIVED = "derived"
    ASSUMED = "assumed"


class Scale(StrEnum):
    """On which scale a parameter varies normally between people."""

    LOG = "log"
    LOGIT = "logit"


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNITS = frozenset({"L", "L/h", "1/h", "h", "mg", "fraction", "ratio", "log SD", "ng/mL"})
_LARGEST_FRACTION = 0.99  # of a person whose drawn number would say more than all of it
_SHARED = ("covariates.yaml", "interactions.yaml", "routes.yaml")  # what every model's result also rests on


@dataclass(frozen=True, slots=True)
class Source:
    citation: str
    doi: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One typical value. It scales with (weight / reference weight)^`weight_exponent`, changes by
    `change_per_year` for each year of age above `above_age_years`, and is multiplied by the factor of the
    person's `ancestry` where the source has one."""

    name: str
    value: float
    unit: str
    status: Status
    source: Source
    weight_exponent: float = 0.0
    change_per_year: float = 0.0
    above_age_years: float = 0.0
    ancestry: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Variability:
    """How some parameters vary together, between people or occasions: `covariance` of their logs or logits."""

    parameters: tuple[str, ...]
    scale: Scale
    covariance: FloatArray
    status: Status
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class StudiedRange:
    """The range of weight, age or dose in the people the model was built on."""

    low: float
    high: float
    status: Status
    note: str = ""


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """One model's numbers. `version` ends in a digest of the files it came from.

    `uncertainty` is how far typical values may be off, `scale_doubt` how far a whole substance may be, because
    studies disagree about it.
    """

    id: str
    version: str
    title: str
    matrix: str
    reference_weight_kg: float
    parameters: Mapping[str, Parameter]
    variability: tuple[Variability, ...]
    occasion_variability: tuple[Variability, ...]
    uncertainty: tuple[Variability, ...]
    residual_error: Mapping[str, Parameter]
    scale_doubt: Mapping[str, Parameter]
    studied: Mapping[str, StudiedRange]
    limits: tuple[str, ...]

    @property
    def random_effects(self) -> int:
        """How many standard normal numbers make one person."""
        return _width(self.variability)

    @property
    def occasion_effects(self) -> int:
        """How many standard normal numbers make one dose of a person differ from another."""
        return _width(self.occasion_variability)

    @property
    def uncertain_effects(self) -> int:
        """How many standard normal numbers say how far the typical values themselves may be off."""
        return _width(self.uncertainty)

    def of_people(
        self,
        body: Body,
        normals: FloatArray,
        *,
        occasion: FloatArray | None = None,
        uncertain: FloatArray | None = None,
    ) -> dict[str, FloatArray]:
        """Each parameter for people of this body, (patients,) by name.

        `normals` is (patients, random_effects); a row of zeros is the typical person. `occasion` is (patients,
        occasion_effects) for one dose, `uncertain` (patients, uncertain_effects); None is zeros.
        """
        values = {
            name: np.full(len(normals), self._for_body(parameter, body)) for name, parameter in self.parameters.items()
        }
        for blocks, numbers in (
            (self.variability, normals),
            (self.occasion_variability, occasion),
            (self.uncertainty, uncertain),
        ):
            if numbers is not None:
                _vary_all(values, blocks, numbers)
        for name, parameter in self.parameters.items():
            if parameter.unit == "fraction":
                values[name] = np.minimum(values[name], _LARGEST_FRACTION)
        return values

    def _for_body(self, parameter: Parameter, body: Body) -> float:
        by_weight = (body.weight_kg / self.reference_weight_kg) ** parameter.weight_exponent
        years = max(0.0, (body.age_years or 0.0) - parameter.above_age_years)
        by_ancestry = parameter.ancestry.get(str(body.ancestry), 1.0)
        return float((parameter.value + parameter.change_per_year * years) * by_weight * by_ancestry)


def _width(blocks: tuple[Variability, ...]) -> int:
    return sum(len(block.parameters) for block in blocks)


def _vary_all(values: dict[str, FloatArray], blocks: tuple[Variability, ...], normals: FloatArray) -> None:
    columns = iter(np.ascontiguousarray(normals.T))
    for block in blocks:
        own = [next(columns) for _ in block.parameters]
        for name, row in zip(block.parameters, _factors(block.covariance.tobytes()), strict=True):
            # One product after the other: a matrix product rounds differently for one patient than for many.
            deviation = np.zeros(len(normals))
            for share, column in zip(row, own, strict=False):
                deviation += share * column
            values[name] = _vary(values[name], deviation, block.scale)


@cache
def _factors(covariance: bytes) -> tuple[tuple[float, ...], ...]:
    """The rows of its lower triangular factor, each up to the diagonal."""
    numbers = np.frombuffer(covariance)
    factors = np.linalg.cholesky(numbers.reshape(math.isqrt(len(numbers)), -1))
    return tuple(tuple(row[: place + 1].tolist()) for place, row in enumerate(factors))


def _vary(typical: FloatArray, deviation: FloatArray, scale: Scale) -> FloatArray:
    if scale is Scale.LOG:
        return typical * np.exp(deviation)
    odds = typical / (1 - typical) * np.exp(deviation)
    return odds / (1 + odds)


def read_yaml(content: bytes) -> Any:
    """Plain data, read by the compiled reader where there is one: it takes a tenth of the time."""
    return yaml.load(content, Loader=_Loader)  # noqa: S506 - a safe loader


@cache
def load(identifier: str) -> ParameterSet:
    """The parameter set with this id, for example "otto-2021".

    Raises:
        ParameterError: if there is no such file, or an entry in it is wrong.
    """
    path = files(__name__).joinpath(f"{identifier}.yaml")
    if not path.is_file():
        raise ParameterError(f"There is no parameter set named {identifier}.")
    parameters = parse(path.read_bytes())
    shared = b"".join(files(__name__).joinpath(name).read_bytes() for name in _SHARED)
    digest = hashlib.sha256(path.read_bytes() + shared).hexdigest()[:8]
    return replace(parameters, version=f"{parameters.version}+{digest}")


def parse(content: bytes) -> ParameterSet:
    """A parameter set from the bytes of its YAML file, every entry checked.

    Raises:
        ParameterError: if an entry is missing or wrong.
    """
    raw = read_yaml(content)
    try:
        sources = {name: Source(**row) for name, row in raw["sources"].items()}
        parameters = {name: _parameter(name, row, sources) for name, row in raw["parameters"].items()}
        return ParameterSet(
            id=raw["id"],
            version=raw["version"],
            title=raw["title"],
            matrix=raw["matrix"],
            reference_weight_kg=float(raw["reference_weight_kg"]),
            parameters=parameters,
            variability=_blocks(raw["variability"], parameters, sources),
            occasion_variability=_blocks(raw.get("occasion_variability", ()), parameters, sources),
            uncertainty=_blocks(raw.get("uncertainty", ()), parameters, sources),
            residual_error={name: _parameter(name, row, sources) for name, row in raw["residual_error"].items()},
            scale_doubt={name: _parameter(name, row, sources) for name, row in raw.get("scale_doubt", {}).items()},
            studied={name: _studied(row) for name, row in raw["studied"].items()},
            limits=tuple(raw["limits"]),
        )
    except (KeyError, TypeError) as error:
        raise ParameterError(f"A parameter file lacks an entry or has an unknown one: {error}.") from error


def _parameter(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Parameter:
    value, unit = row["value"], row["unit"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ParameterError(f"{name} is {value!r}. A parameter is a number above zero.")
    if unit not in UNITS:
        raise ParameterError(f"{name} has the unit {unit!r}. Use one of {', '.join(sorted(UNITS))}.")
    if unit == "fraction" and value >= 1:
        raise ParameterError(f"{name} is {value:g}. A fraction lies between 0 and 1.")
    checked = {"name": name, "status": _status(name, row), "source": _source(name, row, sources)}
    return Parameter(**{**row, **checked})


def _blocks(
    rows: Sequence[Mapping[str, Any]], parameters: Mapping[str, Parameter], sources: Mapping[str, Source]
) -> tuple[Variability, ...]:
    return tuple(_variability(row, parameters, sources) for row in rows)


def _variability(
    row: Mapping[str, Any], parameters: Mapping[str, Parameter], sources: Mapping[str, Source]
) -> Variability:
    names = tuple(row["parameters"])
    title = " and ".join(names)
    if missing := [name for name in names if name not in parameters]:
        raise ParameterError(f"The variability of {missing[0]} has no parameter to vary.")
    if "cv_percent" in row:
        covariance = np.array([[math.log1p((row["cv_percent"] / 100) ** 2)]])
    else:
        covariance = np.array(row["covariance"], dtype=np.float64)
    square = covariance.shape == (len(names), len(names)) and np.array_equal(covariance, covariance.T)
    if not square or np.linalg.eigvalsh(covariance).min() <= 0:
        raise ParameterError(f"The covariance of {title} must be symmetric and positive definite.")
    return Variability(
        parameters=names,
        scale=Scale(row["scale"]),
        covariance=covariance,
        status=_status(title, row),
        source=_source(title, row, sources),
        note=row.get("note", ""),
    )


def _studied(row: Mapping[str, Any]) -> StudiedRange:
    low, high = row["range"]
    return StudiedRange(float(low), float(high), _status("A studied range", row), row.get("note", ""))


def _status(name: str, row: Mapping[str, Any]) -> Status:
    if row["status"] not in list(Status):
        raise ParameterError(f"{name} has the status {row['status']!r}. Use one of {', '.join(Status)}.")
    return Status(row["status"])


def _source(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Source:
    if row["source"] not in sources:
        raise ParameterError(f"{name} cites {row['source']!r}, which is not among the file's sources.")
    return sources[row["source"]]
