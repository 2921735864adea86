from django.urls import path

from daybreak.clinic.letters import views

urlpatterns = [
    path("courses/<uuid:course_id>/letters", views.letters, name="letters"),
    path("courses/<uuid:course_id>/letters/new", views.new, name="letter_new"),
    path("letters/<uuid:letter_id>/", views.letter, name="letter"),
    path("letters/<uuid:letter_id>/keep", views.keep, name="letter_keep"),
    path("letters/<uuid:letter_id>/sign", views.sign, name="letter_sign"),
    path("letters/<uuid:letter_id>/amend", views.amend, name="letter_amend"),
    path("letters/<uuid:letter_id>/paper", views.paper, name="letter_paper"),
    path("letters/<uuid:letter_id>/paper.pdf", views.paper_pdf, name="letter_pdf"),
]
