"""The pictures of a course: scores against sessions in time, and mood around the doses."""

from datetime import datetime

from django.utils import timezone

from daybreak import charts
from daybreak.clinic.followup.queries import Curve, FollowUp
from daybreak.clinic.followup.schedule import Asked
from daybreak.treatment.instruments import Instrument

_HALF = 0.45  # of the room one session takes on the axis of sessions
_ASIDE = 6.0  # units of the picture between an answer and its session's middle, so that equal ones are both seen


def course_chart(follow_up: FollowUp, curve: Curve, *, wide: bool) -> charts.Chart:
    """Scores of one instrument against the sessions, with baseline and goals. For staff."""
    zone = timezone.get_current_timezone()
    now = timezone.localtime(follow_up.now)
    given = sorted(follow_up.sessions_given.values())
    planned = [each.day for each in follow_up.planned]
    sessions = charts.Sessions(
        (*given, *planned), (*(True for _ in given), *(False for _ in planned)),
        name="Sessions", label=f"{len(given)} given, {len(planned)} planned" if wide else "",
    )  # fmt: skip
    return charts.Chart(
        title=f"{curve.instrument.short_name} of one person over time",
        description=_said(follow_up, curve),
        x=charts.Axis(name="Date", scale="dates", zone=zone),
        y=_scale_axis(curve.instrument),
        marks=(
            *_scores(curve, missing(follow_up, curve)), *_goals(curve), *_turning_points(curve),
            sessions, charts.Now(now, "Today"),
        ),
        width=1080 if wide else 520,
        height=400 if wide else 260,
        empty="No score with a total yet.",
    )  # fmt: skip


def own_chart(follow_up: FollowUp, curve: Curve) -> charts.Chart:
    """A person's own scores in time, and nothing else, whole on a phone. For patients."""
    zone = timezone.get_current_timezone()
    given = sorted(follow_up.sessions_given.values())
    return charts.Chart(
        title="Your answers over time",
        description=f"{len(curve.measures)} answers to {curve.instrument.short_name}.",
        x=charts.Axis(name="Date", scale="dates", zone=zone),
        y=_scale_axis(curve.instrument),
        marks=(*_scores(curve, missing(follow_up, curve)), charts.Sessions(given, [True] * len(given))),
        width=320,
        height=220,
        empty="No answers yet.",
    )


def mood_chart(follow_up: FollowUp, instrument: Instrument) -> charts.Chart:
    """The answers of one instrument 2 h and 24 h after each session's first dose, by session."""
    rounds = [each for each in follow_up.asked if each.session and each.question.instrument_id == instrument.id]
    numbers = sorted({each.question.number for each in rounds})
    series = [
        _after_doses(rounds, numbers, "2h", "2 h after the dose", hollow=False),
        _after_doses(rounds, numbers, "24h", "24 h after the dose", hollow=True),
    ]
    silent = [n for n in numbers if all(each.missing for each in rounds if each.question.number == n)]
    return charts.Chart(
        title=f"{instrument.name} after each dose",
        description=f"Asked after {len(numbers)} sessions; no answer at all after {len(silent)} of them.",
        x=charts.Axis(
            name="Session", low=0.5, high=max(numbers, default=1) + 0.5, ticks=[(n, str(n)) for n in numbers]
        ),
        y=_scale_axis(instrument),
        marks=(*(charts.Missing(n - _HALF, n + _HALF, "") for n in silent), *series),
        width=520,
        height=220,
        empty="No answer yet.",
    )


def _scale_axis(instrument: Instrument) -> charts.Axis:
    low, high = instrument.minimum, instrument.maximum
    span = f"{low:g} to {high:g}"
    name = instrument.name if span in instrument.name else f"{instrument.short_name}, {span}"
    return charts.Axis(name=name, low=low, high=high)


def missing(follow_up: FollowUp, curve: Curve) -> list[Asked]:
    """The questions of a curve that nobody answered in their window."""
    return [each for each in follow_up.asked if each.missing and each.question.instrument_id == curve.instrument.id]


