"""Reads of the nasal programme."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import planned_sessions, signed_plan
from daybreak.clinic.programme.models import PatientEnrolment, SeriousEvent, SessionForm, SiteEnrolment, Submission
from daybreak.clinic.record.models import Course, Patient, Site, User
from daybreak.clinic.treatment_day.known_answers import ENROLLED_RULE
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.queries import planned_doses, runs_recorded
from daybreak.treatment.drugs import Route
from daybreak.treatment.findings import State
from daybreak.treatment.nasal_programme import event_due, exists_in, form_due, in_programme
from daybreak.treatment.patient_facts import Setting

# Without a certification on record, sessions of so many days are looked at; ours.
LOOK_BACK = timedelta(days=30)
# Who has not left so long after the opening left without anybody recording it; ours.
STILL_HERE = timedelta(hours=12)


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
_RECORD_IT = "Record the enrolment under Nasal programme."
_ENROL = "Person and prescriber sign the enrolment form and send it; record it, and the programme's confirmation."


def site_enrolment(site: Site, day: date | None = None) -> SiteEnrolment | None:
    """The newest word on the site's certification until a day (None: until today)."""
    rows = SiteEnrolment.objects.filter(site=site, on__lte=day or timezone.localdate())
    return rows.select_related("recorded_by").order_by("recorded_at", "pk").last()


def site_history(site: Site) -> QuerySet[SiteEnrolment]:
    return SiteEnrolment.objects.filter(site=site).select_related("recorded_by").order_by("-recorded_at", "-pk")


def patient_history(patient: Patient) -> QuerySet[PatientEnrolment]:
    """Every step of a person's enrolment, the newest first."""
    rows = PatientEnrolment.objects.filter(patient=patient).select_related("recorded_by", "prescriber")
    return rows.order_by("-recorded_at", "-pk")


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
    for row in PatientEnrolment.objects.filter(patient__in=people, on__lte=day).order_by("recorded_at", "pk"):
        latest[row.patient_id] = row
    return found | {course.pk: _of_person(course, site, latest.get(course.patient_id)) for course in concerned}


def _is_in_programme(course: Course, plan: Plan | None) -> bool:
    if not exists_in(course.patient.site.jurisdiction):
        return False
    return plan is not None and any(
        in_programme(dose.drug, dose.route, course.patient.site.jurisdiction)
        for session in planned_sessions(plan)
        for dose in session.doses
    )


def _of_person(course: Course, site: SiteEnrolment | None, row: PatientEnrolment | None) -> Enrolment:
    if site is None:
        return Enrolment(
            State.UNKNOWN, "It is not recorded that this site is certified in the nasal programme.",
            "Record the certification under Nasal programme.",
        )  # fmt: skip
    if site.state == SiteEnrolment.State.ENDED:
        return Enrolment(
            State.NOT_MET, f"This site's certification in the nasal programme ended on {_day(site.on)}.",
            "The authorised representative certifies the site anew.",
        )  # fmt: skip
    if site.setting == Setting.INPATIENT:
        return Enrolment(State.MET, "Certified as an inpatient site: its people are not enrolled.")
    if row is None:
        return _by_screening(course)
    return {
        PatientEnrolment.State.ENROLLED: Enrolment(
            State.MET, f"Enrolled in the nasal programme since {_day(row.on)}."
        ),
        PatientEnrolment.State.SENT: Enrolment(
            State.NOT_MET, f"The enrolment form was sent on {_day(row.on)}; the programme has not confirmed it.",
            "Ask the programme, and record its confirmation.",
        ),
        PatientEnrolment.State.ENDED: Enrolment(
            State.NOT_MET, f"The enrolment in the nasal programme ended on {_day(row.on)}.", _ENROL
        ),
    }[PatientEnrolment.State(row.state)]  # fmt: skip


def _by_screening(course: Course) -> Enrolment:
    """Without a step on record: what was answered in screening is a hint, no enrolment with a date."""
    said = course.patient.facts.filter(code=ENROLLED_RULE, corrected_by__isnull=True).order_by("recorded_at").last()
    if said is not None and said.state == "yes":
        day = _day(timezone.localdate(said.recorded_at))
        return Enrolment(
            State.UNKNOWN, f"Screening of {day} says enrolled; day and prescriber stand nowhere.", _RECORD_IT
        )
    return Enrolment(State.NOT_MET, "Not enrolled in the nasal programme, as far as is recorded.", _ENROL)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


@dataclass(frozen=True, slots=True)
class Sent:
    """Whether something was sent, by the word of a person."""

    sentence: str
    latest: Submission | None  # the one that holds
    is_settled: bool  # sent, and nothing changed since
    said: int  # how often somebody said that it was sent, or was not


NOT_SENT = "Not submitted."


def sent_words(submission: Submission) -> str:
    """For example "Submitted by fax on 3 Dec 2026, 14:05, by A. Nurse, confirmation 123", with who stated it where that
    is somebody else.
    """
    at = timezone.localtime(submission.at)
    how = {"portal": "through the portal", "fax": "by fax", "telephone": "by telephone"}[submission.channel]
    number = (
        f", confirmation {submission.confirmation}" if submission.confirmation else ", without a confirmation number"
    )
    stated = f", stated by {submission.recorded_by.display_name}" if submission.is_of_another else ""
    return f"Submitted {how} on {_day(at.date())}, {at:%H:%M}, by {submission.by.display_name}{number}{stated}"


def _standing(submissions: Iterable[Submission]) -> Submission | None:
    """The newest that was not taken back."""
    rows = sorted(submissions, key=lambda row: (row.recorded_at, row.pk))
    corrected = {row.corrects_id for row in rows}
    standing = [row for row in rows if row.pk not in corrected and row.channel != Submission.Channel.NOT_SENT]
    return standing[-1] if standing else None


