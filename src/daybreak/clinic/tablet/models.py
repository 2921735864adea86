"""Who may come back to a tablet by PIN. Both tables are state, not facts: what changed them is in the audit trail."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from daybreak.clinic.record.models import User, new_id

MOST_WRONG_TRIES = 5  # of ten thousand PINs at least; ours


class Pin(models.Model):
    """A person's own short PIN. Worth nothing away from a tablet on which they signed in fully."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="pin")
    encoded = models.CharField(max_length=200)
    set_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"PIN of {self.user}"

    @staticmethod
    def encode(user: User, pin: str) -> str:
        """The hash that is kept: Django's hasher, over the PIN mixed with the site's secret key. So few digits are
        found by trying them all; without the key, which is in no database and no backup of one, they are not."""
        return make_password(_mixed(user, pin))

    def matches(self, pin: str) -> bool:
        return check_password(_mixed(self.user, pin), self.encoded)


def _mixed(user: User, pin: str) -> str:
    return salted_hmac(f"daybreak.pin.{user.pk}", pin, algorithm="sha256").hexdigest()


class TabletSignIn(models.Model):
    """One person on one tablet: signed in fully there, and since then one of those who share it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tablet = models.CharField(max_length=64, help_text="a hash of the token in the tablet's cookie")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    signed_in_at = models.DateTimeField(help_text="when password and second factor, or a passkey, were shown")
    # Of the password at that time: a changed password ends it.
    session_hash = models.CharField(max_length=64)
    wrong_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tablet", "user"], name="once_on_a_tablet")]

    def __str__(self) -> str:
        return f"{self.user} on a tablet since {self.signed_in_at:%Y-%m-%d %H:%M}"

    @property
    def until(self) -> datetime:
        """When only a full sign-in helps again."""
        hours = self.user.site.shared_tablet_hours if self.user.site else 0
        return self.signed_in_at + timedelta(hours=hours)
