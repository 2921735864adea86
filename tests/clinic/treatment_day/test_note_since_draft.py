"""A note edited by hand does not grow with the record: what came since it was drafted is told before it is signed."""

from html import unescape

import pytest
from django.urls import reverse

from daybreak.clinic.record.models import new_id
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.treatment_day.day import Day
from tests.clinic.treatment_day.test_pages import page, post, signed_in


@pytest.fixture
def dosed(day: Day) -> Day:
    """An infusion that has ended."""
    day.begin()
    day.do(services.stop, 41)
    return day


def drafted(day: Day) -> str:
    """What the form brings along."""
    return unescape(page(signed_in(day.clinic), day).split('name="drafted" value="')[1].split('"')[0])


def is_signed(day: Day) -> bool:
    return day.session.events.filter(kind=SessionEvent.Kind.NOTE_SIGNED).exists()


def test_a_value_a_mark_and_a_correction_since_are_told_and_nothing_is_signed(dosed: Day) -> None:
    began, client = drafted(dosed), signed_in(dosed.clinic)
    reading = dosed.systolic(45, 188)
    said = post(client, dosed, "note", words="Went well.", drafted=began).json()["refused"]
    assert "Systolic 188, above red 180" in said
    assert "Nothing was signed." in said
    services.correct_reading(reading, 138, "Typed wrongly.", dosed.nurse, write_id=new_id())
    assert "138 [was 188]" in post(client, dosed, "note", words="Went well.", drafted=began).json()["refused"]
    assert not is_signed(dosed)


def test_another_amount_since_is_told(dosed: Day) -> None:
    began = drafted(dosed)
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    said = post(signed_in(dosed.clinic), dosed, "note", words="35 mg.", drafted=began).json()["refused"]
    assert "Given: ketamine iv 30 mg" in said


def test_lines_of_the_draft_that_the_record_no_longer_says_hold_the_signature(dosed: Day) -> None:
    """The new line added below the old one would leave two amounts in one note."""
    began, client = drafted(dosed), signed_in(dosed.clinic)
    old = services.draft_note(dosed.session)
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    both = f"{old}\n{services.draft_note(dosed.session)}"
    said = post(client, dosed, "note", words=both, drafted=began).json()["refused"]
    assert "no longer says: Session 1" in said
    assert "Given: ketamine iv 35 mg" in said
    read = f"{began}\n{drafted(dosed)}"
    assert post(client, dosed, "note", words=both, drafted=read).status_code == 422
    assert not is_signed(dosed)
    assert post(client, dosed, "note", words=services.draft_note(dosed.session), drafted=read).status_code == 200


def test_an_old_line_stays_with_why_and_that_is_read_beside_the_note(dosed: Day) -> None:
    began, client = drafted(dosed), signed_in(dosed.clinic)
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    sent = {"words": began, "drafted": f"{began}\n{drafted(dosed)}", "amounts_are_right": "yes"}
    assert post(client, dosed, "note", **sent).status_code == 422
    assert post(client, dosed, "note", **sent, although="What was written down at the bedside.").status_code == 200
    assert "What was written down at the bedside." in page(client, dosed)


def test_without_a_script_the_box_for_why_is_there(dosed: Day) -> None:
    began, client = drafted(dosed), signed_in(dosed.clinic)
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    sent = {"write_id": new_id(), "words": began, "drafted": began}
    answer = client.post(reverse("session_note", args=[dosed.session.pk]), sent)
    assert (answer.status_code, is_signed(dosed)) == (422, False)
    assert 'name="although"' in answer.content.decode()


def test_what_was_added_or_left_out_on_purpose_is_signed(dosed: Day) -> None:
    began, client = drafted(dosed), signed_in(dosed.clinic)
    services.observe(dosed.session, "nausea", dosed.nurse, write_id=new_id(), at=dosed.at(50))
    assert post(client, dosed, "note", words="Went well.", drafted=began).status_code == 422
    assert post(client, dosed, "note", words="Went well.", drafted=drafted(dosed)).status_code == 200
    assert is_signed(dosed)


def test_a_text_that_holds_it_is_signed(dosed: Day) -> None:
    began, client = drafted(dosed), signed_in(dosed.clinic)
    services.observe(dosed.session, "nausea", dosed.nurse, write_id=new_id(), at=dosed.at(50))
    words = services.draft_note(dosed.session).replace("\n", "\r\n")
    assert post(client, dosed, "note", words=words, drafted=began).status_code == 200


