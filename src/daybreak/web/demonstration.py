"""One-click sign-in for the demonstration.

It needs three things at once: the demonstration setting, a database marked as a demonstration that holds only
synthetic people, and a request made on this machine. Elsewhere the page does not exist.
"""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from daybreak.clinic.record import audit
from daybreak.clinic.record.models import Site, User
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import PUBLIC, requires
from daybreak.clinic.record.queries import what_is_real

PREFIX = "demo-"


def people() -> list[User]:
    """The synthetic people one may sign in as."""
    return list(User.objects.filter(username__startswith=PREFIX, is_active=True).order_by("date_joined"))


def allowed(request: HttpRequest) -> bool:
    """Whether one-click sign-in exists for this request."""
    if not settings.DEMONSTRATION:
        return False
    try:
        local = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return local and Site.objects.filter(demonstration=True).exists()


def require_synthetic() -> None:
    """Refuse to start the demonstration on a database with real people.

    Raises:
        ImproperlyConfigured: if the setting is on and the database is not a demonstration's.
    """
    if not settings.DEMONSTRATION:
        return
    if real := what_is_real():
        raise ImproperlyConfigured(
            f"DAYBREAK_DEMONSTRATION=1, but this database is not a demonstration: {real}. One-click sign-in would open "
            "real records. Turn the switch off."
        )


@requires(PUBLIC)
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demonstration's people."""
    if not allowed(request):
        raise Http404
    user = next((person for person in people() if person.username == request.POST.get("who")), None)
    if user is None:
        raise Http404
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    request.session["demonstration"] = True
    audit.record(actor(request), "signed in for the demonstration")
    return redirect("home")
