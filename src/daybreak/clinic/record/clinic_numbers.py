"""The telephone numbers of a site: on letters, on what people take home, on the emergency card and the lock."""

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal

_NAMES = {"phone": "The telephone number", "emergency_phone": "The emergency number"}


def as_dialled(field: str, typed: str) -> str:
    """A number of a site as it is kept; empty where there shall be none.

    Raises:
        Refusal: for one nobody can dial, and one that is too long.
    """
    text, most = " ".join(typed.split()), Site._meta.get_field(field).max_length
    if text and not (text.isprintable() and any(figure.isdigit() for figure in text)):
        raise Refusal(f"{_NAMES[field]} “{text}” has no digit. Write it as it is dialled from the clinic.")
    if len(text) > most:
        raise Refusal(f"{_NAMES[field]} is longer than {most} characters.")
    return text


def set_numbers(site: Site, actor: Actor, *, phone: str, emergency_phone: str) -> None:
    """Write both numbers; an empty one is taken away.

    Raises:
        Refusal: for one nobody can dial, or where nothing would change.
    """
    typed = {"phone": phone, "emergency_phone": emergency_phone}
    said = {field: as_dialled(field, number) for field, number in typed.items()}
    before = {field: getattr(site, field) for field in said}
    if said == before:
        raise Refusal("Both numbers are as they were. Nothing was changed.")
    audit.record(actor, "numbers of the site set", subject=site.pk, before=before, now=said)
    Site.objects.filter(pk=site.pk).update(**said)
