"""What cannot be asked from Python is answered by a sentence that names the argument, and is never taken for something
else: not a text for a truth value, not True for 1, not a name of another kind for "not known"."""

import datetime

import numpy as np
import pytest

from daybreak.pharmacology.body import Ancestry, Body, KineticsError, Sex
from daybreak.pharmacology.kinetics import Matrix, concentrations
from daybreak.pharmacology.population import predict_band
from daybreak.pharmacology.response.course import predict_course
from daybreak.pharmacology.response.pain import predict_pain
from daybreak.pharmacology.response.trials import Context
from daybreak.pharmacology.safety.day import DayLimit, Measure, predict_day
from daybreak.pharmacology.simulate import (
    Computed,
    Endpoints,
    Population,
    Portion,
    Quantiles,
    Symptoms,
    Trajectories,
    TreatmentDay,
    simulate,
)
from daybreak.pharmacology.simulation.cluster import Cluster
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Regimen, RegimenError
from daybreak.treatment.regimen_language import parse
from daybreak.treatment.vitals import Vital

REGIMEN = parse("ketamine 50 mg im once")
BODY = Body(70)
BEFORE = {Vital.SYSTOLIC: 120.0, Vital.DIASTOLIC: 80.0, Vital.HEART_RATE: 70.0}
AMOUNT = Amount(50, AmountUnit.MG)

# Wrong for every argument below.
NEVER = (
    "moon", "1", b"1", 1 + 2j, np.array([[1.0, 2.0]]), ["moon"], {1: 2}, datetime.date(2026, 1, 1), object(), float,
    float("nan"), float("inf"), -1,
)  # fmt: skip
# Wrong unless named as taken.
MOSTLY = (None, True, 0, 2.5, 2**70, 1e30, [], (), {}, lambda: 1)

CALLABLE, EMPTY = (MOSTLY[-1], float), ([], (), {})
NUMBER = (0, 2.5)

ARGUMENTS = [
    ("weight_kg", Body, (2.5,)),
    ("age_years", lambda it: Body(70, None, it), (None, *NUMBER)),
    *((name, lambda it, name=name: Body(70, **{name: it}), (None,)) for name in ("sex", "ancestry")),
    *((name, lambda it, name=name: Body(70, **{name: it}), (None,)) for name in ("hepatic_impairment", "cyp2b6")),
    ("medicines", lambda it: Body(70, medicines=it), (*EMPTY, ["moon"])),
    ("patients", lambda it: Population(it, (BODY,)), ()),
    ("bodies", lambda it: Population(3, it), ()),
    ("one of bodies", lambda it: Population(3, (it,)), ()),
    ("size", lambda it: list(Population(3, (BODY,)).portions(it)), ()),
    ("body", lambda it: Portion(it, 0, 1), ()),
    ("first_patient", lambda it: Portion(BODY, it, 1), (0, 2**70)),
    ("levels", Quantiles, ()),
    ("one of levels", lambda it: Quantiles((it,)), ()),
    ("by_body", lambda it: Quantiles(by_body=it), (True,)),
    ("sink", Trajectories, (None, *CALLABLE)),
    ("madrs", Symptoms, (None, 2.5)),
    ("context", lambda it: Symptoms(30, context=it), ()),
    ("new_antidepressant", lambda it: Symptoms(30, new_antidepressant=it), (True,)),
    ("remission_at", lambda it: Symptoms(30, remission_at=it), NUMBER),
    ("before", TreatmentDay, ({},)),
    ("systolic before the dose", lambda it: TreatmentDay({Vital.SYSTOLIC: it}), ()),
    ("limits", lambda it: TreatmentDay({}, it), ([], ())),
    ("one of limits", lambda it: TreatmentDay({}, (it,)), ()),
    ("session", lambda it: TreatmentDay(session=it), (2**70,)),
    ("measure", lambda it: DayLimit(it, 3), ()),
    ("a limit of CADSS", lambda it: DayLimit(Measure.CADSS, it), (2.5,)),
    ("regimen", lambda it: simulate(it, Population(1, (BODY,))), ()),
    ("population", lambda it: simulate(REGIMEN, it), ()),
    *(
        (name, lambda it, name=name: simulate(REGIMEN, Population(1, (BODY,)), **{name: it}), taken)
        for name, taken in {
            "times_h": (None,),
            "hours": (None, 2.5),
            "save": ([], ()),
            "seed": (0,),
            "model": (None,),
            "matrix": (None,),
            "uncertain": (True,),
            "outputs": (),
            "portion": (),
            "run": CALLABLE,
            "progress": (None, *CALLABLE),
        }.items()
    ),
    ("one of save", lambda it: simulate(REGIMEN, Population(1, (BODY,)), save=[it]), ()),
    ("one of outputs", lambda it: simulate(REGIMEN, Population(1, (BODY,)), outputs=[it]), CALLABLE[:1]),
    ("what an output gives", lambda it: simulate(REGIMEN, Population(1, (BODY,)), outputs=[lambda _: it]), ()),
    ("sex_effect", lambda it: concentrations(REGIMEN, BODY, [1], sex_effect=it), (None, True)),
    ("measured", lambda it: predict_band(REGIMEN, BODY, [1], patients=1, measured=it), (True,)),
    ("times_h", lambda it: concentrations(REGIMEN, BODY, it), (-1, *NUMBER, *EMPTY[:2])),
    ("given", lambda it: predict_course(it, BODY, 30), ()),
    ("baseline", lambda it: predict_course(REGIMEN, BODY, it, patients=1), (2.5,)),
    ("given", lambda it: predict_pain(it, BODY, 5, [1]), ()),
    ("dose", lambda it: predict_day(it, BODY, BEFORE), ()),
    ("address", lambda it: Cluster(it).open().__enter__(), ()),
    ("value", lambda it: Amount(it, AmountUnit.MG), (2.5, 2**70, 1e30)),
    ("unit", lambda it: Amount(50, it), ()),
    ("drug", lambda it: Dose(it, Route.IM, AMOUNT), ()),
    ("route", lambda it: Dose(Drug.KETAMINE, it, AMOUNT), ()),
    ("amount", lambda it: Dose(Drug.KETAMINE, Route.IM, it), ()),
    ("time_h", lambda it: Dose(Drug.KETAMINE, Route.IM, AMOUNT, time_h=it), (*NUMBER, 2**70, 1e30)),
    ("doses", Regimen, ()),
]


