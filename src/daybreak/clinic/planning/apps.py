from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "daybreak.clinic.planning"
    label = "planning"
