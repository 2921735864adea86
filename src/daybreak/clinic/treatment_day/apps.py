from django.apps import AppConfig


class TreatmentDayConfig(AppConfig):
    name = "daybreak.clinic.treatment_day"
    label = "treatment_day"

    def ready(self) -> None:
        from daybreak.clinic.pharmacy.asked_of_sessions import named
        from daybreak.clinic.pharmacy.services.recalls import recalled
        from daybreak.clinic.treatment_day import lots

        recalled.connect(lots.tell_those_treated, dispatch_uid="a recall is told to those treated")
        named.connect(lots.sessions_that_name, dispatch_uid="which sessions name a lot")
