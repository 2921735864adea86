"""The dose: amounts given, pauses, stops; what is refused and what never is."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.doses import DoseRun, Pause, Phase, PlannedDose, RateChange
from daybreak.clinic.treatment_day.forms import AmountForm
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.timeline import moments
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Manner
from daybreak.treatment.vitals import Vital
from tests.clinic.followup.story import browser
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, MUSCLE, NASAL, TEN_WORDS, Day, open_day

BAG = {"concentration_mg_per_ml": 1.0, "pump_ml_per_h": 52.5}  # as the plan has it
ZERO = datetime(2026, 1, 5, 10, tzinfo=UTC)
INFUSION_40_MIN = PlannedDose(Dose(Drug.KETAMINE, Route.IV, Amount(35, AmountUnit.MG), duration_min=40), 35)


def minute(number: float) -> datetime:
    return ZERO + timedelta(minutes=number)


def infusion(*pauses: tuple[float, float | None], stopped: float | None = None) -> DoseRun:
    return DoseRun(
        INFUSION_40_MIN,
        35,
        ZERO,
        pauses=tuple(Pause(minute(start), None if end is None else minute(end)) for start, end in pauses),
        stopped_at=None if stopped is None else minute(stopped),
    )


@pytest.mark.parametrize(
    ("run", "at", "mg"),
    [
        (infusion(), 0, 0),
        (infusion(), 20, 17.5),
        (infusion(), 40, 35),
        (infusion(), 90, 35),
        (infusion((10, 20)), 20, 8.75),
        (infusion((10, 20)), 50, 35),
        (infusion((10, None)), 90, 8.75),
        (infusion(stopped=10), 90, 8.75),
        (infusion((5, 10), stopped=20), 90, 13.125),
    ],
)
def test_an_infusion_gives_in_proportion_to_the_time_it_ran(run: DoseRun, at: float, mg: float) -> None:
    assert run.given_mg(minute(at)) == pytest.approx(mg)


@given(
    st.lists(st.floats(0, 120), max_size=8).map(sorted),
    st.none() | st.floats(0, 120),
    st.floats(0, 240),
)
def test_the_pieces_together_are_the_amount_given(times: list[float], stop: float | None, at: float) -> None:
    pauses = list(zip(times[::2], times[1::2], strict=False))
    run = infusion(*pauses, stopped=stop)
    given_mg = run.given_mg(minute(at))
    assert sum(piece.mg for piece in run.pieces(minute(at))) == pytest.approx(given_mg)
    assert 0 <= given_mg <= 35 + 1e-9
    assert run.given_mg(minute(at)) <= run.given_mg(minute(at + 1)) + 1e-9


def test_a_pause_moves_the_end_by_its_length() -> None:
    assert infusion().ends_at(minute(5)) == minute(40)
    assert infusion((10, 25)).ends_at(minute(30)) == minute(55)
    assert infusion((10, None)).ends_at(minute(30)) == minute(60)


def test_the_amount_follows_the_clock_through_pause_and_stop(day: Day) -> None:
    day.begin()
    day.do(services.pause, 10)
    day.do(services.resume, 20)
    day.do(services.stop, 30, reason="distress")
    state = day.state(60)
    assert state.given_mg == pytest.approx(35 * 20 / 40)
    assert state.phase is Phase.STOPPED
    assert state.stopped_at == day.at(30)


def test_what_the_pump_shows_replaces_what_the_clock_computed(day: Day) -> None:
    day.begin()
    day.do(services.stop, 20)
    day.do(services.correct_amount, 22, mg=16.2)
    assert day.state(60).given_mg == 16.2
    assert day.state(60).stopped_at == day.at(20)


def test_more_than_planned_is_recorded_with_a_reason_and_marked_red(day: Day) -> None:
    day.begin()
    day.do(services.stop, 40)
    with pytest.raises(Refusal, match="40 mg is more than the 35 mg planned"):
        day.do(services.correct_amount, 42, mg=40)
    with pytest.raises(Refusal, match="35 mg of 35 mg planned; 60 mg was typed"):
        day.do(services.correct_amount, 42, mg=60)
    with pytest.raises(Refusal, match=r"350\.1 mg cannot be: the dose was 35 mg"):
        day.do(services.correct_amount, 42, mg=350.1, reason="The pump says so.")
    day.do(services.correct_amount, 42, mg=60, reason=TEN_WORDS)
    said = "60 mg given, 25 mg more than the 35 mg planned"
    state = day.state(60)
    assert (state.given_mg, state.phase, state.more_than_planned) == (60, Phase.FINISHED, said)
    (flag,) = open_flags(site=day.clinic.site)
    assert (flag.title, flag.level) == (said, Flag.Level.ACT)
    note = services.draft_note(day.session, day.at(60))
    assert f"More than planned: {said}." in note
    assert f"35 mg planned; 60 mg was typed. Why: {TEN_WORDS}" in note
    assert queries.given_regimen(day.session, day.at(60)).total_mg(None) == pytest.approx(60)
    day.do(services.correct_amount, 50, mg=34)
    assert not open_flags(site=day.clinic.site)
    assert day.state(60).more_than_planned == ""


def test_an_amount_of_nothing_and_one_with_a_slipped_point_are_asked(day: Day) -> None:
    day.begin()
    day.do(services.stop, 40)
    with pytest.raises(Refusal, match="0 mg says that nothing of 35 mg was given"):
        day.do(services.correct_amount, 41, mg=0)
    for slip, said in ((350, "ten times"), (3.5, "a tenth of")):
        with pytest.raises(Refusal, match=f"is about {said} 35: the point may have slipped"):
            day.do(services.correct_amount, 41, mg=slip, reason="As the pump shows.")
    day.do(services.correct_amount, 42, mg=0, reason="The line was clamped throughout.")
    assert "nothing of 35 mg was given. Why: The line was clamped" in services.draft_note(day.session, day.at(45))
    day.do(services.correct_amount, 43, mg=33.4)
    assert day.state(45).given_mg == 33.4


def test_a_tenth_that_is_what_the_clock_says_is_no_slip(day: Day) -> None:
    day.begin()
    day.do(services.stop, 4)
    assert day.do(services.correct_amount, 5, mg=3.4)


def test_what_a_pump_let_in_at_once_is_not_lost_because_no_minute_of_it_ran(day: Day) -> None:
    day.begin()
    day.do(services.stop, 0)
    day.do(services.correct_amount, 2, mg=60, reason=TEN_WORDS)
    assert queries.given_regimen(day.session, day.at(60)).total_mg(None) == pytest.approx(60)
    (dose,) = queries.doses_given(day.clinic.course)
    assert dose.mg == 60


def test_stop_is_never_refused(day: Day) -> None:
    for at in (-10, 1, 2):
        assert day.do(services.stop, at)
    day.begin(5)
    for at in (10, 11, 200):
        assert day.do(services.stop, at)
    day.do(services.leave, 210, reason="goes home early, prescriber knows")
    assert day.do(services.stop, 211)
    assert day.do(services.pause, 212)
    assert day.state().given_mg == pytest.approx(35 * 5 / 40)


def test_two_stops_at_once_are_one_line_with_both_people_and_a_later_one_says_when_it_had_ended(day: Day) -> None:
    day.begin()
    day.do(services.stop, 20, reason="distress")
    at = {"write_id": new_id(), "at": day.at(20.2), "reason": "pressure"}
    services.stop(day.session, day.prescriber, **at)
    day.do(services.stop, 26)
    record, state = queries.record(day.session), day.state(30)
    lines = [line for line in moments(record, state, []) if "top" in line.what]
    assert [line.what for line in lines] == [
        f"Stop touched again; the dose had ended at {state.clock(day.at(20))}", "Stopped, 17.5 of 35 mg given",
    ]  # fmt: skip
    assert "distress; A synthetic session nurse" in lines[1].detail
    assert f"also touched {state.clock(day.at(20.2))} by A synthetic prescriber: pressure" in lines[1].detail


def test_a_stop_before_the_dose_does_not_count_against_a_later_one(day: Day) -> None:
    day.do(services.stop, -10)
    day.begin()
    assert day.state(20).phase is Phase.RUNNING


def test_an_infusion_is_over_by_the_clock_and_waits_for_its_end(day: Day) -> None:
    day.begin()
    assert not day.state(39).end_waits
    assert day.state(41).end_waits
    day.do(services.stop, 42)
    state = day.state(43)
    assert not state.end_waits
    assert (state.phase, state.given_mg) == (Phase.FINISHED, pytest.approx(35))


def test_nobody_is_dosed_while_a_check_is_open(day: Day) -> None:
    with pytest.raises(Refusal, match="may not be dosed yet") as refused:
        day.do(services.start_dose, 0)
    assert "Ask for name and date of birth" in str(refused.value)
    day.read(-5)
    day.clear_checks(-5, but=["ride"])
    with pytest.raises(Refusal, match="who takes this person home"):
        day.do(services.start_dose, 0)
    assert not SessionEvent.objects.filter(kind=SessionEvent.Kind.DOSE_STARTED).exists()


ADMITTED = "Admitted to the ward overnight, so nobody has to drive home today."


def test_a_prescribers_reason_lets_it_go_on_and_a_nurses_does_not(day: Day) -> None:
    day.read(-5)
    day.clear_checks(-5, but=["ride"])
    with pytest.raises(Refusal, match="Only a prescriber"):
        services.give_reason(day.session, "ride", ADMITTED, day.nurse, write_id=new_id(), at=day.at(-4))
    with pytest.raises(Refusal, match=r"at least ten words\. Yours has one"):
        services.give_reason(day.session, "ride", "ok", day.prescriber, write_id=new_id(), at=day.at(-4))
    services.give_reason(day.session, "ride", ADMITTED, day.prescriber, write_id=new_id(), at=day.at(-4))
    day.do(services.start_dose, 0)
    assert day.state(1).reasons["ride"].text == ADMITTED


def test_a_reason_beyond_the_gate_does_not_speak_for_a_value_that_calls_to_act(day: Day) -> None:
    """Written of 166, it would else let a dose begin at 208, under the sentence to call the emergency services."""
    day.read(-9, {**BEFORE, Vital.SYSTOLIC: 166})
    day.clear_checks(-8)
    why = "166 after climbing the stairs twice, at home 128, no complaints, I accept it."
    services.give_reason(day.session, "pressure_gate", why, day.prescriber, write_id=new_id(), at=day.at(-7))
    assert day.state(-6).standing == ()
    day.read(-5, {Vital.SYSTOLIC: 168, Vital.DIASTOLIC: 82})
    assert day.state(-4).standing == (), "not worse than what it was written of calls for"
    day.read(-3, {Vital.SYSTOLIC: 208, Vital.DIASTOLIC: 121})
    with pytest.raises(Refusal, match="Systolic 208"):
        day.do(services.start_dose, 0)
    services.give_reason(day.session, "pressure_gate", why, day.prescriber, write_id=new_id(), at=day.at(-2))
    assert day.state(-1).standing == (), "written of this value"


def test_a_reason_written_before_anybody_asked_does_not_speak_for_the_answer(day: Day) -> None:
    day.read(-9)
    day.clear_checks(-8, but=["ride"])
    services.give_reason(day.session, "ride", ADMITTED, day.prescriber, write_id=new_id(), at=day.at(-7))
    assert day.state(-6).standing == ()
    services.answer_check(day.session, "ride", False, day.nurse, write_id=new_id(), at=day.at(-5))
    assert [each.check.id for each in day.state(-4).standing] == ["ride"]
    services.give_reason(day.session, "ride", ADMITTED, day.prescriber, write_id=new_id(), at=day.at(-3))
    assert day.state(-2).standing == ()


def test_a_reason_is_written_of_what_stands_against_the_dose_then(clinic: Clinic) -> None:
    """Written of 122, it would else let a dose begin at 172 that no prescriber saw."""
    day = open_day(clinic, hours_ago=0.2)
    why = "I have looked at this person and accept the pressure as it is today."
    give = partial(services.give_reason, day.session, "pressure_gate", why, day.prescriber)
    day.read(9, {**BEFORE, Vital.SYSTOLIC: 122})
    day.clear_checks(9)
    with pytest.raises(Refusal, match="Nothing stands against the dose at"):
        give(write_id=new_id())
    give(write_id=new_id(), at=day.at(9.2))  # it waited on a tablet
    day.read(9.5, {Vital.SYSTOLIC: 172, Vital.DIASTOLIC: 92})
    assert [each.check.id for each in day.state(9.6).standing] == ["pressure_gate"], "kept, and lifts nothing"
    give(write_id=new_id(), at=day.at(9.7))
    assert day.state(9.8).standing == ()
    for minute, systolic in ((10, 204), (10.5, 172)):
        day.read(minute, {Vital.SYSTOLIC: systolic, Vital.DIASTOLIC: 92})
        assert [each.check.id for each in day.state(minute + 0.1).standing] == ["pressure_gate"]


def test_a_reason_for_no_value_does_not_speak_for_the_first_one(day: Day) -> None:
    day.clear_checks(-8)
    why = "No cuff fits this arm today, and the pulse at the wrist is strong and slow."
    services.give_reason(day.session, "pressure_gate", why, day.prescriber, write_id=new_id(), at=day.at(-7))
    assert "pressure_gate" not in {each.check.id for each in day.state(-6).standing}
    day.read(-5, {**BEFORE, Vital.SYSTOLIC: 172})
    assert [each.check.id for each in day.state(-4).standing] == ["pressure_gate"]


def test_less_than_was_given_in_one_go_gives_none_of_it_again(clinic: Clinic) -> None:
    """An injection whose amount is corrected to 0 by a slip is over all the same."""
    day = open_day(clinic, "ketamine 0.5 mg/kg im, twice weekly for 3 weeks")
    day.begin()
    for minute, mg in ((5, 0), (6, 20)):
        day.do(services.correct_amount, minute, mg=mg, reason="Spilled.")
        assert day.state(minute + 0.5).phase is Phase.FINISHED
        assert "devices" not in session_page.build(day.session, day.at(minute + 0.5)).clock.words


def test_no_reason_lifts_a_block(day: Day) -> None:
    with pytest.raises(Refusal, match="No reason lifts this"):
        services.give_reason(day.session, "allergy", ADMITTED, day.prescriber, write_id=new_id(), at=day.at(-4))


def test_values_older_than_a_quarter_of_an_hour_do_not_open_the_gate(day: Day) -> None:
    day.read(-16)
    day.clear_checks()
    with pytest.raises(Refusal, match="Not measured in the last 15 minutes"):
        day.do(services.start_dose, 0)


def test_a_high_pressure_stands_against_the_dose(day: Day) -> None:
    day.read(-5)
    day.systolic(-4, 170)
    day.clear_checks()
    with pytest.raises(Refusal, match="Systolic 170"):
        day.do(services.start_dose, 0)


def test_a_dose_started_twice_is_started_once(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    write_id = new_id()
    first = services.start_dose(day.session, day.nurse, write_id=write_id, at=day.at(0), lot="K1", **BAG)
    again = services.start_dose(day.session, day.nurse, write_id=write_id, at=day.at(0), lot="K1", **BAG)
    assert first == again
    with pytest.raises(Refusal, match="Nothing was started again"):
        day.do(services.start_dose, 1)
    with pytest.raises(WriteConflict):
        services.start_dose(day.session, day.nurse, write_id=write_id, at=day.at(3), lot="K1", **BAG)


def test_a_start_of_a_moment_before_another_tablets_start_is_no_second_one(day: Day) -> None:
    day.begin(0.001)
    with pytest.raises(Refusal, match="is recorded as started at"):
        day.do(services.start_dose, 0)
    assert SessionEvent.objects.filter(session=day.session, kind=SessionEvent.Kind.DOSE_STARTED).count() == 1


def test_two_devices_make_the_dose_and_a_third_is_refused(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    assert day.state(1).given_mg == 28
    day.do(services.give_device, 5)
    assert (day.state(6).given_mg, day.state(6).phase) == (56, Phase.FINISHED)
    with pytest.raises(Refusal, match="all were given"):
        day.do(services.give_device, 10)


def test_no_device_is_given_after_the_stop(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.stop, 3)
    with pytest.raises(Refusal, match="No further device"):
        day.do(services.give_device, 5)
    assert day.state(60).given_mg == 28


def test_an_injection_is_given_at_once(clinic: Clinic) -> None:
    day = open_day(clinic, MUSCLE)
    day.begin()
    assert (day.state(0).given_mg, day.state(0).phase) == (50, Phase.FINISHED)


def test_what_was_given_is_a_regimen_with_its_interruption(day: Day) -> None:
    day.begin()
    day.do(services.pause, 10)
    day.do(services.resume, 20)
    day.do(services.stop, 40)
    regimen = queries.given_regimen(day.session, day.at(60))
    assert regimen is not None
    assert [(dose.duration_min, round(dose.time_h * 60)) for dose in regimen.doses] == [(10, 0), (20, 20)]
    assert regimen.total_mg(None) == pytest.approx(35 * 30 / 40)
    (dose,) = queries.doses_given(day.clinic.course)
    assert (dose.session, dose.started_at, dose.mg) == (day.session, day.at(0), pytest.approx(26.25))


def test_without_a_dose_nothing_was_given(day: Day) -> None:
    day.read(-5, {Vital.SYSTOLIC: 120})
    assert queries.given_regimen(day.session) is None
    assert queries.doses_given(day.clinic.course) == []


class TestLot:
    """Who got which lot is found only if somebody typed it; that nobody could read it is said, not left open."""

    @pytest.fixture
    def ready(self, day: Day) -> Day:
        day.read(-5)
        day.clear_checks()
        return day

    def test_a_lot_or_why_there_is_none_is_asked(self, ready: Day) -> None:
        with pytest.raises(Refusal, match="Which lot is given"):
            ready.do(services.start_dose, 0, lot=" ", no_lot=" ")
        assert ready.state(1).run is None

    def test_it_stands_in_the_note(self, ready: Day) -> None:
        ready.do(services.start_dose, 0, no_lot="Label wet.")
        assert "no lot typed: Label wet." in services.draft_note(ready.session, ready.at(1))

    def test_rescue_stopping_and_leaving_ask_for_none(self, ready: Day) -> None:
        services.observe(ready.session, "medicine", ready.nurse, write_id=new_id(), words="Ondansetron 4 mg iv")
        ready.do(services.stop, 2)
        assert ready.do(services.leave, 3)


class TestConcentration:
    """0.01 mg/mL would run at 5250 mL/h; ten times the plan's strength is ten times the dose."""

    @pytest.mark.parametrize(("strength", "said"), [(0.01, "5250 mL/h"), (10, "The plan says 1 mg/mL")])
    def test_an_unusual_one_needs_a_reason_which_is_kept(self, day: Day, strength: float, said: str) -> None:
        day.read(-5)
        day.clear_checks()
        with pytest.raises(Refusal, match=r"of the plan: the point may have slipped"):
            day.do(services.start_dose, 0, concentration_mg_per_ml=strength, reason="As the pharmacy made it")
        assert day.state(1).run is None
        started = day.do(services.start_dose, 0, concentration_mg_per_ml=strength, reason=TEN_WORDS)
        assert any(said in each for each in started.data["against"])
        assert started.data["reason"] == TEN_WORDS

    def test_the_plans_own_asks_nothing(self, day: Day) -> None:
        day.read(-5)
        day.clear_checks()
        started = day.do(services.start_dose, 0, concentration_mg_per_ml=1.0)
        assert started.data["rate_ml_per_h"] == pytest.approx(52.5)
        assert "against" not in started.data


