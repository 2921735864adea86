"""Time-driven work: what nobody's click causes. Carried out again, it changes nothing."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from time import sleep
from typing import NoReturn
from uuid import UUID, uuid5

from django.db import Error, InterfaceError, OperationalError, ProgrammingError, close_old_connections, connection
from django.utils import timezone

from daybreak.clinic.escalation.services import climb
from daybreak.clinic.followup import calls, flags, queries
from daybreak.clinic.followup.schedule import Asked
from daybreak.clinic.pharmacy.services import remind_of_devices
from daybreak.clinic.programme.services import remind
from daybreak.clinic.record import flag_list, status, writes
from daybreak.clinic.record.actor import SYSTEM, Actor
from daybreak.clinic.record.models import Course, Stage
from daybreak.clinic.treatment_day.services import drug_account, flag_overdue_checks, going_on
from daybreak.treatment.follow_up import REGULAR, call_rule, missing_in_a_row

log = logging.getLogger(__name__)
PART = "tick"
PART_OF_DAYS = "tick, what has days"
EVERY = timedelta(hours=1)


def tick(now: datetime | None = None) -> int:
    """One pass over every session that goes on or was left lately, and every running course; the flags raised by it.

    Overdue flags and open questions need no work here: they are computed when read.

    Raises:
        Exception: the first of what its parts raised, once all of them were tried.
    """
    now = now or timezone.now()
    by_clock = replace(SYSTEM, at=now)
    raised, mended, troubles = 0, list[str](), list[Exception]()
    connection.ensure_connection()  # what cannot be opened is lost to every part, and said once
    with _apart(troubles):  # first: what follows looks at these lists
        mended += [*flag_list.put_right(by_clock), *going_on.put_right(by_clock)]
    with _apart(troubles):  # then what somebody in a chair waits for
        raised += flag_overdue_checks(by_clock)
    with _apart(troubles):
        climb(by_clock)
    with _apart(troubles):  # and what has hours
        raised += _overdue_calls(now)
    with _apart(troubles):
        raised += drug_account.catch_up(now)
    with _apart(troubles):
        raised += _what_has_days(by_clock)
    if troubles:
        status.failed(PART)
        raise troubles[0]
    status.beat(PART, " ".join([f"{raised} flag{'' if raised == 1 else 's'} raised.", *dict.fromkeys(mended)]))
    return raised


@contextmanager
def _apart(troubles: list[Exception]) -> Iterator[None]:
    """What breaks one part of a pass is no reason to leave out the next: somebody may wait for that."""
    try:
        yield
    except (InterfaceError, OperationalError, ProgrammingError):
        raise  # the database is lost to all of them
    except Exception as trouble:
        log.exception("A part of the clock's work was not done")
        troubles.append(trouble)


def every_minute(say: Callable[[str], object], *, wait: Callable[[float], object] = sleep) -> NoReturn:
    """A pass a minute, until stopped. What raised flags and what failed is said; nothing that fails ends it."""
    while True:
        close_old_connections()
        try:
            raised = tick()
        except Exception as error:  # noqa: BLE001 somebody in a chair waits for the next minute
            what = str(error).strip() if isinstance(error, Error) else traceback.format_exc().strip()
            say(f"The clock's work was not done, the next minute tries again: {what}.")
        else:
            if raised:
                say(f"{raised} flag{'' if raised == 1 else 's'} raised.")
        wait(60)


def _what_has_days(by_clock: Actor) -> int:
    """Answers that stay away, forms and devices for one person that become due: they change with the day, and every
    running course is read."""
    if not status.is_due(PART_OF_DAYS, EVERY, by_clock.now):
        return 0
    running = Course.objects.with_stage().exclude(stage=Stage.ENDED).filter(sessions__isnull=False).distinct()
    people = running.select_related("patient__site", "prescriber")
    raised = sum(_missing_answers(course, by_clock.now) for course in people)
    raised += remind(by_clock) + remind_of_devices(by_clock)
    status.beat(PART_OF_DAYS, at=by_clock.now)
    return raised


def _missing_answers(course: Course, now: datetime) -> bool:
    """Raise a flag when regular questions stayed without an answer, once for each such run."""
    follow_up = queries.follow_up(course, now)
    if follow_up.primary is None or follow_up.died:
        return False
    scale = follow_up.primary.instrument
    run = _latest_run([each for each in follow_up.asked if each.question.instrument_id == scale.id])
    if len(run) < missing_in_a_row():
        return False
    first, by_clock = run[0].question, replace(SYSTEM, at=now)
    return writes.once(
        uuid5(course.pk, f"missing {first.key}"), "answers missing", {"course": course.pk, "first": first.key},
        by_clock, lambda: flags.missing_answers(course, scale.short_name, missing_in_a_row(), now, by_clock),
    )  # fmt: skip


def _overdue_calls(now: datetime) -> int:
    """Raise a flag for each call that nobody made in time, once, and anew after a try was taken back; how many."""
    by_clock = replace(SYSTEM, at=now)
    flags.close_calls_of_nobody(by_clock)
    return sum(
        writes.once(
            _flag_id(due), "call overdue", {"session": due.session.pk, "kind": due.kind},
            by_clock, lambda due=due: flags.call_overdue(due, by_clock),
        )
        for due in calls.every(now)
        if due.is_overdue(now) and now <= due.due_at + call_rule().raised_for
    )  # fmt: skip


def _flag_id(due: calls.Due) -> UUID:
    anew = f" anew {len(due.taken_back)}" if due.taken_back else ""
    return uuid5(due.left.pk, f"call {due.kind}{anew}")


def _latest_run(asked: list[Asked]) -> list[Asked]:
    """The regular questions closed last that nobody answered, up to the newest answer."""
    run: list[Asked] = []
    for each in asked:
        if each.question.occasion == REGULAR and each.closed:
            run = [*run, each] if each.missing else []
        elif each.measure is not None:
            run = []
    return run
