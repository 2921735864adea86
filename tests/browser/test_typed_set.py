"""A whole set of readings by hand costs few touches apart from its figures."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from daybreak.clinic.record.permissions import Role
from tests.harness.hand import Hand
from tests.harness.visitor import PHONE, TABLET, open_session, sign_in

MOST_TOUCHES = 4


def box(page: Page, label: str) -> Locator:
    return page.locator(".enter").get_by_label(label, exact=True)


def values(page: Page) -> list[str]:
    return page.locator(".enter input").evaluate_all("boxes => boxes.map(box => box.value)")


def at_the_grid(new_page: Callable[..., Page]) -> Page:
    page = new_page(viewport=TABLET, has_touch=True)
    sign_in(page, Role.NURSE)
    open_session(page, "Tansy Upland20")
    return page


def test_a_set_of_seven_values_is_saved_with_four_touches_at_most(new_page: Callable[..., Page]) -> None:
    page = at_the_grid(new_page)
    hand = Hand(page)
    hand.touch(box(page, "Systolic, mmHg"))
    hand.type("12882729716" + "5" + "3")
    assert values(page) == ["128", "82", "72", "97", "16", "5", "3"]
    hand.key("Enter")
    expect(page.locator(".enter input").first).to_have_value("")
    expect(page.get_by_role("region", name="At a glance").get_by_role("row", name="Now")).to_contain_text("128/82")
    assert hand.touches <= MOST_TOUCHES
    expect(page.locator(".enter").get_by_label("Systolic, mmHg", exact=True)).to_be_focused()


def test_what_may_still_take_a_figure_waits_and_enter_moves_on(new_page: Callable[..., Page]) -> None:
    """100 % has three figures, 10 of 10 has two, and a pressure of 98 has no third."""
    page = at_the_grid(new_page)
    hand = Hand(page)
    hand.touch(box(page, "Systolic, mmHg"))
    hand.type("98" + "60" + "104" + "100" + "8" + "5" + "1")
    assert values(page) == ["98", "60", "104", "100", "8", "5", "1"]
    expect(page.locator(".enter").get_by_label("Dissociation, 0 to 10", exact=True)).to_be_focused()
    hand.type("0")
    assert values(page)[-1] == "10"
    hand.touch(box(page, "Breaths per minute"))
    hand.key("Control+a")
    hand.type("1")
    hand.key("Enter")
    expect(page.locator(".enter").get_by_label("Alertness, MOAA/S 0 to 5", exact=True)).to_be_focused()


def test_a_value_that_is_corrected_does_not_run_away(new_page: Callable[..., Page]) -> None:
    page = at_the_grid(new_page)
    hand = Hand(page)
    hand.touch(box(page, "Diastolic, mmHg"))
    hand.type("82")
    expect(page.locator(".enter").get_by_label("Heart rate per minute", exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    corrected = box(page, "Diastolic, mmHg")
    expect(corrected).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    expect(corrected).to_be_focused()
    expect(corrected).to_have_value("8")
    assert page.get_by_text("A complete value moves on to the next box.").is_visible()


def test_a_grid_wider_than_the_screen_says_so_and_on_a_phone_none_is(new_page: Callable[..., Page]) -> None:
    page = at_the_grid(new_page)
    hint, grid = page.get_by_text("More columns to the right"), page.locator(".glance .scroll").element_handle()
    for width, is_wider in ((TABLET["width"], False), (720, True), (PHONE["width"], False), (320, False)):
        page.set_viewport_size({"width": width, "height": 800})
        assert hint.is_visible() is is_wider, width
        assert page.evaluate("scroll => scroll.scrollWidth > scroll.clientWidth", grid) is is_wider, width
