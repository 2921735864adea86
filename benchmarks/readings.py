"""Storing a reading through HTTP, beside a bare view that inserts the same row."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle, islice
from uuid import uuid4

from benchmarks.clinic import Clinic, OpenSession
from benchmarks.load import Client, alternating, rate
from benchmarks.report import Figure

BROWSERS = 4
READINGS_EACH = 30
ROUNDS = 15  # many and short: what else the machine does then meets both alike
AT_LEAST = 0.5
WITHIN_LIMITS = "72"  # per minute: an ordinary heart rate, so that no flag is raised


def measure(clinic: Clinic) -> Iterator[Figure]:
    """Readings per second with several browsers at once, each on a treatment day that is under way."""
    here, beside = alternating(lambda: _rate(clinic, _store), lambda: _rate(clinic, _insert), ROUNDS)
    yield Figure(
        "Storing a reading",
        f"{here:.0f} per s",
        f"{beside:.0f} per s",
        here / beside,
        at_least=AT_LEAST,
        note=f"{BROWSERS} browsers at once, {READINGS_EACH} readings each",
    )


Storing = Callable[[Client, OpenSession], object]


def _rate(clinic: Clinic, store: Storing) -> float:
    with ExitStack() as closed:
        workers = []
        for session in islice(cycle(clinic.subjects.open_sessions), BROWSERS):
            browser = closed.enter_context(clinic.browser("nurse") if store is _store else clinic.bare_browser())
            store(browser, session)
            workers.append(lambda browser=browser, session=session: store(browser, session))
        return rate(workers, READINGS_EACH)


def _store(browser: Client, session: OpenSession) -> object:
    """With sign-in, permission, audit, receipt and limits, as a nurse types it."""
    return browser.post(f"{session.path}readings", {"write_id": str(uuid4()), "heart_rate": WITHIN_LIMITS})


def _insert(browser: Client, session: OpenSession) -> object:
    said = {"session": session.session, "patient": session.patient, "user": session.user}
    return browser.post("/readings", said | {"vital": "heart_rate", "value": WITHIN_LIMITS}, expect=204)
