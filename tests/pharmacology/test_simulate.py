"""A population in portions: the same numbers in any portions and order, what is saved, symptoms and treatment day."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.given import MIXED_H
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.population import simulate as simulate_crowd
from daybreak.pharmacology.response.course import predict_course
from daybreak.pharmacology.safety.day import DayLimit, Measure, predict_day
from daybreak.pharmacology.simulate import (
    Computed,
    Endpoints,
    Population,
    Quantiles,
    Simulation,
    Symptoms,
    Trajectories,
    TreatmentDay,
    concentrations_in_ng_per_ml,
    simulate,
)
from daybreak.pharmacology.simulation.outputs import area
from daybreak.treatment.regimen_language import parse
from daybreak.treatment.vitals import Vital

TIMES_H = np.linspace(0, 8, 33)
REGIMEN = parse("ketamine 0.5 mg/kg iv over 40 min, once")
PEOPLE = Population(60, (Body(60, None, 25), Body(80, None, 30), Body(100, None, 28)))
KETAMINE = "ketamine (ng/mL)"
EVERYTHING = (Endpoints(), Quantiles(), Trajectories())
BEFORE = {Vital.SYSTOLIC: 128.0, Vital.DIASTOLIC: 80.0, Vital.HEART_RATE: 70.0}
LIMITS = (DayLimit(Measure.SYSTOLIC, 140), DayLimit(Measure.CADSS, 15))
ALL = (concentrations_in_ng_per_ml, Symptoms(32), TreatmentDay(BEFORE, LIMITS))
COURSE = parse("ketamine 0.5 mg/kg iv over 40 min, twice weekly for 4 weeks")


def found(portion=500, people=PEOPLE, save=EVERYTHING, **more):
    return simulate(REGIMEN, people, times_h=TIMES_H, save=save, seed=4, portion=portion, **more)


def numbers(seen):
    """Everything a simulation found, by name, so that two can be compared to the last bit."""
    flat = {("quantiles", name): values for name, values in seen.quantiles.items()}
    flat |= {("trajectories", name): values for name, values in seen.trajectories.items()}
    flat |= {("chances", name): values for name, values in seen.chances.items()}
    return flat | {(name, end): values for name, ends in seen.endpoints.items() for end, values in ends.items()}


def assert_same(one, other):
    ours, theirs = numbers(one), numbers(other)
    assert list(ours) == list(theirs)
    assert [name for name in ours if not np.array_equal(ours[name], theirs[name], equal_nan=True)] == []


@pytest.mark.parametrize(
    "words", ["ketamine 0.5 mg/kg iv over 40 min, twice weekly for 4 weeks", "esketamine 84 mg nasal once"]
)
def test_the_answer_does_not_depend_on_portions_on_their_order_or_on_threads(words):
    """To the last bit: portions of one patient by three threads, and portions computed from the last to the first."""
    people = Population(31, (Body(60, None, 25), Body(100, None, 28)))

    def backwards(compute, portions):
        every = list(portions)
        done = {portion: compute(portion) for portion in reversed(every)}
        return (done[portion] for portion in every)

    def asked(**how):
        return simulate(parse(words), people, times_h=TIMES_H, save=EVERYTHING, seed=4, outputs=ALL, **how)

    whole = asked()
    with ThreadPoolExecutor(3) as threads:
        assert_same(whole, asked(portion=1, run=threads.map))
    assert_same(whole, asked(portion=7, run=backwards))


def test_each_patient_is_the_one_a_single_crowd_has():
    asked = Prediction.of(REGIMEN, Body(80, None, 30), TIMES_H)
    alone = simulate_crowd(asked, patients=60, seed=4, uncertain=True)[Analyte.KETAMINE]
    assert np.array_equal(found().trajectories[KETAMINE][1::3], alone[1::3])


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 5))
def test_a_patient_of_a_number_has_the_same_body_in_a_population_of_any_size(few, many, size, bodies):
    kinds = tuple(Body(50 + place) for place in range(bodies))

    def weights(patients):
        people = Population(patients, kinds)
        found = {n: portion.body for portion in people.portions(size) for n in portion.numbers.tolist()}
        assert [found[number] for number in range(patients)] == [kinds[n % bodies] for n in range(patients)]
        return [found[number] for number in range(patients)]

    assert weights(min(few, many)) == weights(max(few, many))[: min(few, many)]


def test_a_patient_has_the_same_numbers_in_a_larger_population():
    """To the last bit, with the same bodies: more people are more people, and no others."""
    few, many = (
        simulate(REGIMEN, Population(size, PEOPLE.bodies), times_h=TIMES_H, save=EVERYTHING, seed=4, outputs=ALL)
        for size in (10, 25)
    )
    ours, theirs = numbers(few), numbers(many)
    cut = [name for name in ours if name[0] != "quantiles"]
    assert [n for n in cut if not np.array_equal(ours[n], theirs[n][:10], equal_nan=True)] == []


def test_quantiles_by_body_are_those_of_its_own_people():
    seen = found(people=Population(600, PEOPLE.bodies), portion=70, save=[Quantiles(by_body=True), Trajectories()])
    for place, body in enumerate(PEOPLE.bodies):
        own = np.quantile(seen.trajectories[KETAMINE][place::3], [0.05, 0.5, 0.95], axis=0, method="inverted_cdf")
        assert seen.quantiles_of[body][KETAMINE] == pytest.approx(own, rel=0.0051, abs=1e-6)
    assert_all_equal(seen.quantiles, found(people=Population(600, PEOPLE.bodies), save=[Quantiles()]).quantiles)


def assert_all_equal(ours, theirs):
    assert list(ours) == list(theirs)
    assert [name for name in ours if not np.array_equal(ours[name], theirs[name])] == []


def test_what_is_told_of_one_body_alone_is_empty_for_the_others():
    """45 mg are too fast for the lighter of two: of that one no chance of sedation is told; the other keeps its own."""
    light, heavy = Body(35, None, 25), Body(90, None, 25)
    words = parse("ketamine 45 mg iv over 40 min once")
    seen = simulate(words, Population(5, (light, heavy)), outputs=[TreatmentDay()], save=EVERYTHING, seed=4)
    chance = next(values for name, values in seen.chances.items() if "sedation" in name)
    assert np.isnan(chance).tolist() == [True, False, True, False, True]
    assert all(len(values) == 5 for values in seen.chances.values())
    unpredicted = [
        body for body, said in seen.warnings_of.items() if any("Sedation is not predicted" in w for w in said)
    ]
    assert unpredicted == [light]


def test_endpoints_are_those_of_the_trajectories():
    seen = found()
    curves, ends = seen.trajectories[KETAMINE], seen.endpoints[KETAMINE]
    assert np.array_equal(ends["highest"], curves.max(axis=1))
    assert np.array_equal(ends["at_h"], TIMES_H[curves.argmax(axis=1)])
    assert ends["area"] == pytest.approx(area(TIMES_H, curves))


def test_quantiles_are_those_of_the_patients_to_half_a_per_cent():
    seen = found(people=Population(400, PEOPLE.bodies))
    exact = np.quantile(seen.trajectories[KETAMINE], [0.05, 0.5, 0.95], axis=0, method="inverted_cdf")
    assert seen.quantiles[KETAMINE] == pytest.approx(exact, rel=0.0051, abs=1e-6)


def test_nothing_is_kept_that_was_not_asked_for():
    seen = found(save=[Quantiles((0.5,))])
    assert not seen.trajectories
    assert not seen.endpoints
    assert seen.quantiles[KETAMINE].shape == (1, len(TIMES_H))


def test_trajectories_can_be_given_away_as_they_come():
    taken = {}
    seen = found(7, save=[Trajectories(lambda portion, series: taken.update({portion: series[KETAMINE]}))])
    assert not seen.trajectories
    whole = found().trajectories[KETAMINE]
    assert sum(portion.patients for portion in taken) == 60
    assert all(np.array_equal(whole[portion.numbers], values) for portion, values in taken.items())


def test_too_many_trajectories_are_refused_before_they_fill_the_memory():
    with pytest.raises(KineticsError, match="too many to hold"):
        found(people=Population(10_000_000, (Body(70),)), save=[Trajectories()])


def test_another_output_joins_with_the_patients_own_numbers():
    """It sees the doses, the body and the concentrations of the patients at hand."""

    def first_hour(simulation: Simulation):
        times = simulation.asked.times_h
        return Computed(times, {"number": simulation.portion.numbers[:, None] * np.ones(len(times))})

    seen = found(7, save=[Trajectories()], outputs=(concentrations_in_ng_per_ml, first_hour))
    assert np.array_equal(seen.trajectories["number"][:, 0], np.arange(60))
    assert KETAMINE in seen.trajectories


def test_progress_counts_every_patient():
    done = []
    found(7, progress=done.append)
    assert sum(done) == 60


def test_a_result_can_be_repeated_and_says_what_it_rests_on():
    seen = found()
    assert (seen.seed, seen.patients, seen.model_id) == (4, 60, "daybreak-2026")
    assert seen.matrix == "venous plasma"
    assert any("a weight of 100 kg" in warning for warning in seen.warnings)
    assert any("whole curve may lie" in limit for limit in seen.limits)


def test_chances_of_response_and_remission_are_those_of_the_plan_page():
    """One model, two ways to it: the course of one body, and a population of that body."""
    body = Body(82, None, 30)
    course = predict_course(COURSE, body, 32, patients=120, seed=3)
    seen = simulate(COURSE, Population(120, (body,)), outputs=[Symptoms(32)], seed=3, portion=50)
    for moment, chance in course.chances.items():
        assert seen.chances[f"response, {moment}"].mean() == pytest.approx(chance.response.value)
        assert seen.chances[f"remission, {moment}"].mean() == pytest.approx(chance.remission.value)
    assert seen.fits[0].startswith(f"response {course.parameter_version}")


def test_the_chance_without_the_drug_is_that_of_a_dose_of_next_to_nothing():
    def chances(words):
        return simulate(parse(words), Population(50, (Body(82, None, 30),)), outputs=[Symptoms(32)], seed=2).chances

    real = chances("ketamine 0.5 mg/kg iv over 40 min, twice weekly for 4 weeks")
    nothing = chances("ketamine 0.000000001 mg/kg iv over 40 min, twice weekly for 4 weeks")
    treated = [name for name in real if "without" not in name]
    assert len(treated) == 6
    for name in treated:
        without = real[f"{name}, same visits without the drug"]
        assert without == pytest.approx(nothing[name], abs=1e-3)
        assert (without <= real[name]).all()


def test_without_a_score_the_course_is_in_per_cent_and_remission_is_not_told():
    people = Population(40, (Body(70),))
    points = simulate(COURSE, people, outputs=[Symptoms(30)], save=[Trajectories()], seed=1)
    share = simulate(COURSE, people, outputs=[Symptoms()], save=[Trajectories(), Endpoints()], seed=1)
    assert share.trajectories["MADRS (% of the score before)"] * 0.3 == pytest.approx(
        points.trajectories["MADRS (0 to 60)"]
    )
    assert {name.split(", same")[0] for name in share.chances} == {
        "response, 24 hours",
        "response, end of induction",
        "response, 12 weeks",
    }


def test_the_treatment_day_is_the_one_of_the_plan_page():
    body = Body(82, None, 30)
    day = predict_day(COURSE.first, body, BEFORE, limits=LIMITS, patients=120, seed=3)
    asked = [TreatmentDay(BEFORE, LIMITS)]
    seen = simulate(COURSE, Population(120, (body,)), outputs=asked, save=EVERYTHING, seed=3, portion=50)
    pressure, score = seen.trajectories["systolic pressure (mmHg)"], seen.endpoints["dissociation (CADSS, 0 to 92)"]
    assert np.median(pressure, axis=0) == pytest.approx(day.systolic.median)
    assert seen.chances["systolic reaches 140 in one of 25 readings"].mean() == pytest.approx(day.crossings[0].chance)
    assert seen.chances["CADSS reaches 15"].mean() == pytest.approx(day.crossings[1].chance)
    assert np.nanquantile(score["last at or above 15 (h)"], 0.9) == pytest.approx(day.crossings[1].clear_by_h)
    assert (score["highest"] >= 15).mean() == pytest.approx(day.crossings[1].chance)


def test_a_later_session_dissociates_less_and_presses_the_same():
    people = Population(60, (Body(70, None, 30),))
    first, last = (simulate(COURSE, people, outputs=[TreatmentDay(session=session)], seed=2) for session in (1, 8))
    name = "dissociation (CADSS, 0 to 92)"
    assert (last.endpoints[name]["highest"] < first.endpoints[name]["highest"]).all()
    assert_same_ends(first, last, "rise of systolic pressure (mmHg)")


def assert_same_ends(one, other, series):
    assert all(np.array_equal(one.endpoints[series][name], values) for name, values in other.endpoints[series].items())


def test_quantiles_hold_for_what_falls_below_zero_and_for_zero_itself():
    values = np.linspace(-40, 60, 201)[:, None] * np.ones(2)

    def falling(simulation: Simulation):
        return Computed(np.array([0.0, 1.0]), {"change": values[simulation.portion.numbers]})

    seen = found(20, people=Population(201, (Body(70),)), save=[Quantiles((0.05, 0.4, 0.95))], outputs=[falling])
    exact = np.quantile(values[:, 0], [0.05, 0.4, 0.95], method="inverted_cdf")
    assert exact[1] == 0
    assert seen.quantiles["change"] == pytest.approx(exact[:, None] * np.ones(2), rel=0.0051, abs=1e-9)


@pytest.mark.parametrize(
    ("asked", "more", "sentence"),
    [
        (lambda: [Symptoms(32)], {"model": "domino-1984"}, "fitted with the kinetics of daybreak-2026"),
        (lambda: [TreatmentDay()], {"uncertain": False}, "never simulated without what is not known"),
        (lambda: [TreatmentDay(session=2)], {}, "has 1"),
        (lambda: [TreatmentDay(limits=(DayLimit(Measure.SYSTOLIC, 180),))], {}, "systolic before the dose is missing"),
        (lambda: [Symptoms(30), Symptoms(20)], {}, "Two outputs both give MADRS"),
    ],
)
def test_what_an_output_cannot_be_asked_is_a_sentence(asked, more, sentence):
    with pytest.raises(KineticsError, match=sentence):
        found(outputs=asked(), **more)


def test_a_regimen_can_be_given_in_words():
    words = "ketamine 0.5 mg/kg iv over 40 min, once"
    assert_same(simulate(words, PEOPLE, seed=4), simulate(parse(words), PEOPLE, seed=4))


def peaks(words, **asked):
    """Highest concentration of what is given, its time and the area, in the middle of the people."""
    drug = "S-ketamine (ng/mL)" if words.startswith("esketamine") else KETAMINE
    seen = simulate(parse(words), PEOPLE, save=[Endpoints()], seed=4, **asked).endpoints[drug]
    return tuple(float(np.median(seen[name])) for name in ("highest", "at_h", "area"))


@pytest.mark.parametrize("words", [
    "ketamine 0.5 mg/kg iv over 40 min, once", "ketamine 0.5 mg/kg iv over 5 min, once",
    "ketamine 0.5 mg/kg im once", "esketamine 84 mg nasal once", "ketamine 1 mg/kg oral once",
])  # fmt: skip
def test_how_long_one_looks_changes_no_peak_and_no_area_takes_away(words):
    true_highest, true_at_h, true_area = peaks(words, times_h=np.linspace(0, 48, 48 * 120 + 1))
    for hours in (48, 168, 1000):
        highest, at_h, found = peaks(words, hours=hours)
        assert highest == pytest.approx(true_highest, rel=0.03)
        assert at_h == pytest.approx(true_at_h, abs=0.15)
        assert true_area * 0.98 < found < true_area * 1.15  # what comes after two days is in the longer ones


def test_the_area_of_an_exponential_is_exact():
    times_h = np.array([0.0, 1, 3, 8])
    assert area(times_h, np.exp(-times_h / 2)[None, :]) == pytest.approx(2 * (1 - np.exp(-4)))


def test_after_a_bolus_nothing_is_shown_or_highest_before_the_blood_has_mixed():
    seen = simulate(parse("ketamine 0.3 mg/kg iv bolus once"), PEOPLE, save=EVERYTHING, seed=4)
    assert seen.times_h[KETAMINE][0] >= MIXED_H
    assert (seen.endpoints[KETAMINE]["at_h"] >= MIXED_H).all()


def test_what_comes_after_the_hours_looked_at_is_said():
    long = parse("ketamine 100 mg iv over 24 h once")
    assert simulate(long, PEOPLE, seed=4).times_h[KETAMINE].max() == 32
    assert any("still gets in after 8 hours" in said for said in simulate(long, PEOPLE, hours=8, seed=4).warnings)
    assert any("7 of 8 doses begin after" in said for said in simulate(COURSE, PEOPLE, seed=4).warnings)


def test_of_a_dose_that_induces_anaesthesia_no_chance_of_sedation_is_told():
    day = [TreatmentDay()]
    seen = simulate(parse("ketamine 2 mg/kg iv bolus once"), PEOPLE, seed=4, outputs=day)
    assert not [name for name in (*seen.chances, *seen.quantiles) if "sedation" in name]
    assert any("induces anaesthesia" in said for said in seen.warnings)
    assert any("Sedation is not predicted" in said for said in seen.warnings)
    usual = simulate(REGIMEN, PEOPLE, seed=4, outputs=day)
    assert [name for name in usual.chances if "sedation" in name]
    assert not any("naesthesia" in said for said in usual.warnings)


def test_milligrams_typed_for_milligrams_per_kilogram_are_outside_what_was_studied():
    seen = simulate(parse("ketamine 0.5 mg iv over 40 min once"), PEOPLE, seed=4)
    assert any("mg/kg of S-ketamine" in said for said in seen.warnings)


def test_beside_the_chance_of_a_limit_stands_the_one_without_a_dose():
    """Readings scatter: near a limit some cross it whatever was given."""
    seen = simulate(REGIMEN, Population(400, (Body(70, None, 25),)), seed=4, outputs=[TreatmentDay(BEFORE, LIMITS)])
    name = "systolic reaches 140 in one of 25 readings"
    dosed, undosed = (seen.chances[each].mean() for each in (name, f"{name}, without a dose"))
    assert 0 < undosed < dosed


@pytest.mark.parametrize(("words", "said"), [
    ("ketamine 0.1 mg/kg iv over 40 min once", "0.1 mg/kg of ketamine iv; the response was fitted on 0.5 mg/kg"),
    ("ketamine 0.5 mg iv over 40 min once", "0.00714 mg/kg of ketamine iv"),
    ("ketamine 35 mg iv over 40 min once", None),
    ("esketamine 84 mg nasal once", None),
    ("esketamine 112 mg nasal once", "fitted on 28 to 84 mg"),
])  # fmt: skip
def test_an_amount_no_fitted_trial_gave_is_outside_what_was_studied(words, said):
    course = predict_course(parse(words), Body(70), 32, patients=20)
    found = [warning for warning in course.warnings if "the response was fitted on" in warning]
    assert [said in warning for warning in found] == ([True] if said else [])
