"""May this person be treated? Truths about each finding."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility import assess
from daybreak.treatment.findings import Effect, State, obstacles
from daybreak.treatment.indications import IndicationError
from daybreak.treatment.patient_facts import (
    Answer,
    AnswerValue,
    Coded,
    FactError,
    PatientFacts,
    Pregnancy,
    PregnancyState,
    Score,
    Setting,
)
from daybreak.treatment.vitals import Reading, Vital
from tests.treatment.eligibility_cases import (
    ESKETAMINE,
    EVERY_REQUEST,
    ICD10CM,
    KETAMINE,
    NOW,
    REASON,
    SNOMED,
    answer,
    asked,
    finding,
    pressure,
    reassuring,
    state,
)


class TestNothingKnown:
    @pytest.mark.parametrize("request_", EVERY_REQUEST)
    def test_nothing_is_met(self, request_):
        findings = assess(PatientFacts(), request_)
        assert not [one.rule_id for one in findings if one.state in (State.MET, State.NOT_MET)]

    @pytest.mark.parametrize("request_", EVERY_REQUEST)
    def test_an_empty_record_is_no_better_than_none(self, request_):
        empty = PatientFacts(conditions=(), medicines=(), allergies=())
        assert not [one.rule_id for one in assess(empty, request_) if one.state is State.MET]

    @pytest.mark.parametrize("request_", EVERY_REQUEST)
    def test_consent_always_blocks(self, request_):
        assert finding("EL067", PatientFacts(), request_).effect is Effect.BLOCK

    @pytest.mark.parametrize("request_", EVERY_REQUEST)
    def test_everything_asked_and_fine_leaves_nothing_in_the_way(self, request_):
        assert obstacles(assess(reassuring(request_), request_), {}) == ()


class TestLabelContraindications:
    """SPRAVATO labels (US section 4; EU adds a cardiovascular event of the last six weeks) and the ketamine label."""

    @pytest.mark.parametrize(
        ("request_", "stops"),
        [
            (asked(), {"EL001", "EL002", "EL003", "EL004", "EL005", "EL060", "EL061", "EL067"}),
            (asked(jurisdiction="EU"), {"EL001", "EL002", "EL003", "EL004", "EL005", "EL006", "EL067"}),
            (asked(jurisdiction="UK"), {"EL001", "EL002", "EL003", "EL004", "EL005", "EL006", "EL067"}),
            (asked(setting=Setting.INPATIENT), {"EL001", "EL002", "EL003", "EL004", "EL005", "EL067"}),
            (KETAMINE, {"EL004", "EL005", "EL067"}),
            (asked(Drug.KETAMINE, Route.IM), {"EL004", "EL005", "EL067"}),
            (asked(Drug.KETAMINE, Route.ORAL), {"EL067"}),
            (asked(Drug.KETAMINE, Route.IV, "EU"), {"EL067"}),
        ],
    )
    def test_these_and_no_others_block(self, request_, stops):
        blocks = {one.rule_id for one in assess(PatientFacts(), request_) if one.effect is Effect.BLOCK}
        assert blocks == stops

    @pytest.mark.parametrize("rule_id", ["EL001", "EL002", "EL003", "EL004", "EL005"])
    @pytest.mark.parametrize("value", ["yes", "unknown"])
    @pytest.mark.parametrize("jurisdiction", ["US", "EU", "UK"])
    def test_no_reason_lifts_them(self, rule_id, value, jurisdiction):
        request = asked(jurisdiction=jurisdiction)
        facts = reassuring(request)
        facts = replace(facts, answers={**facts.answers, rule_id: answer(value)})
        left = obstacles(assess(facts, request), {rule_id: REASON})
        assert [one.finding.rule_id for one in left] == [rule_id]
        assert "No reason lifts this" in left[0].sentence

    @pytest.mark.parametrize(
        ("rule_id", "code", "system"),
        [
            ("EL001", "I71.40", ICD10CM),
            ("EL001", "I7140", ICD10CM),
            ("EL001", "67362008", SNOMED),
            ("EL002", "Q28.2", ICD10CM),
            ("EL003", "I61.9", ICD10CM),
            ("EL003", "274100004", SNOMED),
        ],
    )
    def test_a_code_in_the_record_stops_whatever_was_answered(self, rule_id, code, system):
        known = Coded("As the record words it", system, code, date(2014, 5, 2), active=True)
        found = finding(rule_id, PatientFacts(conditions=(known,), answers={rule_id: answer("no")}))
        assert found.state is State.NOT_MET
        assert found.value.startswith("Recorded: As the record words it since 2 May 2014")
        assert "disagree" in found.value

    def test_a_haemorrhage_counts_though_it_is_resolved(self):
        past = Coded("Cerebral haemorrhage", SNOMED, "274100004", date(1999, 1, 1), active=False)
        assert state("EL003", PatientFacts(conditions=(past,))) is State.NOT_MET

    def test_a_code_of_another_system_says_nothing(self):
        other = Coded("Something else", "http://example.org/local", "67362008")
        assert finding("EL001", PatientFacts(conditions=(other,))).value == "No record"

    def test_words_in_the_record_are_a_reason_to_ask_and_no_more(self):
        worded = PatientFacts(conditions=(Coded("Suspected aneurysm, CT planned"),))
        assert finding("EL001", worded).state is State.UNKNOWN
        assert "Suspected aneurysm" in finding("EL001", worded).value
        assert state("EL001", replace(worded, answers={"EL001": answer("no")})) is State.MET

    @pytest.mark.parametrize("text", ["Ketamine", "Ketamine hydrochloride", "esketamine nasal", "SPRAVATO"])
    def test_a_recorded_allergy_stops(self, text):
        assert state("EL004", PatientFacts(allergies=(Coded(text),)), KETAMINE) is State.NOT_MET

    def test_allergies_without_ketamine_leave_the_question_open(self):
        assert state("EL004", PatientFacts(allergies=(Coded("Penicillin"),))) is State.UNKNOWN

    def test_a_heart_attack_of_five_weeks_stops_in_the_eu_and_one_of_a_year_is_asked_about(self):
        eu = asked(jurisdiction="EU")

        def infarction(since: date | None) -> PatientFacts:
            return PatientFacts(conditions=(Coded("Myocardial infarction", SNOMED, "22298006", since),))

        assert state("EL006", infarction(NOW.date() - timedelta(days=35)), eu) is State.NOT_MET
        assert state("EL006", infarction(NOW.date() - timedelta(days=42)), eu) is State.UNKNOWN
        assert state("EL006", infarction(None), eu) is State.UNKNOWN
        assert "EL006" not in {one.rule_id for one in assess(PatientFacts(), ESKETAMINE)}


class TestBloodPressure:
    """Esketamine label: 140/90 is a general guide, so a reason is needed. Ketamine: the site's limit."""

    @pytest.mark.parametrize(
        ("rule_id", "request_", "reading", "expected"),
        [
            ("EL010", ESKETAMINE, (140, 90), State.MET),
            ("EL010", ESKETAMINE, (141, 90), State.NOT_MET),
            ("EL010", ESKETAMINE, (140, 91), State.NOT_MET),
            ("EL012", KETAMINE, (160, 100), State.MET),
            ("EL012", KETAMINE, (168, 102), State.NOT_MET),
            ("EL012", KETAMINE, (161, 80), State.NOT_MET),
        ],
    )
    def test_the_limit_itself_is_still_within(self, rule_id, request_, reading, expected):
        assert state(rule_id, PatientFacts(vitals=pressure(*reading)), request_) is expected

    def test_the_value_reads_as_a_clinician_writes_it(self):
        facts = PatientFacts(vitals=pressure(168, 102))
        assert finding("EL012", facts, KETAMINE).value == "168/102 on 23 Nov 2026"
        assert finding("EL012", facts, KETAMINE).title == "Blood pressure above the site's limit of 160/100"

    def test_the_label_guide_asks_for_a_reason_and_does_not_block(self):
        assert finding("EL010", PatientFacts(vitals=pressure(190, 110))).effect is Effect.REASON

    @pytest.mark.parametrize(("days", "expected"), [(30, State.MET), (31, State.UNKNOWN), (2400, State.UNKNOWN)])
    def test_an_old_reading_is_unknown_and_still_said(self, days, expected):
        found = finding("EL012", PatientFacts(vitals=pressure(120, 80, days)), KETAMINE)
        assert found.state is expected
        assert found.value.startswith("120/80 on ")
        assert ("more than 30 days ago" in found.value) is (expected is State.UNKNOWN)

    def test_a_reading_from_tomorrow_is_unknown(self):
        assert state("EL012", PatientFacts(vitals=pressure(120, 80, -1)), KETAMINE) is State.UNKNOWN

    def test_one_pressure_alone_can_cross_and_cannot_satisfy(self):
        def systolic(value: float) -> PatientFacts:
            return PatientFacts(vitals={Vital.SYSTOLIC: Reading(Vital.SYSTOLIC, value, NOW)})

        assert state("EL012", systolic(190), KETAMINE) is State.NOT_MET
        assert state("EL012", systolic(120), KETAMINE) is State.UNKNOWN

    def test_a_diagnosis_of_hypertension_does_not_say_that_it_is_uncontrolled(self):
        known = (Coded("Hypertension", SNOMED, "38341003", active=True),)
        assert state("EL012", PatientFacts(conditions=known), KETAMINE) is State.UNKNOWN
        assert state("EL012", PatientFacts(conditions=known, vitals=pressure(130, 80)), KETAMINE) is State.MET

    def test_the_eu_guide_for_65_and_over_informs_only_because_it_is_recalled(self):
        eu = asked(jurisdiction="EU")
        high = PatientFacts(age=70, vitals=pressure(155, 85))
        assert finding("EL011", high, eu).state is State.NOT_MET
        assert finding("EL011", high, eu).effect is Effect.INFORM
        assert state("EL010", high, eu) is State.NOT_MET
        assert state("EL011", replace(high, age=64), eu) is State.NOT_APPLICABLE

    def test_the_day_of_a_reading_is_the_clinic_s_day(self):
        """23:30 UTC on 24 October is already 25 October at UTC+2, thirty days before 24 November there."""
        late = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
        vitals = {vital: replace(reading, at=late) for vital, reading in pressure(120, 80).items()}
        zone = timezone(timedelta(hours=2))
        request = asked(Drug.KETAMINE, Route.IV, now=datetime(2026, 11, 24, 9, 0, tzinfo=zone))
        assert state("EL012", PatientFacts(vitals=vitals), request) is State.MET


