"""Fills an empty database with the demonstration's clinic."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from daybreak.clinic.followup.tick import tick
from daybreak.clinic.record import status
from daybreak.clinic.record.models import Heartbeat, Patient, Site, User
from daybreak.clinic.record.queries import what_is_real
from daybreak.demonstration.appointments import opened
from daybreak.demonstration.courses import answer_old_flags, moments
from daybreak.demonstration.drugs import stocked
from daybreak.demonstration.on_call import prepare_emergencies
from daybreak.demonstration.people import House, build_house
from daybreak.demonstration.programme import certified
from daybreak.demonstration.proposals import proposed
from daybreak.demonstration.referrals import unpack
from daybreak.demonstration.stories import Story, stories
from daybreak.demonstration.telling import SEED, Telling, past
from daybreak.treatment.days import said_day

FOUNDED_BEFORE = timedelta(days=400)
FRESH_FOR = timedelta(hours=12)  # after it, "today" in the demonstration is no longer today
REFERRALS = "demo-referrals"
PART = "demonstration filled"  # its line on the status page

Progress = Callable[[int, int, str], None]  # done, of how many, up to which day
Say = Callable[[str], None]


class NotEmpty(Exception):
    """The database holds something already. The message says what, and what to do."""


def require_empty() -> None:
    """Refuse a database in which anything is kept.

    Raises:
        NotEmpty: with a sentence.
    """
    require_no_real_people()
    if Site.objects.exists() or User.objects.exists() or Patient.objects.exists():
        raise NotEmpty(
            "This database is not empty. The demonstration fills a new one only: name another in DAYBREAK_DATABASE, "
            "or begin anew with `daybreak demo --fresh`."
        )


def require_no_real_people() -> None:
    """Refuse a database of a real clinic.

    Raises:
        NotEmpty: with a sentence.
    """
    if real := what_is_real():
        raise NotEmpty(
            f"This database is a clinic's own: {real}. The demonstration is "
            "never put beside real people, and never deletes them: name another database."
        )


@transaction.atomic
def fill(
    now: datetime,
    *,
    people: Sequence[Story] | None = None,
    seed: int = SEED,
    progress: Progress = lambda done, total, day: None,
) -> House:
    """Put everybody in: all of it or nothing.

    Args:
        now: the moment up to which the stories are told, not after this one.
        people: whose stories; everybody's without it.
        seed: makes everything drawn what it is.

    Raises:
        NotEmpty: if the database holds something already.
    """
    require_empty()
    house = build_house(now - FOUNDED_BEFORE)
    tellings = [Telling(story, house, now, seed) for story in people or stories()]
    told = (moment for telling in tellings for moment in moments(telling))
    founded = chain(opened(house), stocked(house, now), certified(house), proposed(house, now))
    happened = past(chain(founded, told), now)
    for done, moment in enumerate(happened, start=1):
        moment.do(moment.at)
        progress(done, len(happened), said_day(moment.at))
    answer_old_flags(house, now)
    prepare_emergencies(house, now)
    tick(now)
    status.beat(PART, f"{len(tellings)} people, seed {seed}")
    return house


def prepare(*, fresh: bool, say: Say, progress: Progress) -> None:
    """Make the database of the demonstration ready: kept while it is of today, filled anew otherwise.

    Raises:
        NotEmpty: if it is a real clinic's.
    """
    call_command("migrate", verbosity=0)
    require_no_real_people()
    filled = Heartbeat.objects.filter(part=PART).first()
    is_old = filled is not None and timezone.now() - filled.at > FRESH_FOR
    if filled is not None and not fresh and not is_old:
        say(f"The demonstration of {timezone.localtime(filled.at):%d %b, %H:%M} goes on; --fresh begins anew.")
        return
    if is_old and not fresh:
        say(f"The demonstration of {timezone.localtime(filled.at):%d %b, %H:%M} is over: what was today is past.")
    if Site.objects.exists() or User.objects.exists():
        _delete()
        call_command("migrate", verbosity=0)
    fill(timezone.now(), progress=progress)


def _delete() -> None:
    """Delete the database file. Facts in it refuse to be deleted one by one."""
    connection.close()
    name = str(connection.settings_dict["NAME"])
    for path in (name, f"{name}-wal", f"{name}-shm"):
        Path(path).unlink(missing_ok=True)


def unpack_referrals() -> Path:
    """Write the four real referral files beside the database (in the working folder where it is no file)."""
    name = str(connection.settings_dict["NAME"])
    beside = Path(name).resolve().parent if connection.vendor == "sqlite" else Path.cwd()
    return unpack(beside / REFERRALS)[0].parent
