from django.urls import path

from daybreak.clinic.escalation import views

urlpatterns = [
    path("escalation/", views.escalation, name="escalation"),
    path("escalation/switch", views.escalation_switch, name="escalation_switch"),
    path("escalation/roster", views.escalation_duty, name="escalation_duty"),
    path("escalation/roster/<uuid:duty_id>/withdraw", views.escalation_withdraw, name="escalation_withdraw"),
    path("escalation/roster/<uuid:duty_id>/test", views.escalation_test, name="escalation_test"),
    path("escalation/messages/<uuid:on_call_id>/answer", views.escalation_answer, name="escalation_answer"),
    path("escalation/board", views.escalation_board, name="escalation_board"),
    path("escalation/sessions/<uuid:session_id>", views.escalation_session, name="escalation_session"),
]
