"""The bytes stand apart now; clocks are measured; temperature is a vital sign."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("treatment_day", "0004_raw_messages")]

    operations = [
        migrations.RemoveField("devicemessage", "raw"),
        migrations.AddField(
            "devicemessage",
            "ahead_s",
            models.FloatField(
                help_text="its clock against ours, in seconds; below 0: behind", null=True
            ),
        ),
        migrations.AddField("reading", "came_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "reading",
            "vital",
            models.CharField(
                choices=[
                    ("systolic", "Systolic pressure"),
                    ("diastolic", "Diastolic pressure"),
                    ("heart_rate", "Heart rate"),
                    ("spo2", "Oxygen saturation"),
                    ("respiratory_rate", "Breaths"),
                    ("temperature", "Temperature"),
                    ("alertness", "Alertness (MOAA/S)"),
                    ("dissociation", "Dissociation, 0 to 10"),
                    ("weight", "Weight"),
                    ("height", "Height"),
                ],
                max_length=30,
            ),
        ),
    ]
