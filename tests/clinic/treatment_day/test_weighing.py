"""A dose by weight says which weight and how old; an old one is measured again before the dose."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.planning.services import record_weight
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.treatment.dose_preparation import weight_age_max_days
from tests.clinic.followup.story import browser
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import MUSCLE, Day, open_day

OLD = weight_age_max_days() + 10


def ready(day: Day, *, weighed_days_ago: int, kg: float = 70) -> Day:
    record_weight(day.session.course.patient, kg, day.nurse, at=timezone.now() - timedelta(days=weighed_days_ago))
    day.read(-5)
    day.clear_checks()
    return day


def page(day: Day) -> str:
    address = reverse("session", args=[day.session.pk])
    return browser(day.clinic.users[Role.NURSE]).get(address).content.decode()


def test_weight_its_age_and_what_it_makes_stand_in_the_dialog(day: Day) -> None:
    ready(day, weighed_days_ago=OLD)
    said = page(day)
    assert "35 mg is 0.5 mg/kg of 70 kg, weighed " in said
    assert f", {OLD} days ago." in said
    assert "value=" not in said.split('<input id="st-weight"')[1].split(">")[0]


def test_an_old_one_is_weighed_again_and_kept(day: Day) -> None:
    ready(day, weighed_days_ago=OLD)
    with pytest.raises(Refusal, match=f"older than {weight_age_max_days()} days.*Weigh the person"):
        day.do(services.start_dose, 0)
    day.do(services.start_dose, 0, weight_kg=72)
    assert "weighed 72 kg" in services.draft_note(day.session, day.at(1))
    newest = day.session.course.patient.facts.filter(code="weight").order_by("-occurred_at").first()
    assert (newest.value, newest.source) == (72, "weighed before the dose")


def test_who_cannot_be_weighed_is_dosed_with_the_reason(day: Day) -> None:
    ready(day, weighed_days_ago=OLD)
    assert day.do(services.start_dose, 0, reason="Comes in a wheelchair; no scale for it here.").data["against"]


def test_another_weight_than_the_dose_was_computed_with_is_asked(day: Day) -> None:
    ready(day, weighed_days_ago=OLD)
    said = r"55 kg now, and the dose was computed with 70 kg: 35 mg is 0\.636 mg/kg, not 0\.5\."
    with pytest.raises(Refusal, match=said):
        day.do(services.start_dose, 0, weight_kg=55)


@pytest.mark.parametrize("kg", [7, 7000])
def test_what_nobody_weighs_is_refused(day: Day, kg: float) -> None:
    ready(day, weighed_days_ago=OLD)
    with pytest.raises(Refusal, match="Nothing was started"):
        day.do(services.start_dose, 0, weight_kg=kg)
    assert day.state(1).run is None


def test_a_new_one_asks_nothing(day: Day) -> None:
    ready(day, weighed_days_ago=3)
    assert "st-weight" not in page(day)
    assert day.do(services.start_dose, 0)


def test_a_dose_in_milligrams_asks_for_no_weight(clinic: Clinic) -> None:
    day = ready(open_day(clinic, MUSCLE), weighed_days_ago=OLD)
    assert "st-weight" not in page(day)
    assert day.do(services.start_dose, 0)
