from django.urls import path

from daybreak.clinic.referral import views

urlpatterns = [
    path("referrals/new", views.referral_new, name="referral_new"),
    path("referrals/<uuid:referral_id>/", views.referral_confirm, name="referral_confirm"),
    path("referrals/<uuid:referral_id>/set-aside", views.referral_set_aside, name="referral_set_aside"),
    path("referrals/<uuid:referral_id>/document", views.referral_download, name="referral_download"),
    path("courses/<uuid:course_id>/referral", views.referral, name="referral"),
]
