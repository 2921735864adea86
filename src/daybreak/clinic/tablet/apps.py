from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class TabletConfig(AppConfig):
    name = "daybreak.clinic.tablet"
    label = "tablet"

    def ready(self) -> None:
        from daybreak.clinic.tablet import services

        user_logged_out.connect(services.left, dispatch_uid="who signs out leaves the tablet")
