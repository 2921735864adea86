"""The numbers: every one with unit, source and status, and a sentence for each way a file can be wrong."""

import math

import numpy as np
import pytest
import yaml

from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.models import MODELS
from daybreak.pharmacology.parameters import ParameterError, Status, load, parse
from daybreak.pharmacology.parameters.covariates import enantiomer_clearance_ratio, women_clearance_ratio

SMALL = {
    "id": "small",
    "version": "1",
    "title": "One compartment",
    "matrix": "venous plasma",
    "reference_weight_kg": 70,
    "sources": {"PAPER": {"citation": "A paper.", "doi": None, "url": None}},
    "parameters": {
        "volume_l": {"value": 100, "unit": "L", "status": "seen", "source": "PAPER", "weight_exponent": 1},
        "share": {"value": 0.2, "unit": "fraction", "status": "assumed", "source": "PAPER"},
    },
    "variability": [
        {"parameters": ["volume_l"], "scale": "log", "cv_percent": 30, "status": "seen", "source": "PAPER"},
        {
            "parameters": ["share"],
            "scale": "logit",
            "covariance": [[0.5]],
            "status": "seen",
            "source": "PAPER",
        },
    ],
    "residual_error": {"ketamine": {"value": 0.2, "unit": "fraction", "status": "seen", "source": "PAPER"}},
    "studied": {"weight_kg": {"range": [50, 90], "status": "seen", "source": "PAPER"}},
    "limits": ["Small."],
}


def _parse(**changes):
    return parse(yaml.safe_dump({**SMALL, **changes}).encode())


@pytest.mark.parametrize("name", MODELS)
def test_every_number_has_a_unit_a_citation_and_a_status(name):
    found = load(name)
    for parameter in (*found.parameters.values(), *found.residual_error.values()):
        assert parameter.unit
        assert parameter.source.citation
        assert parameter.status in Status
    assert found.limits
    assert found.matrix in ("venous plasma", "arterial plasma")


@pytest.mark.parametrize("name", MODELS)
def test_the_version_names_the_content(name):
    declared, digest = load(name).version.split("+")
    assert declared
    assert len(digest) == 8


def test_otto_2021_is_as_printed():
    parameters = load("otto-2021").parameters
    assert parameters["clearance_l_per_h"].value == 95.2
    assert parameters["central_volume_l"].value == 133
    assert parameters["norketamine_clearance_l_per_h"].value == 57.7
    s_ketamine, norketamine = load("otto-2021").variability
    assert s_ketamine.covariance.tolist() == [[0.0842, 0.0226], [0.0226, 0.026]]
    assert norketamine.covariance.tolist() == [[0.0404, 0.0446], [0.0446, 0.1032]]


def test_r_ketamine_is_cleared_more_slowly_by_the_ratio_of_wang_2019():
    ratio = enantiomer_clearance_ratio()
    assert ratio.source.doi == "10.2147/DDDT.S224553"
    assert ratio.value == pytest.approx(15.8 / 18.4, abs=5e-4)


def test_women_clear_a_fifth_faster_in_sigtermans_2009():
    assert women_clearance_ratio().value == 1.2


def test_a_row_of_zeros_is_the_typical_person():
    people = _parse().of_people(Body(70), np.zeros((1, 2)))
    assert people["volume_l"].tolist() == [100]
    assert people["share"] == pytest.approx(0.2)


def test_volume_grows_with_weight_and_an_exponent_of_zero_leaves_it_alone():
    people = _parse().of_people(Body(140), np.zeros((1, 2)))
    assert people["volume_l"].tolist() == [200]
    assert people["share"] == pytest.approx(0.2)


def test_a_coefficient_of_variation_is_that_of_the_people_drawn():
    normals = np.random.default_rng(3).standard_normal((200_000, 2))
    volumes = _parse().of_people(Body(70), normals)["volume_l"]
    assert volumes.std() / volumes.mean() == pytest.approx(0.30, rel=0.02)
    assert np.median(volumes) == pytest.approx(100, rel=0.01)


def test_a_fraction_stays_between_0_and_1_in_the_most_unusual_person():
    shares = _parse().of_people(Body(70), np.array([[0.0, -8.0], [0.0, 8.0]]))["share"]
    assert 0 < shares[0] < shares[1] < 1


def test_liver_flow_falls_only_above_sixty_years():
    nasal = load("perez-ruixo-2021")
    typical = np.zeros((1, nasal.random_effects))
    flow = [float(nasal.of_people(Body(70, None, age), typical)["liver_flow_l_per_h"][0]) for age in (30, 60, 70)]
    assert flow == pytest.approx([151, 151, 151 - 21.9])


def test_an_unknown_age_is_taken_as_below_sixty():
    nasal = load("perez-ruixo-2021")
    typical = np.zeros((1, nasal.random_effects))
    assert nasal.of_people(Body(70), typical)["liver_flow_l_per_h"][0] == 151


VOLUME = SMALL["parameters"]["volume_l"]
SHARE = SMALL["parameters"]["share"]
BLOCK = SMALL["variability"][1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"parameters": {"volume_l": {**VOLUME, "value": -1}}}, "volume_l is -1. A parameter is a number above zero"),
        ({"parameters": {"volume_l": {**VOLUME, "value": "many"}}}, "volume_l is 'many'"),
        ({"parameters": {"volume_l": {**VOLUME, "value": math.inf}}}, "volume_l is inf"),
        ({"parameters": {"volume_l": {**VOLUME, "unit": "gallon"}}}, "unit 'gallon'"),
        ({"parameters": {"volume_l": {**VOLUME, "status": "guessed"}}}, "status 'guessed'"),
        ({"parameters": {"volume_l": {**VOLUME, "source": "NOBODY"}}}, "cites 'NOBODY'"),
        ({"parameters": {"volume_l": {**VOLUME, "colour": "red"}}}, "unknown one: .*colour"),
        ({"parameters": {"share": {**SHARE, "value": 1.4}}}, "A fraction lies between 0 and 1"),
        ({"variability": [{**BLOCK, "parameters": ["weather"]}]}, "variability of weather has no parameter"),
        ({"variability": [{**BLOCK, "covariance": [[-0.5]]}]}, "positive definite"),
        ({"variability": [{**BLOCK, "covariance": [[0.5, 0.1]]}]}, "symmetric"),
        ({"sources": {}}, "not among the file's sources"),
    ],
)
def test_a_wrong_entry_is_refused_with_a_sentence(changes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        _parse(**changes)


def test_a_missing_entry_is_named():
    with pytest.raises(ParameterError, match="variability"):
        parse(yaml.safe_dump({k: v for k, v in SMALL.items() if k != "variability"}).encode())


def test_an_unknown_parameter_set_is_refused_with_a_sentence():
    with pytest.raises(ParameterError, match="no parameter set named moon"):
        load("moon")


@pytest.mark.parametrize("weight_kg", [0.0, -70.0, 1.9, 7000, math.inf, math.nan, "70", None])
def test_a_body_needs_a_weight(weight_kg):
    with pytest.raises(KineticsError, match="cannot be weight_kg"):
        Body(weight_kg)


@pytest.mark.parametrize("age_years", [-1.0, 130.0, math.nan, "30"])
def test_an_age_must_be_one(age_years):
    with pytest.raises(KineticsError, match="cannot be age_years"):
        Body(70, None, age_years)
