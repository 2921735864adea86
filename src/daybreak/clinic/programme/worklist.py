"""What is to be sent to the programme, and what was sent lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.pharmacy.models import LedgerEntry
from daybreak.clinic.programme.models import PatientEnrolment, SeriousEvent, SessionForm, SiteEnrolment, Submission
from daybreak.clinic.programme.queries import SENT_BY, Sent, needs_form, sent_of_event, site_steps, treated_on
from daybreak.clinic.programme.since_sent import sent_with
from daybreak.clinic.record.models import Site, User
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.treatment_day.models import Reading, Session, SessionEvent
from daybreak.treatment.drugs import Route
from daybreak.treatment.nasal_programme import event_due, exists_in, form_due
from daybreak.treatment.patient_facts import Setting

# The kind of the flag of a serious event that is to be reported; its subject is the event.
EVENT_DUE = "serious_event"
# Without a certification on record, sessions of so many days are looked at; ours.
LOOK_BACK = timedelta(days=30)
# Who has not left so long after the opening left without anybody recording it; ours.
STILL_HERE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the worklist: the form of a session, or a serious event."""

    session: Session
    due_on: date
    owner: User | None
    sent: Sent
    begun: bool
    event: SeriousEvent | None = None

    @property
    def is_to_be_corrected(self) -> bool:
        """Whether it was sent, and nothing waits but that the programme is told what changed."""
        return bool(self.sent.differs) and self.sent.is_newest

    @property
    def calls_to_act(self) -> bool:
        """Whether it is red wherever it stands: a serious event, which is about a person. A form that is late or no
        longer true is paper: amber on the list, on its page and as a flag, and its words say that it is overdue.
        """
        return self.event is not None

    def is_late(self, today: date) -> bool:
        return self.due_on < today and not self.is_to_be_corrected


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
    steps = list(site_steps(site))
    since = min(step.on for step in steps) if steps else now.date() - LOOK_BACK
    found = []
    for session in (*_not_settled(site, since), *_changed_since_kept(site, since)):
        forms = list(session.programme_forms.all())
        if not session.is_over and now - session.opened_at < STILL_HERE:
            continue
        sent, treated = sent_with(session, forms, now), treated_on(session)
        owes = needs_form(session) and not _was_inpatient(steps, treated)
        if not sent.is_settled and (sent.latest or owes):
            found.append(Waiting(session, form_due(treated), owner(session, forms), sent, bool(forms)))
    return found


def _was_inpatient(steps: Iterable[SiteEnrolment], day: date) -> bool:
    """Whether what held of the site on a day, of steps with the latest first, owes no form."""
    held = next((step for step in steps if step.on <= day), None)
    return held is not None and held.setting == Setting.INPATIENT


def _sprayed(site: Site, since: date) -> QuerySet[Session]:
    """Sessions with a dose, of a plan that names the nose, with `is_sent`: whether somebody said that the newest
    version of the form was sent.
    """
    begun = SessionEvent.objects.filter(session=OuterRef("pk"), kind=SessionEvent.Kind.DOSE_STARTED)
    taken_back = Q(corrected_by__isnull=False) | Q(channel=Submission.Channel.NOT_SENT)
    newest = SessionForm.objects.filter(session=OuterRef("form__session"), number__gt=OuterRef("form__number"))
    sent = Submission.objects.filter(~taken_back, ~Exists(newest), form__session=OuterRef("pk"), told={})
    forms = SessionForm.objects.select_related("recorded_by").prefetch_related(SENT_BY)
    return (
        Session.objects.filter(
            Exists(begun), course__patient__site=site, opened_at__date__gte=since,
            plan__regimen_text__icontains=Route.NASAL,
        )
        .annotate(is_sent=Exists(sent))
        .select_related("course__patient__site", "course__prescriber", "plan", "opened_by")
        .prefetch_related("events", Prefetch("programme_forms", forms))
        .order_by("opened_at")
    )  # fmt: skip


def _not_settled(site: Site, since: date) -> QuerySet[Session]:
    return _sprayed(site, since).filter(is_sent=False)


def _changed_since_kept(site: Site, since: date) -> QuerySet[Session]:
    """Those that were sent, of which something was recorded after that version was kept: in the session, of its drug,
    or of an enrolment of that day. That a note was signed changes no answer.
    """
    newest = SessionForm.objects.filter(session=OuterRef("pk")).order_by("-number")
    later = {"session": OuterRef("pk"), "recorded_at__gt": OuterRef("kept_at")}
    notes = (SessionEvent.Kind.NOTE_SIGNED, SessionEvent.Kind.NOTE_AMENDED)
    events, readings = SessionEvent.objects.filter(**later).exclude(kind__in=notes), Reading.objects.filter(**later)
    drawn = LedgerEntry.objects.filter(use=OuterRef("pk"), recorded_at__gt=OuterRef("kept_at"))
    of_that_day = Q(on__lte=OuterRef("opened_at__date")) | Q(corrects__isnull=False)
    steps = [
        enrolled.objects.filter(of_that_day, recorded_at__gt=OuterRef("kept_at"), **whose)
        for enrolled, whose in (
            (SiteEnrolment, {"site": OuterRef("course__patient__site")}),
            (PatientEnrolment, {"patient": OuterRef("course__patient")}),
        )
    ]
    more_is_recorded = Q(recorded__gt=F("recorded_then")) | Q(recorded_then__isnull=True)
    kept = {"kept_at": newest.values("recorded_at")[:1], "recorded_then": newest.values("recorded")[:1]}
    return (
        _sprayed(site, since)
        .annotate(**{name: Subquery(of) for name, of in kept.items()})
        .filter(
            Q(more_is_recorded, Exists(events) | Exists(readings))
            | Exists(SeriousEvent.objects.filter(**later))
            | Exists(drawn)
            | Exists(steps[0])
            | Exists(steps[1]),
            is_sent=True,
        )
    )


def _events_waiting(site: Site) -> list[Waiting]:
    rows = (
        SeriousEvent.objects.filter(corrected_by__isnull=True, session__course__patient__site=site)
        .select_related("session__course__patient__site", "recorded_by")
        .prefetch_related(SENT_BY)
    )
    asked = open_flags().filter(kind=EVENT_DUE, subject__in=[row.pk for row in rows]).select_related("owner")
    owners = {flag.subject: flag.owner for flag in asked}
    return [
        Waiting(row.session, event_due(row.known_on), owners.get(row.pk, row.recorded_by), sent, True, row)
        for row in rows
        if not (sent := sent_of_event(row)).is_settled
    ]


def owner(session: Session, forms: Iterable[SessionForm]) -> User | None:
    """Whose the form is: who worked on it last, else who opened the session, else the prescriber."""
    worked = sorted(forms, key=lambda form: form.number)
    return (worked[-1].recorded_by if worked else None) or session.opened_by or session.course.prescriber
