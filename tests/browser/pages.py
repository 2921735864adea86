"""Every page of the house: who opens it in the demonstration, and how they get there."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.visitor import open_course, open_session

Way = Callable[[Page], object]


@dataclass(frozen=True, slots=True)
class Place:
    """One page in one state. `name` is the name of its URL; `role` None: nobody is signed in.

    Where the way there `changes` what others look at, it is walked on a server of its own.
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


def question(page: Page) -> None:
    page.goto("/me/")
    page.get_by_role("link", name="Patient Health Questionnaire-9").click()


def answers_to_send(page: Page) -> None:
    question(page)
    while page.get_by_role("button", name="Skip this question").is_visible():
        before = page.title()
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Next").click()
        expect(page).not_to_have_title(before)


def sent_answers(page: Page) -> None:
    answers_to_send(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Your answers are saved")).to_be_visible()


def whole_plan(page: Page) -> None:
    open_course(page, "Maple North13", "Plan")
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible(timeout=60_000)


def without_script(part: str) -> Way:
    """A slow part of the plan as a page of its own, at the address its place on the plan names."""

    def find(page: Page) -> None:
        open_course(page, "Maple North13", "Plan")
        page.goto(f"{page.url.partition('?')[0]}/{part}")

    return find


P, N, C, M, PATIENT = Role.PRESCRIBER, Role.NURSE, Role.COORDINATOR, Role.DIRECTOR, Role.PATIENT
SECOND_FACTOR = "/accounts/second-factor"

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
    Place("people", C, address("/people/")),
    Place("people", Role.THERAPIST, address("/people/?name=nobody"), "nobody found"),
    Place("flags", P, address("/flags/")),
    Place("rules", M, address("/rules/")),
    Place("status", M, address("/status/")),
    Place("audit", M, address("/audit/")),
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
    Place("blank_sheet", N, address("/today/blank-sheet")),
    Place("monitors", N, address("/monitors/")),
    Place("sessions", N, course("Yarrow Beck24", "Treatment days")),
    Place("session", P, session("Ulmus Vale21"), "before the dose"),
    Place("session", N, session("Tansy Upland20"), "running"),
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
    "session_live": "part of a page",
    "blank_sheet_pdf": "a PDF",
    "mfa_login_webauthn": "answers a script",
    "mfa_download_recovery_codes": "a text file",
    # These exist only behind a second factor, which nobody in the demonstration has.
    "mfa_authenticate": "second factor",
    "mfa_reauthenticate": "second factor",
    "mfa_reauthenticate_webauthn": "second factor",
    "mfa_deactivate_totp": "second factor",
    "mfa_edit_webauthn": "second factor",
    "mfa_remove_webauthn": "second factor",
    "mfa_view_recovery_codes": "second factor",
    # Nothing unreadable was sent in the demonstration; its page is opened in tests/exchange.
    "device_message": "no message without a reading in the demonstration",
}
