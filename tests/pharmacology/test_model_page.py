"""The page of numbers is made from the data, and what the model page says of agreement is what was reached."""

from daybreak.pharmacology.validation import aims, observations
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
