"""The next nasal device: it waits for the rest and for open marks, and is given anyway only with a reason."""

import pytest

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.services import MarkAnswer
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, NASAL, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_pages import page, post, signed_in


@pytest.fixture
def nasal(clinic: Clinic) -> Day:
    day = open_day(clinic, NASAL)
    day.begin()
    return day


def devices_given(day: Day) -> int:
    run = day.state().run
    assert run is not None
    return len(run.device_times)


def test_before_the_rest_is_over_the_next_device_needs_a_reason(nasal: Day) -> None:
    with pytest.raises(Refusal, match=r"The rest of 5 minutes is over at .* Given anyway"):
        nasal.do(services.give_device, 0.6)
    assert devices_given(nasal) == 1
    event = nasal.do(services.give_device, 0.6, reason=TEN_WORDS)
    assert event.data["reason"] == TEN_WORDS
    assert event.data["against"][0].startswith("The rest of 5 minutes")


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ({Vital.SPO2: 88}, "SpO₂ 88, below red 90"),
        ({Vital.SYSTOLIC: 186, Vital.DIASTOLIC: 112}, "Systolic 186, above red 180"),
        ({Vital.ALERTNESS: 3}, "at amber 3"),
    ],
)
def test_an_open_red_or_alertness_mark_holds_the_next_device(nasal: Day, values: dict[Vital, float], mark: str) -> None:
    nasal.read(4, {**BEFORE, **values})
    with pytest.raises(Refusal, match=mark):
        nasal.do(services.give_device, 6)
    nasal.do(services.give_device, 6, reason=TEN_WORDS)
    assert devices_given(nasal) == 2


def test_a_device_another_tablet_recorded_a_moment_later_counts(clinic: Clinic) -> None:
    three = open_day(clinic, NASAL.replace("56", "84"))
    three.begin()
    three.do(services.give_device, 6.001)
    with pytest.raises(Refusal, match=r"Another device is recorded at .* Given anyway"):
        three.do(services.give_device, 6)
    assert devices_given(three) == 2


def test_a_late_entry_does_not_make_a_device_more_than_the_plan_has(nasal: Day) -> None:
    nasal.do(services.give_device, 12)
    with pytest.raises(Refusal, match="2 devices, and all were given"):
        nasal.do(services.give_device, 6, reason="entered from paper")


def test_an_amber_pressure_does_not_hold_it(nasal: Day) -> None:
    nasal.read(4, {**BEFORE, Vital.SYSTOLIC: 165})
    assert nasal.do(services.give_device, 6).data["reason"] == ""


def test_a_mark_of_after_the_device_was_given_does_not_refuse_its_late_entry(nasal: Day) -> None:
    nasal.read(9, {**BEFORE, Vital.SPO2: 88})
    assert nasal.do(services.give_device, 6)


def test_a_paused_dose_holds_the_next_device(nasal: Day) -> None:
    nasal.do(services.pause, 2)
    with pytest.raises(Refusal, match="The dose is paused"):
        nasal.do(services.give_device, 6)


def test_what_helps_is_never_held(nasal: Day) -> None:
    nasal.read(1, {**BEFORE, Vital.SPO2: 84})
    services.observe(nasal.session, "emergency", nasal.nurse, write_id=new_id(), at=nasal.at(1.1))
    assert nasal.do(services.stop, 1.2)


def test_the_page_asks_in_its_dialog_and_keeps_the_answer(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL, hours_ago=0.02)
    day.begin()
    client = signed_in(clinic)
    shown = page(client, day)
    assert "The rest of 5 minutes is over at" in shown
    assert 'popovertarget="device"' in shown
    assert "Given anyway" in post(client, day, "device").json()["refused"]
    assert post(client, day, "device", lot="E1", reason=TEN_WORDS).status_code == 200
    assert f"Given anyway: {TEN_WORDS}" in page(client, day)


def test_once_every_device_is_given_nothing_is_left_to_pause(nasal: Day) -> None:
    client = signed_in(nasal.clinic)
    assert 'id="do-pause"' in page(client, nasal)
    nasal.do(services.give_device, 6)
    nasal.read(8, {**BEFORE, Vital.SYSTOLIC: 186})
    shown = page(client, nasal)
    assert 'id="do-pause"' not in shown
    assert "Paused, recheck" not in shown
    assert "2 of 2 devices" in shown
    assert "pump" not in shown.split('id="stop"')[1].split("</dialog>")[0]


def test_a_typed_value_is_not_true_only_with_a_word(nasal: Day) -> None:
    nasal.read(8, {**BEFORE, Vital.SYSTOLIC: 186})
    flag = nasal.flags()[0]
    with pytest.raises(Refusal, match="Write in a word why"):
        services.answer_mark(flag, MarkAnswer.NOT_TRUE, nasal.nurse, write_id=new_id())
    services.answer_mark(flag, MarkAnswer.NOT_TRUE, nasal.nurse, write_id=new_id(), reason="cuff slipped")
    assert nasal.flags() == []


def test_half_a_pressure_is_never_completed_from_another_time(nasal: Day) -> None:
    nasal.read(8, {**BEFORE, Vital.SYSTOLIC: 186, Vital.DIASTOLIC: 99})
    services.answer_mark(nasal.flags()[0], MarkAnswer.NOT_TRUE, nasal.nurse, write_id=new_id(), reason="cuff slipped")
    state = nasal.state()
    assert Vital.SYSTOLIC not in state.latest
    shown = page(signed_in(nasal.clinic), nasal)
    row = shown.split('class="last"')[1].split("</tr>")[0]
    assert "–/99" in row
    assert "measure again" in row
    assert "128" not in row