def _scores(curve: Curve, missing: list[Asked]) -> list[charts.marks.Mark]:
    """The line with its gaps, the points, the hatched windows nobody answered in."""
    known = [(each.completed_at, each.total) for each in curve.measures]
    gaps = [(each.question.opens_at, None) for each in missing]
    series = sorted([*known, *gaps], key=lambda place: place[0])
    xs, ys = [at for at, _ in series], [total for _, total in series]
    name = curve.instrument.short_name
    return [*_hatched(missing), charts.Line(xs, ys, name, label=""), charts.Points(xs, ys, name)]


def _hatched(missing: list[Asked]) -> list[charts.marks.Mark]:
    """Windows that follow each other become one stretch, with their number."""
    stretches: list[tuple[datetime, datetime, int]] = []
    for each in missing:
        opens_at, closes_at = each.question.opens_at, each.question.closes_at
        if closes_at is None:
            continue
        if stretches and stretches[-1][1] == opens_at:
            stretches[-1] = (stretches[-1][0], closes_at, stretches[-1][2] + 1)
        else:
            stretches.append((opens_at, closes_at, 1))
    return [charts.Missing(start, end, "missing" if n == 1 else f"{n} missing") for start, end, n in stretches]


def _goals(curve: Curve) -> list[charts.marks.Mark]:
    status, found = curve.status, []
    if status.baseline is not None:
        found.append(charts.Limit(status.baseline, f"Baseline {status.baseline:.3g}", "base"))
        goal = response_goal(curve)
        if goal is not None:
            found.append(charts.Limit(goal, f"Response ≤ {goal:.3g}", "goal"))
    if status.remission is not None:
        rule = status.remission.rule
        limit, sign = (rule.below, "<") if rule.below is not None else (rule.at_most, "≤")
        found.append(charts.Limit(limit, f"Remission {sign} {limit:.3g}", "goal"))
    return found


def response_goal(curve: Curve) -> float | None:
    """The total that is a response from this baseline; None without a baseline or a rule."""
    before, verdict = curve.status.baseline, curve.status.response
    if before is None or verdict is None:
        return None
    rule = verdict.rule
    goal = before - rule.fall_points if rule.fall_points is not None else before * (1 - rule.fall_percent / 100)
    return goal if goal >= curve.instrument.minimum else None


def _turning_points(curve: Curve) -> list[charts.marks.Mark]:
    """When response and remission were first met."""
    totals = {each.completed_at: each.total for each in curve.measures}
    history = curve.history
    met = {
        episode.first_met_at: (word, place)
        for word, place, episode in (("Response", "above", history.response), ("Remission", "below", history.remission))
        if episode is not None and episode.first_met_at is not None
    }
    return [
        charts.Label(at, totals[at], f"{word}, {_day(at)}", place=place, point=True)
        for at, (word, place) in met.items()
    ]


def _after_doses(rounds: list[Asked], numbers: list[int], occasion: str, name: str, *, hollow: bool) -> charts.Points:
    totals = {
        each.question.number: each.measure.total
        for each in rounds
        if each.question.occasion == occasion and each.measure is not None
    }
    return charts.Points(
        numbers, [totals.get(n) for n in numbers], name, hollow=hollow, shape="square" if hollow else "round",
        aside=_ASIDE if hollow else -_ASIDE,
    )  # fmt: skip


def _said(follow_up: FollowUp, curve: Curve) -> str:
    status = curve.status
    before = (
        "No baseline before the first dose"
        if status.baseline is None
        else f"{status.baseline:.3g} before the first dose"
    )
    now = "no total yet" if status.current is None else f"{status.current:.3g} at the latest answer"
    silent = len(missing(follow_up, curve))
    gaps = f" {silent} question{'' if silent == 1 else 's'} not answered." if silent else ""
    return f"{before}, {now}.{gaps}"


def _day(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%b}"
