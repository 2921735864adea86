"""What the record answers before a dose: nobody has to be asked what is known here."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.record.models import PatientFactKind
from daybreak.clinic.record.queries import current_facts
from daybreak.clinic.record.times import clock, midnight
from daybreak.clinic.record.times import said as said_at
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session, SessionEvent
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


def before_a_dose(session: Session, planned: Sequence[PlannedDose], now: datetime) -> dict[str, Answer]:
    """The checks the record answers: another dose of the last day, and of the nasal spray two sessions of the last week
    or one of today, given here, which no answer takes back; the enrolment in the nasal programme, where there is one;
    that pregnancy is not possible, for somebody recorded as male; a consent that was given for another drug or route,
    or not signed; a serious event since the last dose.

    Three queries, four where a consent is recorded; one more for the nasal spray in the US, two until the person is
    enrolled; one for somebody recorded as male.
    """
    by_plan = _enrolled(session, planned) | _consent(session, planned)
    return _serious_event(session) | _given_lately(session, planned, now) | by_plan | _pregnancy(session)


def _serious_event(session: Session) -> dict[str, Answer]:
    """What became known since the last dose of another session began: whoever gave that one had not read it."""
    events = current_facts(session.course.patient, PatientFactKind.SERIOUS_EVENT)
    if not (told := list(events)):
        return {}
    begun = [at for _, at in _doses_begun(_of_other_sessions(session)).values()]
    new = [fact for fact in told if not begun or fact.recorded_at > max(begun)]
    if not new:
        return {}
    said = " ".join(f"{said_at(fact.occurred_at)}: {fact.text.rstrip('.')}." for fact in new if fact.occurred_at)
    return {SERIOUS_EVENT_CHECK: Answer(True, max(fact.recorded_at for fact in new), said)}


def _given_lately(session: Session, planned: Sequence[PlannedDose], now: datetime) -> dict[str, Answer]:
    """Said as of now: what somebody answers later does not count against it."""
    today = timezone.localdate(now)
    since = min(now - OTHER_KETAMINE_WITHIN, midnight(today - timedelta(days=TOO_EARLY_DAYS - 1)))
    begun = _doses_begun(_of_other_sessions(session).filter(occurred_at__gte=since, occurred_at__lte=now))
    doses = sorted(begun.values(), key=lambda dose: dose[1])
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


def _of_other_sessions(session: Session) -> QuerySet[SessionEvent]:
    return SessionEvent.objects.filter(session__course__patient=session.course.patient_id).exclude(session=session.pk)


def _doses_begun(events: QuerySet[SessionEvent]) -> dict[UUID, tuple[int, datetime]]:
    """The number of each session and when its last dose began; what was started by mistake was not begun."""
    begun: dict[UUID, tuple[int, datetime]] = {}
    kinds = (SessionEvent.Kind.DOSE_STARTED, SessionEvent.Kind.DOSE_NOT_GIVEN)
    rows = events.filter(kind__in=kinds).order_by("occurred_at")
    for of, number, kind, at in rows.values_list("session", "session__number", "kind", "occurred_at"):
        if kind == SessionEvent.Kind.DOSE_STARTED:
            begun[of] = number, at
        else:
            begun.pop(of, None)
    return begun


def _enrolled(session: Session, planned: Sequence[PlannedDose]) -> dict[str, Answer]:
    patient = session.course.patient
    if not planned or not in_programme(planned[0].dose.drug, planned[0].dose.route, patient.site.jurisdiction):
        return {}
    fact = current_facts(patient, PatientFactKind.ANSWER).filter(code=ENROLLED_RULE).order_by("-recorded_at").first()
    if fact is not None and fact.state == AnswerValue.YES:
        return {ENROLLED_CHECK: Answer(True, fact.recorded_at)}
    request = session.course.screening_requests.order_by("-recorded_at", "-pk").first()
    if request is not None and request.setting == Setting.INPATIENT:
        return {ENROLLED_CHECK: Answer(True, request.recorded_at, "Inpatients are not enrolled.")}
    if fact is None or fact.state == AnswerValue.UNKNOWN:
        return {}
    return {ENROLLED_CHECK: Answer(False, fact.recorded_at, fact.text)}


def _consent(session: Session, planned: Sequence[PlannedDose]) -> dict[str, Answer]:
    """Only what speaks against it: a consent that fits is asked all the same, of the person and today."""
    found = screening.consent(session.course) if planned else None
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
    found = screening.consent(session.course)
    if found is None:
        return "None is recorded in this course."
    return f"On record: {'signed' if found.is_signed else 'not signed'} for {found.of}."


def _pregnancy(session: Session) -> dict[str, Answer]:
    """The sex on a referral does not settle it, nor does an old answer where it may change; both together do."""
    patient = session.course.patient
    if patient.sex != "male":
        return {}
    facts = current_facts(patient, PatientFactKind.ANSWER).filter(code=PREGNANCY_RULE)
    fact = facts.order_by("-recorded_at").first()
    if fact is None or fact.state != PregnancyState.NOT_POSSIBLE:
        return {}
    return {PREGNANCY_CHECK: Answer(False, fact.recorded_at)}


def says_otherwise(known: Answer | None, yes: bool | None) -> str:
    """What the record says where somebody answers otherwise; empty where both agree, or one of them says nothing."""
    if known is None or known.yes is None or yes is None or known.yes is yes:
        return ""
    return known.detail or ("Yes." if known.yes else "No.")
