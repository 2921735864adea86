"""A session when the network is gone: nothing typed is lost or saved twice, and the page says what is going on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import dismiss, sign_in, signed_in_instead

PREPARE = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
clinic = make_clinic()
for role in (Role.NURSE, Role.PRESCRIBER):
    User.objects.filter(pk=clinic.users[role].pk).update(username=f"demo-{role}")
day = open_day(clinic, hours_ago=0.2)
day.begin()
print(json.dumps(str(day.session.pk)))
"""
BY_THE_NURSE = """
import json
import django
django.setup()
from django.utils import timezone
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Session
nurse = Actor(User.objects.get(username="demo-nurse"), "203.0.113.7")
session = Session.objects.select_related("course__patient").get()
print(json.dumps(True))
"""
STOP = f"{BY_THE_NURSE}services.stop(session, nurse, write_id=new_id())"
HEART_RATE_76 = (
    f"{BY_THE_NURSE}services.record_reading(session, 'heart_rate', 76, timezone.now(), nurse, reading_id=new_id())"
)
READINGS = """
import json
import django
django.setup()
from daybreak.clinic.treatment_day.models import Reading
rows = Reading.objects.filter(vital="heart_rate", value__in=(81, 83, 85)).order_by("value")
print(json.dumps([[row.value, row.recorded_by.username] for row in rows]))
"""


database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(PREPARE, database)}/"


@pytest.fixture
def session(new_page: Callable[..., Page], address: str) -> Page:
    page = new_page(viewport={"width": 1024, "height": 768})
    sign_in(page, Role.NURSE)
    page.goto(address)
    return page


def type_heart_rate(page: Page, value: str) -> None:
    page.get_by_label("Heart rate per minute", exact=True).first.fill(value)
    page.get_by_role("button", name="Save", exact=True).first.click()


def test_one_touch_is_said_where_the_eye_is_counts_once_and_is_taken_back(session: Page) -> None:
    distress, told = session.get_by_role("button", name="Distress", exact=True), session.locator("#live-timeline")
    distress.click()
    distress.click()
    said = session.locator("#done")
    expect(said).to_contain_text("Distress")
    expect(told.get_by_role("listitem").filter(has_text="Distress")).to_have_count(1)
    said.get_by_role("button", name="Take back").click()
    expect(told).to_contain_text("taken back at")
    expect(told.locator("s")).to_have_text("Distress")


def test_an_entry_outlives_a_dead_network_and_a_closed_page(session: Page, address: str, database: str) -> None:
    box = session.get_by_label("Heart rate per minute", exact=True).first
    where = box.bounding_box()
    session.context.set_offline(True)
    type_heart_rate(session, "81")
    expect(
        session.get_by_text("1 entry is kept on this tablet and goes out when the connection returns")
    ).to_be_visible()
    expect(session.get_by_text("Heart rate per minute: 81")).to_be_visible()
    expect(session.get_by_text("No connection since")).to_be_visible()
    assert box.bounding_box() == where  # what waits does not push away the row in which somebody types
    assert [81, "demo-nurse"] not in run(READINGS, database)

    context = session.context
    session.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator("#live-readings .last")).to_contain_text("81")
    expect(again.locator("#outbox")).to_be_hidden()
    rows = run(READINGS, database)
    assert rows.count([81, "demo-nurse"]) == 1


def test_a_value_beyond_a_limit_is_said_without_a_network_and_a_button_pressed_twice_is_one_entry(
    session: Page, address: str
) -> None:
    """The mark is made by the server; until it can be reached the page says it itself."""
    session.context.set_offline(True)
    box = session.get_by_label("Systolic, mmHg", exact=True).first
    box.fill("1900")
    session.get_by_role("button", name="Save", exact=True).first.click()
    expect(session.get_by_text("“1900” is no value. Type 10 to 300. Nothing was kept yet.")).to_be_visible()
    expect(box).to_be_focused()
    box.fill("190")
    session.get_by_label("Diastolic, mmHg", exact=True).first.fill("95")
    session.get_by_role("button", name="Save", exact=True).first.dblclick()
    panel = session.locator("#outbox")
    expect(panel.get_by_text("1 entry is kept on this tablet")).to_be_visible()
    expect(panel.get_by_text("Beyond a limit: Systolic 190 (red 180 or more). Act now")).to_be_visible()
    expect(panel).to_have_class("sheet outbox act")
    # Beside the buttons, too: the panel may be out of sight.
    expect(session.locator("#kept-here")).to_contain_text("Act now; the mark stands here once this is saved. Kept on")
    session.context.set_offline(False)
    expect(session.get_by_role("heading", name="Systolic 190, above red 180")).to_be_visible()
    expect(panel).to_be_hidden()
    session.get_by_role("button", name="Nausea", exact=True).dblclick()
    expect(session.locator("#live-timeline").get_by_text("Nausea")).to_have_count(1)


