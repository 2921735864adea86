"""Whom a patient can call, on every page they see, also one that is not theirs."""

from typing import Any

from daybreak.clinic.record.models import Site
from daybreak.treatment.suicide_pathway import help_lines


def whom_to_call(site: Site | None) -> dict[str, Any]:
    """What `followup/own_base.html` needs: the lines of the site's country, its phone as written and as dialled."""
    phone = site.phone if site else ""
    return {
        "help_lines": help_lines(site.jurisdiction) if site else (),
        "clinic_phone": phone,
        "clinic_number": "".join(each for each in phone if each in "+0123456789"),
    }