class TestLabelAndPump:
    """No plan knows which bag hangs there or what the pump was set to: both are read and typed."""

    @pytest.fixture
    def ready(self, day: Day) -> Day:
        day.read(-5)
        day.clear_checks()
        return day

    def start(self, ready: Day, **more: float | str | None) -> SessionEvent:
        said = {"write_id": new_id(), "at": ready.at(0), "lot": "K1", **BAG, **more}
        return services.start_dose(ready.session, ready.nurse, **said)

    @pytest.mark.parametrize("typed", [0.1, 10])
    def test_another_bag_than_planned_is_asked_about_before_the_pump(self, ready: Day, typed: float) -> None:
        """A rate computed for a label misread tenfold must not be what somebody then sets."""
        with pytest.raises(Refusal, match=r"of the plan.*leave the pump as it is") as refused:
            self.start(ready, concentration_mg_per_ml=typed)
        assert "mL/h" not in str(refused.value)

    @pytest.mark.parametrize(
        ("missing", "asked"),
        [("concentration_mg_per_ml", "Which concentration is in hand"), ("pump_ml_per_h", "What is the pump set to")],
    )
    def test_no_infusion_starts_without_either(self, ready: Day, missing: str, asked: str) -> None:
        with pytest.raises(Refusal, match=asked):
            self.start(ready, **{missing: None})
        assert ready.state(1).run is None

    def test_the_page_asks_both_and_fills_in_neither(self, ready: Day) -> None:
        page = browser(ready.clinic.users[Role.NURSE]).get(reverse("session", args=[ready.session.pk]))
        for box in ("st-conc", "st-pump"):
            asked = page.content.decode().split(f'<input id="{box}"')[1].split(">")[0]
            assert "required" in asked
            assert "value=" not in asked

    def test_another_rate_than_was_computed_is_asked_and_then_counts(self, ready: Day) -> None:
        with pytest.raises(Refusal, match=r"52\.5 mL/h gives the dose in 40 min; set to 42 mL/h it is given in 50 min"):
            self.start(ready, pump_ml_per_h=42)
        self.start(ready, pump_ml_per_h=42, reason="Slower, since she was dizzy the last time.")
        assert ready.state(25).given_mg == pytest.approx(17.5)
        assert ready.state(25).ends_at == ready.at(50)
        assert "pump set to 42 mL/h" in services.draft_note(ready.session, ready.at(26))

    @pytest.mark.parametrize("rate", [52, 53, 52.46])
    def test_rounding_at_the_pump_asks_nothing(self, ready: Day, rate: float) -> None:
        assert "against" not in self.start(ready, pump_ml_per_h=rate).data

    def test_what_is_shown_is_what_was_computed(self, ready: Day) -> None:
        """26.25 mL/h stands on the page as 26.2: whoever sets that gives the whole dose in its time."""
        self.start(ready, concentration_mg_per_ml=2, pump_ml_per_h=26.2, reason="The bag came with 2 mg/mL.")
        assert ready.state(40).phase is Phase.FINISHED

    def test_a_slipped_point_takes_ten_words(self, ready: Day) -> None:
        with pytest.raises(Refusal, match=r"5\.25 mL/h is about a tenth of 52\.5: the point may have slipped"):
            self.start(ready, pump_ml_per_h=5.25, reason="As ordered today.")
        assert ready.state(1).run is None

    @pytest.mark.parametrize("rate", [0, -1, 1000])
    def test_what_no_pump_is_set_to_is_refused(self, ready: Day, rate: float) -> None:
        with pytest.raises(Refusal, match=r"no rate to set|more than a pump runs"):
            self.start(ready, pump_ml_per_h=rate, reason="As ordered by the prescriber on the phone a minute ago.")


