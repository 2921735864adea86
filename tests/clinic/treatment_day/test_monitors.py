"""A monitor's values reach the session it is tied to, and nobody else's."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import AuditEntry, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import board, monitor_queries, queries, raw_messages, services
from daybreak.clinic.treatment_day.makes import mappings
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor, MonitorTie, Reading, Session
from daybreak.clinic.treatment_day.services.voices import two_in_turn
from daybreak.clinic.treatment_day.timeline import moments
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.treatment.vitals import Vital
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.web.test_gate import signed_in

Outcome = DeviceMessage.Outcome
LISTENER = Actor(None, "192.0.2.9")
REST = {Vital.SYSTOLIC: 128.0, Vital.DIASTOLIC: 78.0, Vital.HEART_RATE: 72.0}


@pytest.fixture
def monitor(day: Day) -> Monitor:
    """M1, tied to the session from minute 0."""
    monitor = services.add_monitor("M1", day.clinic.site, day.nurse)
    services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
    return monitor


def receive(
    day: Day,
    measured: float,
    came: float | None = None,
    *,
    control_id: str = "1",
    device_id: str = "M1",
    values: dict[Vital, float | None] | None = None,
) -> DeviceMessage:
    """A message measured and received at these minutes of the session."""
    raw = build_oru(
        REST if values is None else values, mapping=generic_mapping(), at=day.at(measured), control_id=control_id,
        device_id=device_id,
    )  # fmt: skip
    came_at = day.at(measured if came is None else came)
    return services.receive_message(raw, "192.0.2.9", day.nurse, received_at=came_at)[1]


def test_its_values_are_readings_of_the_session_at_the_time_they_were_measured(day: Day, monitor: Monitor) -> None:
    message = receive(day, measured=5, came=6)
    assert (message.outcome, message.session, message.sentence) == (Outcome.STORED, day.session, "")
    readings = Reading.objects.filter(message=message)
    assert {reading.vital: reading.value for reading in readings} == REST
    assert {reading.measured_at for reading in readings} == {day.at(5).replace(microsecond=0)}


class TestOneNameOfTwoDevices:
    """At one address only what a device never does tells them apart: to go back, and back again."""

    def outcomes(self, day: Day, said: list[tuple[float, dict[str, str]]]) -> str:
        """S for stored and n for nobody, of messages at these minutes with this bed, patient number or line."""
        found = ""
        for number, (minute, each) in enumerate(said):
            more = {name: value for name, value in each.items() if name != "line"}
            values = {} if more.pop("empty", "") else {Vital.HEART_RATE: 70.0 + number}
            raw = build_oru(
                values, mapping=generic_mapping(), at=day.at(minute), control_id=str(number), device_id="M1", **more,
            )  # fmt: skip
            line, at = each.get("line", ""), day.at(minute)
            _, kept = services.receive_message(raw, "192.0.2.9", LISTENER, received_at=at, line=line)
            found += {Outcome.STORED: "S", Outcome.NOBODY: "n"}[kept.outcome]
        return found

    @pytest.mark.parametrize("what", ["bed", "patient_id", "line"])
    def test_in_turn_they_are_for_nobody_until_one_is_silent(self, day: Day, monitor: Monitor, what: str) -> None:
        in_turn = [(1 + number / 4, {what: "12"[number % 2]}) for number in range(6)]
        after = [(3.0, {what: "1"}), (4.9, {what: "1"}), (5.1, {what: "1"})]
        assert self.outcomes(day, in_turn + after) == "SSSnnn" + "nnS"
        row = monitor_queries.monitors_now(day.clinic.site, day.at(6))[0]
        assert not row.may_be_two

    def test_it_is_said_at_the_monitor_before_it_is_tied(self, day: Day, monitor: Monitor) -> None:
        services.release_monitor(monitor, day.nurse, at=day.at(0.5))
        assert self.outcomes(day, [(1 + number / 4, {"bed": "12"[number % 2]}) for number in range(4)]) == "nnnn"
        assert "Two devices?" in signed_in(day.clinic, Role.NURSE).get("/monitors/").content.decode()

    def test_one_that_connects_again_or_is_set_to_another_bed_or_person_is_one(
        self, day: Day, monitor: Monitor
    ) -> None:
        again = [(1 + number / 10, {"line": str(number)}) for number in range(8)]  # a line for each message
        moved = [
            (2.0, {"bed": "1"}),
            (2.2, {"bed": "2"}),
            (2.4, {"bed": "1"}),
            (2.6, {"bed": "1"}),
        ]  # a slip, put right
        person = [(3.0, {"patient_id": "A"}), (3.2, {}), (3.4, {"patient_id": "A"}), (3.6, {}), (3.8, {})]
        assert set(self.outcomes(day, again + moved + person)) == {"S"}

    def test_messages_without_a_value_over_a_line_of_their_own_are_no_second_device(
        self, day: Day, monitor: Monitor
    ) -> None:
        """As where alarms and settings go another way: nothing of them could be charted for another person."""
        said = [(1 + number / 4, {"line": "12"[number % 2], "empty": "0"[: number % 2]}) for number in range(8)]
        assert set(self.outcomes(day, said)) == {"S"}

    def test_a_message_that_is_stored_again_after_trouble_is_no_other(self, monitor: Monitor, day: Day) -> None:
        for at, line in ((1, "1"), (1.1, "2"), (1, "1"), (1.1, "2"), (1.2, "2")):
            assert two_in_turn(monitor.pk, day.at(at), {"line": line}) == ""


def test_a_monitor_is_tied_to_one_session_at_a_time(day: Day, monitor: Monitor) -> None:
    with pytest.raises(Refusal, match=r"Monitor M1 is tied to Test Person.*Release it there first"):
        services.tie_monitor(monitor, day.session, day.nurse)
    services.release_monitor(monitor, day.nurse)
    with pytest.raises(Refusal, match="tied to nobody"):
        services.release_monitor(monitor, day.nurse)
    services.tie_monitor(monitor, day.session, day.nurse)
    assert MonitorTie.objects.count() == 3


def test_it_is_not_tied_to_a_person_of_another_site_or_one_who_left(day: Day, monitor: Monitor) -> None:
    elsewhere = open_day(make_clinic("Elsewhere"))
    services.release_monitor(monitor, day.nurse)
    with pytest.raises(Refusal, match="another site"):
        services.tie_monitor(monitor, elsewhere.session, day.nurse)
    day.do(services.leave, 10, reason="Goes home.")
    with pytest.raises(Refusal, match="has left"):
        services.tie_monitor(monitor, day.session, day.nurse)


def test_who_leaves_leaves_the_monitor(day: Day, monitor: Monitor) -> None:
    day.do(services.leave, 30, reason="Goes home.")
    tie = monitor_queries.current_tie(monitor)
    assert tie is not None
    assert (tie.session, tie.at) == (None, day.at(30))
    assert receive(day, measured=31).outcome == Outcome.NOBODY
    assert not Reading.objects.exists()


def test_a_release_entered_late_still_comes_after_the_tie(day: Day, monitor: Monitor) -> None:
    services.release_monitor(monitor, day.nurse, at=day.at(-10))
    tie = monitor_queries.current_tie(monitor)
    assert tie is not None
    assert (tie.session, tie.at) == (None, day.at(0))


def test_what_was_measured_before_the_tie_belongs_to_nobody(day: Day, monitor: Monitor) -> None:
    """It may be of the person before."""
    kept = receive(day, measured=-5, came=1)
    assert (kept.outcome, kept.session) == (Outcome.NOBODY, None)
    assert kept.sentence.startswith("3 of 3 values are from before Monitor M1 was tied: for nobody.")


def test_what_comes_late_after_the_release_belongs_to_nobody(day: Day, monitor: Monitor) -> None:
    services.release_monitor(monitor, day.nurse, at=day.at(20))
    assert receive(day, measured=15, came=25).outcome == Outcome.NOBODY


def test_the_next_person_gets_nothing_of_the_one_before(day: Day, monitor: Monitor) -> None:
    services.release_monitor(monitor, day.nurse, at=day.at(20))
    other = day.clinic.course
    following = Session.objects.create(course=other, plan=day.session.plan, number=2, opened_at=day.at(21))
    services.tie_monitor(monitor, following, day.nurse, at=day.at(22))
    assert receive(day, measured=19, came=23).outcome == Outcome.NOBODY
    assert receive(day, measured=23, control_id="2").session == following


def test_late_values_find_their_place_in_the_session(day: Day, monitor: Monitor) -> None:
    for number, measured in enumerate([14, 3, 19, 8]):
        values = {Vital.HEART_RATE: 60.0 + measured}
        assert receive(day, measured, came=20, control_id=str(number), values=values).outcome == Outcome.STORED
    seen = [reading.value for reading in day.state(21).readings]
    assert seen == [63, 68, 74, 79]


def test_a_clock_far_from_ours_is_said_aloud(day: Day, monitor: Monitor) -> None:
    on_time = receive(day, measured=10, came=11.5)
    behind = receive(day, measured=10, came=25, control_id="2")
    assert on_time.sentence == ""
    assert behind.sentence.endswith("by its clock, 15 min behind.")


def test_nothing_is_measured_after_it_came(day: Day, monitor: Monitor) -> None:
    """A clock that runs ahead would hide a value from the session until that time is reached."""
    message = receive(day, measured=70, came=10)
    assert message.sentence.endswith("by its clock, 60 min ahead; the time of arrival is used.")
    assert set(message.readings.values_list("measured_at", flat=True)) == {day.at(10)}


def test_a_set_every_five_seconds_is_kept_whole_and_charted_once_a_minute(day: Day, monitor: Monitor) -> None:
    for number in range(24):
        receive(day, 5 + number / 12, control_id=str(number), values={Vital.HEART_RATE: 60.0 + number})
    assert DeviceMessage.objects.filter(session=day.session, outcome=Outcome.STORED).count() == 24
    minutes = [reading.measured_at.replace(second=0) for reading in Reading.objects.order_by("measured_at")]
    assert len(minutes) in (2, 3)  # two minutes touch three of the clock
    assert len(set(minutes)) == len(minutes)


def test_what_comes_between_two_readings_is_shown_and_the_page_asks_again(day: Day, monitor: Monitor) -> None:
    receive(day, 5, values={Vital.HEART_RATE: 60.0})
    before = queries.version(day.session.pk)
    receive(day, 5.5, control_id="2", values={Vital.HEART_RATE: 66.0})
    day.session.refresh_from_db()
    assert queries.version(day.session.pk) > before
    shown = queries.record(day.session).state(day.at(6)).latest[Vital.HEART_RATE]
    assert (shown.value, shown.at) == (66, day.at(5.5).replace(microsecond=0))
    [row] = [row for row in board.now(day.clinic.site, day.at(6)).rows if row.session]
    assert row.state.latest[Vital.HEART_RATE].value == 66


def test_ten_seconds_beyond_a_limit_are_a_flag(day: Day, monitor: Monitor) -> None:
    for number, value in enumerate([97.0, 97.0, 80.0, 97.0]):
        receive(day, 5 + number / 12, control_id=str(number), values={Vital.SPO2: value})
    assert [reading.value for reading in Reading.objects.filter(vital=Vital.SPO2, monitor=monitor)][-2:] == [80, 97]
    [flag] = queries.limit_flags(day.session)
    assert Reading.objects.get(pk=flag.subject).value == 80


def test_a_late_number_does_not_hide_a_newer_one(day: Day, monitor: Monitor) -> None:
    receive(day, 5.5, 6, values={Vital.HEART_RATE: 66.0})
    receive(day, 5.2, 6, control_id="2", values={Vital.HEART_RATE: 60.0})
    day.session.refresh_from_db()
    assert queries.record(day.session).state(day.at(7)).latest[Vital.HEART_RATE].value == 66


def test_the_same_message_again_is_stored_once(day: Day, monitor: Monitor) -> None:
    assert receive(day, measured=5).outcome == Outcome.STORED
    again = receive(day, measured=5, came=7)
    assert again.outcome == Outcome.REPEATED
    assert again.sentence.startswith("It came before, at ")
    assert Reading.objects.count() == len(REST)


def test_a_control_id_used_again_for_something_else_hides_nothing(day: Day, monitor: Monitor) -> None:
    receive(day, measured=5)
    other = receive(day, measured=6)
    assert (other.outcome, other.sentence) == (Outcome.STORED, "Its control id came before with other content.")
    assert Reading.objects.count() == 2 * len(REST)


def test_a_value_that_another_message_brought_is_not_stored_twice(day: Day, monitor: Monitor) -> None:
    """A monitor repeats its last cuff pressure, with the time it was taken at, until the next one."""
    cuff, heart = {Vital.SYSTOLIC: 128.0}, {Vital.HEART_RATE: 72.0}
    receive(day, 5, values=cuff)
    both = build_oru(cuff, mapping=generic_mapping(), at=day.at(5), control_id="2", device_id="M1")
    both += build_oru(heart, mapping=generic_mapping(), at=day.at(8), control_id="2", device_id="M1").partition(b"\r")[
        2
    ]
    answer, kept = services.receive_message(both, "192.0.2.9", day.nurse, received_at=day.at(8))
    assert (b"|AA|" in answer, kept.outcome) == (True, Outcome.STORED)
    assert list(kept.readings.values_list("vital", flat=True)) == [Vital.HEART_RATE]
    again = receive(day, 5, came=9, control_id="3", values=cuff)
    assert (again.outcome, again.sentence[:39]) == (Outcome.REPEATED, "All of its values came before, in anoth")
    assert Reading.objects.filter(vital=Vital.SYSTOLIC).count() == 1
    other = receive(day, 5, came=9, control_id="4", values={Vital.SYSTOLIC: 131.0})
    assert other.outcome == Outcome.STORED, "another value of the same time hides nothing"


def test_a_value_far_from_the_time_it_came_carries_both_times(day: Day, monitor: Monitor) -> None:
    on_time, late = receive(day, measured=10, came=11.5), receive(day, measured=20, came=35, control_id="2")
    assert set(on_time.readings.values_list("came_at", flat=True)) == {None}
    assert set(late.readings.values_list("measured_at", "came_at")) == {(day.at(20).replace(microsecond=0), day.at(35))}
    record = queries.record(day.session)
    told = [each.what for each in moments(record, record.state(day.at(40)), [])]
    assert "Values from the monitor with two times: 3" in told


def test_how_far_its_clock_is_off_stands_at_the_monitor(day: Day, monitor: Monitor) -> None:
    def now() -> monitor_queries.MonitorNow:
        (row,) = monitor_queries.monitors_now(day.clinic.site, day.at(30))
        return row

    assert (now().clock, now().clock_is_off) == ("", False)
    receive(day, measured=10, came=11)
    assert (now().clock.split()[1:], now().clock_is_off) == (["s", "behind"], False)
    receive(day, measured=25, came=20, control_id="2")
    assert (now().clock, now().clock_is_off) == ("5 min ahead", True)
    assert "Set its clock" in signed_in(day.clinic, Role.NURSE).get("/monitors/").content.decode()


def test_a_number_that_contradicts_its_unit_is_kept_marked_and_counts_for_no_limit(day: Day, monitor: Monitor) -> None:
    raw = build_oru({Vital.SYSTOLIC: 230.0}, mapping=generic_mapping(), at=day.at(5), control_id="1", device_id="M1")
    raw = raw.replace(b"266016^MDC_DIM_MMHG^MDC", b"kPa")
    _, kept = services.receive_message(raw, "192.0.2.9", day.nurse, received_at=day.at(5))
    reading = kept.readings.get()
    assert (reading.value, "Unit in doubt" in reading.artefact, day.flags()) == (230, True, [])
    assert "Unit in doubt: Systolic pressure 230 kPa" in kept.sentence
    assert day.state(6).latest == {}


def efficia(serial: str, control_id: str = "1", *, minute: str = "") -> bytes:
    return (
        rf"MSH|^~\&|^EfficiaCM||||{minute}||ORU^R01^ORU_R01|{control_id}|P|2.4"
        "\r"
        f"PV1|||^^A\rORC|NW{'|' * 17}{serial}\rOBR||||MONITOR\rOBX||NM|0002-4bb8^SpO2^MDIL||97|0004-0220^%^MDIL|||||F\r"
    ).encode()


def test_monitors_of_one_make_that_share_a_name_are_told_apart_where_the_make_writes_its_own(day: Day) -> None:
    """Every Efficia says EfficiaCM in its header: only the serial number says which chair it stands at."""
    mine = services.add_monitor("S1", day.clinic.site, day.nurse, mapping="philips_efficia_cm")
    services.add_monitor("EfficiaCM", day.clinic.site, day.nurse, mapping="philips_efficia_cm")
    services.tie_monitor(mine, day.session, day.nurse, at=day.at(0))
    kept = [services.receive_message(efficia(name), "192.0.2.9", day.nurse)[1] for name in ("S1", "S2")]
    assert [(each.outcome, each.monitor) for each in kept] == [(Outcome.STORED, mine), (Outcome.NOBODY, None)]
    assert kept[0].readings.get().value == 97
    assert "calls itself “EfficiaCM” or “S2” (ORC-18) or “A” (PV1-3.3), and none here is called so" in kept[1].sentence


def test_a_message_two_monitors_could_have_sent_belongs_to_nobody(day: Day) -> None:
    for name, mapping in (("S1", "philips_efficia_cm"), ("A", "philips_information_center")):
        monitor = services.add_monitor(name, day.clinic.site, day.nurse, mapping=mapping)
        services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
    _, kept = services.receive_message(efficia("S1"), "192.0.2.9", day.nurse)
    assert (kept.outcome, "which one sent it cannot be told" in kept.sentence) == (Outcome.NOBODY, True)


def test_a_monitor_is_read_by_other_codes_from_its_next_message_on(day: Day) -> None:
    client = signed_in(day.clinic, Role.NURSE)
    monitor = services.add_monitor("S1", day.clinic.site, day.nurse)
    assert "calls itself" in services.receive_message(efficia("S1"), "192.0.2.9", day.nurse)[1].sentence
    chosen = {"write_id": str(new_id()), "mapping": "philips_efficia_cm"}
    assert client.post(f"/monitors/{monitor.pk}/mapping", chosen).status_code == 302
    assert services.receive_message(efficia("S1"), "192.0.2.9", day.nurse)[1].monitor == monitor
    assert "Philips Efficia CM (MDIL)" in client.get("/monitors/").content.decode()
    wrong = client.post(f"/monitors/{monitor.pk}/mapping", {"write_id": str(new_id()), "mapping": "my own"})
    assert (wrong.status_code, "There is no mapping “my own”" in wrong.content.decode()) == (422, True)


def test_a_site_speaks_its_own_codes(day: Day, tmp_path: Path, settings: Any) -> None:
    row = '{system: HERE, code: sat, vital: spo2, unit: "%", status: seen, source: Its manual, page 3}'
    (tmp_path / "ours.yaml").write_text(f"codes:\n- {row.replace('Its manual, page 3', 'Its manual')}\n")
    settings.MONITOR_MAPPINGS = str(tmp_path)
    monitor = services.add_monitor("M1", day.clinic.site, day.nurse, mapping="ours")
    services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
    raw = efficia("x").replace(b"0002-4bb8^SpO2^MDIL", b"sat^^HERE").replace(b"^EfficiaCM", b"^M1")
    assert services.receive_message(raw, "192.0.2.9", day.nurse)[1].readings.get().vital == Vital.SPO2


def test_an_unsound_mapping_of_the_site_stops_the_start_with_a_sentence(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "ours.yaml").write_text("codes:\n- {system: L, code: HR, vital: mood, unit: x}\n")
    settings.MONITOR_MAPPINGS = str(tmp_path)
    with pytest.raises(ImproperlyConfigured, match=r"DAYBREAK_MONITOR_MAPPINGS: ours\.yaml: “mood” of code HR"):
        mappings()


def test_a_messages_bytes_stand_apart_and_small() -> None:
    raw = build_oru(REST, mapping=generic_mapping(), at=datetime.now(UTC), control_id="1", device_id="M1")
    packed = raw_messages.pack(raw)
    assert raw_messages.unpack(packed) == raw
    assert len(packed) < len(raw) / 3
    assert raw_messages.unpack(raw_messages.pack(b"")) == b""
    with pytest.raises(ValueError, match="not known here"):
        raw_messages.unpack(b"9" + packed[1:])


def test_a_message_of_a_free_monitor_is_kept_with_the_reason(day: Day, monitor: Monitor) -> None:
    services.release_monitor(monitor, day.nurse, at=day.at(1))
    kept = receive(day, measured=5)
    assert (kept.outcome, kept.monitor, kept.sentence) == (Outcome.NOBODY, monitor, "Monitor M1 was tied to nobody.")


def test_zeros_gaps_and_crossed_pressures_are_kept_and_marked(day: Day, monitor: Monitor) -> None:
    receive(day, 5, values={Vital.HEART_RATE: 0.0, Vital.SPO2: None, Vital.SYSTOLIC: 70.0, Vital.DIASTOLIC: 90.0})
    marked = {reading.vital: (reading.value, bool(reading.artefact)) for reading in Reading.objects.all()}
    assert marked == {
        Vital.HEART_RATE: (0, True),
        Vital.SPO2: (None, True),
        Vital.SYSTOLIC: (70, True),
        Vital.DIASTOLIC: (90, True),
    }
    assert day.state(6).readings == ()


def test_a_crossed_limit_from_a_monitor_is_a_flag(day: Day, monitor: Monitor) -> None:
    receive(day, 5, values={Vital.SYSTOLIC: 184.0, Vital.DIASTOLIC: 95.0})
    (flag,) = day.flags()
    assert "184" in flag.title


def test_a_value_whose_flag_nobody_may_own_is_kept_and_said(day: Day, monitor: Monitor) -> None:
    User.objects.update(is_active=False)  # everybody left
    raw = build_oru(
        {Vital.SYSTOLIC: 210.0}, mapping=generic_mapping(), at=day.at(5), control_id="1", device_id="M1"
    )  # fmt: skip
    answer, kept = services.receive_message(raw, "192.0.2.9", LISTENER, received_at=day.at(5))
    assert b"\rMSA|AA|" in answer
    assert (kept.outcome, kept.session) == (Outcome.NOBODY, None)
    assert "Name a prescriber" in kept.sentence


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50)
@given(cut=st.tuples(st.integers(0, 400), st.integers(0, 60)), put=st.binary(max_size=20))
@example(cut=(0, 1000), put=b"MSH|^~\\&||||||||||||||||\x00\x07|")
def test_any_bytes_are_kept_as_they_came(db: None, cut: tuple[int, int], put: bytes) -> None:
    whole = build_oru(
        REST, mapping=generic_mapping(), at=datetime(2026, 11, 23, tzinfo=UTC), control_id="1", device_id="M1"
    )
    start, length = cut
    raw = whole[:start] + put + whole[start + length :]
    answer, kept = services.receive_message(raw, "192.0.2.9", LISTENER)
    assert DeviceMessage.objects.get(pk=kept.pk).kept.raw == raw
    assert (b"\rMSA|AE|" in answer) is (kept.outcome == Outcome.UNREADABLE)


# Pages


def test_the_page_says_whom_a_monitor_is_tied_to_and_what_belongs_to_nobody(day: Day, monitor: Monitor) -> None:
    receive(day, 5)
    receive(day, 6, device_id="M9")
    services.receive_message(b"rubbish", "192.0.2.9", LISTENER)
    page = signed_in(day.clinic, Role.NURSE).get("/monitors/").content.decode()
    assert "Test Person</a>, session 1, Chair 3" in page
    assert "The monitor calls itself “M9”, and none here is called so." in page
    assert "does not begin with an HL7 v2 header" in page
    only = signed_in(day.clinic, Role.NURSE).get("/monitors/?outcome=unreadable").content.decode()
    assert "“M9”" not in only


def test_a_tied_monitor_that_says_nothing_is_marked(day: Day, monitor: Monitor) -> None:
    receive(day, 5)
    (heard,) = monitor_queries.monitors_now(day.clinic.site, day.at(9))
    (silent,) = monitor_queries.monitors_now(day.clinic.site, day.at(11))
    assert (heard.is_silent, silent.is_silent) == (False, True)
    assert (heard.last_heard, silent.last_heard) == ("4 min ago", "6 min ago")


def test_the_page_asks_the_same_few_questions_however_much_there_is(
    day: Day, monitor: Monitor, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for number in range(5):
        services.add_monitor(f"N{number}", day.clinic.site, day.nurse)
        receive(day, number, device_id=f"N{number}")
        receive(day, number, control_id=str(number))
    client = signed_in(day.clinic, Role.NURSE)
    with django_assert_max_num_queries(10):
        assert client.get("/monitors/").status_code == 200


def test_tie_and_release_on_the_page_are_done_once(day: Day) -> None:
    client, site = signed_in(day.clinic, Role.NURSE), day.clinic.site
    added = {"write_id": str(new_id()), "identifier": "M7"}
    assert [client.post("/monitors/add", added).status_code for _ in range(2)] == [302, 302]
    monitor = Monitor.objects.get(site=site)
    tied = {"write_id": str(new_id()), "session": str(day.session.pk)}
    for _ in range(2):
        assert client.post(f"/monitors/{monitor.pk}/tie", tied).status_code == 302
    assert monitor_queries.current_tie(monitor).session == day.session
    released = {"write_id": str(new_id())}
    for _ in range(2):
        assert client.post(f"/monitors/{monitor.pk}/release", released).status_code == 302
    assert monitor_queries.current_tie(monitor).session is None
    assert MonitorTie.objects.count() == 2


def test_a_tie_changes_the_page_of_the_session(day: Day, monitor: Monitor) -> None:
    before = Session.objects.get().version
    services.release_monitor(monitor, day.nurse)
    assert Session.objects.get().version > before


def test_a_monitor_of_another_site_is_not_ours_to_tie(day: Day, monitor: Monitor) -> None:
    stranger = signed_in(make_clinic("Elsewhere"), Role.NURSE)
    assert stranger.post(f"/monitors/{monitor.pk}/release", {"write_id": str(new_id())}).status_code == 403
    assert "No monitor is known here" in stranger.get("/monitors/").content.decode()
    assert stranger.get(f"/monitors/messages/{receive(day, 5).pk}").status_code == 403


def test_a_message_is_shown_as_text_and_its_opening_is_recorded(day: Day, monitor: Monitor) -> None:
    raw = b"MSH|<script>alert(1)</script>"
    _, kept = services.receive_message(raw, "192.0.2.9", LISTENER)
    page = signed_in(day.clinic, Role.NURSE).get(f"/monitors/messages/{kept.pk}").content.decode()
    assert "MSH|&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert AuditEntry.objects.filter(action="message opened", subject=str(kept.pk)).exists()


@pytest.mark.parametrize(
    ("name", "words"), [("M1", "is called “M1” already"), ("m-1", "reads like “M1”"), (" M 1 ", "reads like “M1”")]
)
def test_two_monitors_of_one_name_are_refused_with_what_to_do(day: Day, name: str, words: str) -> None:
    """Two that read alike are tied to the wrong chair by a tired hand."""
    services.add_monitor("M1", day.clinic.site, day.nurse)
    with pytest.raises(Refusal, match=f"{words}.*ive one of them another name in its own settings"):
        services.add_monitor(name, day.clinic.site, day.nurse)
    services.add_monitor("M11", day.clinic.site, day.nurse)
    with pytest.raises(Refusal, match="already, at another site that shares this server"):
        services.add_monitor("M1", make_clinic("Another clinic").site, day.nurse)
