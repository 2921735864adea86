"""When a value beyond a limit is measured again: page and board count to this one time. Since when it is beyond, and
whether it was measured again in another session.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from daybreak.clinic.treatment_day.state import SessionState, known_limits
from daybreak.treatment.limits import Level, Limit, assess
from daybreak.treatment.vitals import Reading, unusual


def recheck_at(rule: str, answered_at: datetime | None, state: SessionState) -> datetime | None:
    """When what crossed this limit is measured again; None where its newest value is back.

    So long after the newest value that is still beyond, or after the last answer to it, as the limit says.

    Args:
        rule: the id of the limit.
        answered_at: when somebody last answered its flag, if anybody did.
    """
    limit = known_limits(state.own).get(rule)
    latest = state.latest.get(limit.vital) if limit else None
    if limit is None or latest is None or not limit.crossed_by(latest.value):
        return None
    since = max(latest.at, answered_at) if answered_at else latest.at
    return (since + limit.recheck_after).astimezone(state.now.tzinfo)


def first_recheck(times: Iterable[datetime | None], state: SessionState) -> datetime | None:
    """The first of the rechecks of a session, once its dose began; None once the person left."""
    if state.started_at is None or state.left:
        return None
    return min((at for at in times if at), default=None)


def comes_first(recheck: datetime | None, state: SessionState) -> bool:
    """Whether a recheck comes before the next check."""
    return recheck is not None and (state.next_check is None or recheck < state.next_check.at)


def stays_beyond(limit: Limit, state: SessionState) -> str:
    """Since when every value is beyond this limit, as a sentence, since each recheck starts its own clock anew; of an
    emergency since when beyond red. Empty where the newest is back, or is the first.
    """
    outer = _first_that_calls_to_act(limit, state)
    newest_first = [reading for reading in reversed(state.readings) if reading.vital is limit.vital]
    beyond = list(takewhile(lambda reading: outer.crossed_by(reading.value), newest_first))
    if len(beyond) < 2:  # measured once so far
        return ""
    first, last = beyond[-1].at, beyond[0].at
    level = "the gate" if outer.level is Level.GATE else outer.level
    return (
        f"Beyond {level} since {state.clock(first)}, for {(last - first) // timedelta(minutes=1)} min: "
        f"measured {len(beyond)} times, never back."
    )


def recheck_here(limit: Limit, crossed_at: datetime, state: SessionState) -> Reading | None:
    """The newest value of this session where it is the recheck of what crossed a limit in an earlier one: measured
    since, and within every limit, amber too, since nobody has looked at that mark here. A typed one is at once; of a
    monitor's stream only what comes after the limit's minutes is, as in the session of the mark.
    """
    newest = state.latest.get(limit.vital)
    if newest is None or newest.at <= crossed_at or unusual(newest.vital, newest.value):
        return None
    is_due = newest in state.typed or newest.at >= crossed_at + limit.recheck_after
    return newest if is_due and assess(newest, state.strictest_limits) is None else None


def _first_that_calls_to_act(limit: Limit, state: SessionState) -> Limit:
    """Of a limit that calls to act the mildest such on its side, which is crossed before it; else the limit itself."""
    if not limit.level.calls_to_act:
        return limit
    same_side = (each for each in state.limits.of(limit.vital) if each.comparison.is_high is limit.comparison.is_high)
    acting = (each for each in same_side if each.level.calls_to_act)
    return min(acting, key=lambda each: each.level.rank, default=limit)
