"""The pages of the nasal programme."""

import re
import zlib
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.programme import queries, services
from daybreak.clinic.programme.models import PatientEnrolment, SessionForm
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.paper import as_pdf
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from tests.clinic.people import Clinic
from tests.clinic.programme.spray import certify, complete, enrol, held, send, sprayed, whole
from tests.clinic.treatment_day.day import Day


def paper_sizes(pdf: bytes) -> set[tuple[int, int]]:
    """Width and height of its pages in points."""
    packed = re.findall(rb"/ObjStm.*?stream\n(.*?)\nendstream", pdf, re.DOTALL)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([0-9]+)[0-9.]* ([0-9]+)", b"".join(map(zlib.decompress, packed)))
    return {(int(width), int(height)) for width, height in boxes}


@pytest.fixture
def day(clinic: Clinic) -> Day:
    certify(clinic)
    enrol(clinic)
    return sprayed(clinic)


def signed_in(clinic: Clinic, role: Role = Role.COORDINATOR) -> Client:
    client = Client()
    client.force_login(clinic.users[role])
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client


def page(day: Day, name: str, *arguments: object, role: Role = Role.COORDINATOR) -> str:
    response = signed_in(day.clinic, role).get(reverse(name, args=arguments))
    assert response.status_code == 200, response.content.decode()[-2000:]
    return response.content.decode()


def test_a_session_from_the_list_to_the_word_that_it_was_sent(day: Day) -> None:
    client, pk = signed_in(day.clinic), day.session.pk
    listed = client.get(reverse("programme")).content.decode()
    assert reverse("programme_form", args=[pk]) in listed
    assert "Nobody has read it yet" in listed
    shown = client.get(reverse("programme_form", args=[pk])).content.decode()
    assert "Not submitted" in shown
    assert 'value="150/78"' in shown
    said = {
        "write_id": new_id(),
        "after": 0,
        **whole(day),
        "dose": "56",
        "watcher_email": "nurse@clinic.example",
        "watcher_phone": "555 0100",
        "ready_min": "118",
    }
    assert client.post(reverse("programme_complete", args=[pk]), said).status_code == 302
    kept = SessionForm.objects.get()
    assert kept.answers["ready_min"] == "118"
    assert kept.answers["birth_date"] == day.clinic.patient.birth_date.isoformat()
    shown = client.get(reverse("programme_form", args=[pk])).content.decode()
    assert '<h2 id="sent">Not submitted</h2>' in shown
    how = {
        "write_id": new_id(),
        "newest": 1,
        "version": 1,
        "channel": "fax",
        "at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
        "by": day.nurse.user.pk,
    }
    assert client.post(reverse("programme_sent", args=[pk]), how).status_code == 302
    assert "by the word of a person" in client.get(reverse("programme_form", args=[pk])).content.decode()
    assert "Nothing waits" in client.get(reverse("programme")).content.decode()


def test_each_missing_answer_is_named_and_leads_to_its_question(day: Day) -> None:
    shown = page(day, "programme_form", day.session.pk)
    missing = re.findall(r'<li><a href="#(id_[a-z_0-9]+)">', shown)
    assert f"{len(missing)} required answers missing" in shown
    for question in missing:
        assert f'id="{question}"' in shown
    assert shown.count('<span class="is unknown">') == len(missing)


def test_a_form_that_was_sent_stands_as_answers_with_its_boxes_behind_them(day: Day) -> None:
    send(complete(day), day)
    shown = page(day, "programme_form", day.session.pk)
    answers, boxes = shown.split("Change an answer</summary>")
    assert "<dt>Sex</dt><dd>Female</dd>" in answers
    assert '<select name="sex"' not in answers
    assert '<select name="sex"' in boxes


def test_what_the_record_has_beside_another_answer_is_marked(day: Day) -> None:
    complete(day, answers={**whole(day), "pressure_40": "140/70"}, reason="Measured by hand.")
    assert "The record has 150/78" in page(day, "programme_form", day.session.pk)


