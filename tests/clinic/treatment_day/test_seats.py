"""What the board keeps of a session is what reading it anew would give, at a fraction of the questions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.treatment_day import queries, seats, services
from daybreak.clinic.treatment_day.models import Monitor
from daybreak.clinic.treatment_day.seats import seats_of, versions_of_today
from daybreak.treatment.vitals import Vital
from tests.clinic.treatment_day.day import Day
from tests.clinic.treatment_day.test_monitors import receive

MINUTE = 20
LOOKED_AT = 25  # all within one minute of the clock, so that nothing is read anew for that


@pytest.fixture
def look(day: Day) -> Callable[[], list[seats.Seat]]:
    """One look at the day: its only session, or nobody once who came yesterday has left."""

    def looked() -> list[seats.Seat]:
        at = timezone.localtime(day.at(LOOKED_AT))
        return seats_of(day.clinic.site, versions_of_today(day.clinic.site, at), at)

    seats._kept.clear()
    return looked


@pytest.fixture
def monitor(day: Day) -> Monitor:
    monitor = services.add_monitor("M1", day.clinic.site, day.nurse)
    services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
    return monitor


def second_of(day: Day, second: int) -> float:
    """A second of the twentieth minute as the clock counts them, in minutes since the session's zero."""
    return (day.at(MINUTE).replace(second=second, microsecond=0) - day.zero) / timedelta(minutes=1)


def heart_rate(found: list[seats.Seat]) -> float:
    [seat] = found
    return seat.state.latest[Vital.HEART_RATE].value


def test_where_a_monitor_only_went_on_one_question_is_asked(
    day: Day, monitor: Monitor, look: Callable[[], list[seats.Seat]], django_assert_num_queries
) -> None:
    day.begin()
    receive(day, second_of(day, 5), values={Vital.HEART_RATE: 60.0})
    assert heart_rate(look()) == 60
    versions = versions_of_today(day.clinic.site, day.at(LOOKED_AT))
    with django_assert_num_queries(0):
        seats_of(day.clinic.site, versions, day.at(LOOKED_AT))
    receive(day, second_of(day, 50), control_id="2", values={Vital.HEART_RATE: 66.0})
    versions = versions_of_today(day.clinic.site, day.at(LOOKED_AT))
    with django_assert_num_queries(1):
        found = seats_of(day.clinic.site, versions, day.at(LOOKED_AT))
    assert heart_rate(found) == 66


def test_whatever_happens_what_is_kept_is_what_is_read_anew(
    day: Day, monitor: Monitor, look: Callable[[], list[seats.Seat]]
) -> None:
    def typed(minute: float, value: float) -> None:
        entry = services.Entry(Vital.HEART_RATE, value, day.at(minute))
        services.record_readings(day.session, [entry], day.nurse, write_id=new_id())

    happenings: tuple[Callable[[], object], ...] = (
        day.begin,
        lambda: receive(day, 5, values={Vital.HEART_RATE: 60.0, Vital.SPO2: 97.0}),
        lambda: receive(day, 5.2, control_id="2", values={Vital.HEART_RATE: 66.0}),
        lambda: typed(6, 70),
        lambda: receive(day, 5.9, control_id="3", values={Vital.HEART_RATE: 50.0}),
        lambda: receive(day, 7, control_id="4", values={Vital.HEART_RATE: 0.0}),
        lambda: services.release_monitor(monitor, day.nurse, at=day.at(8)),
        lambda: day.do(services.stop, 9),
        lambda: day.do(services.leave, 12, reason="Wanted to go."),
    )
    for happens in happenings:
        happens()
        kept = look()
        seats._kept.clear()
        assert [seat.state for seat in look()] == [seat.state for seat in kept]
        assert {seat.version.changed for seat in kept} <= {queries.version(day.session.pk)}
