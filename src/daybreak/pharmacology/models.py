"""The kinetic models by name: which doses each serves, and which one serves a route when nobody asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from daybreak.pharmacology import structures
from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body, KineticsError, Sex
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.parameters import ParameterSet, load, read_yaml
from daybreak.pharmacology.parameters.covariates import women_clearance_ratio
from daybreak.pharmacology.structures import Structure, by_way_in
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Dose

__all__ = ["MODELS", "Analyte", "DefaultModel", "KineticModel", "NoModelError", "default_for", "model_for"]


class NoModelError(KineticsError):
    """No kinetic model serves this dose: the message is a sentence a page can show."""


@dataclass(frozen=True, slots=True)
class KineticModel:
    """A model: its numbers, the doses it serves and its structure."""

    id: str
    serves: frozenset[tuple[Drug, Route]]
    predict: Structure

    @property
    def parameters(self) -> ParameterSet:
        return load(self.id)


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """The model that serves a drug by a route unless another is asked for, and why.

    `doubt_log_sd` is how far the whole curve may lie off for reasons no parameter of it carries.
    """

    drugs: tuple[Drug, ...]
    route: Route
    model: str
    reason: str
    doubt_log_sd: float
    doubt_status: str
    doubt_basis: str


def with_sex(people: Mapping[str, FloatArray], body: Body) -> dict[str, FloatArray]:
    """The same people with the clearances of women where the body is a woman's (Sigtermans 2009)."""
    ratio = women_clearance_ratio().value if body.sex is Sex.FEMALE else 1.0
    cleared = ("clearance_l_per_h", "norketamine_clearance_l_per_h")
    return {name: values * ratio if name in cleared else values for name, values in people.items()}


def _serves(drugs: Sequence[Drug], *routes: Route) -> frozenset[tuple[Drug, Route]]:
    return frozenset((drug, route) for drug in drugs for route in routes)


_SPRAY = (Drug.ESKETAMINE, Route.NASAL)
MODELS = {
    model.id: model
    for model in (
        KineticModel("daybreak-2026", _serves(list(Drug), *Route) - {_SPRAY}, by_way_in(structures.daybreak)),
        KineticModel("otto-2021", _serves(list(Drug), Route.IV), by_way_in(structures.otto)),
        KineticModel(
            "perez-ruixo-2021",
            _serves([Drug.ESKETAMINE], Route.NASAL, Route.IV, Route.ORAL),
            by_way_in(structures.perez_ruixo),
        ),
        KineticModel(
            "simons-2022", _serves([Drug.ESKETAMINE], Route.SUBLINGUAL, Route.IV), by_way_in(structures.simons)
        ),
        KineticModel("noppers-2011", _serves([Drug.ESKETAMINE], Route.IV), by_way_in(structures.s_ketamine_alone)),
        KineticModel("domino-1984", _serves([Drug.KETAMINE], Route.IV), by_way_in(structures.ketamine_alone)),
        KineticModel("clements-1981", _serves([Drug.KETAMINE], Route.IV), by_way_in(structures.ketamine_alone)),
    )
}


@cache
def default_models() -> tuple[DefaultModel, ...]:
    """Each route's model with its reason, from `parameters/routes.yaml`."""
    path = files("daybreak.pharmacology.parameters").joinpath("routes.yaml")
    rows: list[dict[str, Any]] = read_yaml(path.read_bytes())["routes"]
    return tuple(
        DefaultModel(**{**row, "drugs": tuple(map(Drug, row["drugs"])), "route": Route(row["route"])}) for row in rows
    )


def default_for(drug: Drug, route: Route) -> DefaultModel:
    """The default of this drug and route."""
    return next(row for row in default_models() if drug in row.drugs and row.route is route)


def model_for(doses: Sequence[Dose], name: str | None = None) -> KineticModel:
    """The one model that serves all these doses: the named one, or the default of their routes.

    Raises:
        NoModelError: if there is none.
    """
    if name is not None and (not isinstance(name, str) or name not in MODELS):
        raise NoModelError(f"There is no kinetic model named {name}. Use one of {', '.join(MODELS)}.")
    wanted = {(dose.drug, dose.route): dose for dose in doses}
    if name is None:
        names = {default_for(drug, route).model for drug, route in wanted}
        if len(names) > 1:
            raise NoModelError("These doses need different models, and one curve cannot hold both. Ask for each apart.")
        return MODELS[names.pop()]
    for drug, route in wanted:
        if (drug, route) not in MODELS[name].serves:
            raise NoModelError(f"The model {name} does not serve {drug} by the {route} route. Leave the name out.")
    return MODELS[name]
