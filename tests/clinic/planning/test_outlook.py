"""What is expected of a whole plan: where the model carries it, what it says, and who is shown it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.planning import (
    alternatives,
    baselines,
    outlook,
    outlook_drawings,
    pain_drawings,
    queries,
    services,
)
from daybreak.clinic.planning.baselines import Baseline, score_among
from daybreak.clinic.planning.expectation import expect
from daybreak.clinic.planning.outlook import Pressure, course_of, look_ahead, pressure_among
from daybreak.clinic.record.models import Course, PatientFact, PatientFactKind
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import record_facts
from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.response.course import Probability, weeks_studied
from daybreak.treatment import dose_templates
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.planning.cases import INFUSIONS, SPRAYS, drafted, first_day, proposed
from tests.clinic.planning.test_pages import browser

PRESSURE = Pressure(128, 78)


def measured(clinic: Clinic, systolic: float, diastolic: float | None = None, *, hours_ago: float = 0) -> None:
    """A pressure kept with the person of the clinic."""
    at = timezone.now() - timedelta(hours=hours_ago)
    values = {Vital.SYSTOLIC: systolic} | ({Vital.DIASTOLIC: diastolic} if diastolic else {})
    facts = [
        PatientFact(kind=PatientFactKind.VITAL, code=vital, value=value, unit="mmHg", occurred_at=at)
        for vital, value in values.items()
    ]
    record_facts(clinic.patient, facts, clinic.actor(Role.NURSE))


class TestTheDay:
    def test_who_starts_higher_crosses_a_limit_more_often(self, clinic: Clinic) -> None:
        low, high = (look_ahead(proposed(clinic, INFUSIONS), Pressure(value, 78)).day for value in (115, 145))
        assert low
        assert high
        assert high.crossings[0].chance > low.crossings[0].chance

    def test_half_a_pressure_is_never_completed_from_another_time(self, clinic: Clinic) -> None:
        measured(clinic, 120, 75, hours_ago=50)
        measured(clinic, 160, hours_ago=1)
        found = pressure_among(queries.facts_on_file(clinic.patient))
        assert found is not None
        assert (found.systolic, found.diastolic) == (120, 75)

    def test_without_a_pressure_no_day_is_made_up(self, clinic: Clinic) -> None:
        assert pressure_among(queries.facts_on_file(clinic.patient)) is None
        expected = look_ahead(proposed(clinic, INFUSIONS), None)
        assert expected.day is None
        assert "No blood pressure is on file" in expected.no_day
        assert expected.course is not None

    def test_a_limit_nobody_drawn_reaches_is_not_said_to_be_out_of_reach(self, clinic: Clinic) -> None:
        day = look_ahead(proposed(clinic, "ketamine 0.2 mg/kg iv over 40 min, once"), Pressure(105, 65)).day
        assert day is not None
        assert any(crossing.clear_by_h is None for crossing in day.crossings)
        assert not any("None" in says or says.startswith("0 ") for says in outlook_drawings.crossing_words(day))

    def test_the_limits_are_those_in_force_in_a_session(self, clinic: Clinic) -> None:
        values = {(limit.measure.value, limit.value) for limit in outlook.pressure_limits()}
        assert {("systolic", 160.0), ("systolic", 180.0), ("diastolic", 100.0), ("diastolic", 110.0)} == values


class TestTheCourse:
    @pytest.mark.parametrize(
        ("indication", "why"),
        [
            ("ptsd", "a larger one found none"),
            ("social_anxiety", "18 people with social anxiety"),
            ("bipolar_depression", "treated unipolar depression"),
            ("fibromyalgia", "treated unipolar depression"),
        ],
    )
    def test_only_what_the_trials_treated_has_a_course(self, clinic: Clinic, indication: str, why: str) -> None:
        proposal = replace(proposed(clinic, INFUSIONS), indication_id=indication)
        with pytest.raises(KineticsError, match=f"no model of the symptoms is shown.*{why}"):
            course_of(proposal)

    def test_a_fall_of_a_score_is_not_shown_as_less_danger(self, clinic: Clinic) -> None:
        suicidal = replace(proposed(clinic, SPRAYS), indication_id="depression_with_suicidal_ideation")
        assert "not been shown to prevent suicide" in look_ahead(suicidal, None).not_told
        assert not look_ahead(proposed(clinic, SPRAYS), None).not_told

    def test_where_no_model_serves_the_doses_its_own_sentence_is_said(self, clinic: Clinic) -> None:
        mixed = "ketamine 0.5 mg/kg iv over 40 min, once, then esketamine 56 mg nasal twice weekly for 4 weeks"
        expected = look_ahead(proposed(clinic, mixed), PRESSURE)
        assert expected.course is None
        assert "different models" in expected.no_course
        assert expected.day is not None, "the first day is one drug"
        devices = look_ahead(proposed(clinic, "esketamine 57 mg nasal once"), PRESSURE)
        assert devices.day is None
        assert "whole number" in devices.no_day

    def test_a_course_in_per_cent_does_not_depend_on_the_score_it_is_computed_with(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, SPRAYS)
        without, known = course_of(proposal), course_of(proposal, 36)
        assert without.score.median / without.baseline == pytest.approx(known.score.median / known.baseline, abs=1e-9)
        assert without.chances["24 hours"].response == known.chances["24 hours"].response

    def test_without_a_score_no_remission_is_said(self, clinic: Clinic) -> None:
        proposal = proposed(clinic, SPRAYS)
        assert all(not row.remission for row in outlook_drawings.chance_rows(look_ahead(proposal, None)))
        assert all(
            row.remission for row in outlook_drawings.chance_rows(look_ahead(proposal, None, madrs=Baseline(32)))
        )

    def test_what_lies_outside_the_studied_range_is_said(self, clinic: Clinic) -> None:
        often = "ketamine 0.5 mg/kg sc three times weekly for 4 weeks"
        warnings = look_ahead(proposed(clinic, often), PRESSURE).warnings
        assert any("12 doses within 4 weeks" in warning for warning in warnings)
        assert any("by the sc route" in warning for warning in warnings)
        assert len(warnings) == len(set(warnings))

    def test_what_no_trial_measured_is_said_beside_its_chance(self, clinic: Clinic) -> None:
        rows = outlook_drawings.chance_rows(look_ahead(proposed(clinic, INFUSIONS), PRESSURE))
        assert [row.when for row in rows] == [
            "24 hours after the first dose",
            "End of induction, 18 days after the first dose",
            "12 weeks, carried forward: no trial measured so late",
        ]

    def test_per_cent_are_said_to_be_of_the_score_before(self, clinic: Clinic) -> None:
        """46 % at 24 hours is no fall of 46 %, and no chance."""
        expected = look_ahead(proposed(clinic, INFUSIONS), PRESSURE)
        assert expected.course is not None
        assert "of the score before the first dose" in outlook_drawings.symptoms(expected, expected.course).description

    def test_the_picture_marks_where_no_trial_measured(self, clinic: Clinic) -> None:
        expected = look_ahead(proposed(clinic, INFUSIONS), None)
        assert expected.course is not None
        chart = outlook_drawings.symptoms(expected, expected.course)
        shade = next(mark for mark in chart.marks if type(mark).__name__ == "Shade")
        assert shade.start == weeks_studied()
        assert "% of the score before the first dose" in chart.y.name


def scored(clinic: Clinic, code: str, value: float, *, days_ago: float) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    fact = PatientFact(kind=PatientFactKind.SCORE, code=code, value=value, occurred_at=at)
    record_facts(clinic.patient, [fact], clinic.actor(Role.NURSE))


class TestTheScoreItStartsFrom:
    def test_the_newest_madrs_before_the_first_dose_is_the_baseline(self, clinic: Clinic) -> None:
        scored(clinic, "MADRS", 36, days_ago=20)
        scored(clinic, "MADRS", 31, days_ago=3)
        scored(clinic, "PHQ9", 19, days_ago=1)
        start = score_among(queries.facts_on_file(clinic.patient), baselines.MADRS, first_day())
        assert start is not None
        assert (start.value, start.is_old) == (31, False)
        assert look_ahead(proposed(clinic, SPRAYS), None, madrs=start).madrs == 31

    def test_one_rated_after_the_first_dose_is_no_baseline(self, clinic: Clinic) -> None:
        scored(clinic, "MADRS", 12, days_ago=2)
        assert (
            score_among(
                queries.facts_on_file(clinic.patient), baselines.MADRS, timezone.localdate() - timedelta(days=9)
            )
            is None
        )

    def test_an_old_one_is_shown_and_not_computed_with(self, clinic: Clinic) -> None:
        scored(clinic, "MADRS", 31, days_ago=200)
        start = score_among(queries.facts_on_file(clinic.patient), baselines.MADRS, first_day())
        assert start is not None
        assert start.is_old
        assert look_ahead(proposed(clinic, SPRAYS), None, madrs=start).madrs is None
        drafted(clinic, SPRAYS)
        page = TestThePages().part(clinic).content.decode()
        assert "more than 90 days before the first dose: not used" in page
        assert "Remission" not in page

    def test_the_page_draws_in_points_from_what_is_on_file_and_from_what_is_written(self, clinic: Clinic) -> None:
        scored(clinic, "MADRS", 33, days_ago=2)
        drafted(clinic, SPRAYS)
        page = TestThePages().part(clinic).content.decode()
        assert "From MADRS 33, rated on" in page
        assert "Remission" in page
        assert "MADRS, 0 to 60" in page
        written = TestThePages().part(clinic, madrs=28).content.decode()
        assert "From MADRS 33" not in written
        assert "Remission" in written


DAYS_OF_INFUSION = "ketamine 2112 mg iv over 96 h, once"


class TestPain:
    def test_a_course_of_pain_is_drawn_where_it_was_followed(self, clinic: Clinic) -> None:
        crps = replace(proposed(clinic, DAYS_OF_INFUSION), indication_id="complex_regional_pain_syndrome")
        course = look_ahead(crps, None, pain=Baseline(7)).pain_course
        assert course is not None
        chart = pain_drawings.pain(crps, course)
        shade = next(mark for mark in chart.marks if type(mark).__name__ == "Shade")
        assert shade.start == 1
        day = int(abs(course.times_h - 96).argmin())
        assert course.pain.median[day] < course.mean_with_placebo[day] - 2

    @pytest.mark.parametrize(
        ("indication", "pain", "why"),
        [
            ("neuropathic_pain", Baseline(7), "Of other pain no trial on file gives pain by time"),
            ("chronic_pain", Baseline(7), "no course of pain is shown"),
            ("fibromyalgia", None, "no pain from 0 to 10 before the first dose is on file. Enter one under Follow-up"),
            ("fibromyalgia", Baseline(7, is_old=True), "newer than 90 days"),
        ],
    )
    def test_where_there_is_none_a_sentence_says_why(
        self, clinic: Clinic, indication: str, pain: Baseline | None, why: str
    ) -> None:
        expected = look_ahead(replace(proposed(clinic, INFUSIONS), indication_id=indication), None, pain=pain)
        assert expected.pain_course is None
        assert expected.course is None
        assert why in expected.no_course

    def test_the_page_asks_for_pain_and_draws_from_what_is_on_file(self, clinic: Clinic) -> None:
        clinic.course.indication = "fibromyalgia"
        clinic.course.save()
        drafted(clinic, "ketamine 80 mg iv over 150 min, once")
        asked = TestThePages().part(clinic).content.decode()
        assert 'name="pain"' in asked
        assert "Draw from this" in asked
        scored(clinic, "PEG-1", 8, days_ago=1)
        page = TestThePages().part(clinic).content.decode()
        for said in (
            "From pain on average in the week before (PEG) 8", "Pain over twelve weeks", "Noppers 2011",
            "Outside the studied range: 2.5 hours of infusion", "not fitted here", "Dahan 2011",
        ):  # fmt: skip
            assert said in page
        refused = browser(clinic.users[Role.PRESCRIBER]).get(
            reverse("plan_outlook", args=[clinic.course.pk]), {"version": 1, "pain": "11"}
        )
        assert refused.status_code == 422
        assert "is not a pain from 0 to 10" in refused.content.decode()


class TestOtherMedicines:
    TABLETS = "esketamine 56 mg oral once"

    def taking(self, clinic: Clinic, *texts: str, state: str = "active") -> None:
        facts = [PatientFact(kind=PatientFactKind.MEDICINE, text=text, state=state) for text in texts]
        record_facts(clinic.patient, facts, clinic.actor(Role.NURSE))

    def test_one_the_model_knows_changes_the_curve_and_is_said(self, clinic: Clinic) -> None:
        self.taking(clinic, "Clarithromycin 500 mg tablet", "sertraline 100 mg")
        drafted(clinic, self.TABLETS)
        page = browser(clinic.users[Role.PRESCRIBER]).get(reverse("plan", args=[clinic.course.pk])).content.decode()
        assert "<dd>with clarithromycin</dd>" in page
        assert "With clarithromycin: area under the curve 2.6 times, from a study by the oral route" in page
        assert "With clarithromycin: area" in TestThePages().part(clinic).content.decode()
        alone = expect(proposed(clinic, self.TABLETS))
        beside = expect(replace(proposed(clinic, self.TABLETS), medicines=frozenset({"clarithromycin"})))
        assert beside.curve.cmax_ng_per_ml.median > 1.5 * alone.curve.cmax_ng_per_ml.median

    @pytest.mark.parametrize(
        ("text", "state"), [("sertraline 100 mg", "active"), ("Clarithromycin 500 mg tablet", "stopped")]
    )
    def test_one_it_does_not_know_or_that_was_stopped_changes_nothing(
        self, clinic: Clinic, text: str, state: str
    ) -> None:
        self.taking(clinic, text, state=state)
        taken = queries.medicines_taken(queries.facts_on_file(clinic.patient), "")
        assert queries.with_medicines(proposed(clinic, self.TABLETS), taken).medicines == frozenset()

    def test_words_that_were_not_saved_carry_the_medicines_they_say_go_on(self, clinic: Clinic) -> None:
        services.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE))
        typed = {"text": self.TABLETS, "other_medicines": "Rifampicin goes on", "first_day": str(first_day())}
        typed |= {"concentration_mg_per_ml": "1"}
        client = browser(clinic.users[Role.PRESCRIBER])
        preview = client.post(reverse("plan_preview", args=[clinic.course.pk]), typed).content.decode()
        assert "medicines=rifampicin" in preview
        page = TestThePages().part(clinic, text=self.TABLETS, medicines="rifampicin").content.decode()
        assert "With rifampicin: area under the curve 0.14 times" in page


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        ((0.384, 0.21, 0.57), "38 of 100 (21 to 57)"),
        ((0.001, 0.0001, 0.02), "fewer than 1 of 100 (fewer than 1 to 2)"),
        ((0.9999, 0.9, 1.0), "more than 99 of 100 (90 to 100)"),
    ],
)
def test_a_chance_is_a_number_of_people_with_its_interval(chance: tuple[float, float, float], words: str) -> None:
    assert outlook_drawings.of_hundred(Probability(*chance)) == words


class TestSideBySide:
    def test_other_drugs_and_routes_for_the_same_indication_come_first(self, clinic: Clinic) -> None:
        found = alternatives.alternatives(proposed(clinic, INFUSIONS))
        assert len(found) == alternatives.ALTERNATIVES
        uses = {(each.drug, each.route) for each in found}
        assert len(uses) == len(found)
        first = proposed(clinic, INFUSIONS).regimen.first
        assert (first.drug, first.route) not in uses
        assert all("treatment_resistant_depression" in each.indications for each in found)

    def test_the_plan_itself_is_no_alternative(self, clinic: Clinic) -> None:
        for words in (INFUSIONS, SPRAYS):
            proposal = proposed(clinic, words)
            assert proposal.regimen not in [each.regimen for each in alternatives.alternatives(proposal)]

    def test_the_end_of_induction_is_said_of_each_because_it_is_not_the_same_day(self, clinic: Clinic) -> None:
        """Else a row compares one plan after a day with another after a month."""
        options = alternatives.side_by_side(proposed(clinic, "ketamine 0.5 mg/kg iv over 40 min, once"))
        assert options[0].induction == "1 day"
        drafted(clinic, "ketamine 0.5 mg/kg iv over 40 min, once")
        address = reverse("plan_beside", args=[clinic.course.pk])
        page = browser(clinic.users[Role.PRESCRIBER]).get(address, headers={"HX-Request": "true"}).content.decode()
        for option in options:
            assert f"{option.induction} after the first dose" in page
        assert len({option.induction for option in options}) > 1

    def test_of_pain_it_does_not_say_that_there_is_no_model_and_a_plan_alone_compares_nothing(
        self, clinic: Clinic
    ) -> None:
        Course.objects.filter(pk=clinic.course.pk).update(indication="fibromyalgia")
        clinic.course.refresh_from_db()
        (only,) = dose_templates.templates("fibromyalgia", jurisdiction="US")
        drafted(clinic, only.text)
        address = reverse("plan_beside", args=[clinic.course.pk])
        page = browser(clinic.users[Role.PRESCRIBER]).get(address, headers={"HX-Request": "true"}).content.decode()
        assert alternatives.NO_RELIEF in page
        assert "unipolar depression" not in page
        assert "No other regimen for this indication and age is on file here." in page
        assert "Use this instead" not in page

    def test_hours_count_the_dose_and_the_observation_of_every_session(self, clinic: Clinic) -> None:
        infusion = alternatives.side_by_side(proposed(clinic, "ketamine 0.5 mg/kg iv over 40 min, once"))[0]
        assert infusion.hours == pytest.approx((40 + 60) / 60)
        sprays = alternatives.side_by_side(proposed(clinic, "esketamine 56 mg nasal twice weekly for 4 weeks"))[0]
        assert sprays.hours == pytest.approx(8 * 120 / 60)

    def test_the_programme_is_a_duty_of_the_spray_and_off_label_one_of_the_infusion(self, clinic: Clinic) -> None:
        options = alternatives.side_by_side(proposed(clinic, INFUSIONS))
        assert "Consent names the off-label use" in options[0].duties
        spray = next(each for each in options if "nasal" in each.drug_and_route)
        assert any("REMS" in duty for duty in spray.duties)

    def test_what_was_never_compared_is_said_and_what_was_is_named(self, clinic: Clinic) -> None:
        options = alternatives.side_by_side(proposed(clinic, INFUSIONS))
        assert any("never compared in the same blinded trial" in says for says in alternatives.compared(options))
        iv = proposed(clinic, "esketamine 0.25 mg/kg iv over 40 min, once")
        both = (alternatives.side_by_side(iv)[0], options[0])
        assert alternatives.compared(both) == ("Esketamine iv and Ketamine iv were compared in Correia-Melo 2020.",)


class TestThePages:
    def part(self, clinic: Clinic, name: str = "plan_outlook", role: Role = Role.PRESCRIBER, **asked: Any) -> Any:
        address = reverse(name, args=[clinic.course.pk])
        return browser(clinic.users[role]).get(address, asked, headers={"HX-Request": "true"})

    def test_the_plan_page_names_the_slow_part_and_does_not_compute_it(
        self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drafted(clinic)

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("computed on the plan's own page")

        monkeypatch.setattr(outlook, "predict_course", refuse)
        monkeypatch.setattr(outlook, "predict_day", refuse)
        outlook._course.cache_clear()
        outlook._day.cache_clear()
        page = browser(clinic.users[Role.PRESCRIBER]).get(reverse("plan", args=[clinic.course.pk])).content.decode()
        address = reverse("plan_outlook", args=[clinic.course.pk]) + "?version=1"
        assert f'hx-get="{address}"' in page
        assert f'<a href="{address}"' in page, "it opens without script"

    def test_the_part_shows_day_course_chances_and_sources(self, clinic: Clinic) -> None:
        drafted(clinic)
        measured(clinic, 131, 79)
        page = self.part(clinic).content.decode()
        for said in (
            "Expected blood pressure", "131/79", "reach systolic 160 mmHg", "Without a dose ", "In any of 24 readings",
            "Expected dissociation", "Band: 90 of 100 virtual people", "End of induction",
            "of 100 (", "Parameters 1+", "beyond 4 weeks", "Assumed",
        ):  # fmt: skip
            assert said in page
        assert "<html" not in page

    def test_of_an_older_person_it_says_what_was_measured_at_that_age_beside_what_is_predicted(
        self, clinic: Clinic
    ) -> None:
        """The label's systolic rises of 40 or more are four times those predicted: the clinician plans by them."""
        clinic.patient.birth_date = timezone.localdate() - timedelta(days=365.25 * 71)
        clinic.patient.save()
        drafted(clinic, SPRAYS)
        measured(clinic, 131, 79)
        page = self.part(clinic).content.decode()
        assert "Of 72 people of 65 and above" in page
        assert "17 of 100 had a systolic rise of 40 mmHg or more within four weeks, 4 predicted" in page

    def test_without_script_it_is_a_page_of_its_own(self, clinic: Clinic) -> None:
        drafted(clinic)
        page = browser(clinic.users[Role.NURSE]).get(reverse("plan_outlook", args=[clinic.course.pk]))
        assert "<html" in page.content.decode()
        assert page.status_code == 200

    def test_words_that_were_not_saved_can_be_looked_ahead_for(self, clinic: Clinic) -> None:
        services.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE))
        assert "End of induction" in self.part(clinic, text=SPRAYS).content.decode()
        refused = browser(clinic.users[Role.PRESCRIBER]).get(
            reverse("plan_outlook", args=[clinic.course.pk]), {"text": "ketamine 0,5 mg/kg iv"}
        )
        assert refused.status_code == 422
        assert "decimal point" in refused.content.decode()

    @pytest.mark.parametrize("madrs", ["99", "0", "abc", "nan", "1e400"])
    def test_a_score_that_cannot_be_is_refused_with_a_sentence(self, clinic: Clinic, madrs: str) -> None:
        drafted(clinic)
        page = browser(clinic.users[Role.PRESCRIBER]).get(
            reverse("plan_outlook", args=[clinic.course.pk]), {"version": 1, "madrs": madrs}
        )
        assert page.status_code == 422
        assert "MADRS total" in page.content.decode()

    @pytest.mark.parametrize(
        "asked", [{"version": "x"}, {"version": "7"}, {"text": "x" * 3000}, {"first_day": "x"}, {}]
    )
    def test_rubbish_is_no_error_of_the_server(self, clinic: Clinic, asked: dict[str, str]) -> None:
        address = reverse("plan_outlook", args=[clinic.course.pk])
        assert browser(clinic.users[Role.PRESCRIBER]).get(address, asked).status_code in (404, 422)

    @pytest.mark.parametrize("role", [Role.THERAPIST, Role.COORDINATOR, Role.RESEARCHER, Role.PATIENT])
    @pytest.mark.parametrize("name", ["plan_outlook", "plan_beside"])
    def test_it_is_for_those_who_treat(self, clinic: Clinic, name: str, role: Role) -> None:
        drafted(clinic)
        clinic.course.therapist = clinic.users[Role.THERAPIST]
        clinic.course.save()
        assert self.part(clinic, name, role).status_code == 403

    def test_another_plan_fills_the_form_and_saves_nothing(self, clinic: Clinic) -> None:
        drafted(clinic, goals="Back at work")
        beside = self.part(clinic, "plan_beside").content.decode()
        assert "Use this instead" in beside
        client = browser(clinic.users[Role.PRESCRIBER])
        form = client.get(reverse("plan", args=[clinic.course.pk]), {"change": 1, "text": SPRAYS}).content.decode()
        assert f"{SPRAYS}</textarea>" in form
        assert "Back at work" in form
        assert clinic.course.plans.count() == 1

    def test_where_no_response_is_predicted_for_any_it_is_said_once(self, clinic: Clinic) -> None:
        Course.objects.filter(pk=clinic.course.pk).update(indication="ptsd")
        clinic.course.refresh_from_db()
        drafted(clinic)
        beside = self.part(clinic, "plan_beside").content.decode()
        sentence = alternatives.side_by_side(proposed(clinic, INFUSIONS))[0].no_course
        assert sentence
        assert beside.count(escape(sentence)) == 1

    def test_words_no_regimen_can_be_read_from_leave_the_form_open(self, clinic: Clinic) -> None:
        drafted(clinic)
        client = browser(clinic.users[Role.PRESCRIBER])
        form = client.get(reverse("plan", args=[clinic.course.pk]), {"change": 1, "text": "a lot"})
        assert form.status_code == 200
        assert "a lot</textarea>" in form.content.decode()

    def test_queries(self, clinic: Clinic, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        drafted(clinic)
        client = browser(clinic.users[Role.PRESCRIBER])
        for name in ("plan_outlook", "plan_beside"):
            address = reverse(name, args=[clinic.course.pk])
            assert client.get(address, headers={"HX-Request": "true"}).status_code == 200
            with django_assert_max_num_queries(9):
                assert client.get(address, headers={"HX-Request": "true"}).status_code == 200
