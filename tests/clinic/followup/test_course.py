"""The course in time: what was asked, what is missing, and response by its rule."""

from datetime import timedelta

import pytest

from daybreak import charts
from daybreak.clinic.followup import drawings, services
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import Course, Flag, Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import enter_stage
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.instruments import instrument
from tests.clinic.followup.story import Story


def missing(story: Story, *, days: float) -> list[str]:
    return [each.question.key for each in story.read(days=days).asked if each.missing]


def due(story: Story, *, days: float) -> list[str]:
    return [each.question.key for each in story.read(days=days).due]


def test_half_of_the_baseline_is_a_response_and_one_point_more_is_none(story: Story) -> None:
    story.answer(20, days=-1)
    story.answer(11, days=7)
    assert story.read(days=8).primary.status.response.met is False
    story.answer(10, days=14)
    curve = story.read(days=15).primary
    assert curve.status.response.met is True
    assert curve.status.response.rule.id == "PHQ9-50"
    assert (curve.change, curve.change_percent) == ("−10", "−50 %")
    assert curve.history.response.first_met_at == story.at(days=14)
    assert curve.status.remission.met is False


def test_the_baseline_is_the_last_answer_before_the_first_dose(story: Story) -> None:
    for total, days in ((15, -9), (20, -1), (5, 1)):
        story.answer(total, days=days)
    assert story.read(days=2).primary.status.baseline == 20


def test_without_a_baseline_no_response_is_claimed(story: Story) -> None:
    story.answer(3, days=7)
    status = story.read(days=8).primary.status
    assert status.baseline is None
    assert status.response.met is None


@pytest.mark.parametrize(("days", "silent"), [(3, False), (8, True)])
def test_a_baseline_is_silent_once_the_first_week_is_asked(story: Story, days: float, silent: bool) -> None:
    story.answer(20, days=-1)
    follow_up = story.read(days=days)
    assert follow_up.no_answer_since(follow_up.primary) is silent


@pytest.mark.parametrize(("days", "silent"), [(13, False), (15, True), (40, True)])
def test_an_answer_is_the_newest_word_for_its_own_week_only(story: Story, days: float, silent: bool) -> None:
    story.answer(20, days=8)
    follow_up = story.read(days=days)
    assert follow_up.no_answer_since(follow_up.primary) is silent


def test_a_missing_week_is_missing_and_never_zero(story: Story) -> None:
    story.answer(20, days=-1)
    story.answer(12, days=7)
    story.answer(10, days=21)
    follow_up = story.read(days=22)
    assert "PHQ9-regular-2" in missing(story, days=22)
    chart = drawings.course_chart(follow_up, follow_up.primary, wide=True)
    assert list(chart.series[0]) == [20, 12, None, 10]
    assert [mark.word for mark in chart.marks if type(mark).__name__ == "Missing"] == ["missing"]


def test_two_missing_weeks_are_one_hatched_stretch(story: Story) -> None:
    story.answer(20, days=-1)
    follow_up = story.read(days=22)
    chart = drawings.course_chart(follow_up, follow_up.primary, wide=True)
    [stretch] = [mark for mark in chart.marks if type(mark).__name__ == "Missing"]
    assert stretch.word == "2 missing"
    assert stretch.end - stretch.start == timedelta(days=14)


def test_an_answer_with_too_many_gaps_was_given_and_has_no_total(story: Story) -> None:
    story.answer(20, days=-1)
    Measure.objects.create(
        course=story.course, instrument="PHQ9", completed_at=story.at(days=8), occasion="regular",
        answers={"1": 2}, scored={"alerts": []}, **story.clinic.actor(Role.PATIENT).stamp,
    )  # fmt: skip
    follow_up = story.read(days=15)
    assert "PHQ9-regular-1" not in [each.question.key for each in follow_up.asked if each.missing]
    assert list(drawings.course_chart(follow_up, follow_up.primary, wide=True).series[0]) == [20, None]


def test_mood_is_asked_two_hours_and_a_day_after_the_dose_and_then_no_more(story: Story) -> None:
    assert due(story, days=1 / 24) == []
    assert due(story, days=2 / 24) == ["MOOD-2h-1"]
    assert due(story, days=7 / 24) == []
    assert due(story, days=20 / 24) == ["MOOD-24h-1"]
    assert missing(story, days=2) == ["PHQ9-baseline-0", "MOOD-2h-1", "MOOD-24h-1"]


def test_an_answer_to_one_session_is_none_to_another(story: Story) -> None:
    """Two doses a day apart: at 26 hours both questions are open, and one answer answers one."""
    second = story.dose(2, days=1)
    story.answer(7, days=26 / 24, scale="MOOD", session=second, occasion="2h")
    answered = {each.question.key for each in story.read(days=27 / 24).asked if each.measure}
    assert answered == {"MOOD-2h-2"}


def test_an_answer_read_out_to_staff_counts_for_the_week(story: Story) -> None:
    story.answer(12, days=9, role=Role.NURSE)
    assert "PHQ9-regular-1" not in missing(story, days=15)


