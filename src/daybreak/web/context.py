"""What every page of the house shows: the state of the rules, the demonstration, the version."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from daybreak import __version__
from daybreak.clinic.record import queries
from daybreak.clinic.record.models import User
from daybreak.treatment.ruleset import rule_set


def house(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    site = user.site if isinstance(user, User) else None
    version = rule_set().version
    return {
        "daybreak_version": __version__,
        "demonstration": settings.DEMONSTRATION,
        "site": site,
        "time_zone": settings.TIME_ZONE,
        "rule_set": version,
        "rules_signed": queries.rules_signature(site, version),
    }
