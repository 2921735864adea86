"""Every way in: how much comes, when, where the blood is drawn, and what a person's liver and medicines change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Ancestry, Body, Cyp2b6, HepaticImpairment, KineticsError
from daybreak.pharmacology.influences import known_medicines, medicines_named
from daybreak.pharmacology.kinetics import Matrix, Prediction, concentrations
from daybreak.pharmacology.models import MODELS, default_models, model_for
from daybreak.pharmacology.parameters import load
from daybreak.pharmacology.population import predict_band, simulate
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Regimen
from daybreak.treatment.regimen_language import parse

ADULT = Body(70, None, 25)
LONG_H = 120 * np.linspace(0, 1, 2401) ** 2
EXTRAVASCULAR = (
    "ketamine 50 mg im",
    "ketamine 50 mg sc",
    "ketamine 50 mg sc over 60 min,",
    "ketamine 50 mg nasal",
    "ketamine 50 mg oral",
    "ketamine 50 mg oral prolonged release",
    "ketamine 50 mg sublingual",
    "ketamine 50 mg sublingual spat out",
)


def dose(words):
    return parse(f"{words} once").first


def curves(words, body=ADULT, times_h=LONG_H, **options):
    return concentrations(dose(words), body, times_h, **options).ng_per_ml


def area(words, analyte, body=ADULT, **options):
    return float(np.trapezoid(curves(words, body, **options)[analyte], LONG_H))


def peak_min(words, analyte=Analyte.KETAMINE):
    times_h = np.linspace(0, 24, 5761)
    return 60 * times_h[curves(words, times_h=times_h)[analyte].argmax()]


class TestHowMuchComes:
    @pytest.mark.parametrize(
        ("words", "name"),
        [
            ("ketamine 50 mg im", "muscle_fraction"),
            ("ketamine 50 mg sc", "skin_fraction"),
            ("ketamine 50 mg oral", "gut_fraction"),
            ("ketamine 50 mg oral prolonged release", "release_fraction"),
            ("ketamine 50 mg nasal", "nose_fraction"),
            ("ketamine 50 mg sublingual spat out", "mucosa_fraction"),
        ],
    )
    def test_the_area_over_that_of_an_infusion_is_the_bioavailability(self, words, name):
        by_vein = area("ketamine 50 mg iv over 40 min,", Analyte.KETAMINE)
        expected = load("daybreak-2026").parameters[name].value
        assert area(words, Analyte.KETAMINE) / by_vein == pytest.approx(expected, rel=2e-3)

    def test_under_the_tongue_the_mouth_and_what_is_swallowed_add_up(self):
        numbers = load("daybreak-2026").parameters
        mouth, gut = numbers["mucosa_fraction"].value, numbers["gut_fraction"].value
        by_vein = area("ketamine 50 mg iv over 40 min,", Analyte.KETAMINE)
        total = area("ketamine 50 mg sublingual", Analyte.KETAMINE) / by_vein
        assert total == pytest.approx(mouth + (1 - mouth) * gut, rel=2e-3)

    def test_by_mouth_more_norketamine_comes_for_each_ketamine_than_by_vein(self):
        ratios = [
            area(words, Analyte.NORKETAMINE) / area(words, Analyte.KETAMINE)
            for words in ("ketamine 50 mg iv over 40 min,", "ketamine 50 mg im", "ketamine 50 mg oral")
        ]
        assert ratios[1] == pytest.approx(ratios[0], rel=5e-3)
        assert ratios[2] > 2 * ratios[0]

    @pytest.mark.parametrize("words", ["ketamine 50 mg oral", "ketamine 50 mg oral prolonged release"])
    @pytest.mark.parametrize("analyte", [Analyte.S_HYDROXYNORKETAMINE, Analyte.R_HYDROXYNORKETAMINE])
    def test_what_is_swallowed_ends_as_hydroxynorketamine_as_what_is_injected_does(self, words, analyte):
        """The first pass makes of ketamine what the liver makes of it later (mass balance), whatever it takes away."""
        assert area(words, analyte) == pytest.approx(area("ketamine 50 mg iv over 40 min,", analyte), rel=5e-3)

    def test_what_is_spat_out_leaves_no_metabolites(self):
        mouth = load("daybreak-2026").parameters["mucosa_fraction"].value
        made = area("ketamine 50 mg sublingual spat out", Analyte.S_HYDROXYNORKETAMINE)
        assert made == pytest.approx(
            mouth * area("ketamine 50 mg iv over 40 min,", Analyte.S_HYDROXYNORKETAMINE), rel=5e-3
        )

    def test_spitting_out_takes_the_first_pass_away(self):
        swallowed, spat = (area(f"ketamine 50 mg sublingual{end}", Analyte.NORKETAMINE) for end in ("", " spat out"))
        assert spat < 0.5 * swallowed

    @given(st.sampled_from(EXTRAVASCULAR), st.floats(1.1, 4))
    @settings(max_examples=20)
    def test_twice_as_much_gives_twice_as_much(self, words, factor):
        more = words.replace("50 mg", f"{50 * factor:.6f} mg")
        times_h = np.array([0.1, 0.5, 1, 4, 12])
        once, larger = (curves(said, times_h=times_h)[Analyte.KETAMINE] for said in (words, more))
        assert larger == pytest.approx(once * factor, rel=1e-6)


class TestWhen:
    def test_a_muscle_peaks_at_about_22_minutes(self):
        assert peak_min("ketamine 50 mg im") == pytest.approx(22, abs=3)

    def test_the_slower_the_way_the_later_the_peak(self):
        assert peak_min("ketamine 50 mg im") < peak_min("ketamine 50 mg sc")
        assert 4 * 60 + peak_min("ketamine 50 mg oral") < peak_min("ketamine 50 mg oral prolonged release")

    def test_doses_by_several_routes_of_one_model_share_a_curve_and_add_up(self):
        first, second = dose("ketamine 35 mg iv over 40 min,"), dose("ketamine 50 mg oral")
        together = concentrations(Regimen((first, second)), ADULT, LONG_H).ng_per_ml
        for analyte in (Analyte.KETAMINE, Analyte.S_NORKETAMINE, Analyte.R_HYDROXYNORKETAMINE):
            apart = sum(concentrations(given, ADULT, LONG_H).ng_per_ml[analyte] for given in (first, second))
            assert together[analyte] == pytest.approx(apart, rel=1e-9, abs=1e-12)

    def test_racemic_and_esketamine_together_keep_their_totals(self):
        first, second = dose("ketamine 35 mg im"), dose("esketamine 20 mg im")
        found = concentrations(Regimen((first, second)), ADULT, LONG_H).ng_per_ml
        assert found[Analyte.KETAMINE] == pytest.approx(found[Analyte.S_KETAMINE] + found[Analyte.R_KETAMINE])


class TestWhereBloodIsDrawn:
    def test_while_an_infusion_runs_an_artery_holds_the_rate_over_7_59_litres_a_minute_more(self):
        times_h = np.array([0.0, 0.1, 40 / 60, 0.7, 2.0])
        venous, arterial = (
            curves("esketamine 40 mg iv over 40 min,", times_h=times_h, matrix=matrix)[Analyte.S_KETAMINE]
            for matrix in Matrix
        )
        gap = 1000 * 60 / 455.4
        assert arterial - venous == pytest.approx([0, gap, gap, 0, 0])

    def test_norketamine_is_the_same_in_both(self):
        venous, arterial = (
            curves("ketamine 40 mg iv over 40 min,", matrix=matrix)[Analyte.NORKETAMINE] for matrix in Matrix
        )
        assert np.array_equal(venous, arterial)

    def test_an_arterial_model_can_be_read_venous(self):
        arterial, venous = (
            curves("esketamine 20 mg iv over 20 min,", times_h=[0.3], model="simons-2022", matrix=matrix)[
                Analyte.S_KETAMINE
            ]
            for matrix in (None, Matrix.VENOUS)
        )
        assert arterial - venous == pytest.approx(1000 * 60 / 455.4, rel=0.01)

    def test_the_two_areas_differ_by_the_dose_over_that_flow_and_the_result_says_so(self):
        found = [
            concentrations(dose("esketamine 40 mg iv over 40 min,"), ADULT, LONG_H, matrix=matrix) for matrix in Matrix
        ]
        venous, arterial = (one.ng_per_ml[Analyte.S_KETAMINE] for one in found)
        times_h = np.linspace(0, 40 / 60, 1001)[1:]
        gap = [
            curves("esketamine 40 mg iv over 40 min,", times_h=times_h, matrix=matrix)[Analyte.S_KETAMINE]
            for matrix in Matrix
        ]
        more = np.trapezoid(gap[1] - gap[0], times_h)
        assert more == pytest.approx(1000 * 40 / 455.4, rel=0.002)
        assert more / np.trapezoid(venous, LONG_H) == pytest.approx(0.2, abs=0.03)
        assert np.array_equal(venous[LONG_H > 40 / 60], arterial[LONG_H > 40 / 60])
        assert any("about a fifth" in limit and "No clearance" in limit for limit in found[1].limits)
        assert not any("No clearance" in limit for limit in found[0].limits)

    @pytest.mark.parametrize("words", [*EXTRAVASCULAR, "esketamine 56 mg nasal"])
    def test_no_arterial_blood_is_told_but_after_doses_by_vein(self, words):
        given = dose(words)
        assert predict_band(given, ADULT, [0.5, 1.0], patients=5).matrix == str(Matrix.VENOUS)
        with pytest.raises(KineticsError, match="venous plasma only"):
            predict_band(given, ADULT, [0.5, 1.0], patients=5, matrix=Matrix.ARTERIAL)
        with_infusion = Regimen((dose("ketamine 40 mg iv over 40 min,"), given))
        if given.drug is Drug.KETAMINE:
            with pytest.raises(KineticsError, match=f"For the {given.route} route"):
                concentrations(with_infusion, ADULT, [0.5], matrix=Matrix.ARTERIAL)

    def test_a_film_studied_in_arteries_is_not_told_for_veins(self):
        film = dose("esketamine 50 mg sublingual")
        assert concentrations(film, ADULT, [1.0], model="simons-2022").matrix == str(Matrix.ARTERIAL)
        with pytest.raises(KineticsError, match="arterial plasma only"):
            concentrations(film, ADULT, [1.0], model="simons-2022", matrix=Matrix.VENOUS)


class TestModelsByName:
    @pytest.mark.parametrize("name", MODELS)
    def test_every_model_predicts_what_it_says_it_serves(self, name):
        for drug, route in MODELS[name].serves:
            how = "iv over 40 min," if route is Route.IV else str(route)
            found = curves(f"{drug} 56 mg {how}", model=name)
            assert all((values > -1e-9).all() and values.max() > 0 for values in found.values())

    @pytest.mark.parametrize(
        ("name", "drug", "mg", "clearance_l_per_h", "analyte"),
        [
            ("noppers-2011", "esketamine", 35, 93.5, Analyte.S_KETAMINE),
            ("domino-1984", "ketamine", 35, 116, Analyte.KETAMINE),
            ("clements-1981", "ketamine", 35, 80.2, Analyte.KETAMINE),
            ("simons-2022", "esketamine", 35, 88.8, Analyte.S_KETAMINE),
            ("perez-ruixo-2021", "esketamine", 28, 109, Analyte.S_KETAMINE),
        ],
    )
    def test_the_area_is_the_dose_over_the_published_clearance(self, name, drug, mg, clearance_l_per_h, analyte):
        words = f"{drug} {mg} mg iv over 40 min,"
        found = area(words, analyte, model=name)
        assert found == pytest.approx(1000 * mg / clearance_l_per_h, rel=0.01)

    def test_the_nasal_model_puts_a_peak_of_0_5_mg_per_kg_at_125_which_is_why_it_serves_the_nose_alone(self):
        by_vein = curves("esketamine 17.5 mg iv over 40 min,", model="perez-ruixo-2021")[Analyte.S_KETAMINE].max()
        assert 2 * by_vein == pytest.approx(125, rel=0.02)

    def test_each_route_has_one_default_with_a_reason_and_a_doubt(self):
        for drug in Drug:
            for route in Route:
                (row,) = [row for row in default_models() if drug in row.drugs and row.route is route]
                assert row.reason.endswith(".")
                assert 0 < row.doubt_log_sd < 1
                assert row.doubt_status in ("derived", "assumed")
                assert (drug, route) in MODELS[row.model].serves
        assert model_for([dose("esketamine 56 mg nasal")]).id == "perez-ruixo-2021"

    def test_what_rests_on_nothing_is_doubted_most(self):
        doubts = {(row.drugs[0], row.route): row.doubt_log_sd for row in default_models()}
        assert doubts[Drug.KETAMINE, Route.IV] < doubts[Drug.KETAMINE, Route.ORAL]
        assert doubts[Drug.KETAMINE, Route.IM] < doubts[Drug.KETAMINE, Route.SC]
        assert max(doubts, key=doubts.__getitem__) == (Drug.KETAMINE, Route.NASAL)


class TestInfluences:
    @pytest.mark.parametrize(
        ("medicine", "words", "ratio"),
        [
            ("ticlopidine", "esketamine 28 mg oral", 2.4),
            ("itraconazole", "esketamine 28 mg oral", 1.0),
            ("clarithromycin", "esketamine 28 mg oral", 2.6),
            ("rifampicin", "esketamine 28 mg oral", 0.14),
            ("rifampicin", "esketamine 28 mg iv over 40 min,", 0.86),
            ("rifampicin", "esketamine 28 mg im", 0.86),
            ("ticlopidine", "esketamine 28 mg nasal", 1.29),
            ("rifampicin", "esketamine 28 mg nasal", 0.72),
        ],
    )
    def test_an_interaction_gives_the_published_ratio_of_areas(self, medicine, words, ratio):
        alone = area(words, Analyte.S_KETAMINE)
        beside = area(words, Analyte.S_KETAMINE, Body(70, None, 25, medicines=frozenset({medicine})))
        assert beside / alone == pytest.approx(ratio, rel=0.01)

    def test_the_ratio_is_said_with_its_status(self):
        body = Body(70, None, 25, medicines=frozenset({"rifampicin"}))
        (said,) = concentrations(dose("esketamine 28 mg nasal"), body, [1.0]).warnings
        assert "With rifampicin: area under the curve 0.72 times" in said
        assert "recalled, not read in the source" in said

    def test_a_medicine_without_a_study_by_this_route_is_said_and_changes_nothing(self):
        body = Body(70, None, 25, medicines=frozenset({"itraconazole"}))
        words = "ketamine 28 mg iv over 40 min,"
        assert area(words, Analyte.KETAMINE, body) == pytest.approx(area(words, Analyte.KETAMINE))
        assert any("No study of itraconazole" in said for said in concentrations(dose(words), body, [1.0]).warnings)

    def test_a_medicine_is_known_by_its_name_in_a_longer_text_and_by_its_other_name(self):
        texts = ["Clarithromycin 500 mg tablet", "RIFAMPIN 300", "sertraline 50 mg", "nonclarithromycinoid"]
        assert medicines_named(texts) == {"clarithromycin", "rifampicin"}
        assert medicines_named(["sertraline 50 mg"]) == frozenset()

    def test_an_unknown_medicine_is_refused_with_those_known(self):
        with pytest.raises(KineticsError, match=r"No interaction of aspirin is known.*ticlopidine"):
            curves("ketamine 28 mg im", Body(70, medicines=frozenset({"aspirin"})))
        assert "ticlopidine" in known_medicines()

    @pytest.mark.parametrize("words", ["ketamine 35 mg iv over 40 min,", "esketamine 28 mg nasal"])
    def test_moderate_liver_disease_doubles_the_area(self, words):
        ill = Body(70, None, 25, hepatic_impairment=HepaticImpairment.MODERATE)
        ratio = area(words, Analyte.S_KETAMINE, ill) / area(words, Analyte.S_KETAMINE)
        assert ratio == pytest.approx(2.03, rel=0.02)

    def test_severe_liver_disease_was_not_studied(self):
        ill = Body(70, None, 25, hepatic_impairment=HepaticImpairment.SEVERE)
        assert any("not studied" in said for said in concentrations(dose("ketamine 35 mg im"), ill, [1.0]).warnings)

    def test_genotype_has_no_effect_unless_it_is_given(self):
        words = "ketamine 35 mg sc"
        alike = area(words, Analyte.KETAMINE, Body(70, None, 25, cyp2b6=Cyp2b6.NORMAL))
        slow = area(words, Analyte.KETAMINE, Body(70, None, 25, cyp2b6=Cyp2b6.TWO_SIX))
        assert alike == pytest.approx(area(words, Analyte.KETAMINE))
        assert slow / alike == pytest.approx(68.1 / 21.6, rel=0.02)

    def test_ancestry_acts_where_the_source_has_it(self):
        japanese = Body(70, None, 45, Ancestry.JAPANESE)
        for words, changed in (("esketamine 84 mg nasal", True), ("ketamine 35 mg im", False)):
            here, there = (area(words, Analyte.S_KETAMINE, body) for body in (Body(70, None, 45), japanese))
            assert (there > 1.1 * here) is changed


class TestVariation:
    def test_two_doses_of_one_person_differ_under_the_tongue_and_not_by_vein(self):
        for words, differ in (("ketamine 50 mg sublingual", True), ("ketamine 50 mg iv over 40 min,", False)):
            twice = parse(f"{words} weekly for 2 weeks")
            times_h = np.array([1.0, 169.0])
            found = simulate(Prediction.of(twice, ADULT, times_h), patients=20, seed=3)[Analyte.KETAMINE]
            assert np.allclose(found[:, 0], found[:, 1], rtol=0.01) is not differ

    def test_hydroxynorketamine_is_uncertain_by_more_than_a_factor_of_three(self):
        sure, unsure = (
            predict_band(dose("ketamine 35 mg iv over 40 min,"), ADULT, [4.0], seed=1, uncertain=flag)
            .analytes[Analyte.HYDROXYNORKETAMINE]
            .upper[0]
            for flag in (False, True)
        )
        assert unsure > 3 * sure
