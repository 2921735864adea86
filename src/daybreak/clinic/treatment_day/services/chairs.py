"""The chairs of a site: without one no session opens and nothing is booked."""

import re

from django.db import transaction
from django.db.models import ProtectedError

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.models import Chair


@transaction.atomic
def add_chair(site: Site, name: str, actor: Actor) -> Chair:
    """A chair of this name; the one there is, if it is there already.

    Raises:
        Refusal: for a name that pages cannot show.
    """
    bare, most = _bare(name), Chair._meta.get_field("name").max_length
    if not bare or not bare.isprintable() or len(bare) > most:
        raise Refusal(
            f"{name!r} is no name of a chair. Write what pages put after “Chair”, as 1 or window, to {most} characters."
        )
    if there := _called(site, name):
        return there
    audit.record(actor, "chair added", subject=site, chair=bare)
    return Chair.objects.create(site=site, name=bare)


@transaction.atomic
def remove_chair(site: Site, name: str, actor: Actor) -> None:
    """Take a chair away that nobody was treated in or booked for.

    Raises:
        Refusal: for a chair that is not here, or that sessions or appointments name.
    """
    chair = _called(site, name)
    if chair is None:
        raise Refusal(f"No chair of {site} is called {name!r}. There are: {', '.join(chairs_of(site)) or 'none'}.")
    try:
        chair.delete()
    except ProtectedError as error:
        raise Refusal(f"{chair} stays: sessions or appointments name it.") from error
    audit.record(actor, "chair removed", subject=site, chair=chair.name)


def chairs_of(site: Site) -> list[str]:
    """The names of a site's chairs, as pages order them."""
    return list(Chair.objects.filter(site=site).order_by("name").values_list("name", flat=True))


def _bare(name: str) -> str:
    """A name without the word that pages put before it."""
    return re.sub(r"^chair\b\s*", "", " ".join(name.split()), flags=re.IGNORECASE)


def _called(site: Site, name: str) -> Chair | None:
    here = Chair.objects.filter(site=site)
    return next((each for each in here if each.name.casefold() == _bare(name).casefold()), None)
