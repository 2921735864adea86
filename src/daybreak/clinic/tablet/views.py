"""Pages of a shared tablet. They are the only ones open while it is locked."""

import secrets

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.tablet import queries, services
from daybreak.clinic.tablet.models import Pin
from daybreak.clinic.tablet.pins import LONGEST

LONGEST_LIFTED = 400  # characters of when a cover was lifted; ours
_FIGURES = {"inputmode": "numeric", "autocomplete": "off", "maxlength": LONGEST}


class PinForm(forms.Form):
    """Twice the PIN, once the password."""

    pin = forms.CharField(label="PIN, 4 to 6 figures", widget=forms.PasswordInput(attrs=_FIGURES))
    again = forms.CharField(label="The same again", widget=forms.PasswordInput(attrs=_FIGURES))
    password = forms.CharField(
        label="Your password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("pin", again):
            raise forms.ValidationError("These are not the same figures.")
        return again


@requires(Permission.TABLET_SHARE)
def lock(request: HttpRequest) -> HttpResponse:
    """Lock (POST), or who may go on (GET). A script gets the part for its page, without one it is a page."""
    token = request.COOKIES.get(queries.COOKIE) or secrets.token_urlsafe(32)
    if request.method == "POST":
        services.lock(request, token, lifted=request.POST.get("lifted", "")[:LONGEST_LIFTED])
        # The tablet is known from this answer on, and this answer lists who is on it.
        request.COOKIES[queries.COOKIE] = token
    response = _locked(request) if request.htmx or request.method != "POST" else redirect(_locked_address(request))
    if request.method == "POST":
        response.set_cookie(
            queries.COOKIE, token, httponly=True, samesite="Strict", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@requires(Permission.TABLET_SHARE)
def is_open(request: HttpRequest) -> HttpResponse:
    """What a page asks that was out of sight: where the tablet was locked or left, the gate answers in place of it."""
    return HttpResponse(status=204)


@sensitive_post_parameters("pin", "password")
@requires(Permission.TABLET_SHARE)
@require_POST
def take_over(request: HttpRequest) -> HttpResponse:
    """Somebody of this tablet goes on with the page that was open."""
    try:
        same = services.take_over(
            request, request.POST.get("person", ""), request.POST.get("pin", "") or request.POST.get("password", "")
        )
    except Refusal as refusal:
        return _locked(request, str(refusal))
    if not request.htmx:
        return redirect(_next(request))
    response = HttpResponse(status=204)
    response["HX-Trigger" if same else "HX-Redirect"] = "tablet:unlocked" if same else _next(request)
    return response


@requires(Permission.TABLET_SHARE)
@require_POST
def make_way(request: HttpRequest) -> HttpResponse:
    """Somebody else signs in fully."""
    onward = _next(request)
    services.make_way(request)
    return redirect(f"{reverse('account_login')}?{urlencode({'next': onward})}")


@requires(Permission.TABLET_SHARE)
@require_POST
def everybody_leaves(request: HttpRequest) -> HttpResponse:
    """Sign everybody out of this tablet."""
    services.everybody_leaves(request)
    response = redirect("account_login")
    response.delete_cookie(queries.COOKIE, samesite="Strict")
    return response


@sensitive_post_parameters("pin", "again", "password")
@requires(Permission.TABLET_SHARE)
def pin(request: HttpRequest) -> HttpResponse:
    """Set or change one's own PIN."""
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_pin(request, form.cleaned_data["pin"], form.cleaned_data["password"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.info(request, "Your PIN is set. It works on tablets on which you signed in fully today.")
            return redirect("home")
    context = {"form": form, "has_pin": Pin.objects.filter(user=request.user).exists()}
    return render(request, "tablet/pin.html", context, status=422 if form.errors else 200)


def _locked(request: HttpRequest, refused: str = "") -> HttpResponse:
    others = [row for name, row in queries.on_tablet(request).items() if name != request.user.get_username()]
    is_over = queries.is_over(request)
    names = [*([] if is_over else [request.user.get_username()]), *(row.user.username for row in others)]
    context = {
        "others": others,
        # Choosing oneself is the first touch, or a PIN is typed under another's name; who is alone need not.
        "chosen": request.POST.get("person") or (names[0] if len(names) == 1 else ""),
        "next": _next(request),
        "refused": refused,
        "is_over": is_over,
    }
    # htmx puts in only what came with success; the refusal then stands in the part itself.
    template, wrong = ("tablet/unlock.html", 200) if request.htmx else ("tablet/locked.html", 422)
    return render(request, template, context, status=wrong if refused else 200)


def _locked_address(request: HttpRequest) -> str:
    return f"{reverse('tablet_lock')}?{urlencode({'next': _next(request)})}"


def _next(request: HttpRequest) -> str:
    """The page that was open, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("home")
