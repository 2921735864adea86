"""The pages: what they answer, how often they ask the database, what they do with an entry."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import answer_flag, raise_flag
from daybreak.clinic.treatment_day import board, planned_today, queries, services
from daybreak.clinic.treatment_day.models import Chair, Reading
from daybreak.clinic.treatment_day.session_page import token
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.treatment_day.day import BEFORE, NASAL, TEN_WORDS, Day, make_plan, open_day


def signed_in(clinic: Clinic, role: Role = Role.NURSE) -> Client:
    client = Client()
    client.force_login(clinic.users[role])
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client


def post(client: Client, day: Day, name: str, /, **data: Any):
    """What the script sends."""
    data = {"write_id": new_id(), **data}
    url = reverse(f"session_{name}", args=[day.session.pk])
    return client.post(url, data, headers={"Accept": "application/json"})


def page(client: Client, day: Day) -> str:
    response = client.get(reverse("session", args=[day.session.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_a_typed_set_is_saved_and_shown(day: Day) -> None:
    client, write_id = signed_in(day.clinic), new_id()
    response = post(client, day, "readings", write_id=write_id, systolic=" 131 ", diastolic="80", spo2="97,5")
    assert response.json() == {"saved": str(write_id)}
    assert dict(Reading.objects.values_list("vital", "value")) == {"systolic": 131, "diastolic": 80, "spo2": 97.5}
    assert "131" in page(client, day)


def test_a_value_above_a_limit_says_when_it_was_measured_if_others_are_newer(day: Day) -> None:
    day.begin()
    day.read(10, {Vital.SYSTOLIC: 186, Vital.DIASTOLIC: 104})
    day.read(13, {Vital.SPO2: 97})
    client = signed_in(day.clinic)
    (now,) = re.findall(r"<th scope=\"row\"><span data-no-values-wait>Now<.*?</tr>", page(client, day), re.DOTALL)
    assert f"{timezone.localtime(day.at(13)):%H:%M}" in now
    (pressure,) = re.findall(r"<td>[^<]*<span class=\"over act\">186.*?</td>", now, re.DOTALL)
    assert f"{timezone.localtime(day.at(10)):%H:%M}" in pressure


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"systolic": "abc"}, "“abc” cannot be read as one number"),
        ({"systolic": "5.925"}, "with three figures after the point it could be 5925 as well"),
        ({"systolic": "nan"}, "“nan” cannot be read as one number"),
        ({"systolic": "1e400"}, "cannot be read as one number"),
        ({"systolic": "999"}, "999 is no value for systolic pressure. Type 10 to 300."),
        ({"systolic": "80", "diastolic": "90"}, "Systolic 80 is not above diastolic 90"),
        ({}, "Type at least one value"),
        ({"spo2": "97", "write_id": "x"}, "came without its id"),
        ({"spo2": "97", "at": "yesterday"}, "Enter a valid date/time"),
        ({"spo2": "97", "at": "2096-01-01T10:00:00Z"}, "still to come"),
    ],
)
def test_rubbish_is_refused_with_a_sentence(day: Day, typed: dict[str, str], sentence: str) -> None:
    response = post(signed_in(day.clinic), day, "readings", **typed)
    assert response.status_code == 422
    assert sentence in response.json()["refused"]
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    "typed", [{"spo2": "35"}, {"systolic": "35", "diastolic": "15"}, {"heart_rate": "7"}, {"respiratory_rate": "1"}]
)
def test_what_a_dying_person_shows_is_asked_about_once_and_saved(day: Day, typed: dict[str, str]) -> None:
    client = signed_in(day.clinic)
    asked = post(client, day, "readings", **typed)
    assert asked.status_code == 422
    assert "Look at the person now. If it is so, save it once more" in asked.json()["refused"]
    assert not Reading.objects.exists()
    assert post(client, day, "readings", **typed).status_code == 200
    assert {f"{row.value:g}" for row in Reading.objects.all()} == set(typed.values())


def test_another_value_beyond_the_usual_is_another_question(day: Day) -> None:
    client = signed_in(day.clinic)
    post(client, day, "readings", spo2="35")
    assert post(client, day, "readings", spo2="31").status_code == 422


def test_an_entry_sent_twice_is_saved_once_and_other_content_is_a_conflict(day: Day) -> None:
    client, write_id = signed_in(day.clinic), new_id()
    at = day.at(1).isoformat()
    for _ in range(2):
        assert post(client, day, "readings", write_id=write_id, at=at, spo2=97).status_code == 200
    assert post(client, day, "readings", write_id=write_id, at=at, spo2=96).status_code == 409
    assert Reading.objects.count() == 1


def test_an_entry_keeps_the_time_it_was_measured(day: Day) -> None:
    post(signed_in(day.clinic), day, "readings", at=day.at(7).isoformat(), spo2=97)
    assert Reading.objects.get().measured_at == day.at(7)


def test_what_somebody_else_typed_is_not_saved_under_this_sign_in(day: Day) -> None:
    client = signed_in(day.clinic)
    url = reverse("session_readings", args=[day.session.pk])
    headers = {"Accept": "application/json", "X-Typed-By": str(day.prescriber.user.pk)}
    response = client.post(url, {"write_id": new_id(), "spo2": 97}, headers=headers)
    assert response.status_code == 401
    assert not Reading.objects.exists()


def test_a_script_that_is_signed_out_is_told_so(day: Day) -> None:
    assert post(Client(), day, "readings", spo2=97).status_code == 401


def test_without_a_script_a_form_leads_back_to_the_page(day: Day) -> None:
    url = reverse("session_readings", args=[day.session.pk])
    response = signed_in(day.clinic).post(url, {"write_id": new_id(), "spo2": 97})
    assert response.status_code == 302
    assert response["Location"] == reverse("session", args=[day.session.pk])


def test_every_typed_value_can_be_corrected_the_newest_time_first(day: Day) -> None:
    for minute in (-5, 0, 10, 20, 30, 40):
        day.read(minute)
    shown = page(signed_in(day.clinic), day)
    choices = shown[shown.index('id="correct-reading"') :].split("</select>")[0]
    times = [f"{timezone.localtime(day.at(minute)):%H:%M}" for minute in (40, 30, 20, 10, 0, -5)]
    assert re.findall('<optgroup label="([^"]*)">', choices) == times
    assert choices.count("<option") == 1 + day.session.readings.count()
    assert "128<" in choices.split("<optgroup")[-1]


def test_a_whole_infusion_through_the_pages(day: Day) -> None:
    client = signed_in(day.clinic)
    assert "Not asked: Is this the person on the plan" in post(client, day, "start").json()["refused"]
    post(client, day, "readings", systolic=128, diastolic=78, heart_rate=72, spo2=98)
    for row in day.state().checks:
        if not row.is_measured:
            assert post(client, day, "check", about=row.id, answer="yes" if row.clears else "no").status_code == 200
    assert post(client, day, "start", concentration_mg_per_ml="1,0", pump_ml_per_h="52,5", lot="KT").status_code == 200
    assert "52.5 mL/h" in page(client, day)
    post(client, day, "readings", systolic=185, diastolic=98)
    flag = day.flags()[0]
    assert "Systolic 185, above red 180" in page(client, day)
    assert post(client, day, "mark", flag=flag.pk, answer="paused").status_code == 200
    assert "The dose stays paused" in post(client, day, "resume").json()["refused"]
    assert post(client, day, "resume", reason=TEN_WORDS).status_code == 200
    assert post(client, day, "observe", what="nausea").status_code == 200
    assert post(client, day, "criterion", about="walks", answer="no").status_code == 200
    assert post(client, day, "stop").status_code == 200
    why = "The pump shows it: it ran by hand while the line was made ready before."
    assert "By its rate the pump had given" in post(client, day, "amount", mg="12,5", words=why).json()["refused"]
    assert post(client, day, "amount", mg="12,5", words=why).status_code == 200
    assert post(client, day, "leave").status_code == 422
    assert post(client, day, "leave", reason="will not stay").status_code == 200
    assert post(client, day, "note", words="As recorded.").status_code == 200
    assert post(client, day, "amend", words="Called in the evening.").status_code == 200
    shown = page(client, day)
    assert "12.5 mg" in shown
    assert "As recorded." in shown
    assert "Called in the evening." in shown


def test_a_refused_start_lists_what_stands_against_it_and_what_resolves_each(day: Day) -> None:
    client = signed_in(day.clinic)
    refused = post(client, day, "start").json()
    assert refused["lead"] == "This person may not be dosed yet."
    standing = [{"why": each.why, "resolves": each.resolves} for each in day.state().standing]
    assert refused["points"] == standing
    sent = client.post(reverse("session_start", args=[day.session.pk]), {"write_id": new_id()})
    assert sent.content.decode().count("<li><strong>Not ") == len(standing)


def test_a_nasal_session_through_the_pages(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    client = signed_in(clinic)
    day.begin()
    assert "Device 2 of 2" in page(client, day)
    assert post(client, day, "device", lot="K1").status_code == 200
    assert day.state().given_mg == 56


def test_before_the_dose_the_gate_is_shown_and_after_it_the_limits(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL, hours_ago=0.05)
    client = signed_in(clinic)
    day.read(-2, {**BEFORE, Vital.SYSTOLIC: 150})
    shown = page(client, day)
    grid = shown.split('id="live-readings"')[1].split("</table>")[0]
    assert '<th scope="row">Gate</th>' in grid
    assert "<td>to 140/90</td>" in grid
    assert "<td>from 93</td>" in grid
    assert "<td>no gate</td>" in grid
    assert "gate 140" in grid
    assert "Gate 140" in shown.split('id="live-chart"')[1]
    assert "gate 140" in client.get(reverse("today")).content.decode()
    day.read(-1)
    day.clear_checks(-1)
    day.do(services.start_dose, 0)
    grid = page(client, day).split('id="live-readings"')[1].split("</table>")[0]
    within = re.findall(r"<td>(.*?)</td>", grid.split('<th scope="row">Within</th>')[1])
    # 160, 100 and MOAA/S 3 are amber themselves; a systolic of 100 and a saturation of 94 are not.
    assert within[:6] == ["100–159/to 99", "50–120", "from 94", "12–24", "from 4", "no limit"]


def test_of_two_open_marks_the_graver_stands_first(day: Day) -> None:
    day.begin()
    day.systolic(20, 165)
    day.read(21, {Vital.ALERTNESS: 2})
    day.read(22, {Vital.SPO2: 84})
    marks = re.findall(r"<span>(.*?)</span></h2>", page(signed_in(day.clinic), day).split('id="live-crossed"')[1])
    assert [mark.split(",")[0] for mark in marks] == ["SpO₂ 84", "Systolic 165", "Alertness (MOAA/S) 2"]
    assert marks[2] == "Alertness (MOAA/S) 2, amber 3 or less"


def test_a_graver_mark_stays_with_its_value_in_the_row_of_now_until_it_is_answered(day: Day) -> None:
    day.begin()
    client = signed_in(day.clinic)
    day.systolic(20, 186)
    day.systolic(21, 165)

    def now() -> str:
        return page(client, day).split('id="live-readings"')[1].split("</tr>")[1]

    assert ">165</span>" in now()
    assert f"186 at {timezone.localtime(day.at(20)):%H:%M}, no answer" in now()
    red = next(flag for flag in day.flags() if flag.level == "act")
    services.answer_mark(red, services.MarkAnswer.TOLD, day.nurse, write_id=new_id())
    assert "no answer" not in now()


def test_the_blank_sheet_prints_the_gate(clinic: Clinic) -> None:
    client = signed_in(clinic)
    for kind, gate in (("ketamine-iv", "gate to 160/100"), ("esketamine-nasal", "gate to 140/90")):
        assert gate in client.get(reverse("blank_sheet"), {"for": kind}).content.decode()


def test_a_check_left_out_stands_as_missed(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    for minute in (20, 60):
        day.read(minute)
    shown = page(signed_in(clinic), day)
    assert "Check at 40 min missed" in shown
    assert "Pressure peaks about 40 minutes after the dose" in shown
    assert "Missed: 40 min" in shown


def test_the_emergency_card_holds_its_notes_and_the_stop(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    clinic.site.emergency_phone = "911"
    clinic.site.save()
    card = page(signed_in(clinic), day).split('id="card"')[1].split("</dialog>")[0]
    assert "Not in asthma or with a slow heart." in card
    assert "Last resort" in card
    assert reverse("session_stop", args=[day.session.pk]) in card
    assert card.count(">911</a>") == 1


def test_no_clock_of_the_session_page_is_left_to_the_tablets_language(day: Day) -> None:
    assert 'type="time"' not in page(signed_in(day.clinic), day)


def polls(client: Client, url: str, version: Callable[[], str]) -> set[int]:
    """What two polls are answered: the minute, which is part of the version, turns during one of them at most."""
    return {client.get(url, {"version": version()}).status_code for _ in range(2)}


def test_an_open_page_is_told_nothing_while_nothing_changed(day: Day, django_assert_max_num_queries) -> None:
    client = signed_in(day.clinic)
    url = reverse("session_live", args=[day.session.pk])
    with django_assert_max_num_queries(10):
        assert 304 in polls(client, url, lambda: token(queries.version(day.session.pk), timezone.localtime()))
    current = token(queries.version(day.session.pk), timezone.localtime())
    now = day.state().now
    assert token(3, now) != token(4, now)
    day.read(0)
    changed = client.get(url, {"version": current})
    assert changed.status_code == 200
    assert "128" in changed.content.decode()


def test_an_entry_asks_who_and_for_whom_and_stores_in_one_transaction(day: Day, django_assert_num_queries) -> None:
    client = signed_in(day.clinic)
    # The browser's session, the user, the session with its person; receipt, counter, readings, flags, and the
    # savepoint that stands for the transaction within a test, with its release.
    with django_assert_num_queries(9):
        assert post(client, day, "readings", systolic="131", diastolic="80", spo2="97").status_code == 200


def test_nothing_is_stored_for_somebody_of_another_site(day: Day) -> None:
    elsewhere = signed_in(make_clinic("Another clinic"))
    assert post(elsewhere, day, "readings", spo2="97").status_code == 403
    assert not Reading.objects.exists()


def test_a_session_page_costs_the_same_however_much_was_recorded(day: Day, django_assert_max_num_queries) -> None:
    client = signed_in(day.clinic)
    page(client, day)
    day.begin()
    for minute in range(1, 20):
        day.systolic(minute, 120 + 5 * minute)
    with django_assert_max_num_queries(24):
        page(client, day)


def seat(clinic: Clinic, name: str) -> None:
    from datetime import date

    from daybreak.clinic.record import services as record_services
    from daybreak.clinic.record.models import Patient

    patient = Patient.objects.create(
        site=clinic.site, given_name=name, family_name="Person", birth_date=date(1980, 1, 1), synthetic=True
    )
    course = record_services.open_course(patient, "ptsd", clinic.actor(Role.PRESCRIBER))
    make_plan(clinic, course=course)
    chair = Chair.objects.create(site=clinic.site, name=name)
    session = services.open_session(course, 1, chair, clinic.actor(Role.NURSE), write_id=new_id())
    services.record_readings(
        session,
        [
            services.Entry(Vital.SYSTOLIC, 131, session.opened_at),
            services.Entry(Vital.DIASTOLIC, 81, session.opened_at),
        ],
        clinic.actor(Role.NURSE),
        write_id=new_id(),
    )


def test_the_board_shows_every_chair_in_a_bounded_number_of_queries(day: Day, django_assert_max_num_queries) -> None:
    day.begin()
    day.systolic(20, 165)
    for number in range(6):
        seat(day.clinic, f"Other {number}")
    client = signed_in(day.clinic)
    with django_assert_max_num_queries(22):  # four of them: what the record answers of the checks before a dose
        shown = client.get(reverse("today")).content.decode()
    assert "131/81" in shown
    assert "above amber 160" in shown
    assert "before 128/78" not in shown
    assert 304 in polls(client, reverse("today_live"), lambda: board.seen(day.clinic.site).token)


def test_of_a_monitors_stream_the_board_shows_the_newest_true_values(day: Day) -> None:
    def shown() -> tuple[str, str, str]:
        (row,) = board.now(day.clinic.site).rows
        return row.pressure, row.before, row.oxygen

    monitor = services.add_monitor("M3", day.clinic.site, day.nurse)
    services.tie_monitor(monitor, day.session, day.nurse, at=day.at(-10))
    day.begin()
    day.read(-2, {Vital.SYSTOLIC: 131, Vital.DIASTOLIC: 79}, monitor=monitor)
    assert shown() == ("131/79", "131/79", "98")
    for minute in range(1, 5):
        values = {Vital.SYSTOLIC: 120 + minute, Vital.DIASTOLIC: 80, Vital.SPO2: 94 + minute}
        day.read(minute, values, monitor=monitor)
    assert shown() == ("124/80", "131/79", "98")
    newest = Reading.objects.get(vital=Vital.SPO2, measured_at=day.at(4))
    services.correct_reading(newest, None, "The clip had slipped.", day.nurse, write_id=new_id())
    assert shown() == ("124/80", "131/79", "97")


def test_what_calls_to_act_stands_first_and_an_answer_about_self_harm_never_falls_off(day: Day) -> None:
    """However many marks of people who have left are due before it; theirs open too."""
    from daybreak.clinic.followup.flags import SUICIDE

    def flag(minute: int, title: str, level: Flag.Level, kind: str = "limit_crossed") -> None:
        raise_flag(
            patient=day.clinic.patient, course=day.clinic.course, kind=kind, level=level, title=title,
            owner=day.nurse.user, due_at=day.at(minute), actor=day.nurse,
        )  # fmt: skip

    day.begin()
    day.do(services.stop, 30)
    day.do(services.leave, 40, reason="Wanted to go.")
    for minute in range(12):
        flag(minute, f"Amber {minute}", Flag.Level.WATCH)
    flag(100, "Item 9 not answered", Flag.Level.WATCH, SUICIDE)
    for minute in range(90, 80, -1):
        flag(minute, f"Red {minute}", Flag.Level.ACT)
    flag(99, "Item 9 is 3", Flag.Level.ACT, SUICIDE)
    shown = board.now(day.clinic.site)
    titles = [each.flag.title for each in shown.flags]
    assert titles == [*(f"Red {minute}" for minute in range(81, 89)), "Item 9 is 3", "Item 9 not answered"]
    page = signed_in(day.clinic).get(reverse("today")).content.decode()
    assert f"and {shown.flag_count - 10} more</a>" in page
    # Today's session is where one answers; one that was opened yesterday is opened from its list.
    assert page.count(">Open<span") + page.count(">Answer<span") == len(titles)


def test_an_open_board_looks_again_when_one_flag_takes_the_place_of_another(day: Day) -> None:
    now, who = day.at(5), day.clinic.actor(Role.PRESCRIBER)

    def raised() -> Flag:
        return raise_flag(
            patient=day.clinic.patient, kind="test", level=Flag.Level.ACT, title="Call", owner=who.user, due_at=now,
            actor=who,
        )  # fmt: skip

    flag = raised()
    seen = [board.seen(day.clinic.site, now).token]
    answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "On the phone.", who)
    seen.append(board.seen(day.clinic.site, now).token)
    answer_flag(flag, FlagEvent.Kind.CLOSED, "Spoke.", who)
    answer_flag(raised(), FlagEvent.Kind.ACKNOWLEDGED, "Again.", who)
    seen.append(board.seen(day.clinic.site, now).token)
    assert len(set(seen)) == 3


def test_the_board_of_another_site_is_empty(day: Day) -> None:
    from tests.clinic.people import make_clinic

    shown = signed_in(make_clinic("Elsewhere")).get(reverse("today")).content.decode()
    assert "Test Person" not in shown


def test_who_is_planned_for_today_is_expected_until_the_session_is_opened(clinic: Clinic) -> None:
    make_plan(clinic)
    assert [(each.name, each.number) for each in planned_today.expected(clinic.site)] == [(str(clinic.patient), 1)]
    services.open_session(clinic.course, 1, None, clinic.actor(Role.NURSE), write_id=new_id())
    assert planned_today.expected(clinic.site) == []


def test_nobody_is_expected_by_a_plan_that_is_over_or_was_replaced(clinic: Clinic) -> None:
    """A newer plan that has ended replaces an older one that would still go on."""
    make_plan(clinic)
    today = timezone.localdate()
    newer = Plan.objects.create(
        course=clinic.course, version=2, regimen_text="ketamine 35 mg iv over 40 min once", first_day=today,
        last_day=today, jurisdiction="US", labelled=False, **clinic.actor(Role.PRESCRIBER).stamp,
    )  # fmt: skip
    assert len(planned_today.expected(clinic.site, today + timedelta(days=7))) == 1, "a draft replaces nothing"
    PlanSignature.objects.create(plan=newer, statement="Signed.", **clinic.actor(Role.PRESCRIBER).stamp)
    assert len(planned_today.expected(clinic.site, today)) == 1
    assert planned_today.expected(clinic.site, today + timedelta(days=7)) == []


def test_a_session_is_opened_from_the_courses_page(clinic: Clinic) -> None:
    make_plan(clinic)
    chair = Chair.objects.create(site=clinic.site, name="3")
    client = signed_in(clinic)
    assert "Open session 1" in client.get(reverse("sessions", args=[clinic.course.pk])).content.decode()
    url = reverse("session_open", args=[clinic.course.pk])
    assert client.post(url, {"write_id": new_id(), "number": 1}).status_code == 422
    response = client.post(url, {"write_id": new_id(), "number": 1, "chair": chair.pk})
    assert response.status_code == 302
    assert clinic.course.sessions.count() == 1


def test_a_therapist_reads_and_does_not_run(day: Day) -> None:
    day.clinic.course.therapist = day.clinic.users[Role.THERAPIST]
    day.clinic.course.save()
    client = signed_in(day.clinic, Role.THERAPIST)
    assert "Stop dose" not in page(client, day)
    assert post(client, day, "stop").status_code == 403


def test_the_blank_sheet_prints_without_a_browser_script(clinic: Clinic) -> None:
    client = signed_in(clinic)
    for kind in ("ketamine-iv", "ketamine-im", "ketamine-oral", "esketamine-nasal"):
        assert "session sheet" in client.get(reverse("blank_sheet"), {"for": kind}).content.decode()
    assert client.get(reverse("blank_sheet"), {"for": "nonsense"}).status_code == 422


def test_without_the_pdf_library_a_sentence_and_no_crash(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes.util
    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    import cffi

    def missing(self: object, *names: object) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(cffi.FFI, "dlopen", missing)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    response = signed_in(clinic).get(reverse("blank_sheet_pdf"))
    assert response.status_code == 422
    assert "Print the page from the browser instead" in response.content.decode()


def test_a_large_rise_is_told_in_the_row_of_before_and_raises_nothing(day: Day) -> None:
    """TH3: 40 systolic or 25 diastolic since before the dose. It is seen in many and is no limit."""
    day.begin()
    day.read(20, {**BEFORE, Vital.SYSTOLIC: 158, Vital.DIASTOLIC: 98})
    assert not day.flags()
    told = page(signed_in(day.clinic), day)
    assert "up 30" not in told
    day.read(30, {**BEFORE, Vital.SYSTOLIC: 159, Vital.DIASTOLIC: 99})
    day.read(40, {**BEFORE, Vital.SYSTOLIC: 148, Vital.DIASTOLIC: 78})
    assert "up 2" not in page(signed_in(day.clinic), day)
    day.read(50, {**BEFORE, Vital.SYSTOLIC: 158, Vital.DIASTOLIC: 103})
    assert "up 25" in page(signed_in(day.clinic), day)


def offered(client: Client, day: Day) -> set[str]:
    """Which of the buttons that are always in reach the page shows."""
    shown = re.sub(r"(?s)<form[^>]* hidden>.*?</form>", "", page(client, day))
    return {name for name in ("pause", "resume", "stop", "device") if f'id="do-{name}"' in shown}


def test_only_what_makes_sense_is_in_reach_and_a_stop_until_the_end(clinic: Clinic) -> None:
    now = timezone.now()
    day = open_day(clinic, hours_ago=0.5)
    client = signed_in(clinic)
    assert offered(client, day) == {"stop"}
    day.begin()
    assert offered(client, day) == {"pause", "stop"}
    assert "The dose is not over" in page(client, day)  # in the question of leaving
    day.do(services.pause, 10)
    assert offered(client, day) == {"resume", "stop"}
    day.do(services.resume, 12)
    day.do(services.stop, 20)
    assert offered(client, day) == set()
    assert "Dose ended" in page(client, day)
    assert "The dose is not over" not in page(client, day)
    assert "Emergency card" in page(client, day)
    assert 'popovertarget="leave"' in page(client, day)
    day.do(services.leave, 25, reason="Goes home early, the prescriber knows and agrees.")
    assert offered(client, day) == set()
    assert day.zero < now


def test_an_infusion_over_by_the_clock_waits_for_its_end_and_is_not_paused(day: Day) -> None:
    day.begin()
    client = signed_in(day.clinic)
    assert offered(client, day) == {"stop"}
    assert (
        'id="do-stop" popovertarget="stop"><svg class="i" aria-hidden="true"><use href="#i-stop"/></svg>Dose ended'
        in (page(client, day))
    )


def test_with_every_device_given_nothing_is_left_to_stop(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    client = signed_in(clinic)
    assert "stop" in offered(client, day)
    day.do(services.give_device, 6)
    assert offered(client, day) == set()


def test_a_mistaken_start_can_be_taken_back_from_the_page(day: Day) -> None:
    day.begin()
    client = signed_in(day.clinic)
    assert "Started by mistake" in page(client, day)
    assert post(client, day, "mistake", words="Wrong chair.").status_code == 200
    shown = page(client, day)
    assert "Before the dose" in shown
    assert "nothing of 35 mg was given" in shown
