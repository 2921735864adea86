from django.apps import AppConfig


class PharmacyConfig(AppConfig):
    name = "daybreak.clinic.pharmacy"
    label = "pharmacy"