def test_what_is_being_typed_stays_while_the_page_keeps_itself_current(session: Page, address: str) -> None:
    box = session.get_by_label("Systolic, mmHg", exact=True).first
    box.fill("13")
    other = session.context.new_page()
    other.goto(address)
    type_heart_rate(other, "77")
    expect(session.locator("#live-readings .last")).to_contain_text("77")
    expect(box).to_have_value("13")
    expect(box).to_be_focused()
    session.reload()
    expect(session.get_by_label("Systolic, mmHg", exact=True).first).to_have_value("13")


def test_a_refused_entry_is_shown_with_its_sentence_until_it_is_dismissed(session: Page) -> None:
    type_heart_rate(session, "999")
    sentence = session.get_by_text("999 is no value for heart rate. Type 1 to 250.").first
    expect(sentence).to_be_visible()
    session.reload()
    expect(sentence).to_be_visible()
    dismiss(session.get_by_role("button", name="Dismiss"))
    expect(session.locator("#outbox")).to_be_hidden()


def test_a_refused_set_stands_in_its_row_again_and_leaves_the_list_once_it_is_saved(session: Page) -> None:
    row = session.locator("form.entry")
    typed = {"systolic": "128", "diastolic": "82", "heart_rate": "999", "spo2": "97"}
    for name, value in typed.items():
        row.locator(f"[name={name}]").fill(value)
    row.get_by_role("button", name="Save").click()
    expect(session.get_by_text("999 is no value for heart rate").first).to_be_visible()
    for name, value in typed.items():
        expect(row.locator(f"[name={name}]")).to_have_value(value)
    expect(session.locator("#outbox")).to_be_focused()
    row.locator("[name=heart_rate]").fill("99")
    row.get_by_role("button", name="Save").click()
    expect(session.locator("#live-readings .last")).to_contain_text("99")
    expect(session.locator("#outbox")).to_be_hidden()
    expect(row.locator("[name=systolic]")).to_have_value("")


def test_an_entry_waits_for_the_person_who_typed_it(session: Page, address: str, database: str) -> None:
    session.context.set_offline(True)
    type_heart_rate(session, "83")
    page = signed_in_instead(session, Role.PRESCRIBER)
    page.goto(address)
    expect(page.get_by_text("Typed by A synthetic session nurse")).to_be_visible()
    assert [83, "demo-prescriber"] not in run(READINGS, database)

    page = signed_in_instead(page, Role.NURSE)
    page.goto(address)
    expect(page.locator("#live-readings .last")).to_contain_text("83")
    assert run(READINGS, database).count([83, "demo-nurse"]) == 1


def test_a_server_that_cannot_save_is_tried_again_and_says_why(session: Page, address: str, database: str) -> None:
    full = {"status": 503, "json": {"trouble": "The database takes no entries now. Nothing was half-saved."}}
    session.route("**/readings", lambda route: route.fulfill(**full))
    type_heart_rate(session, "85")
    expect(session.get_by_text("The server says: The database takes no entries now.")).to_be_visible()
    assert run(READINGS, database).count([85, "demo-nurse"]) == 0
    session.unroute("**/readings")
    expect(session.locator("#outbox")).to_be_hidden(timeout=15_000)
    expect(session.locator("#live-readings .last")).to_contain_text("85")
    assert run(READINGS, database).count([85, "demo-nurse"]) == 1


def test_a_note_edited_by_hand_tells_what_came_since_and_keeps_what_was_typed(session: Page, database: str) -> None:
    run(STOP, database)
    session.reload()
    note = session.locator("#note-words")
    note.fill("Went well.")
    type_heart_rate(session, "79")
    came = session.locator("[data-came]")
    expect(came).to_contain_text("heart 79")
    expect(note).to_have_value("Went well.")
    session.reload()
    expect(note).to_have_value("Went well.")
    expect(came).to_contain_text("heart 79")
    came.get_by_role("button", name="Add to the note").click()
    expect(came).to_be_hidden()
    expect(note).to_have_value(re.compile(r"^Went well\.\n.*heart 79"))

    session.context.set_offline(True)
    session.get_by_role("button", name="Sign note").click()  # it waits on the tablet
    run(HEART_RATE_76, database)
    session.context.set_offline(False)
    expect(session.locator("#outbox")).to_contain_text("Nothing was signed.")
    expect(came).to_contain_text("heart 76")
    expect(note).to_have_value(re.compile(r"^Went well\.\n.*heart 79"))
    came.get_by_role("button", name="Leave it out").click()
    session.get_by_role("button", name="Sign note").click()
    expect(session.locator("#live-note")).to_contain_text("Locked.")
    expect(session.locator("#live-note")).not_to_contain_text("heart 76")


def test_what_was_refused_is_read_on_its_own_page_and_on_no_other(session: Page, address: str) -> None:
    """Its figures are one person's: another page names none of them and leads there."""
    type_heart_rate(session, "999")
    expect(session.locator("#outbox")).to_contain_text("999")
    session.goto(f"/drugs{address}")
    panel = session.locator("#outbox")
    expect(panel).to_contain_text("Something was not saved on another page.")
    expect(panel).not_to_contain_text("999")
    panel.get_by_role("link", name="Read it there").click()
    expect(panel).to_contain_text("999")
    dismiss(panel.get_by_role("button", name="Dismiss"))
    expect(panel).to_be_hidden()
