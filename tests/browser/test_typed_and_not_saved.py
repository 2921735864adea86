"""What stands typed on a session and is not saved outlives the tab, with its time and its person."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_session_network import PREPARE
from tests.harness import own_server
from tests.harness.browser import accessibility_problems, show_all
from tests.harness.own_server import run
from tests.harness.visitor import TABLET, dismiss, sign_in, signed_in_instead

# Of another site, so that both sessions stand beside each other; its nurse signs in as the demonstration's therapist.
BEFORE_THE_DOSE = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
from tests.clinic.treatment_day.test_consent_check import consented
clinic = make_clinic("Another clinic")
User.objects.filter(pk=clinic.users[Role.NURSE].pk).update(username="demo-therapist")
day = open_day(clinic, hours_ago=0.2)
consented(day, "esketamine", "nasal")
print(json.dumps(str(day.session.pk)))
"""
BY_ANOTHER = """
import json
import django
django.setup()
from django.utils import timezone
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.treatment_day import queries, services
session = queries.sessions().get(pk="{session}")
nurse = Actor(User.objects.get(username="demo-therapist"), "203.0.113.7")
{act}
print(json.dumps(True))
"""
STORED = """
import json
import django
django.setup()
from daybreak.clinic.treatment_day.models import Reading
rows = Reading.objects.filter(vital="systolic", value__in=(188, 134)).order_by("measured_at")
late = [(row.recorded_at - row.measured_at).total_seconds() for row in rows]
print(json.dumps([[row.value, row.recorded_by.username, seconds] for row, seconds in zip(rows, late)]))
"""


database, server = own_server.database, own_server.server


@pytest.fixture(scope="module")
def address(database: str) -> str:
    return f"/sessions/{run(PREPARE, database)}/"


@pytest.fixture
def session(new_page: Callable[..., Page], address: str) -> Page:
    page = new_page(viewport=TABLET)
    sign_in(page, Role.NURSE)
    page.goto(address)
    return page


def type_pressure(page: Page) -> None:
    page.locator("form.entry [name=systolic]").fill("188")
    page.locator("form.entry [name=diastolic]").fill("96")


def minutes_pass(context: BrowserContext, minutes: int) -> None:
    """What is kept on the tablet was typed so long ago."""
    page = context.pages[0]
    page.evaluate(
        """minutes => Object.keys(localStorage).filter(key => key.startsWith("daybreak.unsaved.")).forEach(key => {
             const set = JSON.parse(localStorage.getItem(key));
             const before = time => new Date(Date.parse(time) - minutes * 60000).toISOString();
             localStorage.setItem(key, JSON.stringify({...set, at: before(set.at), kept: set.kept - minutes * 60000}));
           })""",
        minutes,
    )


def test_a_set_typed_and_not_saved_outlives_the_tab_and_is_saved_at_its_own_time_by_who_typed_it(
    session: Page, address: str, database: str
) -> None:
    type_pressure(session)
    context = session.context
    again = context.new_page()
    session.close()
    again.goto(address)
    minutes_pass(context, 4)
    again.reload()
    waits = again.locator("#unsaved")
    expect(waits).to_contain_text("not saved yet")
    expect(waits).to_contain_text("Systolic 188 (red 180 or more). Act now")
    expect(again.locator("form.entry [name=systolic]")).to_have_value("")  # the new row is for new figures
    show_all(again)
    assert accessibility_problems(again) == []

    other = signed_in_instead(again, Role.PRESCRIBER)
    other.goto(address)
    expect(other.locator("#unsaved")).to_contain_text("A synthetic session nurse typed values here at")
    expect(other.locator("#unsaved")).not_to_contain_text("188")
    expect(other.locator("#unsaved input")).to_have_count(0)

    back = signed_in_instead(other, Role.NURSE)
    back.goto("/today/")
    back.goto(address)
    back.locator("#unsaved").get_by_label("Systolic, mmHg").fill("134")  # it was a slip
    back.reload()
    expect(back.locator("#unsaved").get_by_label("Systolic, mmHg")).to_have_value("134")
    back.locator("#unsaved").get_by_role("button", name="Save as measured at").click()
    expect(back.locator("#live-readings .last")).to_contain_text("134/96")
    expect(back.locator("#unsaved section")).to_have_count(0)
    back.reload()
    expect(back.locator("#unsaved section")).to_have_count(0)
    [[value, who, late]] = run(STORED, database)
    assert (value, who) == (134, "demo-nurse")
    assert 240 <= late < 400


