"""Pages of a patient, on a phone: what is asked now, one question a screen, what was sent, whom to call."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from daybreak import charts
from daybreak.clinic.followup import drafts, drawings, queries, services
from daybreak.clinic.followup.drafts import Draft
from daybreak.clinic.followup.flags import SUICIDE
from daybreak.clinic.followup.forms import OwnAnswerForm, SendForm
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.followup.progress import Progress
from daybreak.clinic.followup.schedule import Asked
from daybreak.clinic.followup.whom_to_call import whom_to_call
from daybreak.clinic.record import audit
from daybreak.clinic.record.models import Course, Stage
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.services import require_open
from daybreak.treatment.instruments import Instrument, Item, all_instruments, instrument

# More answers than this are drawn as a scale of numbers, not one below the other.
_LIST = 7


@dataclass(frozen=True, slots=True)
class Picture:
    """A person's own answers as a chart, and what there is to explain in it."""

    curve: queries.Curve
    svg: str
    has_gaps: bool
    has_doses: bool


@requires(Permission.OWN_ANSWER)
def own(request: HttpRequest) -> HttpResponse:
    """What is asked now, the next visit, the person's own answers so far."""
    patient = request.user.patient
    audit.record_opening(actor(request), patient, "own page")
    running = Course.objects.with_stage().filter(patient=patient).exclude(stage=Stage.ENDED).order_by("opened_at")
    found = [queries.follow_up(course) for course in running.select_related("patient")]
    context = {
        "fillings": sorted(
            (filling for each in found for filling in _fillings(request, each)), key=lambda each: not each.alarming
        ),
        "next_visit": min((each.appointment.starts_at for each in found if each.appointment), default=None),
        "next_day": min((each.next_session.day for each in found if each.next_session), default=None),
        "pictures": [
            Picture(
                each.primary,
                charts.render(drawings.own_chart(each, each.primary), key=f"own{number}"),
                has_gaps=bool(drawings.missing(each, each.primary)),
                has_doses=bool(each.doses),
            )
            for number, each in enumerate(found)
            if each.primary and each.primary.latest
        ],
    }
    return _page(request, "followup/own.html", context)


@requires(Permission.OWN_ANSWER)
def own_help(request: HttpRequest) -> HttpResponse:
    """Whom to call, for a phone whose browser opens no dialog."""
    return _page(request, "followup/own_help.html", {})


@course_page(Permission.OWN_ANSWER)
def own_question(request: HttpRequest, course: Course, question: str, step: int) -> HttpResponse:
    """One question of an instrument."""
    filling = _filling(request, course, question)
    if filling is None:
        return _closed(request)
    items = filling.instrument.items
    if not 1 <= step <= len(items):
        return redirect("own_question", course.pk, question, 1)
    item = items[step - 1]
    go = request.POST.get("go", "next")
    form = OwnAnswerForm(request.POST or None, item=item)
    if request.method == "POST" and form.is_valid():
        answer = None if go == "skip" else form.cleaned_data["answer"]
        if go == "skip" or answer is not None:
            filling.draft.answers[item.number] = answer
            drafts.keep(request.session, filling.name, filling.draft)
        if go == "back":
            return redirect("own") if step == 1 else redirect("own_question", course.pk, question, step - 1)
        if go == "skip" or answer is not None:
            return _onward(filling, item, step)
        form.add_error("answer", "Choose an answer, or skip this question.")
    context = {
        "form": form,
        "item": item,
        "chosen": filling.draft.answers.get(item.number),
        "stem": _stem(filling.instrument, item),
        "scale": filling.instrument,
        "as_scale": len(item.options) > _LIST,
        "progress": Progress(step, len(items)),
    }
    return _page(request, "followup/own_question.html", context, status=422 if form.errors else 200)


@course_page(Permission.OWN_ANSWER)
def own_send(request: HttpRequest, course: Course, question: str) -> HttpResponse:
    """The last screen: what was answered, and Send."""
    form = SendForm(request.POST or None)
    if form.is_valid() and Measure.objects.filter(pk=form.cleaned_data["write_id"], course=course).exists():
        return redirect("own_sent", form.cleaned_data["write_id"])  # a second tap
    filling = _filling(request, course, question)
    if filling is None or not filling.draft.answers:
        return _closed(request)
    if form.is_valid() and filling.has_answer:
        sent = services.record_measure(
            course, filling.instrument.id, filling.draft.answers, actor(request),
            measure_id=filling.draft.measure_id, completed_at=timezone.now(),
            session=filling.asked.session if filling.asked else None,
            occasion=filling.asked.question.occasion if filling.asked else "",
        )  # fmt: skip
        drafts.drop(request.session, filling.name)
        return redirect("own_sent", sent.pk)
    context = {"filling": filling, "course": course, "question": question, "scale": filling.instrument}
    return _page(request, "followup/own_send.html", context)


