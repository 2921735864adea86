"""What is asked in words takes words: a letter tells nobody anything later. Nothing that helps waits for it."""

from collections.abc import Callable

import pytest

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.treatment.findings import says_too_little
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, TEN_WORDS, Day, open_day


@pytest.mark.parametrize("said", ["", " ", "x", "ok", "n/a", "-----------", "1234567890", "号"])
def test_a_letter_or_a_sign_is_no_reason(said: str) -> None:
    assert says_too_little(said)


@pytest.mark.parametrize("said", ["no label", "two containers", "Ambulance", "wet, not readable", "à l’hôpital"])
def test_a_few_words_are(said: str) -> None:
    assert not says_too_little(said)


def a_start_without_a_lot(day: Day, why: str) -> object:
    day.read(-5)
    day.clear_checks()
    return day.do(services.start_dose, 0, no_lot=why)


def a_start_from_another_bag(day: Day, why: str) -> object:
    day.read(-5)
    day.clear_checks()
    return day.do(services.start_dose, 0, concentration_mg_per_ml=2, reason=why)


def a_faster_rate(day: Day, why: str) -> object:
    day.begin()
    return day.do(services.change_rate, 5, ml_per_h=60, reason=why)


def an_amount_of_nothing(day: Day, why: str) -> object:
    day.begin()
    day.do(services.stop, 5)
    return day.do(services.correct_amount, 6, mg=0, reason=why)


def a_start_taken_back(day: Day, why: str) -> object:
    day.begin()
    return day.do(services.take_back_start, 1, reason=why)


def leaving_with_a_criterion_open(day: Day, why: str) -> object:
    day.begin()
    return day.do(services.leave, 20, reason=why)


@pytest.mark.parametrize(
    "deed",
    [
        a_start_without_a_lot, a_start_from_another_bag, a_faster_rate, an_amount_of_nothing, a_start_taken_back,
        leaving_with_a_criterion_open,
    ],
)  # fmt: skip
@pytest.mark.parametrize(("why", "is_enough"), [("x", False), ("Told by the prescriber", True)])
def test_each_that_asks_for_words_takes_no_letter(
    day: Day, deed: Callable[[Day, str], object], why: str, is_enough: bool
) -> None:
    if is_enough:
        assert deed(day, why)
    else:
        with pytest.raises(Refusal):
            deed(day, why)


def test_a_device_before_its_rest_is_over_takes_words(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    with pytest.raises(Refusal, match="at least ten words"):
        day.do(services.give_device, 2, reason="x")
    assert day.do(services.give_device, 2, reason=TEN_WORDS)


def test_rescue_a_stop_and_who_meets_every_criterion_wait_for_no_words(day: Day) -> None:
    day.begin()
    for what, words in (("emergency", ""), ("medicine", "O2")):
        assert services.observe(day.session, what, day.nurse, write_id=new_id(), at=day.at(2), words=words)
    assert day.do(services.stop, 3, reason="x")


def test_whoever_leaves_before_a_dose_leaves_without_a_word(day: Day) -> None:
    assert services.leave(day.session, day.nurse, write_id=new_id())
