"""Ten minutes without a network, and a server whose clock jumps an hour: an entry keeps its time, or hears why not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daybreak.clinic.pharmacy.models import LedgerEntry
from daybreak.clinic.record.models import Flag, FlagEvent
from daybreak.clinic.treatment_day.models import Reading
from tests.clinic.pharmacy.store import Store
from tests.faults.conftest import Ward
from tests.harness.server import serving
from tests.harness.tablet import Tablet, entry

AN_HOUR_S = 3600
AN_HOUR = timedelta(seconds=AN_HOUR_S)


def typed_ago(minutes: float, **typed: str) -> dict[str, str]:
    return entry(**typed) | {"at": (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()}


def test_what_was_typed_in_ten_minutes_without_a_network_keeps_its_times(
    ward: Ward, figure: Callable[[str], None]
) -> None:
    """The first answer was lost on the way, so that the tablet sends everything twice."""
    before = set(Reading.objects.values_list("pk", flat=True))
    kept = [typed_ago(10 - half / 2, heart_rate=str(60 + half)) for half in range(20)]
    with serving(ward.database, demonstration=False) as server, Tablet(server.address, ward.nurse_key) as tablet:
        answers = [tablet.send(f"{ward.path}readings", each) for each in [*kept, *kept]]
    assert {status for status, _ in answers} == {200}
    stored = Reading.objects.exclude(pk__in=before).order_by("measured_at")
    assert [reading.value for reading in stored] == [60.0 + half for half in range(20)]
    assert [reading.measured_at.isoformat() for reading in stored] == [each["at"] for each in kept]
    assert all(reading.recorded_at > reading.measured_at for reading in stored)
    figure(f"Ten minutes without a network: {len(kept)} entries sent twice, {stored.count()} stored, each at its time.")


def test_a_clock_that_jumps_an_hour_loses_and_doubles_nothing(
    ward: Ward, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """A tablet follows the clock of the server, and notices a jump with the next answer; what it sends before that
    bears the old time. An hour back: it is kept at that time. An hour ahead: the tablet keeps it and says why."""
    clock = tmp_path / "seconds"
    clock.write_text("0")
    before = Reading.objects.count()
    with (
        serving(ward.database, demonstration=False, clock=clock) as server,
        Tablet(server.address, ward.nurse_key) as tablet,
    ):
        first = typed_ago(0, heart_rate="91")
        assert tablet.send(f"{ward.path}readings", first)[0] == 200

        clock.write_text(str(AN_HOUR_S))
        behind = typed_ago(0, heart_rate="92")
        assert tablet.send(f"{ward.path}readings", behind) == (200, {"saved": behind["write_id"]})

        clock.write_text(str(-AN_HOUR_S))
        ahead = typed_ago(0, heart_rate="93")
        status, said = tablet.send(f"{ward.path}readings", ahead)
        assert status == 422
        assert "is still to come. Check the time." in said["refused"]
        assert tablet.send(f"{ward.path}readings", first) == (200, {"saved": first["write_id"]})

        clock.write_text("0")
        assert tablet.send(f"{ward.path}readings", ahead) == (200, {"saved": ahead["write_id"]})
    assert Reading.objects.count() - before == 3
    assert sorted(Reading.objects.filter(value__in=(91, 92, 93)).values_list("value", flat=True)) == [91, 92, 93]
    figure("The clock jumped an hour ahead and back: 3 readings typed, 3 stored, 1 of them told to wait meanwhile.")


def test_what_was_saved_before_the_clock_was_set_back_stands_when_it_comes_again(
    ward: Ward, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The server ran an hour ahead. A crossed limit was answered and drug was drawn; both answers were lost."""
    clock = tmp_path / "seconds"
    clock.write_text(str(AN_HOUR_S))
    store = Store(ward.clinic)
    lot, day = store.lot(), f"/drugs/sessions/{ward.session.pk}/"
    now = datetime.now(UTC) + AN_HOUR

    def by_the_clock(**typed: str) -> dict[str, str]:
        return entry(**typed) | {"at": now.isoformat()}

    with (
        serving(ward.database, demonstration=False, clock=clock) as server,
        Tablet(server.address, ward.nurse_key) as tablet,
    ):
        assert tablet.send(f"{ward.path}readings", by_the_clock(systolic="190", diastolic="100"))[0] == 200
        answer = by_the_clock(flag=str(Flag.objects.get().pk), answer="recheck")
        drawn = by_the_clock(source=f"{lot.pk}:{store.safe.pk}", amount="35", unit="mg", reason="As planned.")
        first = tablet.send(f"{ward.path}mark", answer), tablet.send_form(f"{day}draw", drawn)
        assert first == ((200, {"saved": answer["write_id"]}), (302, day))
        clock.write_text("0")
        assert (tablet.send(f"{ward.path}mark", answer), tablet.send_form(f"{day}draw", drawn)) == first
    assert FlagEvent.objects.count() == 1
    assert LedgerEntry.objects.filter(kind=LedgerEntry.Kind.DRAWN).count() == 1
    figure("The clock was set back an hour: an answered limit and a drawn dose came again, stored once.")
