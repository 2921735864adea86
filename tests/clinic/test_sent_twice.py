"""A form sent twice by a tired hand, without a script: stored once, and the second leads where the first one led."""

import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import get_resolver
from django.utils import timezone

# The parts of the table that stand beside their own tests.
import tests.clinic.escalation.forms
import tests.clinic.evidence.forms
import tests.clinic.followup.forms
import tests.clinic.letters.forms
import tests.clinic.pharmacy.forms
import tests.clinic.programme.forms
import tests.clinic.schedule.forms
import tests.clinic.treatment_day.forms  # noqa: F401
from daybreak.clinic.escalation.models import DutyPeriod, EscalationSwitch, OnCallAnswer, OnCallMessage
from daybreak.clinic.evidence.models import Decision, Proposal
from daybreak.clinic.followup.models import Call, Measure
from daybreak.clinic.followup.services import record_measure
from daybreak.clinic.letters.models import Letter, LetterAmendment, LetterSignature, LetterText
from daybreak.clinic.pharmacy.models import (
    Count,
    Discrepancy,
    DiscrepancyEvent,
    Formulation,
    LedgerEntry,
    Lot,
    LotRecall,
    StorageLocation,
    Use,
)
from daybreak.clinic.planning import services as planning
from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.programme.models import (
    PatientEnrolment,
    SeriousEvent,
    SessionForm,
    SiteEnrolment,
    Submission,
)
from daybreak.clinic.record.models import CourseEvent, Flag, FlagEvent, OwnLimit, PatientFact, RuleSetSignature, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import raise_flag
from daybreak.clinic.referral.models import Acceptance, Referral
from daybreak.clinic.schedule.models import Appointment, AppointmentEnd, Authorisation, Ride, SiteHours
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision, ScreeningRequest
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.clinic.treatment_day.models import (
    Chair,
    Monitor,
    MonitorTie,
    Reading,
    Session,
    SessionEvent,
    SiteCard,
    TimeOutRule,
)
from daybreak.demonstration.referrals import referral
from daybreak.treatment.findings import refusals
from daybreak.treatment.ruleset import rule_set
from tests.clinic.forms import FORMS, Form, form, send
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import give_password, proof
from tests.clinic.planning.cases import REASON, drafted, first_day, screened
from tests.clinic.screening.cases import answer, answer_everything, failed_trial
from tests.clinic.treatment_day.day import NASAL, Day, make_plan, open_day


def _bundle(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("referral.json", content, content_type="application/json")


@form("referral_new")
def _upload(clinic: Clinic) -> Form:
    return Form(
        Role.COORDINATOR, [], {"file": _bundle(referral("neuropathy"))}, {"file": _bundle(referral("fibromyalgia"))}
    )


@form("referral_confirm")
def _confirm(clinic: Clinic) -> Form:
    send(clinic, "referral_new", _upload(clinic), new_id())
    choice = {"person": "new", "indication": "neuropathic_pain", "prescriber": clinic.users[Role.PRESCRIBER].pk}
    return Form(Role.COORDINATOR, [Referral.objects.get().pk], choice)


@form("referral_set_aside")
def _set_aside(clinic: Clinic) -> Form:
    send(clinic, "referral_new", _upload(clinic), new_id())
    document = Referral.objects.get().pk
    return Form(Role.COORDINATOR, [document], {"reason": "Sent by mistake."}, {"reason": "Another clinic."})


@form("screening_request")
def _request(clinic: Clinic) -> Form:
    said = {"treatment": "ketamine iv", "setting": "outpatient"}
    return Form(Role.PRESCRIBER, [clinic.course.pk], said, {"treatment": "ketamine im", "setting": "outpatient"})


@form("screening_answers")
def _answers(clinic: Clinic) -> Form:
    return Form(Role.NURSE, [clinic.course.pk], {"EL020-value": "no"}, {"EL020-value": "yes"})


@form("screening_vitals")
def _vitals(clinic: Clinic) -> Form:
    said = {"systolic": 124, "diastolic": 78, "at": f"{timezone.localtime():%Y-%m-%dT%H:%M}"}
    return Form(Role.NURSE, [clinic.course.pk], said, {**said, "systolic": 134})


@form("screening_allergies")
def _allergies(clinic: Clinic) -> Form:
    return Form(Role.NURSE, [clinic.course.pk], {"known": "these", "names": "latex"}, {"known": "none"})


@form("screening_trial")
def _trial(clinic: Clinic) -> Form:
    wrong = failed_trial(clinic, clinic.course, "sertraline", 150)
    said = {"drug": "sertraline", "weeks": 8, "source": "letter", "corrects": wrong.pk, "reason": "Read again."}
    return Form(Role.NURSE, [clinic.course.pk], said, {**said, "weeks": 6})


@form("screening_decide")
def _decide(clinic: Clinic) -> Form:
    answer_everything(clinic, clinic.course)
    found = screening.review(clinic.course)
    reasons = {f"reason-{one.rule_id}": REASON for one in refusals(found.findings)}
    said = {"outcome": ScreeningDecision.Outcome.GO_ON, "read": found.fingerprint, **reasons}
    return Form(Role.PRESCRIBER, [clinic.course.pk], said, {**said, "explanation": "A remark."})


@form("plan_save")
def _plan(clinic: Clinic) -> Form:
    """With a weight far from the one on file: the reason for it is asked before, and not after, it is saved."""
    planning.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE))
    said = {
        "replaces": 0, "text": "ketamine 0.5 mg/kg iv over 40 min, once", "first_day": first_day(),
        "concentration_mg_per_ml": 1, "weight_kg": 60, "reason_WEIGHT_CHANGE": REASON,
    }  # fmt: skip
    return Form(Role.PRESCRIBER, [clinic.course.pk], said, {**said, "goals": "Sleep"})