def test_without_a_script_the_words_come_back_with_what_came_at_their_end(dosed: Day) -> None:
    began, client = drafted(dosed), signed_in(dosed.clinic)
    services.observe(dosed.session, "nausea", dosed.nurse, write_id=new_id(), at=dosed.at(50))
    address = reverse("session_note", args=[dosed.session.pk])
    answer = client.post(address, {"write_id": new_id(), "words": "Went well.", "drafted": began})
    assert answer.status_code == 422
    shown = answer.content.decode()
    words = shown.split('id="note-words"')[1].split(">", 1)[1].split("</textarea>")[0]
    assert words.startswith("Went well.\n")
    assert "Nausea" in words
    assert drafted(dosed).splitlines()[-1] in answer.context["drafted"]


def test_an_amount_no_draft_holds_is_asked_about_before_it_is_signed(dosed: Day) -> None:
    """As in a letter: a slipped point in a text looks like any other figure."""
    began, client = drafted(dosed), signed_in(dosed.clinic)
    sent = {"words": "Given 350 mg over 40 minutes; 35 mg were planned.", "drafted": began}
    said = post(client, dosed, "note", **sent).json()
    assert "in no draft from the record: 350 mg." in said["refused"]
    assert [point["why"] for point in said["points"]] == ["350 mg"], "by which the page knows to show the box"
    assert not is_signed(dosed)
    assert post(client, dosed, "note", **sent, amounts_are_right="yes").status_code == 200
    assert is_signed(dosed)


def test_an_amount_in_an_amendment_is_asked_about_as_in_the_note(dosed: Day) -> None:
    """What the record says by now, and what was signed, may be named; a slipped point is held against both."""
    client = signed_in(dosed.clinic)
    post(client, dosed, "note", words="Given 35 mg.", drafted=drafted(dosed))
    dosed.do(services.correct_amount, 60, mg=30, reason="Pump read again.")
    sent = {"words": "300 mg were given, not 35 mg: the pump was read again."}
    said = post(client, dosed, "amend", **sent).json()
    assert "in no draft from the record: 300 mg." in said["refused"]
    assert [point["why"] for point in said["points"]] == ["300 mg"]
    amended = dosed.session.events.filter(kind=SessionEvent.Kind.NOTE_AMENDED)
    assert not amended.exists()
    assert post(client, dosed, "amend", words="30 mg were given, not 35 mg.").status_code == 200
    assert post(client, dosed, "amend", **sent, amounts_are_right="yes").status_code == 200
    assert amended.count() == 2


def test_without_a_script_an_amendment_comes_back_with_the_box_for_amounts(dosed: Day) -> None:
    client, address = signed_in(dosed.clinic), reverse("session_amend", args=[dosed.session.pk])
    post(client, dosed, "note", words="Went well.", drafted=drafted(dosed))
    sent = {"write_id": new_id(), "words": "Given 350 mg."}
    answer = client.post(address, sent)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "<li>350 mg</li>" in shown
    assert f'action="{address}"' in shown
    assert "The amounts typed by hand are right" in shown
    assert client.post(address, sent | {"write_id": new_id(), "amounts_are_right": "yes"}).status_code == 302


def test_without_a_script_the_box_for_amounts_is_there(dosed: Day) -> None:
    client, address = signed_in(dosed.clinic), reverse("session_note", args=[dosed.session.pk])
    sent = {"write_id": new_id(), "words": "Given 350 mg.", "drafted": drafted(dosed)}
    answer = client.post(address, sent)
    assert (answer.status_code, is_signed(dosed)) == (422, False)
    shown = answer.content.decode()
    assert "<li>350 mg</li>" in shown
    assert "The amounts typed by hand are right" in shown
    assert client.post(address, sent | {"write_id": new_id(), "amounts_are_right": "yes"}).status_code == 302
    assert is_signed(dosed)


def test_a_note_sent_twice_is_signed_once_whatever_came_since(dosed: Day) -> None:
    began, client, write_id = drafted(dosed), signed_in(dosed.clinic), new_id()
    sent = {"write_id": write_id, "words": "Went well.", "drafted": began}
    assert post(client, dosed, "note", **sent).status_code == 200
    services.observe(dosed.session, "nausea", dosed.nurse, write_id=new_id(), at=dosed.at(50))
    assert post(client, dosed, "note", **sent).status_code == 200
