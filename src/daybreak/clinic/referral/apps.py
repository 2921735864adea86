from django.apps import AppConfig


class ReferralConfig(AppConfig):
    name = "daybreak.clinic.referral"
    label = "referral"