def test_a_wrong_answer_is_said_at_its_question_and_nothing_is_lost(day: Day) -> None:
    said = {"write_id": new_id(), "after": 0, "pressure_40": "high", "lot": "E9"}
    response = signed_in(day.clinic).post(reverse("programme_complete", args=[day.session.pk]), said)
    assert response.status_code == 422
    assert "Write it as 128/78" in response.content.decode()
    assert 'value="E9"' in response.content.decode()
    said = response.content.decode().split('id="sent"')[0]  # first of all, with a way to the question
    assert 'href="#id_pressure_40"' in said
    assert not SessionForm.objects.exists()


def test_the_paper_has_the_forms_order_and_says_that_it_was_not_sent(day: Day) -> None:
    refused = signed_in(day.clinic).get(reverse("programme_paper", args=[day.session.pk]))
    assert refused.status_code == 422
    complete(day, answers=dict(held(day).answers))
    sheet = page(day, "programme_paper", day.session.pk)
    places = [sheet.index(f">{title}<") for title in ("Patient", "Other medicines", "Treatment session", "Events")]
    assert places == sorted(places)
    assert "Not submitted. Due" in sheet
    assert "its day of print was not seen" in sheet


def test_the_paper_says_of_each_version_why_it_was_changed(day: Day) -> None:
    first = {**whole(day), "pressure_40": "140/70"}
    complete(day, answers=first, reason="Measured by hand.")
    complete(day, 1, {**first, "lot": "E2"}, reason="Read on the device.")
    sheet = page(day, "programme_paper", day.session.pk)
    assert "Differs from the record: 150/78.</strong> Measured by hand." in sheet
    assert "Differs from the record: E1.</strong> Read on the device." in sheet
    complete(day, 2, {**whole(day), "lot": "E2"}, reason="Still so.")
    sheet = page(day, "programme_paper", day.session.pk)
    assert "Measured by hand." not in sheet
    assert "Differs from the record: E1.</strong> Read on the device." in sheet


def test_the_paper_is_in_words_and_each_page_of_it_says_whose_it_is(day: Day) -> None:
    complete(day)
    treated, born = timezone.localdate(day.zero), day.clinic.patient.birth_date
    sheet = page(day, "programme_paper", day.session.pk)
    for words in (f"<td>{treated:%m/%d/%Y}</td>", f"<td>{born:%m/%d/%Y}</td>", "<td>Female</td>", "<td>Yes</td>"):
        assert words in sheet
    (foot,) = re.findall('<article class="paper" data-person="([^"]*)"', sheet)
    assert f"Test Person, born {born.day} {born:%b %Y}, record " in foot
    assert foot.endswith(f"session 1, {treated:%m/%d/%Y}, form version 1")
    response = signed_in(day.clinic).get(reverse("programme_paper_pdf", args=[day.session.pk]))
    assert f"programme-form-{treated}-version-1.pdf" in response["Content-Disposition"]
    assert paper_sizes(response.content) == {(612, 792)}


def test_elsewhere_paper_is_a4(clinic: Clinic) -> None:
    clinic.site.jurisdiction = "EU"
    document = "<!doctype html><html lang='en'><head><title>A sheet</title></head><body><p>Words</p></body></html>"
    assert paper_sizes(as_pdf(document, clinic.site)) == {(595, 841)}


def test_a_statement_names_the_version_on_the_screen(day: Day) -> None:
    complete(day)
    client = signed_in(day.clinic)
    how = {"channel": "fax", "at": f"{timezone.localtime():%Y-%m-%dT%H:%M}", "by": day.nurse.user.pk}
    complete(day, 1, {**whole(day), "lot": "E2"}, reason="Read on the device.")
    path = reverse("programme_sent", args=[day.session.pk])
    late = client.post(path, {**how, "write_id": new_id(), "newest": 1, "version": 1})
    assert late.status_code == 422
    assert "came in between" in late.content.decode()
    client.post(path, {**how, "write_id": new_id(), "newest": 2, "version": 1})
    assert [each.submissions.count() for each in queries.versions(day.session)] == [1, 0]


def test_the_paper_of_what_was_sent_says_how(day: Day) -> None:
    send(complete(day), day)
    assert "Submitted by fax" in page(day, "programme_paper", day.session.pk)


