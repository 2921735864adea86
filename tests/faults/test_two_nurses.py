"""Two nurses on one chair at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from daybreak.clinic.treatment_day.models import Reading, SessionEvent
from tests.faults.conftest import Ward
from tests.harness.server import serving
from tests.harness.tablet import Tablet, entry

NURSES = 4
READINGS_EACH = 20


def at_once(ward: Ward, deed: str, entries: list[dict[str, str]]) -> list[tuple[int, dict[str, str]]]:
    """What each tablet is told when all of them send at the same moment."""
    together = Barrier(len(entries))

    def send(typed: dict[str, str]) -> tuple[int, dict[str, str]]:
        with Tablet(server.address, ward.nurse_key) as tablet:
            together.wait()
            return tablet.send(f"{ward.path}{deed}", typed)

    with (
        serving(ward.database, demonstration=False) as server,
        ThreadPoolExecutor(len(entries)) as tablets,
    ):
        return list(tablets.map(send, entries))


def test_a_dose_is_started_once(ward: Ward, figure: Callable[[str], None]) -> None:
    answers = at_once(
        ward, "start", [entry(lot="K1", concentration_mg_per_ml="1", pump_ml_per_h="52.5") for _ in range(NURSES)]
    )
    refused = [answer["refused"] for status, answer in answers if status == 422]
    assert [status for status, _ in answers].count(200) == 1, answers
    assert len(refused) == NURSES - 1
    assert all(refused)
    started = SessionEvent.objects.filter(session=ward.session, kind=SessionEvent.Kind.DOSE_STARTED)
    assert started.count() == 1
    figure(f"Start touched on {NURSES} tablets at once: 1 dose started, {len(refused)} told why not.")


def test_the_same_entry_from_a_tablet_that_sends_twice_at_once_is_one(ward: Ward) -> None:
    before = Reading.objects.count()
    typed = entry(heart_rate="72")
    answers = at_once(ward, "readings", [typed] * NURSES)
    assert answers == [(200, {"saved": typed["write_id"]})] * NURSES
    assert Reading.objects.count() == before + 1


def test_readings_of_both_are_kept(ward: Ward) -> None:
    before = Reading.objects.count()
    entries = [entry(heart_rate=str(60 + number)) for number in range(READINGS_EACH)]
    answers = at_once(ward, "readings", entries)
    assert {status for status, _ in answers} == {200}
    assert Reading.objects.count() == before + READINGS_EACH
