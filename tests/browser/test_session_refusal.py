"""A refused entry is said where it was made, and the sentence goes when the thing is done."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.clinic.pharmacy.store import PASSWORD
from tests.harness import own_server
from tests.harness.databases import Databases
from tests.harness.own_server import run
from tests.harness.server import running_server
from tests.harness.visitor import PHONE, TABLET, dismiss, sign_in

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
TIME_OUT = """
import json
import django
django.setup()
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import make_clinic
from tests.clinic.pharmacy.store import give_password
from tests.clinic.treatment_day.day import open_day
from tests.clinic.treatment_day.test_time_out import want
clinic = make_clinic()
for role, name in ((Role.NURSE, "demo-nurse"), (Role.PRESCRIBER, "second-person")):
    clinic.users[role].username = name
    clinic.users[role].save()
give_password(clinic.users[Role.PRESCRIBER])
day = open_day(clinic, hours_ago=0.2)
want(day)
print(json.dumps(str(day.session.pk)))
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


database, server = own_server.database, own_server.server


def start(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Start ketamine")).click()
    page.get_by_label("Concentration on the label").fill("1")
    page.get_by_label("Rate set on the pump").fill("52.5")
    page.get_by_label("Lot on the label").fill("KT-17")
    page.get_by_role("button", name="Start now").click()


def set_pump(page: Page, rate: str) -> None:
    page.get_by_role("button", name="Pump rate", exact=True).click()
    page.get_by_label("mL/h now").fill(rate)
    page.get_by_role("dialog", name="Pump rate").get_by_role("button", name="Save").click()


def test_a_refused_start_is_said_in_its_dialog_and_gone_once_it_succeeds(
    new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    address = f"/sessions/{run(OPEN, database)}/"
    sign_in(page, Role.NURSE)
    page.goto(address)
    start(page)
    dialog = page.get_by_role("dialog", name="Time-out")
    refusal = dialog.get_by_role("alert")
    expect(refusal).to_contain_text("This person may not be dosed yet.")
    expect(refusal).to_be_focused()
    expect(dialog.get_by_label("Lot on the label")).to_have_value("KT-17")
    not_asked = refusal.get_by_role("listitem").filter(has_text="Is this the person on the plan")
    expect(not_asked).to_have_count(1)
    expect(not_asked).to_contain_text("Ask for name and date of birth")
    with page.expect_response("**/start"):
        dialog.get_by_role("button", name="Start now").click()
    expect(refusal).to_be_focused()
    page.keyboard.press("Escape")
    panel = page.locator("#outbox")
    expect(panel.get_by_role("button", name=re.compile("^Dismiss"))).to_have_count(1)

    run(CLEAR, database)
    page.reload()
    expect(page.get_by_text("1 entry was not saved")).to_be_visible()
    start(page)
    expect(page.locator("#live-timeline")).to_contain_text("Infusion started")
    expect(page.locator("#outbox")).to_be_hidden()

    set_pump(page, "60")  # faster asks why
    expect(page.get_by_role("dialog", name="Pump rate").get_by_role("alert")).to_contain_text("faster than 52.5 mL/h")
    dialog, reach = page.get_by_role("dialog", name="Pump rate"), page.locator("#reach")
    for size in (TABLET, PHONE):  # what opens again by itself must not lie over what is touched in an emergency
        page.set_viewport_size(size)
        expect(dialog).to_be_visible()
        box, bar = dialog.bounding_box(), reach.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= bar["y"]
    reach.get_by_role("button", name="Emergency card").click()
    expect(page.get_by_role("dialog", name="Emergency card")).to_be_visible()
    page.set_viewport_size(TABLET)
    page.reload()
    expect(page.get_by_text("1 entry was not saved")).to_be_visible()
    set_pump(page, "50")
    expect(page.locator("#live-timeline")).to_contain_text("Pump rate 52.5 to 50 mL/h")
    expect(page.get_by_text("1 entry was not saved")).to_be_visible()  # it may have run so: it stays until it is read
    dismiss(panel.get_by_role("button", name=re.compile("^Dismiss")))
    expect(panel).to_be_hidden()

    reach.get_by_role("button", name="Stop dose").click()
    dialog = page.get_by_role("dialog", name="Dose stopped?")
    dialog.get_by_label("What made you stop").fill("distress")
    hour, minute = page.locator("[data-clock]").first.inner_text().split(":")
    dialog.get_by_label("When it ended, if not now").fill(f"{(int(hour) - 1) % 24:02}{minute}")
    expect(dialog.get_by_role("button", name="Stopped now")).to_be_hidden()
    dialog.get_by_role("button", name="It ended then").click()
    expect(dialog.get_by_role("alert")).to_contain_text("before")
    expect(dialog.get_by_label("When it ended, if not now")).to_have_value(f"{(int(hour) - 1) % 24:02}{minute}")
    dialog.get_by_label("When it ended, if not now").fill("")
    dialog.get_by_role("button", name="Stopped now").click()
    expect(page.locator("#live-timeline")).to_contain_text("distress")


def test_a_refused_time_out_is_said_in_its_dialog_and_keeps_what_was_ticked(
    new_page: Callable[..., Page], databases: Databases, migrated_database: str
) -> None:
    of_its_own = databases.copy(migrated_database)
    with running_server(of_its_own) as address:
        page = new_page(base_url=address)
        session = run(TIME_OUT, of_its_own)
        sign_in(page, Role.NURSE)
        page.goto(f"/sessions/{session}/")
        page.get_by_role("button", name=re.compile("^Start ketamine")).click()
        dialog = page.get_by_role("dialog", name="Time-out")
        expect(dialog).to_contain_text("As planned: 1 mg/mL, 35 mL at 52.5 mL/h.")
        for tick in dialog.get_by_role("checkbox").all():
            tick.check()
        dialog.get_by_label("Concentration on the label").fill("1")
        dialog.get_by_label("Second person", exact=True).select_option("second-person")
        dialog.get_by_label("Their PIN or password").fill("a guess")
        dialog.get_by_role("button", name="Confirmed by two people").click()
        expect(dialog.get_by_role("alert")).to_contain_text("The name, or the PIN or password, is not right.")
        expect(dialog.get_by_label("Second person", exact=True)).to_have_value("second-person")
        expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(4)
        dialog.get_by_label("Their PIN or password").fill(PASSWORD)
        dialog.get_by_role("button", name="Confirmed by two people").click()
        expect(page.locator("#live-timeline")).to_contain_text(
            "Time-out by two people: ketamine 35 mg by vein, infusion over 40 min, 1 mg/mL"
        )
