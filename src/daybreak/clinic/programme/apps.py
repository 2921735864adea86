from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "daybreak.clinic.programme"
    label = "programme"
