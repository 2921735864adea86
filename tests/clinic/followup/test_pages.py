"""The pages of follow-up for staff."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.schedule.services import cancel
from tests.clinic.followup.story import Story, answers, browser, record
from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week


@pytest.fixture
def staff(clinic: Clinic) -> Client:
    return browser(clinic.users[Role.PRESCRIBER])


def entry(clinic: Clinic, scale: str) -> str:
    return reverse("measure_new", args=[clinic.course.pk, scale])


def typed(**more: object) -> dict[str, object]:
    yesterday = timezone.localtime() - timedelta(days=1)
    return {"write_id": new_id(), "completed_at": f"{yesterday:%Y-%m-%dT%H:%M}"} | more


def items(given: dict[int, int | None]) -> dict[str, object]:
    return {f"item_{number}": "" if value is None else value for number, value in given.items()}


def test_a_course_without_answers_says_what_would_be_there(clinic: Clinic, staff: Client) -> None:
    page = staff.get(reverse("course", args=[clinic.course.pk])).content.decode()
    assert "No measure yet" in page
    assert "no dose given yet" in page
    assert "by rule PHQ9" not in page


def test_the_course_says_score_change_rule_and_what_is_missing(story: Story, staff: Client) -> None:
    for total, days in ((20, -1), (8, 7)):
        story.answer(total, days=days)
    page = staff.get(reverse("course", args=[story.course.pk])).content.decode()
    assert "−12" in page
    assert "(−60 %)" in page
    assert "by rule PHQ9-50" in page
    assert "missing" in page
    assert "Session given" in page


def test_an_old_score_is_no_score_of_now(story: Story, staff: Client) -> None:
    story.answer(20, days=-1)
    story.answer(8, days=7)
    page = staff.get(reverse("course", args=[story.course.pk])).content.decode()
    assert "PHQ-9 now" not in page
    assert "Last PHQ-9" in page
    day = f"{story.at(days=7).day} {story.at(days=7):%b}"
    assert f"{day}, 53 days ago; no answer since" in page
    assert f"response on {day} by rule PHQ9-50" in page


def test_an_answer_of_this_week_is_followed_by_nothing_that_is_missing(story: Story, staff: Client) -> None:
    story.answer(8, days=59)
    page = staff.get(reverse("course", args=[story.course.pk])).content.decode()
    assert "1 day ago" in page
    assert "no answer since" not in page


def test_the_course_shows_what_was_agreed_and_a_review_that_is_late(story: Story, staff: Client) -> None:
    plan = story.change_plan(
        goals="Back at work", stop_rules="No response after 4 weeks", review_on=story.at(days=28).date()
    )
    page = staff.get(reverse("course", args=[story.course.pk])).content.decode()
    assert all(words in page for words in ("Back at work", "No response after 4 weeks", f"{plan.review_on.day} "))
    assert "Review is late" in page


def test_a_review_to_come_is_not_marked(story: Story, staff: Client) -> None:
    story.change_plan(review_on=story.at(days=90).date())
    page = staff.get(reverse("course", args=[story.course.pk])).content.decode()
    assert "Review is late" not in page
    assert "Not written" in page


def test_an_indication_that_no_free_instrument_measures_says_so(story: Story, staff: Client) -> None:
    story.course.indication = "ocd"
    story.course.save()
    assert "No instrument with a free licence" in staff.get(reverse("course", args=[story.course.pk])).content.decode()


def test_staff_read_out_the_phq_9(clinic: Clinic, staff: Client) -> None:
    answer = staff.post(entry(clinic, "PHQ9"), typed(**items(answers(10) | {9: 1})))
    assert answer["Location"] == reverse("course", args=[clinic.course.pk])
    measure = Measure.objects.get()
    assert (measure.total, measure.recorded_by, measure.occasion) == (11, clinic.users[Role.PRESCRIBER], "")
    assert Flag.objects.count() == 1


@pytest.mark.parametrize(("scale", "said", "sentence"), [
    ("MADRS", {"total": 31}, ""),
    ("HAMD17", {"total": 22}, ""),
    ("MADRS", {"total": 61}, "less than or equal to 60"),
    ("MADRS", {"total": "nan"}, "number"),
    ("MADRS", {}, "Nothing was entered"),
    ("HAMD17", {"total": 22, "item_1": 2}, "not both"),
    ("PHQ9", {"item_1": 7}, "valid choice"),
    ("PHQ9", {"item_1": 1, "completed_at": "2199-01-01T10:00"}, "has not come yet"),
    ("PHQ9", {"item_1": 1, "completed_at": "soon"}, "day and the time"),
])  # fmt: skip
def test_what_cannot_be_entered_is_refused_with_a_sentence(
    clinic: Clinic, staff: Client, scale: str, said: dict[str, object], sentence: str
) -> None:
    answer = staff.post(entry(clinic, scale), typed(**said))
    assert answer.status_code == (422 if sentence else 302)
    assert sentence in answer.content.decode()
    assert Measure.objects.exists() is not bool(sentence)


def test_an_unknown_instrument_has_no_page(clinic: Clinic, staff: Client) -> None:
    assert staff.get(entry(clinic, "NONE")).status_code == 404


def test_a_measure_shows_every_answer_and_what_was_not_answered(clinic: Clinic, staff: Client) -> None:
    measure = record(clinic, answers(10) | {9: 2, 3: None}, new_id(), timezone.now())
    page = staff.get(reverse("measure", args=[clinic.course.pk, measure.pk])).content.decode()
    assert "Item 9: 2" in page
    assert "Not answered" in page
    assert "PHQ9-MISSING-2" in page


def test_a_correction_needs_a_reason_and_shows_both(clinic: Clinic, staff: Client) -> None:
    wrong = record(clinic, answers(10), new_id(), timezone.now())
    address = reverse("measure_correct", args=[clinic.course.pk, wrong.pk])
    without = {"write_id": new_id(), **items(answers(12))}
    assert staff.post(address, without).status_code == 422
    right = staff.post(address, without | {"reason": "Item 1 was read wrongly"}, follow=True).content.decode()
    assert "Item 1 was read wrongly" in right
    before = staff.get(reverse("measure", args=[clinic.course.pk, wrong.pk])).content.decode()
    assert "These answers were corrected" in before


def test_a_therapist_of_another_person_does_not_read_the_answers(clinic: Clinic) -> None:
    measure = record(clinic, answers(10), new_id(), timezone.now())
    therapist = browser(clinic.users[Role.THERAPIST])
    assert therapist.get(reverse("measure", args=[clinic.course.pk, measure.pk])).status_code == 403
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    assert therapist.get(reverse("measure", args=[clinic.course.pk, measure.pk])).status_code == 200


def test_the_next_session_is_the_one_that_is_booked(clinic: Clinic, staff: Client) -> None:
    """The plan's calendar says when it was meant to be; the appointment says when it is."""
    week = Week(clinic)
    page = staff.get(reverse("course", args=[clinic.course.pk])).content.decode()
    assert "not booked, 35 mg" in page
    made = week.book(2, week.at(0, 9))
    page = staff.get(reverse("course", args=[clinic.course.pk])).content.decode()
    assert "Session 2, " in page
    assert f"{made.starts_at.day} {made.starts_at:%b %Y}, 09:00, Chair 1" in page
    cancel(made, week.coordinator, write_id=new_id(), reason="Ill.")
    assert "not booked, 35 mg" in staff.get(reverse("course", args=[clinic.course.pk])).content.decode()


