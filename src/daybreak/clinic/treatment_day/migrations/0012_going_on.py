"""Sessions that go on are found without passing those that are over."""

from django.db import migrations, models


def find_over(apps, schema_editor):
    sessions, events = apps.get_model("treatment_day", "Session"), apps.get_model("treatment_day", "SessionEvent")
    left = events.objects.filter(session=models.OuterRef("pk"), kind="left")
    sessions.objects.filter(models.Exists(left)).update(is_over=True)


class Migration(migrations.Migration):

    dependencies = [
        ('treatment_day', '0011_found_at_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='session',
            name='is_over',
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(find_over, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('is_over', False)), fields=['opened_at'], name='going_on'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('is_over', False)), fields=['chair'], name='going_on_in_a_chair'),
        ),
    ]