class TestRate:
    """52.5 mL/h for 40 min is 35 mg."""

    @pytest.fixture
    def running(self, day: Day) -> Day:
        day.read(-5)
        day.clear_checks()
        day.do(services.start_dose, 0, concentration_mg_per_ml=1.0)
        return day

    def test_half_the_rate_gives_half_as_much_and_takes_twice_as_long(self, running: Day) -> None:
        running.do(services.change_rate, 20, ml_per_h=26.25)
        assert running.state(30).given_mg == pytest.approx(17.5 + 17.5 / 4)
        assert running.state(30).ends_at == running.at(60)
        assert running.state(59).phase is Phase.RUNNING
        assert running.state(61).phase is Phase.FINISHED

    def test_a_faster_rate_asks_why_and_ends_sooner(self, running: Day) -> None:
        with pytest.raises(Refusal, match=r"faster than 52\.5 mL/h"):
            running.do(services.change_rate, 20, ml_per_h=65.625)
        running.do(services.change_rate, 20, ml_per_h=65.625, reason="Ordered")
        assert running.state(25).given_mg == pytest.approx(17.5 + 5.46875)
        assert running.state(25).ends_at == running.at(36)
        assert running.state(37).given_mg == pytest.approx(35)

    def test_beyond_the_least_time_only_a_prescriber_lets_it_run(self, running: Day) -> None:
        """118 mL/h gives the dose in under 18 min, and 30 is the least on file: no word of a nurse passes it."""
        why = "The infusion started late and the room is needed at noon today."
        said = r"At 118 mL/h the whole dose runs in 17\.8 min\. .* is shorter than 30 min"
        with pytest.raises(Refusal, match=rf"{said}.*Only a prescriber"):
            running.do(services.change_rate, 5, ml_per_h=118, reason=why)
        assert running.state(6).run.rates == ()
        order = {"ml_per_h": 118, "at": running.at(5)}
        with pytest.raises(Refusal, match="at least ten words"):
            services.change_rate(running.session, running.prescriber, write_id=new_id(), reason="Faster.", **order)
        services.change_rate(running.session, running.prescriber, write_id=new_id(), reason=why, **order)
        assert "shorter than 30 min" in services.draft_note(running.session, running.at(6))

    def test_slowing_pausing_and_stopping_ask_for_nothing_at_any_rate(self, running: Day) -> None:
        why = "She had the same dose in twenty minutes before and bore it well."
        fast = {"ml_per_h": 118, "at": running.at(5), "reason": why}
        services.change_rate(running.session, running.prescriber, write_id=new_id(), **fast)
        assert running.do(services.change_rate, 6, ml_per_h=100), "slower, though beyond the limit still"
        assert running.do(services.pause, 7)
        assert running.do(services.stop, 8)

    def test_a_pause_that_was_resumed_from_puts_no_rate_right(self, running: Day) -> None:
        """Else a nurse alone would let it run beyond the limit, with a time of before the pause."""
        running.do(services.pause, 12)
        running.do(services.resume, 13)
        with pytest.raises(Refusal, match="Only a prescriber lets it run so fast"):
            running.do(services.change_rate, 11, ml_per_h=120, reason=TEN_WORDS)

    def test_what_it_ran_at_by_a_slip_is_told_once_it_was_put_right(self, running: Day) -> None:
        why = "The pump was set so by a slip, seen at once and put right."
        with pytest.raises(Refusal, match=r"ran at 52\.5 mL/h already: that is no change"):
            running.do(services.change_rate, 6, ml_per_h=52.5)
        running.do(services.change_rate, 6, ml_per_h=52.5, reason="Put right")
        running.do(services.change_rate, 5, ml_per_h=118, reason=why)
        assert running.state(6).given_mg == pytest.approx(5 * 0.875 + 118 / 60)
        note = services.draft_note(running.session, running.at(7))
        assert "Pump rate 52.5 to 118 mL/h" in note
        assert "Pump rate 118 to 52.5 mL/h" in note

    def test_a_start_beyond_it_waits_for_a_prescriber_too(self, day: Day) -> None:
        day.read(-5)
        day.clear_checks()
        why = "She had the same dose in twenty minutes before and bore it well."
        with pytest.raises(Refusal, match=r"shorter than 30 min.*Only a prescriber"):
            day.do(services.start_dose, 0, pump_ml_per_h=118, reason=why)
        said = {**BAG, "pump_ml_per_h": 118, "lot": "K1", "reason": why, "at": day.at(0)}
        assert services.start_dose(day.session, day.prescriber, write_id=new_id(), **said)

    def test_a_plan_that_is_shorter_itself_is_its_own_limit(self, clinic: Clinic) -> None:
        """It was signed with a reason; going faster than it says takes one again."""
        day = open_day(clinic, "ketamine 0.5 mg/kg iv over 20 min, once")
        day.begin()
        with pytest.raises(Refusal, match=r"runs in 15 min\. The plan itself says 20 min\."):
            day.do(services.change_rate, 1, ml_per_h=140, reason="Ordered")

    def test_it_and_a_pause_and_a_stop_are_added_up_and_become_the_regimen(self, running: Day) -> None:
        running.do(services.change_rate, 10, ml_per_h=26.25)
        running.do(services.pause, 20)
        running.do(services.change_rate, 25, ml_per_h=42, reason="Ordered")
        running.do(services.resume, 30)
        running.do(services.stop, 40)
        given = 10 * 0.875 + 10 * 0.4375 + 10 * 0.7
        assert running.state(50).given_mg == pytest.approx(given)
        regimen = queries.given_regimen(running.session)
        assert sum(dose.amount.value for dose in regimen.doses) == pytest.approx(given)

    @given(
        st.lists(st.tuples(st.floats(0.1, 60), st.floats(1, 999)), max_size=4),
        st.floats(0, 200),
    )
    def test_the_parts_are_the_whole_and_never_more_than_the_bag(
        self, changes: list[tuple[float, float]], after: float
    ) -> None:
        rates = tuple(RateChange(minute(at), rate) for at, rate in sorted(changes))
        run = DoseRun(INFUSION_40_MIN, 35, ZERO, rate_ml_per_h=52.5, rates=rates)
        now = minute(after)
        assert sum(piece.mg for piece in run.pieces(now)) == pytest.approx(run.given_mg(now))
        assert 0 <= run.given_mg(now) <= 35
        assert run.ends_at(now) >= ZERO

    @pytest.mark.parametrize(
        ("rate", "says"), [(0, "no rate to set"), (-1, "no rate to set"), (1000, "more than a pump runs")]
    )
    def test_what_no_pump_is_set_to_is_refused(self, running: Day, rate: float, says: str) -> None:
        with pytest.raises(Refusal, match=says):
            running.do(services.change_rate, 5, ml_per_h=rate, reason="x")

    def test_a_time_outside_the_infusion_is_named_as_the_fault(self, running: Day) -> None:
        before, started = clock_today(running.at(-3)), clock_today(running.at(0))
        with pytest.raises(Refusal, match=rf"{before} is before the infusion started, at {started}"):
            running.do(services.change_rate, -3, ml_per_h=30)
        with pytest.raises(Refusal, match=rf"the infusion was over: it ended at {running.at(40):%H:%M}"):
            running.do(services.change_rate, 50, ml_per_h=30)

    def test_no_figure_is_said_in_powers_of_ten(self, running: Day) -> None:
        """Slowed to 2 mL/h, the rest takes a thousand minutes: not 1e+03."""
        running.do(services.change_rate, 1, ml_per_h=2)
        with pytest.raises(Refusal, match=r"would be given in 682\.5 min"):
            running.do(services.change_rate, 1.0001, ml_per_h=3)

    def test_a_faster_rate_says_in_how_many_minutes_the_rest_is_given(self, running: Day) -> None:
        """A digit too many: of forty minutes, thirty are left; ten times as fast they are three."""
        with pytest.raises(Refusal, match=r"The rest would be given in 3 min"):
            running.do(services.change_rate, 10, ml_per_h=525)
        with pytest.raises(Refusal, match=r"60 mL/h is faster than 52\.5 mL/h: .* The rest .* in 26\.3 min"):
            running.do(services.change_rate, 10, ml_per_h=60)

    @pytest.mark.parametrize(("slip", "said"), [(525, "ten times 52.5"), (520, "ten times"), (5.25, "a tenth of 52.5")])
    def test_a_slipped_point_takes_more_than_any_word(self, running: Day, slip: float, said: str) -> None:
        """The record must be able to say what a pump ran at that was set so; a hand that slipped looks again."""
        with pytest.raises(Refusal, match=rf"is about {said}.*the point may have slipped"):
            running.do(services.change_rate, 10, ml_per_h=slip, reason="ok")
        why = "The pump was set so by a slip, seen at once and put right."
        running.do(services.change_rate, 11, ml_per_h=52.5, reason="Put right")
        running.do(services.change_rate, 10, ml_per_h=slip, reason=why)
        note = services.draft_note(running.session, running.at(11))
        assert f"Why: {why}" in note
        assert said in note

    def test_back_to_what_the_plan_asks_asks_nothing_with_nothing_in_red(self, running: Day) -> None:
        running.do(services.change_rate, 5, ml_per_h=8)
        event = running.do(services.change_rate, 6, ml_per_h=52.5)
        assert "against" not in event.data
        assert running.state(7).run.ml_per_h(running.at(7)) == 52.5

    def test_up_to_no_more_than_the_plan_is_asked_why_and_not_for_a_slipped_point(self, running: Day) -> None:
        running.do(services.change_rate, 5, ml_per_h=4.5)
        with pytest.raises(Refusal, match=r"45 mL/h is faster than 4\.5 mL/h.*in a few words"):
            running.do(services.change_rate, 6, ml_per_h=45)
        running.do(services.change_rate, 6, ml_per_h=45, reason="Put right")

    def test_up_to_more_than_the_plan_is_asked_for_a_slipped_point_of_the_rate_before(self, running: Day) -> None:
        running.do(services.change_rate, 5, ml_per_h=6)
        with pytest.raises(Refusal, match=r"60 mL/h is about ten times 6: the point may have slipped"):
            running.do(services.change_rate, 6, ml_per_h=60, reason="Put right")

    def test_what_was_typed_of_label_and_pump_stands_in_the_note(self, day: Day) -> None:
        day.begin()
        day.do(services.change_rate, 20, ml_per_h=26.25)
        assert day.state(60).given_mg == pytest.approx(35)
        assert "pump set to 52.5 mL/h; 1 mg/mL" in services.draft_note(day.session, day.at(60))

    def test_without_a_rate_at_the_start_the_amount_is_stated_instead(self, day: Day) -> None:
        day.read(-5)
        day.clear_checks()
        day.do(services.start_dose, 0, concentration_mg_per_ml=100, reason=TEN_WORDS)
        with pytest.raises(Refusal, match="No pump rate is recorded"):
            day.do(services.change_rate, 5, ml_per_h=30)


