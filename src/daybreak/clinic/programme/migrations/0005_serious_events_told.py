from django.db import migrations

from daybreak.treatment.nasal_programme import seriousness


def tell_record(apps, schema_editor):
    """Serious events that were recorded before the record was told of them."""
    Event, Fact = apps.get_model("programme", "SeriousEvent"), apps.get_model("record", "PatientFact")
    for event in Event.objects.filter(corrected_by__isnull=True).select_related("session__course"):
        kinds = [name for name in seriousness() if name in event.seriousness]
        Fact.objects.create(
            patient_id=event.session.course.patient_id, kind="serious event", code=kinds[0],
            text=f"{', '.join(seriousness()[name] for name in kinds)}: {event.words}", occurred_at=event.occurred_at,
            source=f"serious event {event.pk}", recorded_at=event.recorded_at, recorded_by_id=event.recorded_by_id,
            recorded_from=event.recorded_from,
        )  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('programme', '0004_sites_know'),
        ('record', '0006_serious_event'),
    ]

    operations = [migrations.RunPython(tell_record, migrations.RunPython.noop)]
