"""A flag has an owner and a deadline, and stays open until somebody says what they did."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.record import flag_list, queries, services
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import AuditEntry, Flag, FlagEvent, OpenFlag
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic, make_clinic


def raised(clinic: Clinic, *, hours: float = 1, owner: Role = Role.PRESCRIBER, kind: str = "test") -> Flag:
    return services.raise_flag(
        patient=clinic.patient,
        course=clinic.course,
        kind=kind,
        level=Flag.Level.ACT,
        title=f"Due in {hours} h",
        owner=clinic.users[owner],
        due_at=timezone.now() + timedelta(hours=hours),
        actor=clinic.actor(Role.NURSE),
    )


def test_a_title_that_ends_in_typed_words_brings_no_second_full_stop(clinic: Clinic) -> None:
    """Pages set it in their sentences: "...in the chair.." and "...ended., Report..." read like a fault."""
    flag = services.raise_flag(
        patient=clinic.patient, kind="test", level=Flag.Level.ACT, title="Serious event: fainted in the chair.",
        owner=clinic.users[Role.PRESCRIBER], due_at=timezone.now(), actor=clinic.actor(Role.NURSE),
    )  # fmt: skip
    assert flag.title == "Serious event: fainted in the chair"


def test_the_earliest_deadline_comes_first(clinic: Clinic) -> None:
    late, soon = raised(clinic, hours=5), raised(clinic, hours=1)
    assert list(queries.open_flags(site=clinic.site)) == [soon, late]


def test_acknowledging_keeps_it_open_and_closing_ends_it(clinic: Clinic) -> None:
    flag, who = raised(clinic), clinic.actor(Role.PRESCRIBER)
    services.answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "Called, no answer", who)
    assert queries.open_flags(site=clinic.site).get().acknowledged
    services.answer_flag(flag, FlagEvent.Kind.CLOSED, "Spoke for ten minutes", who)
    assert not queries.open_flags(site=clinic.site)
    with pytest.raises(Refusal, match="closed already"):
        services.answer_flag(flag, FlagEvent.Kind.CLOSED, "Again", who)


def test_the_list_of_open_flags_is_what_the_facts_say(clinic: Clinic) -> None:
    """It is kept apart, so that nobody passes all that were closed. A closing refused or broken off takes none."""

    def by_the_facts() -> set[Flag]:
        return set(Flag.objects.exclude(events__kind=FlagEvent.Kind.CLOSED))

    flags, who = [raised(clinic, hours=hours) for hours in (1, 2, 3)], clinic.actor(Role.PRESCRIBER)
    services.answer_flag(flags[0], FlagEvent.Kind.ACKNOWLEDGED, "Called, no answer", who)
    services.answer_flag(flags[1], FlagEvent.Kind.CLOSED, "Spoke", who)
    for refused in ("x", " "):
        with pytest.raises(Refusal):
            services.answer_flag(flags[2], FlagEvent.Kind.CLOSED, refused, clinic.actor(Role.COORDINATOR))
    with transaction.atomic():
        services.answer_flag(flags[2], FlagEvent.Kind.CLOSED, "Spoke", who)
        transaction.set_rollback(True)
    assert set(queries.open_flags(site=clinic.site)) == by_the_facts() == {flags[0], flags[2]}


def test_a_list_that_parted_from_the_facts_is_put_right_and_told(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    """However that came about. A flag of another site goes to its own list."""
    elsewhere = make_clinic("Elsewhere")
    lost, shown, done = raised(elsewhere), raised(clinic), raised(clinic, hours=2)
    services.answer_flag(done, FlagEvent.Kind.CLOSED, "Spoke", clinic.actor(Role.PRESCRIBER))
    OpenFlag.objects.filter(pk=lost.pk).delete()
    OpenFlag.objects.create(flag=done, patient=clinic.patient, site=clinic.site)
    said = flag_list.put_right(SYSTEM)
    assert [sentence.split(" and ")[0] for sentence in said] == ["A flag was open", "A flag was closed"]
    assert list(queries.open_flags(site=clinic.site)) == [shown]
    assert list(queries.open_flags(site=elsewhere.site)) == [lost]
    told = AuditEntry.objects.filter(action="flag list put right")
    assert {(entry.patient, entry.subject) for entry in told} == {
        (elsewhere.patient, str(lost.pk)),
        (clinic.patient, str(done.pk)),
    }
    assert len(caplog.records) == 2


def test_to_hold_the_list_against_the_facts_costs_two_queries(
    clinic: Clinic, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    flags = [raised(clinic, hours=hours) for hours in range(1, 9)]
    for flag in flags[:4]:
        services.answer_flag(flag, FlagEvent.Kind.CLOSED, "Spoke", clinic.actor(Role.PRESCRIBER))
    with django_assert_num_queries(2):
        assert flag_list.put_right(SYSTEM) == []


def test_an_answer_says_what_was_done(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="Say what you did"):
        services.answer_flag(raised(clinic), FlagEvent.Kind.CLOSED, "  ", clinic.actor(Role.PRESCRIBER))


@pytest.mark.parametrize("words", ["x", "..", "1 2 3 4"])
@pytest.mark.parametrize("kind", FlagEvent.Kind)
def test_a_letter_answers_no_flag(clinic: Clinic, kind: FlagEvent.Kind, words: str) -> None:
    flag, who = raised(clinic), clinic.actor(Role.PRESCRIBER)
    with pytest.raises(Refusal, match="says too little"):
        services.answer_flag(flag, kind, words, who)
    assert not queries.open_flags(site=clinic.site).get().acknowledged


@pytest.mark.parametrize("kind", sorted(services.CLINICAL_FLAGS))
def test_what_climbs_from_the_chair_is_not_answered_from_a_desk(clinic: Clinic, kind: str) -> None:
    """An acknowledgement ends the climb: who does not treat would end it for what nobody at the chair saw."""
    flag = raised(clinic, kind=kind)
    for desk in (Role.COORDINATOR, Role.PHARMACIST):
        with pytest.raises(
            Refusal, match=r"is answered by (its owner, a prescriber or a nurse|a prescriber, who decides)"
        ):
            services.answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "Told the prescriber", clinic.actor(desk))
    who = Role.PRESCRIBER if kind == "dose_against_checks" else Role.NURSE  # the nurse gave it
    services.answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "Lies flat, recheck", clinic.actor(who))
    assert queries.open_flags(site=clinic.site).get().acknowledged


def test_an_answer_about_self_harm_is_not_ended_with_a_word(clinic: Clinic) -> None:
    """Whether the person was reached, what the screener found, what was arranged: "ok" says none of it."""
    who = clinic.actor(Role.PRESCRIBER)
    flag = raised(clinic, kind="suicide answer")
    with pytest.raises(Refusal, match="whether the person was reached"):
        services.answer_flag(flag, FlagEvent.Kind.CLOSED, "ok", who)
    services.answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "Calling", who)
    assert queries.open_flags(site=clinic.site).get().acknowledged
    said = "Reached by phone. Screener: no plan, no intent. Comes tomorrow."
    services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, who)
    assert not queries.open_flags(site=clinic.site)


def test_nobody_owns_a_flag_they_cannot_answer(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="cannot own a flag"):
        raised(clinic, owner=Role.THERAPIST)


def test_a_coordinator_acknowledges_a_clinical_flag_and_cannot_close_it(clinic: Clinic) -> None:
    flag, who = raised(clinic), clinic.actor(Role.COORDINATOR)
    services.answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "Told the prescriber", who)
    with pytest.raises(Refusal, match="is closed by"):
        services.answer_flag(flag, FlagEvent.Kind.CLOSED, "x", who)
    services.answer_flag(flag, FlagEvent.Kind.CLOSED, "Called and assessed", clinic.actor(Role.NURSE))
