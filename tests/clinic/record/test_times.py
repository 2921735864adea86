"""A moment is said in the clinic's time, and no moment is too far away to be said."""

from datetime import UTC, datetime, timedelta
from datetime import timezone as fixed_zone

from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from daybreak.clinic.record.times import said

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
