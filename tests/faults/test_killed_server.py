"""The server is killed while nurses type: what it acknowledged is saved, and all of it sent again doubles nothing."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from threading import Barrier, BrokenBarrierError

from daybreak.clinic.treatment_day.models import Reading
from tests.faults.conftest import Ward
from tests.harness.server import serving
from tests.harness.tablet import Tablet, entry

TABLETS = 4
SAVED_BEFORE = 25  # by each tablet, when the server is killed
LONGEST_WAIT_SECONDS = 60


def kill(server: Popen[bytes]) -> None:
    """End it and its workers at once, as a power cut would; none of them can clean up."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    for process in (server.pid, *map(int, children)):
        os.kill(process, signal.SIGKILL)
    server.wait()


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(ward: Ward, figure: Callable[[str], None]) -> None:
    before = Reading.objects.count()
    under_way = Barrier(TABLETS + 1)
    sent: list[dict[str, str]] = []
    saved: set[str] = set()

    def type_until_it_dies() -> None:
        with Tablet(server.address, ward.nurse_key) as tablet, suppress(ConnectionError):
            for count in range(10_000):
                if count == SAVED_BEFORE:
                    with suppress(BrokenBarrierError):
                        under_way.wait(LONGEST_WAIT_SECONDS)
                typed = entry(heart_rate="72")
                sent.append(typed)
                status, answer = tablet.send(f"{ward.path}readings", typed)
                assert status == 200, answer
                saved.add(answer["saved"])

    with serving(ward.database, demonstration=False) as server, ThreadPoolExecutor(TABLETS) as tablets:
        typing = [tablets.submit(type_until_it_dies) for _ in range(TABLETS)]
        under_way.wait(LONGEST_WAIT_SECONDS)
        kill(server.process)
        for each in typing:
            each.result()
    stored = Reading.objects.count() - before
    assert TABLETS * SAVED_BEFORE <= len(saved) <= stored <= len(sent)

    with (
        serving(ward.database, demonstration=False) as server,
        Tablet(server.address, ward.nurse_key) as tablet,
    ):
        answers = [tablet.send(f"{ward.path}readings", typed) for typed in sent]
    assert answers == [(200, {"saved": typed["write_id"]}) for typed in sent]
    assert Reading.objects.count() - before == len(sent)
    figure(
        f"Server killed: {len(sent)} readings sent, {len(saved)} acknowledged, {stored} stored; "
        f"all sent again: {len(sent)} stored, 0 doubled."
    )
