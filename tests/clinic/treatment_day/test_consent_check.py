"""A consent is for one drug and route: the check names which, and one given for another does not pass quietly."""

from datetime import datetime

import pytest
from django.urls import reverse

from daybreak.clinic.record.models import PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import record_facts
from daybreak.clinic.screening.models import ScreeningRequest
from daybreak.clinic.treatment_day import services
from tests.clinic.followup.story import browser
from tests.clinic.treatment_day.day import Day


def consented(day: Day, drug: str, route: str, *, state: str = "yes") -> datetime:
    """Asked in screening while this treatment was considered."""
    actor = day.prescriber
    ScreeningRequest.objects.create(course=day.session.course, drug=drug, route=route, **actor.stamp)
    fact = PatientFact(kind=PatientFactKind.ANSWER, code="EL067", state=state, source="asked in screening")
    return record_facts(day.session.course.patient, [fact], actor)[0].recorded_at


def page(day: Day) -> str:
    address = reverse("session", args=[day.session.pk])
    return browser(day.clinic.users[Role.NURSE]).get(address).content.decode()


def test_it_names_the_drug_and_route_it_was_given_for(day: Day) -> None:
    at = consented(day, "ketamine", "iv")
    assert f"On record: signed for ketamine iv, recorded {at.day} {at:%b %Y}." in page(day)
    assert "consent" not in day.state().recorded, "one that fits is asked of the person all the same"


def test_one_for_another_route_stands_against_the_dose_and_is_asked(day: Day) -> None:
    consented(day, "esketamine", "nasal")
    day.clear_checks(-5, but=["consent"])
    assert "The consent is for esketamine nasal, recorded" in page(day)
    assert "this dose is ketamine iv" in next(each for each in day.state().standing if each.check.id == "consent").why


def test_who_answers_yes_all_the_same_leaves_both_in_the_record(day: Day) -> None:
    consented(day, "esketamine", "nasal")
    with pytest.raises(Refusal, match="Write beside it, in a few words, what you read"):
        services.answer_check(day.session, "consent", True, day.nurse, write_id=new_id())
    assert "what you read that the record does not know" in page(day)
    read = "Signed for the drip on paper today."
    services.answer_check(day.session, "consent", True, day.nurse, write_id=new_id(), detail=read)
    assert read in services.draft_note(day.session)
    assert "consent" not in {each.check.id for each in day.state().standing}
    assert "The record says otherwise: The consent is for esketamine nasal" in services.draft_note(day.session)


def test_one_from_before_anybody_named_a_treatment_is_said_to_be_for_none(day: Day) -> None:
    fact = PatientFact(kind=PatientFactKind.ANSWER, code="EL067", state="yes", source="asked in screening")
    record_facts(day.session.course.patient, [fact], day.prescriber)
    assert "On record: signed for a treatment not named then, recorded" in page(day)
    assert "consent" not in day.state().recorded, "it is asked, and claims nothing"


def test_one_that_was_not_signed_stands_against_it(day: Day) -> None:
    consented(day, "ketamine", "iv", state="no")
    assert "Consent is not signed" in next(each for each in day.state().standing if each.check.id == "consent").why


def test_none_on_record_is_said(day: Day) -> None:
    assert "None is recorded in this course." in page(day)
