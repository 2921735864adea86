"""The bytes of messages go apart, packed."""

import django.db.models.deletion
from django.db import migrations, models

from daybreak.clinic.treatment_day.raw_messages import digest, pack

AT_ONCE = 500


def put_apart(apps, schema_editor):
    messages = apps.get_model("treatment_day", "DeviceMessage")
    raw_messages = apps.get_model("treatment_day", "RawMessage")
    rows = []
    for message in messages.objects.only("pk", "raw").iterator(chunk_size=AT_ONCE):
        raw = bytes(message.raw)
        rows.append(raw_messages(message_id=message.pk, digest=digest(raw), packed=pack(raw)))
        if len(rows) == AT_ONCE:
            raw_messages.objects.bulk_create(rows)
            rows = []
    raw_messages.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [("treatment_day", "0003_dose_not_given")]

    operations = [
        migrations.CreateModel(
            name="RawMessage",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="kept",
                        serialize=False,
                        to="treatment_day.devicemessage",
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the bytes: tells a message that comes again", max_length=64
                    ),
                ),
                ("packed", models.BinaryField()),
            ],
        ),
        migrations.RunPython(put_apart, migrations.RunPython.noop),
    ]
