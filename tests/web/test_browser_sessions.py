"""Two requests of one browser at the same time: each saves what it changed, and undoes nothing of the other's."""

import pytest
from django.contrib.sessions.backends.base import UpdateError

from daybreak.web.browser_sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    store = SessionStore()
    store.update({"locked": True, "by_pin": True, "shown start": "52.5 mL/h"})
    store.save()
    assert store.session_key
    return store.session_key


def opened(key: str) -> SessionStore:
    """As a request that begins now reads it."""
    store = SessionStore(key)
    assert store["by_pin"]
    return store


def test_a_lock_stands_whatever_another_request_saves_that_began_before_it(key: str) -> None:
    """An entry was under way, and is refused, as the idle tablet locks: what it keeps of the refusal opens nothing."""
    unlocking = opened(key)
    unlocking.pop("locked")
    unlocking.save()
    entry, lock = opened(key), opened(key)
    lock["locked"] = True
    lock.save()
    entry["shown start"] = "525 mL/h is about ten times 52.5."
    entry.save()
    assert dict(opened(key).items()) == {"locked": True, "by_pin": True, "shown start": entry["shown start"]}


def test_what_one_request_took_out_no_other_puts_back(key: str) -> None:
    unlocking, entry = opened(key), opened(key)
    unlocking.pop("locked")
    unlocking.save()
    entry.pop("shown start")
    entry["until"] = 0
    entry.save()
    assert dict(opened(key).items()) == {"by_pin": True, "until": 0}


def test_a_session_that_was_ended_is_not_brought_back(key: str) -> None:
    entry = opened(key)
    opened(key).flush()
    entry["shown start"] = "525 mL/h"
    with pytest.raises(UpdateError):
        entry.save()
    assert not SessionStore().exists(key)


def test_a_new_key_carries_everything_on(key: str) -> None:
    """As at sign-in: what is taken out after it stays out."""
    store = opened(key)
    store.cycle_key()
    store.pop("locked")
    store["second_factor_set"] = True
    store.save()
    assert set(opened(store.session_key).keys()) == {"by_pin", "shown start", "second_factor_set"}
