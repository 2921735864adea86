"""A crossed limit that is not settled: the page counts to its recheck; without a network a tablet knows the limits."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import board, services, session_page
from daybreak.clinic.treatment_day.expected import otherwise_than_planned
from daybreak.clinic.treatment_day.models import Monitor, SessionEvent
from daybreak.clinic.treatment_day.queries import LEFT_WITH_OPEN
from daybreak.clinic.treatment_day.services import MarkAnswer, answer_mark
from daybreak.treatment import artefacts
from daybreak.treatment.limits import Level
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, TEN_WORDS, Day, open_day
from tests.web.test_gate import signed_in


@pytest.fixture
def day(clinic: Clinic) -> Day:
    return open_day(clinic)


def page(day: Day, minute: float) -> session_page.SessionPage:
    return session_page.build(day.session, day.at(minute))


def row_of_the_board(day: Day, minute: float) -> board.ChairRow:
    (row,) = board.now(day.clinic.site, day.at(minute)).rows
    return row


def test_the_chairs_row_names_a_red_mark_without_an_answer_also_when_the_newest_value_is_amber(day: Day) -> None:
    """The row's colour is that of the newest value; the mark still waits, and may be climbing."""
    day.begin()
    day.systolic(1, 190)
    (red,) = day.flags()
    day.systolic(3, 172)
    row = row_of_the_board(day, 4)
    assert row.pressure_mark.level is Level.AMBER
    assert row.unanswered[0].title == red.title
    answer_mark(red, MarkAnswer.RECHECK, day.nurse, write_id=new_id())
    assert red.title not in [each.title for each in row_of_the_board(day, 5).unanswered]


def test_the_chairs_row_says_what_is_crossed_by_a_value_that_has_no_column(day: Day) -> None:
    day.begin()
    day.read(1, {Vital.RESPIRATORY_RATE: 11, Vital.SYSTOLIC: 170})
    assert [mark.headline for mark in row_of_the_board(day, 2).others] == ["Breaths 11, below amber 12"]
    day.read(3, {Vital.RESPIRATORY_RATE: 14})
    row = row_of_the_board(day, 4)
    assert row.others == ()
    titles = {each.title for each in row.unanswered}
    assert titles == {"Breaths 11, below amber 12", "Systolic 170, above amber 160"}, "it waits until it is answered"


def test_the_board_shows_that_a_dose_is_paused_and_how_much_was_given(day: Day) -> None:
    day.begin()
    day.do(services.pause, 20)
    assert row_of_the_board(day, 25).doing == "paused, 17.5 mg given"


class TestOneTouchOfASet:
    SET = {Vital.SYSTOLIC: 185, Vital.DIASTOLIC: 104, Vital.HEART_RATE: 134}

    def test_answers_all_its_marks_each_in_its_own_words_and_pauses_once(self, day: Day) -> None:
        day.begin()
        day.systolic(3, 170)
        day.read(4, self.SET)
        waiting = page(day, 5).waiting
        (together,) = [each.leads for each in waiting if each.leads]
        (alone,) = [each for each in waiting if each.flag not in [mark.flag for mark in together.marks]]
        assert len(together.marks) == 3, "what was measured at another time is apart"
        client = signed_in(day.clinic, Role.NURSE)
        shown = client.get(f"/sessions/{day.session.pk}/").content.decode()
        assert "3 marks of" in shown
        assert together.names in html.unescape(shown)
        said = {"flag": [each.flag.pk for each in together.marks], "answer": "paused", "write_id": new_id()}
        for _ in range(2):
            assert client.post(f"/sessions/{day.session.pk}/mark", said).status_code == 302
        answers = [FlagEvent.objects.get(flag=each.flag).action for each in together.marks]
        assert all(action.startswith("Paused. Recheck at ") for action in answers)
        assert day.session.events.filter(kind=SessionEvent.Kind.DOSE_PAUSED).count() == 1
        assert [each.flag.pk for each in page(day, 6).waiting] == [alone.flag.pk]

    def test_leaves_what_was_closed_meanwhile_and_answers_the_rest(self, day: Day) -> None:
        day.begin()
        day.read(4, self.SET)
        first, *rest = [each.flag for each in page(day, 5).waiting]
        answer_mark(first, MarkAnswer.NOT_TRUE, day.nurse, write_id=new_id(), reason="cuff slipped")
        services.answer_marks([first, *rest], MarkAnswer.TOLD, day.nurse, write_id=new_id())
        assert [FlagEvent.objects.filter(flag=flag).count() for flag in (first, *rest)] == [1, 1, 1]
        with pytest.raises(Refusal, match="closed already"):
            services.answer_marks([first, first], MarkAnswer.TOLD, day.nurse, write_id=new_id())

    def test_is_none_for_an_emergency_nor_a_word_on_what_is_true_nor_another_set(self, day: Day) -> None:
        day.begin()
        day.read(4, self.SET | {Vital.SYSTOLIC: 205})
        waiting = page(day, 5).waiting
        assert [each.leads is not None for each in waiting] == [False, True, False]
        assert "205" not in waiting[1].leads.names
        emergency, *rest = [each.flag for each in waiting]
        for flags, answer, why in (
            ([emergency, *rest], MarkAnswer.TOLD, "An emergency is answered by itself"),
            (rest, MarkAnswer.NOT_TRUE, "each value by itself"),
        ):
            with pytest.raises(Refusal, match=why):
                services.answer_marks(flags, answer, day.nurse, write_id=new_id(), reason="cuff slipped")
        day.read(6, {Vital.SPO2: 85})
        other = next(each.flag for each in page(day, 7).waiting if "85" in each.flag.title)
        with pytest.raises(Refusal, match="not of one set"):
            services.answer_marks([*rest, other], MarkAnswer.TOLD, day.nurse, write_id=new_id())
        assert not FlagEvent.objects.exists()


