from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "daybreak.clinic.record"
    label = "record"
    verbose_name = "Record"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from daybreak.clinic.record import append_only

        post_migrate.connect(append_only.install_after_migrate, dispatch_uid="append-only triggers")
