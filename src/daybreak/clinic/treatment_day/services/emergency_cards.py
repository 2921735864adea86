"""The site's own part of the emergency card is written: whom to call, and rescue doses by its own protocol."""

from dataclasses import asdict
from uuid import UUID

from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.emergency_card import read_medicines, read_numbers
from daybreak.clinic.treatment_day.models import SiteCard


def write_card(site: Site, numbers: str, medicines: str, actor: Actor, *, write_id: UUID) -> SiteCard:
    """Replace the site's part of the card; every earlier one stays in the record.

    Args:
        numbers: one a line, as "Anaesthetist on duty: 555 0100".
        medicines: one a line, as "labetalol; 10 mg iv slowly; protocol 3 of 2026-01".

    Raises:
        Refusal: for anybody but the medical director of the site, or a line that cannot be read.
    """
    if actor.user is None or not actor.user.allows(Permission.CARD_WRITE) or actor.user.site_id != site.pk:
        raise Refusal("Only the medical director of the site writes its emergency card.")
    said = {
        "numbers": [asdict(row) for row in read_numbers(numbers)],
        "medicines": [asdict(row) for row in read_medicines(medicines)],
    }

    def do() -> None:
        SiteCard.objects.create(id=write_id, site=site, **said, **actor.stamp)
        audit.record(actor, "emergency card written", subject=site.pk, **said)

    writes.once(write_id, "emergency card", {"site": site.pk, **said}, actor, do)
    return SiteCard.objects.get(pk=write_id)
