"""How long until a stored reading stands on a session page that is open elsewhere."""

import re
import time
from collections.abc import Iterator
from uuid import uuid4

from benchmarks.clinic import Clinic
from benchmarks.load import Client
from benchmarks.report import Figure

TRIES = 6
POLLED_EVERY_SECONDS = 2.0  # as the page's own `hx-trigger` says
AT_MOST_SECONDS = 3.0
_TOKEN = re.compile(rb"version=([0-9.]+)")


def token(body: bytes) -> str:
    """The version an open page compares with, from its live parts."""
    found = _TOKEN.search(body)
    if found is None:
        raise ValueError("The live parts of the session page name no version.")
    return found[1].decode()


def measure(clinic: Clinic) -> Iterator[Figure]:
    """The longest of several tries; the reading comes at another moment between two polls each time."""
    path = clinic.subjects.open_sessions[0].path
    with clinic.browser("nurse") as nurse, clinic.browser("prescriber") as watching:
        waits = [
            _seconds_until_seen(path, nurse, watching, heart_rate=81 + number, after=POLLED_EVERY_SECONDS * part)
            for number, part in enumerate(place / TRIES for place in range(TRIES))
        ]
    yield Figure(
        "A reading is on an open page",
        f"{max(waits):.2f} s",
        compared=max(waits),
        at_most=AT_MOST_SECONDS,
        note=f"longest of {TRIES}, shortest {min(waits):.2f} s; polled every {POLLED_EVERY_SECONDS:g} s",
    )


def _seconds_until_seen(path: str, nurse: Client, watching: Client, *, heart_rate: int, after: float) -> float:
    """A page is opened, the reading is stored so long after a poll, and the page goes on polling until it shows it."""
    known = token(watching.get(f"{path}live").body)
    polled_at = time.perf_counter()
    time.sleep(after)
    stored_at = time.perf_counter()
    nurse.post(f"{path}readings", {"write_id": str(uuid4()), "heart_rate": str(heart_rate)})
    while time.perf_counter() - stored_at < 5 * AT_MOST_SECONDS:
        polled_at += POLLED_EVERY_SECONDS
        time.sleep(max(0.0, polled_at - time.perf_counter()))
        answer = watching.get(f"{path}live?version={known}", expect=None)
        if answer.status == 200:
            known = token(answer.body)
            if f"{heart_rate}".encode() in _glance(answer.body):
                return time.perf_counter() - stored_at
    raise TimeoutError(f"A heart rate of {heart_rate} never stood on the open page.")


def _glance(body: bytes) -> bytes:
    """The part of the page that shows the values as they are now."""
    start = body.index(b'id="live-readings"')
    return body[start : body.index(b"</tbody>", start)]
