"""A nurse's tablet without its browser: one connection that stays open, one sign-in, entries with ids of their own."""

import json
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from daybreak.clinic.record.models import User

CSRF = "a" * 32  # any 32 characters, alike in cookie and header
LONGEST_ANSWER_SECONDS = 30


def sign_in(user: User) -> str:
    """The key of a browser session as signing in leaves it, the second factor shown."""
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["second_factor_set"] = True
    session.create()
    return str(session.session_key)


def entry(**typed: str) -> dict[str, str]:
    """What the page's script sends: what was typed, the id of the write and when it was entered."""
    return {"write_id": str(uuid4()), "at": datetime.now(UTC).isoformat(), **typed}


class Tablet:
    """Sends entries to a running server as the page's script does."""

    def __init__(self, server: str, session_key: str) -> None:
        self._connection = HTTPConnection(urlsplit(server).netloc, timeout=LONGEST_ANSWER_SECONDS)
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={CSRF}; sessionid={session_key}",
            "X-CSRFToken": CSRF,
        }

    def send(self, path: str, entry: dict[str, str]) -> tuple[int, dict[str, str]]:
        """The status and the answer to one entry.

        Raises:
            ConnectionError: if the server was gone before it answered.
        """
        try:
            self._connection.request("POST", path, urlencode(entry), self._headers)
            response = self._connection.getresponse()
            return response.status, json.loads(response.read())
        except HTTPException as broken:  # an answer that ends in its middle
            raise ConnectionError("The server hung up.") from broken

    def send_form(self, path: str, entry: dict[str, str]) -> tuple[int, str | None]:
        """The status of a form sent without a script, and where it leads."""
        self._connection.request("POST", path, urlencode(entry), self._headers | {"Accept": "text/html"})
        response = self._connection.getresponse()
        response.read()
        return response.status, response.headers["Location"]

    def __enter__(self) -> "Tablet":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
