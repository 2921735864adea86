"""What differs from the sign-in library: nobody signs themselves up, and who is signed in is found faster."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID, uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ChangePasswordForm
from allauth.account.views import password_change
from allauth.core import context, ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from daybreak.clinic.record.models import User
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.refusals import Refusal
from daybreak.web.passwords import RULE
from daybreak.web.sign_ins import PAUSED, WRONG_PASSWORD, wrong_try

_USER = Prepared(lambda key: User.objects.filter(pk=key))


def name_as_looked_up(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The name whose wrong passwords are counted: capitals do not count, else each spelling had tries of its own."""
    typed = (credentials or {}).get("username") or request.POST.get("login") or request.POST.get("username") or ""
    return str(typed).lower()


class ClosedAccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "enter_current_password": "This is not your password now. Type it again.",
        "incorrect_password": "This is not your password. Type it again.",
        "username_password_mismatch": "User name and password do not belong together. Type both again.",
        "rate_limited": "Too many tries. Wait a minute, then try again.",
        "too_many_login_attempts": "Too many wrong tries. Wait 15 minutes, then try again.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Of wrong passwords only an address is counted here, by a key of no name: django-axes counts names, in the
        database."""
        if not ratelimit.consume(request, action="login_failed", key=str(uuid4())):
            wrong_try(request, PAUSED, str(credentials.get("username") or ""))
            raise self.validation_error("too_many_login_attempts")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        raise Refusal("This account was ended, so nobody signs in by it. Ask the administrator of your clinic.")


class NewPasswordForm(ChangePasswordForm):
    """The library's, with the rule in words; a wrong password of now is in the audit trail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = RULE

    def clean_oldpassword(self) -> str:
        try:
            return str(super().clean_oldpassword())
        except ValidationError:
            wrong_try(context.request, WRONG_PASSWORD, self.user.get_username())
            raise


class Backend(AuthenticationBackend):
    """The library's, with a prepared query for what every request asks. It is reached unless the name is paused."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        if request is not None:
            request.password_was_compared = True
        return super().authenticate(request, **credentials)

    def get_user(self, user_id: UUID) -> User | None:
        """Who is signed in, as the database knows them now; nobody who was made inactive."""
        user = _USER.first(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


def change_password(request: HttpRequest) -> HttpResponse:
    """The library's page; whoever signs in without a password, as in the demonstration, has none to change."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        raise Refusal("You sign in without a password, so there is none to change.")
    return password_change(request)
