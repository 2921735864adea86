"""A course moves on by a prescriber's word, and opens to the therapist it names."""

import pytest

from daybreak.clinic.record import services
from daybreak.clinic.record.models import AuditEntry, Course, Stage
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import NotYours, Refusal
from tests.clinic.people import Clinic


def test_a_course_ends_with_a_reason_and_can_be_taken_up_again(clinic: Clinic) -> None:
    who = clinic.actor(Role.PRESCRIBER)
    services.move_course(clinic.course, Stage.ENDED, "Remission for six months", who)
    services.move_course(clinic.course, Stage.FOLLOWUP, "Asked to come back", who)
    assert Course.objects.with_stage().get(pk=clinic.course.pk).stage == Stage.FOLLOWUP
    assert [event.reason for event in clinic.course.events.order_by("recorded_at")][1:] == [
        "Remission for six months",
        "Asked to come back",
    ]


@pytest.mark.parametrize(("stage", "reason"), [(Stage.ENDED, " "), (Stage.PLAN, "by hand"), (Stage.REFERRAL, "back")])
def test_no_move_without_a_reason_or_past_what_must_be_done(clinic: Clinic, stage: Stage, reason: str) -> None:
    with pytest.raises(Refusal):
        services.move_course(clinic.course, stage, reason, clinic.actor(Role.PRESCRIBER))
    assert clinic.course.events.count() == 1


def test_a_therapist_opens_a_record_only_while_the_course_names_them(clinic: Clinic) -> None:
    therapist, who = clinic.users[Role.THERAPIST], clinic.actor(Role.PRESCRIBER)
    with pytest.raises(NotYours):
        services.require_open(therapist, clinic.patient)
    services.name_therapist(clinic.course, therapist, who)
    services.require_open(therapist, clinic.patient)
    services.name_therapist(clinic.course, None, who)
    with pytest.raises(NotYours):
        services.require_open(therapist, clinic.patient)
    assert AuditEntry.objects.filter(action="therapist named", patient=clinic.patient).count() == 2


def test_only_a_therapist_of_the_clinic_can_be_named(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="not a therapist"):
        services.name_therapist(clinic.course, clinic.users[Role.NURSE], clinic.actor(Role.PRESCRIBER))
