from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "daybreak.clinic.escalation"
    label = "escalation"

    def ready(self) -> None:
        from daybreak.clinic.escalation.queries import nobody_is_called
        from daybreak.clinic.record import status

        status.remarks.append(("Escalation", nobody_is_called))