class TestAnEmergency:
    """Systolic from 200: the rule says to call the emergency services, and the first touch says that it was done."""

    CALLED = "Emergency services called"

    def answers(self, day: Day) -> list[str]:
        """The words of the buttons under the gravest mark, in their order."""
        shown = signed_in(day.clinic, Role.NURSE).get(f"/sessions/{day.session.pk}/").content.decode()
        fieldset = shown.split("One touch records what you do")[1].split("</fieldset>")[0]
        return re.findall(r">([^<>]+)</button>", fieldset)

    def test_is_first_answered_by_the_call_and_red_by_the_recheck(self, day: Day) -> None:
        day.begin()
        day.systolic(1, 190)
        assert self.answers(day)[0] == "Recheck in 5 min"
        day.systolic(2, 205)
        assert self.answers(day)[:2] == [self.CALLED, "Recheck in 5 min"]

    def test_whose_services_were_called_is_acknowledged_and_says_so_everywhere(self, day: Day) -> None:
        day.begin()
        day.systolic(1, 205)
        (flag,) = day.flags()
        nurse = signed_in(day.clinic, Role.NURSE)
        touch = {"flag": flag.pk, "answer": "called", "write_id": new_id()}
        assert nurse.post(f"/sessions/{day.session.pk}/mark", touch).status_code == 302
        (answer,) = FlagEvent.objects.all()
        assert (answer.kind, answer.action) == ("acknowledged", f"{self.CALLED}.")
        assert [each.said for each in page(day, 5).answered] == [f"{self.CALLED}. {day.nurse.user.display_name}"]
        assert f"{day.nurse.user.display_name}: {self.CALLED}" in services.draft_note(day.session)
        assert f"{self.CALLED}." in nurse.get("/today/").content.decode().split('id="work"')[1]
        assert row_of_the_board(day, 5).unanswered == ()

    def test_of_a_person_who_left_can_still_be_answered_so(self, day: Day) -> None:
        day.begin()
        day.systolic(1, 205)
        day.do(services.leave, 5, reason="By ambulance.")
        assert self.answers(day)[0] == self.CALLED


def test_a_pause_is_kept_with_its_time_although_somebody_else_answered_its_mark_and_once(day: Day) -> None:
    """The touch waited on a tablet, or came second: the pump was paused all the same."""
    day.begin()
    day.systolic(10, 185)
    (flag,) = day.flags()
    answer_mark(flag, MarkAnswer.NOT_TRUE, day.nurse, write_id=new_id(), reason="cuff slipped")
    for minute in (11, 12):
        services.answer_marks([flag], MarkAnswer.PAUSED, day.nurse, write_id=new_id(), at=day.at(minute))
    paused = day.session.events.filter(kind=SessionEvent.Kind.DOSE_PAUSED)
    assert [event.occurred_at for event in paused] == [day.at(11)]
    assert FlagEvent.objects.count() == 1
    with pytest.raises(Refusal, match="closed already"):
        answer_mark(flag, MarkAnswer.TOLD, day.nurse, write_id=new_id())


