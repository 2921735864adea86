"""What a person takes home on paper."""

from django.urls import reverse

from daybreak.clinic.record.permissions import Role
from tests.clinic.followup.story import browser
from tests.clinic.treatment_day.day import Day


def test_the_sheet_says_what_not_to_do_and_whom_to_call(day: Day) -> None:
    day.begin()
    day.clinic.site.phone = "555 0100"
    day.clinic.site.save()
    nurse = browser(day.clinic.users[Role.NURSE])
    address = reverse("leaving_advice", args=[day.session.pk])
    assert address in nurse.get(reverse("session", args=[day.session.pk])).content.decode()
    page = nurse.get(address).content.decode()
    for said in ("Do not drive and do not use machines until tomorrow", "555 0100", "988", "911", "Test Person"):
        assert said in page, said