class TestPregnancy:
    @pytest.mark.parametrize("sex", ["male", "female", None])
    @pytest.mark.parametrize("age", [19, 44, 80])
    def test_a_recorded_sex_or_age_does_not_answer_it(self, sex, age):
        assert state("EL050", PatientFacts(sex=sex, age=age)) is State.UNKNOWN

    @pytest.mark.parametrize(
        ("pregnancy", "expected"),
        [
            (Pregnancy(PregnancyState.PREGNANT, NOW), State.NOT_MET),
            (Pregnancy(PregnancyState.NOT_POSSIBLE, NOW), State.MET),
            (Pregnancy(PregnancyState.POSSIBLE, NOW), State.UNKNOWN),
            (Pregnancy(PregnancyState.POSSIBLE, NOW, date(2026, 11, 16)), State.MET),
            (Pregnancy(PregnancyState.POSSIBLE, NOW, date(2026, 11, 15)), State.UNKNOWN),
        ],
    )
    def test_possible_needs_a_negative_test_of_the_last_seven_days(self, pregnancy, expected):
        assert state("EL050", PatientFacts(pregnancy=pregnancy)) is expected

    def test_a_past_pregnancy_is_not_a_present_one(self):
        def pregnancy(active: bool) -> PatientFacts:
            return PatientFacts(conditions=(Coded("Normal pregnancy", SNOMED, "72892002", active=active),))

        assert state("EL050", pregnancy(active=True)) is State.NOT_MET
        assert state("EL050", pregnancy(active=False)) is State.UNKNOWN

    def test_contraception_is_not_asked_where_pregnancy_is_not_possible(self):
        facts = PatientFacts(pregnancy=Pregnancy(PregnancyState.NOT_POSSIBLE, NOW))
        assert state("EL051", facts) is State.NOT_APPLICABLE

    @pytest.mark.parametrize(
        ("sex", "pregnancy", "expected"),
        [
            ("male", None, State.NOT_APPLICABLE),
            ("male", Pregnancy(PregnancyState.POSSIBLE, NOW), State.UNKNOWN),
            ("male", Pregnancy(PregnancyState.PREGNANT, NOW), State.UNKNOWN),
            ("female", None, State.UNKNOWN),
            ("other", None, State.UNKNOWN),
            (None, None, State.UNKNOWN),
        ],
    )
    def test_of_somebody_recorded_as_male_contraception_is_asked_once_pregnancy_is_possible(
        self, sex, pregnancy, expected
    ):
        assert state("EL051", PatientFacts(sex=sex, pregnancy=pregnancy)) is expected

    def test_an_answer_about_contraception_counts_whatever_sex_is_recorded(self):
        told = {"EL051": Answer(AnswerValue.NO, NOW)}
        assert state("EL051", PatientFacts(sex="male", answers=told)) is State.NOT_MET


