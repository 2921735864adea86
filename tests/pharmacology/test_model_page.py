"""The page of numbers is made from the data, and what the model page says of agreement is what was reached."""

import numpy as np

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.models import MODELS
from daybreak.pharmacology.safety.observations import safety_rows
from daybreak.pharmacology.validation import FOUND_LATER, aims, compare, observations
from daybreak.treatment.drugs import Route
from tools.model_page import PAGE, page

FILM = ("Simons 2022", "S-hydroxynorketamine")
WORDS = " ".join(PAGE.with_name("model.md").read_text(encoding="utf-8").split())


def test_the_page_of_numbers_is_the_one_the_data_make():
    """If this fails: python tools/model_page.py"""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_first_example_of_the_model_page_runs():
    code = PAGE.with_name("model.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    found = {"times_h": np.linspace(0, 2, 5)}
    exec(code, found)  # our own page
    assert found["arterial"].matrix == "arterial plasma"
    assert found["older"].model_id == "clements-1981"


def test_the_model_page_says_what_is_reached():
    every, tested, hydroxy, later, later_hydroxy = aims().values()
    assert (
        f"**{every.within_2_fold} of {every.rows} within twofold, {every.within_1_5_fold} within 1.5-fold, "
        f"geometric mean fold error {every.fold_error:.2f}, bias {every.bias:.2f}**" in WORDS
    )
    assert (
        f"{tested.within_2_fold} of {tested.rows} within twofold, {tested.within_1_5_fold} within 1.5-fold, "
        f"fold error {tested.fold_error:.2f}, bias {tested.bias:.2f}" in WORDS
    )
    assert f"{hydroxy.within_3_fold} of {hydroxy.rows} within threefold" in WORDS
    assert (
        f"{later.within_2_fold} of {later.rows} within twofold, {later.within_1_5_fold} within 1.5-fold, "
        f"fold error {later.fold_error:.2f}, bias {later.bias:.2f}" in WORDS
    )
    assert f"{later_hydroxy.within_3_fold} of {later_hydroxy.rows} of hydroxynorketamine within threefold" in WORDS


def test_the_model_page_says_what_its_table_of_aims_counts():
    together = [
        max(row.ratio, 1 / row.ratio)
        for row in compare()
        if Analyte(row.observation.analyte).substance in ("ketamine", "norketamine")
        if row.observation.matrix != "arterial" and row.observation.reported == "directly"
    ]
    near = [sum(fold <= most for fold in together) for most in (2, 1.5)]
    assert f"with the rows found later {near[0]} of {len(together)} " in WORDS
    assert f"with the later rows {near[1]} of {len(together)} ({100 * near[1] / len(together):.0f} %)" in WORDS
    assert f"with the later rows {np.exp(np.log(together).mean()):.2f} " in WORDS
    tablet = {row.observation.analyte[0]: row.ratio for row in compare() if _is_tablet_of_hasan(row)}
    assert f"{1 / tablet['S']:.1f} and {1 / tablet['R']:.1f} times too low" in WORDS
    film = [row.ratio for row in compare() if (row.observation.study, row.observation.analyte) == FILM]
    assert f"to {np.exp(np.log(film).mean()):.2f} of what was measured" in WORDS
    assert all(row.inside for row in compare() if row.observation.analyte.endswith("hydroxynorketamine"))


def test_the_model_page_counts_the_frozen_rows():
    rows = observations()
    tuned, tested, later = (sum(row.use == use for row in rows) for use in ("tuning", "testing", FOUND_LATER))
    assert f"{tuned + tested} eligible, of which {tuned} may be tuned on and {tested} may not" in WORDS
    assert f"{later} eligible rows of an abstract found after the fit" in WORDS
    assert f"{sum(not row.eligible for row in rows)} left out" in WORDS


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


def test_small_tablets_brought_more_norketamine_than_a_dose_that_became_it_whole():
    """From the published values alone: the page says that no share of the first pass could meet these rows."""
    found = {}
    for row in observations():
        if row.study.startswith("Abstract") and row.analyte in ("ketamine", "norketamine"):
            found[row.words, row.analyte, row.quantity] = row.value
    words = "ketamine {} mg oral prolonged release"
    infusion = "ketamine 5 mg iv over 30 min"

    def by_mg(given, mg):
        return found[given, "norketamine", "area ratio to ketamine"] * found[given, "ketamine", "area"] / mg

    more = [by_mg(words.format(mg), mg) / by_mg(infusion, 5) for mg in (10, 20, 40, 80)]
    assert "{:.2f}, {:.2f}, {:.2f} and {:.2f} times the norketamine".format(*more) in WORDS
    whole = 1 / MODELS["daybreak-2026"].parameters.parameters["norketamine_fraction"].value
    assert f"would bring {whole:.2f}" in WORDS
    beyond = [
        row.observation.words
        for row in compare()
        if row.observation.use == FOUND_LATER and row.observation.analyte == "norketamine" and row.ratio < 1 / 2
    ]
    assert beyond == [words.format(mg) for mg, times in zip((10, 20, 40, 80), more, strict=True) if times > 1.3 > whole]


def test_age_and_the_skin_are_in_no_row_the_treatment_day_may_be_fitted_to():
    """Why the page says that pressure from 65 years and under the skin cannot be tuned."""
    fitted = [row for row in safety_rows() if row.eligible and row.use == "tuning"]
    kept = [row for row in safety_rows() if row.eligible and row.use == "testing"]
    for rows, there in ((fitted, False), (kept, True)):
        assert any("65 years and above" in f"{row.study} {row.population}" for row in rows) is there
        assert any(row.dose is not None and row.dose.route is Route.SC for row in rows) is there
    assert "no row that may be fitted to is of people of 65 and above, of an injection under the skin" in WORDS


def _is_tablet_of_hasan(row):
    return row.observation.study == "Hasan 2021" and "prolonged" in row.observation.words


def _mass(substance):
    """Mass of a metabolite that a mass of ketamine becomes."""
    return Analyte(f"S-{substance}").g_per_mol / Analyte.S_KETAMINE.g_per_mol
