from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "daybreak.clinic.screening"
    label = "screening"
