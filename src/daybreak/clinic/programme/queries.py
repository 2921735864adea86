"""Reads of the nasal programme."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import planned_sessions, signed_plan
from daybreak.clinic.programme.models import PatientEnrolment, SeriousEvent, SessionForm, SiteEnrolment, Submission
from daybreak.clinic.record.models import Course, Patient, PatientFact, Site
from daybreak.clinic.treatment_day.known_answers import ENROLLED_RULE
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import planned_doses, runs_recorded
from daybreak.treatment.days import said_day
from daybreak.treatment.findings import State
from daybreak.treatment.nasal_programme import Field, exists_in, form, in_programme
from daybreak.treatment.patient_facts import Setting


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How a person stands with the programme on a day.

    Attributes:
        state: met, not met, unknown; not applicable where there is no programme or no nasal spray in the plan.
        sentence: what is known.
        resolves: what to do; empty where there is nothing to do.
    """

    state: State
    sentence: str = ""
    resolves: str = ""


NOT_APPLICABLE = Enrolment(State.NOT_APPLICABLE)
_STANDING = Q(corrected_by__isnull=True) & ~Q(state="nothing")
_RECORD_IT = "Record the enrolment under Nasal programme."
_ENROL = "Person and prescriber sign the enrolment form and send it; record it, and the programme's confirmation."


def site_enrolment(site: Site, day: date | None = None) -> SiteEnrolment | None:
    """What holds of the site's certification on a day (None: today)."""
    return site_steps(site).filter(on__lte=day or timezone.localdate()).first()


def site_steps(site: Site) -> QuerySet[SiteEnrolment]:
    """The steps of a site's certification that stand, the latest day first: the first holds."""
    rows = SiteEnrolment.objects.filter(_STANDING, site=site).select_related("recorded_by")
    return rows.order_by("-on", "-recorded_at", "-pk")


def patient_steps(patient: Patient) -> QuerySet[PatientEnrolment]:
    """The steps of a person's enrolment that stand, the latest day first: the first holds."""
    rows = PatientEnrolment.objects.filter(_STANDING, patient=patient).select_related("recorded_by", "prescriber")
    return rows.order_by("-on", "-recorded_at", "-pk")


def site_history(site: Site) -> QuerySet[SiteEnrolment]:
    """Every step, also those that were recorded wrongly, the latest day first."""
    rows = SiteEnrolment.objects.filter(site=site).select_related("recorded_by", "corrected_by")
    return rows.order_by("-on", "-recorded_at", "-pk")


def patient_history(patient: Patient) -> QuerySet[PatientEnrolment]:
    """Every step, also those that were recorded wrongly, the latest day first."""
    rows = PatientEnrolment.objects.filter(patient=patient).select_related("recorded_by", "prescriber", "corrected_by")
    return rows.order_by("-on", "-recorded_at", "-pk")


def enrolment(course: Course, day: date) -> Enrolment:
    """How the person of a course stands with the programme on a day, for the readiness of that day."""
    return enrolments([course], day)[course.pk]


def enrolments(
    courses: Iterable[Course], day: date, plans: Mapping[UUID, Plan] | None = None
) -> Mapping[UUID, Enrolment]:
    """The same for many courses of one site, by course. `plans`: those in force, where they were read already."""
    found = {course.pk: NOT_APPLICABLE for course in courses}
    in_force = {course.pk: signed_plan(course) for course in courses} if plans is None else plans
    concerned = [course for course in courses if _is_in_programme(course, in_force.get(course.pk))]
    if not concerned:
        return found
    site = site_enrolment(concerned[0].patient.site, day)
    latest: dict[UUID, PatientEnrolment] = {}
    people = [course.patient_id for course in concerned]
    steps = PatientEnrolment.objects.filter(_STANDING, patient__in=people, on__lte=day)
    for row in steps.order_by("on", "recorded_at", "pk"):
        latest[row.patient_id] = row
    without = [person for person in people if person not in latest]
    said = PatientFact.objects.filter(patient__in=without, code=ENROLLED_RULE, corrected_by__isnull=True)
    in_screening = {fact.patient_id: fact for fact in said.order_by("recorded_at")} if without else {}
    return found | {
        course.pk: _of_person(site, latest.get(course.patient_id), in_screening.get(course.patient_id))
        for course in concerned
    }


