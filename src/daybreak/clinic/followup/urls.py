from django.urls import path

from daybreak.clinic.followup import call_views, own_views, views

urlpatterns = [
    path("me/", own_views.own, name="own"),
    path("me/help", own_views.own_help, name="own_help"),
    path("me/sent/<uuid:measure_id>", own_views.own_sent, name="own_sent"),
    path("me/<uuid:course_id>/<slug:question>/<int:step>", own_views.own_question, name="own_question"),
    path("me/<uuid:course_id>/<slug:question>/send", own_views.own_send, name="own_send"),
    path("calls/", call_views.calls, name="calls"),
    path("calls/<uuid:session_id>", call_views.call_record, name="call_record"),
    path("calls/<uuid:session_id>/take-back", call_views.call_take_back, name="call_take_back"),
    path("courses/<uuid:course_id>/followup", views.course, name="course"),
    path("courses/<uuid:course_id>/measures/new/<slug:instrument_id>", views.measure_new, name="measure_new"),
    path("courses/<uuid:course_id>/measures/<uuid:measure_id>", views.measure, name="measure"),
    path("courses/<uuid:course_id>/measures/<uuid:measure_id>/correct", views.measure_correct, name="measure_correct"),
]
