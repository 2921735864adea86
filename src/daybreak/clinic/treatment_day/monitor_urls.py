from django.urls import path

from daybreak.clinic.treatment_day import monitor_views as views

urlpatterns = [
    path("monitors/", views.monitors, name="monitors"),
    path("monitors/add", views.monitor_add, name="monitor_add"),
    path("monitors/<uuid:monitor_id>/mapping", views.monitor_mapping, name="monitor_mapping"),
    path("monitors/<uuid:monitor_id>/tie", views.monitor_tie, name="monitor_tie"),
    path("monitors/<uuid:monitor_id>/release", views.monitor_release, name="monitor_release"),
    path("monitors/messages/<uuid:message_id>", views.device_message, name="device_message"),
]