@form("plan_sign")
def _sign(clinic: Clinic) -> Form:
    screened(clinic)
    return Form(Role.PRESCRIBER, [clinic.course.pk], {"plan": drafted(clinic).pk})


@form("session_open")
def _open(clinic: Clinic) -> Form:
    make_plan(clinic)
    chairs = [Chair.objects.create(site=clinic.site, name=name) for name in ("1", "2")]
    first, second = ({"number": 1, "chair": chair.pk} for chair in chairs)
    return Form(Role.NURSE, [clinic.course.pk], first, second)


def _in_session(
    name: str, said: dict[str, Any], otherwise: dict[str, Any] | None = None, *, begun: bool = False,
    role: Role = Role.NURSE, before: Callable[[Day], object] = lambda day: None, words: str | None = None,
) -> None:  # fmt: skip
    def make(clinic: Clinic) -> Form:
        day = open_day(clinic, words) if words else open_day(clinic)
        if begun:
            day.begin()
        found = before(day)
        more = found if isinstance(found, dict) else {}
        return Form(role, [day.session.pk], said | more, otherwise and otherwise | more)

    FORMS[f"session_{name}"] = make


def _ready(day: Day) -> None:
    """Measured just now, and every check answered."""
    minute = (timezone.now() - day.zero).total_seconds() / 60 - 1
    day.read(minute)
    day.clear_checks(minute)


def _second_person(day: Day) -> dict[str, Any]:
    give_password(day.clinic.users[Role.PRESCRIBER])
    return proof(day.clinic)


def _runs(day: Day) -> None:
    """An infusion with a pump rate, begun just now."""
    _ready(day)
    treatment_day.start_dose(
        day.session, day.nurse, lot="K1", concentration_mg_per_ml=1.0, pump_ml_per_h=52.5, write_id=new_id()
    )


def _noted(day: Day) -> dict[str, Any]:
    return {"of": treatment_day.observe(day.session, "nausea", day.nurse, write_id=new_id(), at=day.at(5)).pk}


def _crossed(day: Day) -> dict[str, Any]:
    day.systolic(20, 185)
    return {"flag": day.flags()[0].pk}


