"""A person proves who they are at a screen where somebody is signed in: by their PIN there, or their own password.

One verb for all of it: to take over a shared tablet, to unlock it, to witness, to be the second at a time-out.
A name on a list is no proof.
"""

from copy import copy
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import F
from django.http import HttpRequest

from daybreak.clinic.record.models import User
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.wrong_tries import record_wrong_try
from daybreak.clinic.tablet import queries
from daybreak.clinic.tablet.models import MOST_WRONG_TRIES, Pin, TabletSignIn
from daybreak.clinic.tablet.pins import LONGEST, SHORTEST

PIN, PASSWORD = "PIN", "password"
# Nobody in the demonstration has a password: there this word is everybody's.
DEMONSTRATION_WORD = "demonstration"


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody who has just proved who they are, and how."""

    user: User
    how: str


def prove(request: HttpRequest, username: str, secret: str, *, purpose: str) -> Proof:
    """Who this is, by their own PIN on this tablet or their own password. What they may do then is asked by whoever
    asks for the proof.

    Wrong passwords count as at sign-in. Five wrong PINs, and this person's PIN is worth nothing on this tablet until
    they signed in fully again. Each failure is audited as “`purpose` not proved”.

    Raises:
        Refusal: with the reason, and what helps.
    """
    username = username.strip()
    user, problem = _by_pin(request, username, secret) if looks_like_a_pin(secret) else _by_password(
        request, username, secret
    )  # fmt: skip
    if user is None:
        refuse(request, username, problem, purpose=purpose)
        raise Refusal(problem)
    return Proof(user, PIN if looks_like_a_pin(secret) else PASSWORD)


def refuse(request: HttpRequest, username: str, problem: str, *, purpose: str) -> None:
    """Audit that somebody was not proved."""
    record_wrong_try(actor(request), f"{purpose} not proved", username, problem=problem)


def looks_like_a_pin(secret: str) -> bool:
    """No password is so short."""
    return secret.isascii() and secret.isdigit() and SHORTEST <= len(secret) <= LONGEST


def _by_pin(request: HttpRequest, username: str, pin: str) -> tuple[User | None, str]:
    row = queries.on_tablet(request).get(username)
    kept = Pin.objects.select_related("user").filter(user=row.user).first() if row else None
    # The try is counted before it is looked at, so that many at once are not more than five.
    if row is None or kept is None or not _count_a_try(row):
        return None, (
            "A PIN works only on a tablet on which its owner signed in fully today and stayed, and not after "
            f"{MOST_WRONG_TRIES} wrong tries. Type the password."
        )
    if kept.matches(pin):
        TabletSignIn.objects.filter(pk=row.pk).update(wrong_tries=0)
        return row.user, ""
    left = MOST_WRONG_TRIES - row.wrong_tries - 1
    if left > 0:
        return None, f"That is not the PIN. {left} {'try' if left == 1 else 'tries'} left."
    if row.user == request.user:
        request.session["until"] = 0  # their own lock opens no more
    return None, f"That is not the PIN, {MOST_WRONG_TRIES} times. {row.user.display_name} has to sign in fully."


def _count_a_try(row: TabletSignIn) -> bool:
    counted = TabletSignIn.objects.filter(pk=row.pk, wrong_tries__lt=MOST_WRONG_TRIES)
    return bool(counted.update(wrong_tries=F("wrong_tries") + 1))


def _by_password(request: HttpRequest, username: str, password: str) -> tuple[User | None, str]:
    # A copy: what the counter of wrong tries notes on a request would turn this page into the one for sign-in.
    asked = copy(request)
    asked.proves_a_person = True
    # The word of a demonstration first: it is no wrong password to be counted.
    user = _demonstration(username, password) or authenticate(asked, username=username, password=password)
    if isinstance(user, User):
        return user, ""
    if getattr(asked, "axes_locked_out", False):
        return None, "Too many wrong tries: this name is paused for 15 minutes."
    return None, "The name, or the PIN or password, is not right."


def _demonstration(username: str, password: str) -> User | None:
    if not settings.DEMONSTRATION or password != DEMONSTRATION_WORD:
        return None
    user = User.objects.filter(username=username, is_active=True, site__demonstration=True).first()
    return None if user is None or user.has_usable_password() else user
