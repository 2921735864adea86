from django.urls import path

from daybreak.clinic.screening import views

urlpatterns = [
    path("courses/<uuid:course_id>/screening", views.screening, name="screening"),
    path("courses/<uuid:course_id>/screening/treatment", views.screening_request, name="screening_request"),
    path("courses/<uuid:course_id>/screening/answers", views.screening_answers, name="screening_answers"),
    path("courses/<uuid:course_id>/screening/measurements", views.screening_vitals, name="screening_vitals"),
    path("courses/<uuid:course_id>/screening/allergies", views.screening_allergies, name="screening_allergies"),
    path("courses/<uuid:course_id>/screening/trials", views.screening_trial, name="screening_trial"),
    path("courses/<uuid:course_id>/screening/decide", views.screening_decide, name="screening_decide"),
    path(
        "courses/<uuid:course_id>/screening/decisions/<uuid:decision_id>",
        views.screening_decision,
        name="screening_decision",
    ),
]
