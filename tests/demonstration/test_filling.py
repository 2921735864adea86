"""The demonstration is the same for the same seed, and it is never put beside real people."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import cache

import pytest
from django.db import transaction

from daybreak.clinic.followup.models import Call, Measure
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import CourseEvent, Flag, FlagEvent, Patient, PatientFact, Site
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision
from daybreak.clinic.treatment_day.models import Reading, SessionEvent
from daybreak.demonstration.filling import NotEmpty, fill
from daybreak.demonstration.referrals import NAMES
from daybreak.demonstration.stories import Reached, Story, stories
from tests.clinic.people import Clinic
from tests.demonstration.conftest import NOW

# What is told, without ids (a service makes its own) and without the time of filling.
CONTENT = {
    PatientFact: ("patient__family_name", "kind", "code", "text", "state", "value", "occurred_at", "recorded_at"),
    AntidepressantTrial: ("course__patient__family_name", "drug", "dose_mg_per_day", "weeks"),
    ScreeningDecision: ("course__patient__family_name", "outcome", "decided_at", "reasons"),
    CourseEvent: ("course__patient__family_name", "stage", "occurred_at"),
    Plan: ("course__patient__family_name", "regimen_text", "first_day", "weight_kg"),
    SessionEvent: ("session__course__patient__family_name", "kind", "occurred_at", "data", "recorded_by__username"),
    Appointment: ("course__patient__family_name", "number", "starts_at", "chair__name", "nurse__username"),
    Call: ("session__course__patient__family_name", "session__number", "kind", "outcome", "called_at"),
    Reading: ("patient__family_name", "vital", "value", "measured_at", "recorded_at"),
    Measure: ("course__patient__family_name", "instrument", "answers", "completed_at", "recorded_by__username"),
    Flag: ("patient__family_name", "title", "due_at", "owner__username", "recorded_at"),
    FlagEvent: ("flag__title", "kind", "action", "recorded_at"),
}


def content() -> str:
    """One hash of everything the demonstration holds."""
    rows = sorted(repr(row) for model, fields in CONTENT.items() for row in model.objects.values_list(*fields))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def some() -> list[Story]:
    """One person of each stage, with the fewest sessions to tell: enough to differ."""
    of_stage = ([story for story in stories() if story.reached is stage] for stage in Reached)
    return [min(found, key=lambda story: story.sessions_given if story.plan else 0) for found in of_stage]


def content_of(*, seed: int, days_later: int = 0, people: Iterable[Story] | None = None) -> str:
    """What a database of its own would hold; nothing of it is left."""
    with transaction.atomic():
        fill(NOW + timedelta(days=days_later), seed=seed, people=list(people or some()))
        found = content()
        transaction.set_rollback(True)
    return found


@cache
def told_first() -> str:
    """What seed 7 tells, to hold others against; told once, since it takes a while."""
    return content_of(seed=7)


@pytest.mark.django_db
def test_the_same_seed_tells_the_same_stories() -> None:
    assert content_of(seed=7) == told_first()


@pytest.mark.django_db
def test_the_order_of_telling_changes_nobodys_story() -> None:
    waiting_to_signed = [story for story in some() if not story.reached.is_past(Reached.TREATMENT)]
    forwards = content_of(seed=7, people=waiting_to_signed)
    assert content_of(seed=7, people=reversed(waiting_to_signed)) == forwards


@pytest.mark.django_db
def test_another_seed_tells_others() -> None:
    assert content_of(seed=8) != told_first()


@pytest.mark.django_db
def test_it_is_told_back_from_now() -> None:
    assert content_of(seed=7, days_later=1) != told_first()


def test_a_database_with_people_is_not_filled(clinic: Clinic) -> None:
    with pytest.raises(NotEmpty, match="is not empty"):
        fill(NOW)
    assert Site.objects.count() == 1


def test_a_database_with_real_people_is_not_filled(clinic: Clinic) -> None:
    Patient.objects.update(synthetic=False)
    with pytest.raises(NotEmpty, match="one person in it is not marked synthetic"):
        fill(NOW)


def test_a_clinic_set_up_this_morning_is_no_demonstration_either(db: None) -> None:
    Site.objects.create(name="Elm Street Clinic")
    with pytest.raises(NotEmpty, match="it holds the clinic 'Elm Street Clinic'"):
        fill(NOW)


@pytest.mark.django_db
def test_a_broken_story_leaves_nothing_behind() -> None:
    broken = [Story(**{**_fields(some()[1]), "indication": "fatigue"})]
    with pytest.raises(Exception, match="fatigue"):
        fill(NOW, people=broken)
    assert not Site.objects.exists()


def _fields(story: Story) -> dict[str, object]:
    return {name: getattr(story, name) for name in Story.__slots__}


def test_the_four_real_referrals_stay_free_to_upload() -> None:
    assert len(NAMES) == 4
    assert not {story.name for story in stories()} & set(NAMES)
