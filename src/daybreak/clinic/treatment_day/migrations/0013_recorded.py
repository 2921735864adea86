"""What was recorded in a session is told from what is only shown of a monitor."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatment_day', '0012_going_on'),
    ]

    operations = [
        migrations.AddField(
            model_name='session',
            name='recorded',
            field=models.PositiveIntegerField(default=0),
        ),
    ]