def test_the_chairs_row_names_the_gravest_mark_and_says_how_old_an_oxygen_saturation_is(day: Day) -> None:
    """What was called not true leaves the value before it, which may be from before the dose."""
    day.begin()
    day.systolic(1, 185)
    (lost,) = day.read(3, {Vital.SPO2: 88})
    row = row_of_the_board(day, 4)
    assert (row.oxygen, row.oxygen_at) == ("88", None)
    services.correct_reading(lost, None, "The probe was off.", day.nurse, write_id=new_id())
    day.systolic(5, 210)
    row = row_of_the_board(day, 6)
    assert (row.oxygen, row.oxygen_at) == ("98", day.at(-5))
    assert row.unanswered[0].title == "Systolic 210, above emergency 200"


class TestTheRecheck:
    def test_comes_before_the_next_check_also_when_the_stop_moved_that(self, day: Day) -> None:
        """Stopped with the pressure beyond red: the check fifteen minutes later is no answer to it."""
        day.begin()
        day.do(services.stop, 8)
        day.read(8)
        day.systolic(9, 190)
        assert page(day, 10).state.next_check.at > day.at(14)
        assert page(day, 10).recheck == day.at(14)

    def test_is_beside_what_was_measured_since_the_mark(self, day: Day) -> None:
        """A monitor went on to 195 while the mark says 190: which of both counts must not be guessed."""
        day.begin()
        day.systolic(1, 190)
        (mark,) = page(day, 2).waiting
        assert mark.newest is None
        day.systolic(4, 195)
        (mark,) = page(day, 5).waiting
        assert (mark.reading.value, mark.newest.value) == (190, 195)

    def test_is_counted_from_the_newest_value_and_the_newest_answer(self, day: Day) -> None:
        day.begin()
        day.systolic(1, 190)
        day.systolic(4, 188)
        assert page(day, 4).recheck == day.at(9)
        (flag,) = day.flags()
        answered = answer_mark(flag, MarkAnswer.RECHECK, day.nurse, write_id=new_id(), at=day.at(5))
        assert page(day, 6).recheck in (None, answered.recorded_at + timedelta(minutes=5))

    def test_of_oxygen_is_as_soon_as_its_action_says(self, day: Day) -> None:
        """Two minutes: not back by then, the emergency services are called."""
        day.begin()
        day.read(1, {Vital.SPO2: 88})
        (flag,) = day.flags()
        assert flag.due_at == day.at(3)
        assert page(day, 2).recheck == day.at(3)
        shown = signed_in(day.clinic, Role.NURSE).get(f"/sessions/{day.session.pk}/").content.decode()
        assert "Recheck in 2 min</button>" in shown

    def test_is_over_with_the_value_back_or_the_person_gone(self, day: Day) -> None:
        day.begin()
        day.systolic(6, 190)
        day.systolic(9, 150)
        assert page(day, 9).recheck is None
        day.systolic(11, 190)
        assert page(day, 11).recheck in (None, day.at(16))
        day.do(services.leave, 12, reason="By ambulance.")
        assert page(day, 12).recheck is None

    def test_is_what_the_board_counts_to_as_well(self, day: Day) -> None:
        """Whoever watches forty chairs opens none of their pages: the check at ten minutes would hide it."""
        day.begin()
        day.systolic(1, 190)
        assert page(day, 2).recheck == row_of_the_board(day, 2).recheck == day.at(6)
        assert row_of_the_board(day, 9).overdue_min == 3
        day.systolic(9.5, 150)
        assert row_of_the_board(day, 9.6).recheck is None
        assert row_of_the_board(day, 9.6).next_check_at == day.at(10)

    def test_stands_on_the_board_in_words_until_it_is_answered(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=9 / 60)
        day.begin()
        day.systolic(1, 190)
        (flag,) = day.flags()
        nurse = signed_in(clinic, Role.NURSE)
        shown = nurse.get("/today/").content.decode().split('data-label="Next check"')[1].split("</td>")[0]
        assert "recheck 3 min overdue" in shown
        answer_mark(flag, MarkAnswer.RECHECK, day.nurse, write_id=new_id())
        shown = nurse.get("/today/").content.decode().split('data-label="Next check"')[1].split("</td>")[0]
        assert "overdue" not in shown


