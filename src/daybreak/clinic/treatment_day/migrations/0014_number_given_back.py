"""A session that was left before any dose gives its number in the course back."""

from django.db import migrations, models


def give_back(apps, schema_editor):
    sessions, events = apps.get_model("treatment_day", "Session"), apps.get_model("treatment_day", "SessionEvent")
    balance = {key: 0 for key in sessions.objects.filter(is_over=True).values_list("pk", flat=True)}
    of_a_dose = events.objects.filter(kind__in=("dose started", "dose not given"), session__is_over=True)
    for key, kind in of_a_dose.values_list("session", "kind"):
        balance[key] += 1 if kind == "dose started" else -1
    without = [key for key, doses in balance.items() if doses <= 0]
    for start in range(0, len(without), 500):
        sessions.objects.filter(pk__in=without[start:start + 500]).update(holds_number=False)


class Migration(migrations.Migration):

    dependencies = [
        ('treatment_day', '0013_recorded'),
    ]

    operations = [
        migrations.AddField(
            model_name='session',
            name='holds_number',
            field=models.BooleanField(default=True),
        ),
        migrations.RunPython(give_back, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='session',
            name='one_session_per_number',
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('holds_number', True)), fields=('course', 'number'), name='one_session_per_number'),
        ),
    ]
