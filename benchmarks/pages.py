"""Every page beside a bare page of five queries."""

from collections.abc import Iterator

from benchmarks.clinic import Clinic, Page
from benchmarks.live import token
from benchmarks.load import Client, alternating, seconds
from benchmarks.report import Figure

ROUNDS = 25
AT_MOST = 2.0
WARMED_UP_BY = 8  # openings, so that each worker process has served the page


def measure(clinic: Clinic) -> Iterator[Figure]:
    """The median time of each page, and of the bare one asked in turn with it."""
    for page in clinic.subjects.pages:
        with clinic.browser(page.role) as browser, clinic.bare_browser() as bare:
            yield _page(page, browser, bare, clinic.subjects.bare_page)
    with clinic.browser("nurse") as browser, clinic.bare_browser() as bare:
        yield _nothing_new(clinic, browser, bare)


def _page(page: Page, browser: Client, bare: Client, bare_page: str) -> Figure:
    for _ in range(WARMED_UP_BY):
        size = len(browser.get(page.path).body)
        bare.get(bare_page)
    times = alternating(
        lambda: seconds(lambda: browser.get(page.path)), lambda: seconds(lambda: bare.get(bare_page)), ROUNDS
    )
    return _figure(page.name, times, f"{page.queries} queries, {size / 1000:.0f} kB")


def _nothing_new(clinic: Clinic, browser: Client, bare: Client) -> Figure:
    """What an open session page asks every two seconds, while nothing happens."""
    live = f"{clinic.subjects.open_sessions[0].path}live"

    def ask() -> float:
        known = token(browser.get(live).body)
        return seconds(lambda: browser.get(f"{live}?version={known}", expect=304))

    times = alternating(ask, lambda: seconds(lambda: bare.get(clinic.subjects.bare_page)), ROUNDS)
    return _figure("Session, nothing new", times, "answered 304")


def _figure(name: str, times: tuple[float, float], note: str) -> Figure:
    here, beside = times
    return Figure(name, f"{1000 * here:.1f} ms", f"{1000 * beside:.1f} ms", here / beside, at_most=AT_MOST, note=note)