def sent_of_forms(forms: Iterable[SessionForm]) -> Sent:
    """Of the versions of one session's form, with their submissions."""
    versions = sorted(forms, key=lambda form: form.number)
    said = sum(len(form.submissions.all()) for form in versions)
    for form in reversed(versions):
        found = _standing(form.submissions.all())
        if found is None:
            continue
        if form is versions[-1]:
            return Sent(f"{sent_words(found)}.", found, True, said)
        changed = f"Version {versions[-1].number} has not been submitted."
        return Sent(f"Version {form.number}: {sent_words(found)}. {changed}", found, False, said)
    return Sent(NOT_SENT, None, False, said)


def sent_of_event(event: SeriousEvent) -> Sent:
    """Of a serious event, with its submissions."""
    said, found = len(event.submissions.all()), _standing(event.submissions.all())
    return Sent(f"{sent_words(found)}.", found, True, said) if found else Sent("Not reported.", None, False, said)


_SENT_BY = Prefetch("submissions", Submission.objects.select_related("by", "recorded_by"))


def versions(session: Session) -> list[SessionForm]:
    """The versions of a session's form, the oldest first, with their submissions."""
    rows = session.programme_forms.select_related("recorded_by").prefetch_related(_SENT_BY)
    return list(rows.order_by("number"))


def events(session: Session) -> list[SeriousEvent]:
    """The serious events of a session that were not corrected, in order of time."""
    rows = session.serious_events.filter(corrected_by__isnull=True).select_related("recorded_by")
    return list(rows.prefetch_related(_SENT_BY).order_by("occurred_at"))


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the worklist: the form of a session, or a serious event."""

    session: Session
    due_on: date
    owner: User | None
    sent: Sent
    begun: bool
    event: SeriousEvent | None = None

    def is_late(self, today: date) -> bool:
        return self.due_on < today


def worklist(site: Site, now: datetime | None = None) -> list[Waiting]:
    """What is to be sent, the earliest deadline first."""
    if not exists_in(site.jurisdiction):
        return []
    waiting = [*_forms_waiting(site, timezone.localtime(now)), *_events_waiting(site)]
    return sorted(waiting, key=lambda each: (each.due_on, each.session.opened_at))


def sent_lately(site: Site, now: datetime | None = None) -> QuerySet[Submission]:
    """What people of a site said that they sent in the last 30 days, of forms, the newest first."""
    since = (now or timezone.now()) - LOOK_BACK
    rows = Submission.objects.filter(
        form__session__course__patient__site=site, corrected_by__isnull=True, at__gte=since
    ).exclude(channel=Submission.Channel.NOT_SENT)
    return rows.select_related("form__session__course__patient", "by", "recorded_by").order_by("-at")


def _forms_waiting(site: Site, now: datetime) -> list[Waiting]:
    enrolled = SiteEnrolment.objects.filter(site=site).order_by("on").first()
    if enrolled and (newest := site_enrolment(site, now.date())) and newest.setting == Setting.INPATIENT:
        return []
    since = enrolled.on if enrolled else now.date() - LOOK_BACK
    found = []
    for session in _not_settled(site, since):
        forms = list(session.programme_forms.all())
        sent = sent_of_forms(forms)
        goes_on = not any(event.kind == SessionEvent.Kind.LEFT for event in session.events.all())
        if goes_on and now - session.opened_at < STILL_HERE:
            continue
        if not sent.is_settled and needs_form(session):
            due = form_due(treated_on(session))
            found.append(Waiting(session, due, owner(session, forms), sent, bool(forms)))
    return found


def _not_settled(site: Site, since: date) -> QuerySet[Session]:
    """Sessions with a dose, of a plan that names the nose, of which the newest version of the form was not sent."""
    begun = SessionEvent.objects.filter(session=OuterRef("pk"), kind=SessionEvent.Kind.DOSE_STARTED)
    taken_back = Q(corrected_by__isnull=False) | Q(channel=Submission.Channel.NOT_SENT)
    newest = SessionForm.objects.filter(session=OuterRef("form__session"), number__gt=OuterRef("form__number"))
    sent = Submission.objects.filter(~taken_back, ~Exists(newest), form__session=OuterRef("pk"))
    forms = SessionForm.objects.select_related("recorded_by").prefetch_related(_SENT_BY)
    return (
        Session.objects.filter(
            Exists(begun), ~Exists(sent), course__patient__site=site, opened_at__date__gte=since,
            plan__regimen_text__icontains=Route.NASAL,
        )
        .select_related("course__patient__site", "course__prescriber", "plan", "opened_by")
        .prefetch_related("events", Prefetch("programme_forms", forms))
        .order_by("opened_at")
    )  # fmt: skip


def _events_waiting(site: Site) -> list[Waiting]:
    rows = (
        SeriousEvent.objects.filter(corrected_by__isnull=True, session__course__patient__site=site)
        .select_related("session__course__patient__site", "recorded_by")
        .prefetch_related(_SENT_BY)
    )
    return [
        Waiting(row.session, event_due(row.known_on), row.recorded_by, sent, True, row)
        for row in rows
        if not (sent := sent_of_event(row)).is_settled
    ]


def owner(session: Session, forms: Iterable[SessionForm]) -> User | None:
    """Whose the form is: who worked on it last, else who opened the session, else the prescriber."""
    worked = sorted(forms, key=lambda form: form.number)
    return (worked[-1].recorded_by if worked else None) or session.opened_by or session.course.prescriber
