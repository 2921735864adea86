from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "daybreak.clinic.followup"
    label = "followup"
