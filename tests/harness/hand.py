"""A hand on a tablet that counts what it costs: touches, with figures apart."""

from playwright.sync_api import Locator, Page


class Hand:
    """Acts on the page that is open and counts each touch. A letter is one, a figure none, a choice from a list two."""

    def __init__(self, page: Page) -> None:
        self.page, self.touches = page, 0

    def touch(self, what: Locator) -> None:
        self.touches += 1
        what.click()

    def key(self, name: str) -> None:
        self.touches += 1
        self.page.keyboard.press(name)

    def type(self, text: str) -> None:
        self.touches += sum(not sign.isdigit() for sign in text)
        self.page.keyboard.type(text)

    def choose(self, what: Locator, label: str) -> None:
        """Open a list and touch a line of it."""
        self.touches += 2
        options = what.locator("option").all_inner_texts()
        what.select_option(label=next(each for each in options if label in each))
