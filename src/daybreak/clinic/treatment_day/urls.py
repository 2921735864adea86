from django.urls import path

from daybreak.clinic.treatment_day import deeds, monitor_urls, views

urlpatterns = [
    *monitor_urls.urlpatterns,
    path("today/", views.today, name="today"),
    path("today/live", views.today_live, name="today_live"),
    path("today/blank-sheet", views.blank_sheet, name="blank_sheet"),
    path("today/blank-sheet.pdf", views.blank_sheet_pdf, name="blank_sheet_pdf"),
    path("courses/<uuid:course_id>/sessions", views.sessions, name="sessions"),
    path("courses/<uuid:course_id>/sessions/open", views.session_open, name="session_open"),
    path("sessions/<uuid:session_id>/", views.session, name="session"),
    path("sessions/<uuid:session_id>/live", views.session_live, name="session_live"),
    path("sessions/<uuid:session_id>/readings", deeds.readings, name="session_readings"),
    path("sessions/<uuid:session_id>/correct", deeds.correct, name="session_correct"),
    path("sessions/<uuid:session_id>/mark", deeds.mark, name="session_mark"),
    path("sessions/<uuid:session_id>/check", deeds.check, name="session_check"),
    path("sessions/<uuid:session_id>/reason", deeds.reason, name="session_reason"),
    path("sessions/<uuid:session_id>/start", deeds.start, name="session_start"),
    path("sessions/<uuid:session_id>/device", deeds.device, name="session_device"),
    path("sessions/<uuid:session_id>/pause", deeds.pause, name="session_pause"),
    path("sessions/<uuid:session_id>/resume", deeds.resume, name="session_resume"),
    path("sessions/<uuid:session_id>/rate", deeds.rate, name="session_rate"),
    path("sessions/<uuid:session_id>/stop", deeds.stop, name="session_stop"),
    path("sessions/<uuid:session_id>/mistake", deeds.mistake, name="session_mistake"),
    path("sessions/<uuid:session_id>/amount", deeds.amount, name="session_amount"),
    path("sessions/<uuid:session_id>/observe", deeds.observe, name="session_observe"),
    path("sessions/<uuid:session_id>/criterion", deeds.criterion, name="session_criterion"),
    path("sessions/<uuid:session_id>/leave", deeds.leave, name="session_leave"),
    path("sessions/<uuid:session_id>/note", deeds.note, name="session_note"),
    path("sessions/<uuid:session_id>/amend", deeds.amend, name="session_amend"),
]
