"""The compiled kernel against NumPy, on people no clinic will see; and each person's numbers beside anybody."""

import ctypes
import shutil

import numpy as np
import pytest

from daybreak.pharmacology import disposition, kernel
from daybreak.pharmacology.absorption import Way
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.disposition import Chain, Film
from daybreak.pharmacology.linear import Input, amounts, rate_matrix
from daybreak.pharmacology.mechanism.cascade import driven, filtered
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.mechanism.mesh import Mesh
from daybreak.pharmacology.mechanism.one_pass import one_pass
from daybreak.pharmacology.parameters import load
from daybreak.pharmacology.response import core
from daybreak.pharmacology.safety import effects
from daybreak.treatment.drugs import Manner, Route
from daybreak.treatment.regimen_language import parse

PATIENTS, ALIKE = 43, 1e-10
TIMES_H = np.array([-1.0, 0.0, 0.1, 2 / 3, 0.9, 5.0, 5.25, 30.0, 167.9, 168.0, 168.3, 500.0])
NORMALS = np.random.default_rng(5).uniform(-4, 4, (PATIENTS, 40))  # four standard deviations out, in every direction


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    if not shutil.which("cc"):
        pytest.skip("There is no C compiler here.")
    return ctypes.CDLL(str(kernel.build(tmp_path_factory.mktemp("kernel") / "kernel.so")))


@pytest.fixture
def by_both(compiled, monkeypatch):
    """What the kernel and what NumPy answers."""

    def ask(question):
        answers = []
        for library in (compiled, None):
            monkeypatch.setattr(kernel, "library", lambda chosen=library: chosen)
            answers.append(question())
        return answers

    return ask


def people_of(name):
    parameters = load(name)
    return parameters.of_people(Body(70), NORMALS[:, : parameters.random_effects])


def chain_of(route):
    people = people_of("daybreak-2026")
    way = Way.of(route, Manner.USUAL, people)
    return disposition.chain({**people, **way.rates(PATIENTS)}, extravascular=not way.straight)


def film():
    return disposition.film(people_of("simons-2022"))


INPUTS = [
    Input(Chain.CENTRAL, 0.0, 35.0, 2 / 3),
    Input(Chain.CENTRAL, 168.0, 20.0),
    Input(Chain.FAST, 5.0, NORMALS[:, 0] + 5, 0.25),
]
INTO_THE_GUT = [Input(Film.MOUTH, 0.0, 26.0, 0.22), Input(Film.GUT, 0.0, 58.0, 0.5), Input(Film.MOUTH, 168.0, 26.0)]


@pytest.mark.parametrize("route", [Route.IV, Route.SUBLINGUAL, Route.ORAL])
def test_amounts_are_those_of_numpy(by_both, route):
    here, there = by_both(lambda: amounts(chain_of(route), INPUTS, TIMES_H))
    assert np.abs(here - there).max() <= ALIKE * there.max()


def test_delays_of_equal_rates_are_those_of_numpy(by_both):
    here, there = by_both(lambda: amounts(film(), INTO_THE_GUT, TIMES_H, keep=[Film.HYDROXYNORKETAMINE, Film.CENTRAL]))
    assert (np.abs(here - there).max(axis=(0, 1)) <= ALIKE * there.max(axis=(0, 1))).all()


def test_times_in_any_order_and_nothing_given_are_alike_too(by_both):
    here, there = by_both(lambda: amounts(chain_of(Route.IV), INPUTS, TIMES_H[::-1], keep=[Chain.CENTRAL]))
    assert np.abs(here - there).max() <= ALIKE * there.max()
    assert not any(answer.any() for answer in by_both(lambda: amounts(chain_of(Route.IV), [], TIMES_H)))