def test_a_mark_whose_person_has_left_says_so_and_asks_for_no_recheck(clinic: Clinic, settings: Settings) -> None:
    # Where it is about noon now: the board shows who was here today, also where this test runs just after midnight.
    settings.TIME_ZONE = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
    day = open_day(clinic, hours_ago=0.2)
    day.begin()
    day.systolic(1, 190)
    nurse = signed_in(clinic, Role.NURSE)

    def shown() -> tuple[str, str]:
        pages = [nurse.get(address).content.decode() for address in ("/today/", f"/sessions/{day.session.pk}/")]
        return pages[0].split('id="work"')[1], pages[1].split('id="live-crossed"')[1].split('id="outbox"')[0]

    assert not any("The person left" in page for page in shown())
    assert "Recheck in 5 min</button>" in shown()[1]
    services.leave(day.session, day.nurse, write_id=new_id(), reason="By ambulance.")
    board_said, session_said = shown()
    assert "it is to be answered still" in board_said
    assert "The person left at" in session_said
    assert "Recheck in 5 min</button>" not in session_said
    assert "Told A synthetic prescriber" in session_said
    (flag,) = day.flags()
    answer_mark(flag, MarkAnswer.TOLD, day.nurse, write_id=new_id())
    assert "End it under Flags" in shown()[1]


def test_what_is_open_in_red_stands_at_the_foot_too_until_it_is_closed(day: Day) -> None:
    """Who has scrolled down to the note sees neither the marks nor that another tablet raised them."""
    day.begin()
    day.read(2, {Vital.SYSTOLIC: 190, Vital.SPO2: 88, Vital.HEART_RATE: 125})
    assert page(day, 3).open_in_red == "2 open in red: SpO₂ 88, Systolic 190"
    nurse = signed_in(day.clinic, Role.NURSE)
    for address in (f"/sessions/{day.session.pk}/", f"/sessions/{day.session.pk}/live"):
        foot = nurse.get(address).content.decode().split('id="live-marks-here"')[1].split("</span>")[0]
        assert "2 open in red: SpO₂ 88, Systolic 190" in foot
        assert 'href="#live-crossed"' in foot
    answer_mark(day.flags()[0], MarkAnswer.TOLD, day.nurse, write_id=new_id())
    assert page(day, 3).open_in_red.startswith("2 open in red"), "answered, and open still"
    day.read(9)
    assert page(day, 10).open_in_red.startswith("1 open in red")


class TestLeavingWithRedMarksOpen:
    """Ten minutes after the start with 190 and 88: nobody is held back, and everybody who must know it does."""

    @pytest.fixture
    def left(self, clinic: Clinic) -> Day:
        day = open_day(clinic, hours_ago=0.1)
        day.begin()
        day.read(2, {Vital.SYSTOLIC: 190, Vital.SPO2: 88})
        answer_mark(day.flags()[0], MarkAnswer.RECHECK, day.nurse, write_id=new_id())
        before = signed_in(clinic, Role.NURSE).get(f"/sessions/{day.session.pk}/").content.decode()
        dialog = html.unescape(before.split('id="live-open-at-leaving"')[1].split("<form")[0])
        assert "2 red marks open" in dialog
        assert "Systolic 190, above red 180" in dialog
        assert "Not met" in dialog
        services.leave(day.session, day.nurse, write_id=new_id(), reason="Wants to go home now.", goes_with="nobody")
        return day

    def test_they_stand_in_the_record_and_in_a_red_flag_for_the_prescriber(self, left: Day) -> None:
        note = services.draft_note(left.session)
        assert "Red marks: SpO₂ 88, below red 90; Systolic 190, above red 180." in note
        (flag,) = Flag.objects.filter(kind=LEFT_WITH_OPEN)
        assert (flag.owner, flag.level) == (left.prescriber.user, Flag.Level.ACT)
        assert flag.title.startswith("Left session 1 with red marks open: ")
        assert "Why: Wants to go home now. Red marks: " in flag.detail

    def test_their_cards_ask_for_nothing_that_needs_the_person_here(self, left: Day) -> None:
        page = signed_in(left.clinic, Role.NURSE).get(f"/sessions/{left.session.pk}/").content.decode()
        cards = page.split('id="live-crossed"')[1].split('id="outbox"')[0]
        assert all(flag.title in html.unescape(cards) for flag in left.flags())
        for limit in left.state().limits.limits:
            assert html.escape(limit.action) not in cards

    def test_with_criteria_open_alone_the_flag_is_amber(self, day: Day) -> None:
        day.begin()
        day.do(services.leave, 5, reason="By taxi.")
        (flag,) = Flag.objects.filter(kind=LEFT_WITH_OPEN)
        assert flag.level == Flag.Level.WATCH
        assert "Not met: " in flag.detail


