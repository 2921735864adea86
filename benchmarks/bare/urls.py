from django.urls import path

from benchmarks.bare import views

urlpatterns = [
    path("readings", views.insert),
    path("sessions/<uuid:session_id>", views.five_queries),
]
