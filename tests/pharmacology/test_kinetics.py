"""Concentrations after doses: published values, and what must hold whatever the numbers are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.pharmacology.body import Body, KineticsError, Sex
from daybreak.pharmacology.kinetics import concentrations
from daybreak.pharmacology.models import Analyte, NoModelError
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Regimen

TIMES_H = np.array([0.25, 0.5, 40 / 60, 1.0, 2.0, 4.0, 8.0])
ADULT = Body(70, Sex.MALE, 25)


def infusion(drug=Drug.KETAMINE, mg=35.0, minutes=40.0, at_h=0.0):
    return Dose(drug, Route.IV, Amount(mg, AmountUnit.MG), minutes, at_h)


def spray(mg, at_h=0.0):
    return Dose(Drug.ESKETAMINE, Route.NASAL, Amount(mg, AmountUnit.MG), 0.0, at_h)


def curve(given, analyte, body=ADULT, times_h=TIMES_H, **options):
    return concentrations(given, body, times_h, **options).ng_per_ml[analyte]


def test_half_a_milligram_per_kilogram_over_40_minutes_peaks_when_the_infusion_ends():
    """185 ng/mL was reported in depression (Zarate 2006), a row that may not be tuned on."""
    dose = Dose(Drug.KETAMINE, Route.IV, Amount(0.5, AmountUnit.MG_PER_KG), 40)
    times = np.linspace(0, 3, 541)
    ketamine = curve(dose, Analyte.KETAMINE, times_h=times)
    assert times[ketamine.argmax()] == pytest.approx(40 / 60)
    assert ketamine.max() == pytest.approx(185, rel=0.10)
    assert curve(dose, Analyte.KETAMINE, model="otto-2021").max() == pytest.approx(160, abs=1)


@pytest.mark.parametrize(("mg", "esketamine", "norketamine"), [(28, 43.8, 59.1), (56, 72.5, 119.7), (84, 101.0, 180.0)])
def test_nasal_peaks_are_those_of_perez_ruixo_2021_table_4(mg, esketamine, norketamine):
    found = concentrations(spray(mg), Body(74, None, 45), np.linspace(0, 6, 1441)).ng_per_ml
    assert found[Analyte.S_KETAMINE].max() == pytest.approx(esketamine, rel=0.01)
    assert found[Analyte.S_NORKETAMINE].max() == pytest.approx(norketamine, rel=0.01)


def test_ketamine_is_s_and_r_together():
    found = concentrations(infusion(), ADULT, TIMES_H).ng_per_ml
    assert found[Analyte.KETAMINE] == pytest.approx(found[Analyte.S_KETAMINE] + found[Analyte.R_KETAMINE])


def test_half_of_racemic_ketamine_is_esketamine():
    racemic = concentrations(infusion(mg=40), ADULT, TIMES_H).ng_per_ml
    esketamine = concentrations(infusion(Drug.ESKETAMINE, mg=20), ADULT, TIMES_H).ng_per_ml
    assert racemic[Analyte.S_KETAMINE] == pytest.approx(esketamine[Analyte.S_KETAMINE])
    assert racemic[Analyte.S_NORKETAMINE] == pytest.approx(esketamine[Analyte.S_NORKETAMINE])


def test_esketamine_holds_no_r_ketamine():
    found = concentrations(infusion(Drug.ESKETAMINE), ADULT, TIMES_H).ng_per_ml
    assert set(found) == {
        Analyte.S_KETAMINE,
        Analyte.S_NORKETAMINE,
        Analyte.S_DEHYDRONORKETAMINE,
        Analyte.S_HYDROXYNORKETAMINE,
    }


def test_r_ketamine_stays_longer_because_it_is_cleared_more_slowly():
    found = concentrations(infusion(), ADULT, [0.5, 4.0, 12.0]).ng_per_ml
    ratio = found[Analyte.R_KETAMINE] / found[Analyte.S_KETAMINE]
    assert 1 < ratio[0] < ratio[1] < ratio[2]


@given(st.floats(1, 200), st.floats(1.1, 5))
def test_concentration_is_proportional_to_an_intravenous_dose(mg, factor):
    once, more = (curve(infusion(mg=amount), Analyte.KETAMINE) for amount in (mg, mg * factor))
    assert more == pytest.approx(once * factor, rel=1e-9)


@given(st.floats(0.1, 0.9))
def test_an_infusion_charted_in_two_parts_is_the_same_infusion(cut):
    whole = infusion(mg=40, minutes=60)
    parts = Regimen(
        (infusion(mg=40 * cut, minutes=60 * cut), infusion(mg=40 - 40 * cut, minutes=60 - 60 * cut, at_h=cut))
    )
    apart, together = (concentrations(given, ADULT, TIMES_H).ng_per_ml for given in (parts, whole))
    for analyte in Analyte:
        assert apart[analyte] == pytest.approx(together[analyte], rel=1e-9, abs=1e-9)


def test_a_pause_lets_the_concentration_fall_and_the_rest_lifts_it_again():
    paused = Regimen((infusion(mg=20, minutes=20), infusion(mg=20, minutes=20, at_h=1.0)))
    at_stop, in_pause, at_end = curve(paused, Analyte.KETAMINE, times_h=[20 / 60, 1.0, 1 + 20 / 60])
    assert in_pause < at_stop < at_end


def test_the_second_dose_adds_to_what_is_left_of_the_first():
    twice = Regimen((spray(56), spray(84, at_h=72)))
    later = TIMES_H + 72
    left = curve(spray(56), Analyte.S_KETAMINE, times_h=later)
    new = curve(spray(84), Analyte.S_KETAMINE)
    assert curve(twice, Analyte.S_KETAMINE, times_h=later) == pytest.approx(left + new, rel=1e-9)


def test_what_comes_after_the_last_time_changes_nothing_and_takes_no_analyte_away():
    first, second, other = infusion(Drug.ESKETAMINE), infusion(Drug.ESKETAMINE, at_h=72.0), infusion(at_h=96.0)
    day = np.linspace(0, 24, 25)
    alone = concentrations(first, ADULT, day)
    with_later = concentrations(Regimen((first, second, other)), ADULT, day)
    for analyte, values in alone.ng_per_ml.items():
        assert np.array_equal(with_later.ng_per_ml[analyte], values)
    assert set(with_later.ng_per_ml) == set(concentrations(Regimen((first, second, other)), ADULT, [100.0]).ng_per_ml)


def test_nothing_is_there_before_the_dose():
    assert not curve(infusion(at_h=2.0), Analyte.KETAMINE, times_h=[-1, 0, 1.999]).any()


@given(st.floats(40, 150), st.floats(0, 1e-6), st.floats(100, 2000))
def test_no_concentration_is_below_zero_and_at_the_first_instant_there_is_none(weight_kg, just_begun_h, long_after_h):
    times = np.array([0, just_begun_h, *TIMES_H, long_after_h])
    for dose in (infusion(), spray(84), Dose(Drug.KETAMINE, Route.ORAL, Amount(50, AmountUnit.MG), 0)):
        for found in concentrations(dose, Body(weight_kg), times).ng_per_ml.values():
            assert (found >= 0).all()
            assert found[0] == 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"given": "ketamine 50 mg im once"}, "cannot be given. Give something such as"),
        ({"body": 70}, "70 cannot be body"),
        ({"matrix": "arterial"}, "'arterial' cannot be matrix"),
    ],
)
def test_what_has_no_concentration_is_a_sentence(asked, sentence):
    with pytest.raises(KineticsError, match=sentence):
        concentrations(**{"given": infusion(), "body": ADULT, "times_h": [1.0], **asked})


def test_a_heavier_person_has_a_lower_peak_from_the_same_milligrams():
    light, heavy = (curve(infusion(), Analyte.KETAMINE, Body(kg)) for kg in (50, 110))
    assert (heavy[:4] < light[:4]).all()


def test_weight_does_not_change_the_nasal_curve():
    assert curve(spray(84), Analyte.S_KETAMINE, Body(50)) == pytest.approx(
        curve(spray(84), Analyte.S_KETAMINE, Body(110))
    )


def test_sex_changes_nothing_unless_asked():
    woman, man = (curve(infusion(), Analyte.KETAMINE, Body(70, sex)) for sex in Sex)
    assert woman == pytest.approx(man)


def test_where_asked_women_clear_faster_by_sigtermans_2009():
    woman, man = (curve(infusion(), Analyte.KETAMINE, Body(70, sex), sex_effect=True) for sex in Sex)
    assert (woman < man).all()


def test_a_second_and_third_device_bring_less_than_the_first():
    one, two, three = (
        curve(spray(mg), Analyte.S_KETAMINE, times_h=np.linspace(0, 6, 721)).max() for mg in (28, 56, 84)
    )
    assert two < 2 * one
    assert three < 3 * one


@pytest.mark.parametrize("mg", [30, 14, 83.9])
def test_a_nasal_dose_is_a_whole_number_of_devices(mg):
    with pytest.raises(KineticsError, match=r"devices of 28 mg, and .* is not a whole number"):
        concentrations(spray(mg), ADULT, TIMES_H)


@pytest.mark.parametrize("drug", Drug)
@pytest.mark.parametrize("route", Route)
def test_every_drug_and_route_has_a_model_with_its_reason(drug, route):
    dose = Dose(drug, route, Amount(56, AmountUnit.MG), 40 if route is Route.IV else 0)
    found = concentrations(dose, ADULT, TIMES_H)
    assert found.ng_per_ml[Analyte.S_KETAMINE].max() > 0
    assert any(limit.startswith(f"Why this model for the {route} route") for limit in found.limits)


def test_doses_that_need_different_models_are_not_mixed_in_one_curve():
    with pytest.raises(NoModelError, match="need different models"):
        concentrations(Regimen((infusion(), spray(56, at_h=72))), ADULT, TIMES_H)


def test_a_model_asked_for_by_name_must_exist_and_serve_the_route():
    assert concentrations(infusion(), ADULT, TIMES_H, model="otto-2021").model_id == "otto-2021"
    with pytest.raises(NoModelError, match="no kinetic model named moon"):
        concentrations(infusion(), ADULT, TIMES_H, model="moon")
    with pytest.raises(NoModelError, match="perez-ruixo-2021 does not serve ketamine by the iv route"):
        concentrations(infusion(), ADULT, TIMES_H, model="perez-ruixo-2021")


@pytest.mark.parametrize("times_h", [[0, np.nan], [np.inf], [[0, 1], [2, 3]]])
def test_times_must_be_one_list_of_finite_numbers(times_h):
    with pytest.raises(KineticsError, match="one list of numbers"):
        concentrations(infusion(), ADULT, times_h)


def test_a_result_says_its_matrix_model_and_limits():
    found = concentrations(infusion(), ADULT, TIMES_H)
    assert found.matrix == "venous plasma"
    assert found.parameter_version.startswith("2+")
    assert any("not a published model" in limit for limit in found.limits)
    assert any("Why this model for the iv route" in limit for limit in found.limits)


def test_a_person_like_those_studied_gets_no_warning():
    assert concentrations(infusion(), ADULT, TIMES_H).warnings == ()


def test_an_age_between_those_studied_and_65_is_a_limit_and_no_warning():
    """Nearly every patient is older than the volunteers: a warning that always shows is not read."""
    for model in (None, "otto-2021"):
        older = concentrations(infusion(), Body(70, None, 46), [1.0], model=model)
        assert not any("age" in warning for warning in older.warnings)
        (said,) = [limit for limit in older.limits if "18 to 34 years" in limit]
        assert "not known" in said
        (warning,) = concentrations(infusion(), Body(70, None, 65), [1.0], model=model).warnings
        assert "an age of 65 years; the model was built on 18 to 34. Concentrations may be higher" in warning
    assert not any("age changes nothing" in limit for limit in concentrations(spray(84), Body(70), [1.0]).limits)


@pytest.mark.parametrize(
    ("dose", "body", "warning"),
    [
        (infusion(), Body(140, None, 25), "a weight of 140 kg; the model was built on 54 to 92"),
        (infusion(mg=20), Body(40, None, 25), "a weight of 40 kg; the model was built on 54 to 92"),
        (
            Regimen((infusion(mg=35), infusion(mg=140, at_h=72))),
            Body(70, None, 25),
            "1 mg/kg of S-ketamine in one dose",
        ),
        (infusion(), Body(70, None, 67), "an age of 67 years; the model was built on 18 to 34"),
        (infusion(), Body(70), "The age is not known"),
        (
            infusion(mg=140),
            Body(70, None, 25),
            "1 mg/kg of S-ketamine in one dose; the model was built on 0.035 to 0.99",
        ),
        (spray(140), Body(70, None, 45), "140 mg of S-ketamine in one dose; the model was built on 14 to 112"),
        (spray(84), Body(70, None, 91), "an age of 91 years; the model was built on 18 to 86"),
    ],
)
def test_outside_the_studied_range_there_is_a_warning(dose, body, warning):
    (found,) = concentrations(dose, body, TIMES_H).warnings
    assert warning in found
