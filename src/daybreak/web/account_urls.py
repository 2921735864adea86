"""The sign-in library's pages we offer: sign in, out, password, second factor. Sign-up has no address."""

from allauth.account import views
from django.urls import include, path

from daybreak.web import accounts

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("password/", accounts.change_password, name="account_change_password"),
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("second-factor/", include("allauth.mfa.urls")),
]
