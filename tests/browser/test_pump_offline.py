"""Without a network the pump is shown as it was touched last, whatever the server knows."""

import re

from playwright.sync_api import Page, expect

from tests.browser import test_session_network
from tests.harness import own_server

database, server = own_server.database, own_server.server
address, session = test_session_network.address, test_session_network.session


def test_the_pump_stands_as_it_was_touched_last_without_a_network(session: Page) -> None:
    clock, pause, resume = session.locator("#live-clock"), session.locator("#do-pause"), session.locator("#do-resume")
    session.context.set_offline(True)  # until the end: nothing of this reaches the server
    pause.click()
    expect(clock).to_contain_text(re.compile(r"Paused \d\d:\d\d, kept on this tablet, not sent yet"))
    expect(resume).to_be_visible()
    expect(pause).to_be_hidden()
    session.locator("#do-stop").click()
    session.get_by_role("button", name="Stopped now").click()
    expect(clock).to_contain_text(re.compile(r"Stopped \d\d:\d\d, kept on this tablet, not sent yet"))
    expect(clock.locator("[data-until]")).to_be_hidden()
    expect(resume).to_be_hidden()
    expect(pause).to_be_hidden()
