from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "daybreak.clinic.letters"
    label = "letters"
