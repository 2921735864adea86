from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "daybreak.web"
    label = "web"

    def ready(self) -> None:
        from daybreak.web import sign_ins

        sign_ins.watch()
