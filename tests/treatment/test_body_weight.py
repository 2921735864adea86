"""Actual, ideal and adjusted body weight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.body_weight import body_mass_index, body_weights, body_weights_provenance, from_index, ideal_kg
from daybreak.treatment.sources import Status


def test_devine() -> None:
    """50 kg for a man and 45.5 kg for a woman of 152.4 cm, 0.91 kg for each centimetre above."""
    assert ideal_kg(152.4, "male") == 50
    assert ideal_kg(152.4, "female") == 45.5
    assert ideal_kg(180, "male") == pytest.approx(75.1, abs=0.05)


@pytest.mark.parametrize(("height_cm", "sex"), [(150, "female"), (170, ""), (170, "other")])
def test_where_the_formula_says_nothing_only_the_actual_weight_stands(height_cm: float, sex: str) -> None:
    assert [each.name for each in body_weights(95, height_cm, sex)] == ["actual"]


@given(st.floats(60, 250), st.floats(152.4, 205), st.sampled_from(["male", "female"]))
def test_from_a_body_mass_index_of_30_the_adjusted_weight_lies_between_the_others(
    weight_kg: float, height_cm: float, sex: str
) -> None:
    actual, adjusted, ideal = (each.kg for each in body_weights(weight_kg, height_cm, sex))
    assert adjusted == pytest.approx(ideal + 0.4 * (actual - ideal))
    if from_index().crossed(body_mass_index(weight_kg, height_cm)):
        assert ideal < adjusted < actual


def test_the_index_and_the_formulas_are_marked_as_recalled() -> None:
    assert body_mass_index(100, 200) == 25
    assert from_index().value == 30
    assert body_weights_provenance().status is Status.RECALLED