def without_days(note: str) -> str:
    """Where a session was opened before midnight, its later times name their day."""
    return re.sub(r"(\d\d:\d\d) on \d+ \w+", r"\1", note)


class TestTheRestOfASublingualDose:
    """What is swallowed goes through gut and liver, what is spat out does not: the model is told which."""

    @pytest.mark.parametrize(
        ("planned", "seen", "given"),
        [
            ("spat out", [], Manner.SPAT_OUT),
            ("swallowed", [], Manner.SWALLOWED),
            ("swallowed", ["spat_out"], Manner.SPAT_OUT),
            ("spat out", ["spat_out", "swallowed"], Manner.SWALLOWED),
        ],
    )
    def test_what_was_seen_goes_before_what_was_planned(
        self, clinic: Clinic, planned: str, seen: list[str], given: Manner
    ) -> None:
        day = open_day(clinic, f"ketamine 100 mg sublingual {planned}, once")
        day.begin()
        for number, what in enumerate(seen):
            services.observe(
                day.session, what, day.nurse, write_id=new_id(), at=day.at(10 + number), words="Seen by two."
            )
        assert queries.given_regimen(day.session).first.manner is given

    def test_both_cannot_be_so_the_second_says_how_it_was(self, clinic: Clinic) -> None:
        day = open_day(clinic, "ketamine 100 mg sublingual swallowed, once")
        with pytest.raises(Refusal, match="No dose was begun"):
            services.observe(day.session, "spat_out", day.nurse, write_id=new_id(), at=day.at(-1))
        day.begin()
        services.observe(day.session, "swallowed", day.nurse, write_id=new_id(), at=day.at(10))
        with pytest.raises(Refusal, match="“Rest swallowed” is noted already"):
            services.observe(day.session, "swallowed", day.nurse, write_id=new_id(), at=day.at(10.5))
        with pytest.raises(Refusal, match="“Rest swallowed” was noted before, and both cannot be"):
            services.observe(day.session, "spat_out", day.nurse, write_id=new_id(), at=day.at(11))
        assert queries.given_regimen(day.session).first.manner is Manner.SWALLOWED
        services.observe(
            day.session, "spat_out", day.nurse, write_id=new_id(), at=day.at(12), words="The cup holds it."
        )
        note = services.draft_note(day.session, day.at(20))
        assert "Rest spat out: The cup holds it." in note
        assert f"replaced at {timezone.localtime(day.at(12)):%H:%M} [was Rest swallowed]" in without_days(note)

    def test_what_was_recorded_last_stands_also_with_an_earlier_time(self, clinic: Clinic) -> None:
        day = open_day(clinic, "ketamine 100 mg sublingual swallowed, once")
        day.begin()
        services.observe(day.session, "swallowed", day.nurse, write_id=new_id(), at=day.at(12))
        services.observe(
            day.session, "spat_out", day.nurse, write_id=new_id(), at=day.at(11), words="The cup holds it."
        )
        assert queries.given_regimen(day.session).first.manner is Manner.SPAT_OUT
        replaced = f"replaced at {timezone.localtime(day.at(11)):%H:%M} [was Rest swallowed]"
        assert replaced in without_days(services.draft_note(day.session))

    def test_of_a_start_that_was_taken_back_there_is_none(self, clinic: Clinic) -> None:
        """The note waits on a tablet while another takes the start back."""
        day = open_day(clinic, "ketamine 100 mg sublingual swallowed, once")
        day.begin()
        day.do(services.take_back_start, 8, reason="Another person's tablet.")
        with pytest.raises(Refusal, match="taken back since"):
            services.observe(day.session, "swallowed", day.nurse, write_id=new_id(), at=day.at(5))

    def test_the_same_of_a_moment_before_from_another_tablet_is_no_second_one(self, clinic: Clinic) -> None:
        day = open_day(clinic, "ketamine 100 mg sublingual swallowed, once")
        day.begin()
        services.observe(day.session, "swallowed", day.nurse, write_id=new_id(), at=day.at(10))
        with pytest.raises(Refusal, match="noted already"):
            services.observe(day.session, "swallowed", day.nurse, write_id=new_id(), at=day.at(9.9))

    def test_of_another_route_it_says_nothing(self, day: Day) -> None:
        day.begin()
        services.observe(day.session, "spat_out", day.nurse, write_id=new_id(), at=day.at(10))
        assert queries.given_regimen(day.session).first.manner is Manner.USUAL


