"""Pages of the ground floor: people, flags, rules, status."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from daybreak.clinic.record import queries, services, status, writes
from daybreak.clinic.record.forms import FlagAnswerForm, PeopleForm, SignRulesForm, StageForm
from daybreak.clinic.record.models import Course, Flag, FlagEvent, Stage
from daybreak.clinic.record.own_limits import SetHere, own_limits, what_does_not_hold
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission, Role, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.limits import left_out, limits_with
from daybreak.treatment.rule_list import chapters
from daybreak.treatment.ruleset import rule_set

PAGE = 50
FLAGS = 20  # on a page: each is a form, and a day that leaves more waiting is read from the top


@requires(Permission.PEOPLE_READ)
def people(request: HttpRequest) -> HttpResponse:
    """The courses this user may open."""
    form = PeopleForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {"name": "", "stage": ""}
    courses = queries.people(request.user, wanted["name"], wanted["stage"])
    page = Paginator(courses, PAGE).get_page(request.GET.get("page"))
    return render(request, "record/people.html", {"form": form, "page": page})


@requires(Permission.FLAG_READ)
def flags(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, in the order of the board: what calls to act first, each by due time."""
    waiting = queries.open_flags(site=request.user.site).order_by("level", "due_at", "pk")
    page = Paginator(waiting, FLAGS).get_page(request.GET.get("page"))
    return render(request, "record/flags.html", {"page": page})


@requires(Permission.FLAG_ACT)
@require_POST
def flag_answer(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    """Acknowledge or close a flag."""
    who = actor(request)
    flag = get_object_or_404(Flag.objects.select_related("patient"), pk=flag_id)
    services.require_open(request.user, flag.patient)
    form = FlagAnswerForm(request.POST)
    if not form.is_valid():
        raise Refusal("Say what you did about it, in a few words, and choose acknowledge or close.")
    said = form.cleaned_data
    kind = FlagEvent.Kind(said["kind"])
    writes.once(
        said["write_id"], "flag answer", {"flag": flag.pk, "kind": kind, "action": said["action"]}, who,
        lambda: services.answer_flag(flag, kind, said["action"], who, event_id=said["write_id"]),
    )  # fmt: skip
    messages.info(request, f"“{flag.title}” is {kind.label.lower()}.")
    onward = request.POST.get("next", "")
    ours = onward.startswith("/") and url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
    return redirect(onward if ours else "flags")


@course_page(Permission.PLAN_SIGN)
@require_POST
def course_stage(request: HttpRequest, course: Course) -> HttpResponse:
    """Move a course on."""
    form, who = StageForm(request.POST), actor(request)
    if not form.is_valid():
        raise Refusal("Choose where the course goes on to, and write why. The course was not moved.")
    said = form.cleaned_data
    stage = Stage(said["stage"])
    content = {"course": course.pk, "stage": stage, "reason": said["reason"]}
    writes.once(
        said["write_id"], "course stage", content, who,
        lambda: services.move_course(course, stage, said["reason"], who),
    )  # fmt: skip
    messages.info(request, f"The course stands at “{stage.label}”.")
    return redirect("course", course.pk)


@course_page(Permission.PLAN_SIGN)
@require_POST
def course_therapist(request: HttpRequest, course: Course) -> HttpResponse:
    """Name the therapist of a course."""
    therapists = queries.staff(course.patient.site, Role.THERAPIST)
    wanted = request.POST.get("therapist", "")
    found = next((person for person in therapists if str(person.pk) == wanted), None)
    if wanted and found is None:
        raise Refusal("That person is not a therapist of this clinic. Nothing was changed.")
    services.name_therapist(course, found, actor(request))
    messages.info(request, f"Therapist: {found.display_name if found else 'nobody'}.")
    return redirect("course", course.pk)


@requires(Permission.RULES_READ)
def rules(request: HttpRequest) -> HttpResponse:
    """The rule set in force, what each rule does, and whether the director signed it."""
    version, every = rule_set().version, chapters()
    shown = [rule for chapter in every for rule in chapter.rules]
    site = request.user.site
    own = own_limits(site) if site else ()
    context = {
        "chapters": every,
        "counted": {
            "rules": len(shown),
            "blocks": sum(rule.may_block for rule in shown),
            "recalled": sum(rule.is_recalled for rule in shown),
        },
        "version": version,
        "signature": queries.rules_signature(site, version),
        "form": SignRulesForm(initial={"rule_set": version}),
        "own_that_hold": len(own) - len(left_out(own)),
        "looser": [SetHere(limit, None).short for limit in limits_with(own).limits if limit.is_loosened],
        "does_not_hold": what_does_not_hold(site) if site else "",
    }
    return render(request, "record/rules.html", context)


@requires(Permission.RULES_SIGN)
@require_POST
def rules_sign(request: HttpRequest) -> HttpResponse:
    """The medical director signs."""
    form = SignRulesForm(request.POST)
    if not form.is_valid():
        raise Refusal("Tick that you have read the rule set. Nothing was signed.")
    if form.cleaned_data["rule_set"] != rule_set().version:
        raise Refusal("The rule set changed since you opened the page. Read it again before you sign.")
    services.sign_rules(
        request.user.site, rule_set().version, SignRulesForm.base_fields["confirm"].label, actor(request)
    )
    messages.info(request, "The rule set is signed.")
    return redirect("rules")


@requires(Permission.STATUS_READ)
def status_page(request: HttpRequest) -> HttpResponse:
    """Whether the parts of the house run."""
    return render(request, "record/status.html", {"status": status.now(request.user.site)})