def test_outside_the_united_states_there_is_no_such_page(day: Day) -> None:
    day.clinic.site.jurisdiction = "EU"
    day.clinic.site.save()
    client = signed_in(day.clinic)
    assert client.get(reverse("programme")).status_code == 422
    assert "exists in the US" in client.get(reverse("programme_form", args=[day.session.pk])).content.decode()
    assert "Nasal programme" not in client.get(reverse("people")).content.decode()


def test_the_session_page_leads_there(day: Day) -> None:
    shown = page(day, "session", day.session.pk, role=Role.NURSE)
    assert reverse("programme_form", args=[day.session.pk]) in shown


def test_a_persons_enrolment_and_the_sites(day: Day) -> None:
    assert "Enrolled in the nasal programme since" in page(day, "programme_person", day.clinic.course.pk)
    assert "A synthetic representative" in page(day, "programme_site")


def test_what_was_signed_with_a_form_that_was_sent_need_not_be_typed_again(clinic: Clinic) -> None:
    certify(clinic)
    signed = enrol(clinic, PatientEnrolment.State.SENT, number="N7").agreed_on
    shown = signed_in(clinic).get(reverse("programme_person", args=[clinic.course.pk])).content.decode()
    assert f'value="{signed.isoformat()}"' in shown
    assert 'value="N7"' in shown
    assert '<option value="enrolled" selected>' in shown


def test_of_two_people_at_once_the_second_looks_first(clinic: Clinic) -> None:
    certify(clinic)
    enrol(clinic)
    client, path = signed_in(clinic), reverse("programme_enrol", args=[clinic.course.pk])
    shown = client.get(reverse("programme_person", args=[clinic.course.pk])).content.decode()
    (seen,) = re.findall('name="seen" value="([0-9]+)"', shown)
    enrol(clinic, PatientEnrolment.State.ENDED, on=timezone.localdate(), reason="Wants to stop.")
    today = timezone.localdate().isoformat()
    typed = {"state": "enrolled", "on": today, "agreed_on": today, "prescriber": clinic.users[Role.PRESCRIBER].pk}
    refused = client.post(path, {**typed, "write_id": new_id(), "seen": seen})
    assert refused.status_code == 422
    assert "Enrolment ended" in refused.content.decode()
    assert "came in between" in refused.content.decode()


def test_an_older_step_is_asked_about_on_the_page_and_what_holds_is_marked(clinic: Clinic) -> None:
    certify(clinic)
    enrol(clinic)
    enrol(clinic, PatientEnrolment.State.ENDED, on=timezone.localdate(), reason="Moved away.")
    client, path = signed_in(clinic), reverse("programme_enrol", args=[clinic.course.pk])
    day = (timezone.localdate() - timedelta(days=8)).isoformat()
    typed = {"state": "enrolled", "on": day, "agreed_on": day, "prescriber": clinic.users[Role.PRESCRIBER].pk}
    asked = client.post(path, {**typed, "write_id": new_id()})
    assert asked.status_code == 422
    assert "still holds" in asked.content.decode()
    kept = client.post(path, {**typed, "write_id": new_id(), "older": "on"}, follow=True).content.decode()
    assert 'Enrolment ended</strong> <span class="badge">Holds' in kept


def test_a_form_that_is_late_is_amber_wherever_it_stands(clinic: Clinic) -> None:
    """Red is kept for what is about a person: the list, the form's page and the flag agree."""
    certify(clinic)
    day = sprayed(clinic, days_ago=9)
    services.remind(type(day.nurse)(None, "clock"))
    (flag,) = open_flags().filter(kind=services.FORM_DUE)
    assert flag.level == Flag.Level.WATCH
    client = signed_in(clinic)
    listed = client.get(reverse("programme")).content.decode()
    assert listed.count('<li class="watch"><p class="due over">') == 1
    assert '<li class="act">' not in listed
    form = client.get(reverse("programme_form", args=[day.session.pk])).content.decode()
    overdue = form.split("Overdue</span>")[0].rsplit("<span", 1)[1]
    assert 'class="badge watch"' in overdue
