"""What the brain sees of a regimen: plasma at the mesh's nodes and the effect site behind it.

The concentrations come from the kinetic model that serves the doses; where none does, its `NoModelError`
passes through. The effect site follows plasma with one rate.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.analytes import Analyte, Curves
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.cascade import State, filtered
from daybreak.pharmacology.mechanism.mesh import NODES, Mesh
from daybreak.pharmacology.population import simulate
from daybreak.treatment.regimen import MINUTES_PER_HOUR, Dose, Regimen

# What acts on symptoms, pain and the treatment day; the illustrated chain knows norketamine too.
KETAMINE_ALONE = frozenset({"ketamine"})
# A dose without infusion may enter in portions (nasal devices five minutes apart), so panels end there too.
_PORTIONS_H = (5 / MINUTES_PER_HOUR, 10 / MINUTES_PER_HOUR)
# While an infusion runs the panels stay short: they grow as the drug leaves, and until its end it does not.
_LONGEST_UNCHANGED_H = 6.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """Plasma of some people at the nodes of a mesh, (patients, panels, nodes) in ng/mL by analyte.

    `doubt_log_sd` is how far the whole curve may lie off by the routes given; a crowd's curves hold it, others do not.
    """

    mesh: Mesh
    times_h: FloatArray
    plasma_ng_per_ml: dict[Analyte, FloatArray]
    model_id: str
    parameter_version: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]
    doubt_log_sd: float = 0.0
    _sites: dict[tuple[float, float], State] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        given: Dose | Regimen,
        body: Body,
        times_h: ArrayLike,
        *,
        normals: FloatArray | None = None,
        nodes: int = NODES,
        substances: frozenset[str] | None = None,
    ) -> "Exposure":
        """The exposure of the typical person of this body, or of the people drawn as `normals`.

        Args:
            times_h: (times,) hours since the first dose, zero or later, at which results will be asked for.
            normals: (patients, random effects of the kinetic model); None is the typical person alone.
            substances: whose plasma is needed; all when not said.

        Raises:
            NoModelError: if no kinetic model serves these doses.
            KineticsError: if a time lies before the first dose.
        """
        asked, mesh = _asked(given, body, times_h, nodes)
        if normals is None:
            normals = np.zeros((1, asked.model.parameters.random_effects))
        return cls._from(asked, mesh, asked.for_people(normals, mesh.times_h.reshape(-1), substances))

    @classmethod
    def of_crowd(
        cls,
        given: Dose | Regimen,
        body: Body,
        times_h: ArrayLike,
        *,
        patients: int,
        seed: int,
        first_patient: int = 0,
        every: int = 1,
        substances: frozenset[str] | None = None,
    ) -> "Exposure":
        """The exposure of virtual patients of this body, each also one way in which the kinetics may be off.

        Args:
            patients, seed, first_patient, every, substances: as for `daybreak.pharmacology.population.simulate`.

        Raises:
            NoModelError: if no kinetic model serves these doses.
            KineticsError: if a time lies before the first dose.
        """
        asked, mesh = _asked(given, body, times_h, NODES)
        at_nodes = replace(asked, times_h=mesh.times_h.reshape(-1))
        curves = simulate(
            at_nodes,
            patients=patients,
            seed=seed,
            first_patient=first_patient,
            every=every,
            uncertain=True,
            substances=substances,
        )
        return cls._from(asked, mesh, curves)

    @classmethod
    def _from(cls, asked: Prediction, mesh: Mesh, curves: Curves) -> "Exposure":
        return cls(
            mesh=mesh,
            times_h=asked.times_h,
            plasma_ng_per_ml={name: curve.reshape(-1, *mesh.times_h.shape) for name, curve in curves.items()},
            model_id=asked.model.id,
            parameter_version=asked.model.parameters.version,
            limits=asked.limits,
            warnings=asked.warnings,
            doubt_log_sd=asked.doubt_log_sd,
        )

    def effect_site(self, rate_per_h: float | FloatArray, r_ketamine_weight: float = 0.0) -> State:
        """S-ketamine, with R-ketamine counted by `r_ketamine_weight`, behind an effect site, in ng/mL."""
        known = (rate_per_h, r_ketamine_weight) if isinstance(rate_per_h, float) else None
        if known in self._sites:  # a fit asks for the same site thousands of times
            return self._sites[known]
        plasma = self.plasma_ng_per_ml[Analyte.S_KETAMINE]
        if r_ketamine_weight and Analyte.R_KETAMINE in self.plasma_ng_per_ml:
            weighted = r_ketamine_weight * self.plasma_ng_per_ml[Analyte.R_KETAMINE]
            plasma = np.add(weighted, plasma, out=weighted)
        site = filtered(self.mesh, plasma, rate_per_h)
        if known is not None:
            self._sites[known] = site
        return site

    def at_times(self, state: State) -> FloatArray:
        """A state at the times asked for, (patients, times)."""
        return state.at_times


def _asked(given: Dose | Regimen, body: Body, times_h: ArrayLike, nodes: int) -> tuple[Prediction, Mesh]:
    """What is asked of the kinetics, and panels that end where the input changes and where results are wanted."""
    asked = Prediction.of(given, body, times_h)
    if asked.times_h.size == 0 or asked.times_h.min() < 0 or asked.times_h.max() == 0:
        raise KineticsError("A course needs at least one time after the first dose, and none before it.")
    changes = [
        change
        for dose in asked.doses
        for change in (
            dose.start_h,
            *np.arange(dose.start_h, dose.start_h + dose.duration_h, _LONGEST_UNCHANGED_H),
            dose.start_h + dose.duration_h,
            *(dose.start_h + p for p in _PORTIONS_H),
        )
    ]
    return asked, Mesh.of(changes, asked.times_h, nodes)