def exchanging(people=PATIENTS):
    """A drug in three compartments, from rates a hundred times apart to rates all alike. Of two people one flow has no
    return, and one hardly loses any drug: their modes cannot be used."""
    rng = np.random.default_rng(8)
    cleared, there, back, far, from_far = 10 ** rng.uniform(-1, 1, (5, people))
    back[:5], from_far[:5], far[:3] = 1.0, 1.0, there[:3]
    back[7], cleared[9] = 0.0, 1e-6
    flows = {(0, None): cleared, (0, 1): there, (1, 0): back, (0, 2): far, (2, 0): from_far}
    return rate_matrix(3, flows, people)


INFUSIONS = [Input(0, 0.0, 35.0, 2 / 3), Input(1, 5.0, 3.0), Input(0, 24.0, 20.0, 0.1), Input(2, 24.05, 1.0, 100.0)]


def test_modes_of_a_drug_are_what_numpy_has_alike_rates_or_not(by_both):
    here, there = by_both(lambda: amounts(exchanging(), INFUSIONS, TIMES_H))
    assert np.abs(here - there).max() <= ALIKE * there.max()
    assert (here[:, TIMES_H <= 0] == 0).all()


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(3, 10), slice(None, None, -1)])
def test_beside_somebody_whose_modes_cannot_be_used_everybodys_numbers_are_the_same(compiled, monkeypatch, chosen):
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    whole, part = (amounts(exchanging()[own], INFUSIONS, TIMES_H) for own in (slice(None), chosen))
    assert np.array_equal(part, whole[chosen])


HOURS = np.concatenate([[0.0, 0.4], np.arange(1, 200.0)])
MESH = Mesh.of([0.0, 2 / 3, 72.0], HOURS)
RATES = np.geomspace(1e-4, 500, PATIENTS)


def inflow():
    decay = np.geomspace(0.01, 5, PATIENTS)[:, None, None]
    return np.exp(-decay * MESH.times_h)


def test_a_filtered_state_is_that_of_numpy_however_slow_or_fast(by_both):
    here, there = by_both(lambda: filtered(MESH, inflow(), RATES, start=0.3))
    assert np.abs(here.at_times - there.at_times).max() <= ALIKE
    assert np.abs(here.at_nodes - there.at_nodes).max() <= ALIKE


def test_whole_numbers_are_numbers_too(by_both):
    """A steady 100 ng/mL written without a point once came out as nothing."""
    here, there = by_both(lambda: filtered(MESH, np.full((1, *MESH.times_h.shape), 100), 0.5))
    assert np.allclose(here.at_times, there.at_times, rtol=ALIKE)


def test_a_driven_state_is_that_of_numpy(by_both):
    loss = 0.4 * inflow() + np.geomspace(1e-4, 0.2, PATIENTS)[:, None, None]
    here, there = by_both(lambda: driven(MESH, inflow(), loss, start=0.1))
    assert np.abs(here.at_times - there.at_times).max() <= ALIKE
    assert np.abs(here.at_nodes - there.at_nodes).max() <= ALIKE


WEIGHTS = np.linspace(0, 1, len(HOURS))


def told_of(chosen=slice(None), layout="patient, time"):
    """A chain, what follows its first compartment and what saturates behind that: courses, and endpoints."""
    rates, own, half = chain_of(Route.IV)[chosen], RATES[chosen], np.geomspace(1, 100, PATIENTS)[chosen]
    people, inputs = len(rates), INPUTS[:2]
    steps = one_pass(people)
    (at_nodes,) = steps.amounts(rates, inputs, MESH.times_h.reshape(-1), [Chain.CENTRAL])
    central, fast = steps.amounts(rates, inputs, HOURS, [Chain.CENTRAL, Chain.FAST])
    site_at_nodes, site = steps.filtered(MESH, steps.saturated(at_nodes, half, own), own / 10)
    behind = steps.filtered_at_times(MESH, site_at_nodes, own)
    outputs = [(central, half, None), (fast, None, own), (site, -half, own), (steps.saturated(behind, half, half),)]
    shape = (people, len(HOURS)) if layout == "patient, time" else (len(HOURS), people)
    courses = [np.empty(shape) for _ in outputs]
    for (course, *plain), found in zip(outputs, courses, strict=True):
        steps.tell(course, found if layout == "patient, time" else found.T, *plain)
    ends = [steps.tell_ends(course, HOURS, WEIGHTS, *plain) for course, *plain in outputs]
    steps.run()
    return (np.array(courses) if layout == "patient, time" else np.array(courses).transpose(0, 2, 1)), np.array(ends)


