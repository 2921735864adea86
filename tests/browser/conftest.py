"""A live server with the demonstration's clinic, and a real browser in front of it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.harness import commands
from tests.harness.browser import HOW_TO_GET_IT, find_chromium
from tests.harness.databases import Databases
from tests.harness.own_server import spare_server
from tests.harness.server import running_server

__all__ = ["spare_server"]

# A page takes as long as a busy machine needs: nothing here is a timed test.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def demonstration_database(databases: Databases, migrated_database: str) -> str:
    """The URL of a database filled with the demonstration. To copy from: nobody may connect to it."""
    filled = databases.copy(migrated_database)
    commands.fill_demonstration(filled)
    return filled


@pytest.fixture(scope="session")
def server(databases: Databases, demonstration_database: str) -> Iterator[str]:
    """The address of the server all browser tests share: a test changes only the patients it makes itself."""
    with running_server(databases.copy(demonstration_database)) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.fail(HOW_TO_GET_IT) if os.environ.get("CI") == "true" else pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of its own person: no cookie is shared. Takes Playwright's options for a context, such as
    `viewport`, `color_scheme` or `has_touch`; relative addresses lead to `server` unless `base_url` names another.

    A script error or a breach of the content security policy on any of them fails the test.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"base_url": server} | options)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on("console", note_policy_breach)
        contexts.append(context)
        return context.new_page()

    def note_policy_breach(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            troubles.append(message.text)

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()
