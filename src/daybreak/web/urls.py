"""Every address of the house."""

from django.urls import include, path

from daybreak.web import demonstration, views

handler400 = views.unreadable
handler403 = views.not_open
handler404 = views.not_found
handler500 = views.broken

urlpatterns = [
    # First, since open pages of the day ask every two seconds.
    path("", include("daybreak.clinic.treatment_day.urls")),
    path("", views.home, name="home"),
    path("health", views.health, name="health"),
    path("demonstration/sign-in", demonstration.sign_in, name="demonstration_sign_in"),
    path("accounts/", include("daybreak.web.account_urls")),
    path("", include("daybreak.clinic.record.urls")),
    path("", include("daybreak.clinic.tablet.urls")),
    path("", include("daybreak.clinic.evidence.urls")),
    path("", include("daybreak.clinic.referral.urls")),
    path("", include("daybreak.clinic.screening.urls")),
    path("", include("daybreak.clinic.planning.urls")),
    path("", include("daybreak.clinic.pharmacy.urls")),
    path("", include("daybreak.clinic.escalation.urls")),
    path("", include("daybreak.clinic.schedule.urls")),
    path("", include("daybreak.clinic.programme.urls")),
    path("", include("daybreak.clinic.followup.urls")),
    path("", include("daybreak.clinic.letters.urls")),
]
