from django.db import migrations


def tell_sites(apps, schema_editor):
    """A site knows what holds of its certification: the standing step of the latest day, of one day the newest."""
    steps = apps.get_model("programme", "SiteEnrolment").objects.filter(corrected_by__isnull=True)
    for step in steps.exclude(state="nothing").order_by("on", "recorded_at", "pk").select_related("site"):
        step.site.nasal_certified, step.site.nasal_certified_on = step.state == "certified", step.on
        step.site.save(update_fields=["nasal_certified", "nasal_certified_on"])


class Migration(migrations.Migration):

    dependencies = [
        ('programme', '0003_steps_by_their_day'),
        ('record', '0005_nasal_certified'),
    ]

    operations = [migrations.RunPython(tell_sites, migrations.RunPython.noop)]