_in_session("readings", {"systolic": 131, "diastolic": 80}, {"systolic": 132, "diastolic": 80})
_in_session("check", {"about": "identity", "answer": "yes"}, {"about": "identity", "answer": "no"})
_in_session(
    "reason", {"about": "ride", "reason": "A colleague who lives next door comes at four and drives."},
    {"about": "ride", "reason": "A taxi is booked for four, and the sister rides along."},
    role=Role.PRESCRIBER,
)  # fmt: skip
_BAG = {"concentration_mg_per_ml": "1", "pump_ml_per_h": "52.5"}
_in_session("start", {"lot": "K1", **_BAG}, {"lot": "A1", **_BAG}, before=_ready)
_in_session(
    "time_out", {"confirmed": ["identity", "drug", "dose", "route"], "concentration_mg_per_ml": "1"},
    {"confirmed": ["identity", "drug", "dose", "route"], "concentration_mg_per_ml": "2"}, before=_second_person,
)  # fmt: skip
_in_session("device", {"lot": "B2", "reason": REASON}, {"lot": "B3", "reason": REASON}, begun=True, words=NASAL)
_in_session("pause", {}, begun=True)
_in_session("rate", {"ml_per_h": "30", "reason": REASON}, before=_runs)
_in_session("resume", {}, begun=True, before=lambda day: day.do(treatment_day.pause, 3))
_in_session("stop", {"words": "Wanted to stop."}, {"words": "At its end."}, begun=True)
_in_session(
    "amount", {"mg": 30, "words": "Pump."}, {"mg": 31}, begun=True, before=lambda day: day.do(treatment_day.stop, 30)
)
_in_session("mistake", {"words": "Touched too early."}, {"words": "Another chair."}, begun=True)
_in_session("observe", {"what": "nausea"}, {"what": "distress"}, begun=True)
_in_session("take_back", {}, begun=True, before=_noted)
_in_session("criterion", {"about": "walks", "answer": "yes"}, {"about": "walks", "answer": "no"}, begun=True)
_in_session("leave", {"reason": REASON, "goes_with": "sister"}, {"reason": REASON, "goes_with": "taxi"}, begun=True)
_in_session("note", {"words": "A quiet session."}, {"words": "A loud session."})
_in_session(
    "amend", {"words": "One thing more."}, {"words": "Two things more."},
    before=lambda day: treatment_day.sign_note(day.session, "A quiet session.", day.nurse, write_id=new_id()),
)  # fmt: skip
_in_session("mark", {"answer": "told"}, {"answer": "recheck"}, begun=True, before=_crossed)
_in_session(
    "correct", {"value": 125, "reason": "Typed wrongly."}, {"value": 126, "reason": "Typed wrongly."},
    before=lambda day: {"reading": day.systolic(2, 152).pk},
)  # fmt: skip


@form("monitor_add")
def _monitor(clinic: Clinic) -> Form:
    return Form(Role.NURSE, [], {"identifier": "BED-7"}, {"identifier": "BED-8"})


@form("emergency_card_write")
def _card(clinic: Clinic) -> Form:
    said = {"numbers": "Anaesthetist: 555 0100", "medicines": "labetalol; 10 mg iv; protocol 3"}
    return Form(Role.DIRECTOR, [], said, {**said, "numbers": "Anaesthetist: 555 0101"})


@form("monitor_mapping")
def _mapping(clinic: Clinic) -> Form:
    monitor = Monitor.objects.create(identifier="BED-6", site=clinic.site)
    return Form(Role.NURSE, [monitor.pk], {"mapping": "ge_b40"}, {"mapping": "mindray_egateway"})


@form("monitor_tie")
def _tie(clinic: Clinic) -> Form:
    monitor = Monitor.objects.create(identifier="BED-9", site=clinic.site)
    return Form(Role.NURSE, [monitor.pk], {"session": open_day(clinic).session.pk})


@form("monitor_release")
def _release(clinic: Clinic) -> Form:
    tied = _tie(clinic)
    send(clinic, "monitor_tie", tied, new_id())
    return Form(Role.NURSE, tied.arguments, {})


@form("measure_new")
def _measure(clinic: Clinic) -> Form:
    said = {"completed_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}", **{f"item_{n}": 1 for n in range(1, 10)}}
    return Form(Role.NURSE, [clinic.course.pk, "PHQ9"], said, {**said, "item_1": 2})


@form("measure_correct")
def _correct(clinic: Clinic) -> Form:
    wrong = record_measure(
        clinic.course, "PHQ9", dict.fromkeys(range(1, 10), 0), clinic.actor(Role.NURSE), measure_id=new_id(),
        completed_at=timezone.now(),
    )  # fmt: skip
    said = {"reason": "Heard wrongly.", **{f"item_{n}": 1 for n in range(1, 10)}}
    return Form(Role.NURSE, [clinic.course.pk, wrong.pk], said, {**said, "item_1": 2})


@form("flag_answer")
def _flag(clinic: Clinic) -> Form:
    who = clinic.actor(Role.PRESCRIBER)
    flag = raise_flag(
        patient=clinic.patient, kind="test", level=Flag.Level.WATCH, title="Look", owner=who.user,
        due_at=timezone.now() + timedelta(hours=1), actor=who,
    )  # fmt: skip
    said = {"kind": FlagEvent.Kind.CLOSED, "action": "Looked."}
    return Form(Role.PRESCRIBER, [flag.pk], said, {**said, "action": "Did not look."})


@form("course_stage")
def _stage(clinic: Clinic) -> Form:
    said = {"stage": "ended", "reason": "Moved away."}
    return Form(Role.PRESCRIBER, [clinic.course.pk], said, {**said, "reason": "Is well."})


@form("rules_sign")
def _rules(clinic: Clinic) -> Form:
    return Form(Role.DIRECTOR, [], {"rule_set": rule_set().version, "confirm": "on"})