def test_the_course_asks_the_database_as_much_for_many_answers_as_for_few(
    story: Story, staff: Client, django_assert_max_num_queries: Any
) -> None:
    for week in range(1, 8):
        story.dose(week + 1, days=week * 3)
        story.answer(12, days=week * 7)
        record(story.clinic, answers(10) | {9: 1}, new_id(), story.at(days=week * 7 + 1))
    address = reverse("course", args=[story.course.pk])
    staff.get(address)
    with django_assert_max_num_queries(21):  # of them: the session booked next, death, sign-in
        assert staff.get(address).status_code == 200


def test_a_score_from_before_the_first_dose_becomes_the_baseline_only_when_that_is_said(
    story: Story, staff: Client
) -> None:
    story.answer(20, days=-3)
    address = entry(story.clinic, "PHQ9")
    backdated = typed(**items(answers(9))) | {"completed_at": f"{story.at(days=-1):%Y-%m-%dT%H:%M}"}
    asked = staff.post(address, backdated)
    assert asked.status_code == 422
    day = f"{story.at(days=-3).day} {story.at(days=-3):%b}"
    assert "would be the baseline in place of 20 (" in asked.content.decode()
    assert day in asked.content.decode()
    assert Measure.objects.count() == 1, "nothing is saved before the question is answered"
    staff.post(address, backdated | {"is_baseline": "on"})
    assert story.read(days=1).primary.status.baseline == 9


@pytest.mark.parametrize("days", [-5, 2])
def test_no_question_is_asked_where_the_baseline_stays(story: Story, staff: Client, days: float) -> None:
    story.answer(20, days=-3)
    staff.post(
        entry(story.clinic, "PHQ9"),
        typed(**items(answers(9))) | {"completed_at": f"{story.at(days=days):%Y-%m-%dT%H:%M}"},
    )
    assert Measure.objects.count() == 2
    assert story.read(days=3).primary.status.baseline == 20


def test_answers_without_a_total_are_said_and_not_missing(story: Story, staff: Client) -> None:
    story.answer(20, days=-3)
    course = reverse("course", args=[story.course.pk])
    assert "too few questions" not in staff.get(course).content.decode()
    record(story.clinic, {1: 2, 2: 1}, new_id(), story.at(days=7))
    page = staff.get(course).content.decode()
    day = f"{story.at(days=7).day} {story.at(days=7):%b}"
    assert f"answered {day}, too few questions for a total" in page
    own = browser(story.clinic.users[Role.PATIENT]).get(reverse("own")).content.decode()
    assert "with too many questions skipped for a number" in own


def test_what_is_typed_now_came_after_what_was_recorded_in_the_same_minute(clinic: Clinic, staff: Client) -> None:
    """The box holds minutes: a score typed right after the dose began would else be taken for the baseline."""
    before = timezone.now()
    staff.post(
        entry(clinic, "PHQ9"), typed(**items(answers(9))) | {"completed_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}"}
    )
    assert Measure.objects.get().completed_at >= before
