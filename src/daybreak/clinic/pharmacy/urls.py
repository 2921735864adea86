from django.urls import path

from daybreak.clinic.pharmacy import case_views, lot_views, period_views, views

urlpatterns = [
    path("drugs/", views.account, name="pharmacy"),
    path("drugs/register", views.register, name="pharmacy_register"),
    path("drugs/register/period", period_views.period, name="pharmacy_period"),
    path("drugs/register/period.csv", period_views.period_file, name="pharmacy_period_file"),
    path("drugs/receive", views.receive, name="pharmacy_receive"),
    path("drugs/set-up", views.set_up, name="pharmacy_set_up"),
    path("drugs/set-up/location", views.location_add, name="pharmacy_location_add"),
    path("drugs/set-up/formulation", views.formulation_add, name="pharmacy_formulation_add"),
    path("drugs/count", views.count, name="pharmacy_count"),
    path("drugs/counts/<uuid:count_id>/", views.counted, name="pharmacy_counted"),
    path("drugs/entries/<uuid:entry_id>/reverse", views.reverse, name="pharmacy_reverse"),
    path("drugs/sessions/<uuid:use_id>/", lot_views.use, name="pharmacy_use"),
    path("drugs/sessions/<uuid:use_id>/draw", lot_views.draw, name="pharmacy_draw"),
    path("drugs/sessions/<uuid:use_id>/waste", lot_views.waste, name="pharmacy_waste"),
    path("drugs/sessions/<uuid:use_id>/put-back", lot_views.put_back, name="pharmacy_put_back"),
    path("drugs/who-got", lot_views.who_got, name="pharmacy_who_got"),
    path("drugs/lots/<uuid:lot_id>/", lot_views.lot, name="pharmacy_lot"),
    path("drugs/lots/<uuid:lot_id>/move", lot_views.move, name="pharmacy_move"),
    path("drugs/lots/<uuid:lot_id>/out", lot_views.out, name="pharmacy_out"),
    path("drugs/lots/<uuid:lot_id>/recall", lot_views.recall, name="pharmacy_recall"),
    path("drugs/lots/<uuid:lot_id>/recipients", lot_views.recipients, name="pharmacy_recipients"),
    path("drugs/cases/<uuid:case_id>/", case_views.case, name="pharmacy_case"),
    path("drugs/cases/<uuid:case_id>/explain", case_views.explain, name="pharmacy_explain"),
    path("drugs/cases/<uuid:case_id>/loss", case_views.loss, name="pharmacy_loss"),
    path("drugs/cases/<uuid:case_id>/close", case_views.close, name="pharmacy_close"),
]
