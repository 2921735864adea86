"""What answers in the server's place: a portal, a proxy, or nobody, just when it matters whose answer it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from daybreak.clinic.record.permissions import Role
from tests.browser.test_drug_account_network import ENTRIES, type_amount
from tests.browser.test_drug_account_network import PREPARE as ACCOUNT
from tests.browser.test_left_tablet import touch_under_the_name
from tests.browser.test_not_live import black_hole, portal
from tests.browser.test_session_network import PREPARE as SESSION
from tests.browser.test_session_network import READINGS, type_heart_rate
from tests.browser.test_session_refusal import CLEAR, OPEN, start
from tests.clinic.pharmacy.store import PASSWORD
from tests.harness.own_server import SpareServer, run
from tests.harness.visitor import TABLET, sign_in

EVERYTHING = "**/*"
LOCK = "Lock, or let another go on"
# No answer for half a second is as none for half a minute.
SOON = "AbortSignal.timeout = ((wait) => (ms) => wait(Math.min(ms, 500)))(AbortSignal.timeout.bind(AbortSignal))"
NO_STORAGE = """
Storage.prototype.setItem = () => { throw new DOMException("none", "QuotaExceededError"); };
Object.defineProperty(window, "indexedDB", { value: { open: () => { throw new DOMException("none"); } } });
"""


@pytest.fixture
def server(spare_server: SpareServer) -> str:
    return spare_server.address


@pytest.fixture
def database(spare_server: SpareServer, migrated_database: str) -> str:
    spare_server.begin(migrated_database)
    return spare_server.database


@pytest.fixture
def session(new_page: Callable[..., Page], database: str) -> Page:
    page = new_page(viewport=TABLET)
    sign_in_to(page, database, SESSION, "/sessions/{}/")
    return page


@pytest.fixture
def account(new_page: Callable[..., Page], database: str) -> Page:
    page = new_page(viewport=TABLET)
    sign_in_to(page, database, ACCOUNT, "/drugs/sessions/{}/")
    return page


def sign_in_to(page: Page, database: str, prepare: str, address: str) -> None:
    prepared = run(prepare, database)
    sign_in(page, Role.NURSE)
    page.goto(address.format(prepared))


class TestATabletThatIsLeft:
    def test_behind_a_portal_it_stays_covered_and_locks_once_the_server_answers(self, session: Page) -> None:
        session.route(EVERYTHING, portal)
        touch_under_the_name(session, LOCK)
        expect(session.get_by_role("heading", name="Covered, not locked")).to_be_visible()
        session.unroute(EVERYTHING)
        expect(session.get_by_role("heading", name="Locked", exact=True)).to_be_visible()
        expect(session.get_by_label("Own PIN")).to_be_visible()

    def test_behind_a_portal_the_form_to_go_on_stays(self, session: Page) -> None:
        touch_under_the_name(session, LOCK)
        session.get_by_label("Own PIN").fill("4071")
        session.route(EVERYTHING, portal)
        session.get_by_role("button", name="Go on").click()
        expect(session.get_by_role("alert")).to_contain_text("The server did not answer")
        expect(session.get_by_role("heading", name="Locked", exact=True)).to_be_visible()
        expect(session.get_by_label("Own PIN")).to_be_visible()

    def test_who_signs_out_behind_a_portal_is_signed_out_once_the_server_answers(self, session: Page) -> None:
        address = session.url
        session.route(EVERYTHING, portal)
        touch_under_the_name(session, "Sign out")
        expect(session.get_by_role("heading", name="Not signed out yet")).to_be_visible()
        session.unroute(EVERYTHING)
        expect(session.get_by_role("heading", name="Sign in")).to_be_visible()
        session.goto(address)
        expect(session.get_by_role("heading", name="Sign in")).to_be_visible()

    def test_a_proxy_that_says_locked_locks_nothing(self, session: Page) -> None:
        session.route("**/live?*", lambda route: route.fulfill(status=423, body="Locked"))
        expect(session.get_by_text("No connection since")).to_be_visible()
        session.unroute("**/live?*")
        expect(session.get_by_text("No connection since")).to_be_hidden()
        expect(session.locator("#glance")).to_be_visible()


class TestAFormWithAWitness:
    def test_a_lost_answer_is_not_called_nothing_recorded_and_the_same_again_counts_once(
        self, account: Page, database: str
    ) -> None:
        def lose_the_answer(route: Route) -> None:
            route.fetch()
            route.abort()

        account.route("**/waste", lose_the_answer)
        self.waste(account, "5")
        said = account.get_by_role("alert")
        expect(said).to_contain_text("it may have recorded this, or not. Send it again as it is: it counts once.")
        assert run(ENTRIES, database)[-1] == ["wasted", 5, "second-person"]
        account.unroute("**/waste")
        self.waste(account, "5")
        expect(account.get_by_text("This was saved before; nothing was added.")).to_be_visible()
        assert [kind for kind, *_ in run(ENTRIES, database)].count("wasted") == 1

    def test_an_answer_that_does_not_name_the_entry_is_none(self, account: Page, database: str) -> None:
        account.route("**/waste", lambda route: route.fulfill(json={"ok": True}))
        self.waste(account, "5")
        expect(account.get_by_role("alert")).to_contain_text("The server did not answer")
        expect(account.get_by_role("region", name="Waste, with a witness").get_by_label("How much")).to_have_value("5")
        assert [kind for kind, *_ in run(ENTRIES, database)] == ["drawn"]

    def test_where_no_answer_comes_that_is_said(self, account: Page) -> None:
        account.route("**/waste", black_hole)
        self.waste(account, "5")
        said = account.get_by_role("alert")
        expect(said).to_contain_text("The server is asked.")
        account.unroute("**/waste")

    @staticmethod
    def waste(page: Page, mg: str) -> None:
        form = page.get_by_role("region", name="Waste, with a witness")
        type_amount(form, mg)
        form.get_by_label("Witness", exact=True).select_option("second-person")
        form.get_by_label("Witness: own PIN or password").fill(PASSWORD)
        form.get_by_role("button", name="Waste").click()


def unreadable(route: Route) -> None:
    route.fulfill(status=500, content_type="application/json", body="")


@pytest.mark.parametrize("answer", [black_hole, unreadable])
def test_an_entry_that_gets_no_answer_holds_up_no_value_behind_it(
    session: Page, database: str, answer: Callable[[Route], None]
) -> None:
    session.add_init_script(SOON)
    session.reload()
    session.route("**/observe", answer)
    session.get_by_role("button", name="Nausea", exact=True).click()
    type_heart_rate(session, "83")
    expect(session.locator("#live-readings .last")).to_contain_text("83")
    assert [83, "demo-nurse"] in run(READINGS, database)


def test_where_the_browser_keeps_nothing_a_start_is_shown_all_the_same(
    new_page: Callable[..., Page], database: str
) -> None:
    page = new_page(viewport=TABLET)
    page.add_init_script(NO_STORAGE)
    sign_in_to(page, database, OPEN, "/sessions/{}/")
    run(CLEAR, database)
    page.reload()
    start(page)
    expect(page.get_by_role("button", name="Pump rate")).to_be_visible()


def test_the_clock_of_the_server_is_known_within_what_the_way_may_have_taken(session: Page) -> None:
    """Made 10 s after the asking and 2 s before the coming: a tablet's clock that may be right is left alone."""
    set_clock = """([offset, ahead]) => {
        const now = Date.now();
        outbox.clockOffset = offset;
        outbox.setClock(new Date(now + ahead - 2000).toISOString(), now - 12000, now);
        return Math.round(outbox.clockOffset / 1000);
    }"""
    assert session.evaluate(set_clock, [0, 0]) == 0
    assert session.evaluate(set_clock, [0, 3600_000]) == 3600 - 2
    assert session.evaluate(set_clock, [0, -3600_000]) == -3600 + 10
    assert session.evaluate(set_clock, [3600_000, 3600_000]) == 3600