class TestMindAndSubstances:
    def test_psychosis_in_the_past_bears_on_esketamine_and_schizophrenia_on_both(self):
        past = PatientFacts(conditions=(Coded("Psychotic disorder", SNOMED, "69322001", active=False),))
        assert state("EL031", past, ESKETAMINE) is State.NOT_MET
        assert state("EL030", past, KETAMINE) is State.UNKNOWN
        schizophrenia = PatientFacts(conditions=(Coded("Schizophrenia", SNOMED, "58214004", active=False),))
        assert state("EL030", schizophrenia, KETAMINE) is State.NOT_MET

    @pytest.mark.parametrize(("ymrs", "expected"), [(11, State.MET), (12, State.NOT_MET)])
    def test_a_mania_scale_from_twelve_is_mania(self, ymrs, expected):
        assert state("EL032", PatientFacts(scores={"YMRS": Score(ymrs, NOW)})) is expected

    @pytest.mark.parametrize("total", [0, 3, 12])
    def test_audit_c_prompts_a_question_and_never_answers_it(self, total):
        found = finding("EL038", PatientFacts(scores={"AUDITC": Score(total, NOW)}))
        assert found.state is State.UNKNOWN
        assert f"AUDIT-C {total}" in found.value

    @pytest.mark.parametrize("text", ["Lorazepam 1 MG Oral Tablet", "lorazepam", "0.5 ML Lorazepam 2 MG/ML Injection"])
    def test_a_benzodiazepine_is_found_in_a_medicine_s_text_and_informs(self, text):
        found = finding("DI002", PatientFacts(medicines=(Coded(text),)))
        assert (found.state, found.effect) == (State.NOT_MET, Effect.INFORM)

    def test_a_stopped_medicine_and_a_similar_word_are_no_match(self):
        medicines = (Coded("Lorazepam 1 MG", active=False), Coded("Theophyllinexyz 100 MG"))
        assert state("DI002", PatientFacts(medicines=medicines)) is State.UNKNOWN
        assert state("DI009", PatientFacts(medicines=medicines), KETAMINE) is State.UNKNOWN

    def test_theophylline_with_ketamine_needs_a_reason(self):
        found = finding("DI009", PatientFacts(medicines=(Coded("Theophylline 300 MG"),)), KETAMINE)
        assert (found.state, found.effect) == (State.NOT_MET, Effect.REASON)

    def test_a_list_satisfies_only_after_somebody_went_through_it(self):
        facts = PatientFacts(medicines=(Coded("Fluoxetine 25MG"),))
        assert state("DI009", facts, KETAMINE) is State.UNKNOWN
        gone_through = replace(facts, answers={"BC13": answer("yes")})
        assert state("DI009", gone_through, KETAMINE) is State.MET
        assert state("DI009", replace(gone_through, medicines=None), KETAMINE) is State.UNKNOWN


