"""What the record answers before a dose: nobody has to be asked what is known here."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from daybreak.clinic.record.models import PatientFact, PatientFactKind
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.queries import current_facts_of
from daybreak.clinic.record.times import clock, midnight
from daybreak.clinic.record.times import said as said_at
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.screening.models import ScreeningRequest
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.red_now import RED_MARKS, RedMark, calls_to_act, red_marks_of
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.checks import SERIOUS_EVENT_CHECK, Answer, looks_back
from daybreak.treatment.nasal_programme import in_programme
from daybreak.treatment.patient_facts import AnswerValue, PregnancyState, Setting

# The question of screening that is also one before each dose, and its check.
ENROLLED_RULE, ENROLLED_CHECK = "EL061", "enrolled"
# Whether pregnancy is possible, asked at screening, and its check.
PREGNANCY_RULE, PREGNANCY_CHECK = "EL050", "pregnancy"
# "Any other ketamine or esketamine in the last 24 hours", as the check asks it.
OTHER_KETAMINE_CHECK, OTHER_KETAMINE_WITHIN = "other_ketamine", looks_back("other_ketamine")
# "Two sessions in the last 7 days already, or one today", as the check of the nasal spray asks it: by days, today among
# them, since who comes each Monday is not early by five minutes.
TOO_EARLY_CHECK, TOO_EARLY_DAYS = "too_early", looks_back("too_early").days
SESSIONS_IN_THOSE_DAYS = 2
CONSENT_CHECK = "consent"

# What every entry before a dose asks of the person: what is known, the newest first, and which doses were begun. Those
# started by mistake are among them.
_Begun = tuple[UUID, int, str, datetime, UUID]  # session, its number, kind, time, person


def _facts(people: Collection[UUID]) -> QuerySet[PatientFact]:
    answers = Q(kind=PatientFactKind.ANSWER, code__in=(ENROLLED_RULE, PREGNANCY_RULE, screening.CONSENT_RULE))
    return current_facts_of(people).filter(Q(kind=PatientFactKind.SERIOUS_EVENT) | answers)


def _begun(people: Collection[UUID]) -> QuerySet[SessionEvent, _Begun]:
    kinds = (SessionEvent.Kind.DOSE_STARTED, SessionEvent.Kind.DOSE_NOT_GIVEN)
    events = SessionEvent.objects.filter(kind__in=kinds, session__course__patient__in=people).order_by("occurred_at")
    return events.values_list("session", "session__number", "kind", "occurred_at", "session__course__patient")


_FACTS = Prepared(lambda person: _facts([person]))
_BEGUN = Prepared(lambda person: _begun([person]))
_REQUESTS = Prepared(lambda course: screening.considered_among([course]))


def known_to(session: Session, state: SessionState) -> dict[str, Answer]:
    """The checks the record answers before the next dose: another dose of the last day, and of the nasal spray two
    sessions of the last week or one of today, given here, which no answer takes back; the enrolment in the nasal
    programme, where there is one; that pregnancy is not possible, for somebody recorded as male; a consent that was
    given for another drug or route, or not signed; a serious event since the last dose; what calls to act now.

    Four queries; none once no check is asked any more.
    """
    if not _is_asked(state):
        return {}
    person, requests = session.course.patient_id, _REQUESTS.all(session.course_id)
    told = _told(session, state, _FACTS.all(person), _BEGUN.all(person), requests)
    return told | calls_to_act(session, state, map(RedMark._make, RED_MARKS.all(person)))


def known_to_each(states: Iterable[tuple[Session, SessionState]]) -> dict[UUID, dict[str, Answer]]:
    """The same of several, by session. Four queries for all of them."""
    if not (asked := [(session, state) for session, state in states if _is_asked(state)]):
        return {}
    people = {session.course.patient_id for session, _ in asked}
    facts, begun, marks = list(_facts(people)), list(_begun(people)), red_marks_of(people)
    requests = list(screening.considered_among({session.course_id for session, _ in asked}))
    return {
        session.pk: _told(
            session,
            state,
            [fact for fact in facts if fact.patient_id == session.course.patient_id],
            [row for row in begun if row[4] == session.course.patient_id],
            [request for request in requests if request.course_id == session.course_id],
        )
        | calls_to_act(session, state, [mark for mark in marks if mark.person == session.course.patient_id])
        for session, state in asked
    }


def _is_asked(state: SessionState) -> bool:
    return state.next_dose is not None and state.left is None


def _told(
    session: Session,
    state: SessionState,
    known: Sequence[PatientFact],
    begun_ever: Sequence[_Begun],
    requests: Sequence[ScreeningRequest],
) -> dict[str, Answer]:
    planned, begun = state.planned, [row for row in begun_ever if row[0] != session.pk]
    return (
        _serious_event(_of(known, PatientFactKind.SERIOUS_EVENT), begun)
        | _given_lately(begun, planned, state.now)
        | _enrolled(session, planned, _answers(known, ENROLLED_RULE), requests)
        | _consent(session, planned, _answers(known, screening.CONSENT_RULE), requests)
        | _pregnancy(session, _answers(known, PREGNANCY_RULE))
    )


def _of(facts: Iterable[PatientFact], kind: PatientFactKind) -> list[PatientFact]:
    return [fact for fact in facts if fact.kind == kind]


def _answers(facts: Iterable[PatientFact], rule: str) -> list[PatientFact]:
    return [fact for fact in _of(facts, PatientFactKind.ANSWER) if fact.code == rule]


def _last_recorded(facts: Iterable[PatientFact]) -> PatientFact | None:
    return max(facts, key=lambda fact: fact.recorded_at, default=None)


def _serious_event(told: Sequence[PatientFact], begun: Sequence[_Begun]) -> dict[str, Answer]:
    """What became known since the last dose of another session began: whoever gave that one had not read it."""
    last = max((at for _, at in _doses_begun(begun).values()), default=None)
    new = [fact for fact in told if last is None or fact.recorded_at > last]
    if not new:
        return {}
    said = " ".join(f"{said_at(fact.occurred_at)}: {fact.text.rstrip('.')}." for fact in new if fact.occurred_at)
    return {SERIOUS_EVENT_CHECK: Answer(True, max(fact.recorded_at for fact in new), said)}


def _given_lately(begun: Sequence[_Begun], planned: Sequence[PlannedDose], now: datetime) -> dict[str, Answer]:
    """Said as of now: what somebody answers later does not count against it."""
    today = timezone.localdate(now)
    since = min(now - OTHER_KETAMINE_WITHIN, midnight(today - timedelta(days=TOO_EARLY_DAYS - 1)))
    lately = _doses_begun(row for row in begun if since <= row[3] <= now)
    doses = sorted(lately.values(), key=lambda dose: dose[1])
    is_spray = bool(planned) and planned[0].comes_in_devices
    return _other_ketamine(doses, now) | (_too_early(doses, now, today) if is_spray else {})


def _other_ketamine(doses: Sequence[tuple[int, datetime]], now: datetime) -> dict[str, Answer]:
    if not doses or doses[-1][1] <= now - OTHER_KETAMINE_WITHIN:
        return {}
    number, at = doses[-1]
    said = f"Other ketamine in the last 24 hours: session {number}, dose begun {clock(at, now.date())}."
    return {OTHER_KETAMINE_CHECK: Answer(True, now, said)}


def _too_early(doses: Sequence[tuple[int, datetime]], now: datetime, today: date) -> dict[str, Answer]:
    first = today - timedelta(days=TOO_EARLY_DAYS - 1)
    lately = [(number, day) for number, at in doses if (day := timezone.localdate(at)) >= first]
    if len(lately) < SESSIONS_IN_THOSE_DAYS and all(day != today for _, day in lately):
        return {}
    held = ", ".join(f"session {number} on {day.day} {day:%b}" for number, day in lately)
    return {TOO_EARLY_CHECK: Answer(True, now, f"Held here in the last {TOO_EARLY_DAYS} days: {held}.")}


def _doses_begun(events: Iterable[_Begun]) -> dict[UUID, tuple[int, datetime]]:
    """The number of each session and when its last dose began; what was started by mistake was not begun."""
    begun: dict[UUID, tuple[int, datetime]] = {}
    for of, number, kind, at, _ in events:
        if kind == SessionEvent.Kind.DOSE_STARTED:
            begun[of] = number, at
        else:
            begun.pop(of, None)
    return begun


def _enrolled(
    session: Session,
    planned: Sequence[PlannedDose],
    answers: Sequence[PatientFact],
    requests: Sequence[ScreeningRequest],
) -> dict[str, Answer]:
    jurisdiction = session.course.patient.site.jurisdiction
    if not planned or not in_programme(planned[0].dose.drug, planned[0].dose.route, jurisdiction):
        return {}
    fact = _last_recorded(answers)
    if fact is not None and fact.state == AnswerValue.YES:
        return {ENROLLED_CHECK: Answer(True, fact.recorded_at)}
    request = requests[0] if requests else None
    if request is not None and request.setting == Setting.INPATIENT:
        return {ENROLLED_CHECK: Answer(True, request.recorded_at, "Inpatients are not enrolled.")}
    if fact is None or fact.state == AnswerValue.UNKNOWN:
        return {}
    return {ENROLLED_CHECK: Answer(False, fact.recorded_at, fact.text, in_own_words=True)}


def _consent(
    session: Session,
    planned: Sequence[PlannedDose],
    answers: Sequence[PatientFact],
    requests: Sequence[ScreeningRequest],
) -> dict[str, Answer]:
    """Only what speaks against it: a consent that fits is asked all the same, of the person and today."""
    found = screening.consent_told(session.course, answers, requests) if planned else None
    if found is None:
        return {}
    dose = planned[0].dose
    if not found.is_signed:
        return {CONSENT_CHECK: Answer(False, found.recorded_at, f"Consent is not signed: {found.of}.")}
    if not found.is_for_another(dose.drug, dose.route):
        return {}
    said = f"The consent is for {found.of}; this dose is {dose.drug} {dose.route}."
    return {CONSENT_CHECK: Answer(False, found.recorded_at, said)}


def consent_on_record(session: Session) -> str:
    """Which consent is on record, as a sentence for whoever asks before the dose. Two queries."""
    answers = _answers(_FACTS.all(session.course.patient_id), screening.CONSENT_RULE)
    found = screening.consent_told(session.course, answers, _REQUESTS.all(session.course_id))
    if found is None:
        return "None is recorded in this course."
    return f"On record: {'signed' if found.is_signed else 'not signed'} for {found.of}."


def _pregnancy(session: Session, answers: Sequence[PatientFact]) -> dict[str, Answer]:
    """The sex on a referral does not settle it, nor does an old answer where it may change; both together do."""
    if session.course.patient.sex != "male":
        return {}
    fact = _last_recorded(answers)
    if fact is None or fact.state != PregnancyState.NOT_POSSIBLE:
        return {}
    return {PREGNANCY_CHECK: Answer(False, fact.recorded_at)}


def says_otherwise(known: Answer | None, yes: bool | None) -> str:
    """What the record says where somebody answers otherwise; empty where both agree, or one of them says nothing."""
    if known is None or known.yes is None or yes is None or known.yes is yes:
        return ""
    return known.detail or ("Yes." if known.yes else "No.")
