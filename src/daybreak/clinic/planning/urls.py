from django.urls import path

from daybreak.clinic.planning import how_it_works_views, outlook_views, views

urlpatterns = [
    path("how-it-works/", how_it_works_views.how_it_works, name="how_it_works"),
    path("courses/<uuid:course_id>/plan", views.plan, name="plan"),
    path("courses/<uuid:course_id>/plan/preview", views.plan_preview, name="plan_preview"),
    path("courses/<uuid:course_id>/plan/outlook", outlook_views.plan_outlook, name="plan_outlook"),
    path("courses/<uuid:course_id>/plan/beside", outlook_views.plan_beside, name="plan_beside"),
    path("courses/<uuid:course_id>/plan/save", views.plan_save, name="plan_save"),
    path("courses/<uuid:course_id>/plan/sign", views.plan_sign, name="plan_sign"),
]
