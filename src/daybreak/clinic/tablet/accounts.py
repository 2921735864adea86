"""What the administrator's hands do for an account, on the command line: nobody can lock themselves out for good.

An account is never deleted, since what was recorded names it; who leaves the clinic keeps no way in.
"""

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from daybreak.clinic.record import audit
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.setting_up import COMMAND_LINE
from daybreak.clinic.tablet.models import Pin, TabletSignIn


def account_of(username: str) -> User:
    """The member of staff who signs in with this word.

    Raises:
        Refusal: if nobody does.
    """
    everybody = User.objects.exclude(role=Role.PATIENT)
    # Of two that differ by capitals, the one written so.
    same = sorted(everybody.filter(username__iexact=username), key=lambda each: each.username != username)
    if not same:
        raise Refusal(f"Nobody signs in as {username!r}. Nothing was changed.")
    return same[0]


@transaction.atomic
def set_password(user: User, password: str) -> None:
    """A new password: whoever is signed in with the old one is not any more.

    Raises:
        Refusal: for a weak one.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal(f"{' '.join(error.messages)} Nothing was changed.") from error
    user.set_password(password)
    user.save(update_fields=["password"])
    _off_every_tablet(user)
    audit.record(COMMAND_LINE, "password set anew", subject=user.username)


@transaction.atomic
def forget_second_factor(user: User) -> None:
    """Phone, keys and recovery codes let nobody in any more: a second factor is set up at the next sign-in."""
    Authenticator.objects.filter(user=user).delete()
    _off_every_tablet(user)
    audit.record(COMMAND_LINE, "second factor forgotten", subject=user.username)


@transaction.atomic
def set_active(user: User, *, active: bool) -> None:
    """Close an account, from its next click on, or open it again."""
    user.is_active = active
    user.save(update_fields=["is_active"])
    _off_every_tablet(user)
    audit.record(COMMAND_LINE, "account opened again" if active else "account closed", subject=user.username)


def _off_every_tablet(user: User) -> None:
    """No PIN goes on where a password or a second factor would not."""
    Pin.objects.filter(user=user).delete()
    TabletSignIn.objects.filter(user=user).delete()
