"""An answer is stored once, scored by its rule, and acted on by a named person by a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.followup import services
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import AuditEntry, Flag, FlagEvent, PatientFactKind, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import PAIN_ON_AVERAGE, current_facts
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.record.services import answer_flag
from tests.clinic.followup.story import Story, answers, record
from tests.clinic.people import Clinic

MORNING = timezone.localtime().replace(hour=8, minute=14, second=0, microsecond=0) - timedelta(days=1)


def test_item_nine_above_zero_raises_one_flag_with_an_owner_and_a_deadline(clinic: Clinic) -> None:
    clinic.patient.phone = clinic.course.patient.phone = "555 0199"
    measure = record(clinic, answers(10) | {9: 2}, new_id(), MORNING)
    flag = Flag.objects.get()
    assert flag.title == "Call and assess: PHQ-9 item 9 is 2 (More than half the days), answered 08:14"
    assert (flag.level, flag.rule, flag.subject) == (Flag.Level.ACT, "PHQ9-ITEM9", measure.pk)
    assert flag.owner == clinic.users[Role.PRESCRIBER]
    assert timezone.localtime(flag.due_at) == MORNING.replace(hour=10, minute=14)
    assert flag.detail.startswith("Call 555 0199.")
    assert "screener" in flag.detail


def test_where_no_phone_number_is_known_the_flag_says_so(clinic: Clinic) -> None:
    record(clinic, answers(10) | {9: 1}, new_id(), MORNING)
    assert Flag.objects.get().detail.startswith("No phone number is on file: find one.")


def test_a_double_tap_is_one_measure_and_one_flag(clinic: Clinic) -> None:
    given, measure_id = answers(10) | {9: 1}, new_id()
    first = record(clinic, given, measure_id, MORNING)
    again = record(clinic, given, measure_id, MORNING + timedelta(seconds=1))
    assert first.pk == again.pk
    assert again.completed_at == MORNING
    assert (Measure.objects.count(), Flag.objects.count()) == (1, 1)


def test_the_same_id_with_other_answers_is_refused(clinic: Clinic) -> None:
    measure_id = new_id()
    record(clinic, answers(10), measure_id, MORNING)
    with pytest.raises(WriteConflict):
        record(clinic, answers(11), measure_id, MORNING)
    assert Measure.objects.get().total == 10


def test_item_nine_not_answered_is_unknown_and_somebody_asks(clinic: Clinic) -> None:
    record(clinic, answers(10) | {9: None}, new_id(), MORNING)
    flag = Flag.objects.get()
    assert (flag.level, flag.title) == (Flag.Level.WATCH, "PHQ-9 item 9 was not answered: ask")


def test_item_nine_at_zero_raises_nothing(clinic: Clinic) -> None:
    record(clinic, answers(10), new_id(), MORNING)
    assert not Flag.objects.exists()


def test_late_in_the_evening_the_deadline_is_early_the_next_morning(clinic: Clinic) -> None:
    evening = MORNING.replace(hour=23, minute=50)
    record(clinic, answers(10) | {9: 1}, new_id(), evening)
    next_morning = (evening + timedelta(days=1)).replace(hour=10, minute=0)
    assert timezone.localtime(Flag.objects.get().due_at) == next_morning


def test_answers_entered_later_from_paper_say_when_they_were_given(clinic: Clinic) -> None:
    services.record_measure(
        clinic.course, "PHQ9", answers(10) | {9: 3}, clinic.actor(Role.NURSE), measure_id=new_id(),
        completed_at=MORNING - timedelta(days=2), at=MORNING,
    )  # fmt: skip
    flag = Flag.objects.get()
    assert flag.title.endswith(f"{MORNING - timedelta(days=2):%b} 08:14")
    assert flag.due_at > MORNING


def test_without_an_active_prescriber_of_the_course_another_one_owns_the_flag(clinic: Clinic) -> None:
    first = clinic.users[Role.PRESCRIBER]
    other = User.objects.create_user("another", role=Role.PRESCRIBER, display_name="Another", site=clinic.site)
    first.is_active = False
    first.save()
    record(clinic, answers(10) | {9: 1}, new_id(), MORNING)
    assert Flag.objects.get().owner == other


def test_where_nobody_can_own_a_flag_the_answer_is_kept_and_the_audit_says_so(clinic: Clinic) -> None:
    User.objects.filter(site=clinic.site).exclude(role=Role.PATIENT).update(is_active=False)
    clinic.course.refresh_from_db()
    measure = record(clinic, answers(10) | {9: 1}, new_id(), MORNING)
    assert Measure.objects.get() == measure
    assert AuditEntry.objects.filter(action="flag without an owner").exists()


def test_one_or_two_missing_items_are_prorated_and_more_leave_no_total(clinic: Clinic) -> None:
    fourteen = dict.fromkeys(range(1, 8), 2) | {8: None, 9: 0}
    assert record(clinic, fourteen, new_id(), MORNING).total == 14 * 9 / 8
    measure = record(clinic, fourteen | {1: None, 2: None}, new_id(), MORNING)
    assert measure.total is None
    assert measure.scored["missing"] == [1, 2, 8]


def test_nothing_answered_is_nothing_saved(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="nothing to save"):
        record(clinic, {1: None, 9: None}, new_id(), MORNING)
    assert not Measure.objects.exists()


@pytest.mark.parametrize("wrong", [{1: 4}, {1: -1}, {11: 0}])
def test_what_is_no_answer_is_refused_with_a_sentence(clinic: Clinic, wrong: dict[int, int | None]) -> None:
    with pytest.raises(Refusal, match="PHQ-9"):
        record(clinic, wrong, new_id(), MORNING)


@pytest.mark.parametrize(("sex", "rule"), [("female", "AUDITC-F3"), ("male", "AUDITC-M4")])
def test_the_cut_point_of_audit_c_depends_on_the_sex(clinic: Clinic, sex: str, rule: str) -> None:
    clinic.patient.sex = clinic.course.patient.sex = sex
    measure = services.record_measure(
        clinic.course, "AUDITC", {1: 2, 2: 1, 3: 0}, clinic.actor(Role.NURSE), measure_id=new_id(),
        completed_at=MORNING,
    )  # fmt: skip
    assert [(each["rule"], each["met"]) for each in measure.scored["criteria"]] == [(rule, sex == "female")]


def test_a_clinician_enters_the_total_of_a_licensed_form(clinic: Clinic) -> None:
    who, write = clinic.actor(Role.PRESCRIBER), {"measure_id": new_id(), "completed_at": MORNING}
    assert services.record_total(clinic.course, "MADRS", 31, who, **write).total == 31
    with pytest.raises(Refusal, match="0 to 60"):
        services.record_total(clinic.course, "MADRS", 61, who, measure_id=new_id(), completed_at=MORNING)
    with pytest.raises(Refusal, match="not its total alone"):
        services.record_total(clinic.course, "PHQ9", 12, who, measure_id=new_id(), completed_at=MORNING)


def test_a_correction_replaces_the_answers_and_keeps_them(clinic: Clinic) -> None:
    wrong = record(clinic, answers(10) | {9: 2}, new_id(), MORNING)
    right = services.correct_measure(
        wrong, answers(10), clinic.actor(Role.NURSE), measure_id=new_id(), reason="Read out wrongly"
    )
    assert (right.corrects, right.total, right.completed_at) == (wrong, 10, MORNING)
    assert Measure.objects.count() == 2
    assert Flag.objects.count() == 1, "a person closes the flag, not a correction"
    with pytest.raises(Refusal, match="corrected already"):
        services.correct_measure(wrong, answers(9), clinic.actor(Role.NURSE), measure_id=new_id(), reason="Again")
    with pytest.raises(Refusal, match="Say why"):
        services.correct_measure(right, answers(9), clinic.actor(Role.NURSE), measure_id=new_id(), reason=" ")


def test_correcting_another_item_does_not_raise_the_same_flag_again(clinic: Clinic) -> None:
    wrong = record(clinic, answers(10) | {9: 2}, new_id(), MORNING)
    services.correct_measure(
        wrong, answers(12) | {9: 2}, clinic.actor(Role.NURSE), measure_id=new_id(), reason="Item 1 was 3"
    )
    assert Flag.objects.filter(kind="suicide answer").count() == 1


def test_worse_by_five_points_than_the_best_raises_one_flag_until_it_is_closed(story: Story) -> None:
    for total, days in ((20, -1), (8, 7), (12, 14)):
        story.answer(total, days=days)
    assert story.flags("worse") == []
    story.answer(13, days=21)
    [flag] = story.flags("worse")
    assert (flag.level, flag.rule, flag.title) == (Flag.Level.WATCH, "PHQ9-MCID5", "PHQ-9 is 13, worse by 5")
    story.answer(15, days=28)
    assert len(story.flags("worse")) == 1
    answer_flag(flag, FlagEvent.Kind.CLOSED, "Spoke with them", story.clinic.actor(Role.PRESCRIBER))
    story.answer(15, days=35)
    assert len(story.flags("worse")) == 2


def test_a_better_score_long_before_treatment_is_not_what_it_is_compared_with(story: Story) -> None:
    story.answer(4, days=-9)
    story.answer(18, days=-1)
    assert len(story.flags("worse")) == 1, "worse while waiting"
    answer_flag(story.flags("worse")[0], FlagEvent.Kind.CLOSED, "Known", story.clinic.actor(Role.PRESCRIBER))
    story.answer(17, days=7)
    assert len(story.flags("worse")) == 1


class TestWhatThePlanIsTold:
    """A score that the model of a plan starts from is a fact of the person, which the earlier stage can read."""

    def facts(self, clinic: Clinic) -> list[tuple[str, float | None]]:
        return [(fact.code, fact.value) for fact in current_facts(clinic.patient, PatientFactKind.SCORE)]

    def test_a_madrs_and_pain_are_told_once_and_other_scores_are_not(self, clinic: Clinic) -> None:
        who, madrs = clinic.actor(Role.PRESCRIBER), new_id()
        for _ in range(2):
            services.record_total(clinic.course, "MADRS", 31, who, measure_id=madrs, completed_at=MORNING)
        services.record_measure(clinic.course, "NRS", {1: 7}, who, measure_id=new_id(), completed_at=MORNING)
        services.record_measure(
            clinic.course, "PEG", {1: 6, 2: 8, 3: 9}, who, measure_id=new_id(), completed_at=MORNING
        )
        record(clinic, answers(10), new_id(), MORNING)
        assert sorted(self.facts(clinic)) == [("MADRS", 31), ("NRS", 7), (PAIN_ON_AVERAGE, 6)]
        assert {fact.occurred_at for fact in current_facts(clinic.patient, PatientFactKind.SCORE)} == {MORNING}

    def test_a_correction_corrects_what_was_told(self, clinic: Clinic) -> None:
        who = clinic.actor(Role.NURSE)
        wrong = services.record_measure(clinic.course, "NRS", {1: 9}, who, measure_id=new_id(), completed_at=MORNING)
        services.correct_measure(wrong, {1: 6}, who, measure_id=new_id(), reason="Read out wrongly")
        assert self.facts(clinic) == [("NRS", 6)]
