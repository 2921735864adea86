"""Answers of the synthetic people: a plain illustration, not a model and not anybody's data.

The level of complaints starts at the story's baseline. Each session takes part of it away, the first ones most; how
much in all is what `course` says. In a relapse what was gained halves every ten days, from two weeks after the first
dose on. Every answer scatters around the level. `docs/demonstration.md` says the same in words.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp
from random import Random

from daybreak.clinic.followup.services import record_measure
from daybreak.clinic.treatment_day.models import Session
from daybreak.demonstration.stories import Reached, Story
from daybreak.demonstration.telling import ENDED_AFTER_LAST, INTERVIEWED, Moment, Telling
from daybreak.treatment.follow_up import BASELINE, REGULAR, Question, SessionStart, questions
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import Direction, Instrument, Item, instrument

# The share of the complaints that a whole course takes away.
GAIN = {"responder": 0.75, "partial": 0.4, "none": 0.08, "relapse": 0.7, "": 0.0}
SESSIONS_FOR_MOST = 3  # after so many sessions, 63 % of the gain is there
RELAPSE_FROM, RELAPSE_HALVES = timedelta(days=14), timedelta(days=10)
SCATTER = 0.06  # of an item's range
MISSED_ROUNDS = (2, 3)
ANSWERED_ITEM_NINE_AGO = timedelta(minutes=50)


def measured(telling: Telling) -> Iterator[Moment]:
    """Every question that was asked, answered in its window; a few stay without an answer."""
    story = telling.story
    doses_at = telling.doses_at[: _sessions_begun(telling)]
    if not story.reached.is_past(Reached.DECIDED):
        return
    opened_at = telling.before_first_dose(INTERVIEWED)
    starts = [SessionStart(number, at) for number, at in enumerate(doses_at, start=1)]
    for question in questions(indication(story.indication), opened_at, starts, _until(telling)):
        at = _answered_at(question, telling)
        if at is not None:
            yield Moment(at, lambda at, question=question: _answer(question, telling, at))


def _sessions_begun(telling: Telling) -> int:
    return telling.story.sessions_given + (telling.story.today in ("running", "left")) if telling.story.plan else 0


def _until(telling: Telling) -> datetime:
    if telling.story.reached is Reached.ENDED:
        return telling.doses_at[-1] + ENDED_AFTER_LAST
    return telling.now


def _answered_at(question: Question, telling: Telling) -> datetime | None:
    story, draw = telling.story, telling.chance(question.key)
    if question.occasion == BASELINE:
        return telling.before_first_dose(INTERVIEWED) + timedelta(hours=2)
    still_open = question.closes_at is None or question.closes_at > telling.now
    if question.occasion == REGULAR:
        if "item_nine" in story.unusual and still_open:
            return telling.now - ANSWERED_ITEM_NINE_AGO
        if "missing_weeks" in story.unusual and question.number in MISSED_ROUNDS:
            return None
        later = timedelta(hours=draw.uniform(8, 21))
    else:
        later = timedelta(minutes=draw.uniform(5, 90))
    return None if "signs_in" in story.unusual and still_open else question.opens_at + later


def _answer(question: Question, telling: Telling, at: datetime) -> None:
    scale, story = instrument(question.instrument_id), telling.story
    draw = telling.chance(question.key, "answers")
    # What the item about death does not carry, the others do.
    carried = len(scale.items) / (len(scale.items) - len(scale.alerts))
    given = answers(scale, min(carried * level(story, telling.doses_at, at), 1), draw)
    for alert in scale.alerts:
        given[alert.item] = _thoughts_of_death(question, telling)
    record_measure(
        telling.course, scale.id, given, telling.answers(at), measure_id=telling.id(question.key),
        completed_at=at, session=_session(question, telling), occasion=question.occasion, at=at,
    )  # fmt: skip


def _session(question: Question, telling: Telling) -> Session | None:
    return None if question.occasion in (BASELINE, REGULAR) else telling.held[question.number]


def _thoughts_of_death(question: Question, telling: Telling) -> int:
    if question.occasion == BASELINE:
        return 2 if telling.story.indication == "depression_with_suicidal_ideation" else 0
    is_latest = question.closes_at is None or question.closes_at > telling.now
    return 1 if "item_nine" in telling.story.unusual and is_latest else 0


def level(story: Story, doses_at: tuple[datetime, ...], at: datetime) -> float:
    """The complaints at a time, from 0 (none) to 1 (all of them, always)."""
    scale = instrument(indication(story.indication).instrument or "")
    start = (story.baseline - scale.minimum) / (scale.maximum - scale.minimum)
    given = sum(dose_at <= at for dose_at in doses_at)
    if not given:
        return start
    whole = 1 - exp(-len(doses_at) / SESSIONS_FOR_MOST)
    gained = GAIN[story.course] * (1 - exp(-given / SESSIONS_FOR_MOST)) / whole
    if story.course == "relapse":
        gained *= 0.5 ** (max(at - doses_at[0] - RELAPSE_FROM, timedelta()) / RELAPSE_HALVES)
    return start * (1 - gained)


def answers(scale: Instrument, complaints: float, draw: Random) -> dict[int, int | None]:
    """One answer for each item around the level of complaints."""
    worse = complaints if scale.direction is Direction.WORSE_HIGH else 1 - complaints
    return {item.number: _item(item, worse, draw) for item in scale.items}


def _item(item: Item, share: float, draw: Random) -> int:
    wanted = item.minimum + (item.maximum - item.minimum) * (share + draw.gauss(0, SCATTER))
    return min((option.value for option in item.options), key=lambda value: abs(value - wanted))
