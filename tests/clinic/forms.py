"""The forms of the clinic that write: what each sends, for the tests that send every one of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.test import Client
from django.urls import reverse

from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic


class Form(NamedTuple):
    """What a form sends: who, where to, what, and another content for the same id (None: it says nothing else)."""

    role: Role
    arguments: list[Any]
    fields: dict[str, Any]
    otherwise: dict[str, Any] | None = None
    query: str = ""


Make = Callable[[Clinic], Form]
FORMS: dict[str, Make] = {}


def form(name: str) -> Callable[[Make], Make]:
    """Keep what makes this form, by the name of its address."""

    def keep(make: Make) -> Make:
        FORMS[name] = make
        return make

    return keep


def send(clinic: Clinic, name: str, sent: Form, write_id: object, fields: dict[str, Any] | None = None) -> Any:
    """Post the form as a page without a script does."""
    client = Client()
    client.force_login(clinic.users[sent.role])
    session = client.session
    session["second_factor_set"] = True
    session.save()
    fields = dict(sent.fields if fields is None else fields)
    for file in fields.values():
        if hasattr(file, "seek"):
            file.seek(0)
    return client.post(reverse(name, args=sent.arguments) + sent.query, {"write_id": write_id, **fields})
