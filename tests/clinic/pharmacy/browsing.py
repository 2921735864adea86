"""The pages of the drug account as a browser opens and sends them."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from daybreak.clinic.pharmacy.models import Lot
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store


def signed_in(clinic: Clinic, role: Role = Role.NURSE) -> Client:
    client = Client()
    client.force_login(clinic.users[role])
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client


def read(client: Client, name: str, *of: object, **query: str) -> str:
    response = client.get(reverse(name, args=of), query)
    assert response.status_code == 200
    return text(response)


def text(response: Any) -> str:
    """What a person reads, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", response.content.decode().split("<main", 1)[-1]))


def send(client: Client, name: str, *of: object, **data: Any) -> Any:
    return client.post(reverse(name, args=of), {"write_id": new_id(), **data})


def source(lot: Lot, store: Store) -> str:
    return f"{lot.pk}:{store.safe.pk}"
