"""A witness is chosen by name and proves themselves, at the same screen and apart from whoever is signed in. A name
out of a list is no proof."""

from dataclasses import dataclass

from django.http import HttpRequest

from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.tablet import proving, queries

SAME = "The witness is somebody else than you. They choose their own name, and type their own PIN or password."


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who has just proved who they are, and how."""

    user: User
    proof: str


Choices = list[tuple[str, list[tuple[str, str]]]]


def witnesses(request: HttpRequest, *also: Permission) -> Choices:
    """Who may be the second person, and may do this `also`: groups of sign-in names with the names people know, those
    signed in on this tablet first. One query more than who is on it."""
    staff = User.objects.filter(site=request.user.site, is_active=True).exclude(pk=request.user.pk)
    needed = (Permission.LEDGER_WITNESS, *also)
    may = [user for user in staff.order_by("display_name") if all(map(user.allows, needed))]
    here = queries.on_tablet(request)
    groups = (
        ("Signed in on this tablet", [user for user in may if user.username in here]),
        ("Others here", [user for user in may if user.username not in here]),
    )
    return [(name, [(user.username, str(user)) for user in people]) for name, people in groups if people]


def prove(request: HttpRequest, username: str, secret: str) -> Witness:
    """The second person, proved by their own PIN on this tablet or their own password (`tablet.proving`).

    Raises:
        Refusal: for a wrong name, PIN or password, for whoever is signed in, for who may not witness here.
    """
    username = username.strip()
    if username and username == request.user.get_username():
        raise _not_proved(request, username, SAME)
    try:
        proof = proving.prove(request, username, secret, purpose="witness")
    except Refusal as refusal:
        raise Refusal(f"{refusal} Nothing was saved.") from None
    user = proof.user
    if user == request.user:  # by another spelling of the name
        raise _not_proved(request, username, SAME)
    if user.site_id != request.user.site_id or not user.allows(Permission.LEDGER_WITNESS):
        raise _not_proved(request, username, f"{user} may not witness here.")
    return Witness(user, proof.how)


def _not_proved(request: HttpRequest, username: str, problem: str) -> Refusal:
    proving.refuse(request, username, problem, purpose="witness")
    return Refusal(f"{problem} Nothing was saved.")
