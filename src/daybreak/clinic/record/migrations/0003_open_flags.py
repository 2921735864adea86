"""Open flags are found without passing the closed ones."""

import django.db.models.deletion
from django.db import migrations, models

AT_ONCE = 500


def find_open(apps, schema_editor):
    flags, answers = apps.get_model("record", "Flag"), apps.get_model("record", "FlagEvent")
    open_flags = apps.get_model("record", "OpenFlag")
    closed = answers.objects.filter(flag=models.OuterRef("pk"), kind="closed")
    found = flags.objects.filter(~models.Exists(closed)).values_list("pk", "patient", "patient__site")
    rows = [open_flags(flag_id=flag, patient_id=patient, site_id=site) for flag, patient, site in found]
    open_flags.objects.bulk_create(rows, batch_size=AT_ONCE)


class Migration(migrations.Migration):

    dependencies = [
        ('record', '0002_shared_tablet'),
    ]

    operations = [
        migrations.CreateModel(
            name='OpenFlag',
            fields=[
                ('flag', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='waiting', serialize=False, to='record.flag')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='record.patient')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='record.site')),
            ],
        ),
        migrations.RunPython(find_open, migrations.RunPython.noop),
    ]
