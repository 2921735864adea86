"""No dose begins unasked on a person whom a value or an open mark calls to act on."""

import pytest

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import board, queries, services
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import MarkAnswer
from daybreak.clinic.treatment_day.services.dosing import NotDosed
from daybreak.treatment.vitals import Vital
from tests.clinic.treatment_day.day import BEFORE, TEN_WORDS, Day
from tests.clinic.treatment_day.test_pages import page, signed_in

UNRESPONSIVE = {
    Vital.SYSTOLIC: 118, Vital.DIASTOLIC: 70, Vital.HEART_RATE: 30, Vital.SPO2: 98, Vital.RESPIRATORY_RATE: 5,
    Vital.ALERTNESS: 0,
}  # fmt: skip
IN_RED = "calls_to_act"


def ready(day: Day, minute: float, values: dict[Vital, float]) -> None:
    """Everything asked and measured."""
    day.read(minute, {**BEFORE, **values})
    day.clear_checks(minute)


def write_why(day: Day, minute: float) -> SessionEvent:
    at = day.at(minute)
    return services.give_reason(day.session, IN_RED, TEN_WORDS, day.prescriber, write_id=new_id(), at=at)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (UNRESPONSIVE, r"Alertness \(MOAA/S\) 0, at emergency 0"),
        ({Vital.SYSTOLIC: 85, Vital.DIASTOLIC: 40}, "Systolic 85, below red 90"),
        ({Vital.SYSTOLIC: 66, Vital.DIASTOLIC: 65}, "Systolic 66, below red 90"),
        ({Vital.HEART_RATE: 150}, "Heart rate 150, above red 140"),
    ],
)
def test_a_value_beyond_red_stands_against_the_dose(day: Day, values: dict[Vital, float], said: str) -> None:
    ready(day, -5, values)
    with pytest.raises(NotDosed, match=said):
        day.do(services.start_dose, 0)
    assert not day.state().runs


def test_page_and_board_count_it_and_never_say_that_nothing_stands_against_the_dose(day: Day) -> None:
    ready(day, 297, UNRESPONSIVE)
    shown = page(signed_in(day.clinic), day)
    assert "Nothing stands against the dose" not in shown
    assert "0 checks open" not in shown
    assert "Alertness (MOAA/S) 0, at emergency 0" in shown.split('id="live-standing"')[1].split("</div>")[0]
    (row,) = board.now(day.clinic.site).rows
    assert row.doing == "before the dose, 1 open"


def test_a_prescriber_goes_on_with_ten_words_and_the_note_tells_it(day: Day) -> None:
    ready(day, -5, {Vital.HEART_RATE: 38})
    with pytest.raises(Refusal, match="Only a prescriber"):
        services.give_reason(day.session, IN_RED, TEN_WORDS, day.nurse, write_id=new_id(), at=day.at(-2))
    write_why(day, -2)
    assert day.do(services.start_dose, 0)
    note = services.draft_note(day.session)
    assert f"Goes on with a reason: {TEN_WORDS}" in note
    assert "Heart rate 38, below red 40" in note


def test_a_reason_does_not_mean_what_was_measured_after_it(day: Day) -> None:
    ready(day, -10, {Vital.HEART_RATE: 38})
    write_why(day, -8)
    day.read(-5, {**BEFORE, Vital.HEART_RATE: 31})
    with pytest.raises(NotDosed, match="Heart rate 31"):
        day.do(services.start_dose, 0)


def test_a_red_mark_nobody_answered_stands_against_the_dose_though_the_value_is_back(day: Day) -> None:
    day.read(-15, UNRESPONSIVE)
    ready(day, -5, {})
    with pytest.raises(NotDosed, match="Mark still open: Alertness"):
        day.do(services.start_dose, 0)


def test_once_the_marks_are_answered_and_the_values_back_nothing_stands_against_it(day: Day) -> None:
    day.read(292, UNRESPONSIVE)
    ready(day, 297, {})
    for flag in day.flags():
        services.answer_mark(flag, MarkAnswer.TOLD, day.nurse, write_id=new_id())
    assert not day.state().standing


