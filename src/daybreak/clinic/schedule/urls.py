from django.urls import path

from daybreak.clinic.schedule import appointment_views, views

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/week", views.week, name="calendar_week"),
    path("calendar/ready", views.ready, name="calendar_ready"),
    path("calendar/coming", views.coming, name="calendar_coming"),
    path("calendar/hours", views.hours, name="calendar_hours"),
    path("calendar/closed", views.closed, name="calendar_closed"),
    path("calendar/closed/<uuid:closing_id>/open", views.open_again, name="calendar_open_again"),
    path("calendar/time-out", views.time_out_set, name="time_out_set"),
    path("courses/<uuid:course_id>/appointments", appointment_views.appointments, name="appointments"),
    path("courses/<uuid:course_id>/appointments/misfits", appointment_views.misfits, name="appointments_misfits"),
    path("courses/<uuid:course_id>/appointments/book", appointment_views.book, name="appointment_book"),
    path("courses/<uuid:course_id>/appointments/series", appointment_views.series, name="appointment_series"),
    path("courses/<uuid:course_id>/authorisation", appointment_views.authorisation, name="authorisation_record"),
    path("appointments/<uuid:appointment_id>/", appointment_views.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/move", appointment_views.move, name="appointment_move"),
    path("appointments/<uuid:appointment_id>/cancel", appointment_views.cancel, name="appointment_cancel"),
    path("appointments/<uuid:appointment_id>/missed", appointment_views.missed, name="appointment_missed"),
    path("appointments/<uuid:appointment_id>/ride", appointment_views.ride, name="appointment_ride"),
]
