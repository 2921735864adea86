"""A refused entry is said where it was made, and the sentence goes when the thing is done."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_session_network import run, sign_in
from tests.harness.databases import Databases
from tests.harness.server import running_server

OPEN = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
clinic = make_clinic()
User.objects.filter(pk=clinic.users[Role.NURSE].pk).update(username="demo-nurse")
print(json.dumps(str(open_day(clinic, hours_ago=0.2).session.pk)))
"""
CLEAR = """
import json
import django
django.setup()
from django.utils import timezone
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.treatment_day import queries, services
from tests.clinic.treatment_day.day import BEFORE
session, nurse = queries.sessions().get(), Actor(User.objects.get(username="demo-nurse"))
now = timezone.now()
services.record_readings(
    session, [services.Entry(vital, value, now) for vital, value in BEFORE.items()], nurse, write_id=new_id()
)
for check in queries.state(session, now).checks:
    if not check.is_measured:
        services.answer_check(session, check.id, check.clears, nurse, write_id=new_id(), at=now)
print(json.dumps(None))
"""


@pytest.fixture(scope="module")
def database(databases: Databases, migrated_database: str) -> str:
    return databases.copy(migrated_database)


@pytest.fixture(scope="module")
def server(database: str) -> Iterator[str]:
    """A server of its own: this test starts a dose."""
    with running_server(database) as running:
        yield running


def start(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Start ketamine")).click()
    page.get_by_label("Lot (can be left empty)").fill("KT-17")
    page.get_by_role("button", name="Start now").click()


def test_a_refused_start_is_said_in_its_dialog_and_gone_once_it_succeeds(
    new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    address = f"/sessions/{run(OPEN, database)}/"
    sign_in(page, "demo-nurse")
    page.goto(address)
    start(page)
    dialog = page.get_by_role("dialog", name="Time-out")
    refusal = dialog.get_by_role("alert")
    expect(refusal).to_contain_text("This person may not be dosed yet.")
    expect(refusal).to_be_focused()
    expect(dialog.get_by_label("Lot (can be left empty)")).to_have_value("KT-17")

    run(CLEAR, database)
    page.reload()
    expect(page.get_by_text("1 entry was not saved")).to_be_visible()
    start(page)
    expect(page.locator("#live-timeline")).to_contain_text("Infusion started")
    expect(page.locator("#outbox")).to_be_hidden()
