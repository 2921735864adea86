"""When a value beyond a limit is measured again. The session page and the board count to the same time: this one."""

from collections.abc import Iterable
from datetime import datetime

from daybreak.clinic.treatment_day.state import SessionState, known_limits


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
    """The first of the rechecks of a session, once its dose began. None where the next check comes no later, and once
    the person left.
    """
    if state.started_at is None or state.left:
        return None
    first, check = min((at for at in times if at), default=None), state.next_check
    return None if first is None or (check and check.at <= first) else first