def test_a_model_in_one_pass_is_that_of_numpy(by_both):
    (here, ends), (there, others) = by_both(told_of)
    for one, other in ((here, there), (ends[:, [0, 2, 3]], others[:, [0, 2, 3]])):
        assert (np.abs(one - other) <= ALIKE * np.abs(other).max(axis=-1, keepdims=True)).all()


def test_endpoints_are_those_of_the_course_told_beside_them(compiled, monkeypatch):
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    courses, ends = told_of()
    assert np.array_equal(ends[:, 0], courses.max(axis=2))
    assert np.array_equal(ends[:, 1], HOURS[courses.argmax(axis=2)])
    assert np.allclose(ends[:, 2], courses @ WEIGHTS, rtol=1e-13)
    assert np.array_equal(ends[:, 3], courses[:, :, -1])


COURSE = [Input(Chain.CENTRAL, float(start), 35.0, 2 / 3) for start in (3, 72, 96, 192)]
COURSE_H = np.unique(np.concatenate([np.arange(0.0, 400), [72 + 2 / 3, 192.25]]))
OF_WHAT = [Chain.CENTRAL, Chain.NORKETAMINE, Chain.HYDROXYNORKETAMINE, Chain.FAST]


def ends_of(chosen=slice(None), *, courses_too=False):
    """Endpoints of amounts that rise and fall, of what gathers, and of a score that falls with one."""
    rates, half = chain_of(Route.IV)[chosen], np.geomspace(1, 100, PATIENTS)[chosen]
    steps = one_pass(len(rates))
    kept = steps.amounts(rates, COURSE, COURSE_H, OF_WHAT)
    plain = [(None, None), (half, None), (half, half), (-half, half)]
    weights = np.gradient(COURSE_H)
    ends = [steps.tell_ends(course, COURSE_H, weights, *own) for course, own in zip(kept, plain, strict=True)]
    courses = [steps.told(course) for course in kept] if courses_too else []
    steps.run()
    return np.array(ends), np.array(courses)


def test_endpoints_alone_are_those_of_courses_that_are_laid_out(compiled, monkeypatch):
    """Highest values and when they are to the last bit, though most hours are never looked at."""
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    alone, beside = ends_of()[0], ends_of(courses_too=True)[0]
    assert len(np.unique(alone[:, 1])) > 3
    for which in (0, 1, 3):
        assert np.array_equal(alone[:, which], beside[:, which])
    assert np.allclose(alone[:, 2], beside[:, 2], rtol=1e-12)


def test_endpoints_alone_are_those_of_numpy(by_both):
    (here, _), (there, _) = by_both(ends_of)
    for own, scale in ((0, 0), (2, 2), (3, 0)):
        assert (np.abs(here - there)[:, own] <= ALIKE * np.abs(there[:, scale])).all()


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(3, 38), slice(None, None, -1)])
def test_endpoints_alone_are_the_same_beside_anybody(compiled, monkeypatch, chosen):
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    assert np.array_equal(ends_of(chosen)[0], ends_of()[0][..., chosen])


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(3, 38), slice(None, None, -1)])
def test_in_one_pass_too_each_persons_numbers_are_the_same_beside_anybody(compiled, monkeypatch, chosen):
    """To the last bit, whichever way the answer is laid out."""
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    whole, part = told_of(), told_of(chosen, "time, patient")
    for everybody, some in zip(whole, part, strict=True):
        assert np.array_equal(some, everybody[..., chosen, :] if everybody is whole[0] else everybody[..., chosen])


