"""What the model says of a first dose, and where it says nothing."""

from dataclasses import replace

import numpy as np
import pytest

from daybreak import charts
from daybreak.clinic.planning import drawings
from daybreak.clinic.planning.expectation import expect
from daybreak.clinic.planning.sources import cited
from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.models import Analyte
from tests.clinic.people import Clinic
from tests.clinic.planning.cases import INFUSIONS, SPRAYS, proposed


def test_the_median_is_highest_where_the_infusion_ends(clinic: Clinic) -> None:
    at_h, _ = expect(proposed(clinic, INFUSIONS)).highest
    assert at_h == pytest.approx(40 / 60)


def test_twice_the_dose_is_twice_the_concentration(clinic: Clinic) -> None:
    single = expect(proposed(clinic, "ketamine 0.25 mg/kg iv over 40 min, once")).curve
    double = expect(proposed(clinic, "ketamine 0.5 mg/kg iv over 40 min, once")).curve
    for bound in ("lower", "median", "upper"):
        np.testing.assert_allclose(getattr(double, bound), 2 * getattr(single, bound))


def test_the_calendar_of_one_session_is_told_as_one(clinic: Clinic) -> None:
    once = drawings.calendar(proposed(clinic, "ketamine 0.5 mg/kg iv over 40 min, once"), None)
    assert once.description.startswith("One session, on ")
    assert " sessions from " in drawings.calendar(proposed(clinic, INFUSIONS), None).description


def test_only_the_first_dose_is_predicted(clinic: Clinic) -> None:
    once, course = proposed(clinic, "ketamine 0.5 mg/kg iv over 40 min, once"), proposed(clinic, INFUSIONS)
    np.testing.assert_array_equal(expect(once).curve.median, expect(course).curve.median)


def test_racemic_ketamine_is_shown_as_both_enantiomers_and_the_spray_as_one(clinic: Clinic) -> None:
    assert expect(proposed(clinic, INFUSIONS)).analyte is Analyte.KETAMINE
    assert expect(proposed(clinic, SPRAYS)).analyte is Analyte.S_KETAMINE


@pytest.mark.parametrize("sex", ["", "other", "unknown"])
def test_a_sex_the_model_does_not_know_is_not_guessed(clinic: Clinic, sex: str) -> None:
    assert expect(replace(proposed(clinic, INFUSIONS), sex=sex)).body.sex is None


def test_without_a_weight_nothing_is_predicted(clinic: Clinic) -> None:
    with pytest.raises(KineticsError, match="No weight is recorded"):
        expect(proposed(clinic, SPRAYS, weight_kg=None))


@pytest.mark.parametrize(
    ("text", "route", "until_h"),
    [
        ("ketamine 0.5 mg/kg iv bolus, once", "iv", 4),
        ("ketamine 0.5 mg/kg im once", "im", 4),
        ("ketamine 0.5 mg/kg sc once", "sc", 4),
        ("ketamine 50 mg nasal once", "nasal", 4),
        ("ketamine 1 mg/kg oral once", "oral", 8),
        ("ketamine 120 mg oral prolonged release once", "oral", 24),
        ("ketamine 100 mg sublingual once", "sublingual", 8),
        ("ketamine 100 mg sublingual spat out once", "sublingual", 8),
    ],
)
def test_every_route_is_predicted_with_its_reason_and_its_doubt(
    clinic: Clinic, text: str, route: str, until_h: int
) -> None:
    expected = expect(proposed(clinic, text))
    assert expected.highest[1] > 0
    assert expected.band.times_h[-1] == until_h
    said = " ".join(expected.band.limits)
    assert f"Why this model for the {route} route" in said
    assert f"By the {route} route the whole curve may lie a factor of" in said
    assert charts.render(drawings.concentration(expected), key="c")


def test_less_is_absorbed_from_a_dose_that_is_spat_out(clinic: Clinic) -> None:
    swallowed, spat_out = (
        expect(proposed(clinic, f"ketamine 100 mg sublingual {end} once")) for end in ("swallowed", "spat out")
    )
    assert spat_out.highest[1] < swallowed.highest[1]
    assert any("a guess" in warning for warning in spat_out.band.warnings)


def test_a_route_that_rests_on_little_has_a_wider_band(clinic: Clinic) -> None:
    def spread(text: str) -> float:
        peak = expect(proposed(clinic, text)).curve.cmax_ng_per_ml
        return peak.upper / peak.lower

    assert spread("ketamine 0.5 mg/kg sc once") > 1.5 * spread("ketamine 0.5 mg/kg iv over 40 min, once")


def test_what_was_not_read_in_a_source_is_not_called_seen(clinic: Clinic) -> None:
    proposal = proposed(clinic, "ketamine 0.5 mg/kg im once")
    found = {source.title: source.status for source in cited(proposal, expect(proposal)) if source.what == "Kinetics"}
    assert {status for title, status in found.items() if title.startswith("Fitted here")} == {"derived"}
    assert {status for title, status in found.items() if title.startswith("Set by us")} == {"assumed"}
    assert {status for title, status in found.items() if title.startswith("Bioavailability of 93 %")} == {"recalled"}


def test_a_spray_that_is_no_number_of_devices_is_said(clinic: Clinic) -> None:
    with pytest.raises(KineticsError, match="comes in devices of 28 mg"):
        expect(proposed(clinic, "esketamine 60 mg nasal once"))


def test_the_picture_says_what_the_model_says(clinic: Clinic) -> None:
    expected = expect(proposed(clinic, INFUSIONS))
    chart = drawings.concentration(expected)
    drawn = charts.render(chart, key="c")
    assert f"Median {expected.highest[1]:.0f} at 40 min" in drawn
    assert "ng/mL venous plasma, S + R" in drawn
    peak = expected.curve.cmax_ng_per_ml
    assert f"90 of 100 virtual people peak between {peak.lower:.0f} and {peak.upper:.0f}." in chart.description