def test_a_mark_of_a_value_that_was_corrected_stands_against_nothing(day: Day) -> None:
    (reading,) = day.read(-6, {Vital.HEART_RATE: 27})
    ready(day, -5, {})
    services.correct_reading(reading, 72, "typed wrongly", day.nurse, write_id=new_id())
    assert day.do(services.start_dose, 0)


def test_what_the_gate_asks_about_is_asked_once(day: Day) -> None:
    ready(day, -5, {Vital.SYSTOLIC: 190})
    assert [each.check.id for each in day.state(0).standing] == ["pressure_gate"]


def test_begun_without_a_network_it_is_kept_and_the_prescriber_hears_of_it(day: Day) -> None:
    ready(day, -5, UNRESPONSIVE)
    start = day.do(services.start_dose, 0, waited=True)
    assert "Alertness (MOAA/S) 0, at emergency 0." in start.data["against"][0]
    (flag,) = Flag.objects.filter(kind=queries.AGAINST_CHECKS, subject=day.session.pk)
    assert flag.owner == day.clinic.users[Role.PRESCRIBER]
    assert "Alertness (MOAA/S) 0" in flag.title


def test_stop_help_and_leaving_are_never_held(day: Day) -> None:
    ready(day, -5, UNRESPONSIVE)
    assert day.do(services.stop, -4)
    assert services.observe(day.session, "emergency", day.nurse, write_id=new_id(), at=day.at(-3))


class TestAReasonCountsForWhatWasRecordedWhenItWasWritten:
    """Whatever clock time a value has: one that came after the reason was not seen by who wrote it."""

    def test_a_value_corrected_to_a_graver_one_afterwards_is_asked_about(self, day: Day) -> None:
        ready(day, -6, {})
        (reading,) = day.read(-5, {Vital.HEART_RATE: 150})
        write_why(day, -3)
        assert not day.state(-1).standing
        services.correct_reading(reading, 22, "typed wrongly", day.nurse, write_id=new_id())
        with pytest.raises(NotDosed, match="Heart rate 22"):
            day.do(services.start_dose, 0)
        write_why(day, -2)
        assert day.do(services.start_dose, 0), "written of this value"

    def test_a_value_typed_late_is_asked_about(self, day: Day) -> None:
        ready(day, -5, {Vital.HEART_RATE: 38})
        write_why(day, -3)
        day.read(-4, {Vital.ALERTNESS: 0})
        with pytest.raises(NotDosed, match="Alertness"):
            day.do(services.start_dose, 0)

    def test_so_is_a_graver_one_of_before_a_value_the_reason_was_written_of(self, day: Day) -> None:
        ready(day, -5, {Vital.HEART_RATE: 150})
        write_why(day, -3)
        day.read(-6, {Vital.HEART_RATE: 22})
        with pytest.raises(NotDosed, match=r"Heart rate 150.* Mark still open: Heart rate 22"):
            day.do(services.start_dose, 0)

    def test_so_is_its_mark_where_a_later_value_is_back(self, day: Day) -> None:
        ready(day, -5, {Vital.HEART_RATE: 38})
        write_why(day, -3)
        day.read(-6, {Vital.SPO2: 84})
        with pytest.raises(NotDosed, match="Mark still open: SpO₂ 84"):
            day.do(services.start_dose, 0)

    def test_a_pressure_corrected_to_one_that_calls_to_act_is_asked_about_at_the_gate(self, day: Day) -> None:
        ready(day, -5, {Vital.SYSTOLIC: 170, Vital.DIASTOLIC: 95})
        services.give_reason(day.session, "pressure_gate", TEN_WORDS, day.prescriber, write_id=new_id(), at=day.at(-3))
        assert not day.state(-1).standing
        for vital, value in ((Vital.SYSTOLIC, 260), (Vital.DIASTOLIC, 150)):
            reading = day.session.readings.get(vital=vital)
            services.correct_reading(reading, value, "typed wrongly", day.nurse, write_id=new_id())
        with pytest.raises(NotDosed, match="Systolic 260"):
            day.do(services.start_dose, 0)

    def test_an_answer_given_late_with_an_earlier_time_is_asked_about(self, day: Day) -> None:
        day.read(-5)
        day.clear_checks(-5, but=["ride"])
        services.give_reason(day.session, "ride", TEN_WORDS, day.prescriber, write_id=new_id(), at=day.at(-3))
        assert not day.state(-1).standing
        services.answer_check(day.session, "ride", False, day.nurse, write_id=new_id(), at=day.at(-4))
        assert [each.check.id for each in day.state(-1).standing] == ["ride"]

    def test_a_value_corrected_to_a_good_one_asks_nothing(self, day: Day) -> None:
        ready(day, -6, {Vital.HEART_RATE: 38})
        (reading,) = day.read(-5, {Vital.SPO2: 87})
        for check in (IN_RED, "oxygen_gate"):
            services.give_reason(day.session, check, TEN_WORDS, day.prescriber, write_id=new_id(), at=day.at(-3))
        services.correct_reading(reading, 97, "typed wrongly", day.nurse, write_id=new_id())
        assert day.do(services.start_dose, 0)