@form("limits")
def _limits(clinic: Clinic) -> Form:
    said = {"seen": "0", "TH1-systolic-amber-at_least": "150", "reason": "Older people here."}
    return Form(Role.DIRECTOR, [], said, {**said, "reason": "Another reason."})


# Written with a client's id, but not by a form of the clinic: the phone's last screen, tried beside its own story.
# And what a second time says again, where nothing is stored twice: who is the therapist, whose tablet it is now.
ELSEWHERE = {
    "own_send", "own_question", "plan_preview", "course_therapist", "referral_download", "tablet_pin",
    "tablet_lock", "tablet_take_over", "tablet_make_way", "tablet_everybody_leaves",
}  # fmt: skip
STORED = (
    Referral, Acceptance, PatientFact, ScreeningRequest, ScreeningDecision, AntidepressantTrial, Plan, PlanSignature,
    Session, SessionEvent, Reading, Monitor, MonitorTie, Measure, FlagEvent, CourseEvent, RuleSetSignature, OwnLimit,
    Formulation, StorageLocation, Lot, LotRecall, Use, Count, LedgerEntry, Discrepancy, DiscrepancyEvent,
    Proposal, Decision, SiteCard, DutyPeriod, EscalationSwitch, OnCallAnswer, OnCallMessage,
    Appointment, AppointmentEnd, Ride, Authorisation, SiteHours, Call, TimeOutRule,
    SiteEnrolment, PatientEnrolment, SessionForm, SeriousEvent, Submission,
    Letter, LetterText, LetterSignature, LetterAmendment,
)  # fmt: skip


def counted() -> dict[type[models.Model], int]:
    return {model: model.objects.count() for model in STORED}


@pytest.mark.parametrize("name", FORMS)
def test_the_same_form_again_leads_where_the_first_one_led_and_stores_nothing(clinic: Clinic, name: str) -> None:
    """Nor does the same id with other content: that is a conflict."""
    sent, write_id = FORMS[name](clinic), new_id()
    first = send(clinic, name, sent, write_id)
    assert first.status_code == 302, first.content.decode()[-3000:]
    stored = counted()
    again = send(clinic, name, sent, write_id)
    assert (again.status_code, again.get("Location")) == (302, first.get("Location"))
    assert counted() == stored
    if sent.otherwise is not None:
        assert send(clinic, name, sent, write_id, sent.otherwise).status_code == 409
        assert counted() == stored


@pytest.mark.parametrize("name", [name for name in FORMS if name.startswith(("session_", "pharmacy_"))])
def test_what_was_saved_before_the_clock_went_back_an_hour_is_not_refused_when_it_comes_again(
    clinic: Clinic, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was lost on the way. By the clock that was set right, the time of the entry is still to come."""
    true_now, write_id = timezone.now, new_id()
    monkeypatch.setattr(timezone, "now", lambda: true_now() + timedelta(hours=1))
    made = FORMS[name](clinic)
    sent = made._replace(fields=made.fields | {"at": timezone.now().isoformat()})
    first = send(clinic, name, sent, write_id)
    assert first.status_code == 302, first.content.decode()[-3000:]
    stored = counted()
    monkeypatch.setattr(timezone, "now", true_now)
    again = send(clinic, name, sent, write_id)
    assert (again.status_code, again.get("Location")) == (302, first.get("Location")), again.content.decode()[-3000:]
    assert counted() == stored


def test_a_decision_sent_again_after_the_record_moved_on_is_still_the_same_one(clinic: Clinic) -> None:
    """What stands in the way is asked anew each time; the decision was taken on what stood then."""
    sent, write_id = FORMS["screening_decide"](clinic), new_id()
    first = send(clinic, "screening_decide", sent, write_id)
    answer(clinic, clinic.course, "EL022", "yes", "Told by the family doctor.")
    answer(clinic, clinic.course, "EL014", "yes", "Told by the family doctor.")
    again = send(clinic, "screening_decide", sent, write_id)
    assert (again.status_code, again.get("Location")) == (302, first.get("Location"))
    assert ScreeningDecision.objects.count() == 1


def test_no_form_of_the_clinic_is_left_out() -> None:
    """Every address that changes something takes part; a new one is added to the table, or says here why not."""
    assert set(FORMS) == {name for name, view in _views() if _writes(view)} - ELSEWHERE


def _views() -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver().url_patterns:
        for each in getattr(pattern, "url_patterns", [pattern]):
            if getattr(each, "name", None) and each.callback.__module__.startswith("daybreak.clinic"):
                yield each.name, each.callback


def _writes(view: Any) -> bool:
    """Whether the view reads what was posted, as its code says."""
    source = inspect.getsource(inspect.unwrap(view))
    return "request.POST" in source or "require_POST" in source or view.__module__.endswith("deeds")
