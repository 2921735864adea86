"""The page of numbers is made from the data, and what the model page says of agreement is what was reached."""

import numpy as np

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.models import MODELS
from daybreak.pharmacology.validation import aims, compare, observations
from tools.model_page import PAGE, page

WORDS = " ".join(PAGE.with_name("model.md").read_text(encoding="utf-8").split())


def test_the_page_of_numbers_is_the_one_the_data_make():
    """If this fails: python tools/model_page.py"""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_model_page_says_what_is_reached():
    every, tested, hydroxy = aims().values()
    assert (
        f"**{every.within_2_fold} of {every.rows} within twofold, {every.within_1_5_fold} within 1.5-fold, "
        f"geometric mean fold error {every.fold_error:.2f}, bias {every.bias:.2f}**" in WORDS
    )
    assert (
        f"{tested.within_2_fold} of {tested.rows} within twofold, {tested.within_1_5_fold} within 1.5-fold, "
        f"fold error {tested.fold_error:.2f}, bias {tested.bias:.2f}" in WORDS
    )
    assert f"{hydroxy.within_3_fold} of {hydroxy.rows} within threefold" in WORDS


def test_the_model_page_counts_the_frozen_rows():
    rows = observations()
    eligible, tuned = sum(row.eligible for row in rows), sum(row.use == "tuning" for row in rows)
    assert f"{eligible} eligible, of which {tuned} may be tuned on and {eligible - tuned} may not" in WORDS
    assert f"{len(rows) - eligible} left out" in WORDS


def test_what_a_first_pass_to_hydroxynorketamine_and_to_norketamine_could_give_at_most():
    """Mass balance, with the fitted clearances: the page says what the structure explains of the rows it misses."""
    parameters = MODELS["daybreak-2026"].parameters
    typical = parameters.of_people(Body(70), np.zeros((1, parameters.random_effects)))
    person = {name: float(value[0]) for name, value in typical.items()}
    of_infusion = {
        row.observation.analyte: 1 / row.ratio
        for row in compare()
        if row.observation.study == "Hasan 2021" and "iv" in row.observation.words
        if row.observation.quantity == "area ratio to ketamine"
    }
    most, scaled, norketamine = [], [], []
    for hand in "SR":
        clearance, to_norketamine, to_hydroxy = (
            person[name] * (person.get(f"{name}_r_over_s", 1.0) if hand == "R" else 1.0)
            for name in ("clearance_l_per_h", "norketamine_clearance_l_per_h", "hydroxynorketamine_clearance_l_per_h")
        )
        arrives = person["release_fraction"]
        made_later = arrives * person["norketamine_fraction"] * person["hydroxynorketamine_fraction"]
        ratio = (made_later + 1 - arrives) / arrives * clearance / to_hydroxy * _mass("hydroxynorketamine")
        most.append(ratio)
        scaled.append(ratio * of_infusion[f"{hand}-hydroxynorketamine"])
        norketamine.append(1000 * 25 * _mass("norketamine") / to_norketamine)
    assert f"S {most[0]:.1f} and R {most[1]:.1f}" in WORDS
    assert f"S {scaled[0]:.1f} and R {scaled[1]:.1f}, where 18 and 30 were measured" in WORDS
    assert f"S {norketamine[0]:.0f} and R {norketamine[1]:.0f} ng h/mL" in WORDS


def _mass(substance):
    """Mass of a metabolite that a mass of ketamine becomes."""
    return Analyte(f"S-{substance}").g_per_mol / Analyte.S_KETAMINE.g_per_mol
