"""The illustrated chain: NMDA block -> glutamate -> BDNF -> translation -> AMPA -> spines -> consolidation.

    block  = u / (1 + u),  u = sum of unbound brain concentration / (scale Ki)   on interneurons and pyramidal cells
    G      = largest bI^2 / (bI^2 + half^2) / (1 + (bP / falling)^4)             drive above rest: an inverted U
    dB/dt  = kB (G - B)                                                          BDNF
    dM/dt  = kM (B / (B + half) - M)                                             translation drive
    dF/dt  = onF M (1 - F) - offF F                                              fast AMPA scaling
    dS/dt  = onS F (1 - S) - offS S                                              spines
    dK/dt  = onK S (1 - K) - offK K                                              consolidation by repeats
    fall   = largest W / (half + W),  W = wF F + wS S + wK K                     fall of the score, as a fraction

Most constants are assumed (see `parameters/mechanism.yaml`). The chain explains; it predicts nothing for a clinic.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_priors
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.cascade import State, driven, filtered
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.models import Analyte
from daybreak.treatment.regimen import Dose, Regimen

_LIGANDS = {
    Analyte.S_KETAMINE: "s_ketamine_ki_umol_l",
    Analyte.R_KETAMINE: "r_ketamine_ki_umol_l",
    Analyte.S_NORKETAMINE: "s_norketamine_ki_umol_l",
}


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Every state of the chain at the times asked for, (sets, times); blocks and states 0 to 1, glutamate, BDNF
    and translation relative to rest. `limits` belong wherever it is shown."""

    times_h: FloatArray
    interneuron_block: FloatArray
    pyramidal_block: FloatArray
    glutamate: FloatArray
    bdnf: FloatArray
    translation: FloatArray
    ampa: FloatArray
    spines: FloatArray
    consolidation: FloatArray
    fall: FloatArray
    parameter_version: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]


def constants() -> dict[str, FloatArray]:
    """The chain's constants by name, (1,) each."""
    return {name: np.array([fixed.value]) for name, fixed in load_priors("mechanism").fixed.items()}


def trajectory(given: Dose | Regimen, body: Body, times_h: ArrayLike) -> Trajectory:
    """The chain in a typical person of this body.

    Raises:
        NoModelError: if no kinetic model serves these doses.
        KineticsError: if a time lies before the first dose.
    """
    return follow(Exposure.of(given, body, times_h), constants())


def follow(exposure: Exposure, values: Mapping[str, FloatArray]) -> Trajectory:
    """The chain behind an exposure, for constants by name, (sets,) each."""
    load = _receptor_load(exposure, values)
    blocks = {cell: _block(load, values[f"{cell}_scale"]) for cell in ("interneuron", "pyramidal")}
    glutamate = State(
        *(
            _glutamate(values, getattr(blocks["interneuron"], where), getattr(blocks["pyramidal"], where))
            for where in ("at_nodes", "at_times")
        )
    )
    mesh = exposure.mesh
    bdnf = filtered(mesh, glutamate.at_nodes, values["bdnf_rate_per_h"])
    wanted = bdnf.at_nodes / (bdnf.at_nodes + _over(values["bdnf_half"], 3))
    translation = filtered(mesh, wanted, values["translation_rate_per_h"])

    def grown(above: State, name: str) -> State:
        onset = _over(values[f"{name}_onset_per_h" if name != "consolidation" else "consolidation_per_h"], 3)
        loss = _over(values[f"{name}_loss_per_h"], 3)
        inflow = onset * np.maximum(above.at_nodes, 0)
        return driven(mesh, inflow, inflow + loss)

    ampa = grown(translation, "ampa")
    spines = grown(ampa, "spine")
    consolidation = grown(spines, "consolidation")
    weight = sum(
        _over(values[f"{name}_weight"], 2) * exposure.at_times(state)
        for name, state in (("ampa", ampa), ("spine", spines), ("consolidation", consolidation))
    )
    fall = _over(values["largest_benefit"], 2) * weight / (_over(values["half_benefit"], 2) + weight)
    mechanism = load_priors("mechanism")
    return Trajectory(
        times_h=exposure.times_h,
        interneuron_block=exposure.at_times(blocks["interneuron"]),
        pyramidal_block=exposure.at_times(blocks["pyramidal"]),
        glutamate=exposure.at_times(glutamate),
        bdnf=exposure.at_times(bdnf),
        translation=exposure.at_times(translation),
        ampa=exposure.at_times(ampa),
        spines=exposure.at_times(spines),
        consolidation=exposure.at_times(consolidation),
        fall=np.asarray(fall),
        parameter_version=mechanism.version,
        limits=(*mechanism.limits, *exposure.limits),
        warnings=exposure.warnings,
    )


def _receptor_load(exposure: Exposure, values: Mapping[str, FloatArray]) -> State:
    """Sum over the ligands of unbound brain concentration over Ki, before the scale of a cell type."""
    nodes, times = np.zeros((1, 1, 1)), np.zeros((1, 1))
    for analyte, ki in _LIGANDS.items():
        if analyte not in exposure.plasma_ng_per_ml:
            continue
        unbound = values["unbound_fraction"] * values["brain_to_plasma_unbound"] / (analyte.g_per_mol * values[ki])
        if analyte is Analyte.S_NORKETAMINE:
            unbound = unbound * values["norketamine_brain_ratio"]
        plasma = exposure.plasma_ng_per_ml[analyte]
        sets = max(len(unbound), len(plasma))
        site = filtered(
            exposure.mesh, np.broadcast_to(plasma, (sets, *plasma.shape[1:])), values["effect_site_rate_per_h"]
        )
        nodes = np.asarray(nodes + _over(unbound, 3) * site.at_nodes)
        times = np.asarray(times + _over(unbound, 2) * site.at_times)
    return State(np.maximum(nodes, 0), np.maximum(times, 0))


def _block(load: State, scale: FloatArray) -> State:
    nodes, times = load.at_nodes / _over(scale, 3), load.at_times / _over(scale, 2)
    return State(nodes / (1 + nodes), times / (1 + times))


def _glutamate(values: Mapping[str, FloatArray], interneuron: FloatArray, pyramidal: FloatArray) -> FloatArray:
    half, falling = (_over(values[f"glutamate_{name}_block"], interneuron.ndim) for name in ("half", "falling"))
    rising = interneuron**2 / (interneuron**2 + half**2)
    return np.asarray(_over(values["glutamate_largest"], interneuron.ndim) * rising / (1 + (pyramidal / falling) ** 4))


def _over(values: FloatArray, dimensions: int) -> FloatArray:
    return np.asarray(values).reshape(-1, *([1] * (dimensions - 1)))