def test_a_reload_at_once_leaves_it_in_its_row_and_later_it_is_asked_about_and_can_be_thrown_away(
    session: Page, address: str, database: str
) -> None:
    type_pressure(session)
    session.reload()
    row = session.locator("form.entry [name=systolic]")
    expect(row).to_have_value("188")
    expect(session.locator("#unsaved section")).to_have_count(0)
    other = session.context.new_page()  # another tab: never two sets in one row
    other.goto(address)
    expect(other.locator("form.entry [name=systolic]")).to_have_value("")
    expect(other.locator("#unsaved").get_by_label("Systolic, mmHg")).to_have_value("188")
    other.close()
    minutes_pass(session.context, 4)
    session.reload()
    expect(row).to_have_value("")
    session.locator("#unsaved").get_by_role("button", name="Throw it away").click()
    expect(session.locator("#unsaved section")).to_have_count(0)
    session.reload()
    expect(session.locator("#unsaved section")).to_have_count(0)
    assert not [row for row in run(STORED, database) if row[0] == 188]


def test_a_row_emptied_for_new_figures_answers_no_set_that_was_refused_in_it(session: Page) -> None:
    """Or the next set, once saved, would take the refused figures off the list unread."""
    row = session.locator("form.entry")
    row.locator("[name=heart_rate]").fill("7")
    row.get_by_role("button", name="Save").click()
    expect(session.locator("#outbox")).to_contain_text("7 for heart rate lies beyond the usual")
    minutes_pass(session.context, 4)
    session.evaluate("unsaved.own.kept -= 4 * 60000")
    session.evaluate("document.dispatchEvent(new CustomEvent('tablet:unlocked'))")
    expect(row.locator("[name=heart_rate]")).to_have_value("")
    row.locator("[name=heart_rate]").fill("73")
    row.get_by_role("button", name="Save").click()
    expect(session.locator("#live-readings .last")).to_contain_text("73")
    expect(session.locator("#outbox")).to_contain_text("7 for heart rate lies beyond the usual")
    dismiss(session.locator("#outbox").get_by_role("button", name="Dismiss"))
    session.locator("#unsaved").get_by_role("button", name="Throw it away").click()


def test_words_beside_a_check_survive_what_another_tablet_answers(
    new_page: Callable[..., Page], server: str, database: str
) -> None:
    pk = run(BEFORE_THE_DOSE, database)
    page = new_page(viewport=TABLET)
    sign_in(page, Role.THERAPIST)
    page.goto(f"/sessions/{pk}/")
    read = page.get_by_label("For a yes: what you read that the record does not know")
    read.fill("Signed for the drip on paper")
    page.locator("#glance").focus()
    run(
        BY_ANOTHER.format(session=pk, act="services.answer_check(session, 'allergy', False, nurse, write_id=new_id())"),
        database,
    )
    expect(page.locator("#live-checks")).to_contain_text("Clear")
    expect(read).to_have_value("Signed for the drip on paper")
    page.reload()
    expect(read).to_have_value("Signed for the drip on paper")
    run(
        BY_ANOTHER.format(
            session=pk, act="services.leave(session, nurse, write_id=new_id(), reason='Went home before the dose.')"
        ),
        database,
    )
    expect(read).to_have_count(0)
    expect(page.locator("#words-left")).to_contain_text("“Signed for the drip on paper”")
    page.locator("#words-left").get_by_role("button", name="Throw it away").click()
    expect(page.locator("#words-left section")).to_have_count(0)