def test_the_mark_of_drowsiness_holds_what_there_is_of_the_dose(day: Day) -> None:
    day.begin()
    day.read(5, {Vital.ALERTNESS: 3})
    (flag,) = day.flags()
    assert "Pause the infusion" in flag.detail
    assert "device" not in flag.detail


def test_the_page_carries_every_limit_in_force_for_values_that_wait_on_a_tablet(day: Day) -> None:
    day.begin()
    shown = signed_in(day.clinic, Role.NURSE).get(f"/sessions/{day.session.pk}/").content.decode()
    carried = json.loads(html.unescape(shown.split('data-marks="')[1].split('"')[0]))
    limits = day.state().limits.limits
    assert {(each["vital"], each["how"], each["value"], each["acts"]) for each in carried} == {
        (str(limit.vital), str(limit.comparison), limit.value, limit.level.calls_to_act) for limit in limits
    }
    assert Vital.SPO2 in {each["vital"] for each in carried}
    assert [each["acts"] for each in carried] == sorted((each["acts"] for each in carried), reverse=True)


def sign(day: Day, minute: float, text: str) -> SessionEvent:
    return services.sign_note(day.session, text, day.nurse, write_id=new_id(), at=day.at(minute))


class TestTheNote:
    def test_is_not_signed_while_the_dose_goes_on(self, day: Day) -> None:
        day.begin()
        nurse = signed_in(day.clinic, Role.NURSE)
        with pytest.raises(Refusal, match="The dose goes on"):
            sign(day, 5, "1 mg given.")
        day.do(services.pause, 6)
        with pytest.raises(Refusal, match="The dose goes on"):
            sign(day, 7, "1 mg given.")
        with pytest.raises(Refusal, match="The dose goes on"):
            sign(day, 200, "35 mg given.")
        assert "once the end of the dose is recorded" in nurse.get(f"/sessions/{day.session.pk}/").content.decode()
        day.do(services.stop, 8)
        assert "Sign note" in nurse.get(f"/sessions/{day.session.pk}/").content.decode()
        assert sign(day, 9, "Stopped early.")

    def test_is_signed_by_one_person_whichever_tablets_clock_is_ahead(self, day: Day) -> None:
        """Two people sign in the same minute; the second to arrive touched “Sign” first by their own clock."""
        day.begin()
        day.do(services.stop, 8)
        first = sign(day, 10, "As I saw it.")
        for minute in (9, 11):
            with pytest.raises(Refusal, match=rf"signed by {day.nurse.user.display_name} at .* Yours was not saved"):
                sign(day, minute, "As somebody else saw it.")
        assert page(day, 12).state.note == first

    def test_that_was_refused_stands_on_the_page_that_says_so(self, day: Day) -> None:
        sign(day, 6, "Nothing was given.")
        second = signed_in(day.clinic, Role.PRESCRIBER)
        words = {"write_id": new_id(), "words": "Sent home: she had eaten."}
        refused = second.post(f"/sessions/{day.session.pk}/note", words)
        assert refused.status_code == 422
        assert "Sent home: she had eaten." in refused.content.decode()

    def test_is_signed_for_a_person_who_left_whatever_the_pump_did(self, day: Day) -> None:
        day.begin()
        day.do(services.leave, 5, reason="By ambulance, with the pump.")
        assert sign(day, 6, "By ambulance.")

    def test_is_signed_where_no_dose_was_given(self, day: Day) -> None:
        assert sign(day, 6, "Nothing was given.")

    def test_of_a_spray_waits_for_the_last_device(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        with pytest.raises(Refusal, match="The dose goes on"):
            sign(day, 3, "28 mg given.")
        day.do(services.give_device, 6)
        assert sign(day, 9, "56 mg given.")


def test_an_answer_that_was_another_before_stands_in_the_timeline_with_both(day: Day) -> None:
    day.read(-5)
    day.clear_checks(-5)
    check = next(each for each in day.state(-4).checks if not each.is_measured)
    assert not [line for line in services.draft_note(day.session, day.at(-4)).splitlines() if check.question in line]
    for minute, yes in ((-3, not check.clears), (-2, check.clears)):
        services.answer_check(day.session, check.id, yes, day.nurse, write_id=new_id(), at=day.at(minute))
    lines = [line for line in services.draft_note(day.session, day.at(-1)).splitlines() if check.question in line]
    words = {True: "yes", False: "no"}
    assert [f"{words[check.clears]}, at" in line for line in lines] == [False, True]
    assert [f"{words[not check.clears]}, at" in line for line in lines] == [True, False]


class TestALostSignal:
    """A monitor that sends zeros shows its last true value for ever, unless the page says since when it is lost."""

    def shown(self, day: Day, minute: float) -> dict[str, str]:
        return {cell.column.name: cell.lost for cell in page(day, minute).glance.cells if cell.lost}

    def send(self, day: Day, monitor: Monitor, minute: float, heart_rate: float) -> None:
        entries = [services.Entry(Vital.HEART_RATE, heart_rate, day.at(minute))]
        services.record_readings(day.session, entries, day.nurse, write_id=new_id(), monitor=monitor)

    def test_stands_beside_the_last_true_value_until_one_comes_or_is_typed(self, day: Day) -> None:
        monitor = Monitor.objects.create(identifier="bed-3", site=day.clinic.site)
        day.begin()
        for minute, value in ((1, 80), (2, 0), (3, 0)):
            self.send(day, monitor, minute, value)
        assert self.shown(day, 4) == {"Heart": f"no signal since {day.state(4).clock(day.at(2))}"}
        day.read(5, {Vital.HEART_RATE: 82})
        assert self.shown(day, 5) == {}
        self.send(day, monitor, 6, 0)
        assert self.shown(day, 7)
        self.send(day, monitor, 8, 84)
        assert self.shown(day, 9) == {}

    def test_a_number_that_was_not_read_is_no_lost_signal(self, day: Day) -> None:
        """Nobody looks for a loose probe while the monitor shows 185/80."""
        monitor = Monitor.objects.create(identifier="bed-3", site=day.clinic.site)
        day.begin()
        pressure = {Vital.SYSTOLIC: 185, Vital.DIASTOLIC: 80}
        sent = [
            services.Entry(vital, value, day.at(2), doubt=artefacts.without_unit(value))
            for vital, value in pressure.items()
        ]
        sent += [services.Entry(Vital.RESPIRATORY_RATE, 90, day.at(2)), services.Entry(Vital.SPO2, None, day.at(2))]
        services.record_readings(day.session, sent, day.nurse, write_id=new_id(), monitor=monitor)
        since = day.state(4).clock(day.at(2))
        assert self.shown(day, 4) == {
            "Pressure": f"not read since {since}: no unit, 185/80 as sent",
            "Breaths": f"not read since {since}: outside 2 to 70, 90 as sent",
            "SpO₂": f"no signal since {since}",
        }


def test_the_expected_pressure_says_that_it_does_not_speak_of_what_was_given(day: Day) -> None:
    day.begin()
    assert otherwise_than_planned(day.state(10)) == ""
    day.do(services.stop, 20)
    assert otherwise_than_planned(day.state(21)) == "17.5 mg was given: of that it does not speak."
    day.do(services.correct_amount, 22, mg=34.5, reason=TEN_WORDS)
    assert otherwise_than_planned(day.state(23)) == "", "nearly what was planned"
