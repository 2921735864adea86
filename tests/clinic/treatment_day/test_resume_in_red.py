"""A paused dose runs on with a red mark open only when somebody wrote why; what waited without a network is kept."""

import pytest

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_pages import page, post, signed_in


@pytest.fixture
def paused(day: Day) -> Day:
    """An infusion that was paused for a systolic of 185."""
    day.begin()
    day.read(5, {**BEFORE, Vital.SYSTOLIC: 185})
    day.do(services.pause, 6)
    return day


def test_with_a_red_mark_open_a_resume_takes_ten_words_and_the_note_tells_them(paused: Day) -> None:
    for too_little in ("", "Looks better."):
        with pytest.raises(Refusal, match=r"Systolic 185, above red 180.*The dose stays paused"):
            paused.do(services.resume, 8, reason=too_little)
    assert paused.state(8).phase is Phase.PAUSED
    paused.do(services.resume, 8, reason=TEN_WORDS)
    assert paused.state(9).phase is Phase.RUNNING
    assert f"Systolic 185, above red 180. Why: {TEN_WORDS}" in services.draft_note(paused.session)


def test_an_amber_mark_or_one_of_after_a_resume_that_is_over_asks_nothing(day: Day) -> None:
    day.begin()
    day.read(5, {**BEFORE, Vital.SYSTOLIC: 165})
    day.do(services.pause, 6)
    day.do(services.resume, 7)
    day.do(services.pause, 8)
    day.read(10, {**BEFORE, Vital.SYSTOLIC: 185})
    day.do(services.pause, 11)
    day.do(services.resume, 9)
    assert day.state(9).phase is Phase.RUNNING


def test_a_resume_typed_back_to_before_a_red_mark_is_asked_since_it_runs_now(day: Day) -> None:
    day.begin()
    day.do(services.pause, 6)
    day.read(9, {**BEFORE, Vital.SYSTOLIC: 185})
    with pytest.raises(Refusal, match=r"Systolic 185.*The dose stays paused"):
        day.do(services.resume, 8, reason="Looks better.")
    day.do(services.resume, 8, reason=TEN_WORDS)
    assert day.state(9).phase is Phase.RUNNING


def test_a_stop_taken_back_as_of_before_a_red_mark_is_asked_since_it_runs_now(day: Day) -> None:
    day.begin()
    stop = day.do(services.stop, 6)
    day.read(9, {**BEFORE, Vital.SYSTOLIC: 185})
    how = {"write_id": new_id(), "at": day.at(8), "reason": "The wrong chair."}
    with pytest.raises(Refusal, match=r"Systolic 185.*Nothing was taken back"):
        services.take_back(day.session, stop.pk, day.nurse, **how)


def test_resumed_without_a_network_it_is_kept_and_the_prescriber_hears_of_it(paused: Day) -> None:
    event = paused.do(services.resume, 8, waited=True)
    assert paused.state(9).phase is Phase.RUNNING
    assert "Systolic 185" in event.data["against"][0]
    (flag,) = Flag.objects.filter(kind=queries.AGAINST_CHECKS, subject=paused.session.pk)
    assert flag.owner == paused.clinic.users[Role.PRESCRIBER]
    assert "resumed" in flag.title
    assert "Systolic 185" in flag.title


def test_the_page_asks_in_a_dialog_while_a_red_mark_is_open_and_touches_once_else(clinic: Clinic) -> None:
    day = open_day(clinic, hours_ago=0.3)
    day.begin()
    day.do(services.pause, 6)
    client = signed_in(clinic)
    assert 'popovertarget="resume">Resume<' not in page(client, day)
    day.read(7, {**BEFORE, Vital.SYSTOLIC: 185})
    shown = page(client, day)
    assert 'popovertarget="resume">Resume<' in shown
    assert "Systolic 185, above red 180" in shown.split('id="live-against-resume"')[1].split("</ul>")[0]
    assert "stays paused" in post(client, day, "resume").json()["refused"]
    assert post(client, day, "resume", reason=TEN_WORDS).status_code == 200


