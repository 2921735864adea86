from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "daybreak.clinic.evidence"
    label = "evidence"
