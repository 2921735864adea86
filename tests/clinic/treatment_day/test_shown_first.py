"""A reason counts only against what was read before it was given: an objection is shown once before words answer it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import INFUSION, MUSCLE, NASAL, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_pages import post
from tests.web.test_gate import signed_in

TYPED = {"concentration_mg_per_ml": "1", "lot": "KT"}


@pytest.fixture
def day(clinic: Clinic) -> Day:
    """Ready for the dose now: an entry of what happened a while ago is another thing."""
    day = open_day(clinic, INFUSION, hours_ago=0.2)
    day.read(7)
    day.clear_checks(7)
    return day


@pytest.fixture
def prescriber(clinic: Clinic) -> Client:
    return signed_in(clinic, Role.PRESCRIBER)


def begun(day: Day) -> int:
    return day.session.events.filter(kind=SessionEvent.Kind.DOSE_STARTED).count()


def start(client: Client, day: Day, minute: float = 12, **typed: str) -> str:
    """What the page answers: the refusal, or nothing once the dose is begun."""
    at = timezone.now() if minute == 12 else day.at(minute)
    return post(client, day, "start", at=at.isoformat(), **{**TYPED, **typed}).json().get("refused", "")


def test_a_rate_ten_times_too_fast_is_shown_before_a_reason_written_beforehand_lets_it_run(
    day: Day, prescriber: Client
) -> None:
    refused = start(prescriber, day, pump_ml_per_h="525", reason=TEN_WORDS)
    assert "525 mL/h is about ten times 52.5" in refused
    assert "The reason was written before this was read" in refused
    assert begun(day) == 0
    assert start(prescriber, day, pump_ml_per_h="525", reason=TEN_WORDS) == ""
    assert begun(day) == 1


def test_what_was_shown_of_one_figure_is_no_answer_to_another(day: Day, prescriber: Client) -> None:
    start(prescriber, day, pump_ml_per_h="525", reason=TEN_WORDS)
    assert "5.25 mL/h is about a tenth" in start(prescriber, day, pump_ml_per_h="5.25", reason=TEN_WORDS)
    assert begun(day) == 0


def test_what_one_person_was_shown_another_has_not_read(day: Day, prescriber: Client) -> None:
    start(prescriber, day, pump_ml_per_h="60", reason=TEN_WORDS)
    assert "before this was read" in start(signed_in(day.clinic, Role.NURSE), day, pump_ml_per_h="60", reason=TEN_WORDS)


def test_a_refusal_without_a_reason_is_what_was_shown(day: Day, prescriber: Client) -> None:
    assert "60 mL/h" in start(prescriber, day, pump_ml_per_h="60")
    assert start(prescriber, day, pump_ml_per_h="60", reason=TEN_WORDS) == ""


def test_nothing_odd_asks_nothing_twice(day: Day, prescriber: Client) -> None:
    assert start(prescriber, day, pump_ml_per_h="52.5") == ""


@pytest.mark.parametrize(
    ("plan", "mg", "objection"),
    [
        (MUSCLE, 60, "60 mg is more than the 50 mg planned."),
        (MUSCLE, 0, "0 mg says that nothing of 50 mg was given."),
        (NASAL, 42, "42 mg is no whole number of devices of 28 mg."),
    ],
)
def test_an_amount_that_takes_a_reason_is_objected_to_before_the_reason_counts(
    clinic: Clinic, plan: str, mg: float, objection: str
) -> None:
    day, read = open_day(clinic, plan, hours_ago=0.3), ""
    day.begin()
    if plan is NASAL:
        day.do(services.give_device, 6)
    for _ in range(2):
        try:
            stated = services.correct_amount(
                day.session, day.nurse, write_id=new_id(), mg=mg, reason=TEN_WORDS, shown=read
            )
        except Refusal as refusal:
            read += str(refusal)
    assert objection in read
    assert "The reason was written before this was read" in read
    assert stated.data["against"] == [objection]


def test_a_faster_rate_is_objected_to_before_the_reason_counts(day: Day) -> None:
    """What it makes of the whole dose does not change while it is read."""
    day.begin(8)
    faster = {"ml_per_h": 54.0, "reason": "As the prescriber said."}
    with pytest.raises(Refusal, match=r"54 mL/h is faster than 52\.5 mL/h: the whole dose takes 38\.9 min") as refused:
        services.change_rate(day.session, day.nurse, write_id=new_id(), shown="", **faster)
    read = str(refused.value)
    assert services.change_rate(day.session, day.nurse, write_id=new_id(), shown=read, **faster).data["against"]


@pytest.mark.parametrize("said", ["a b c d e f g h i j k", ". . . . . . . . . . .", "1 2 3 4 5 6 7 8 9 10 11"])
def test_letters_are_no_words(day: Day, prescriber: Client, said: str) -> None:
    for _ in range(2):
        assert "at least ten words" in start(prescriber, day, pump_ml_per_h="525", reason=said)
    assert begun(day) == 0


def test_more_than_the_pump_can_have_given_is_told_in_red(day: Day, prescriber: Client) -> None:
    """Stopped after four of forty minutes, and the whole dose stated: the plan is not exceeded, the pump is."""
    start(prescriber, day, 7.5, pump_ml_per_h="52.5")
    post(prescriber, day, "stop", at=day.at(11.5).isoformat())
    for _ in range(2):
        post(prescriber, day, "amount", mg="35", words=TEN_WORDS)
    state = day.state()
    assert state.more_than_planned == "35 mg given as stated, and 3.5 mg by the rate of the pump"
    (flag,) = Flag.objects.filter(kind=queries.MORE_THAN_PLANNED, subject=day.session.pk)
    assert flag.level == Flag.Level.ACT


def test_a_stop_that_comes_after_somebody_resumed_says_to_look_at_the_pump(day: Day, prescriber: Client) -> None:
    """The stop waited on a tablet without a network; the record alone would say that nothing runs."""
    start(prescriber, day, 7.5, pump_ml_per_h="52.5")
    post(prescriber, day, "pause", at=day.at(8).isoformat())
    post(prescriber, day, "resume", at=day.at(10).isoformat())
    post(signed_in(day.clinic, Role.NURSE), day, "stop", at=day.at(9).isoformat())
    (flag,) = Flag.objects.filter(kind=queries.WENT_ON, subject=day.session.pk)
    assert flag.title.startswith("Resumed at ")
    assert "Look at the pump" in flag.detail


class TestTheEndOfADoseThatWentOn:
    """Paused at 8, stopped at 9 on a tablet without a network, resumed at 10 elsewhere: the pump may run."""

    @pytest.fixture
    def went_on(self, day: Day, prescriber: Client) -> Day:
        start(prescriber, day, 7.5, pump_ml_per_h="52.5")
        post(prescriber, day, "pause", at=day.at(8).isoformat())
        post(prescriber, day, "resume", at=day.at(10).isoformat())
        post(prescriber, day, "stop", at=day.at(9).isoformat())
        return day

    def test_is_not_known_until_stop_which_is_offered_says_when(self, went_on: Day, prescriber: Client) -> None:
        page = session_page.build(went_on.session, went_on.at(12))
        assert page.can_stop
        assert page.note_waits
        assert page.state.stopped_at is None
        post(prescriber, went_on, "stop", at=went_on.at(13.5).isoformat())
        state = went_on.state(20)
        assert state.stopped_at == went_on.at(13.5)
        assert state.given_mg == pytest.approx(35 * (0.5 + 3.5) / 40)
        assert not session_page.build(went_on.session, went_on.at(20)).can_stop
        (flag,) = Flag.objects.filter(kind=queries.WENT_ON)
        assert flag.events.get().action.startswith("Its end was recorded, ")
        lines = [each.what for each in session_page.build(went_on.session, went_on.at(20)).moments]
        assert [line for line in lines if line.startswith("Stop")] == [
            "Stopped, 3.5 of 35 mg given", "Stopped, 0.438 of 35 mg given",
        ]  # fmt: skip

    def test_may_be_typed_and_be_the_minute_in_which_it_went_on(self, went_on: Day, prescriber: Client) -> None:
        """It did not run: the end is that minute, and nothing more was given."""
        resumed = went_on.session.events.get(kind=SessionEvent.Kind.DOSE_RESUMED).occurred_at
        post(prescriber, went_on, "stop", clock=f"{timezone.localtime(resumed):%H:%M}")
        assert went_on.state(20).stopped_at == resumed + timedelta.resolution
        assert went_on.state(20).given_mg == pytest.approx(35 * 0.5 / 40)
        assert not Flag.objects.filter(kind=queries.WENT_ON, events__kind=None).exists()

    def test_is_open_after_another_rate_was_recorded_too(self, day: Day, prescriber: Client) -> None:
        start(prescriber, day, 7.5, pump_ml_per_h="52.5")
        post(prescriber, day, "rate", ml_per_h="26.25", at=day.at(11.5).isoformat())
        post(prescriber, day, "stop", at=day.at(9.5).isoformat())
        assert day.state(12).phase is Phase.RUNNING
        assert day.state(12).given_mg == pytest.approx(35 * (4 + 0.5 / 2) / 40)
        post(prescriber, day, "stop", at=day.at(13.5).isoformat())
        assert day.state(20).given_mg == pytest.approx(35 * (4 + 2 / 2) / 40)


def test_a_stop_that_comes_after_somebody_gave_a_device_is_told_in_red_and_keeps_the_time_it_was_typed_with(
    clinic: Clinic,
) -> None:
    """The device was given, so the dose ends with it; that the stop was touched before is said, not overwritten."""
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.give_device, 6)
    stop = day.do(services.stop, 3)
    assert day.state().given_mg == 56
    (flag,) = Flag.objects.filter(kind=queries.WENT_ON, subject=day.session.pk)
    assert flag.title.startswith("Nasal device given at ")
    assert f"The stop was typed as of {timezone.localtime(day.at(3)):%H:%M:%S}." in flag.detail
    assert "pump" not in flag.detail
    (line,) = (each for each in session_page.build(day.session, timezone.now()).moments if "ended" in each.what)
    assert stop.occurred_at == day.at(6)
    assert line.detail.startswith(f"typed as of {clock(day.at(3), day.session.opened_at.date())}")


def test_a_late_stop_of_a_start_that_was_taken_back_ends_no_later_dose(clinic: Clinic) -> None:
    day = open_day(clinic, INFUSION)
    day.begin()
    day.do(services.take_back_start, 2, reason="The wrong chair.")
    day.begin(10)
    assert day.do(services.stop, 1).occurred_at == day.at(1)
    assert day.state(12).phase is Phase.RUNNING


def test_a_stop_that_is_the_last_word_says_nothing(day: Day, prescriber: Client) -> None:
    start(prescriber, day, 7.5, pump_ml_per_h="52.5")
    post(prescriber, day, "pause", at=day.at(8).isoformat())
    post(prescriber, day, "resume", at=day.at(9).isoformat())
    post(prescriber, day, "stop", at=day.at(11).isoformat())
    post(prescriber, day, "stop", at=day.at(8.5).isoformat())
    assert not Flag.objects.filter(kind=queries.WENT_ON).exists()


def test_what_was_done_without_a_network_keeps_its_time_and_says_that_nobody_had_read_it(
    day: Day, prescriber: Client
) -> None:
    """To refuse it when it comes would lose when the dose began."""
    assert start(prescriber, day, 7.5, pump_ml_per_h="60", reason=TEN_WORDS) == ""
    event = day.session.events.get(kind=SessionEvent.Kind.DOSE_STARTED)
    assert event.occurred_at == day.at(7.5)
    assert event.data["against"][-1] == "The reason was written before this was read."