REGIMEN = parse("ketamine 0.5 mg/kg iv over 40 min twice weekly for 2 weeks")
ASKED_H = np.concatenate([np.arange(0, 24, 0.5), np.arange(24, 400, 7.0)])


def exposure_of(chosen=slice(None)):
    effects_of_kinetics = load("daybreak-2026").random_effects
    return Exposure.of(REGIMEN, Body(70), ASKED_H, normals=NORMALS[chosen, :effects_of_kinetics] / 2)


def person_of(exposure, chosen=slice(None)):
    """What the product tells of people: two benefits, dissociation, the rise of pressure, three chances of sedation."""
    response, safety = load_estimates("response"), load_estimates("safety")
    drugs, days = (one.drawn(NORMALS[chosen, : len(one.priors)] / 2) for one in (response, safety))
    fresh = effects.fresh_exposure(exposure, safety.fixed, days)
    return [
        *core.benefit_states(exposure, response.fixed, drugs),
        fresh / 1000,
        effects.dissociation(fresh, days) / 92,
        effects.rise("systolic", fresh, days) / 100,
        *effects.sedation(fresh, safety.fixed, days),
    ]


def test_symptoms_and_the_treatment_day_are_those_of_numpy(by_both):
    exposure = exposure_of()
    for here, there in zip(*by_both(lambda: person_of(exposure)), strict=True):
        assert there.max() > 0.001
        assert np.abs(here - there).max() <= ALIKE


def test_from_the_dose_on_they_are_those_of_numpy(by_both):
    """Of all that was given NumPy takes 1e-13 for nothing, which a fast onset and days make more of."""
    for here, there in zip(*by_both(lambda: person_of(exposure_of())), strict=True):
        assert np.abs(here - there).max() <= 10 * ALIKE


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(3, 10), slice(None, None, -1)])
def test_symptoms_and_the_treatment_day_are_the_same_beside_anybody(compiled, monkeypatch, chosen):
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    for everybody, some in zip(person_of(exposure_of()), person_of(exposure_of(chosen), chosen), strict=True):
        assert np.array_equal(some, everybody[chosen])


def test_nothing_given_dissociates_nobody_and_all_that_is_dissociates_to_the_full(by_both):
    """The logarithm of nothing is asked for, and of more than any dose brings."""
    values = load_estimates("safety").drawn(NORMALS[:, : len(load_estimates("safety").priors)] / 2)
    fresh = np.repeat([[0.0, 1e-320, 1e-9, 1e3, 1e30, 1e300]], PATIENTS, axis=0)
    for found in by_both(lambda: effects.dissociation(fresh, values) / values["cadss_largest"][:, None]):
        assert np.abs(found[:, :2]).max() < 1e-100
        assert np.allclose(found[:, -1], 1, rtol=1e-12)
        assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(3, 10), slice(None, None, -1)])
def test_each_persons_numbers_are_the_same_beside_anybody(compiled, monkeypatch, chosen):
    """To the last bit: alone, in a portion, in any order."""
    monkeypatch.setattr(kernel, "library", lambda: compiled)
    rates, inputs = chain_of(Route.ORAL), INPUTS[:2]
    assert np.array_equal(amounts(rates[chosen], inputs, TIMES_H), amounts(rates, inputs, TIMES_H)[chosen])
    whole, part = filtered(MESH, inflow(), RATES), filtered(MESH, inflow()[chosen], RATES[chosen])
    assert np.array_equal(part.at_times, whole.at_times[chosen])
    assert np.array_equal(part.at_nodes, whole.at_nodes[chosen])


def test_without_a_compiler_it_says_so_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(kernel.KernelError, match="no C compiler called no-such-compiler"):
        kernel.build(tmp_path / "kernel.so")


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(kernel.SWITCH, "off")
    kernel.library.cache_clear()
    try:
        assert kernel.library() is None
        assert "switched off" in kernel.state()
    finally:
        kernel.library.cache_clear()
