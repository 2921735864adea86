"""Who does something, and from where: stored with every fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from daybreak.clinic.record.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """The person (None: the system itself) and the address the request came from.

    `at` is for a history that is told afterwards, as the demonstration's is; no request ever sets it.
    """

    user: User | None
    address: str = ""
    at: datetime | None = None

    @property
    def now(self) -> datetime:
        """When this person acts."""
        return self.at or timezone.now()

    @property
    def stamp(self) -> dict[str, Any]:
        """The fields every `Fact` stores about its writer."""
        told = {"recorded_at": self.at} if self.at else {}
        return {"recorded_by": self.user, "recorded_from": self.address, **told}


SYSTEM = Actor(user=None, address="daybreak")
