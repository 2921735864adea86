"""A mark that closes by a later value says how far that is back, and no more."""

import pytest

from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.services import MarkAnswer
from daybreak.treatment.vitals import Vital
from tests.clinic.treatment_day.day import BEFORE, Day


def closed_with(day: Day, vital: Vital, beyond: float, then: float) -> str:
    """What is said of a mark that was answered, and closed by the value ten minutes later."""
    day.begin()
    day.read(10, {**BEFORE, vital: beyond})
    (flag,) = day.flags()
    services.answer_mark(flag, MarkAnswer.TOLD, day.nurse, write_id=new_id(), at=day.at(11))
    day.read(20, {**BEFORE, vital: then})
    return Flag.objects.get(pk=flag.pk).events.get(kind=FlagEvent.Kind.CLOSED).action


@pytest.mark.parametrize(
    ("vital", "beyond", "then", "said"),
    [
        (Vital.SYSTOLIC, 185, 175, "below red 180, still above amber 160."),
        (Vital.SYSTOLIC, 205, 185, "below emergency 200, still above red 180."),
        (Vital.SYSTOLIC, 185, 85, "below red 180, now below red 90."),
        (Vital.SPO2, 88, 92, "above red 90, still below amber 94."),
        (Vital.HEART_RATE, 145, 140, "not beyond red 140, still above amber 120."),
    ],
)
def test_back_over_one_limit_and_still_beyond_the_next_it_says_both(
    day: Day, vital: Vital, beyond: float, then: float, said: str
) -> None:
    assert closed_with(day, vital, beyond, then).endswith(said)


def test_back_within_every_limit_it_says_so(day: Day) -> None:
    assert closed_with(day, Vital.SYSTOLIC, 185, 150).endswith("back within the limit.")
