"""A whole treatment day on a tablet in the dark theme: what it costs in touches, and that the drug adds up after it.

The hours in the chair pass on the server's clock, which the test moves.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.databases import Databases
from tests.harness.hand import Hand
from tests.harness.server import running_server
from tests.harness.visitor import TABLET, sign_in

MOST_TOUCHES_OF_A_NASAL_SESSION = 60
SPRAYED, INFUSED = "Sage Tarn19", "Elder Hill29"
# Pressure, pulse, oxygen, breaths, alertness (MOAA/S) and dissociation, as they are typed without a pause.
CALM, AT_THE_PEAK = "1267868981650", "1348476961545"


class Clock:
    """The server's clock."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._set(0)

    @property
    def file(self) -> Path:
        return self._file

    def wait(self, minutes: int, page: Page) -> None:
        """So long passes; the open page has noticed."""
        with page.expect_response(lambda answer: "/live" in answer.url and answer.status == 200):
            self._set(self._ahead_min + minutes)
        page.wait_for_function("at => outbox.clockOffset > at", arg=(self._ahead_min - 1) * 60_000)

    def _set(self, minutes: int) -> None:
        self._ahead_min = minutes
        self._file.write_text(str(minutes * 60))


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "seconds")


@pytest.fixture
def server(databases: Databases, demonstration_database: str, clock: Clock) -> Iterator[str]:
    """A server of its own, whose clock is moved."""
    with running_server(databases.copy(demonstration_database), clock=clock.file) as address:
        yield address


@pytest.fixture
def hand(new_page: Callable[..., Page]) -> Hand:
    page = new_page(viewport=TABLET, color_scheme="dark", has_touch=True)
    sign_in(page, Role.NURSE)
    return Hand(page)


def test_a_nasal_session_from_arrival_to_discharge(hand: Hand, clock: Clock, figure: Callable[[str], None]) -> None:
    page = hand.page
    arrive(hand, SPRAYED)
    lot = draw(hand, "3")
    type_set(hand, CALM)
    answer_checks(hand)
    start(hand, lot)
    for device in (2, 3):
        clock.wait(6, page)
        given = page.get_by_role("button", name=f"Device {device} of 3")
        expect(page.locator("#do-device")).to_be_visible()  # the rest is over: no reason is asked
        expect(given).to_contain_text(f"same lot {lot}")  # who holds another one says so instead
        hand.touch(given)
        expect(page.locator("#live-timeline")).to_contain_text(f"Device {device} of 3")
    clock.wait(28, page)
    type_set(hand, AT_THE_PEAK)
    for _ in range(3):
        clock.wait(28, page)
        type_set(hand, CALM)
    leave(hand)
    figure(f"a whole nasal session: {hand.touches} touches, figures apart")
    assert hand.touches <= MOST_TOUCHES_OF_A_NASAL_SESSION
    balances(page, drawn="84", given="84")


def test_an_infusion_from_arrival_to_discharge(hand: Hand, clock: Clock, figure: Callable[[str], None]) -> None:
    page = hand.page
    arrive(hand, INFUSED)
    lot = draw(hand, "50")
    type_set(hand, CALM)
    answer_checks(hand)
    start(hand, lot, pump=("1", "60.8"))
    clock.wait(15, page)
    type_set(hand, AT_THE_PEAK)
    hand.touch(page.get_by_role("button", name="Pause"))
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    clock.wait(5, page)
    hand.touch(page.get_by_role("button", name="Resume"))
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    clock.wait(26, page)
    type_set(hand, CALM)
    hand.touch(page.locator("#do-stop"))
    hand.touch(page.get_by_role("button", name="Stopped now"))
    expect(page.locator("#live-reach")).to_contain_text("40.5 mg given")
    for _ in range(3):
        clock.wait(30, page)
        type_set(hand, CALM)
    leave(hand)
    waste(hand, "9.5")
    figure(f"a whole infusion with a pause and a witnessed waste: {hand.touches} touches, figures apart")
    balances(page, drawn="50", given="40.5")


# ------------------------------------------------------------------ what a nurse does


def arrive(hand: Hand, name: str) -> None:
    page = hand.page
    page.goto("/today/")
    hand.touch(page.get_by_role("link", name=name))
    hand.choose(page.get_by_label("Chair"), "Chair")
    hand.touch(page.get_by_role("button", name=re.compile("Open session")))
    expect(page.get_by_role("heading", name="Before the dose")).to_be_visible()


