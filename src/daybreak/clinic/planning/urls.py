from django.urls import path

from daybreak.clinic.planning import views

urlpatterns = [
    path("courses/<uuid:course_id>/plan", views.plan, name="plan"),
    path("courses/<uuid:course_id>/plan/preview", views.plan_preview, name="plan_preview"),
    path("courses/<uuid:course_id>/plan/save", views.plan_save, name="plan_save"),
    path("courses/<uuid:course_id>/plan/sign", views.plan_sign, name="plan_sign"),
]
