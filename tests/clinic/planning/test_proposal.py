"""A regimen for one person: its days, its milligrams, how it is drawn up, what the labels and the limits say."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from daybreak.clinic.planning.proposal import PlanRefusal
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic
from tests.clinic.planning.cases import INFUSIONS, SPRAYS, TOO_MUCH, first_day, proposed


class TestDaysAndMilligrams:
    def test_twice_weekly_is_the_first_day_and_three_days_later(self, clinic: Clinic) -> None:
        days = [(session.day - first_day()).days for session in proposed(clinic, INFUSIONS).sessions]
        assert days == [0, 3, 7, 10, 14, 17, 21, 28, 35, 42]

    def test_a_dose_by_weight_is_the_weight_times_it(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, INFUSIONS, weight_kg=72)
        assert {session.dose_mg for session in proposal.sessions} == {36.0}
        assert proposal.total_mg == 360

    def test_without_a_weight_no_milligrams_are_guessed(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, INFUSIONS, weight_kg=None)
        assert {session.dose_mg for session in proposal.sessions} == {None}
        assert proposal.missing_weight == "0.5 mg/kg needs a body weight, and none is recorded."

    def test_an_absolute_dose_needs_no_weight(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, SPRAYS, weight_kg=None)
        assert [session.dose_mg for session in proposal.sessions[:2]] == [56, 84]
        assert proposal.missing_weight is None


class TestDrawingUp:
    def test_the_pump_gives_the_volume_within_the_time(self, clinic: Clinic) -> None:
        (part, _) = proposed(clinic, INFUSIONS, at_mg_per_ml=2).parts
        assert part.drawn_up == "18 mL at 2 mg/mL"
        assert part.pump_ml_per_h == pytest.approx(18 / 40 * 60)

    def test_the_parts_are_the_phases_with_their_first_and_last_day(self, clinic: Clinic) -> None:
        induction, spacing = proposed(clinic, INFUSIONS).parts
        assert (induction.words, induction.sessions, spacing.words, spacing.sessions) == (
            "Twice weekly for 3 weeks", 6, "Weekly for 4 weeks", 4,
        )  # fmt: skip
        assert spacing.first_day - induction.first_day == timedelta(weeks=3)
        assert spacing.last_day - induction.first_day == timedelta(weeks=6)

    def test_a_spray_is_counted_in_devices(self, clinic: Clinic) -> None:
        assert [part.drawn_up for part in proposed(clinic, SPRAYS).parts] == ["2 devices", "3 devices"]

    def test_what_is_no_whole_number_of_devices_is_not_rounded(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, "esketamine 70 mg nasal once")
        assert proposal.parts[0].drawn_up is None
        assert any("not a whole number of devices" in remark.sentence for remark in proposal.remarks)

    def test_a_bolus_has_a_volume_and_no_pump(self, clinic: Clinic) -> None:
        (part,) = proposed(clinic, "ketamine 0.5 mg/kg im once", at_mg_per_ml=50).parts
        assert (part.drawn_up, part.pump_ml_per_h) == ("0.72 mL at 50 mg/mL", None)

    def test_an_injection_into_a_muscle_is_not_offered_at_the_strength_of_a_bag(self, clinic: Clinic) -> None:
        (part,) = proposed(clinic, "ketamine 0.5 mg/kg im once", at_mg_per_ml=1).parts
        assert part.drawn_up == "3.6 mL of 10 mg/mL or 0.72 mL of 50 mg/mL or 0.36 mL of 100 mg/mL"

    def test_what_is_swallowed_is_not_drawn_up(self, clinic: Clinic) -> None:
        assert proposed(clinic, "ketamine 1 mg/kg oral once").parts[0].drawn_up is None

    def test_the_strongest_vial_must_be_diluted_first(self, clinic: Clinic) -> None:
        assert "must be diluted" in proposed(clinic, INFUSIONS, at_mg_per_ml=100).dilutions[0]
        assert not proposed(clinic, INFUSIONS, at_mg_per_ml=10).dilutions


class TestLabelsAndLimits:
    def test_ketamine_by_vein_is_off_label_and_the_spray_labelled_in_the_us(self, clinic: Clinic) -> None:
        assert not proposed(clinic, INFUSIONS).labelled
        assert proposed(clinic, SPRAYS).labelled

    def test_one_unlabelled_part_makes_the_whole_off_label(self, clinic: Clinic) -> None:
        mixed = proposed(clinic, "esketamine 56 mg nasal once, then ketamine 0.5 mg/kg iv over 40 min, on day 8")
        assert [found.labelled for found in mixed.labellings] == [True, False]
        assert not mixed.labelled

    def test_a_limit_is_kept_or_remarked_on_never_both(self, clinic: Clinic) -> None:
        for text in (INFUSIONS, SPRAYS, TOO_MUCH, "esketamine 112 mg nasal daily for 7 days"):
            proposal = proposed(clinic, text)
            assert not {limit.id for limit in proposal.kept_limits} & {remark.id for remark in proposal.remarks}

    def test_a_limit_that_could_not_be_checked_is_not_said_to_be_kept(self, clinic: Clinic) -> None:
        unweighed = proposed(clinic, "ketamine 35 mg iv over 40 min, once", weight_kg=None)
        assert "KET_IV_MG_PER_KG" not in {limit.id for limit in unweighed.kept_limits}
        assert "KET_IV_MG" in {limit.id for limit in unweighed.kept_limits}

    def test_a_jurisdiction_without_labels_on_file_is_refused(self, clinic: Clinic) -> None:
        clinic.course.patient.site.jurisdiction = "XX"
        with pytest.raises(Refusal, match="'XX' are not on file"):
            proposed(clinic, INFUSIONS)


class TestWhatCannotBe:
    def test_words_that_are_no_regimen_are_refused_at_their_field(self, clinic: Clinic) -> None:
        with pytest.raises(PlanRefusal) as refused:
            proposed(clinic, "ketamine 0.5 mg/kg iv over 40 min, biweekly")
        assert set(refused.value.by_field) == {"text"}

    @pytest.mark.parametrize(
        ("field", "given"),
        [("weight_kg", {"weight_kg": 720.0}), ("concentration_mg_per_ml", {"at_mg_per_ml": 0.0})],
    )
    def test_a_slip_of_the_hand_is_refused_at_its_field(self, clinic: Clinic, field: str, given: dict) -> None:
        with pytest.raises(PlanRefusal) as refused:
            proposed(clinic, INFUSIONS, **given)
        assert set(refused.value.by_field) == {field}

    @pytest.mark.parametrize("day", [date.min, date(1999, 12, 31)])
    def test_an_early_first_day_still_has_a_calendar(self, clinic: Clinic, day: date) -> None:
        assert replace(proposed(clinic, INFUSIONS), first_day=day).sessions[0].day == day


class TestNotRoundedAway:
    def test_65_mg_at_100_mg_per_ml_is_0_65_ml(self, clinic: Clinic) -> None:
        (part,) = proposed(clinic, "ketamine 65 mg im once", at_mg_per_ml=100).parts
        assert part.drawn_up == "0.65 mL at 100 mg/mL"

    def test_a_strength_that_must_be_diluted_has_no_pump_rate_and_says_why(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, "ketamine 65 mg iv over 40 min, once", at_mg_per_ml=100)
        assert (proposal.parts[0].drawn_up, proposal.parts[0].pump) == ("0.65 mL at 100 mg/mL", "")
        assert "No pump rate is given until you write the concentration after dilution" in proposal.dilutions[0]

    def test_a_pump_rate_keeps_three_figures(self, clinic: Clinic) -> None:
        (part,) = proposed(clinic, "ketamine 65 mg iv over 40 min, once", at_mg_per_ml=50).parts
        assert part.pump == "1.95"

    def test_a_bolus_by_vein_must_be_diluted_as_well_and_an_injection_into_a_muscle_not(self, clinic: Clinic) -> None:
        assert proposed(clinic, "ketamine 0.2 mg/kg iv bolus, once", at_mg_per_ml=100).dilutions
        assert not proposed(clinic, "ketamine 0.5 mg/kg im once", at_mg_per_ml=100).dilutions


class TestOutsideTheLabel:
    @pytest.mark.parametrize("text", ["esketamine 56 mg nasal twice weekly for 8 weeks", "esketamine 70 mg nasal once"])
    def test_a_spray_given_otherwise_than_its_label_says_is_not_labelled(self, clinic: Clinic, text: str) -> None:
        proposal = proposed(clinic, text)
        assert not proposal.labelled
        assert all(said.startswith("Outside the label: ") for said in proposal.outside_label)