def draw(hand: Hand, amount: str) -> str:
    """The lot it was drawn from, as the label says."""
    page = hand.page
    hand.touch(page.get_by_role("link", name="Drug account", exact=True).last)
    form = page.get_by_role("region", name="Draw")
    if form.get_by_label("From").locator("option").count() > 1:
        hand.choose(form.get_by_label("From"), "cabinet")
    hand.touch(form.get_by_label("How much"))
    hand.type(amount)
    if form.get_by_label("In", exact=True).locator("option").count() > 1:
        hand.choose(form.get_by_label("In", exact=True), "mg")
    hand.touch(form.get_by_role("button", name="Draw"))
    lot = page.get_by_role("link", name=re.compile("^lot ")).first.inner_text().removeprefix("lot ")
    hand.touch(page.get_by_role("link", name="Session", exact=True))
    return lot


def type_set(hand: Hand, figures: str) -> None:
    first = hand.page.locator(".enter").get_by_label("Systolic, mmHg", exact=True)
    hand.touch(first)
    hand.type(figures)
    hand.key("Enter")
    expect(first).to_have_value("")
    expect(hand.page.get_by_role("row", name="Now")).to_contain_text(f"{figures[:3]}/{figures[3:5]}")


def answer_checks(hand: Hand) -> None:
    """Each by itself: nothing is filled in beforehand."""
    for question in waiting(hand.page.locator("#live-checks")):
        # The questions that ask for something wrong begin with these words.
        wrong = question.locator("div").first.inner_text().startswith(("Any", "Could", "Two"))
        hand.touch(question.get_by_role("button", name="No" if wrong else "Yes", exact=True))
        expect(question).to_contain_text("Clear" if wrong else "Met")
    expect(hand.page.get_by_text("Nothing stands against the dose")).to_be_visible()


def start(hand: Hand, lot: str, pump: tuple[str, str] | None = None) -> None:
    """Of an infusion also what stands on the bag and what the pump shows, mg/mL and mL/h."""
    page = hand.page
    hand.touch(page.locator("#open-start"))
    if pump:
        for label, figure in zip(("Concentration on the label", "Rate set on the pump"), pump, strict=True):
            hand.touch(page.get_by_label(label))
            hand.type(figure)
    hand.touch(page.get_by_label("Lot on the label"))
    hand.type(lot)
    hand.touch(page.get_by_role("button", name="Start now"))
    expect(page.locator("#live-clock")).to_contain_text("Next check")
    expect(page.locator("#live-clock")).to_be_in_viewport()


def leave(hand: Hand) -> None:
    page = hand.page
    for criterion in waiting(page.locator("#live-leaving")):
        if "Not met" in criterion.inner_text() or "Unknown" in criterion.inner_text():
            hand.touch(criterion.get_by_role("button", name="Yes", exact=True))
            expect(criterion).to_contain_text("Met")
    hand.touch(page.get_by_role("button", name="Leaves", exact=True))
    door = page.get_by_role("dialog", name="Leaves")
    hand.touch(door.get_by_label("Goes with"))
    hand.type("sister")
    hand.touch(door.get_by_role("button", name="Leaves", exact=True))
    expect(page.locator("#live-leaving")).to_contain_text("with sister")
    hand.touch(page.get_by_role("button", name="Sign note"))
    expect(page.locator("#live-note")).to_contain_text("Locked.")


def waste(hand: Hand, amount: str) -> None:
    page = hand.page
    hand.touch(page.get_by_role("link", name="Drug account", exact=True).last)
    form = page.get_by_role("region", name="Waste, with a witness")
    hand.touch(form.get_by_label("How much"))
    hand.type(amount)
    hand.choose(form.get_by_label("In", exact=True), "mg")
    hand.choose(form.get_by_label("Witness", exact=True), "Demo prescriber")
    hand.touch(form.get_by_label("Witness: own PIN or password"))
    hand.type("demonstration")
    hand.touch(form.get_by_role("button", name="Waste"))


def waiting(part: Locator) -> list[Locator]:
    return part.get_by_role("listitem").filter(has=part.page.get_by_role("button")).all()


def balances(page: Page, *, drawn: str, given: str) -> None:
    if "/drugs/" not in page.url:
        page.get_by_role("link", name="Drug account", exact=True).last.click()
    account = page.get_by_role("region", name="The account")
    expect(account).to_contain_text("it adds up", timeout=15_000)
    for name, mg in (("Drawn", drawn), ("Given", given), ("Open", "0")):
        expect(account.locator(".figure").filter(has_text=name)).to_contain_text(re.compile(rf"{name}\s*{mg} mg"))
