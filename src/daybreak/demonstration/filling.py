"""Fills an empty database with the demonstration's clinic."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction

from daybreak.clinic.record.models import Patient, Site, User
from daybreak.demonstration.courses import answer_old_flags, moments
from daybreak.demonstration.people import House, build_house
from daybreak.demonstration.referrals import unpack
from daybreak.demonstration.stories import stories
from daybreak.demonstration.telling import Telling, past

SEED = 1
FOUNDED_BEFORE = timedelta(days=400)
REFERRALS = "demo-referrals"

Progress = Callable[[int, int, str], None]  # done, of how many, what


class NotEmpty(Exception):
    """The database holds something already. The message says what, and what to do."""


def require_empty() -> None:
    """Refuse a database in which anything is kept.

    Raises:
        NotEmpty: with a sentence.
    """
    real = Patient.objects.filter(synthetic=False).count()
    if real:
        raise NotEmpty(
            f"This database holds {real} people who are not marked synthetic. The demonstration is never put beside "
            "real people: name an empty database in DAYBREAK_DATABASE."
        )
    if Site.objects.exists() or User.objects.exists() or Patient.objects.exists():
        raise NotEmpty(
            "This database is not empty. The demonstration fills a new one only: name another in DAYBREAK_DATABASE, "
            "or begin anew with `daybreak demo --fresh`."
        )


@transaction.atomic
def fill(now: datetime, *, seed: int = SEED, progress: Progress = lambda done, total, what: None) -> House:
    """Put everybody in: all of it or nothing.

    Args:
        now: the moment up to which the stories are told.
        seed: makes everything drawn what it is.

    Raises:
        NotEmpty: if the database holds something already.
    """
    require_empty()
    house = build_house(now - FOUNDED_BEFORE)
    tellings = [Telling(story, house, now, seed) for story in stories()]
    happened = past((moment for telling in tellings for moment in moments(telling)), now)
    for done, moment in enumerate(happened, start=1):
        moment.do(moment.at)
        progress(done, len(happened), f"{moment.at:%d %b %Y}")
    answer_old_flags(house, now)
    return house


def unpack_referrals() -> Path:
    """Write the four real referral files beside the database (in the working folder where it is no file)."""
    name = str(connection.settings_dict["NAME"])
    beside = Path(name).resolve().parent if connection.vendor == "sqlite" else Path.cwd()
    return unpack(beside / REFERRALS)[0].parent
