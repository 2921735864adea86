"""A whole course for a colleague: doses, scores against sessions, response by its rule, harms, what is not known."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.followup.queries import Curve, FollowUp
from daybreak.clinic.programme.models import SeriousEvent
from daybreak.clinic.record.models import Course, Flag, Stage
from daybreak.clinic.record.queries import death, died
from daybreak.clinic.treatment_day.queries import LIMIT_CROSSED, DoseGiven
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.labelling import Jurisdiction, labelling

NOTHING_PLANNED = "No further session is planned."
NOT_ASKED = "No score of this course is on record."


def treatment(follow: FollowUp) -> str:
    """What was given from when until when."""
    first, last = follow.doses[0], follow.doses[-1]
    count = len(follow.sessions_given)
    amounts = " and ".join(f"{way} {as_measured(mg)} mg" for way, mg in follow.given_mg.items())
    return (
        f"{count} session{'s' if count != 1 else ''} from {day(first.started_at)} to {day(last.started_at)}, in all "
        f"{amounts}."
    )


def sessions_and_scores(follow: FollowUp) -> str:
    """One line for each session and each score, in the order they were."""
    lines = [
        (dose.started_at, f"{day(dose.started_at)}: session {dose.session.number}, {_words(dose)}")
        for dose in follow.doses
    ]
    curve = follow.primary
    if curve is not None:
        lines += [(each.completed_at, f"{day(each.completed_at)}: {_score(curve, each)}") for each in curve.measures]
    return "\n".join(line for _, line in sorted(lines, key=lambda each: each[0]))


def _words(dose: DoseGiven) -> str:
    return f"{dose.drug} {dose.route} {as_measured(dose.mg)} mg"


def _score(curve: Curve, measure: Measure) -> str:
    name = curve.instrument.short_name
    return f"{name} {measure.total:g}" if measure.total is not None else f"{name} without a total"


def scores(follow: FollowUp) -> str:
    """Before treatment and the newest."""
    curve = follow.primary
    if curve is None or curve.latest is None:
        return NOT_ASKED
    name, newest = curve.instrument.short_name, curve.latest
    after = f"{name} {newest.total:g} on {day(newest.completed_at)}"
    if curve.baseline is None:
        return f"{after}. None from before the first dose."
    if newest.completed_at <= curve.baseline.at:
        return f"{after}, before the first dose. None since."
    return f"{name} {float(curve.baseline.score):g} before treatment ({day(curve.baseline.at)}), {after}."


def response(follow: FollowUp) -> str:
    """By the rule of the instrument, with the rule; or why it cannot be told."""
    curve = follow.primary
    if curve is None:
        return "No instrument with a free licence measures this indication, so no response can be told."
    if curve.baseline is None or curve.latest is None or curve.latest.completed_at <= curve.baseline.at:
        return f"{scores(follow)} Whether there is a response cannot be told."
    status = curve.status
    percent = f", {curve.change_percent}" if curve.change_percent else ""
    said = [scores(follow), f"Change {curve.change} points{percent}."]
    for name, verdict in (("Response", status.response), ("Remission", status.remission)):
        if verdict is None:
            continue
        word = {True: "met", False: "not met", None: "cannot be told"}[verdict.met]
        said.append(f"{name} ({verdict.rule.meaning.rstrip('.')}): {word}.")
    if follow.no_answer_since(curve):
        said.append("The newest answer is older than the last question asked.")
    return " ".join(said)


def harms(follow: FollowUp) -> str:
    """Limits crossed, and serious events as they were recorded. Silence is said as silence."""
    crossed = Flag.objects.filter(course=follow.course, kind=LIMIT_CROSSED).values_list("title", flat=True)
    events = SeriousEvent.objects.filter(session__course=follow.course, corrected_by__isnull=True).order_by(
        "occurred_at"
    )
    said = [_listed("Limits crossed during sessions", crossed) or "No limit was marked during a session."]
    said += [f"Serious event on {day(event.occurred_at)}: {event.words.rstrip('.')}." for event in events]
    if not events:
        said.append("No serious event is recorded.")
    said.append("What nobody told us is not in here.")
    return "\n".join(said)


def _listed(name: str, titles: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for title in titles:
        counts[title] = counts.get(title, 0) + 1
    return f"{name}: {'; '.join(t if n == 1 else f'{t} ({n} times)' for t, n in counts.items())}." if counts else ""


def label(course: Course, drug: Drug, route: Route) -> str:
    """Labelled or off-label, as the labels on file say it."""
    place = course.patient.site.jurisdiction
    if place not in list(Jurisdiction):
        return f"No label of {place} is on file here: whether this use is labelled cannot be told."
    found = labelling(drug, route, course.indication, Jurisdiction(place))
    return found.sentence if found.labelled else f"Off-label use. {found.sentence}"


def not_known(follow: FollowUp) -> str:
    """What of the course nobody answered or recorded."""
    said = []
    if follow.regular_missing:
        said.append(
            f"{follow.regular_missing} regular question{'s' if follow.regular_missing > 1 else ''} not answered."
        )
    if follow.primary is None or follow.primary.baseline is None:
        said.append("No score from before the first dose.")
    said.append(
        "Whether a change comes from the drug cannot be told for one person; the natural course and other treatment "
        "change scores as well."
    )
    return " ".join(said)


def next_words(follow: FollowUp) -> str:
    """The next session as it is booked, else as planned; what is owed; when the plan is looked at again. Of somebody
    who died, that and nothing else.
    """
    if fact := death(follow.course.patient):
        return died(fact)
    said = [_next_session(follow)]
    said += [
        f"Session {each.number}, left before any dose on {day(each.opened_at)}, is still to be held."
        for each in follow.owed
    ]
    if follow.plan is not None and follow.plan.review_on is not None:
        said.append(f"The plan is to be looked at again on {day(follow.plan.review_on)}.")
    return " ".join(said)


def _next_session(follow: FollowUp) -> str:
    """The day that is booked holds; where the plan has another, or none, both are said."""
    planned, booked = follow.next_session, follow.appointment
    if booked is None:
        return f"The next session is planned for {day(planned.day)}." if planned else NOTHING_PLANNED
    said = f"Session {booked.number} is booked for {day(booked.starts_at)}"
    if planned is None:
        return f"{said}; the plan in force has no such session."
    other = planned.day != timezone.localdate(booked.starts_at)
    return f"{said}; the plan has it on {day(planned.day)}." if other else f"{said}."


def ending(course: Course) -> str:
    """When and why the course ended; said where it did not."""
    latest = course.events.order_by("-occurred_at", "-id").first()
    if latest is None or latest.stage != Stage.ENDED:
        return "The course is not recorded as ended."
    return f"Ended on {day(latest.occurred_at)}. {latest.reason or 'No reason was recorded.'}"


def day(at: date | datetime) -> str:
    """For example "3 November 2026", in the clinic's time."""
    local = timezone.localtime(at) if isinstance(at, datetime) else at
    return f"{local.day} {local:%B %Y}"
