"""The small language of regimens: what a sentence means, what it refuses, and that nothing is lost on the way."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.drugs import MANNERS, Drug, Manner, Route
from daybreak.treatment.phases import THREE_TIMES_WEEKLY, TWICE_WEEKLY, WEEKLY, every, phases
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Regimen, RegimenError, sessions
from daybreak.treatment.regimen_language import MOST_DOSES, dose_in_words, parse, say

KETAMINE_IV = "ketamine 0.5 mg/kg iv over 40 min"


def days(text: str) -> list[int]:
    return [session.day for session in sessions(parse(text))]


def amounts(text: str) -> list[float]:
    return [dose.amount.value for dose in parse(text).doses]


class TestMeaning:
    def test_an_infusion_plan_has_every_part_it_says(self) -> None:
        regimen = parse(f"{KETAMINE_IV}, twice weekly for 3 weeks, then weekly for 4 weeks")
        assert set(regimen.doses) == {
            Dose(Drug.KETAMINE, Route.IV, Amount(0.5, AmountUnit.MG_PER_KG), 40, 24.0 * day)
            for day in (0, 3, 7, 10, 14, 17, 21, 28, 35, 42)
        }

    def test_the_label_induction_starts_at_56_mg_and_has_eight_sessions_in_four_weeks(self) -> None:
        text = "esketamine 56 mg nasal once, then 84 mg twice weekly for 4 weeks"
        assert amounts(text) == [56] + 7 * [84]
        assert days(text) == days("esketamine 56 mg nasal twice weekly for 4 weeks")

    @pytest.mark.parametrize(
        ("how_often", "expected"),
        [
            ("once", [0]),
            ("twice weekly for 2 weeks", [0, 3, 7, 10]),
            ("two times a week for two weeks", [0, 3, 7, 10]),
            ("2 per week for 14 days", [0, 3, 7, 10]),
            ("2x/week for 2 weeks", [0, 3, 7, 10]),
            ("three times weekly for 2 weeks", [0, 2, 4, 7, 9, 11]),
            ("thrice a week x 2 weeks", [0, 2, 4, 7, 9, 11]),
            ("weekly for 3 weeks", [0, 7, 14]),
            ("once a week for 3 weeks", [0, 7, 14]),
            ("every 2 weeks for 12 weeks", [0, 14, 28, 42, 56, 70]),
            ("every other week for 8 weeks", [0, 14, 28, 42]),
            ("fortnightly for 4 doses", [0, 14, 28, 42]),
            ("monthly for 3 months", [0, 28, 56]),
            ("every 3 days, 6 doses", [0, 3, 6, 9, 12, 15]),
            ("daily for 4 days", [0, 1, 2, 3]),
            ("6 doses over 3 weeks", [0, 3, 7, 10, 14, 17]),
            ("6 infusions over 2 weeks", [0, 2, 4, 7, 9, 11]),
            ("3 doses over 6 weeks", [0, 14, 28]),
            ("weekly x6", [0, 7, 14, 21, 28, 35]),
            ("weekly ×3", [0, 7, 14]),
            ("twice weekly, 3 doses", [0, 3, 7]),
            ("on days 1, 4 and 9", [0, 3, 8]),
        ],
    )
    def test_how_often_and_how_long(self, how_often: str, expected: list[int]) -> None:
        assert days(f"ketamine 50 mg im {how_often}") == expected

    def test_a_rate_times_its_duration_is_the_amount(self) -> None:
        assert parse("ketamine 0.35 mg/kg/h iv over 4 h, once") == parse("ketamine 1.4 mg/kg iv over 240 min, once")

    @pytest.mark.parametrize("route", ["iv", "i.v.", "IV", "intravenous", "intravenously"])
    @pytest.mark.parametrize("over", ["over 1 h", "over 60 min", "over 60 minutes", "infused over 1 hour"])
    def test_synonyms_mean_the_same(self, route: str, over: str) -> None:
        assert parse(f"Ketamine 0.5mg/kg {route} {over} once.") == parse("ketamine 0.5 mg/kg iv over 60 min, once")

    def test_s_ketamine_is_esketamine_and_the_brand_is_the_drug(self) -> None:
        wanted = parse("esketamine 56 mg nasal once")
        assert parse("S-ketamine 56 mg intranasal once") == parse("Spravato 56 mg nasal spray once") == wanted

    def test_a_later_phase_keeps_what_it_does_not_say(self) -> None:
        text = "esketamine 56 mg nasal twice weekly for 2 weeks, then 84 mg for 2 weeks"
        assert amounts(text) == 4 * [56] + 4 * [84]
        assert days(text) == [0, 3, 7, 10, 14, 17, 21, 24]

    @pytest.mark.parametrize("words", ["prolonged release", "extended-release", "sustained release"])
    def test_a_prolonged_release_tablet_is_told_from_a_plain_one(self, words: str) -> None:
        assert parse(f"ketamine 120 mg oral {words} once").first.manner is Manner.PROLONGED_RELEASE
        assert parse("ketamine 120 mg oral once") == parse("ketamine 120 mg oral immediate release once")

    def test_what_is_left_under_the_tongue_is_swallowed_spat_out_or_left_open(self) -> None:
        said = {
            words: parse(f"ketamine 100 mg sublingual {words} once").first for words in ("spat out", "swallowed", "")
        }
        assert [dose.manner for dose in said.values()] == [Manner.SPAT_OUT, Manner.SWALLOWED, Manner.USUAL]
        assert [dose.leaves_rest_open for dose in said.values()] == [False, False, True]
        assert not parse("ketamine 100 mg oral once").first.leaves_rest_open

    def test_a_change_of_drug_carries_no_amount_over(self) -> None:
        with pytest.raises(RegimenError, match="does not say an amount"):
            parse("ketamine 84 mg iv over 40 min, once, then esketamine nasal weekly for 2 weeks")

    def test_a_count_of_doses_ends_where_the_next_would_have_come(self) -> None:
        assert days("ketamine 50 mg im every 3 days, 2 doses, then weekly x2") == [0, 3, 6, 13]

    def test_weeks_after_once_include_its_day_and_doses_after_once_do_not(self) -> None:
        assert days("ketamine 50 mg im once, then 60 mg weekly for 3 weeks") == [0, 7, 14]
        assert days("ketamine 50 mg im once, then 60 mg weekly x3") == [0, 7, 14, 21]

    def test_a_phase_may_start_on_a_day_of_its_own(self) -> None:
        text = "ketamine 50 mg im weekly for 2 weeks, then weekly for 2 weeks from day 57"
        assert days(text) == [0, 7, 56, 63]


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "phase of the regimen is empty"),
            ("ketamine", "does not say an amount. Write 0.5 mg/kg"),
            ("0.5 mg/kg iv once", "does not say a drug. Write ketamine or esketamine"),
            ("ketamine 50 mg once", "does not say a route. Write iv"),
            ("ketamine 50 mg iv once", "how long the infusion runs. Write 'over 40 min'"),
            ("ketamine 50 mg im", "does not say how often"),
            ("ketamine 50 mg im weekly", "does not say how long. Write, for example, 'for 4 weeks'"),
            ("ketamine 50 mg im weekly for 2 weeks then", "ends with 'then'"),
            ("ketamine 50 mg im weekly for", "number is needed after 'for', and the regimen ends"),
            ("ketamine 50 mg im frequently", "'frequently' is not understood"),
            ("ketamine 50 mg im spat out once", "given by the im route cannot be spat out"),
            ("ketamine 50 mg sublingual prolonged release once", "sublingual route cannot be prolonged release"),
            ("ketamine 50 mg oral prolonged once", "'prolonged' is not understood"),
            ("haloperidol 5 mg im once", "'haloperidol' is not understood"),
            ("ketamine 0,5 mg/kg im once", "Write a decimal point: 0.5"),
            ("ketamine 1,000 mg im once", "Write a decimal point: 1.000"),
            ("ketamine .5 mg/kg im once", "Write 0.5, not .5"),
            ("ketamine -50 mg im once", "no minus sign"),
            ("ketamine 40-60 mg im once", "no range"),
            ("ketamine nan mg im once", "'nan' is not understood"),
            ("ketamine 0 mg im once", "0 cannot stand in a regimen"),
            ("ketamine 500 mcg im once", "never in micrograms"),
            ("ketamine 500 µg im once", "never in micrograms"),
            ("ketamine 1 g im once", "never in grams"),
            ("ketamine 5 ml im once", "A volume is not a dose"),
            ("ketamine 50 mg/l im once", "'mg/l' is not a unit"),
            ("ketamine 50 im once", "The number 50 has no unit"),
            ("ketamine 0.35 mg/kg/h iv bolus once", "needs a duration"),
            ("esketamine 2 devices nasal once", "One esketamine device holds 28 mg"),
            ("ketamine 50 mg im biweekly for 4 weeks", "It is read in two ways"),
            ("ketamine 50 mg im twice daily for 4 days", "2 times a day is not understood"),
            ("ketamine 50 mg im 5 times a week for 4 weeks", "5 times a week is not understood"),
            ("ketamine 50 mg im 2.5 doses", "not a whole number"),
            ("ketamine 50 mg im 5 doses over 11 days", "no even spacing"),
            ("ketamine 50 mg im over 40 min once", "has no infusion time"),
            ("ketamine 50 mg im weekly for 4 weeks, 60 mg weekly", "says the amount twice. Write 'then'"),
            ("ketamine 50 mg im weekly, 3 doses for 4 weeks", "3 doses do not fit"),
            ("ketamine 50 mg im once, then once", "Write its day, as 'on day 8'"),
            ("ketamine 50 mg im once weekly for 3 weeks on day 3", "both single days and how often"),
            ("ketamine 50 mg im weekly for 4 weeks, then 60 mg on day 8", "Day 8 comes before"),
            ("ketamine 50 mg im on days 1, 9, 4", "must rise"),
            ("ketamine 50 mg im on day 3", "Let the first phase start on it"),
            ("ketamine 50 mg im once, then 60 mg weekly for 1 week", "leaves none for the phase after it"),
            ("ketamine 50 mg iv over 30 h daily for 3 days", "would still run when the next dose is due"),
            ("ketamine 50 mg iv over 9 days, once", "'over 9 days' is not understood"),
            ("ketamine 50 mg iv over 300 h, once", "is too long"),
            ("ketamine 99999 mg im once", "not a dose for a person"),
            ("ketamine 101 mg/kg im once", "not a dose for a person"),
            ("ketamine 1e400 mg im once", "The amount 1e400 cannot be read"),
            ("ketamine 99999999999999999999 mg im once", "cannot stand in a regimen"),
            ("ketamine 50 mg im weekly x10000", "10,000 doses are more than a regimen holds"),
            ("ketamine 50 mg im daily for 99999 weeks", "longer than a regimen may be"),
            ("ketamine (50) mg im once", "The character '('"),
        ],
    )
    def test_says_what_was_wrong_and_what_to_write(self, text: str, sentence: str) -> None:
        with pytest.raises(RegimenError) as refusal:
            parse(text)
        assert sentence in str(refusal.value)
        assert str(refusal.value).endswith(".")

    def test_many_phases_may_not_together_exceed_the_bound(self) -> None:
        with pytest.raises(RegimenError, match="more than 600 doses"):
            parse("ketamine 50 mg im " + ", then ".join(3 * [f"daily, {MOST_DOSES // 2} doses"]))

    @pytest.mark.parametrize("text", ["ketamine " * 2_000_000, "1" * 10_000_000, "then (" * 2_000_000])
    def test_a_text_of_megabytes_is_refused_by_its_length(self, text: str) -> None:
        with pytest.raises(RegimenError, match="characters long"):
            parse(text)

    @pytest.mark.parametrize("part", ["1", "then ", "/", "0.", ", ", "x "])
    def test_a_long_text_of_one_part_is_refused(self, part: str) -> None:
        with pytest.raises(RegimenError):
            parse((part * 40_000)[:40_000])


WORDS = re.findall(
    r"\S+",
    "ketamine esketamine 0.5 50 84 3 mg mg/kg / iv im nasal over 40 min h for weeks days twice three weekly daily "
    "once times every other x then on from day , ; and bolus doses a 0 9999 per month sc infusion "
    "oral sublingual prolonged immediate release spat out swallowed",
)


def understood(text: str) -> Regimen | str:
    """The regimen, or the sentence that refuses it. Any other error is a fault."""
    try:
        return parse(text)
    except RegimenError as refusal:
        return str(refusal)


amount_values = st.floats(0.01, 99, allow_nan=False).map(lambda value: round(value, 3)) | st.floats(0.01, 99)
base_doses = st.builds(
    lambda drug, route, value, unit, minutes, other: Dose(
        drug,
        route,
        Amount(value, unit),
        minutes if route in (Route.IV, Route.SC) else 0.0,
        # a rest once said is said of every later phase: silence does not take it back
        manner=MANNERS.get(route, (Manner.USUAL,))[-other] if other or route is Route.SUBLINGUAL else Manner.USUAL,
    ),
    st.sampled_from(Drug),
    st.sampled_from(Route),
    amount_values,
    st.sampled_from(AmountUnit),
    st.sampled_from([0.0, 40.0, 60.0, 240.0, 33.3]),
    st.booleans(),
)


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    """Any doses of one a day, on days that rise: stretches with a rhythm, with changes of dose and gaps between."""
    choice = draw(st.lists(base_doses, min_size=1, max_size=3))
    gaps = draw(st.lists(st.sampled_from([1, 2, 3, 4, 5, 7, 7, 14, 28, 40]), max_size=25))
    given_doses, day = [], 0
    for gap in [0, *gaps]:
        day += gap
        dose = draw(st.sampled_from(choice))
        given_doses.append(replace(dose, time_h=24.0 * day))
    return Regimen(tuple(given_doses))


class TestRoundTrip:
    @given(regimens())
    def test_what_is_said_is_understood_as_it_was(self, regimen: Regimen) -> None:
        assert parse(say(regimen)) == regimen

    @given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.text(max_size=200))
    def test_any_text_is_understood_or_refused_with_a_sentence(self, text: str) -> None:
        found = understood(text)
        if isinstance(found, Regimen):
            assert parse(say(found)) == found
        else:
            assert found.endswith(".")

    @given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
    def test_a_phase_that_is_understood_is_said_in_one_way(self, more: str) -> None:
        found = understood(f"ketamine 50 mg im {more}")
        if isinstance(found, Regimen):
            assert say(parse(say(found))) == say(found)

    @pytest.mark.parametrize(
        "text",
        [
            f"{KETAMINE_IV}, twice weekly for 3 weeks, then weekly for 4 weeks",
            f"{KETAMINE_IV}, three times weekly for 2 weeks, then 0.75 mg/kg weekly for 2 weeks",
            "esketamine 56 mg nasal twice weekly for 4 weeks",
            "esketamine 56 mg nasal once, then 84 mg twice weekly for 4 weeks, then weekly for 4 weeks",
            "esketamine 56 mg nasal weekly for 4 weeks, then every 2 weeks for 8 weeks",
            "ketamine 0.25 mg/kg sc once, then 0.5 mg/kg on day 8, then 1 mg/kg on day 15",
            "ketamine 50 mg im on days 1, 4, 9",
            "ketamine 50 mg im every 3 days, 6 doses",
            "ketamine 1 mg/kg iv bolus, once",
            "ketamine 50 mg sc over 60 min, weekly for 4 weeks, then bolus, weekly for 4 weeks",
            "ketamine 50 mg im weekly for 4 weeks, then esketamine 56 mg nasal weekly for 4 weeks",
            "ketamine 120 mg oral prolonged release twice weekly for 4 weeks",
            "ketamine 100 mg sublingual spat out weekly for 2 weeks, then 50 mg swallowed weekly for 2 weeks",
            "ketamine 60 mg oral prolonged release once, then immediate release weekly for 3 weeks",
        ],
    )
    def test_a_plain_sentence_is_its_own_canonical_form(self, text: str) -> None:
        assert say(parse(text)) == text

    def test_two_doses_a_day_or_a_dose_off_the_day_cannot_be_said(self) -> None:
        dose = parse("ketamine 50 mg im once").first
        later = Dose(dose.drug, dose.route, dose.amount, time_h=3.0)
        with pytest.raises(RegimenError, match="Show it as a table"):
            say(Regimen((dose, later)))
        with pytest.raises(RegimenError, match="more than one dose on a day"):
            say(Regimen((dose, dose)))

    def test_the_longest_regimen_can_be_said_and_read(self) -> None:
        dose = parse("ketamine 0.123456789012 mg/kg im once").first
        given_doses = [
            Dose(dose.drug, dose.route, Amount(0.1 + number / 7, AmountUnit.MG_PER_KG), time_h=24.0 * 6 * number)
            for number in range(MOST_DOSES)
        ]
        assert parse(say(Regimen(tuple(given_doses)))) == Regimen(tuple(given_doses))


class TestPhases:
    def test_induction_and_maintenance_are_two_rows(self) -> None:
        induction, maintenance = phases(parse(f"{KETAMINE_IV}, twice weekly for 3 weeks, then weekly for 4 weeks"))
        assert (induction.first_day, induction.last_day, induction.count) == (0, 17, 6)
        assert (maintenance.first_day, maintenance.last_day, maintenance.count) == (21, 42, 4)
        assert induction.rhythm == TWICE_WEEKLY
        assert maintenance.rhythm == WEEKLY
        assert dose_in_words(maintenance.doses[0]) == KETAMINE_IV

    @given(regimens())
    def test_phases_hold_every_session_once_in_order(self, regimen: Regimen) -> None:
        found = phases(regimen)
        assert [day for phase in found for day in phase.days] == [session.day for session in sessions(regimen)]

    def test_sessions_of_two_doses_keep_both(self) -> None:
        dose = parse("ketamine 10 mg iv bolus once").first
        following = parse("ketamine 40 mg iv over 60 min, once").first
        both = [
            Dose(each.drug, each.route, each.amount, each.duration_min, 168.0 * week + number / 4)
            for week in range(3)
            for number, each in enumerate((dose, following))
        ]
        (phase,) = phases(Regimen(tuple(both)))
        assert (phase.count, len(phase.doses)) == (3, 2)
        assert [each.time_h for each in phase.doses] == [0, 0.25]

    def test_a_dose_given_an_hour_early_belongs_to_its_day(self) -> None:
        dose = parse("ketamine 50 mg im once").first
        early = Dose(dose.drug, dose.route, dose.amount, time_h=71.0)
        assert [session.day for session in sessions(Regimen((dose, early)))] == [0, 3]

    @pytest.mark.parametrize("rhythm", [TWICE_WEEKLY, THREE_TIMES_WEEKLY, WEEKLY, every(5)])
    def test_a_rhythm_counts_the_places_before_a_day(self, rhythm: object) -> None:
        assert isinstance(rhythm, type(WEEKLY))
        for length in range(60):
            fitting = [place for place in range(60) if rhythm.day(place) < length]
            assert rhythm.places_within(length) == len(fitting)