def _is_in_programme(course: Course, plan: Plan | None) -> bool:
    if not exists_in(course.patient.site.jurisdiction):
        return False
    return plan is not None and any(
        in_programme(dose.drug, dose.route, course.patient.site.jurisdiction)
        for session in planned_sessions(plan)
        for dose in session.doses
    )


def _of_person(site: SiteEnrolment | None, row: PatientEnrolment | None, in_screening: PatientFact | None) -> Enrolment:
    if site is None:
        return Enrolment(
            State.UNKNOWN, "It is not recorded that this site is certified in the nasal programme.",
            "Record the certification under Nasal programme.",
        )  # fmt: skip
    if site.state == SiteEnrolment.State.ENDED:
        return Enrolment(
            State.NOT_MET, site_words(site),
            "The authorised representative certifies the site anew.",
        )  # fmt: skip
    if site.setting == Setting.INPATIENT:
        return Enrolment(State.MET, "Certified as an inpatient site: its people are not enrolled.")
    if row is None:
        return _by_screening(in_screening)
    if row.state == PatientEnrolment.State.ENROLLED:
        return Enrolment(State.MET, step_words(row))
    confirm = "Ask the programme, and record its confirmation."
    return Enrolment(State.NOT_MET, step_words(row), confirm if row.state == PatientEnrolment.State.SENT else _ENROL)


def site_words(site: SiteEnrolment) -> str:
    """The step of a site's certification that holds, as a sentence."""
    if site.state == SiteEnrolment.State.ENDED:
        return f"This site's certification in the nasal programme ended on {said_day(site.on)}."
    return f"This site is certified in the nasal programme since {said_day(site.on)}."


def step_words(row: PatientEnrolment | None) -> str:
    """The step of a person's enrolment that holds, as a sentence."""
    match row.state if row else None:
        case PatientEnrolment.State.ENROLLED:
            return f"Enrolled in the nasal programme since {said_day(row.on)}."
        case PatientEnrolment.State.SENT:
            return f"The enrolment form was sent on {said_day(row.on)}; the programme has not confirmed it."
        case PatientEnrolment.State.ENDED:
            return f"The enrolment in the nasal programme ended on {said_day(row.on)}."
    return "Not enrolled in the nasal programme, as far as is recorded."


def _by_screening(said: PatientFact | None) -> Enrolment:
    """Without a step on record: what was answered in screening is a hint, no enrolment with a date."""
    if said is not None and said.state == "yes":
        day = said_day(timezone.localdate(said.recorded_at))
        return Enrolment(
            State.UNKNOWN, f"Screening of {day} says enrolled; day and prescriber stand nowhere.", _RECORD_IT
        )
    return Enrolment(State.NOT_MET, step_words(None), _ENROL)


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that was sent and is no longer what the record says. Empty: none. `beside`: what in the record the
    answer cannot be true beside, where the record has none."""

    field: Field
    sent: str
    held: str
    beside: str = ""

    def __str__(self) -> str:
        sent, held = (self.field.in_words(each) for each in (self.sent, self.held))
        return f"{self.field.label}: {sent or 'nothing'} was sent, the record says {held or self.beside or 'nothing'}."


@dataclass(frozen=True, slots=True)
class Sent:
    """Whether something was sent, by the word of a person."""

    sentence: str
    latest: Submission | None  # the one that holds
    is_newest: bool  # nothing newer waits to be sent
    said: int  # how often somebody said that it was sent, or was not
    told: tuple[Submission, ...] = ()  # that the programme was told what differs, the oldest first
    differs: tuple[Difference, ...] = ()  # what the record says otherwise now than was sent and told

    @property
    def is_settled(self) -> bool:
        """Whether it was sent, and nothing changed since."""
        return self.is_newest and not self.differs

    @property
    def record_says(self) -> dict[str, str]:
        """What the record says where something else was sent, by the id of the question; empty: nothing."""
        return {each.field.id: each.held for each in self.differs}


NOT_SENT = "Not submitted."


def sent_words(submission: Submission, verb: str = "Submitted") -> str:
    """For example "Submitted by fax on 3 Dec 2026, 14:05, by the word of A. Nurse, confirmation 123", with who sent it
    where that is somebody else, and what was told instead of the form.
    """
    at = timezone.localtime(submission.at)
    how = {"portal": "through the portal", "fax": "by fax", "telephone": "by telephone"}[submission.channel]
    number = (
        f", confirmation {submission.confirmation}" if submission.confirmation else ", without a confirmation number"
    )
    teller = submission.recorded_by or submission.by
    by = f"by {submission.by.display_name}, by" if submission.is_of_another else "by"
    told = f" ({_told(submission)})" if submission.told else ""
    of = submission.form
    later = of is not None and sent_before_kept(of, submission.at)
    kept = f"; version {of.number} with the same answers was kept afterwards" if of and later else ""
    when = f"{said_day(at.date())}, {at:%H:%M}"
    return f"{verb} {how} on {when}, {by} the word of {teller.display_name}{number}{told}{kept}"


def sent_before_kept(form: SessionForm, at: datetime) -> bool:
    """Whether this time lies before the minute in which a version was kept; times are typed to the minute."""
    return at < form.recorded_at.replace(second=0, microsecond=0)


def _told(submission: Submission) -> str:
    """For example "Dose administered, mg: 56; Lot: E2"."""
    assert submission.form is not None  # noqa: S101 - nothing else is told so
    asked = {field.id: field for field in form(submission.form.form).fields}
    told = [(asked[name], said) for name, said in submission.told.items()]
    return "; ".join(f"{field.label}: {field.in_words(said) or 'nothing'}" for field, said in told)


def _standing(submissions: Iterable[Submission]) -> list[Submission]:
    """Those that were not taken back, the oldest first."""
    rows = sorted(submissions, key=lambda row: (row.recorded_at, row.pk))
    corrected = {row.corrects_id for row in rows}
    return [row for row in rows if row.pk not in corrected and row.channel != Submission.Channel.NOT_SENT]


def is_stated(version: SessionForm) -> bool:
    """Whether somebody's word stands that this version was sent."""
    return any(not row.told for row in _standing(version.submissions.all()))


