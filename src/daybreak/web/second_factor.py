"""What the sign-in library says about a second factor, in the words of this house; a wrong one is audited."""

from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm
from django import forms

from daybreak.clinic.record.models import User
from daybreak.web.sign_ins import PAUSED, WRONG_CODE, wrong_try


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "It cannot be taken away. Set up another first.",
        "cannot_generate_recovery_codes": "Codes are made once an app or a key is set up. Set up one of them first.",
        "incorrect_code": "This is not the code. Type the one the app shows now; each lets in once.",
    }


class AddKeyForm(AddWebAuthnForm):
    passwordless = forms.BooleanField(
        label="Sign in with this key alone",
        required=False,
        help_text="Without the password. The key then asks for a PIN, a finger or a face.",
    )


def _audited(clean: Callable[[], Any], user: User | None) -> Any:
    """What was typed or shown, if it is right.

    Raises:
        ValidationError: the library's own; it is in the audit trail then.
    """
    try:
        return clean()
    except forms.ValidationError as wrong:
        is_paused = wrong.code == "too_many_login_attempts"
        wrong_try(context.request, PAUSED if is_paused else WRONG_CODE, user.get_username() if user else "")
        raise


class CodeForm(AuthenticateForm):
    """The second step of signing in, by a code."""

    def clean_code(self) -> Any:
        return _audited(super().clean_code, self.user)


class CodeAgainForm(ReauthenticateForm):
    """Of somebody signed in, before what matters."""

    def clean_code(self) -> Any:
        return _audited(super().clean_code, self.user)


class KeyForm(AuthenticateWebAuthnForm):
    """The second step of signing in, by a key."""

    def clean_credential(self) -> Any:
        return _audited(super().clean_credential, self.user)


class KeyAloneForm(LoginWebAuthnForm):
    """By a key that needs no password: whose it is stands in the key."""

    def clean_credential(self) -> Any:
        return _audited(super().clean_credential, None)
