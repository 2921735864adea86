"""A write sent twice is saved once; the same id with other content is refused."""

import pytest

from daybreak.clinic.record import services, writes
from daybreak.clinic.record.models import CourseEvent, Stage, WriteReceipt, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import WriteConflict
from tests.clinic.people import Clinic


def test_a_repeat_is_harmless(clinic: Clinic) -> None:
    who, write = clinic.actor(Role.PRESCRIBER), new_id()

    def enter() -> None:
        services.enter_stage(clinic.course, Stage.SCREENING, who)

    assert writes.once(write, "stage", {"to": "screening"}, who, enter)
    assert not writes.once(write, "stage", {"to": "screening"}, who, enter)
    assert CourseEvent.objects.filter(course=clinic.course, stage=Stage.SCREENING).count() == 1


@pytest.mark.parametrize("other", ["content", "kind", "person"])
def test_the_same_id_with_something_else_is_refused(clinic: Clinic, other: str) -> None:
    who, write = clinic.actor(Role.PRESCRIBER), new_id()
    writes.once(write, "stage", {"to": "plan"}, who, lambda: None)
    with pytest.raises(WriteConflict, match="other content"):
        writes.once(
            write,
            "other" if other == "kind" else "stage",
            {"to": "ended"} if other == "content" else {"to": "plan"},
            clinic.actor(Role.NURSE) if other == "person" else who,
            lambda: pytest.fail("carried out"),
        )


def test_what_fails_leaves_no_receipt_and_may_be_sent_again(clinic: Clinic) -> None:
    who, write = clinic.actor(Role.PRESCRIBER), new_id()

    def fail() -> None:
        services.enter_stage(clinic.course, Stage.PLAN, who)
        raise ValueError("midway")

    with pytest.raises(ValueError, match="midway"):
        writes.once(write, "stage", {}, who, fail)
    assert not WriteReceipt.objects.filter(pk=write).exists()
    assert not CourseEvent.objects.filter(course=clinic.course, stage=Stage.PLAN).exists()
    assert writes.once(write, "stage", {}, who, lambda: None)


def test_the_order_of_fields_does_not_matter() -> None:
    assert writes.fingerprint({"a": 1, "b": 2}) == writes.fingerprint({"b": 2, "a": 1})


def test_an_id_that_another_kind_of_fact_already_has_is_a_conflict(clinic: Clinic) -> None:
    who, taken = clinic.actor(Role.PRESCRIBER), CourseEvent.objects.get(course=clinic.course)

    def collide() -> None:
        CourseEvent.objects.create(pk=taken.pk, course=clinic.course, stage=Stage.PLAN, **who.stamp)

    with pytest.raises(WriteConflict, match="Load the page again"):
        writes.once(new_id(), "stage", {}, who, collide)
    assert WriteReceipt.objects.count() == 0
