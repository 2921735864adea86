"""Doses: templates that start a plan, limits a plan is held against, and what is drawn up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.dose_preparation import (
    as_measured,
    as_set,
    devices,
    four_figures,
    infusion,
    injection,
    largest_ml,
    slipped_point,
    strengths,
    three_figures,
    unusual,
    unusual_injection,
    weight_age_max_days,
)
from daybreak.treatment.dose_quantities import DayGiven
from daybreak.treatment.dose_templates import templates
from daybreak.treatment.dosing import (
    Comparison,
    DoseLimitError,
    DoseRemark,
    Effect,
    check,
    default_limits,
    kept,
)
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.indications import IndicationError, indications
from daybreak.treatment.knowledge import load
from daybreak.treatment.labelling import Jurisdiction, labelling
from daybreak.treatment.regimen import RegimenError
from daybreak.treatment.regimen_language import parse, say
from daybreak.treatment.sources import Basis, Status, provenance

TRD = "treatment_resistant_depression"
SUICIDALITY = "depression_with_suicidal_ideation"
ALL_TEMPLATES = list({template.id: template for wanted in indications() for template in templates(wanted)}.values())


def remarks(
    text: str,
    weight_kg: float | None = 72,
    place: Jurisdiction = Jurisdiction.US,
    wanted: str | None = TRD,
    age_years: float | None = 40,
) -> dict[str, DoseRemark]:
    return {remark.id: remark for remark in check(parse(text), weight_kg, place, wanted, age_years)}


class TestTemplates:
    @pytest.mark.parametrize("template", ALL_TEMPLATES, ids=lambda template: template.id)
    def test_is_written_in_the_small_language_and_canonical(self, template) -> None:
        assert say(template.regimen) == template.text
        assert template.provenance.sources

    @pytest.mark.parametrize("template", ALL_TEMPLATES, ids=lambda template: template.id)
    @pytest.mark.parametrize("place", Jurisdiction)
    def test_crosses_no_limit_that_wants_a_reason(self, template, place: Jurisdiction) -> None:
        for wanted in template.indications:
            if template in templates(wanted, jurisdiction=place):
                found = check(template.regimen, 72, place, wanted, template.age_from or 40)
                assert [remark for remark in found if remark.effect is Effect.REASON] == []

    @pytest.mark.parametrize("place", Jurisdiction)
    def test_a_template_that_rests_on_a_label_is_labelled_there(self, place: Jurisdiction) -> None:
        for wanted in indications():
            for template in templates(wanted, jurisdiction=place):
                labelled = labelling(template.drug, template.route, wanted, place).labelled
                assert labelled is (template.provenance.basis is Basis.LABEL)

    def test_the_label_induction_starts_at_56_mg(self) -> None:
        first, *_ = templates(TRD, Drug.ESKETAMINE, Jurisdiction.US)
        assert [dose.amount.value for dose in first.regimen.doses] == [56] + 11 * [84]

    def test_only_europe_has_a_28_mg_start_from_65_years(self) -> None:
        def from_65(place: Jurisdiction) -> list[float]:
            return [
                template.regimen.first.amount.value
                for template in templates(TRD, Drug.ESKETAMINE, place)
                if template.age_from == 65
            ]

        assert from_65(Jurisdiction.US) == []
        assert from_65(Jurisdiction.EU) == from_65(Jurisdiction.UK) == [28]

    def test_the_outpatient_crps_infusion_is_0_35_mg_per_kg_per_hour_for_four_hours(self) -> None:
        (first, *_) = templates("complex_regional_pain_syndrome")
        assert first.regimen == parse("ketamine 0.35 mg/kg/h iv over 4 h, daily for 10 days")

    def test_an_unknown_indication_is_refused(self) -> None:
        with pytest.raises(IndicationError):
            templates("hiccups")


class TestEsketamineLimits:
    def test_84_mg_is_the_most_in_one_session(self) -> None:
        assert "ESK_SESSION" not in remarks("esketamine 84 mg nasal weekly for 2 weeks")
        remark = remarks("esketamine 56 mg nasal once, then 112 mg weekly for 3 weeks")["ESK_SESSION"]
        assert remark.sentence == "112 mg in one session is above the label's 84 mg."
        assert (remark.value, remark.limit, remark.day, remark.effect) == (112, 84, 7, Effect.REASON)

    def test_a_dose_is_a_whole_number_of_devices(self) -> None:
        assert "ESK_DEVICE" in remarks("esketamine 70 mg nasal once")
        for amount in (28, 56, 84):
            assert "ESK_DEVICE" not in remarks(f"esketamine {amount} mg nasal once")

    def test_two_sessions_a_week_and_one_from_week_5(self) -> None:
        assert "ESK_PER_WEEK" in remarks("esketamine 56 mg nasal three times weekly for 1 week")
        assert not remarks("esketamine 56 mg nasal twice weekly for 4 weeks, then weekly for 4 weeks")
        assert remarks("esketamine 56 mg nasal twice weekly for 5 weeks")["ESK_FROM_WEEK_5"].day == 28

    def test_84_mg_on_the_first_day_is_shown_in_the_us_and_wants_a_reason_in_europe(self) -> None:
        text = "esketamine 84 mg nasal twice weekly for 4 weeks"
        assert remarks(text)["ESK_FIRST_US"].effect is Effect.INFORM
        assert remarks(text, place=Jurisdiction.EU)["ESK_FIRST_EU"].effect is Effect.REASON

    def test_84_mg_on_the_first_day_is_the_label_with_suicidal_ideation(self) -> None:
        text = "esketamine 84 mg nasal twice weekly for 4 weeks"
        assert not remarks(text, wanted=SUICIDALITY)
        assert not remarks(text, wanted=SUICIDALITY, place=Jurisdiction.EU)

    def test_beyond_four_weeks_with_suicidal_ideation_is_untested_in_the_us_and_against_the_eu_label(self) -> None:
        text = "esketamine 84 mg nasal twice weekly for 4 weeks, then weekly for 1 week"
        assert remarks(text, wanted=SUICIDALITY)["ESK_SUICIDALITY_WEEKS_US"].effect is Effect.INFORM
        europe = remarks(text, wanted=SUICIDALITY, place=Jurisdiction.UK)["ESK_SUICIDALITY_WEEKS_EU"]
        assert (europe.effect, europe.value) == (Effect.REASON, 5)

    @pytest.mark.parametrize(("age_years", "starts_too_high"), [(64.9, False), (65, True), (80, True)])
    def test_from_65_years_europe_starts_at_28_mg(self, age_years: float, starts_too_high: bool) -> None:
        found = remarks("esketamine 56 mg nasal once", place=Jurisdiction.EU, age_years=age_years)
        assert ("ESK_FIRST_EU_65" in found) is starts_too_high
        assert "ESK_FIRST_EU_65" not in remarks("esketamine 56 mg nasal once", age_years=age_years)

    def test_an_age_not_recorded_is_said_and_still_stands_in_the_way(self) -> None:
        found = remarks("esketamine 56 mg nasal once", place=Jurisdiction.EU, age_years=None)["ESK_FIRST_EU_65"]
        assert found.sentence.startswith("Age is not recorded")
        assert found.effect is Effect.REASON

    def test_28_mg_is_below_the_us_label(self) -> None:
        assert remarks("esketamine 28 mg nasal once")["ESK_LOWEST_US"].effect is Effect.INFORM


class TestKetamineLimits:
    def test_the_usual_infusion_crosses_nothing(self) -> None:
        assert not remarks("ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks, then weekly for 4 weeks")

    @pytest.mark.parametrize(
        ("text", "limit"),
        [
            ("ketamine 1.1 mg/kg iv over 40 min, once", "KET_IV_MG_PER_KG"),
            ("ketamine 110 mg iv over 40 min, once", "KET_IV_MG"),
            ("ketamine 0.5 mg/kg iv over 20 min, once", "KET_IV_MINUTES"),
            ("ketamine 1 mg/kg iv bolus, once", "KET_IV_INDUCTION"),
            ("ketamine 1.2 mg/kg im once", "KET_IM_MG_PER_KG"),
            ("ketamine 1 mg/kg sc once", "KET_SC_MG_PER_KG"),
            ("ketamine 8 mg/kg oral once", "KET_PO_MG_PER_KG"),
            ("ketamine 400 mg sublingual once", "KET_SL_MG"),
        ],
    )
    def test_each_limit_wants_a_reason_when_crossed(self, text: str, limit: str) -> None:
        assert remarks(text)[limit].effect is Effect.REASON

    def test_an_absolute_amount_is_judged_by_weight_and_a_weighted_one_by_its_mg(self) -> None:
        text = "ketamine 60 mg iv over 40 min, once"
        assert "KET_IV_MG_PER_KG" not in remarks(text, weight_kg=61)
        assert remarks(text, weight_kg=50)["KET_IV_MG_PER_KG"].value == pytest.approx(1.2)
        assert remarks("ketamine 0.8 mg/kg iv over 40 min, once", weight_kg=150)["KET_IV_MG"].value == 120

    def test_without_a_weight_nothing_passes_unsaid(self) -> None:
        found = remarks("ketamine 60 mg iv over 40 min, once", weight_kg=None)["KET_IV_MG_PER_KG"]
        assert found.sentence.startswith("Not checked:")
        assert found.effect is Effect.REASON
        assert found.value is None

    @given(st.floats(0.1, 3), st.floats(40, 150))
    def test_mg_and_mg_per_kg_are_judged_alike(self, mg_per_kg: float, weight_kg: float) -> None:
        by_weight = remarks(f"ketamine {mg_per_kg:.3f} mg/kg iv over 40 min, once", weight_kg)
        absolute = remarks(f"ketamine {float(f'{mg_per_kg:.3f}') * weight_kg:.12f} mg iv over 40 min, once", weight_kg)
        assert set(by_weight) == set(absolute)

    def test_anxiety_had_steps_to_1_mg_per_kg_under_the_skin(self) -> None:
        assert "KET_SC_MG_PER_KG" not in remarks("ketamine 1 mg/kg sc once", wanted="generalised_anxiety")
        assert "KET_SC_MG_PER_KG" in remarks("ketamine 1 mg/kg sc once", wanted=None)

    def test_pain_is_limited_by_bolus_and_rate_not_by_the_amount_of_a_session(self) -> None:
        crps = "complex_regional_pain_syndrome"
        assert not remarks("ketamine 1.4 mg/kg iv over 4 h, daily for 10 days", wanted=crps)
        assert remarks("ketamine 0.4 mg/kg iv bolus, once", wanted=crps)["PAIN_BOLUS"].limit == 0.35
        assert remarks("ketamine 3 mg/kg iv over 1 h, once", wanted=crps)["PAIN_RATE"].value == pytest.approx(3)

    def test_an_unknown_indication_keeps_the_stricter_limits(self) -> None:
        assert "KET_IV_MG_PER_KG" in remarks("ketamine 1.4 mg/kg iv over 4 h, once", wanted=None)

    def test_compounded_and_experimental_routes_are_named(self) -> None:
        assert "COMPOUNDED_NASAL" in remarks("ketamine 50 mg nasal once")
        assert "COMPOUNDED_SUBLINGUAL" in remarks("ketamine 50 mg sublingual once")
        assert "EXPERIMENTAL_ORAL" in remarks("ketamine 50 mg oral once")

    def test_a_use_without_limits_says_that_nothing_was_checked(self) -> None:
        assert "were not checked" in remarks("esketamine 0.5 mg/kg iv over 30 min, once")["NO_LIMIT"].sentence

    def test_each_drug_and_route_of_a_mixed_regimen_meets_its_own_limits(self) -> None:
        text = "ketamine 1.2 mg/kg iv over 40 min, once, then esketamine 112 mg nasal weekly for 2 weeks from day 8"
        found = remarks(text)
        assert found["KET_IV_MG_PER_KG"].day == 0
        assert found["ESK_SESSION"].day == 7

    def test_reasons_come_before_information(self) -> None:
        found = list(remarks("ketamine 1.2 mg/kg iv over 20 min, daily for 5 days").values())
        assert [remark.effect for remark in found] == sorted(
            (remark.effect for remark in found), key=[Effect.REASON, Effect.INFORM].index
        )


class TestSiteLimits:
    def test_a_site_sets_its_own_number_where_practice_is_the_basis(self) -> None:
        stricter = default_limits().with_values({"KET_IV_MG_PER_KG": 0.75})
        regimen = parse("ketamine 0.8 mg/kg iv over 40 min, once")
        (remark,) = check(regimen, 72, Jurisdiction.US, TRD, 40, limits=stricter)
        assert (remark.id, remark.limit) == ("KET_IV_MG_PER_KG", 0.75)
        assert not check(regimen, 72, Jurisdiction.US, TRD, 40)

    def test_a_label_cannot_be_changed(self) -> None:
        with pytest.raises(DoseLimitError, match="set by a label"):
            default_limits().with_values({"ESK_SESSION": 112})

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(DoseLimitError, match="no dose limit 'X'"):
            default_limits().with_values({"X": 1})
        with pytest.raises(DoseLimitError, match="above zero"):
            default_limits().with_values({"KET_IV_MG": float("nan")})

    def test_no_limit_blocks(self) -> None:
        assert {limit.effect for limit in default_limits().limits} == {Effect.REASON, Effect.INFORM}


class TestComparison:
    @given(st.integers(1, 10), st.sampled_from([28.0, 0.1]))
    def test_rounding_is_no_crossing(self, number: int, limit: float) -> None:
        assert Comparison.MULTIPLE_OF.kept(sum(number * [limit]), limit)
        assert Comparison.AT_MOST.kept(0.1 * 840, 84)
        assert Comparison.AT_LEAST.kept(0.1 + 0.2, 0.3)
        assert not Comparison.BELOW.kept(1.0, 1.0)


class TestPreparation:
    def test_a_pump_rate(self) -> None:
        run = infusion(36, 1, 40)
        assert run.volume_ml == 36
        assert run.rate_ml_per_h == pytest.approx(54)
        assert run.dilute is None

    @given(st.floats(1, 500), st.floats(0.1, 100), st.floats(1, 600))
    def test_rate_times_time_times_concentration_is_the_dose(
        self, dose_mg: float, concentration_mg_per_ml: float, duration_min: float
    ) -> None:
        run = infusion(dose_mg, concentration_mg_per_ml, duration_min)
        assert run.rate_ml_per_h * duration_min / 60 * concentration_mg_per_ml == pytest.approx(dose_mg)

    def test_100_mg_per_ml_must_be_diluted(self) -> None:
        assert "must be diluted" in str(infusion(36, 100, 40).dilute)

    @pytest.mark.parametrize(("strength", "volume_ml"), [(0.4, 100), (1, 40), (2, 20), (0.1, 400)])
    def test_a_usual_infusion_asks_nothing(self, strength: float, volume_ml: float) -> None:
        """0.5 mg/kg of 80 kg over 40 min."""
        run = infusion(40, strength, 40)
        assert run.volume_ml == pytest.approx(volume_ml)
        assert unusual(run, strength) == ()

    @pytest.mark.parametrize(
        ("strength", "minutes", "said"),
        [
            (0.01, 40, "6000 mL/h"),
            (0.01, 40, "4000 mL"),
            (0.06, 40, "1000 mL/h"),
            (50, 40, "50 mg/mL"),
            (10, 300, "0.8 mL/h"),
        ],
    )
    def test_what_a_slipped_point_makes_is_said(self, strength: float, minutes: float, said: str) -> None:
        assert said in " ".join(unusual(infusion(40, strength, minutes), strength))

    def test_another_concentration_than_the_plan_says_is_said(self) -> None:
        """Ten times the strength at the same rate is ten times the dose."""
        assert unusual(infusion(40, 10, 40), 1) == ("The plan says 1 mg/mL; 10 mg/mL was typed.",)

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            (622, "about ten times 62.25"),
            (620, "about ten times 62.25"),
            (6.2, "about a tenth of 62.25"),
            (0.62, "about a hundredth of 62.25"),
            (62, None),
            (124.5, None),
            (500, None),
        ],
    )
    def test_a_point_that_slipped_is_seen_whatever_was_rounded(self, typed: float, said: str | None) -> None:
        assert slipped_point(typed, [62.25]) == said

    def test_what_was_expected_before_is_no_slip(self) -> None:
        assert slipped_point(62.25, [6.2, 62.25]) is None

    def test_an_injection_of_the_strengths_on_the_label(self) -> None:
        """35 mg are 3.5, 0.7 or 0.35 mL; at what a bag holds they would be 35 mL into a muscle."""
        assert strengths(Drug.KETAMINE, Route.IM) == (10, 50, 100)
        assert str(injection(35, 50)) == "0.7 mL of 50 mg/mL"
        assert unusual_injection(injection(35, 50), Drug.KETAMINE, Route.IM) == ()

    @pytest.mark.parametrize(
        ("route", "strength", "said"),
        [
            (Route.IM, 1, "no strength that ketamine comes in (10, 50, 100 mg/mL)"),
            (Route.IM, 1, "35 mL into a muscle is more than one injection takes, 5 mL"),
            (Route.SC, 10, "3.5 mL under the skin is more than one injection takes, 3 mL"),
            (Route.SC, 5, "no strength that ketamine comes in"),
            (Route.IV, 1, "35 mL by vein is more than one injection takes, 20 mL"),
            (Route.IV, 100, "must be diluted"),
            (Route.IV, 500, "no strength that ketamine comes in"),
        ],
    )
    def test_what_no_single_injection_is_is_said(self, route: Route, strength: float, said: str) -> None:
        assert said in " ".join(unusual_injection(injection(35, strength), Drug.KETAMINE, route))

    def test_for_a_vein_it_may_be_diluted(self) -> None:
        assert unusual_injection(injection(35, 5), Drug.KETAMINE, Route.IV) == ()

    @given(st.floats(1, 500), st.floats(0.1, 100))
    def test_volume_times_strength_is_the_dose(self, dose_mg: float, strength: float) -> None:
        assert injection(dose_mg, strength).volume_ml * strength == pytest.approx(dose_mg)

    def test_how_much_one_injection_holds_has_a_source_for_every_route_that_injects(self) -> None:
        rows = load("dosing.yaml")["injection_volume"]
        assert all(provenance(row).basis is Basis.PRACTICE and provenance(row).sources for row in rows)
        for drug in Drug:
            assert [largest_ml(drug, route) for route in (Route.IM, Route.SC, Route.IV, Route.ORAL)] == [5, 3, 20, None]

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(52.5, "52.5"), (112.25, "112.25"), (0.125, "0.125"), (1234.25, "1234.25"), (60, "60"), (0, "0"),
         (5.9333, "5.93"), (35 / 40 * 60, "52.5"), (100 / 3, "33.3"), (0.1 + 0.2, "0.3")],
    )  # fmt: skip
    def test_a_rate_keeps_each_figure_that_can_be_typed_and_three_of_what_is_computed(
        self, value: float, shown: str
    ) -> None:
        assert as_set(value) == shown

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(0.65, "0.65"), (0.975, "0.975"), (18.0, "18"), (52.46, "52.5"), (2112.4, "2112"), (0.03144, "0.0314")],
    )
    def test_a_volume_is_shown_in_three_figures_without_a_trailing_zero(self, value: float, shown: str) -> None:
        assert three_figures(value) == shown

    @given(st.floats(0.001, 5000))
    def test_no_rounding_moves_a_volume_by_a_hundredth(self, value: float) -> None:
        assert float(three_figures(value)) == pytest.approx(value, rel=0.006)

    @pytest.mark.parametrize("numbers", [(0, 10, 40), (36, 0, 40), (36, 10, 0), (36, float("nan"), 40)])
    def test_a_number_that_cannot_be_run_is_refused(self, numbers: tuple[float, float, float]) -> None:
        with pytest.raises(RegimenError, match="above zero"):
            infusion(*numbers)

    def test_devices(self) -> None:
        assert [devices(dose_mg) for dose_mg in (28, 56, 84)] == [1, 2, 3]
        with pytest.raises(RegimenError, match="70 mg is not a whole number of devices"):
            devices(70)


class TestCourseAndLength:
    """A slip of the hand in how often or how long is as dangerous as one in milligrams."""

    DEPRESSED, PAIN, CRPS = TRD, "neuropathic_pain", "complex_regional_pain_syndrome"

    def test_600_daily_doses_want_a_reason_for_how_often_and_for_how_long(self) -> None:
        found = remarks("ketamine 0.5 mg/kg iv over 40 min, daily for 600 days")
        wanted = {name for name, remark in found.items() if remark.effect is Effect.REASON}
        assert wanted == {"KET_PER_WEEK", "KET_FREQUENT_LATE", "COURSE_WEEKS"}
        assert found["COURSE_WEEKS"].value == 86

    @pytest.mark.parametrize(
        ("length", "wanted", "limit"),
        [("168 h", DEPRESSED, "KET_LONGEST"), ("168 h", PAIN, "PAIN_LONGEST"), ("168 h", CRPS, "CRPS_LONGEST")],
    )
    def test_an_infusion_of_a_week_wants_a_reason_whatever_it_is_for(
        self, length: str, wanted: str, limit: str
    ) -> None:
        remark = remarks(f"ketamine 30 mg iv over {length}, once", wanted=wanted)[limit]
        assert remark.effect is Effect.REASON
        assert remark.provenance.sources

    def test_esketamine_by_vein_over_a_week_wants_a_reason_too_and_its_amount_stays_unchecked(self) -> None:
        found = remarks("esketamine 20 mg iv over 168 h, once")
        assert found["KET_LONGEST"].effect is Effect.REASON
        assert "NO_LIMIT" in found

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("ketamine 0.5 mg/kg iv over 60 min, three times weekly for 2 weeks", DEPRESSED),
            ("ketamine 0.5 mg/kg iv over 40 min, twice weekly for 12 weeks", DEPRESSED),
            ("ketamine 2112 mg iv over 96 h, once", CRPS),
            ("ketamine 100 mg iv over 5 h, daily for 7 days", PAIN),
            ("esketamine 56 mg nasal twice weekly for 4 weeks, then weekly for 20 weeks", DEPRESSED),
        ],
    )
    def test_the_lengths_that_the_sources_hold_want_none(self, text: str, wanted: str) -> None:
        assert [name for name, found in remarks(text, wanted=wanted).items() if found.effect is Effect.REASON] == []

    def test_more_than_twice_a_week_after_two_months_is_what_the_consensus_stops_at(self) -> None:
        twice, thrice = (
            remarks(f"ketamine 0.5 mg/kg iv over 40 min, {often} weekly for 10 weeks")
            for often in ("twice", "three times")
        )
        assert "KET_FREQUENT_LATE" not in twice
        assert (thrice["KET_FREQUENT_LATE"].limit, thrice["KET_FREQUENT_LATE"].day) == (2, 56)

    def test_pain_infusions_are_counted_over_a_year(self) -> None:
        assert "PAIN_PER_YEAR" not in remarks("ketamine 80 mg iv over 150 min, monthly for 12 months", wanted=self.PAIN)
        assert (
            remarks("ketamine 80 mg iv over 150 min, weekly for 20 weeks", wanted=self.PAIN)["PAIN_PER_YEAR"].value
            == 20
        )

    def test_a_limit_of_our_own_says_so(self) -> None:
        ours = {limit.id for limit in default_limits().limits if "OWN" in limit.provenance.source_ids}
        assert {"KET_LONGEST", "COURSE_WEEKS"} <= ours
        assert all("our own" in limit.says for limit in default_limits().limits if limit.id in ours)


class TestWhatWasGivenBefore:
    """How often and how long belong to the course: a change of its plan does not begin it anew."""

    @staticmethod
    def after(text: str, *days: int, route: Route = Route.NASAL, **more: object) -> dict[str, DoseRemark]:
        before = [DayGiven(-day, Drug.ESKETAMINE, route) for day in days]
        place, wanted = more.get("place", Jurisdiction.US), more.get("wanted", TRD)
        return {remark.id: remark for remark in check(parse(text), 72, place, wanted, 40, before=before)}

    TWICE = "esketamine 56 mg nasal twice weekly for 2 weeks"

    def test_a_third_session_in_a_week_counts_those_already_given(self) -> None:
        assert "ESK_PER_WEEK" not in remarks(self.TWICE)
        found = self.after(self.TWICE, 4, 1)["ESK_PER_WEEK"]
        assert (found.value, found.day, found.outside_label) == (3, 0, True)
        assert found.sentence.endswith("Counted with what was given before: 2 sessions.")
        assert "ESK_PER_WEEK" not in self.after(self.TWICE, 7, 4)

    def test_week_5_is_that_of_the_course(self) -> None:
        assert "ESK_FROM_WEEK_5" not in self.after(self.TWICE, 14, 11, 7, 4)
        assert self.after(self.TWICE, 28, 25, 21, 18, 14, 11, 7, 4)["ESK_FROM_WEEK_5"].value == 2

    def test_the_end_of_a_short_course_is_not_put_off(self) -> None:
        europe = {"place": Jurisdiction.EU, "wanted": SUICIDALITY}
        assert "ESK_SUICIDALITY_WEEKS_EU" not in self.after(self.TWICE, **europe)
        assert self.after(self.TWICE, 21, 18, 14, 11, 7, 4, **europe)["ESK_SUICIDALITY_WEEKS_EU"].value == 5

    def test_a_higher_dose_later_is_no_first_dose(self) -> None:
        higher = "esketamine 84 mg nasal weekly for 2 weeks"
        assert "ESK_FIRST_US" in remarks(higher)
        assert "ESK_FIRST_US" not in self.after(higher, 7)

    def test_another_drug_or_route_begins_its_own_course(self) -> None:
        assert "ESK_PER_WEEK" not in self.after(self.TWICE, 4, 1, route=Route.IV)

    def test_too_often_in_the_past_is_not_held_against_what_is_to_come(self) -> None:
        assert "ESK_PER_WEEK" not in self.after("esketamine 56 mg nasal weekly for 2 weeks", 12, 11, 10)

    def test_how_much_is_planned_in_one_go_is_asked_of_the_plan_alone(self) -> None:
        half_a_year = "esketamine 56 mg nasal weekly for 26 weeks"
        assert "COURSE_WEEKS" not in self.after(half_a_year, 14, 7)

    def test_a_limit_crossed_only_together_is_not_among_those_kept(self) -> None:
        before = [DayGiven(-4, Drug.ESKETAMINE, Route.NASAL), DayGiven(-1, Drug.ESKETAMINE, Route.NASAL)]
        keeps = {limit.id for limit in kept(parse(self.TWICE), 72, Jurisdiction.US, TRD, 40, before=before)}
        assert "ESK_PER_WEEK" not in keeps
        assert "ESK_SESSION" in keeps


class TestKeptLimits:
    def test_every_limit_that_applies_is_kept_crossed_or_unchecked(self) -> None:
        regimen = parse("ketamine 1.2 mg/kg iv over 20 min, twice weekly for 2 weeks")
        keeps = {limit.id for limit in kept(regimen, 72, Jurisdiction.US, TRD, 40)}
        crosses = {remark.id for remark in check(regimen, 72, Jurisdiction.US, TRD, 40)}
        assert keeps == {"KET_IV_MG", "KET_PER_WEEK", "KET_LONGEST", "COURSE_WEEKS"}
        assert crosses == {"KET_IV_MG_PER_KG", "KET_IV_MINUTES"}

    def test_a_limit_that_needs_a_missing_weight_is_not_kept(self) -> None:
        regimen = parse("ketamine 36 mg iv over 40 min, once")
        without = {limit.id for limit in kept(regimen, None, Jurisdiction.US, TRD, 40)}
        with_it = {limit.id for limit in kept(regimen, 72, Jurisdiction.US, TRD, 40)}
        assert with_it - without == {"KET_IV_MG_PER_KG"}

    def test_a_limit_for_another_age_is_not_kept(self) -> None:
        regimen = parse("esketamine 28 mg nasal once")
        young = {limit.id for limit in kept(regimen, 72, Jurisdiction.EU, TRD, 40)}
        old = {limit.id for limit in kept(regimen, 72, Jurisdiction.EU, TRD, 70)}
        assert "ESK_FIRST_EU_65" in old - young

    def test_a_limit_says_itself(self) -> None:
        words = {limit.id: limit.words for limit in default_limits().limits}
        assert words["KET_IV_MG"] == "at most 100 mg in a session"
        assert words["KET_IV_MINUTES"] == "at least 30 min"
        assert words["ESK_DEVICE"] == "a multiple of 28 mg in a session"


class TestKnowledge:
    def test_every_row_has_sources_that_exist_and_a_basis(self) -> None:
        knowledge = load("dosing.yaml")
        for section in ("products", "templates", "limits", "notices"):
            for row in knowledge[section]:
                found = provenance(row)
                assert found.basis is not None, row["id"]
                assert len(found.sources) == len(row["sources"]) > 0, row["id"]
                if found.status is Status.SEEN:
                    assert any(each.status is Status.SEEN for each in found.sources), row["id"]

    def test_what_is_usual_of_an_infusion_is_ours_and_recalled(self) -> None:
        found = provenance(load("dosing.yaml")["infusion_plausible"])
        assert (found.basis, found.status) == (Basis.PRACTICE, Status.RECALLED)

    def test_how_old_a_weight_may_be_is_practice_and_recalled(self) -> None:
        row = load("dosing.yaml")["weight_age_max_days"]
        assert weight_age_max_days() == row["value"] == 30
        assert (provenance(row).basis, provenance(row).status) == (Basis.PRACTICE, Status.RECALLED)

    def test_ids_are_unique_and_indications_exist(self) -> None:
        knowledge = load("dosing.yaml")
        rows = [*knowledge["templates"], *knowledge["limits"], *knowledge["notices"]]
        assert len({row["id"] for row in rows}) == len(rows)
        for row in rows:
            assert set(row.get("indications", ())) | set(row.get("unless", ())) <= set(indications())

    def test_every_drug_and_route_named_exists(self) -> None:
        known = {f"{drug} {route}" for drug in Drug for route in Route}
        for row in load("dosing.yaml")["limits"]:
            assert set(row.get("for", ())) <= known
            assert set(row.get("in", ())) <= set(Jurisdiction)

    def test_the_alarm_numbers_recalled_from_practice_are_marked_so(self) -> None:
        status = {limit.id: limit.provenance.status for limit in default_limits().limits}
        assert {status[each] for each in ("KET_IV_MG_PER_KG", "KET_IV_MG", "KET_IV_MINUTES")} == {Status.RECALLED}


class TestAnaestheticDoses:
    """The US label induces general anaesthesia with 1 to 4.5 mg/kg by vein."""

    @pytest.mark.parametrize("text", ["5 mg/kg iv over 40 min", "1.2 mg/kg iv over 40 min", "400 mg iv over 40 min"])
    def test_an_infusion_of_an_anaesthetic_dose_says_so_first_and_in_red(self, text: str) -> None:
        first, *others = check(parse(f"ketamine {text}, once"), 72, Jurisdiction.US, TRD, 40)
        assert (first.id, first.urgent, first.effect) == ("KET_IV_MG_PER_KG", True, Effect.REASON)
        assert "dose that induces anaesthesia, 1 to 4.5 mg/kg" in first.sentence
        assert not any(other.urgent for other in others)

    def test_one_mg_per_kg_is_where_the_label_begins(self) -> None:
        assert remarks("ketamine 1 mg/kg iv over 40 min, once")["KET_IV_MG_PER_KG"].urgent
        assert "KET_IV_MG_PER_KG" not in remarks("ketamine 0.99 mg/kg iv over 40 min, once")

    def test_a_stricter_site_is_not_told_of_anaesthesia_below_it(self) -> None:
        stricter = default_limits().with_values({"KET_IV_MG_PER_KG": 0.75})
        (found,) = check(
            parse("ketamine 0.9 mg/kg iv over 40 min, once"), 72, Jurisdiction.US, TRD, 40, limits=stricter
        )
        assert not found.urgent
        assert "anaesthesia" not in found.sentence

    def test_the_urgent_remark_leads_whatever_stands_before_it_on_file(self) -> None:
        text = "esketamine 70 mg nasal once, then ketamine 5 mg/kg iv over 40 min on day 8"
        assert check(parse(text), 72, Jurisdiction.US, TRD, 40)[0].urgent


class TestSchedules:
    def test_a_use_without_a_schedule_of_checks_is_said(self) -> None:
        sentence = remarks("esketamine 0.5 mg/kg iv over 30 min, once")["NO_SCHEDULE"].sentence
        assert sentence == "No monitoring schedule is on file for esketamine iv: it cannot be run here."
        assert "NO_SCHEDULE" not in remarks("ketamine 0.5 mg/kg iv over 40 min, once")

    @pytest.mark.parametrize("template", ALL_TEMPLATES, ids=lambda template: template.id)
    def test_every_template_can_be_run(self, template) -> None:
        for wanted in template.indications:
            assert "NO_SCHEDULE" not in remarks(template.text, wanted=wanted)


class TestOutsideTheLabel:
    @pytest.mark.parametrize(
        "text",
        [
            "esketamine 56 mg nasal twice weekly for 8 weeks",
            "esketamine 70 mg nasal once",
            "esketamine 112 mg nasal once",
            "esketamine 56 mg nasal three times weekly for 1 week",
            "esketamine 28 mg nasal once",
        ],
    )
    def test_a_dose_or_frequency_that_no_label_has_is_marked(self, text: str) -> None:
        assert any(remark.outside_label for remark in remarks(text).values())

    def test_84_mg_first_is_in_dispute_between_labels_and_not_outside(self) -> None:
        assert not remarks("esketamine 84 mg nasal once")["ESK_FIRST_US"].outside_label

    def test_what_practice_sets_is_no_label(self) -> None:
        assert not any(remark.outside_label for remark in remarks("ketamine 1.2 mg/kg iv over 40 min, once").values())


class TestAsMeasured:
    """An amount looks the same on every page, as a syringe measures it."""

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (41.25, "41.3"), (412.5, "412.5"), (41.2, "41.2"), (102.5, "102.5"), (56.0, "56"), (9.375, "9.38"),
            (0.65, "0.65"), (0.0125, "0.013"), (35.65, "35.7"), (100.0, "100"), (0.0, "0"),
        ],
    )  # fmt: skip
    def test_half_goes_up_and_no_zero_trails(self, value: float, shown: str) -> None:
        assert as_measured(value) == shown

    @given(st.floats(1, 5000))
    def test_rounding_moves_no_amount_by_a_hundredth(self, value: float) -> None:
        assert float(as_measured(value)) == pytest.approx(value, rel=0.0051)

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(390.0, "390"), (12345.6, "12346"), (52.456, "52.46"), (0.08333, "0.08333"), (1e6, "1000000")],
    )
    def test_no_figure_is_said_in_powers_of_ten(self, value: float, shown: str) -> None:
        assert four_figures(value) == shown