class TestAnswers:
    @pytest.mark.parametrize(
        ("rule_id", "value", "expected", "words"),
        [
            ("EL003", "no", State.MET, "Denied, 20 Nov 2026, A. Reyes"),
            ("EL003", "yes", State.NOT_MET, "Reported, 20 Nov 2026, A. Reyes"),
            ("EL003", "unknown", State.UNKNOWN, "Asked, nobody could say, 20 Nov 2026, A. Reyes"),
            ("EL067", "yes", State.MET, "Confirmed, 20 Nov 2026, A. Reyes"),
            ("EL067", "no", State.NOT_MET, "Answered no, 20 Nov 2026, A. Reyes"),
        ],
    )
    def test_who_said_what_and_when(self, rule_id, value, expected, words):
        found = finding(rule_id, PatientFacts(answers={rule_id: answer(value, by="A. Reyes")}))
        assert (found.state, found.value) == (expected, words)

    def test_a_consent_says_for_what_it_was_signed_and_settles_nothing_about_another_treatment(self):
        signed = replace(answer("yes", by="A. Reyes"), about=(Drug.KETAMINE, Route.IV))
        facts = PatientFacts(answers={"EL067": signed, "EL003": replace(signed, value="no")})
        found = finding("EL067", facts, KETAMINE)
        assert (found.state, found.value) == (State.MET, "Confirmed, 20 Nov 2026, A. Reyes, for ketamine iv")
        other = finding("EL067", facts)
        assert (other.state, other.effect) == (State.UNKNOWN, Effect.BLOCK)
        assert other.value.endswith("for ketamine iv. Considered now: esketamine nasal, so ask again")
        assert finding("EL003", facts).state is State.MET  # an aneurysm is no matter of the drug

    def test_a_reassuring_answer_from_tomorrow_is_unknown(self):
        assert state("EL003", PatientFacts(answers={"EL003": answer("no", days_ago=-1)})) is State.UNKNOWN

    def test_age_is_computed(self):
        assert [state("EL007", PatientFacts(age=age)) for age in (17, 18)] == [State.NOT_MET, State.MET]

    def test_enrolment_is_asked_of_outpatients_only(self):
        inpatient = asked(setting=Setting.INPATIENT)
        assert state("EL061", PatientFacts(), inpatient) is State.NOT_APPLICABLE


