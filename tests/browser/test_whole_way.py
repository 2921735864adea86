"""The whole way, once: from a referral another system sent to an answer from a phone, as its users walk it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.referrals import unpack
from tests.harness import own_server
from tests.harness.visitor import PHONE, TABLET, open_course, sign_in

REFERRED = "Milan Beatty"  # whom the referral on depression is about
ON_THE_PHONE = "Willow Yard23"  # the patient one may sign in as
REGIMEN = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks, then weekly for 4 weeks"
WEIGHT_KG = 96.4
DOSE_MG = "48.2 mg"


server = own_server.demonstration_server  # this walk changes people everybody else’s tests look at


def test_from_a_referral_to_a_measured_answer(new_page: Callable[..., Page], tmp_path: Path) -> None:
    coordinator, prescriber = new_page(), new_page()
    nurse = new_page(viewport=TABLET, color_scheme="dark")
    patient = new_page(viewport=PHONE, has_touch=True)
    for page, role in ((coordinator, Role.COORDINATOR), (prescriber, Role.PRESCRIBER), (nurse, Role.NURSE)):
        sign_in(page, role)
    sign_in(patient, Role.PATIENT)

    bundle = unpack(tmp_path)[0]
    a_referral_becomes_a_course(coordinator, bundle)
    the_same_file_again_adds_nothing(coordinator, bundle)
    a_later_file_finds_the_same_person(coordinator, bundle)

    screening_names_what_stands_in_the_way(prescriber)
    questions_are_answered(prescriber)
    what_was_measured_is_kept(prescriber)
    two_antidepressants_are_weighed(prescriber)
    the_prescriber_decides(prescriber)

    a_plan_is_written_in_words(prescriber)
    a_plan_is_signed(prescriber)

    a_session_is_opened(nurse)
    the_checks_before_the_dose_are_answered(nurse)
    the_dose_is_started(nurse)
    a_crossed_limit_is_marked_and_answered(nurse)
    the_dose_is_stopped(nurse)
    the_person_leaves(nurse)
    the_note_is_signed(nurse)

    a_thought_of_death_is_answered_on_the_phone(patient)
    the_prescriber_sees_the_flag_and_closes_it(prescriber)
    the_chart_shows_the_score(prescriber)


# ------------------------------------------------------------------ referral


def a_referral_becomes_a_course(page: Page, bundle: Path) -> None:
    upload(page, bundle)
    expect(page.get_by_role("heading", level=1, name=REFERRED)).to_be_visible()
    expect(sheet(page, "What is missing")).to_contain_text("No PHQ-9 total was sent.")
    expect(sheet(page, "Newest vital signs and scores")).to_contain_text("Weight")
    expect(sheet(page, "Left out, and why").get_by_role("row")).not_to_have_count(1)
    page.get_by_label("Somebody not known here yet").check()
    page.get_by_label("Referred for").select_option(label="Treatment-resistant depression")
    page.get_by_label("Prescriber").select_option(label="Demo prescriber, prescriber")
    page.get_by_role("button", name="Confirm and open the course").click()
    expect(page.get_by_role("status")).to_contain_text(f"{REFERRED} is on the list.")


def the_same_file_again_adds_nothing(page: Page, bundle: Path) -> None:
    upload(page, bundle)
    expect(page.get_by_role("status")).to_have_text("This referral was confirmed before. Nothing was added again.")


def a_later_file_finds_the_same_person(page: Page, bundle: Path) -> None:
    later = bundle.with_name("sent-again.json")
    later.write_text(json.dumps(json.loads(bundle.read_text()), indent=3))
    upload(page, later)
    expect(page.get_by_role("group", name="Who is it?")).to_contain_text(
        f"{REFERRED}, born 24 Nov 1973, known here: the same number"
    )


def upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="New referral").first.click()
    page.get_by_label("Referral file").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()


# ------------------------------------------------------------------ screening

# The answer that lets treatment go on: "yes" where something was done or agreed to, "no" where something is wrong.
RESOLVED_BY_YES = re.compile(r"^(BC\d+|EL067|EL051)$")
PREGNANCY = "EL050"


def screening_names_what_stands_in_the_way(page: Page) -> None:
    open_course(page, REFERRED, "Screening")
    page.get_by_text("Another treatment", exact=True).click()
    page.get_by_label("Treatment", exact=True).select_option(label="ketamine, iv")
    page.get_by_role("button", name="Hold this against the rules").click()
    expect(page.get_by_role("heading", name="Screening for ketamine, iv")).to_be_visible()
    expect(page.get_by_text("Off-label", exact=True)).to_be_visible()
    standing = sheet(page, "Why may this person not be treated yet?")
    expect(standing).to_contain_text("Unknown: signed informed consent")
    expect(standing).to_contain_text("What resolves it")
    expect(page.get_by_text("Going on is not possible while")).to_be_attached()


def questions_are_answered(page: Page) -> None:
    for question in page.locator("#findings tbody tr[id]").filter(has=page.locator("fieldset:visible")).all():
        rule = question.get_attribute("id") or ""
        value = "not_possible" if rule == PREGNANCY else "yes" if RESOLVED_BY_YES.match(rule) else "no"
        question.locator(f'input[value="{value}"]').check()
    page.get_by_role("button", name="Save the answers picked").first.click()
    expect(page.get_by_text("Going on is not possible while")).to_have_count(0)


def what_was_measured_is_kept(page: Page) -> None:
    measure = page.locator("#measure")
    values = {"Systolic pressure": 128, "Diastolic pressure": 78, "Heart rate": 70, "Oxygen": 98, "Weight": WEIGHT_KG}
    for name, value in values.items():
        measure.get_by_label(name).fill(str(value))
    measure.get_by_role("button").click()
    expect(page.get_by_role("region", name="Person and course")).to_contain_text(f"{WEIGHT_KG} kg")
    page.locator("#allergies").get_by_label("None known").check()
    page.get_by_role("button", name="Save allergies").click()
    expect(page.get_by_role("region", name="Person and course")).to_contain_text("Allergy: none known")


def two_antidepressants_are_weighed(page: Page) -> None:
    trials = page.locator("#trials")
    for number, (drug, dose_mg, weeks) in enumerate((("sertraline", 150, 9), ("venlafaxine", 225, 8)), start=1):
        trials.get_by_text("Add an antidepressant").click()
        trials.get_by_label("Antidepressant", exact=True).select_option(drug)
        trials.get_by_label("Dose, mg a day").fill(str(dose_mg))
        trials.get_by_label("Weeks").fill(str(weeks))
        for question in ("Taken as prescribed?", "Inadequate response?", "In this episode?"):
            trials.get_by_label(question).select_option("yes")
        trials.get_by_label("Known from").fill("The person and the letter of the practice")
        trials.get_by_role("button", name="Add it").click()
        counted = trials.get_by_role("row").filter(has=page.get_by_role("rowheader"))
        expect(counted).to_have_count(number)
        expect(counted.first.get_by_role("cell").first).to_have_text("Met")


def the_prescriber_decides(page: Page) -> None:
    expect(sheet(page, "Why may this person not be treated yet?")).to_contain_text("The prescriber decides.")
    page.get_by_label("Go on to the plan").check()
    page.get_by_role("button", name="Sign decision").click()
    expect(page.get_by_role("status")).to_contain_text("The decision is signed")
    expect(page.locator("#decision")).to_contain_text("Go on to the plan, ketamine, iv.")


# ------------------------------------------------------------------ plan


def a_plan_is_written_in_words(page: Page) -> None:
    open_course(page, REFERRED, "Plan")
    page.get_by_label("First session").fill(page.evaluate("new Date().toLocaleDateString('sv')"))
    page.get_by_label("As you would say it").press_sequentially(REGIMEN)
    understood = page.get_by_role("status").filter(has_text="Understood:")
    expect(understood).to_contain_text("10 sessions")
    expect(understood).to_contain_text(f"{DOSE_MG} each at {WEIGHT_KG} kg")
    expect(page.get_by_text("Off-label", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Calendar of sessions")).to_be_visible()
    predicted = page.get_by_role("figure").filter(has=page.get_by_role("region", name="Chart of concentration"))
    expect(predicted.get_by_role("img")).to_be_visible()
    expect(predicted).to_contain_text("90 of 100 virtual people")


def a_plan_is_signed(page: Page) -> None:
    page.get_by_role("textbox", name="Goal").fill("To sleep through the night.")
    page.get_by_label("Stop if").fill("No improvement after six sessions.")
    page.get_by_label("Review", exact=True).fill(
        page.evaluate("new Date(Date.now() + 42 * 864e5).toISOString().slice(0, 10)")
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It is in force once a prescriber has signed it.")).to_be_visible()
    page.get_by_role("button", name="Sign the plan").click()
    expect(page.get_by_role("status")).to_contain_text("Version 1 of the plan is signed.")


# ------------------------------------------------------------------ treatment day


def a_session_is_opened(page: Page) -> None:
    open_course(page, REFERRED, "Treatment days")
    page.get_by_label("Chair").select_option(index=1)
    page.get_by_role("button", name="Open session 1").click()
    expect(page.get_by_role("heading", name="Before the dose")).to_be_visible()


def the_checks_before_the_dose_are_answered(page: Page) -> None:
    type_readings(page, systolic=126, diastolic=78, heart_rate=68)
    for question in page.locator("#live-checks li").filter(has=page.get_by_role("button")).all():
        words = question.locator("div").first.inner_text()
        # The questions that ask for something wrong begin with "Any" or "Could".
        answer = "No" if words.startswith(("Any", "Could")) else "Yes"
        question.get_by_role("button", name=answer, exact=True).click()
        expect(question).to_contain_text("Met" if answer == "Yes" else "Clear")
    expect(page.get_by_text("Nothing stands against the dose")).to_be_visible()


def the_dose_is_started(page: Page) -> None:
    page.get_by_role("button", name=f"Start ketamine iv {DOSE_MG}").click()
    time_out = page.get_by_role("dialog", name=f"Time-out: ketamine {DOSE_MG} by vein, infusion over 40 min")
    expect(time_out).to_contain_text(f"{REFERRED}, born 24 Nov 1973")
    the_bag_and_the_pump_are_typed(time_out)
    time_out.get_by_label("Or why there is none").fill("Label not readable")
    time_out.get_by_role("button", name="Start now").click()
    expect(page.locator("#live-clock")).to_contain_text("Next check")
    expect(page.locator("#live-timeline")).to_contain_text(f"Infusion started, {DOSE_MG} over 40 min")


def the_bag_and_the_pump_are_typed(dialog: Locator) -> None:
    """As they were prepared: the bag as planned, the pump set to what the page computed."""
    strength, rate = re.search(r"([\d.]+) mg/mL, .* at ([\d.]+) mL/h", dialog.inner_text()).groups()
    dialog.get_by_label("Concentration on the label").fill(strength)
    dialog.get_by_label("Rate set on the pump").fill(rate)


def a_crossed_limit_is_marked_and_answered(page: Page) -> None:
    type_readings(page, systolic=168, diastolic=94, heart_rate=88)
    mark = page.get_by_role("alert", name="Systolic 168, above amber 160")
    expect(mark).to_contain_text("Recheck in 5 minutes")
    mark.get_by_role("button", name="Recheck in 5 min").click()
    expect(mark).to_be_hidden()
    answered = page.get_by_role("region", name="Answered, still open")
    expect(answered).to_contain_text("Systolic 168, above amber 160")
    expect(answered).to_contain_text("Demo session nurse")


def the_dose_is_stopped(page: Page) -> None:
    page.get_by_role("button", name="Stop dose").click()
    page.get_by_role("dialog", name="Dose stopped?").get_by_role("button", name="Stopped now").click()
    expect(page.locator("#live-timeline")).to_contain_text("topped")


def the_person_leaves(page: Page) -> None:
    type_readings(page, systolic=130, diastolic=80, heart_rate=70)
    leaving = page.locator("#live-leaving")
    for criterion in leaving.get_by_role("listitem").filter(has=page.get_by_role("button")).all():
        criterion.get_by_role("button", name="Yes", exact=True).click()
        expect(criterion).to_contain_text("Met")
    page.get_by_role("button", name="Leaves", exact=True).click()
    door = page.get_by_role("dialog", name="Leaves")
    door.get_by_label("Goes with").fill("a sister")
    door.get_by_label("Why now, if a criterion is open").fill("Stopped early; the prescriber agreed.")
    door.get_by_role("button", name="Leaves", exact=True).click()
    expect(leaving).to_contain_text("with a sister")


def the_note_is_signed(page: Page) -> None:
    drafted = page.get_by_label("Drafted from what was recorded. Edit it, then sign.")
    expect(drafted).to_have_value(re.compile("168"))
    page.get_by_role("button", name="Sign note").click()
    expect(page.locator("#live-note")).to_contain_text("by Demo session nurse. Locked.")
    page.get_by_label("Amendment").fill("Nausea settled.")
    page.get_by_role("button", name="Add amendment").click()
    expect(page.locator("#live-note").get_by_text("Nausea settled.")).to_be_visible()


def type_readings(page: Page, *, systolic: int, diastolic: int, heart_rate: int) -> None:
    """A whole check, as it is typed under the values before."""
    values = {
        "Systolic": systolic,
        "Diastolic": diastolic,
        "Heart rate": heart_rate,
        "Oxygen": 98,
        "Breaths": 14,
        "Alert": 5,
        "Dissociation": 0,
    }
    entry = page.locator("form.entry")
    for name, value in values.items():
        entry.get_by_label(name).fill(str(value))
    entry.get_by_role("button", name="Save").click()
    expect(page.locator("#live-readings")).to_contain_text(f"{systolic}/{diastolic}")


# ------------------------------------------------------------------ follow-up


def a_thought_of_death_is_answered_on_the_phone(page: Page) -> None:
    page.get_by_role("link", name="Patient Health Questionnaire-9").click()
    for number in range(1, 11):
        expect(page).to_have_title(re.compile(f"Question {number} of 10"))
        page.get_by_role("radio").nth(1).check()
        page.get_by_role("button", name="Next").click()
        if number == 9:  # asked to send at once; the person goes on
            expect(page.get_by_text("Nobody at the clinic has seen this answer")).to_be_visible()
            page.get_by_role("link", name="Other questions").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Your answers are saved")).to_be_visible()
    expect(page.get_by_text("Nobody reads answers at once.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="988, call or text")).to_be_visible()


def the_prescriber_sees_the_flag_and_closes_it(page: Page) -> None:
    page.get_by_role("link", name="Flags", exact=True).click()
    flag = page.get_by_role("listitem").filter(has_text=ON_THE_PHONE).filter(has_text="PHQ-9 item 9 is 1")
    expect(flag).to_contain_text("Owner: Demo prescriber")
    expect(flag.locator(".due")).to_have_text(re.compile(r"\d\d:\d\d.*in \d+ (h|min|days?)", re.DOTALL))
    flag.get_by_text("Answer", exact=True).click()
    flag.get_by_label("What you did").fill(
        "Phoned and asked the screener: no plan and no intent. Safety plan gone through."
    )
    flag.get_by_role("button", name="Close").click()
    expect(page.get_by_role("status")).to_contain_text("is closed")
    expect(flag).to_be_hidden()


def the_chart_shows_the_score(page: Page) -> None:
    open_course(page, ON_THE_PHONE, "Follow-up")
    expect(page.locator("dl.figures .figure").first).to_contain_text(re.compile("Last PHQ-9 *9"))
    chart = page.get_by_role("region", name="Chart of the course").get_by_role("img")
    expect(chart).to_have_accessible_name(re.compile("9 at the latest answer"))
    measures = page.get_by_role("region", name="Measures")
    expect(measures.get_by_role("row").filter(has_text="Item 9: 1").first).to_contain_text("PHQ-9")


def sheet(page: Page, heading: str) -> Locator:
    """The part of a page under this heading."""
    return page.get_by_role("region", name=heading)
