"""Answers a person has given and not sent yet, kept with their sign-in until they send them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

from daybreak.clinic.record.models import new_id

_KEY = "drafts"


@dataclass(slots=True)
class Draft:
    """The answers so far. `measure_id` stays the same however often the page is opened: sent twice is saved once."""

    measure_id: UUID = field(default_factory=new_id)
    answers: dict[int, int | None] = field(default_factory=dict)


def load(session: SessionBase, name: str) -> Draft:
    """The draft of this name, or a new one."""
    kept: dict[str, Any] | None = session.get(_KEY, {}).get(name)
    if kept is None:
        return Draft()
    return Draft(UUID(kept["measure_id"]), {int(item): value for item, value in kept["answers"].items()})


def names(session: SessionBase) -> list[str]:
    """Under which names drafts are kept."""
    return list(session.get(_KEY, {}))


def keep(session: SessionBase, name: str, draft: Draft) -> None:
    """Keep the draft with the sign-in."""
    answers = {str(item): value for item, value in draft.answers.items()}
    session[_KEY] = session.get(_KEY, {}) | {name: {"measure_id": str(draft.measure_id), "answers": answers}}


def drop(session: SessionBase, name: str) -> None:
    """Forget the draft: it was sent."""
    session[_KEY] = {other: draft for other, draft in session.get(_KEY, {}).items() if other != name}