def test_several_devices_in_one_session_are_one_session(story: Story) -> None:
    assert [each.question.key for each in story.read(days=2).asked if each.question.number == 1] == [
        "MOOD-2h-1", "MOOD-24h-1",
    ]  # fmt: skip
    assert story.read(days=2).given_mg == {"esketamine nasal": 56}


def test_after_the_course_ended_nothing_is_asked(story: Story) -> None:
    enter_stage(story.course, Stage.ENDED, story.clinic.actor(Role.PRESCRIBER))
    follow_up = story.read(days=365)
    assert follow_up.due == ()


def test_before_any_dose_the_baseline_waits(story: Story) -> None:
    other = Course.objects.create(patient=story.clinic.patient, indication="fibromyalgia")
    enter_stage(other, Stage.REFERRAL, story.clinic.actor(Role.COORDINATOR))
    waiting = Story(story.clinic, other, story.zero)
    other.opened_at = story.at(days=-3)
    other.save()
    assert due(waiting, days=0) == ["PEG-baseline-0", "NRS-baseline-0"]


@pytest.mark.parametrize(
    ("indication", "name"),
    [("ptsd", "PCL-5"), ("generalised_anxiety", "GAD-7"), ("neuropathic_pain", "PEG"), ("ocd", None)],
)
def test_each_indication_has_its_own_instrument(story: Story, indication: str, name: str | None) -> None:
    story.course.indication = indication
    story.course.save()
    primary = story.read(days=8).primary
    assert (primary.instrument.short_name if primary else None) == name


def test_a_corrected_measure_is_read_no_more(story: Story) -> None:
    wrong = story.answer(20, days=7)
    services.correct_measure(
        wrong, dict.fromkeys(range(1, 10), 1), story.clinic.actor(Role.NURSE), measure_id=new_id(),
        reason="Typed wrongly",
    )  # fmt: skip
    assert [each.total for each in story.read(days=8).primary.measures] == [9]


def test_the_mood_chart_has_a_gap_where_nobody_answered(story: Story) -> None:
    second = story.dose(2, days=3)
    story.answer(8, days=3 + 2 / 24, scale="MOOD", session=second, occasion="2h")
    chart = drawings.mood_chart(story.read(days=10), instrument("MOOD"))
    assert [list(series) for series in chart.series] == [[None, 8], [None, None]]


def test_the_next_session_is_the_next_day_of_the_plan(story: Story) -> None:
    now = story.read(days=0.1)
    assert now.next_session.day == (story.zero + timedelta(days=3)).date()
    assert now.next_session.dose_mg == 56
    assert story.read(days=200).next_session is None
    assert not Flag.objects.exists()


def test_a_session_that_was_left_without_a_dose_is_still_to_be_held(story: Story) -> None:
    plan = story.dose(2, days=3).plan
    undosed = Session.objects.create(course=story.course, plan=plan, number=3, opened_at=story.at(days=7))
    assert story.read(days=7, hours=0.2).next_session.number == 3, "it is still being made ready"
    SessionEvent.objects.create(
        session=undosed, kind=SessionEvent.Kind.LEFT, occurred_at=story.at(days=7, hours=0.5),
        data={"reason": "", "goes_with": "", "with_open_criteria": False}, **story.clinic.actor(Role.NURSE).stamp,
    )  # fmt: skip
    assert story.read(days=7, hours=1).next_session.number == 3, "its number was given back"
    assert story.read(days=8).next_session.number == 4, "its day is over: it is booked anew by hand"


def test_a_session_left_before_any_dose_is_owed_until_it_is_held_or_taken_out_of_the_plan(story: Story) -> None:
    left = Session.objects.create(
        course=story.course, plan=story.course.plans.first(), number=2, opened_at=story.at(days=3), holds_number=False
    )
    assert story.read(days=4).owed == (left,)
    enter_stage(story.course, Stage.ENDED, story.clinic.actor(Role.NURSE))
    assert story.read(days=4).owed == ()
    enter_stage(story.course, Stage.TREATMENT, story.clinic.actor(Role.NURSE))
    story.dose(2, days=5)
    assert story.read(days=6).owed == ()


def test_equal_moods_after_two_hours_and_after_a_day_are_both_seen(story: Story) -> None:
    second = story.dose(2, days=3)
    story.answer(8, days=3 + 2 / 24, scale="MOOD", session=second, occasion="2h")
    story.answer(8, days=4, scale="MOOD", session=second, occasion="24h")
    early, late = drawings.mood_chart(story.read(days=10), instrument("MOOD")).marks[-2:]
    assert early.aside < 0 < late.aside


def test_a_planned_session_has_a_day_and_no_hour(story: Story) -> None:
    now = story.read(days=0.1)
    drawn = charts.table(drawings.course_chart(now, now.primary, wide=True))
    planned = [row[0] for row in drawn.rows if row[-1] == "planned"]
    assert planned
    assert not [day for day in planned if ":" in day], "nobody said when on that day"
