"""The people one may look around as, on the sign-in page of a demonstration."""

from typing import Any

from django import template

from daybreak.clinic.record.models import User
from daybreak.web import demonstration

register = template.Library()


@register.simple_tag(takes_context=True)
def demonstration_people(context: dict[str, Any]) -> list[User]:
    request = context["request"]
    return demonstration.people() if demonstration.allowed(request) else []
