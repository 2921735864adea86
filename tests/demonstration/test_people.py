"""Everybody of the demonstration is synthetic, every stage and indication is there, and nothing waits for nobody."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from daybreak.clinic.evidence.editions import current_edition
from daybreak.clinic.evidence.models import Proposal
from daybreak.clinic.evidence.proposed import consequences
from daybreak.clinic.evidence.services import may_not_decide
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.letters import queries as letters_read
from daybreak.clinic.letters.models import Letter
from daybreak.clinic.pharmacy import chain
from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.pharmacy.models import Discrepancy, LedgerEntry, Use
from daybreak.clinic.programme import queries as programme
from daybreak.clinic.programme.worklist import worklist
from daybreak.clinic.record.models import Course, Flag, FlagEvent, Patient, Site, Stage, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.referral.queries import waiting
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.treatment_day import queries as treatment_day
from daybreak.clinic.treatment_day.models import MonitorTie, Reading, Session, SessionEvent
from daybreak.demonstration.people import PREFIX, SIGN_IN_ORDER
from daybreak.evidence.dataset import dataset
from daybreak.treatment.controlled_drug import micrograms
from daybreak.treatment.findings import Effect, State
from daybreak.treatment.indications import indication
from daybreak.web.demonstration import people, require_synthetic

pytestmark = pytest.mark.django_db

INDICATIONS = {
    "treatment_resistant_depression",
    "depression_with_suicidal_ideation",
    "ptsd",
    "generalised_anxiety",
    "fibromyalgia",
    "neuropathic_pain",
}


def course_of(name: str) -> Course:
    return Course.objects.with_stage().get(patient__given_name=name)


def open_sessions() -> list[Session]:
    return list(treatment_day.sessions().filter(is_over=False))


def test_everybody_is_marked_synthetic(told: datetime, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    require_synthetic()
    assert Patient.objects.count() + waiting(Site.objects.get()).count() == 40
    assert not Patient.objects.filter(synthetic=False).exists()
    assert Site.objects.get().demonstration


def test_nobody_has_a_password(told: datetime) -> None:
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_every_stage_is_there(told: datetime) -> None:
    found = set(Course.objects.with_stage().values_list("stage", flat=True))
    assert found == set(Stage) - {Stage.REFERRAL}
    assert waiting(Site.objects.get()).count() == 3


def test_every_indication_is_there_with_answers_to_its_own_instrument(told: datetime) -> None:
    measured = set(Measure.objects.values_list("course__indication", "instrument"))
    assert {name for name, _ in measured} == INDICATIONS
    assert {(name, indication(name).instrument) for name in INDICATIONS} <= measured


def test_nothing_is_recorded_after_now(told: datetime) -> None:
    assert not Reading.objects.filter(measured_at__gt=told).exists()
    assert not Measure.objects.filter(completed_at__gt=told).exists()
    assert not Flag.objects.filter(recorded_at__gt=told).exists()


def test_every_flag_has_an_owner_who_may_act(told: datetime) -> None:
    flags = list(Flag.objects.select_related("owner"))
    assert flags
    assert all(flag.owner.allows(Permission.FLAG_ACT) and flag.due_at > flag.recorded_at for flag in flags)


def test_what_is_kept_of_open_flags_and_sessions_is_what_their_events_say(told: datetime) -> None:
    closed = Flag.objects.filter(events__kind=FlagEvent.Kind.CLOSED)
    assert closed.exists()
    assert set(open_flags()) == set(Flag.objects.difference(closed))
    left = Session.objects.filter(events__kind=SessionEvent.Kind.LEFT)
    assert set(open_sessions()) == set(Session.objects.difference(left))


def test_an_answer_about_death_waits_for_the_prescriber(told: datetime) -> None:
    flag = open_flags().get(rule="PHQ9-ITEM9")
    assert flag.owner.role == Role.PRESCRIBER
    assert flag.level == Flag.Level.ACT
    assert timedelta() < told - flag.recorded_at < timedelta(hours=1)


def test_one_session_runs_with_fresh_readings_and_a_monitor(told: datetime) -> None:
    states = {session.pk: treatment_day.state(session, told) for session in open_sessions()}
    running = [pk for pk, state in states.items() if state.runs]
    assert len(running) == 1
    assert MonitorTie.objects.get().session_id == running[0]
    latest = Reading.objects.filter(session=running[0]).latest("measured_at")
    assert told - latest.measured_at < timedelta(minutes=30)


def test_one_session_is_about_to_start(told: datetime) -> None:
    before = [state for session in open_sessions() if not (state := treatment_day.state(session, told)).runs]
    assert len(before) == 1
    assert before[0].answers
    assert before[0].standing


def test_a_crossed_limit_of_the_running_session_waits(told: datetime) -> None:
    flag = open_flags().get(kind=treatment_day.LIMIT_CROSSED)
    assert not flag.acknowledged
    assert "Systolic" in flag.title


def test_a_label_contraindication_blocks(told: datetime) -> None:
    findings = screening.review(course_of("Elm"), told).findings
    aneurysm = next(finding for finding in findings if finding.rule_id == "EL001")
    assert (aneurysm.state, aneurysm.effect) == (State.NOT_MET, Effect.BLOCK)


def test_what_was_not_asked_is_unknown(told: datetime) -> None:
    findings = {finding.rule_id: finding for finding in screening.review(course_of("Dahlia"), told).findings}
    assert findings["EL067"].state is State.UNKNOWN  # consent
    assert findings["EL014"].value.startswith("Asked, nobody could say")


def test_some_weeks_have_no_answer(told: datetime) -> None:
    from daybreak.clinic.followup.schedule import asked

    course = course_of("Jasmine")
    doses = treatment_day.doses_given(course, told)
    missing = [each for each in asked(course, course.measures.all(), doses, told) if each.missing]
    assert {each.question.number for each in missing if each.question.occasion == "regular"} == {2, 3}


def test_who_may_sign_in_has_questions_due(told: datetime) -> None:
    from daybreak.clinic.followup.schedule import asked, due

    patient = User.objects.get(username=f"{PREFIX}{Role.PATIENT}").patient
    course = Course.objects.with_stage().get(patient=patient)
    waiting_now = due(asked(course, course.measures.all(), treatment_day.doses_given(course, told), told))
    assert {each.question.instrument_id for each in waiting_now} == {"PHQ9", "MOOD"}


def test_the_sign_in_page_lists_the_roles_in_the_order_of_the_way(told: datetime) -> None:
    assert tuple(Role(person.role) for person in people()) == SIGN_IN_ORDER


@pytest.mark.parametrize("role", SIGN_IN_ORDER)
def test_one_click_signs_in(told: datetime, client: Client, settings: Settings, role: Role) -> None:
    settings.DEMONSTRATION = True
    assert client.post("/demonstration/sign-in", {"who": f"{PREFIX}{role}"}).status_code == 302
    assert client.get("/", follow=True).status_code == 200


def test_a_number_for_the_trial_data_waits_for_a_second_person_and_is_in_no_answer(told: datetime) -> None:
    proposal = Proposal.objects.get()
    assert proposal.is_waiting
    assert proposal.title.startswith("Demonstration")
    assert not proposal.refused
    assert current_edition(proposal.site).version == dataset().version
    (consequence,) = consequences(proposal)
    assert "2 trials: not enough to pool" in consequence.words.before
    assert "3 trials" in consequence.words.after
    may = {role for role in Role if not may_not_decide(proposal, User(role=role, site=proposal.site))}
    assert may == {Role.DIRECTOR, Role.PRESCRIBER, Role.RESEARCHER}
    assert may_not_decide(proposal, User.objects.get(username=f"{PREFIX}{Role.PRESCRIBER}"))


def test_who_responded_has_better_scores_than_who_did_not(told: datetime) -> None:
    def change(name: str) -> float:
        totals = list(course_of(name).measures.exclude(instrument="MOOD").order_by("completed_at"))
        return (totals[-1].total or 0) / (totals[0].total or 1)

    assert change("Myrtle") < 0.5  # responder
    assert change("Nutmeg") > 0.75  # no response


def test_the_chain_of_the_drug_account_holds_and_nothing_was_reversed(told: datetime) -> None:
    assert chain.verify(Site.objects.get()).holds
    assert not LedgerEntry.objects.filter(kind="reversed").exists()


def test_one_treatment_day_does_not_add_up(told: datetime) -> None:
    case = Discrepancy.objects.get()
    assert (case.use.patient.given_name, case.micrograms) == ("Aspen", 2000)
    assert case.owner.role == Role.PHARMACIST


def test_what_the_drug_account_has_as_given_is_what_the_sessions_gave(told: datetime) -> None:
    uses = [use for use in Use.objects.prefetch_related("ends") if use.end]
    accounts = pharmacy.accounts(uses)
    assert len(uses) > 50
    for use in uses:
        session = treatment_day.sessions().get(pk=use.pk)
        assert accounts[use.pk].given == micrograms(treatment_day.state(session, told).given_mg), use


def test_what_melts_or_is_swallowed_is_drawn_in_its_form(told: datetime) -> None:
    drawn = LedgerEntry.objects.filter(kind="drawn").select_related("lot__formulation", "use")
    assert all(entry.lot.formulation.is_for(way) for entry in drawn for way in entry.use.ways)
    assert {"lozenge", "oral solution"} <= {entry.lot.formulation.container for entry in drawn}


def test_no_book_is_below_zero_and_every_waste_had_a_witness(told: datetime) -> None:
    assert all(row.micrograms > 0 for row in pharmacy.stock(Site.objects.get()))
    assert not LedgerEntry.objects.filter(kind="wasted", witness__isnull=True).exists()


def test_one_lot_expires_soon_and_one_persons_devices_wait(told: datetime) -> None:
    site, today = Site.objects.get(), timezone.localdate(told)
    reserve = next(row for row in pharmacy.stock(site) if row.lot.number == "K90")
    assert (reserve.lot.expires_on - today).days == 18
    (named,) = [row for row in pharmacy.stock(site) if row.lot.patient]
    assert (named.lot.use_by - today).days == 13


def test_two_forms_of_the_nasal_programme_wait_and_one_is_overdue(told: datetime) -> None:
    site, today = Site.objects.get(), timezone.localdate(told)
    waiting_forms = worklist(site, told)
    assert [(each.session.course.patient.given_name, each.is_late(today)) for each in waiting_forms] == [
        ("Daisy", True), ("Violet", False)
    ]  # fmt: skip
    (flag,) = open_flags().filter(kind="programme_form")
    assert "was due on" in flag.title


def test_everybody_with_the_spray_is_enrolled(told: datetime) -> None:
    courses = Course.objects.filter(plans__regimen_text__contains="nasal").select_related("patient__site").distinct()
    found = programme.enrolments(list(courses), timezone.localdate(told))
    assert len(found) > 5
    assert {each.state for each in found.values()} == {State.MET}


def test_one_letter_is_signed_and_one_is_a_draft(told: datetime) -> None:
    letters = {letter.course.patient.given_name: letters_read.signature(letter) for letter in Letter.objects.all()}
    assert set(letters) == {"Myrtle", "Daisy"}
    assert letters["Myrtle"].recorded_by.role == Role.PRESCRIBER
    assert letters["Daisy"] is None
