"""What the sign-in library says about a second factor, in the words of this house."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms


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