@pytest.mark.parametrize(("name", "ask", "taken"), ARGUMENTS)
def test_what_cannot_be_asked_is_a_sentence_that_names_the_argument(name, ask, taken):
    for wrong in (*NEVER, *MOSTLY):
        if repr(wrong) in map(repr, taken):
            continue
        with pytest.raises((KineticsError, RegimenError)) as found:
            ask(wrong)
        said = str(found.value)
        assert name in said or isinstance(found.value, RegimenError), (wrong, said)  # a regimen's speak of doses
        assert said.endswith("."), (wrong, said)
        assert len(said) < 300, (wrong, said)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: Body("70"), "'70' cannot be weight_kg. Give a number from 2 to 500 (a bound of this project"),
        (lambda: Body(70, "girl"), "'girl' cannot be sex. Give a Sex: 'female', 'male'."),
        (lambda: Body(70, medicines="rifampicin"), "'rifampicin' cannot be medicines. Give a set of texts"),
        (lambda: Quantiles(0.5), "0.5 cannot be levels. Give a list that is not empty, such as (0.05, 0.5, 0.95)."),
        (lambda: Quantiles((5, 95)), "5 cannot be one of levels. Give a number above 0, below 1."),
        (lambda: Symptoms(30, context="open"), "'open' cannot be context. Give a Context: 'masked', "),
        (
            lambda: Symptoms(61),
            "61 cannot be madrs. Give a number above 0, at most 60 (a MADRS score ",
        ),
        (lambda: TreatmentDay(session="1"), "'1' cannot be session. Give a whole number from 1 on."),
        (lambda: TreatmentDay({"spo2": 97}), "'spo2' cannot be one of before. Give one of systolic, diastolic"),
        (lambda: simulate(REGIMEN, 100), "100 cannot be population. Give something such as Population(1000, (Body(7"),
        (lambda: simulate(REGIMEN, Population(1, (BODY,)), seed=2**64), "cannot be seed. Give a whole number from 0"),
        (lambda: simulate(REGIMEN, Population(1, (BODY,)), times_h=[0, 1e9]), "at most 87,600"),
        (
            lambda: simulate(REGIMEN, Population(1, (BODY,)), times_h=[0, 2, 1]),
            "times_h must rise, and be two",
        ),
        (lambda: simulate(REGIMEN, Population(1, (BODY,)), save=Endpoints()), "such as [Endpoints(), Quantiles()]"),
        (lambda: simulate(REGIMEN, Population(1, (BODY,)), save=[Quantiles(), Quantiles((0.1,))]), "saved twice"),
        (lambda: simulate(REGIMEN, Population(1, (BODY,)), matrix="arterial"), "'venous plasma', 'arterial plasma'"),
        (lambda: simulate("moon", Population(1, (BODY,))), "'moon' is not understood"),
        (lambda: predict_course(REGIMEN, BODY, 30, times_h=[1e30]), "at most 87,600"),
        (lambda: predict_day(REGIMEN.first, BODY, BEFORE, times_h=[0]), "at least one time after the first dose"),
        (lambda: Amount(50, "milligram"), "'milligram' is no AmountUnit. Write one of mg, mg/kg."),
        (
            lambda: concentrations(Dose(Drug.KETAMINE, Route.IV, AMOUNT, 1e30), BODY, [1]),
            "cannot be the end of the last dose, in hours",
        ),
        (
            lambda: simulate(
                REGIMEN, Population(2, (BODY,)), outputs=[lambda _: Computed(np.arange(3), {"x": np.ones(3)})]
            ),
            "An output gives x of shape (3,). Give an array of shape (2, 3).",
        ),
    ],
)
def test_the_sentence_says_what_came_and_what_is_taken(ask, sentence):
    with pytest.raises((KineticsError, RegimenError)) as found:
        ask()
    assert sentence in str(found.value)


def test_a_name_written_as_text_is_the_one_it_names():
    """By identity alone "female" would be no woman, and 50 "mg" would be 50 mg for each kilogram."""
    assert Body(70, "female", ancestry="asian") == Body(70, Sex.FEMALE, ancestry=Ancestry.ASIAN)
    assert Body(70, "female").sex is Sex.FEMALE
    assert Symptoms(30, context="masked").context is Context.MASKED
    assert Dose("ketamine", "iv", Amount(50, "mg")).amount.to_mg(70) == 50
    assert Dose("ketamine", "iv", Amount(50, "mg")).route is Route.IV
    times_h, infusion = [0.5, 1.0], Dose("ketamine", "iv", Amount(35, "mg"), 40.0)
    named, written = (concentrations(infusion, BODY, times_h, matrix=it) for it in (Matrix.ARTERIAL, "arterial plasma"))
    assert all(np.array_equal(named.ng_per_ml[one], written.ng_per_ml[one]) for one in named.ng_per_ml)
