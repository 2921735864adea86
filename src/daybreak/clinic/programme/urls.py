from django.urls import path

from daybreak.clinic.programme import event_views, form_views, views

urlpatterns = [
    path("programme/", views.worklist, name="programme"),
    path("programme/site", views.site, name="programme_site"),
    path("courses/<uuid:course_id>/programme", views.person, name="programme_person"),
    path("courses/<uuid:course_id>/programme/enrol", views.enrol, name="programme_enrol"),
    path("programme/sessions/<uuid:session_id>/", form_views.session_form, name="programme_form"),
    path("programme/sessions/<uuid:session_id>/complete", form_views.complete, name="programme_complete"),
    path("programme/sessions/<uuid:session_id>/sent", form_views.sent, name="programme_sent"),
    path("programme/sessions/<uuid:session_id>/told", form_views.told, name="programme_told"),
    path("programme/sessions/<uuid:session_id>/paper", form_views.paper, name="programme_paper"),
    path("programme/sessions/<uuid:session_id>/paper.pdf", form_views.paper_pdf, name="programme_paper_pdf"),
    path("programme/submissions/<uuid:submission_id>/take-back", form_views.take_back, name="programme_take_back"),
    path("programme/sessions/<uuid:session_id>/event", event_views.new, name="programme_event_new"),
    path("programme/events/<uuid:event_id>/", event_views.event, name="programme_event"),
    path("programme/events/<uuid:event_id>/correct", event_views.correct, name="programme_event_correct"),
    path("programme/events/<uuid:event_id>/sent", event_views.sent, name="programme_event_sent"),
    path("programme/events/<uuid:event_id>/paper.pdf", event_views.paper_pdf, name="programme_event_pdf"),
]