def sent_of_forms(forms: Iterable[SessionForm]) -> Sent:
    """Of the versions of one session's form, with their submissions."""
    versions = sorted(forms, key=lambda version: version.number)
    said = sum(len(version.submissions.all()) for version in versions)
    for version in reversed(versions):
        standing = _standing(version.submissions.all())
        sendings = [row for row in standing if not row.told]
        if not sendings:
            continue
        found, told = sendings[-1], tuple(row for row in standing if row.told)
        words = ". ".join([sent_words(found), *(sent_words(row, "Corrected") for row in told)])
        if version is versions[-1]:
            return Sent(f"{words}.", found, True, said, told)
        changed = f"Version {versions[-1].number} has not been submitted."
        return Sent(f"Version {version.number}: {words}. {changed}", found, False, said, told)
    return Sent(NOT_SENT, None, False, said)


def sent_of_event(event: SeriousEvent) -> Sent:
    """Of a serious event, with its submissions."""
    said, standing = len(event.submissions.all()), _standing(event.submissions.all())
    if not standing:
        return Sent("Not reported.", None, False, said)
    return Sent(f"{sent_words(standing[-1])}.", standing[-1], True, said)


SENT_BY = Prefetch("submissions", Submission.objects.select_related("by", "recorded_by"))


def versions(session: Session) -> list[SessionForm]:
    """The versions of a session's form, the oldest first, with their submissions."""
    rows = session.programme_forms.select_related("recorded_by").prefetch_related(SENT_BY)
    return list(rows.order_by("number"))


def events(session: Session) -> list[SeriousEvent]:
    """The serious events of a session that were not corrected, in order of time."""
    rows = session.serious_events.filter(corrected_by__isnull=True).select_related("recorded_by")
    return list(rows.prefetch_related(SENT_BY).order_by("occurred_at"))


def needs_form(session: Session) -> bool:
    """Whether a session falls under the programme: a nasal dose of esketamine was begun at a site that has it."""
    jurisdiction = session.course.patient.site.jurisdiction
    doses = planned_doses(session)
    is_spray = any(in_programme(each.dose.drug, each.dose.route, jurisdiction) for each in doses)
    return is_spray and bool(runs_recorded(session))


def treated_on(session: Session) -> date:
    """The day of the first device; before one, of the opening."""
    runs = runs_recorded(session)
    return timezone.localdate(runs[0].started_at if runs else session.opened_at)
