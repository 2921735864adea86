"""Two people write the note of one session: one signs it, having said that an amount typed by hand is right, and the
other's words are not lost, nor added whole."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness import own_server
from tests.harness.own_server import run
from tests.harness.visitor import dismiss, sign_in

OPEN = """
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
print(json.dumps(str(open_day(clinic, hours_ago=0.2).session.pk)))
"""
LACKS = "She comes back next week."
OWN = "The prescriber's own words: she wants to rest, and comes back next week."


database, server = own_server.database, own_server.server


def test_the_second_to_sign_keeps_the_words_and_amends_with_what_is_missing(
    new_page: Callable[..., Page], database: str
) -> None:
    address = f"/sessions/{run(OPEN, database)}/"
    nurse, prescriber = (new_page(viewport={"width": 1024, "height": 768}) for _ in range(2))
    for page, who in ((nurse, Role.NURSE), (prescriber, Role.PRESCRIBER)):
        sign_in(page, who)
        page.goto(address)
    prescriber.get_by_label("Drafted from what was recorded").fill(OWN)
    amounts = nurse.get_by_label("The amounts typed by hand are right")
    expect(amounts).to_be_hidden()
    nurse.get_by_label("Drafted from what was recorded").fill("Left before the dose; asked for 350 mg.")
    nurse.get_by_role("button", name="Sign note").dblclick()  # the second press must not sign the draft in its place
    expect(nurse.locator("#live-sign").get_by_role("alert")).to_contain_text(
        "350 mg Hold it against the record; if it is right, say so below."
    )
    expect(nurse.locator("#outbox").get_by_role("button", name="Dismiss")).to_have_count(1)
    dismiss(nurse.locator("#outbox").get_by_role("button", name="Dismiss"))  # the sentence, not the words
    expect(nurse.locator("#outbox")).to_be_hidden()
    nurse.evaluate("htmx.trigger('#poll', 'refresh')")
    expect(nurse.get_by_label("Drafted from what was recorded")).to_have_value(
        "Left before the dose; asked for 350 mg."
    )
    nurse.get_by_role("button", name="Sign note").click()
    expect(nurse.locator("#live-sign").get_by_role("alert")).to_contain_text("350 mg Hold it against the record")
    amounts.check()
    nurse.get_by_role("button", name="Sign note").click()
    expect(nurse.locator("#live-note")).to_contain_text("Locked.")

    expect(prescriber.locator("#live-note")).to_contain_text("Locked.")  # shown, while the words being typed stay
    prescriber.get_by_role("button", name="Sign note").click()
    amendment = prescriber.get_by_label("Amendment", exact=True)
    kept = prescriber.get_by_label("Your note, not saved")
    expect(kept).to_have_value(OWN)
    expect(kept).not_to_be_editable()
    expect(amendment).to_have_value("")  # a whole note is no amendment ready to be sent
    refusal = prescriber.locator("#live-sign").get_by_role("alert")
    expect(refusal).to_contain_text("The note was signed by A synthetic session nurse at ")
    expect(refusal).to_be_focused()
    prescriber.reload()
    expect(kept).to_have_value(OWN)

    amendment.fill(LACKS)
    prescriber.get_by_role("button", name="Add amendment").click()
    expect(prescriber.locator("#live-note")).to_contain_text(LACKS)
    expect(prescriber.locator("#live-note")).not_to_contain_text(OWN)
    expect(amendment).to_have_value("")
    expect(kept).to_have_value(OWN)  # until it is dismissed
    dismiss(prescriber.locator("#outbox").get_by_role("button", name="Dismiss"))
    expect(kept).to_have_count(0)
    expect(prescriber.locator("#outbox")).to_be_hidden()

    own = nurse.get_by_label("Amendment", exact=True)
    own.fill("Elsewhere 560 mg were given.")
    expect(amounts).to_be_hidden()
    nurse.get_by_role("button", name="Add amendment").click()
    expect(nurse.locator("#live-sign").get_by_role("alert")).to_contain_text("560 mg Hold it against the record")
    expect(own).to_have_value("Elsewhere 560 mg were given.")
    amounts.check()
    nurse.get_by_role("button", name="Add amendment").click()
    expect(nurse.locator("#live-note")).to_contain_text("Elsewhere 560 mg were given.")
    expect(own).to_have_value("")
    expect(amounts).to_be_hidden()
    expect(nurse.locator("#live-sign").get_by_role("alert")).to_have_count(0)
