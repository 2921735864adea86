"""The telephone numbers of a site: on letters, on what people take home, on the emergency card and the lock."""

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal


def set_numbers(site: Site, actor: Actor, *, phone: str, emergency_phone: str) -> None:
    """Write both numbers; an empty one is taken away.

    Raises:
        Refusal: for one that has no digit, or where nothing would change.
    """
    said = {"phone": " ".join(phone.split()), "emergency_phone": " ".join(emergency_phone.split())}
    before = {field: getattr(site, field) for field in said}
    for number in said.values():
        if number and not any(figure.isdigit() for figure in number):
            raise Refusal(f"“{number}” has no digit. Write it as it is dialled. Nothing was changed.")
    if said == before:
        raise Refusal("Both numbers are as they were. Nothing was changed.")
    audit.record(actor, "numbers of the site set", subject=site.pk, before=before, now=said)
    Site.objects.filter(pk=site.pk).update(**said)
