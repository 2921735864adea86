"""A nasal session under the programme to test with, made with the product's own verbs."""

from datetime import date, timedelta

from django.utils import timezone

from daybreak.clinic.programme import queries, services
from daybreak.clinic.programme.filling import Filled, filled
from daybreak.clinic.programme.models import PatientEnrolment, SessionForm, SiteEnrolment, Submission
from daybreak.clinic.programme.services import Sending
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import queries as days
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.treatment.nasal_programme import current_form
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, NASAL, Day, open_day

ADDRESS = {"address": "1 Synthetic Street", "city": "Nowhere", "region": "NY", "postcode": "00000"}


def certify(clinic: Clinic, on: date | None = None, **more: object) -> SiteEnrolment:
    usual = {"representative": "A synthetic representative", "address": ADDRESS, "state": SiteEnrolment.State.CERTIFIED}
    said = usual | more
    return services.certify_site(
        clinic.site, said.pop("state"), on or timezone.localdate() - timedelta(days=90), clinic.actor(Role.COORDINATOR),
        write_id=new_id(), **said,
    )  # fmt: skip


def enrol(clinic: Clinic, state: PatientEnrolment.State = PatientEnrolment.State.ENROLLED, **more: object):
    day = timezone.localdate() - timedelta(days=10)
    usual = {"on": day, "agreed_on": day, "prescriber": clinic.users[Role.PRESCRIBER]}
    said = usual | more
    return services.record_enrolment(
        clinic.patient, state, said.pop("on"), clinic.actor(Role.COORDINATOR), write_id=new_id(), **said
    )


def sprayed(clinic: Clinic, *, days_ago: float = 0, lots: tuple[str, str] = ("E1", "E1")) -> Day:
    """Two devices, dissociation 4 and some drowsiness at 20 and 40 minutes, left after 126."""
    day = open_day(clinic, NASAL, hours_ago=5 + 24 * days_ago)
    day.read(-5)
    day.clear_checks(-5)
    day.do(treatment_day.start_dose, 0, lot=lots[0])
    day.do(treatment_day.give_device, 5, lot=lots[1])
    for minute in (20, 40, 60, 90, 120):
        strong = minute <= 40
        more = {
            Vital.SYSTOLIC: 150 if minute == 40 else 130, Vital.ALERTNESS: 4 if strong else 5,
            Vital.DISSOCIATION: 4 if strong else 0,
        }  # fmt: skip
        day.read(minute, {**BEFORE, **more})
    day.do(treatment_day.leave, 126, goes_with="sister", reason="The prescriber saw the person.")
    return day


def held(day: Day) -> Filled:
    session = days.sessions().get(pk=day.session.pk)
    return filled(days.record(session), timezone.now())


def whole(day: Day) -> dict[str, str]:
    """Every answer of the current form."""
    nothing_serious = {"serious_event": "no", "serious_event_words": ""}
    return {field.id: "yes" for field in current_form().fields} | nothing_serious | dict(held(day).answers)


def complete(day: Day, after: int = 0, answers: dict[str, str] | None = None, **more: object) -> SessionForm:
    return services.complete_form(
        day.session, current_form(), whole(day) if answers is None else answers, day.nurse, write_id=new_id(),
        after=after, **more,
    )  # fmt: skip


def by_fax(day: Day, confirmation: str = "77") -> Sending:
    return Sending(Submission.Channel.FAX, timezone.now(), day.nurse.user, confirmation)


def send(form: SessionForm, day: Day, **more: object) -> Submission:
    return services.state_form_sent(form, by_fax(day), day.nurse, write_id=new_id(), **more)


def sentence(day: Day) -> str:
    return queries.sent_of_forms(queries.versions(day.session)).sentence
