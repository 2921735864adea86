"""What the page of a session shows first: in an emergency, before somebody leaves, beside an amount put right."""

import re
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.treatment_day import board, services
from daybreak.clinic.treatment_day.models import Chair
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week
from tests.clinic.treatment_day.day import NASAL, Day, open_day
from tests.clinic.treatment_day.test_pages import page, post, signed_in


def filled(shown: str) -> list[str]:
    """The ids of the filled buttons, and their words where they have none."""
    buttons = re.findall(r'<button class="button(?: big)? main"([^>]*)>(.*?)</button>', shown, re.DOTALL)
    return [found[1] if (found := re.search(r' id="([^"]+)"', more)) else words for more, words in buttons]


def part(shown: str, name: str) -> str:
    return shown.split(f'id="live-{name}"')[1].split('id="live-', maxsplit=1)[0]


class TestInAnEmergency:
    def test_the_next_device_is_not_the_filled_button_once_help_was_called(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL, hours_ago=0.1)
        day.begin()
        nurse = signed_in(clinic)
        assert any("device" in each for each in filled(part(page(nurse, day), "reach")))
        post(nurse, day, "observe", what="emergency")
        shown = part(page(nurse, day), "reach")
        assert "Device 2 of 2" in shown
        assert filled(shown) == []

    def test_nor_while_a_red_mark_is_open_and_its_answer_is(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL, hours_ago=0.1)
        day.begin()
        day.read(2, {Vital.SPO2: 80})
        shown = page(signed_in(clinic), day)
        assert filled(part(shown, "reach")) == []
        assert [each.split("-")[0] for each in filled(part(shown, "crossed"))] == ["re"]

    def test_nor_is_the_start_of_a_dose(self, day: Day) -> None:
        nurse = signed_in(day.clinic)
        assert filled(part(page(nurse, day), "checks")) == ["open-start"]
        post(nurse, day, "observe", what="emergency")
        assert filled(part(page(nurse, day), "checks")) == []


class TestLeaving:
    def states(self, shown: str) -> list[str]:
        return re.findall(r'<span class="is ([a-z-]+)"', part(shown, "open-at-leaving"))

    def test_what_is_not_met_stands_first_then_what_is_unknown_and_the_button_is_plain(self, day: Day) -> None:
        day.begin()
        day.do(services.stop, 40)
        day.read(60, {Vital.ALERTNESS: 4})
        shown = page(signed_in(day.clinic), day)
        states = self.states(shown)
        assert states == sorted(states, key=["not-met", "unknown", "met"].index)
        assert {"not-met", "unknown"} < set(states)
        assert 'class="button" id="leave-now"' in shown

    def test_the_button_is_filled_once_all_is_met(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=103 / 60)
        day.begin()
        day.do(services.stop, 40)
        day.read(100)
        for each in day.state(101).criteria:
            if each.id != "observation":
                services.check_criterion(day.session, each.id, True, day.nurse, write_id=new_id(), at=day.at(101))
        shown = page(signed_in(clinic), day)
        assert set(self.states(shown)) == {"met"}
        assert 'class="button main" id="leave-now"' in shown


class TestTheAmountReallyGiven:
    def test_stands_beside_what_was_planned_and_what_the_pump_gave_by_rate_and_time(self, day: Day) -> None:
        day.begin()
        day.do(services.stop, 20)
        shown = part(page(signed_in(day.clinic), day), "amounts")
        assert "Planned 35 mg; by rate and time the pump gave 17.5 mg." in shown
        day.do(services.correct_amount, 25, mg=17.0)
        assert "stated before 17 mg" in part(page(signed_in(day.clinic), day), "amounts")

    def test_of_nasal_devices_beside_how_many_are_recorded(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        shown = part(page(signed_in(clinic), day), "amounts")
        assert "Planned 56 mg; by 1 of 2 devices recorded 28 mg." in shown


def test_a_box_that_was_refused_is_named_with_its_sentence(day: Day) -> None:
    nurse = signed_in(day.clinic)
    refused = post(nurse, day, "readings", systolic=500, spo2="abc").json()
    assert set(refused["boxes"]) == {"spo2"}  # first what cannot be read at all
    assert "“abc” cannot be read" in refused["boxes"]["spo2"]
    assert post(nurse, day, "readings", systolic=500, spo2=97).json()["boxes"] == {
        "systolic": "500 is no value for systolic pressure. Type 10 to 300."
    }
    crossed = post(nurse, day, "readings", systolic=80, diastolic=90).json()["boxes"]
    assert crossed["systolic"].startswith("Systolic 80 is not above diastolic 90")
    assert crossed["diastolic"] == ""


def test_the_page_says_that_the_use_is_off_label_where_it_is(day: Day) -> None:
    assert "Off-label</span>" in page(signed_in(day.clinic), day)


def test_labelled_use_says_nothing_of_it(clinic: Clinic) -> None:
    assert "Off-label</span>" not in page(signed_in(clinic), open_day(clinic, NASAL))


def test_no_example_of_a_time_stands_in_a_box(day: Day) -> None:
    day.begin()
    shown = page(signed_in(day.clinic), day)
    assert 'placeholder="14' not in shown
    assert "24 hours, e.g. 14:05 or 1405" in shown


class TestTheBoard:
    def test_its_count_is_of_who_sits_in_a_chair_or_without_one_and_is_drawn_anew_with_them(self, day: Day) -> None:
        nurse = signed_in(day.clinic)
        live = nurse.get(reverse("today_live")).content.decode()
        assert "1 person in treatment." in live
        shown = nurse.get(reverse("today")).content.decode()
        assert shown.count("in treatment.") == 1
        services.leave(day.session, day.nurse, write_id=new_id(), reason="Wanted to go home.")
        assert "0 people in treatment." in nurse.get(reverse("today_live")).content.decode()

    def test_a_free_chair_says_for_whom_it_is_booked_next(self, clinic: Clinic) -> None:
        week = Week(clinic)
        made = week.book(1, week.at(0, 9))
        now = timezone.localtime()
        soon = min(now + timedelta(hours=1), now.replace(hour=23, minute=58))
        Appointment.objects.create(
            course=week.another("Later"), plan=made.plan, number=1, starts_at=soon, ends_at=soon + made.length,
            chair=week.chairs[1], nurse=made.nurse, prescriber=made.prescriber, **week.coordinator.stamp,
        )  # fmt: skip
        shown = signed_in(clinic).get(reverse("today")).content.decode()
        assert f"Free. Next: Later Person at {soon:%H:%M}." in shown
        free = [row for row in board.now(clinic.site).rows if row.booked is None]
        assert len(free) == Chair.objects.filter(site=clinic.site).count() - 1

    def test_a_mark_that_waits_leads_to_its_card(self, day: Day) -> None:
        day.begin()
        mark = day.systolic(20, 165)
        (flag,) = [each for each in day.flags() if each.subject == mark.pk]
        nurse = signed_in(day.clinic)
        assert f"#cr-{flag.pk}" in nurse.get(reverse("today")).content.decode()
        assert f'id="cr-{flag.pk}"' in page(nurse, day)
