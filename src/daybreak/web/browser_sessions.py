"""Django's browser sessions in the database, read with a prepared query: every request asks for one.

Each request saves the keys it changed, not the whole: two of one browser may be under way at once, and an entry that is
refused as the tablet locks must not open it again.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from daybreak.clinic.record.prepared import Prepared

_SESSION = Prepared(
    lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date"), key=str
)


class SessionStore(db.SessionStore):
    """With the same table as Django's own store."""

    _stored = ""  # as it was read or saved last

    def load(self) -> dict[str, Any]:
        found = _SESSION.first(self.session_key or "")
        if found is None or found[1] <= timezone.now():
            self._session_key = None
            return {}
        self._stored = found[0]
        return self.decode(found[0])

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        self._stored = made.session_data
        return made

    def save(self, must_create: bool = False) -> None:
        with transaction.atomic():
            if self.session_key and self._stored and not must_create:
                self._take_in_what_another_saved()
            super().save(must_create)

    def _take_in_what_another_saved(self) -> None:
        row = Session.objects.select_for_update().filter(session_key=self.session_key)
        stored = row.values_list("session_data", flat=True).first()
        if stored is None or stored == self._stored:
            return
        before, mine, theirs = self.decode(self._stored), self._session, self.decode(stored)
        changed = {key: value for key, value in mine.items() if key not in before or before[key] != value}
        kept = {key: value for key, value in theirs.items() if key in mine or key not in before}
        self._session_cache = kept | changed
