"""Pages of the programme: the worklist, the site, a person's enrolment."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.programme import forms, queries, services
from daybreak.clinic.programme import worklist as worklists
from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment
from daybreak.clinic.programme.pages import programme_page
from daybreak.clinic.programme.services.enrolling import require_programme
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.models import Course, new_id
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner
from daybreak.treatment import nasal_programme
from daybreak.treatment.patient_facts import Setting


@programme_page(Permission.PROGRAMME_READ)
def worklist(request: HttpRequest) -> HttpResponse:
    """What is to be sent, the earliest deadline first."""
    site, today = request.user.site, timezone.localdate()
    waiting = worklists.worklist(site)
    context = {
        "waiting": [(each, each.is_late(today)) for each in waiting],
        "differing": {each.session.pk for each in waiting if each.sent.differs},
        "sent": worklists.sent_lately(site),
        "site_enrolment": queries.site_enrolment(site),
        "due_rule": nasal_programme.rule("form_due"),
        "event_rule": nasal_programme.rule("event_due"),
        "contact": contact(),
    }
    return render(request, "programme/worklist.html", context)


@programme_page(Permission.PROGRAMME_CERTIFY)
def site(request: HttpRequest) -> HttpResponse:
    """The site's certification: what is recorded, and a new step."""
    place, who = request.user.site, actor(request)

    def page(form: forms.SiteForm) -> HttpResponse:
        context = {
            "form": form,
            "history": queries.site_history(place),
            "holds": queries.site_enrolment(place),
            "rule": nasal_programme.rule("site"),
        }
        return render(request, "programme/site.html", context)

    if request.method != "POST":
        newest = queries.site_enrolment(place)
        kept = ("setting", "number", "representative", "address", "city", "region", "postcode")
        known = {name: getattr(newest, name) for name in kept} if newest else {}
        return page(
            forms.SiteForm(
                site=place,
                initial={
                    "write_id": new_id(),
                    "on": timezone.localdate(),
                    "seen": queries.site_history(place).count(),
                    **known,
                },
            )
        )
    form = forms.SiteForm(request.POST, site=place)

    def do(said: dict[str, Any]) -> str:
        services.certify_site(
            place, SiteEnrolment.State(said["state"]), said["on"], who, write_id=said["write_id"],
            representative=said["representative"], setting=Setting(said["setting"]), number=said["number"],
            address=form.address_parts(), reason=said["reason"], older=bool(said.get("older")),
            instead_of=said.get("instead_of"), seen=said["seen"],
        )  # fmt: skip
        return "Recorded."

    return answered(request, form, do, page, "programme")


@course_page(Permission.PROGRAMME_READ, opening="nasal programme")
def person(request: HttpRequest, course: Course) -> HttpResponse:
    """How a person stands with the programme."""
    require_programme(course.patient.site)
    return _person(request, course)


@course_page(Permission.PROGRAMME_RECORD)
@require_POST
def enrol(request: HttpRequest, course: Course) -> HttpResponse:
    """A step of a person's enrolment."""
    form, who = forms.EnrolmentForm(request.POST, patient=course.patient), actor(request)

    def do(said: dict[str, Any]) -> str:
        services.record_enrolment(
            course.patient, PatientEnrolment.State(said["state"]), said["on"], who, write_id=said["write_id"],
            prescriber=said["prescriber"], agreed_on=said["agreed_on"], number=said["number"], reason=said["reason"],
            older=bool(said.get("older")), instead_of=said.get("instead_of"), seen=said["seen"],
        )  # fmt: skip
        return "Recorded. Screening and the check before the dose know what holds now."

    return answered(request, form, do, lambda bound: _person(request, course, bound), "programme_person", course.pk)


def _person(request: HttpRequest, course: Course, form: forms.EnrolmentForm | None = None) -> HttpResponse:
    holds = queries.patient_steps(course.patient).first()
    known = {"write_id": new_id(), "prescriber": course.prescriber, "on": timezone.localdate()}
    known["seen"] = queries.patient_history(course.patient).count()
    if holds is not None and holds.state == PatientEnrolment.State.SENT:  # what was signed then is confirmed now
        known |= {"state": PatientEnrolment.State.ENROLLED, "prescriber": holds.prescriber, "number": holds.number}
        known["agreed_on"] = holds.agreed_on
    context = {
        "course": course, "banner": banner(course), "here": "treatment",
        "form": form or forms.EnrolmentForm(patient=course.patient, initial=known),
        "enrolment": queries.enrolment(course, timezone.localdate()),
        "history": queries.patient_history(course.patient), "holds": holds,
        "rule": nasal_programme.rule("patient"),
        "contact": contact(),
    }  # fmt: skip
    return render(request, "programme/person.html", context)


def contact() -> dict[str, str]:
    """How the programme is reached."""
    return {name: nasal_programme.contact(name) for name in ("phone", "fax", "portal")}
