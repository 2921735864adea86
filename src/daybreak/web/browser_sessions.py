"""Django's browser sessions in the database, read with a prepared query: every request asks for one."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from daybreak.clinic.record.prepared import Prepared

_SESSION = Prepared(lambda key: Session.objects.filter(session_key=key), key=str)


class SessionStore(db.SessionStore):
    """What Django's own store does, with the same table."""

    def _get_session_from_db(self) -> Any:
        found = _SESSION.first(self.session_key or "")
        if found is None or found.expire_date <= timezone.now():
            self._session_key = None
            return None
        return found
