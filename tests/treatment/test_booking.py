"""How long a treatment day takes, and how near two of them may be."""

from datetime import datetime, time

import pytest

from daybreak.treatment.booking import least_days_before, stay, usual_hours
from daybreak.treatment.regimen import sessions
from daybreak.treatment.regimen_language import parse
from daybreak.treatment.schedule import UnknownScheduleError
from daybreak.treatment.sources import Basis, Status


def first_day(words: str):
    return sessions(parse(words))[0].doses


@pytest.mark.parametrize(("words", "minutes"), [
    ("ketamine 0.5 mg/kg iv over 40 min, once", 30 + 40 + 60),  # watched for an hour after the infusion
    ("esketamine 28 mg nasal once", 30 + 120),  # two hours from the first device, whatever the number of devices
    ("esketamine 84 mg nasal once", 30 + 120),
    ("ketamine 50 mg im once", 30 + 120),
])  # fmt: skip
def test_a_stay_is_preparation_dose_and_the_least_observation(words: str, minutes: float) -> None:
    assert stay(first_day(words)).total_min == minutes


def test_a_stay_says_its_parts_and_where_the_observation_comes_from() -> None:
    spray = stay(first_day("esketamine 84 mg nasal once"))
    assert spray.sentence == (
        "30 min before the dose, 10 min of dose, 120 min watched from its beginning: 2 h 30 min in all."
    )
    assert (spray.provenance.basis, spray.provenance.status) == (Basis.LABEL, Status.SEEN)
    assert spray.preparation_provenance.source_ids == ("OWN",)


def test_a_longer_infusion_is_a_longer_stay_and_an_unwatched_route_is_refused() -> None:
    assert stay(first_day("ketamine 80 mg iv over 150 min, once")).total_min == 30 + 150 + 60
    with pytest.raises(UnknownScheduleError, match="medical director"):
        stay(first_day("ketamine 50 mg nasal once"))


def test_twice_weekly_leaves_three_days_whichever_step_comes_first() -> None:
    regimen = parse("ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks, then weekly for 4 weeks")
    assert [least_days_before(regimen, number) for number in (2, 3, 4)] == [3, 3, 3]
    assert [least_days_before(regimen, number) for number in (8, 9, 10)] == [7, 7, 7]
    # The first weekly one stands as far from the last of twice weekly as the plan says.
    days = [session.day for session in sessions(regimen)]
    assert least_days_before(regimen, 7) == days[6] - days[5]
    with pytest.raises(IndexError):
        least_days_before(regimen, 1)


def test_the_hours_hold_a_whole_stay_or_not_at_all() -> None:
    hours = usual_hours()
    monday = datetime(2026, 11, 30)
    assert hours.holds(monday.replace(hour=8), monday.replace(hour=18))
    assert not hours.holds(monday.replace(hour=16), monday.replace(hour=18, minute=1))
    assert not hours.holds(monday.replace(hour=7, minute=59), monday.replace(hour=9))
    assert not hours.holds(datetime(2026, 11, 29, 10), datetime(2026, 11, 29, 12)), "a Sunday"
    assert (hours.opens, hours.closes) == (time(8), time(18))
