"""Django's browser sessions in the database, read with a prepared query: every request asks for one."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from daybreak.clinic.record.prepared import Prepared

_SESSION = Prepared(
    lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date"), key=str
)


class SessionStore(db.SessionStore):
    """What Django's own store does, with the same table."""

    def load(self) -> dict[str, Any]:
        found = _SESSION.first(self.session_key or "")
        if found is None or found[1] <= timezone.now():
            self._session_key = None
            return {}
        return self.decode(found[0])