class TestARateRaisedWithARedMarkOpen:
    """52.5 mL/h gives 35 mg in 40 min."""

    @pytest.fixture
    def in_red(self, day: Day) -> Day:
        day.begin()
        day.read(5, {**BEFORE, Vital.HEART_RATE: 0})
        return day

    def test_names_the_mark_and_takes_ten_words_and_the_note_tells_them(self, in_red: Day) -> None:
        for too_little in ("", "Ordered so."):
            with pytest.raises(Refusal, match=r"Heart rate 0, .*60 mL/h is faster than 52\.5 mL/h.*at least ten words"):
                in_red.do(services.change_rate, 8, ml_per_h=60, reason=too_little)
        assert in_red.state(9).run.rates == ()
        in_red.do(services.change_rate, 8, ml_per_h=60, reason=TEN_WORDS)
        (line,) = [each for each in services.draft_note(in_red.session).splitlines() if "Pump rate 52.5 to 60" in each]
        assert "Heart rate 0" in line
        assert f"Why: {TEN_WORDS}" in line

    def test_a_time_typed_of_before_the_mark_asks_it_too_while_the_rate_is_in_force(self, in_red: Day) -> None:
        for reason in ("Ordered so.", ""):
            with pytest.raises(Refusal, match=r"Heart rate 0, .*at least ten words"):
                in_red.do(services.change_rate, 4, ml_per_h=60, reason=reason)
        in_red.do(services.change_rate, 4, ml_per_h=60, reason=TEN_WORDS)
        assert in_red.state(9).run.ml_per_h(in_red.at(9)) == 60

    @pytest.mark.parametrize("since", [services.pause, services.stop, None])
    def test_a_time_of_before_the_mark_of_what_is_in_force_no_more_asks_only_why(self, in_red: Day, since) -> None:
        if since:
            in_red.do(since, 9)
        else:
            in_red.do(services.change_rate, 9, ml_per_h=50)
        in_red.do(services.change_rate, 4, ml_per_h=60, reason="Ordered so.")

    def test_paused_and_resumed_since_it_is_in_force(self, in_red: Day) -> None:
        in_red.do(services.pause, 9)
        in_red.do(services.resume, 10, reason=TEN_WORDS)
        with pytest.raises(Refusal, match=r"Heart rate 0, .*at least ten words"):
            in_red.do(services.change_rate, 4, ml_per_h=60, reason="Ordered so.")

    def test_a_lower_rate_and_the_way_down_are_never_asked_about(self, in_red: Day) -> None:
        in_red.do(services.change_rate, 8, ml_per_h=30)
        in_red.do(services.change_rate, 9, ml_per_h=29)
        assert in_red.state(10).run.ml_per_h(in_red.at(10)) == 29
        with pytest.raises(Refusal, match=r"Heart rate 0.*faster than 29 mL/h"):
            in_red.do(services.change_rate, 10, ml_per_h=52.5, reason="Back to the plan.")

    def test_raised_without_a_network_it_counts_and_the_prescriber_hears_of_it(self, in_red: Day) -> None:
        event = in_red.do(services.change_rate, 8, ml_per_h=60, reason="Ordered so.", waited=True)
        assert in_red.state(9).run.ml_per_h(in_red.at(9)) == 60
        assert any("Heart rate 0" in each for each in event.data["against"])
        (flag,) = Flag.objects.filter(kind=queries.AGAINST_CHECKS, subject=in_red.session.pk)
        assert flag.owner == in_red.clinic.users[Role.PRESCRIBER]
        assert "Pump set faster" in flag.title
        assert "Heart rate 0" in flag.title

    def test_the_page_keeps_what_was_typed_and_takes_it_with_ten_words(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=0.3)
        day.begin()
        day.read(7, {**BEFORE, Vital.SPO2: 84})
        client = signed_in(clinic)
        refused = post(client, day, "rate", ml_per_h="60", reason="Ordered so.").json()["refused"]
        assert "SpO₂ 84, below red" in refused
        assert "Nothing was recorded" in refused
        assert post(client, day, "rate", ml_per_h="60", reason=TEN_WORDS).status_code == 200
