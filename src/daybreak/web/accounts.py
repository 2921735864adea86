"""What differs from the sign-in library: nobody signs themselves up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import password_change
from django.http import HttpRequest, HttpResponse

from daybreak.clinic.record.refusals import Refusal


class ClosedAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def change_password(request: HttpRequest) -> HttpResponse:
    """The library's page; whoever signs in without a password, as in the demonstration, has none to change."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        raise Refusal("You sign in without a password, so there is none to change.")
    return password_change(request)
