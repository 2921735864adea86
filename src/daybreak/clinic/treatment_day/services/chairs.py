"""The chairs of a site: without one no session opens and nothing is booked."""

import re

from django.utils import timezone

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site, new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.models import Chair, Session


def add_chair(site: Site, name: str, actor: Actor, *, chair_id: object = None) -> Chair:
    """A further chair.

    Raises:
        Refusal: for a name that pages cannot show, and for one that is here already, retired or not.
    """
    bare = _bare(name)
    _require_told_apart(site, bare)
    audit.record(actor, "chair added", subject=site.pk, chair=bare)
    return Chair.objects.create(id=chair_id or new_id(), site=site, name=bare)


def rename_chair(chair: Chair, name: str, actor: Actor) -> None:
    """Another name for the same chair, on what was before too.

    Raises:
        Refusal: as for a further one, and where nothing would change.
    """
    bare = _bare(name)
    if bare == chair.name:
        raise Refusal(f"{chair} is called so already. Nothing was changed.")
    _require_told_apart(chair.site, bare, but=chair)
    audit.record(actor, "chair renamed", subject=chair.pk, before=chair.name, chair=bare)
    chair.name = bare
    chair.save(update_fields=["name"])


def retire_chair(chair: Chair, actor: Actor) -> None:
    """Offer it for nothing new; what was held or is booked in it stays as it is.

    Raises:
        Refusal: while somebody sits in it, and if it is retired already.
    """
    if chair.retired_at is not None:
        raise Refusal(f"{chair} is retired already. Nothing was changed.")
    sitting = Session.objects.filter(is_over=False, chair=chair).select_related("course__patient").first()
    if sitting is not None:
        raise Refusal(f"{sitting.course.patient} sits in {str(chair).lower()}. Retire it once they have left.")
    _set_retired(chair, actor, "chair retired", timezone.now())


def use_chair_again(chair: Chair, actor: Actor) -> None:
    """Offer a retired chair anew.

    Raises:
        Refusal: if it is in use.
    """
    if chair.retired_at is None:
        raise Refusal(f"{chair} is in use already. Nothing was changed.")
    _set_retired(chair, actor, "chair in use again", None)


def _set_retired(chair: Chair, actor: Actor, deed: str, at: object) -> None:
    audit.record(actor, deed, subject=chair.pk, chair=chair.name)
    chair.retired_at = at
    chair.save(update_fields=["retired_at"])


def _bare(name: str) -> str:
    """A name without the word that pages put before it."""
    bare = re.sub(r"^chair\b\s*", "", " ".join(name.split()), flags=re.IGNORECASE)
    most = Chair._meta.get_field("name").max_length
    if not bare or not bare.isprintable() or len(bare) > most:
        raise Refusal(
            f"“{name.strip()[:60]}” is no name of a chair. Write what pages put after “Chair”, as 1 or window, "
            f"in at most {most} letters. Nothing was changed."
        )
    return bare


def _require_told_apart(site: Site, bare: str, but: Chair | None = None) -> None:
    for other in Chair.objects.filter(site=site):
        if other != but and other.name.casefold() == bare.casefold():
            again = " It is retired: use it again instead." if other.retired_at else " Choose another name."
            raise Refusal(f"{other} is here already.{again} Nothing was changed.")
