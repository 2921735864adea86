"""Every page of the house: who opens it in the demonstration, and how they get there."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.visitor import open_course, open_session, sign_in

Way = Callable[[Page], object]


@dataclass(frozen=True, slots=True)
class Place:
    """One page in one state. `name` is the name of its URL; `role` None: nobody is signed in.

    Where the way there `changes` what others look at, it is walked in a clinic of its own.
    """

    name: str
    role: Role | None
    find: Way
    state: str = ""
    changes: bool = False

    def __str__(self) -> str:
        return f"{self.name}, {self.state}" if self.state else self.name


def address(path: str) -> Way:
    return lambda page: page.goto(path)


def course(person: str, stage: str, link: str = "") -> Way:
    """A stage of a person's course, and there the first link of this name."""

    def find(page: Page) -> None:
        open_course(page, person, stage)
        if link:
            page.get_by_role("main").get_by_role("link", name=link).first.click()

    return find


def session(person: str) -> Way:
    return lambda page: open_session(page, person)


def waiting_referral(page: Page) -> None:
    page.goto("/referrals/new")
    page.get_by_role("link", name="Look at it").first.click()


def measure(page: Page) -> None:
    open_course(page, "Daisy Grange28", "Follow-up")
    page.get_by_role("region", name="Measures").get_by_role("row").nth(1).get_by_role("link").click()


def answered_measure_to_correct(page: Page) -> None:
    open_course(page, "Daisy Grange28", "Follow-up")
    row = page.get_by_role("region", name="Measures").get_by_role("row").filter(has_text="PHQ-9")
    row.first.get_by_role("link").click()
    page.get_by_role("link", name="Correct", exact=True).click()


def measure_to_enter(page: Page) -> None:
    open_course(page, "Daisy Grange28", "Follow-up")
    page.get_by_text("Enter a measure").click()
    page.get_by_role("link", name="PHQ-9", exact=True).click()


SPRAY = "/evidence/?indication=treatment_resistant_depression&active=esketamine/nasal&outcome=depression&time=4wk"


def evidence_with_details(page: Page) -> None:
    page.goto(SPRAY)
    for details in page.get_by_role("main").locator("summary").all():
        details.click()


def correction_refused(page: Page) -> None:
    page.goto("/evidence/results/r001/correct")
    page.get_by_label("Standard deviation").fill("-1")
    page.get_by_role("button", name="Propose the correction").click()
    expect(page.get_by_role("alert")).to_be_visible()


def proposal_to_check(page: Page) -> None:
    """One person proposes, another opens it."""
    page.goto("/evidence/results/r001/correct")
    page.get_by_label("People", exact=True).fill("110")
    page.get_by_label("Why, and where the numbers can be read").fill("Synthetic: to be looked at.")
    page.get_by_role("button", name="Propose the correction").click()
    expect(page.get_by_text("It waits for a second person")).to_be_visible()
    address = page.url
    page.context.clear_cookies()
    sign_in(page, Role.DIRECTOR)
    page.goto(address)
    expect(page.get_by_role("button", name="Accept")).to_be_visible()


def question(page: Page) -> None:
    page.goto("/me/")
    page.get_by_role("link", name="Patient Health Questionnaire-9").click()


def answers_to_send(page: Page) -> None:
    """One question after another, until the page is the one that sends: each is there before it is looked at."""
    question(page)
    skip, send = page.get_by_role("button", name="Skip this question"), page.get_by_role("button", name="Send")
    expect(skip).to_be_visible()
    while skip.is_visible():
        before = page.title()
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Next").click()
        expect(page).not_to_have_title(before)
        expect(skip.or_(send)).to_be_visible()


def sent_answers(page: Page) -> None:
    answers_to_send(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Your answers are saved")).to_be_visible()


def pin_refused(page: Page) -> None:
    page.goto("/tablet/pin")
    page.get_by_label("PIN, 4 to 6 figures").fill("1234")
    page.get_by_label("The same again").fill("1234")
    page.get_by_label("Your password").fill("demonstration")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("alert")).to_be_visible()


