from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "daybreak.clinic.schedule"
    label = "schedule"
