"""Addresses of a shared tablet."""

from django.urls import path

from daybreak.clinic.tablet import views

urlpatterns = [
    path("tablet/", views.lock, name="tablet_lock"),
    path("tablet/open", views.is_open, name="tablet_open"),
    path("tablet/take-over", views.take_over, name="tablet_take_over"),
    path("tablet/make-way", views.make_way, name="tablet_make_way"),
    path("tablet/everybody-leaves", views.everybody_leaves, name="tablet_everybody_leaves"),
    path("tablet/pin", views.pin, name="tablet_pin"),
]
