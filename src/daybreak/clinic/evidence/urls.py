from django.urls import path

from daybreak.clinic.evidence import downloads, proposal_views, views

urlpatterns = [
    path("evidence/", views.evidence, name="evidence"),
    path("evidence/trials/", views.evidence_trials, name="evidence_trials"),
    path("evidence/trials/<str:trial_id>/", views.evidence_trial, name="evidence_trial"),
    path("evidence/harms/", views.evidence_harms, name="evidence_harms"),
    path("evidence/result.<slug:kind>", downloads.evidence_result, name="evidence_result"),
    path("evidence/data/<slug:name>.<slug:kind>", downloads.evidence_data, name="evidence_data"),
    path("evidence/proposals/", proposal_views.evidence_proposals, name="evidence_proposals"),
    path("evidence/proposals/trial", proposal_views.evidence_propose_trial, name="evidence_propose_trial"),
    path("evidence/proposals/files", proposal_views.evidence_propose_files, name="evidence_propose_files"),
    path("evidence/results/<str:result_id>/correct", proposal_views.evidence_correct, name="evidence_correct"),
    path("evidence/proposals/<uuid:proposal_id>", proposal_views.evidence_proposal, name="evidence_proposal"),
    path("evidence/proposals/<uuid:proposal_id>/decide", proposal_views.evidence_decide, name="evidence_decide"),
]
