"""What the data can say: the structure is examined before the numbers are believed."""

import numpy as np
import pytest

from daybreak.pharmacology.calibration import identifiability
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.calibration.likelihood import Numbers
from daybreak.pharmacology.response.core import DRUG_PARAMETERS
from daybreak.pharmacology.response.trials import Use, eligible


@pytest.fixture(scope="module")
def numbers():
    return Numbers.of(eligible(Use.TUNING))


@pytest.fixture(scope="module")
def estimates():
    return load_estimates("response")


def test_two_parameters_seen_only_as_a_product_have_a_null_direction_of_opposite_parts():
    """y = a b x: the log-derivatives by a and b are the same column."""
    column = np.array([1.0, 2.0, 3.0])
    found = identifiability.analyse(("a", "b"), np.stack([column, column], axis=1))
    assert found.structural_rank == 1
    (null,) = found.null
    weights = dict(null.parts)
    assert weights["a"] == pytest.approx(-weights["b"])


def test_more_parameters_than_numbers_are_never_all_identified():
    found = identifiability.analyse(tuple("abcd"), np.random.default_rng(1).normal(size=(2, 4)))
    assert found.structural_rank == 2
    assert len(found.null) == 2


def test_the_scales_fixed_by_convention_are_those_the_data_cannot_see(numbers, estimates):
    """A scale on the drive is one with the onset, a scale on the effect site one with the half-drive."""
    found = identifiability.of_core(numbers, estimates)
    assert len(found.parameters) - found.structural_rank == 2
    involved = {name for direction in found.null for name, weight in direction.parts if abs(weight) > 0.3}
    assert involved == {"fast_onset_per_h", "drive_scale", "half_drive_ng_per_ml", "site_scale"}


def test_the_core_is_identified_in_structure_though_the_data_tell_only_half_of_it(numbers, estimates):
    found = identifiability.of_reduced_core(numbers, estimates)
    assert found.parameters == tuple(name for name in found.parameters if name in DRUG_PARAMETERS)
    assert found.structural_rank == len(DRUG_PARAMETERS)
    assert found.told == 3


def test_the_illustrated_chain_has_far_more_constants_than_the_data_can_tell(numbers, estimates):
    found = identifiability.of_chain(numbers, estimates)
    assert found.structural_rank < len(found.parameters)
    assert found.told <= 6 < len(found.parameters) / 3
