"""The chairs of a clinic: added, renamed and retired by who runs its days; nothing of the past changes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import Site, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import board, chair_queries, services
from daybreak.clinic.treatment_day.models import Chair
from daybreak.clinic.treatment_day.services import chairs
from tests.clinic.followup.story import browser
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, make_plan


def test_a_new_clinic_is_led_to_its_first_chair_and_can_then_open_a_session(clinic: Clinic) -> None:
    make_plan(clinic)
    nurse, coordinator = browser(clinic.users[Role.NURSE]), browser(clinic.users[Role.COORDINATOR])
    sessions = reverse("sessions", args=[clinic.course.pk])
    for page in (nurse.get("/today/"), nurse.get("/calendar/"), nurse.get(sessions)):
        assert "The coordinator or the medical director adds them" in page.content.decode()
    assert reverse("clinic") in coordinator.get("/today/").content.decode()

    coordinator.post(reverse("chair_add"), {"write_id": new_id(), "called": "Chair  window "})
    (chair,) = chair_queries.free_chairs(clinic.site)
    assert str(chair) == "Chair window"
    opened = nurse.post(reverse("session_open", args=[clinic.course.pk]),
                        {"write_id": new_id(), "number": 1, "chair": chair.pk})  # fmt: skip
    assert opened.status_code == 302


def test_a_name_is_there_once_however_it_is_typed(clinic: Clinic) -> None:
    who = clinic.actor(Role.COORDINATOR)
    window = chairs.add_chair(clinic.site, "Window", who)
    with pytest.raises(Refusal, match="Chair Window is here already"):
        chairs.add_chair(clinic.site, "chair window", who)
    second = chairs.add_chair(clinic.site, "2", who)
    with pytest.raises(Refusal, match="Chair Window is here already"):
        chairs.rename_chair(second, "window", who)
    chairs.retire_chair(window, who)
    with pytest.raises(Refusal, match="It is retired: use it again instead"):
        chairs.add_chair(clinic.site, "window", who)
    with pytest.raises(Refusal, match="is no name of a chair"):
        chairs.add_chair(clinic.site, "Chair ", who)


def test_a_retired_chair_takes_nobody_new_and_keeps_who_was_in_it(day: Day) -> None:
    who, chair = day.clinic.actor(Role.DIRECTOR), day.session.chair
    with pytest.raises(Refusal, match=r"sits in chair .* Retire it once they have left"):
        chairs.retire_chair(chair, who)
    day.begin()
    day.do(services.leave, 50, reason="Wants to go home now, and the sister takes care of it.", goes_with="sister")
    chairs.retire_chair(chair, who)
    assert chair not in chair_queries.free_chairs(day.clinic.site)
    assert [row.chair for row in board.now(day.clinic.site, day.session.opened_at).rows] == [chair], (
        "that day it still says who"
    )
    assert board.now(day.clinic.site, timezone.now() + timedelta(days=2)).rows == ()
    with pytest.raises(Refusal, match="is retired"):
        services.open_session(day.session.course, 2, chair, day.nurse, write_id=new_id())
    chairs.use_chair_again(chair, who)
    assert chair in chair_queries.free_chairs(day.clinic.site)


def test_what_is_dialled_is_written_on_the_page_and_stands_on_the_lock_and_the_card(clinic: Clinic) -> None:
    director = browser(clinic.users[Role.DIRECTOR])
    said = {"write_id": new_id(), "phone": "555 0100", "emergency_phone": "nobody"}
    refused = director.post(reverse("clinic_numbers"), said)
    assert (refused.status_code, "has no digit" in refused.content.decode()) == (422, True)
    director.post(reverse("clinic_numbers"), said | {"write_id": new_id(), "emergency_phone": "555 0199"})
    site = Site.objects.get(pk=clinic.site.pk)
    assert (site.phone, site.emergency_phone) == ("555 0100", "555 0199")
    assert "555 0199" in director.get(reverse("emergency_card")).content.decode()


def test_only_the_clinics_own_chairs_are_changed(clinic: Clinic) -> None:
    other = Chair.objects.create(site=Site.objects.create(name="Elsewhere"), name="1")
    said = {"write_id": new_id(), "in_use": "no"}
    assert browser(clinic.users[Role.DIRECTOR]).post(reverse("chair_use", args=[other.pk]), said).status_code == 404