@requires(Permission.OWN_ANSWER)
def own_sent(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """That the answers are saved; after an answer about self-harm also whom to call, plainly."""
    measure = get_object_or_404(Measure.objects.select_related("course__patient"), pk=measure_id)
    require_open(request.user, measure.course.patient)
    course = Course.objects.with_stage().select_related("patient").get(pk=measure.course_id)
    still_due = queries.follow_up(course).due
    alarming = any(alert["value"] is not None for alert in measure.scored["alerts"])
    context = {
        "alarming": alarming,
        "flag": course.flags.filter(subject=measure.pk, kind=SUICIDE).first(),
        "course": course,
        "next": still_due[0] if still_due else None,
    }
    return _page(request, "followup/own_sent.html", context)


@dataclass(slots=True)
class Filling:
    """A copy of an instrument that is being filled in. `asked` is None once its window closed: the answers are
    kept all the same, as answers nobody asked for."""

    course: Course
    key: str
    instrument: Instrument
    asked: Asked | None
    draft: Draft

    @property
    def name(self) -> str:
        return _draft_name(self.course, self.key)

    @property
    def has_answer(self) -> bool:
        return any(value is not None for value in self.draft.answers.values())

    @property
    def alarming(self) -> bool:
        """Whether an answer opens the suicide pathway once it is sent."""
        return any(self.alarms(item) for item in self.instrument.items)

    def alarms(self, item: Item) -> bool:
        """Whether the answer to this question does."""
        said = self.draft.answers.get(item.number) or 0
        return any(rule.item == item.number and said >= rule.at_least for rule in self.instrument.alerts)

    @property
    def next_step(self) -> int | None:
        """The first question that was neither answered nor skipped."""
        return next(
            (n for n, item in enumerate(self.instrument.items, 1) if item.number not in self.draft.answers), None
        )

    @property
    def goes_back_to(self) -> int:
        """The question that is still to be put; the last where all were."""
        return self.next_step or len(self.instrument.items)

    @property
    def lines(self) -> list[tuple[int, Item, str, str]]:
        """Every question with its step, the words of its answer, and what there is where nothing was answered."""
        said = self.draft.answers
        return [
            (
                step, item,
                next((o.text or str(o.value) for o in item.options if o.value == said.get(item.number)), ""),
                "Skipped" if item.number in said else "Not answered yet",
            )
            for step, item in enumerate(self.instrument.items, start=1)
        ]  # fmt: skip


def _filling(request: HttpRequest, course: Course, key: str) -> Filling | None:
    """What is asked now under this key, or was when its answers were begun."""
    return next((each for each in _fillings(request, queries.follow_up(course)) if each.key == key), None)


def _fillings(request: HttpRequest, found: queries.FollowUp) -> list[Filling]:
    """What is asked now in a course, and what was begun while it was asked and never sent."""
    asked = {each.question.key: each for each in found.due}
    begun = (name.partition(" ") for name in drafts.names(request.session))
    keys = dict.fromkeys([*asked, *(key for pk, _, key in begun if pk == str(found.course.pk))])
    return [
        Filling(found.course, key, instrument(name), asked.get(key), draft)
        for key in keys
        if (name := key.partition("-")[0]) in all_instruments()
        if (draft := drafts.load(request.session, _draft_name(found.course, key))).answers or key in asked
    ]


def _draft_name(course: Course, key: str) -> str:
    return f"{course.pk} {key}"


def _closed(request: HttpRequest) -> HttpResponse:
    messages.info(request, "These questions are not open now. What is open stands below.")
    return redirect("own")


def _onward(filling: Filling, item: Item, step: int) -> HttpResponse:
    """The next question; after the last, and at once after an answer about self-harm, sending. Who closes the phone
    after such an answer has then been asked to send it, and told that nobody saw it."""
    if step < len(filling.instrument.items) and not filling.alarms(item):
        return redirect("own_question", filling.course.pk, filling.key, step + 1)
    return redirect("own_send", filling.course.pk, filling.key)


def _stem(scale: Instrument, item: Item) -> str:
    """The official instruction: whole before the first question, its last sentence before each other. An item that
    is no part of the total asks a question of its own."""
    if not item.scored:
        return ""
    return scale.instruction if item == scale.items[0] else scale.instruction.rpartition(". ")[2]


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A patient's page: whom to call stands on every one."""
    return render(request, template, context | whom_to_call(request.user.site), status=status)
