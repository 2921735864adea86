from django.apps import AppConfig


class TreatmentDayConfig(AppConfig):
    name = "daybreak.clinic.treatment_day"
    label = "treatment_day"

    def ready(self) -> None:
        from daybreak.clinic.pharmacy.asked_of_sessions import named, running
        from daybreak.clinic.pharmacy.services.recalls import recalled
        from daybreak.clinic.treatment_day import lots
        from daybreak.clinic.treatment_day.services import drug_account

        recalled.connect(lots.tell_those_treated, dispatch_uid="a recall is told to those treated")
        named.connect(lots.sessions_that_name, dispatch_uid="which sessions name a lot")
        running.connect(drug_account.runs_now, dispatch_uid="what runs in")