class TestWhatCannotBe:
    def test_a_jurisdiction_without_rules(self):
        with pytest.raises(FactError, match="no rules for 'FR'"):
            asked(jurisdiction="FR")

    def test_an_unknown_indication(self):
        with pytest.raises(IndicationError):
            asked(indication="boredom")

    def test_a_time_without_a_zone(self):
        with pytest.raises(FactError, match="time zone"):
            Answer(AnswerValue.NO, datetime(2026, 11, 20))
        with pytest.raises(FactError, match="time zone"):
            asked(now=datetime(2026, 11, 20))

    def test_an_age_of_three_hundred(self):
        with pytest.raises(FactError, match="300 years"):
            PatientFacts(age=300)


class TestWeightSeverityAndTheWayIn:
    """Rules of consensus, of trials and of practice: they inform or ask for a reason, none blocks."""

    def test_the_body_mass_index_is_computed_and_needs_a_weight_of_now_but_not_a_height_of_now(self):
        def facts(kg: float, days_ago: int = 0, height_days_ago: int = 900) -> PatientFacts:
            weight = Reading(Vital.WEIGHT, kg, NOW - timedelta(days=days_ago))
            height = Reading(Vital.HEIGHT, 170, NOW - timedelta(days=height_days_ago))
            return PatientFacts(vitals={Vital.WEIGHT: weight, Vital.HEIGHT: height})

        assert state("EL072", facts(86.6), KETAMINE) is State.MET  # 29.97
        assert state("EL072", facts(86.7), KETAMINE) is State.NOT_MET  # 30.0
        assert state("EL072", facts(120, days_ago=60), KETAMINE) is State.UNKNOWN
        assert finding("EL072", PatientFacts(), KETAMINE).value == "No weight and height is recorded"

    def test_weight_plays_no_part_for_the_nasal_spray_whose_dose_is_fixed(self):
        assert "EL072" not in {one.rule_id for one in assess(PatientFacts(), ESKETAMINE)}

    def test_a_low_phq9_makes_the_severity_of_the_va_a_question_and_settles_nothing(self):
        mild = PatientFacts(scores={"PHQ9": Score(12, NOW)})
        found = finding("EL069", mild, KETAMINE)
        assert (found.state, found.effect) == (State.UNKNOWN, Effect.INFORM)
        assert "PHQ-9 12 on 23 Nov 2026, below 15" in found.value
        severe = PatientFacts(scores={"PHQ9": Score(21, NOW)})
        assert state("EL069", severe, KETAMINE) is State.UNKNOWN

    @pytest.mark.parametrize(
        ("rule_id", "request_"),
        [
            ("EL043", KETAMINE),
            ("EL074", KETAMINE),
            ("EL042", asked(Drug.KETAMINE, Route.IV, indication="fibromyalgia")),
            ("EL070", asked(Drug.KETAMINE, Route.SUBLINGUAL)),
        ],
    )
    def test_a_liver_porphyria_and_doses_at_home_ask_for_a_reason(self, rule_id, request_):
        fine = reassuring(request_)
        told = replace(fine, answers={**fine.answers, rule_id: answer("yes")})
        assert [one.finding.rule_id for one in obstacles(assess(told, request_), {})] == [rule_id]
        assert obstacles(assess(told, request_), {rule_id: REASON}) == ()

    def test_the_liver_of_an_infusion_for_pain_is_not_asked_for_depression(self):
        assert state("EL042", PatientFacts(), KETAMINE) is State.NOT_APPLICABLE

    @pytest.mark.parametrize(
        ("rule_id", "text"), [("EL036", "Borderline personality disorder"), ("EL081", "Epistaxis")]
    )
    def test_what_is_only_recalled_informs(self, rule_id, text):
        known = PatientFacts(conditions=(Coded(text),), answers={rule_id: answer("yes")})
        found = finding(rule_id, known)
        assert (found.effect, found.state, found.provenance.status) == (Effect.INFORM, State.NOT_MET, "recalled")
        assert state(rule_id, PatientFacts(conditions=(Coded(text),))) is State.UNKNOWN