def locked_tablet(page: Page) -> None:
    """Locked, and reloaded: the lock is then a page of its own."""
    page.get_by_role("button", name="Demo session nurse").click()
    page.get_by_role("button", name="Lock, or let another go on").click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    page.reload()
    page.get_by_text("Own password instead").click()


def with_second_factor(path: str) -> Way:
    """The page behind a second factor that was really set up."""

    def find(page: Page) -> None:
        set_up_code(page)
        page.goto(f"{SECOND_FACTOR}/{path}")

    return find


def set_up_code(page: Page) -> None:
    """An authenticator's code as second factor: the secret is read off the page, the code computed."""
    page.goto(f"{SECOND_FACTOR}/totp/activate/")
    secret = page.locator("#authenticator_secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    expect(page).not_to_have_url(re.compile("totp/activate"))


def with_passkey(path: str, link: str = "") -> Way:
    """The page behind a passkey, and there the link of this name; where it asks anew who it is, the passkey says it."""

    def find(page: Page) -> None:
        add_passkey(page)
        page.goto(f"{SECOND_FACTOR}/{path}")
        if link:
            page.get_by_role("link", name=link).click()
            confirm_by_passkey(page)

    return find


def confirmed(path: str, code: bool = False) -> Way:
    """A page that is open only to who has just proved who they are; with a `code` too."""

    def find(page: Page) -> None:
        add_passkey(page)
        page.goto(f"{SECOND_FACTOR}/recovery-codes/")
        confirm_by_passkey(page)
        if code:
            set_up_code(page)
        page.goto(f"{SECOND_FACTOR}/{path}")

    return find


def add_passkey(page: Page) -> None:
    """One of the browser's own virtual authenticator, which makes and keeps it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = kind | {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{SECOND_FACTOR}/webauthn/add/")
    page.get_by_label("Name").fill("Tablet")
    page.get_by_role("button", name="Add").click()
    expect(page).not_to_have_url(re.compile("webauthn/add"))


def confirm_by_passkey(page: Page) -> None:
    page.get_by_role("link", name="Use a passkey or security key").click()
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page).not_to_have_url(re.compile("reauthenticate"))


def whole_plan(page: Page) -> None:
    open_course(page, "Maple North13", "Plan")
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible(timeout=60_000)


def without_script(part: str) -> Way:
    """A slow part of the plan as a page of its own, at the address its place on the plan names."""

    def find(page: Page) -> None:
        open_course(page, "Maple North13", "Plan")
        page.goto(f"{page.url.partition('?')[0]}/{part}")

    return find


def code_of(secret: str) -> str:
    """What an authenticator application shows for this secret now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // SECONDS_OF_A_CODE))


def days_of_the_register(page: Page) -> None:
    """The register of ketamine, this month, by the form that asks for it."""
    page.goto("/drugs/register/period")
    page.get_by_role("button", name="Show").click()


def lot(number: str, link: str = "") -> Way:
    """A lot from the drug account, and there the link of this name."""

    def find(page: Page) -> None:
        page.goto("/drugs/")
        page.get_by_role("region", name="In store").get_by_role("link", name=number).click()
        if link:
            page.get_by_role("link", name=link).click()

    return find


def drug_of(person: str) -> Way:
    """The drug account of a person's treatment day today."""

    def find(page: Page) -> None:
        page.goto("/drugs/")
        page.get_by_role("region", name="Treatment days").get_by_role("link", name=person).click()

    return find


def count_of(place: str) -> Way:
    def find(page: Page) -> None:
        page.goto("/drugs/count")
        page.get_by_role("link", name=place).click()

    return find


def discrepancy(page: Page) -> None:
    page.goto("/drugs/")
    page.get_by_role("region", name="To be explained").get_by_role("link").first.click()


def entry_to_reverse(page: Page) -> None:
    page.goto("/drugs/register")
    page.get_by_role("link", name="Reverse entry").first.click()


def counted(page: Page) -> None:
    """A count that finds nothing in the safe."""
    count_of("Safe")(page)
    for box in page.get_by_role("textbox", name="lot").all():
        box.fill("0")
    page.get_by_role("button", name="Keep the count").click()
    expect(page.get_by_role("heading", name="Seen, and in the book")).to_be_visible()


def appointments_of(person: str, link: str = "") -> Way:
    """The appointments of a person's course, and there the link of this name."""

    def find(page: Page) -> None:
        open_course(page, person)
        page.get_by_role("link", name="Appointments", exact=True).click()
        if link:
            page.get_by_role("main").get_by_role("link", name=link).first.click()

    return find


def programme_form(person: str) -> Way:
    """The form of a nasal session that waits."""

    def find(page: Page) -> None:
        page.goto("/programme/")
        page.get_by_role("region", name="To be sent").get_by_role("link", name=person).first.click()

    return find


def sent_form(page: Page) -> None:
    """A form that was sent, by the word of a person."""
    page.goto("/programme/")
    page.get_by_role("region", name="Sent in the last 30 days").get_by_role("link").first.click()


def form_on_paper(page: Page) -> None:
    sent_form(page)
    page.get_by_role("link", name="On paper").click()


def form_to_take_back(page: Page) -> None:
    sent_form(page)
    page.get_by_role("link", name="It was not sent after all").click()


def serious_event_to_record(page: Page) -> None:
    programme_form("Daisy Grange28")(page)
    page.get_by_role("link", name="Record a serious event").click()


def serious_event(page: Page) -> None:
    serious_event_to_record(page)
    page.get_by_label("Another important medical event").check()
    page.get_by_label("What happened").fill("Synthetic: could not be roused for a minute.")
    page.get_by_role("button", name="Record it").click()
    page.get_by_role("region", name="Serious adverse events").get_by_role("link").first.click()


def letters_of(person: str, *links: str) -> Way:
    """The letters of a course, and from there one link after the other."""

    def find(page: Page) -> None:
        open_course(page, person, "Follow-up")
        page.get_by_role("main").get_by_role("link", name="Letters").click()
        for link in links:
            page.get_by_role("main").get_by_role("link", name=link).first.click()

    return find


def advice_of(person: str) -> Way:
    """What a person takes home, from their session."""

    def find(page: Page) -> None:
        open_session(page, person)
        page.get_by_role("link", name="Print it").click()

    return find


def series_looked_at(page: Page) -> None:
    appointments_of("Poplar Quay16", "Book the rest")(page)
    page.get_by_label("Who watches").select_option(index=1)
    page.get_by_label("Chair").select_option(index=1)
    page.get_by_role("button", name="Look what is free").click()


D = Role.PHARMACIST
SECOND_FACTOR = "/accounts/second-factor"
SECONDS_OF_A_CODE = 30
P, N, C, M, PATIENT = Role.PRESCRIBER, Role.NURSE, Role.COORDINATOR, Role.DIRECTOR, Role.PATIENT

PLACES = (
    Place("account_login", None, address("/accounts/sign-in/")),
    Place("account_logout", N, address("/accounts/sign-out/")),
    Place("account_change_password", N, address("/accounts/password/"), "refused"),
    Place("account_reauthenticate", N, address("/accounts/confirm/"), "refused"),
    Place("mfa_index", N, address(f"{SECOND_FACTOR}/")),
    Place("mfa_activate_totp", N, address(f"{SECOND_FACTOR}/totp/activate/")),
    Place("mfa_list_webauthn", N, address(f"{SECOND_FACTOR}/webauthn/")),
    Place("mfa_add_webauthn", N, address(f"{SECOND_FACTOR}/webauthn/add/")),
    Place("mfa_generate_recovery_codes", N, address(f"{SECOND_FACTOR}/recovery-codes/generate/")),
    Place("mfa_index", N, with_second_factor(""), "with a second factor", changes=True),
    Place("mfa_view_recovery_codes", N, confirmed("recovery-codes/"), changes=True),
    Place("mfa_deactivate_totp", N, confirmed("totp/deactivate/", code=True), changes=True),
    Place("mfa_generate_recovery_codes", N, confirmed("recovery-codes/generate/"), "anew", changes=True),
    Place("mfa_reauthenticate", N, with_second_factor("reauthenticate/"), changes=True),
    Place("tablet_pin", N, pin_refused, "refused"),
    Place("tablet_lock", N, locked_tablet, "locked"),
    Place("mfa_list_webauthn", N, with_passkey("webauthn/"), "with a passkey", changes=True),
    Place("mfa_edit_webauthn", N, with_passkey("webauthn/", "Edit"), changes=True),
    Place("mfa_remove_webauthn", N, with_passkey("webauthn/", "Remove"), changes=True),
    Place("mfa_reauthenticate_webauthn", N, with_passkey("webauthn/reauthenticate/"), changes=True),
    Place("people", C, address("/people/")),
    Place("people", Role.THERAPIST, address("/people/?name=nobody"), "nobody found"),
    Place("flags", P, address("/flags/")),
    Place("evidence", P, address("/evidence/")),
    Place("evidence", N, evidence_with_details, "pooled, all opened"),
    Place("evidence", C, address("/evidence/?indication=ocd&active=ketamine/oral&outcome=pain"), "no trial"),
    Place("evidence", N, address("/evidence/?indication=joy&time=never"), "refused"),
    Place("evidence_trials", Role.THERAPIST, address("/evidence/trials/")),
    Place("evidence_trials", N, address("/evidence/trials/?words=nobody"), "none found"),
    Place("evidence_trial", P, address("/evidence/trials/fedgchin-2019/")),
    Place("evidence_harms", N, address("/evidence/harms/")),
    Place("evidence_proposals", M, address("/evidence/proposals/")),
    Place("evidence_propose_trial", P, address("/evidence/proposals/trial")),
    Place("evidence_propose_files", M, address("/evidence/proposals/files")),
    Place("evidence_correct", P, correction_refused, "refused"),
    Place("evidence_proposal", P, proposal_to_check, "to be checked", changes=True),
    Place("rules", M, address("/rules/")),
    Place("limits", M, address("/rules/limits")),
    Place("status", M, address("/status/")),
    Place("audit", M, address("/audit/")),
    Place("audit", M, address("/audit/?kind=signed&first=2020-01-01"), "filtered"),
    Place("audit", M, address("/audit/?first=soon"), "refused"),
    Place("referral_new", C, address("/referrals/new")),
    Place("referral_confirm", C, waiting_referral),
    Place("referral", N, course("Tansy Upland20", "Referral")),
    Place("screening", P, course("Dahlia Fell04", "Screening")),
    Place("screening_decision", P, course("Larch Moor12", "Screening", "Findings as they stood")),
    Place("plan", P, course("Yarrow Beck24", "Plan"), "off-label"),
    Place("plan", P, whole_plan, "with what to expect"),
    Place("plan_outlook", P, without_script("outlook"), "on a page of its own"),
    Place("plan_beside", P, without_script("beside"), "on a page of its own"),
    Place("how_it_works", P, address("/how-it-works/")),
    Place("plan", P, course("Maple North13", "Plan"), "to be signed"),
    Place("plan", P, course("Juniper Lake10", "Plan"), "to be written"),
    Place("plan", N, course("Kerria Marsh11", "Plan"), "none yet"),
    Place("today", N, address("/today/")),
    Place("calendar", C, address("/calendar/")),
    Place("calendar_week", C, address("/calendar/week")),
    Place("calendar_ready", C, address("/calendar/ready")),
    Place("appointments", C, appointments_of("Poplar Quay16")),
    Place("appointment", C, appointments_of("Poplar Quay16", ":")),
    Place("appointment_series", C, series_looked_at, "looked at"),
    Place("calls", N, address("/calls/")),
    Place("calendar_hours", M, address("/calendar/hours")),
    Place("clinic", C, address("/clinic/")),
    Place("blank_sheet", N, address("/today/blank-sheet")),
    Place("monitors", N, address("/monitors/")),
    Place("emergency_card", N, address("/emergency-card?for=esketamine-nasal")),
    Place("emergency_card_write", M, address("/emergency-card/write")),
    Place("escalation", M, address("/escalation/")),
    Place("pharmacy", D, address("/drugs/")),
    Place("pharmacy_register", D, address("/drugs/register")),
    Place("pharmacy_period", D, address("/drugs/register/period"), "which days"),
    Place("pharmacy_period", D, days_of_the_register, "a month"),
    Place("pharmacy_receive", D, address("/drugs/receive")),
    Place("pharmacy_set_up", D, address("/drugs/set-up")),
    Place("pharmacy_count", N, address("/drugs/count"), "which place"),
    Place("pharmacy_count", N, count_of("Treatment room cabinet"), "one place"),
    Place("pharmacy_count", D, count_of("All places"), "inventory"),
    Place("pharmacy_counted", N, counted, changes=True),
    Place("pharmacy_reverse", D, entry_to_reverse),
    Place("pharmacy_use", N, drug_of("Ulmus Vale21"), "drawn, before the dose"),
    Place("pharmacy_use", M, drug_of("Violet Weald22"), "over"),
    Place("pharmacy_lot", D, lot("K90")),
    Place("pharmacy_recipients", D, lot("E02", "Who got it")),
    Place("pharmacy_who_got", D, address("/drugs/who-got?lot=E02")),
    Place("pharmacy_case", D, discrepancy),
    Place("programme", C, address("/programme/")),
    Place("programme_site", M, address("/programme/site")),
    Place("programme_person", C, course("Daisy Grange28", "Follow-up", "Nasal programme")),
    Place("programme_form", N, programme_form("Daisy Grange28"), "overdue, nobody read it"),
    Place("programme_form", C, sent_form, "sent"),
    Place("programme_paper", C, form_on_paper),
    Place("programme_take_back", C, form_to_take_back),
    Place("programme_event_new", N, serious_event_to_record),
    Place("programme_event", N, serious_event, changes=True),
    Place("letters", N, letters_of("Daisy Grange28")),
    Place("letter", P, letters_of("Daisy Grange28", "Letter 1"), "a draft"),
    Place("letter", Role.THERAPIST, letters_of("Myrtle Pond37", "Letter 1"), "signed"),
    Place("letter_paper", P, letters_of("Myrtle Pond37", "Letter 1", "On paper")),
    Place("sessions", N, course("Yarrow Beck24", "Treatment days")),
    Place("session", P, session("Ulmus Vale21"), "before the dose"),
    Place("session", N, session("Tansy Upland20"), "running"),
    Place("leaving_advice", N, advice_of("Tansy Upland20")),
    Place("course", P, course("Daisy Grange28", "Follow-up")),
    Place("course", P, course("Dahlia Fell04", "Follow-up"), "no answer yet"),
    Place("measure", P, measure),
    Place("measure_new", N, measure_to_enter),
    Place("measure_correct", N, answered_measure_to_correct),
    Place("own", PATIENT, address("/me/")),
    Place("own_help", PATIENT, address("/me/help")),
    Place("own_question", PATIENT, question),
    Place("own_send", PATIENT, answers_to_send),
    Place("own_sent", PATIENT, sent_answers, changes=True),
)

# Addresses that answer with no page of their own, and why.
NO_PAGE = {
    "home": "leads to the first page of each role",
    "health": "answers a machine",
    "today_live": "part of a page",
    "calendar_coming": "part of a page",
    "appointments_misfits": "part of a page",
    "session_live": "part of a page",
    "blank_sheet_pdf": "a PDF",
    "tablet_open": "answers a script",
    "escalation_board": "part of a page",
    "escalation_session": "part of a page",
    "programme_paper_pdf": "a PDF",
    "programme_event_pdf": "a PDF",
    "letter_pdf": "a PDF",
    "evidence_result": "a file",
    "evidence_data": "a file",
    "pharmacy_period_file": "a file",
    "audit_file": "a file",
    "mfa_login_webauthn": "answers a script",
    "mfa_download_recovery_codes": "a text file",
    # Reached with a password only, which nobody in the demonstration has; opened in test_full_sign_in.
    "mfa_authenticate": "a password comes first",
    # Nothing unreadable was sent in the demonstration; its page is opened in tests/exchange.
    "device_message": "no message without a reading in the demonstration",
}
