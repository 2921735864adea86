"""Daybreak's models without what the product does when it starts."""

from django.apps import AppConfig


class TreatmentDay(AppConfig):
    name = "daybreak.clinic.treatment_day"
    label = "treatment_day"
