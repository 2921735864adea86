"""The band behind the pressures of a session: from this session's own values, for those it is meant for, and cheap."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse

from daybreak.charts import Band, Limit
from daybreak.clinic.planning import outlook
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.expected import expected_day
from daybreak.clinic.treatment_day.session_chart import pressure_chart
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, NASAL, Day, open_day
from tests.clinic.treatment_day.test_pages import page, signed_in

SHADED = "Shaded: what the model expects"


def expected(day: Day, minute: float = 20):
    return expected_day(queries.sessions().get(pk=day.session.pk), day.state(minute))


def test_before_a_dose_nothing_is_expected(day: Day) -> None:
    day.read(-5)
    assert expected(day, -1) is None
    assert SHADED not in page(signed_in(day.clinic), day)


def test_it_begins_at_the_pressure_before_this_dose(day: Day) -> None:
    day.begin()
    band = expected(day).systolic
    assert band.median[0] == pytest.approx(BEFORE[Vital.SYSTOLIC], abs=3)
    assert (band.lower < band.upper).all()


def test_readings_after_the_dose_do_not_move_it(day: Day) -> None:
    day.begin()
    before = expected(day)
    day.systolic(10, 171)
    assert expected(day) is before, "and it was not computed again"


def test_it_is_a_band_and_the_limits_stay_what_they_were(day: Day) -> None:
    day.begin()
    state = day.state(20)
    with_band, without = pressure_chart(state, expected(day)), pressure_chart(state)
    assert sum(isinstance(mark, Band) for mark in with_band.marks) == 2
    limits = [[mark for mark in chart.marks if isinstance(mark, Limit)] for chart in (with_band, without)]
    assert limits[0] == limits[1]


def test_without_a_pressure_before_the_dose_no_band_is_made_up(day: Day) -> None:
    day.begin()
    state = day.state(20)
    state.baseline_values.pop(Vital.SYSTOLIC)
    assert expected_day(queries.sessions().get(pk=day.session.pk), state) is None


def test_a_dose_without_a_model_leaves_the_page_as_it_was(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    from daybreak.pharmacology.models import NoModelError

    def no_model(*_: object, **__: object) -> None:
        raise NoModelError("No kinetic model in this version serves this.")

    day = open_day(clinic, NASAL)
    day.begin()
    outlook._day.cache_clear()
    monkeypatch.setattr(outlook, "predict_day", no_model)
    shown = page(signed_in(day.clinic), day)
    assert SHADED not in shown
    assert "Blood pressure since the dose began" in shown


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.NURSE, True), (Role.PRESCRIBER, True), (Role.DIRECTOR, True), (Role.THERAPIST, False)]
)
def test_it_is_for_clinicians(day: Day, role: Role, sees: bool) -> None:
    day.clinic.course.therapist = day.clinic.users[Role.THERAPIST]
    day.clinic.course.save()
    day.begin()
    assert (SHADED in page(signed_in(day.clinic, role), day)) is sees


def test_it_asks_the_database_nothing(
    day: Day, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    day.begin()
    session, state = queries.sessions().get(pk=day.session.pk), day.state(20)
    with django_assert_num_queries(0):
        assert expected_day(session, state) is not None


def test_an_open_page_computes_it_once(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.begin()
    calls, really = [], outlook.predict_day

    def counted(*given: object, **more: object) -> object:
        calls.append(given)
        return really(*given, **more)

    outlook._day.cache_clear()
    monkeypatch.setattr(outlook, "predict_day", counted)
    client = signed_in(day.clinic)
    for _ in range(3):
        assert client.get(reverse("session_live", args=[day.session.pk])).status_code == 200
    assert len(calls) == 1