class TestARedValueStruckOutBeforeTheDose:
    """Whoever says that the probe fell off measures again: an older value speaks for nobody."""

    @pytest.fixture
    def struck(self, day: Day) -> Day:
        ready(day, -10, {})
        (reading,) = day.read(-6, {Vital.SPO2: 84})
        services.correct_reading(reading, None, "probe fell off", day.nurse, write_id=new_id())
        return day

    def test_takes_a_value_measured_since(self, struck: Day) -> None:
        with pytest.raises(NotDosed, match=r"SpO₂ 84 at .* was marked as not true and nothing was measured since"):
            struck.do(services.start_dose, 0)
        struck.read(-4, {Vital.HEART_RATE: 72})
        assert [each.check.id for each in struck.state(-3).standing] == [IN_RED]
        struck.read(-2, {Vital.SPO2: 97})
        assert struck.do(services.start_dose, 0)

    def test_or_one_of_the_same_time_or_a_prescribers_words(self, struck: Day) -> None:
        write_why(struck, -4)
        assert not struck.state(-1).standing
        struck.read(-6, {Vital.SPO2: 97})
        assert struck.state(-1).recorded[IN_RED].yes is False

    def test_a_reason_written_of_the_value_does_not_speak_for_none(self, day: Day) -> None:
        ready(day, -10, {})
        (reading,) = day.read(-6, {Vital.HEART_RATE: 150})
        write_why(day, -4)
        services.correct_reading(reading, None, "probe fell off", day.nurse, write_id=new_id())
        with pytest.raises(NotDosed, match=r"Heart rate 150 at .* was marked as not true"):
            day.do(services.start_dose, 0)

    def test_answered_so_at_its_mark_too_and_the_board_counts_it(self, day: Day) -> None:
        ready(day, 294, {})
        day.read(297, {Vital.ALERTNESS: 1})
        (flag,) = day.flags()
        services.answer_mark(
            flag, MarkAnswer.NOT_TRUE, day.nurse, write_id=new_id(), reason="Typed at the wrong chair."
        )
        (row,) = board.now(day.clinic.site).rows
        assert row.doing == "before the dose, 1 open"

    def test_one_before_a_true_value_or_not_in_red_asks_nothing(self, day: Day) -> None:
        ready(day, -10, {})
        early, later = (day.read(minute, {Vital.SPO2: value}).get() for minute, value in ((-12, 84), (-6, 95)))
        for reading in (early, later):
            services.correct_reading(reading, None, "probe fell off", day.nurse, write_id=new_id())
        assert day.do(services.start_dose, 0)
