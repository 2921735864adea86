"""Pages of a referral."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from daybreak.clinic.record import writes
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.queries import banner
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.referral import queries, services
from daybreak.clinic.referral.forms import ConfirmForm, SetAsideForm, UploadForm
from daybreak.clinic.referral.models import Referral
from daybreak.formats.fhir import ReferralUnderstood

# Set by the upload handler of the web room when a body was too long to be read.
TOO_LARGE = "daybreak.upload_too_large"


@requires(Permission.REFERRAL_CREATE)
def referral_new(request: HttpRequest) -> HttpResponse:
    """Upload a referral; see which ones wait for confirmation."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST":
        try:
            return redirect("referral_confirm", _received(request, form).pk)
        except WriteConflict:
            raise
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    context = {"form": form, "waiting": queries.waiting(request.user.site)}
    return render(request, "referral/new.html", context, status=422 if form.errors else 200)


def _received(request: HttpRequest, form: UploadForm) -> Referral:
    size = request.META.get(TOO_LARGE)
    if size:
        form.errors.clear()
        raise Refusal(
            f"The file is about {size / 1e6:,.0f} MB; a referral may have 20 MB. Nothing of it was read or kept. "
            "Ask the sender for this person's record alone."
        )
    if not form.is_valid():
        messages_of_file = form.errors.pop("file", ["The form was incomplete. Choose the file again."])
        raise Refusal(str(messages_of_file[0]))
    file = form.cleaned_data["file"]
    return services.receive(
        file, file.name, request.user.site, actor(request), referral_id=form.cleaned_data["write_id"]
    )


@requires(Permission.REFERRAL_CREATE)
def referral_confirm(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """What was understood of a referral; confirming it creates patient and course."""
    referral = get_object_or_404(Referral, pk=referral_id, site=request.user.site)
    if hasattr(referral, "acceptance"):
        messages.info(request, "This referral was confirmed before. Nothing was added again.")
        return redirect("referral", referral.acceptance.course_id)
    read = queries.understood(referral)
    form = ConfirmForm(
        request.POST or None,
        site=referral.site,
        known=queries.same_people(read, referral.site),
        suggested=queries.suggested_indications(read),
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _confirmed(request, referral, form)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "referral": referral, **_what_was_read(read)}
    return render(request, "referral/confirm.html", context, status=422 if form.errors else 200)


def _what_was_read(read: ReferralUnderstood | None) -> dict[str, Any]:
    """What the part of both pages that tells it needs."""
    if read is None:
        return {"read": None}
    return {"read": read, "newest": queries.newest_values(read), "others": queries.other_results(read)}


@requires(Permission.REFERRAL_CREATE)
@require_POST
def referral_set_aside(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The referral leads to nothing here."""
    referral = get_object_or_404(Referral, pk=referral_id, site=request.user.site)
    form = SetAsideForm(request.POST)
    if not form.is_valid():
        raise Refusal("The form was incomplete. Write why it is set aside, in a few words. Nothing was changed.")
    said = form.cleaned_data
    services.set_aside(referral, said["reason"].strip(), actor(request), write_id=said["write_id"])
    messages.info(request, f"{referral.file_name} was set aside. The file stays as it came.")
    return redirect("referral_new")


def _confirmed(request: HttpRequest, referral: Referral, form: ConfirmForm) -> HttpResponse:
    said, who = form.cleaned_data, actor(request)
    choice = services.Confirmation(said["indication"], said["prescriber"], form.patient())
    content = {"referral": referral.pk, "person": said["person"], "indication": said["indication"]}
    writes.once(
        said["write_id"],
        "referral confirmed",
        content,
        who,
        lambda: services.confirm(referral, choice, who, acceptance_id=said["write_id"]),
    )
    accepted = Referral.objects.get(pk=referral.pk).acceptance
    messages.info(request, f"{accepted.patient} is on the list. {accepted.new_facts} facts were added to the record.")
    return redirect("referral", accepted.course_id)


@course_page(Permission.REFERRAL_READ, opening="referral")
def referral(request: HttpRequest, course: Course) -> HttpResponse:
    """What the referrals of a course said."""
    accepted = list(queries.acceptances(course))
    read = queries.understood(accepted[0].referral) if accepted else None
    context = {
        "course": course,
        "banner": banner(course),
        "here": "referral",
        "acceptances": accepted,
        **_what_was_read(read),
    }
    return render(request, "referral/referral.html", context)


@requires(Permission.REFERRAL_READ)
@require_POST
def referral_download(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The document as it came."""
    kept = get_object_or_404(Referral, pk=referral_id, site=request.user.site)
    response = HttpResponse(kept.document, content_type="application/fhir+json")
    response["Content-Disposition"] = f'attachment; filename="referral-{kept.pk}.json"'
    return response
