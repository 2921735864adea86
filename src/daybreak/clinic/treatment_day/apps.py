from django.apps import AppConfig


class TreatmentDayConfig(AppConfig):
    name = "daybreak.clinic.treatment_day"
    label = "treatment_day"
