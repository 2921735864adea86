"""A patient's phone: one question a screen, nothing lost, nothing of anybody else."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import Flag, Patient, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import open_course
from daybreak.treatment.instruments import instrument
from tests.clinic.followup.story import Story, browser, record
from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week

BASELINE = "PHQ9-baseline-0"


@pytest.fixture
def phone(clinic: Clinic) -> Client:
    return browser(clinic.users[Role.PATIENT])


def question(clinic: Clinic, step: int) -> str:
    return reverse("own_question", args=[clinic.course.pk, BASELINE, step])


def send(clinic: Clinic) -> str:
    return reverse("own_send", args=[clinic.course.pk, BASELINE])


def fill(phone: Client, clinic: Clinic, answers: dict[int, int | None]) -> None:
    for step in range(1, 11):
        given = answers.get(step, 0)
        said: dict[str, Any] = {"go": "skip"} if given is None else {"go": "next", "answer": given}
        phone.post(question(clinic, step), said)


def write_id(phone: Client, clinic: Clinic) -> str:
    found = re.search(r'name="write_id" value="([^"]+)"', phone.get(send(clinic)).content.decode())
    assert found
    return found[1]


def test_what_is_due_stands_on_the_first_page_in_plain_words(clinic: Clinic, phone: Client) -> None:
    page = phone.get(reverse("own")).content.decode()
    assert "Before your treatment" in page
    assert question(clinic, 1) in page


def test_a_question_is_shown_in_its_official_words_with_none_chosen(clinic: Clinic, phone: Client) -> None:
    page = phone.get(question(clinic, 9)).content.decode()
    phq9 = instrument("PHQ9")
    assert phq9.items[8].text in page
    assert phq9.instruction in page
    assert phq9.licence.notice in page
    assert all(option.text in page for option in phq9.items[8].options)
    assert "checked" not in page


@pytest.mark.parametrize("name", ["own", "own_help"])
def test_help_is_on_every_page(clinic: Clinic, phone: Client, name: str) -> None:
    clinic.site.phone = "(555) 0100"
    clinic.site.save()
    for address in (reverse(name), question(clinic, 3)):
        page = phone.get(address).content.decode()
        assert all(f'href="tel:{number}"' in page for number in ("988", "911", "5550100"))


def test_answers_are_kept_until_they_are_sent(clinic: Clinic, phone: Client) -> None:
    phone.post(question(clinic, 1), {"go": "next", "answer": 2})
    assert re.search(r'value="2" required checked', phone.get(question(clinic, 1)).content.decode())
    assert "Go on" in phone.get(reverse("own")).content.decode()
    assert not Measure.objects.exists()


def test_next_without_an_answer_asks_again_and_skip_goes_on(clinic: Clinic, phone: Client) -> None:
    asked_again = phone.post(question(clinic, 1), {"go": "next"})
    assert asked_again.status_code == 422
    assert "or skip this question" in asked_again.content.decode()
    assert phone.post(question(clinic, 1), {"go": "skip"})["Location"] == question(clinic, 2)


def test_back_goes_back_and_keeps_what_was_chosen(clinic: Clinic, phone: Client) -> None:
    assert phone.post(question(clinic, 2), {"go": "back", "answer": 3})["Location"] == question(clinic, 1)
    assert re.search(r'value="3" required checked', phone.get(question(clinic, 2)).content.decode())


@pytest.mark.parametrize("answer", ["4", "-1", "x", "1.5", "999999999999999999999"])
def test_what_is_no_answer_is_never_kept(clinic: Clinic, phone: Client, answer: str) -> None:
    assert phone.post(question(clinic, 1), {"go": "next", "answer": answer}).status_code == 422
    assert "checked" not in phone.get(question(clinic, 1)).content.decode()


def test_sending_saves_once_however_often_one_taps(clinic: Clinic, phone: Client) -> None:
    fill(phone, clinic, {1: 2, 9: 1})
    tap = {"write_id": write_id(phone, clinic)}
    first, second = phone.post(send(clinic), tap), phone.post(send(clinic), tap)
    assert first["Location"] == second["Location"]
    assert Measure.objects.get().total == 3
    assert Flag.objects.count() == 1


def after_telling(phone: Client, clinic: Clinic) -> str:
    """What the page says after an answer about self-harm was sent."""
    fill(phone, clinic, {9: 1})
    page = phone.post(send(clinic), {"write_id": write_id(phone, clinic)}, follow=True).content.decode()
    return page.partition("<main")[2].partition("</main>")[0]


def test_after_an_answer_about_self_harm_the_lines_to_call_now_come_first(clinic: Clinic, phone: Client) -> None:
    clinic.patient.phone = "555 0199"
    clinic.patient.save()
    said = after_telling(phone, clinic)
    due_at = timezone.localtime(Flag.objects.get().due_at)
    asked = f"We ask a member of staff to call you by {due_at:%H:%M}"
    assert said.index('href="tel:988"') < said.index(asked)
    assert "will call you" not in said
    assert "Nobody reads answers at once" in said


def test_no_call_is_announced_where_nobody_can_make_it(clinic: Clinic, phone: Client) -> None:
    said = after_telling(phone, clinic)
    assert "to call you" not in said, "no phone number is known"
    assert "has no phone number of yours" in said


def test_no_call_is_announced_where_no_flag_has_an_owner(clinic: Clinic, phone: Client) -> None:
    clinic.patient.phone = "555 0199"
    clinic.patient.save()
    User.objects.filter(site=clinic.site).exclude(role=Role.PATIENT).update(is_active=False)
    assert "to call you" not in after_telling(phone, clinic)


def test_a_skipped_question_is_unknown_and_not_zero(clinic: Clinic, phone: Client) -> None:
    fill(phone, clinic, {2: None, 9: None})
    phone.post(send(clinic), {"write_id": write_id(phone, clinic)})
    measure = Measure.objects.get()
    assert (measure.answers["2"], measure.answers["9"]) == (None, None)
    assert Flag.objects.get().title == "PHQ-9 item 9 was not answered: ask"


def test_with_every_question_skipped_there_is_nothing_to_send(clinic: Clinic, phone: Client) -> None:
    fill(phone, clinic, dict.fromkeys(range(1, 11)))
    page = phone.get(send(clinic)).content.decode()
    assert "write_id" not in page
    assert phone.post(send(clinic), {"write_id": clinic.course.pk}).status_code == 200
    assert not Measure.objects.exists()


def test_what_is_not_open_is_not_asked(clinic: Clinic, phone: Client) -> None:
    for key in ("PHQ9-regular-1", "MOOD-2h-1", "GAD7-baseline-0", "nonsense"):
        answer = phone.get(reverse("own_question", args=[clinic.course.pk, key, 1]))
        assert answer["Location"] == reverse("own")
    assert phone.get(question(clinic, 99))["Location"] == question(clinic, 1)


def test_once_answered_it_is_asked_no_more(clinic: Clinic, phone: Client) -> None:
    fill(phone, clinic, {})
    phone.post(send(clinic), {"write_id": write_id(phone, clinic)})
    assert phone.get(question(clinic, 1))["Location"] == reverse("own")
    assert "Nothing to answer now" in phone.get(reverse("own")).content.decode()


def test_answers_begun_in_time_and_sent_too_late_are_kept_and_answer_no_question(story: Story) -> None:
    clinic = story.clinic
    phone = browser(clinic.users[Role.PATIENT])
    session = phone.session
    session["drafts"] = {f"{clinic.course.pk} MOOD-2h-1": {"measure_id": str(clinic.course.pk), "answers": {"1": 4}}}
    session.save()
    address = reverse("own_send", args=[clinic.course.pk, "MOOD-2h-1"])
    assert phone.post(address, {"write_id": clinic.course.pk}).status_code == 302
    assert (Measure.objects.get().total, Measure.objects.get().occasion) == (4, "")
    assert "MOOD-2h-1" in [each.question.key for each in story.read(days=61).asked if each.missing]


def test_nobody_opens_the_pages_of_another_patient(clinic: Clinic, phone: Client) -> None:
    stranger = Patient.objects.create(
        site=clinic.site, given_name="Other", family_name="Person", birth_date="1970-01-01", synthetic=True
    )
    course = open_course(stranger, "ptsd", clinic.actor(Role.COORDINATOR))
    theirs = Measure.objects.create(
        course=course, instrument="PCL5", completed_at=course.opened_at, total=40, scored={"alerts": []}
    )
    for address in (
        reverse("own_question", args=[course.pk, "PCL5-baseline-0", 1]),
        reverse("own_send", args=[course.pk, "PCL5-baseline-0"]),
        reverse("own_sent", args=[theirs.pk]),
        reverse("course", args=[clinic.course.pk]),
        reverse("measure", args=[course.pk, theirs.pk]),
    ):
        assert phone.get(address).status_code == 403
    assert "PCL" not in phone.get(reverse("own")).content.decode()


def test_a_patient_sees_their_own_answers_and_nothing_of_a_model_or_a_rule(story: Story) -> None:
    story.answer(20, days=-1)
    story.answer(9, days=7)
    page = browser(story.clinic.users[Role.PATIENT]).get(reverse("own")).content.decode()
    assert "Your answers over time" in page
    assert not any(word in page for word in ("Response", "Remission", "Forecast"))


def test_a_number_computed_with_a_skipped_question_is_whole_and_says_so(story: Story) -> None:
    given = dict.fromkeys(range(1, 8), 2) | {8: None, 9: 1}
    record(story.clinic, given, new_id(), story.at(days=7))
    page = browser(story.clinic.users[Role.PATIENT]).get(reverse("own")).content.decode()
    assert "<strong>17</strong> of 27" in page
    assert "One question was skipped, so the number is an estimate." in page
    assert "16.9" not in page.partition('<svg class="c')[0]


def test_the_chart_explains_only_what_it_shows(story: Story) -> None:
    patient = browser(story.clinic.users[Role.PATIENT])
    for week in range(-1, 8):
        story.answer(12, days=week * 7 + 1)
    assert "Striped parts" not in patient.get(reverse("own")).content.decode()
    assert "Half suns" in patient.get(reverse("own")).content.decode()


def test_a_chart_with_a_missing_week_explains_its_stripes(story: Story) -> None:
    story.answer(12, days=7)
    page = browser(story.clinic.users[Role.PATIENT]).get(reverse("own")).content.decode()
    assert "Striped parts" in page


@pytest.mark.parametrize("address", ["/people/", "/rules/", "/nothing/here", "/me/sent/{someone}"])
def test_a_page_that_is_not_theirs_still_says_whom_to_call_and_names_no_permission(
    clinic: Clinic, phone: Client, address: str
) -> None:
    clinic.site.phone = "(555) 0100"
    clinic.site.save()
    answer = phone.get(address.format(someone=new_id()))
    page = answer.content.decode()
    assert answer.status_code in (403, 404)
    assert all(f'href="tel:{number}"' in page for number in ("988", "911", "5550100"))
    assert "permission" not in page
    assert "day.read" not in page


def test_a_scale_from_zero_to_ten_shows_every_number(clinic: Clinic) -> None:
    clinic.course.indication = "fibromyalgia"
    clinic.course.save()
    phone = browser(clinic.users[Role.PATIENT])
    page = phone.get(reverse("own_question", args=[clinic.course.pk, "PEG-baseline-0", 1])).content.decode()
    assert all(f'value="{number}"' in page for number in range(11))
    assert "Pain as bad as you can imagine" in page


def test_the_pages_ask_the_database_little(story: Story, django_assert_max_num_queries: Any) -> None:
    for week in range(1, 8):
        story.dose(week + 1, days=week * 3)
        story.answer(12, days=week * 7)
    phone = browser(story.clinic.users[Role.PATIENT])
    phone.get(reverse("own"))
    with django_assert_max_num_queries(13):  # two of them: the next visit, and whether they died
        assert phone.get(reverse("own")).status_code == 200


def test_the_next_visit_is_told_with_its_time_once_it_is_booked(clinic: Clinic) -> None:
    week, phone = Week(clinic), browser(clinic.users[Role.PATIENT])
    assert "The clinic tells you the time." in phone.get(reverse("own")).content.decode()
    made = week.book(1, week.at(1, 9, 15))
    assert f"Tuesday {made.starts_at.day} {made.starts_at:%b %Y} at 09:15" in phone.get(reverse("own")).content.decode()


def test_before_sending_an_answer_about_self_harm_the_page_already_says_whom_to_call(
    clinic: Clinic, phone: Client
) -> None:
    phone.post(question(clinic, 9), {"go": "next", "answer": 1})
    assert "Do you feel unsafe now?" in phone.get(send(clinic)).content.decode()
    phone.post(question(clinic, 9), {"go": "next", "answer": 0})
    assert "Do you feel unsafe now?" not in phone.get(send(clinic)).content.decode()


def test_the_item_outside_the_total_asks_its_own_question(clinic: Clinic, phone: Client) -> None:
    page = phone.get(question(clinic, 10)).content.decode()
    assert instrument("PHQ9").items[9].text in page
    assert instrument("PHQ9").instruction not in page


def test_an_answer_about_self_harm_is_asked_for_at_once_not_after_the_last_question(
    clinic: Clinic, phone: Client
) -> None:
    for step in range(1, 9):
        phone.post(question(clinic, step), {"go": "next", "answer": 0})
    asked = phone.post(question(clinic, 9), {"go": "next", "answer": 2})
    assert asked.url == send(clinic), "who closes the phone now has been told that nobody saw the answer"
    page = phone.get(send(clinic)).content.decode()
    assert "Nobody at the clinic has seen this answer" in page
    assert f'href="{question(clinic, 10)}">Other questions' in page
    assert "Skipped" not in page, "the last question was not put yet"
    phone.post(send(clinic), {"write_id": write_id(phone, clinic)})
    assert Measure.objects.get().total == 2
    assert Flag.objects.get().level == Flag.Level.ACT


def test_an_answer_about_self_harm_that_was_not_sent_stands_on_the_first_page(clinic: Clinic, phone: Client) -> None:
    assert "not sent" not in phone.get(reverse("own")).content.decode()
    phone.post(question(clinic, 1), {"go": "next", "answer": 1})
    page = phone.get(reverse("own")).content.decode()
    assert "begun and not sent" in page
    assert "unsafe" not in page.partition("<main")[2].partition("</main>")[0]
    phone.post(question(clinic, 9), {"go": "next", "answer": 1})
    page = phone.get(reverse("own")).content.decode().partition("<main")[2]
    assert page.index("Do you feel unsafe now?") < page.index('href="tel:988"') < page.index(send(clinic))