def test_an_amount_the_rate_cannot_have_made_is_asked_about(clinic: Clinic) -> None:
    """Stopped after a minute with 0.9 mg given, 20 mg typed: the pump cannot have given them."""
    day = open_day(clinic)
    day.begin()
    day.do(services.stop, 1)
    computed = day.state(1).run.computed_mg(day.at(1))
    for mg in (15.0, 50.0):  # the larger is more than planned, too, and passes no easier
        with pytest.raises(Refusal, match="By its rate the pump had given"):
            day.do(services.correct_amount, 2, mg=mg, reason="The pump shows it.")
    day.do(services.correct_amount, 2, mg=round(1.2 * computed, 3))
    day.do(services.correct_amount, 3, mg=15.0, reason=TEN_WORDS)


@pytest.mark.parametrize(
    ("typed", "read"), [("0.912", 0.912), ("0,912", 0.912), ("36.5", 36.5), ("1.000", None), ("1,000", None)]
)
def test_three_places_are_read_where_they_can_be_no_thousands(typed: str, read: float | None) -> None:
    form = AmountForm({"write_id": new_id(), "mg": typed})
    assert (form.cleaned_data["mg"] if form.is_valid() else None) == read


@pytest.mark.parametrize(
    ("words", "last_at"), [("ketamine 50 mg im once", 0), ("ketamine 20 mg iv bolus once", 0), (NASAL, 6)]
)
def test_stop_touched_long_after_what_went_in_at_once_moves_no_end(clinic: Clinic, words: str, last_at: float) -> None:
    """From the card it is always in reach: two hours since an injection stay two hours since the injection."""
    day = open_day(clinic, words)
    day.begin()
    if last_at:
        day.do(services.give_device, last_at)
    before = {criterion.id: criterion.detail for criterion in day.state(100).criteria}
    services.check_criterion(day.session, "walks", True, day.nurse, write_id=new_id(), at=day.at(80))
    day.do(services.stop, 90)
    state = day.state(100)
    assert state.ends_at == day.at(last_at)
    after = {criterion.id: criterion for criterion in state.criteria}
    assert after["observation"].detail == before["observation"]
    assert after["walks"].state is State.MET
    assert {check.at for check in state.due} == {check.at for check in day.state(80).due}
