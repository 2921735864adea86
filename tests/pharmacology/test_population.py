"""Virtual patients and their band: the same people for the same seed, the published spread, honest words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.pharmacology.absorption import Way
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.kinetics import Prediction, concentrations
from daybreak.pharmacology.models import Analyte
from daybreak.pharmacology.parameters import load
from daybreak.pharmacology.population import predict_band, simulate
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose

TIMES_H = np.linspace(0, 8, 33)
ADULT = Body(70, None, 25)
INFUSION = Dose(Drug.KETAMINE, Route.IV, Amount(0.5, AmountUnit.MG_PER_KG), 40)
SPRAY = Dose(Drug.ESKETAMINE, Route.NASAL, Amount(84, AmountUnit.MG))


def people(seed, patients, numbers=4, **more):
    return standard_normals(seed=seed, stream=0, patients=patients, numbers=numbers, **more)


@given(st.integers(0, 2**64 - 1), st.integers(1, 9), st.integers(0, 20), st.integers(1, 7))
def test_a_patient_is_the_same_person_in_any_crowd(seed, numbers, place, patients):
    everyone = people(seed, 40, numbers)
    some = people(seed, patients, numbers, first_patient=place)
    assert np.array_equal(some, everyone[place : place + patients])
    third = people(seed, patients, numbers, first_patient=place, every=3)
    assert np.array_equal(third, people(seed, 60, numbers)[place::3][:patients])


def test_the_numbers_are_standard_normal_and_independent():
    drawn = people(7, 100_000)
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(4), abs=0.02)
    assert np.cov(drawn.T) == pytest.approx(np.eye(4), abs=0.02)
    assert (np.abs(drawn) > 1.959964).mean() == pytest.approx(0.05, abs=0.002)


def test_another_seed_or_stream_is_other_people():
    assert not np.allclose(people(1, 5), people(2, 5))
    assert not np.allclose(people(1, 5), standard_normals(seed=1, stream=1, patients=5, numbers=4))


@pytest.mark.parametrize("dose", [INFUSION, SPRAY])
@pytest.mark.parametrize("measured", [False, True])
def test_simulating_in_parts_gives_the_same_numbers(dose, measured):
    prediction = Prediction.of(dose, ADULT, TIMES_H)
    whole = simulate(prediction, patients=60, seed=5, measured=measured)
    parts = [
        simulate(prediction, patients=count, seed=5, first_patient=first, measured=measured)
        for first, count in ((0, 1), (1, 36), (37, 23))
    ]
    for analyte, values in whole.items():
        assert np.array_equal(np.concatenate([part[analyte] for part in parts]), values)


def test_a_person_with_a_flow_of_exactly_zero_has_the_same_numbers_alone_as_beside_others():
    """Of some the first pass of a tablet leaves nothing to metabolise further: a flow of zero, which others have."""
    tablet = Dose(Drug.KETAMINE, Route.ORAL, Amount(80, AmountUnit.MG), manner=Manner.PROLONGED_RELEASE)
    asked = Prediction.of(tablet, ADULT, TIMES_H)
    parameters = asked.model.parameters
    drawn, occasion = (
        standard_normals(seed=3, stream=stream, patients=60, numbers=numbers)
        for stream, numbers in ((0, parameters.random_effects), (2, parameters.occasion_effects))
    )
    way = Way.of(Route.ORAL, Manner.PROLONGED_RELEASE, parameters.of_people(ADULT, drawn, occasion=occasion))
    with_none = np.flatnonzero(way.gut.further == 0)
    assert 0 < len(with_none) < 30
    whole = simulate(asked, patients=60, seed=3)
    for person in with_none.tolist():
        alone = simulate(asked, patients=1, seed=3, first_patient=person)
        assert all(np.array_equal(alone[analyte][0], values[person]) for analyte, values in whole.items())


@pytest.mark.parametrize("dose", [INFUSION, SPRAY])
def test_ketamine_alone_is_the_ketamine_of_all_substances(dose):
    """Its metabolites take nothing from it, so leaving them out changes no number but by rounding."""
    asked = Prediction.of(dose, Body(70), [0.25, 1.0, 6.0, 30.0])
    everything = simulate(asked, patients=9, seed=5, uncertain=True)
    alone = simulate(asked, patients=9, seed=5, uncertain=True, substances=frozenset({"ketamine"}))
    assert set(alone) == {analyte for analyte in everything if analyte.substance == "ketamine"}
    for analyte, values in alone.items():
        assert np.allclose(values, everything[analyte], rtol=1e-10)


def test_clearance_and_volume_vary_together_as_otto_2021_printed():
    normals = standard_normals(seed=11, stream=0, patients=200_000, numbers=4)
    drawn = load("otto-2021").of_people(ADULT, normals)
    logs = np.log([drawn["central_volume_l"], drawn["clearance_l_per_h"]])
    assert np.cov(logs) == pytest.approx(np.array([[0.0842, 0.0226], [0.0226, 0.0260]]), rel=0.03)


def test_the_median_of_the_crowd_is_near_the_typical_person():
    band = predict_band(INFUSION, ADULT, TIMES_H, patients=4000, seed=1, uncertain=False)
    typical = concentrations(INFUSION, ADULT, TIMES_H)
    for analyte in (Analyte.KETAMINE, Analyte.S_NORKETAMINE):
        assert band.analytes[analyte].median == pytest.approx(typical.ng_per_ml[analyte], rel=0.03)


@pytest.mark.parametrize("dose", [INFUSION, SPRAY])
def test_the_band_surrounds_its_median_and_a_higher_level_surrounds_a_lower_one(dose):
    narrow, wide = (predict_band(dose, ADULT, TIMES_H, level=level, seed=1).analytes for level in (0.5, 0.9))
    for analyte, band in wide.items():
        assert (band.lower <= band.median).all()
        assert (band.median <= band.upper).all()
        assert (band.lower <= narrow[analyte].lower).all()
        assert (narrow[analyte].upper <= band.upper).all()


def test_ninety_of_a_hundred_new_people_fall_inside_the_band():
    band = predict_band(INFUSION, ADULT, TIMES_H, patients=4000, seed=1, uncertain=False).analytes[Analyte.KETAMINE]
    others = simulate(Prediction.of(INFUSION, ADULT, TIMES_H), patients=4000, seed=2)[Analyte.KETAMINE]
    inside = (others >= band.lower) & (others <= band.upper)
    assert inside[:, 1:].mean() == pytest.approx(0.90, abs=0.02)


def test_the_peak_of_an_infusion_is_found_even_between_the_times_asked_for():
    """Times 0 and 1 h, infusion of 40 min: everyone peaks at 40 min."""
    band = predict_band(INFUSION, ADULT, [0.0, 1.0], seed=1).analytes[Analyte.KETAMINE]
    assert band.tmax_h.lower == band.tmax_h.median == band.tmax_h.upper == pytest.approx(40 / 60)
    assert band.cmax_ng_per_ml.lower > band.lower[1]
    assert band.median.shape == (2,)


def test_a_measured_sample_scatters_more_than_the_people_do():
    plain, measured = (
        predict_band(INFUSION, ADULT, TIMES_H, seed=1, measured=flag, uncertain=False) for flag in (False, True)
    )
    wider = [
        other.analytes[Analyte.KETAMINE].upper - other.analytes[Analyte.KETAMINE].lower for other in (plain, measured)
    ]
    assert (wider[1][1:] > wider[0][1:]).all()
    assert len(measured.limits) == len(plain.limits) + 1


def test_the_residual_error_of_otto_2021_is_24_percent_of_the_curve():
    prediction = Prediction.of(INFUSION, ADULT, [1.0])
    plain, measured = (
        simulate(prediction, patients=10_000, seed=1, measured=flag)[Analyte.S_KETAMINE] for flag in (False, True)
    )
    assert (measured / plain).std() == pytest.approx(0.236, rel=0.03)
    assert (measured / plain).mean() == pytest.approx(1, abs=0.01)


def test_one_sample_carries_one_error_for_s_and_r():
    prediction = Prediction.of(INFUSION, ADULT, TIMES_H[1:])
    plain, measured = (simulate(prediction, patients=5, seed=1, measured=flag) for flag in (False, True))
    errors = {analyte: measured[analyte] / plain[analyte] for analyte in plain}
    assert errors[Analyte.R_KETAMINE] == pytest.approx(errors[Analyte.S_KETAMINE])
    assert errors[Analyte.KETAMINE] == pytest.approx(errors[Analyte.S_KETAMINE])
    assert not np.allclose(errors[Analyte.S_NORKETAMINE], errors[Analyte.S_KETAMINE])


def test_a_band_can_be_repeated_from_what_it_says_of_itself():
    band = predict_band(SPRAY, ADULT, TIMES_H, patients=300, seed=42, level=0.8)
    again = predict_band(
        SPRAY, ADULT, band.times_h, patients=band.patients, seed=band.seed, level=band.level, model=band.model_id
    )
    for analyte, found in band.analytes.items():
        assert np.array_equal(found.upper, again.analytes[analyte].upper)
    assert band.parameter_version == again.parameter_version


def test_a_band_says_what_it_does_not_hold():
    band = predict_band(INFUSION, Body(140, None, 70), TIMES_H, patients=10)
    assert any("as far as that is known or stated" in limit for limit in band.limits)
    people = predict_band(INFUSION, ADULT, TIMES_H, patients=10, uncertain=False)
    assert any("uncertainty of the model itself is not in it" in limit for limit in people.limits)
    assert len(band.warnings) == 2
    assert band.matrix == "venous plasma"


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 0}, {"level": 1}, {"level": np.nan}, {"patients": 0}, {"patients": 2.5}, {"seed": -1}, {"seed": 1.5},
    ],
)  # fmt: skip
def test_an_impossible_band_is_refused_with_a_sentence(wrong):
    with pytest.raises(KineticsError, match=r"cannot be (level|patients|seed)\."):
        predict_band(INFUSION, ADULT, TIMES_H, **wrong)
