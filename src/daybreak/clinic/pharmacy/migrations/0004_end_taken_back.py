"""A treatment day may end a second time, since a leaving that was recorded by mistake is taken back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pharmacy', '0003_more_forms'),
    ]

    operations = [
        migrations.AlterField(
            model_name='useend',
            name='use',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ends', to='pharmacy.use'),
        ),
    ]
