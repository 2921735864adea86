from django.urls import path

from daybreak.clinic.record import audit_views, limit_views, views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("flags/", views.flags, name="flags"),
    path("flags/<uuid:flag_id>/answer", views.flag_answer, name="flag_answer"),
    path("courses/<uuid:course_id>/stage", views.course_stage, name="course_stage"),
    path("courses/<uuid:course_id>/therapist", views.course_therapist, name="course_therapist"),
    path("rules/", views.rules, name="rules"),
    path("rules/limits", limit_views.limits, name="limits"),
    path("rules/sign", views.rules_sign, name="rules_sign"),
    path("status/", views.status_page, name="status"),
    path("audit/", audit_views.audit, name="audit"),
    path("audit/entries.csv", audit_views.audit_file, name="audit_file"),
]
