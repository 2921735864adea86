from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "daybreak.clinic.escalation"
    label = "escalation"
