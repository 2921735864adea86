"""The verbs of a shared tablet: join it, lock it, take it over, leave it, set one's PIN."""

from typing import Any

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site, User
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.tablet import queries
from daybreak.clinic.tablet.models import Pin, TabletSignIn
from daybreak.clinic.tablet.pins import require_good
from daybreak.clinic.tablet.proving import prove

# Ours: a PIN outlives no day, and a page locks before it is forgotten, but not between two checks of a session.
MOST_HOURS, LEAST_MINUTES, MOST_MINUTES = 12, 2, 60


def lock(request: HttpRequest, token: str, *, lifted: str = "") -> None:
    """Nobody sees a page of this session until somebody of this tablet proves who they are. Never refused.

    Who signed in fully in this session belongs to the tablet from now on, where the site has PINs.

    Args:
        lifted: when, by the tablet's clock, its cover was lifted while no server could ask for a PIN.
    """
    at = queries.signed_in_fully_at(request)
    if at is not None and request.user.site.shared_tablet_hours:
        tablet, person = queries.hashed(token), {"session_hash": request.user.get_session_auth_hash()}
        with transaction.atomic():
            row, is_new = TabletSignIn.objects.get_or_create(
                tablet=tablet, user=request.user, defaults={**person, "signed_in_at": at}
            )
            if not is_new and row.signed_in_at < at:
                TabletSignIn.objects.filter(pk=row.pk).update(**person, signed_in_at=at, wrong_tries=0)
                row.signed_in_at = at
        request.session["until"] = row.until.timestamp()
    if not request.session.get("locked"):
        request.session["locked"] = True
        audit.record(actor(request), "tablet locked", **({"opened_without_a_pin": lifted} if lifted else {}))


def take_over(request: HttpRequest, username: str, secret: str) -> bool:
    """Somebody of this tablet goes on with it, by PIN or password. True if it is who it was locked by.

    Raises:
        Refusal: for nobody, for somebody who did not sign in fully here, or whose proof is wrong.
    """
    if not username:
        raise Refusal("Choose who goes on, then type your own PIN.")
    before: User = request.user
    row = queries.on_tablet(request).get(username)
    same = username == before.get_username()
    if row is None and not (same and not queries.is_over(request)):
        raise Refusal("This person has to sign in fully on this tablet first.")
    proof = prove(request, username, secret, purpose="tablet")
    if proof.user == before:
        request.session.pop("locked", None)
        request.session["unlocked_at"] = str(int(timezone.now().timestamp()))
        audit.record(actor(request), "tablet unlocked", how=proof.how)
        return True
    if row is None or proof.user != row.user:  # two names of one account, as another case of letters
        raise Refusal("This person has to sign in fully on this tablet first.")
    kept = {name: request.session[name] for name in ("demonstration",) if name in request.session}
    login(request, row.user, backend=_backend())
    request.session.update({**kept, "second_factor_set": True, "by_pin": True, "until": row.until.timestamp()})
    audit.record(actor(request), "tablet taken over", how=proof.how, before=str(before.pk))
    return False


def make_way(request: HttpRequest) -> None:
    """Somebody else is to sign in fully. Who was signed in stays one of the tablet's people."""
    audit.record(actor(request), "tablet free for another to sign in")
    request.session.flush()


def everybody_leaves(request: HttpRequest) -> None:
    """The end of a shift: nobody comes back to this tablet by PIN."""
    audit.record(actor(request), "tablet left by everybody")
    TabletSignIn.objects.filter(tablet=queries.tablet_of(request)).delete()
    request.session.flush()


def left(sender: object, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Who signs out leaves the tablet."""
    tablet = queries.tablet_of(request) if request is not None else ""
    if tablet and user is not None:
        TabletSignIn.objects.filter(tablet=tablet, user=user).delete()


def set_pin(request: HttpRequest, pin: str, password: str) -> None:
    """Set or change one's own PIN; the password is asked for each time.

    Raises:
        Refusal: for a PIN that is tried first, or a wrong password.
    """
    require_good(pin)
    if pin in request.user.get_username():
        raise Refusal("Those figures stand in your sign-in name. Take others.")
    proof = prove(request, request.user.get_username(), password or " ", purpose="change of PIN")
    if proof.user != request.user or proof.how != "password":
        raise Refusal("Your password is asked for here, not the PIN you have. Nothing was changed.")
    Pin.objects.update_or_create(
        user=request.user, defaults={"encoded": Pin.encode(request.user, pin), "set_at": timezone.now()}
    )
    audit.record(actor(request), "PIN set")


def change_times(site: Site, actor: Actor, *, hours: int, minutes: int) -> None:
    """How long a PIN is worth something after a full sign-in, and when an idle page locks.

    Raises:
        Refusal: beyond the bounds.
    """
    if not 0 <= hours <= MOST_HOURS:
        raise Refusal(f"{hours} hours cannot be: a PIN lasts 0 (never) to {MOST_HOURS} hours.")
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise Refusal(f"{minutes} minutes cannot be: an idle page locks after {LEAST_MINUTES} to {MOST_MINUTES}.")
    audit.record(
        actor, "times of shared tablets changed", subject=site, hours=hours, minutes=minutes,
        before=[site.shared_tablet_hours, site.lock_after_minutes],
    )  # fmt: skip
    site.shared_tablet_hours, site.lock_after_minutes = hours, minutes
    site.save(update_fields=["shared_tablet_hours", "lock_after_minutes"])


def _backend() -> str:
    from django.conf import settings

    return str(settings.AUTHENTICATION_BACKENDS[-1])
