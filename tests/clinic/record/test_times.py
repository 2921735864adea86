"""A moment is said in the clinic's time, and no moment is too far away to be said."""

from datetime import UTC, date, datetime, timedelta
from datetime import timezone as fixed_zone

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from daybreak.clinic.record.templatetags.daybreak import ago, due, part_name
from daybreak.clinic.record.times import away, said

_OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: fixed_zone(timedelta(minutes=minutes)))


def test_a_moment_is_said_in_the_clinics_time() -> None:
    with timezone.override("Europe/Vienna"):
        assert said(datetime(2026, 3, 3, 13, 5, tzinfo=UTC)) == "14:05 on 3 Mar 2026"


def test_a_moment_the_clinics_time_cannot_hold_is_said_as_it_was_written() -> None:
    with timezone.override("UTC"):
        assert said(datetime(1, 1, 1, tzinfo=fixed_zone(timedelta(hours=14)))) == "00:00 on 1 Jan 1"
        last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=fixed_zone(timedelta(hours=-12)))
        assert said(last) == "23:59 on 31 Dec 9999"


@given(st.datetimes(timezones=_OFFSETS), st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]))
@example(datetime.min.replace(tzinfo=UTC), "America/Los_Angeles")
@example(datetime.max.replace(tzinfo=UTC), "Pacific/Kiritimati")
def test_every_moment_can_be_said(at: datetime, zone: str) -> None:
    with timezone.override(zone):
        assert said(at).split(" on ")[1]


NOW = datetime(2026, 11, 28, 23, 51, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "far"),
    [
        (NOW - timedelta(minutes=2), "2 min over"),
        (NOW + timedelta(minutes=4), "in 4 min"),
        (NOW + timedelta(hours=10, minutes=9), "in 10 h"),
        (NOW - timedelta(hours=14, minutes=6), "14 h over"),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), "in 2 days"),
        (date(2026, 11, 25), "3 days over"),
        (date(2026, 11, 28), "today"),
        (date(2026, 11, 29), "in 1 day"),
    ],
)
def test_how_far_off_what_is_due_is_said_in_words_not_by_colour_alone(at: date, far: str) -> None:
    with timezone.override("UTC"):
        assert away(at, NOW) == far


def test_what_is_due_leads_with_the_time_today_and_with_the_day_else() -> None:
    with timezone.override("UTC"):
        assert due(NOW - timedelta(minutes=2), NOW) == '<p class="due over">23:49<small>2 min over</small></p>'
        later = '<p class="due">29 Nov<small>10:00, in 10 h</small></p>'
        assert due(NOW + timedelta(hours=10, minutes=9), NOW) == later
        assert due(date(2027, 1, 5), NOW) == '<p class="due">5 Jan 2027<small>in 38 days</small></p>'


def test_the_parts_of_the_house_are_said_in_words_with_how_long_ago() -> None:
    assert part_name("tick, overdue checks") == "Reminders of overdue checks"
    assert ago(timezone.now() - timedelta(minutes=3, seconds=5)) == "3 min ago"
    assert ago(timezone.now() + timedelta(hours=1)) == "still to come by this clock"
