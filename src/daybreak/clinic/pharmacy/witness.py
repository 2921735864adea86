"""A witness proves themselves, at the same screen and apart from whoever is signed in. A name on a list is no proof."""

from copy import copy
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from daybreak.clinic.record import audit
from daybreak.clinic.record.models import User
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal

# Nobody in the demonstration has a password: there this word is everybody's.
DEMONSTRATION_WORD = "demonstration"


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who has just proved who they are, and how."""

    user: User
    proof: str


def prove(request: HttpRequest, username: str, password: str) -> Witness:
    """The second person, proved by their own password. Wrong tries count as at sign-in, and each is audited.

    Raises:
        Refusal: for a wrong name or password, for whoever is signed in, for who may not witness here.
    """
    user, problem = _proved(request, username.strip(), password)
    if problem or user is None:
        audit.record(actor(request), "witness not proved", subject=username.strip()[:150], problem=problem)
        raise Refusal(f"{problem} Nothing was saved.")
    return Witness(user, "password")


def _proved(request: HttpRequest, username: str, password: str) -> tuple[User | None, str]:
    if username and username == request.user.get_username():
        return None, "The witness is somebody else than you. They type their own name and password."
    # A copy: what the counter of wrong tries notes on a request would turn this page into the one for sign-in.
    asked = copy(request)
    user = authenticate(asked, username=username, password=password) or _demonstration(username, password)
    if not isinstance(user, User):
        paused = getattr(asked, "axes_locked_out", False)
        return None, (
            "Too many wrong tries: this name is paused for 15 minutes."
            if paused
            else "The name or the password of the witness is not right."
        )
    if user.site_id != request.user.site_id or not user.allows(Permission.LEDGER_WITNESS):
        return None, f"{user} may not witness here."
    return user, ""


def _demonstration(username: str, password: str) -> User | None:
    if not settings.DEMONSTRATION or password != DEMONSTRATION_WORD:
        return None
    user = User.objects.filter(username=username, is_active=True, site__demonstration=True).first()
    return None if user is None or user.has_usable_password() else user
