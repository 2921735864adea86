"""Pages of follow-up for staff: the course in time, single measures, entry and correction."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from daybreak import charts
from daybreak.clinic.followup import drawings, queries, services
from daybreak.clinic.followup.forms import MeasureForm
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import Course, User
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.treatment_day.last_session import last_session
from daybreak.treatment.instruments import Instrument, all_instruments, instrument

PAGE = 10
MOOD = "MOOD"


@course_page(Permission.FOLLOWUP_READ, opening="follow-up")
def course(request: HttpRequest, course: Course) -> HttpResponse:
    """Scores against sessions in time, what is missing, and the flags of the course."""
    follow_up = queries.follow_up(course)
    pictures = _pictures(follow_up)
    page = Paginator(follow_up.measures[::-1], PAGE).get_page(request.GET.get("page"))
    begun = bool(follow_up.measures or follow_up.doses)
    context = {
        **_frame(course),
        "follow_up": follow_up,
        "curve": follow_up.primary,
        **_age(follow_up, follow_up.primary),
        "main_picture": pictures[0] if follow_up.primary and begun else None,
        "pictures": pictures[1:] if follow_up.primary else pictures,
        "page": page,
        "signs_in": User.objects.filter(patient=course.patient, is_active=True).exists(),
        "flags": queries.flags(course),
        "last": last_session(follow_up.held) if request.user.allows(Permission.SESSION_READ) else None,
        "instruments": [each for each in all_instruments().values() if each.id != MOOD],
    }
    return render(request, "followup/course.html", context)


@course_page(Permission.FOLLOWUP_READ, opening="measure")
def measure(request: HttpRequest, course: Course, measure_id: UUID) -> HttpResponse:
    """One filled copy: every answer, how it was scored, and what it corrects."""
    known = Measure.objects.select_related("recorded_by", "corrects", "corrected_by", "session")
    found = get_object_or_404(known, pk=measure_id, course=course)
    return render(request, "followup/measure.html", {**_frame(course), "measure": found})


@course_page(Permission.MEASURE_RECORD)
def measure_new(request: HttpRequest, course: Course, instrument_id: str) -> HttpResponse:
    """Staff enter the answers a person gave aloud or on paper, or a clinician's rating."""
    scale = _instrument(instrument_id)
    form = MeasureForm(request.POST or None, instrument=scale)
    if request.method == "POST" and form.is_valid() and _knows_what_it_becomes(course, form):
        try:
            return _entered(request, course, form)
        except WriteConflict:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {**_frame(course), "form": form, "scale": scale}
    return render(request, "followup/entry.html", context, status=422 if form.errors else 200)


@course_page(Permission.MEASURE_RECORD)
def measure_correct(request: HttpRequest, course: Course, measure_id: UUID) -> HttpResponse:
    """The right answers in place of wrong ones, with the reason; both stay in the record."""
    wrong = get_object_or_404(Measure, pk=measure_id, course=course)
    if not wrong.answers:
        raise Refusal("Only a total was entered here, so there are no answers to correct. Enter the measure again.")
    given = {f"item_{number}": value for number, value in wrong.answers.items()}
    form = MeasureForm(request.POST or None, instrument=wrong.scale, correcting=True, initial=given)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            right = services.correct_measure(
                wrong, form.answers(), actor(request), measure_id=said["write_id"], reason=said["reason"]
            )
        except WriteConflict:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.info(request, "The correction is saved. The earlier answers stay in the record.")
            return redirect("measure", course.pk, right.pk)
    context = {**_frame(course), "form": form, "scale": wrong.scale, "wrong": wrong}
    return render(request, "followup/entry.html", context, status=422 if form.errors else 200)


def _frame(course: Course) -> dict[str, object]:
    return {"course": course, "banner": banner(course), "here": "followup"}


def _instrument(identifier: str) -> Instrument:
    if identifier not in all_instruments():
        raise Http404(f"There is no instrument {identifier}.")
    return instrument(identifier)


def _knows_what_it_becomes(course: Course, form: MeasureForm) -> bool:
    """Whether who enters a score from before the first dose says that it is the baseline from now on."""
    given = form.cleaned_data
    if given["is_baseline"] or not services.has_total(course, form.instrument.id, form.answers(), given.get("total")):
        return True
    replaced = queries.replaced_baseline(course, form.instrument.id, given["completed_at"])
    if replaced is None:
        return True
    first_dose, before = replaced
    form.ask_about_baseline(first_dose.started_at, before)
    return False


def _entered(request: HttpRequest, course: Course, form: MeasureForm) -> HttpResponse:
    said, who = form.cleaned_data, actor(request)
    write = {"measure_id": said["write_id"], "completed_at": said["completed_at"]}
    if said.get("total") is not None:
        stored = services.record_total(course, form.instrument.id, said["total"], who, **write)
    else:
        stored = services.record_measure(course, form.instrument.id, form.answers(), who, **write)
    messages.info(request, f"Saved. {stored.scored['explanation']}")
    return redirect("course", course.pk)


def _age(follow_up: queries.FollowUp, curve: queries.Curve | None) -> dict[str, object]:
    """How old the figures of a curve are."""
    if curve is None or curve.latest is None:
        return {}
    return {"age_days": follow_up.age_days(curve.latest), "no_answer_since": follow_up.no_answer_since(curve)}


def _pictures(follow_up: queries.FollowUp) -> list[dict[str, object]]:
    """Each curve as a picture with its numbers as a table, the primary one first, mood last."""
    wide = [follow_up.primary] if follow_up.primary else []
    drawn = [(curve.instrument, drawings.course_chart(follow_up, curve, wide=True)) for curve in wide]
    drawn += [
        (curve.instrument, drawings.course_chart(follow_up, curve, wide=False))
        for curve in follow_up.others
        if curve.instrument.id != MOOD
    ]
    if follow_up.doses:
        drawn.append((instrument(MOOD), drawings.mood_chart(follow_up, instrument(MOOD))))
    return [
        {
            "scale": scale,
            "key": f"c{scale.id}",
            "svg": charts.render(chart, key=f"c{scale.id}"),
            "table": charts.table(chart),
        }
        for scale, chart in drawn
    ]
