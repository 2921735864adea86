from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('record', '0004_ownlimit'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='nasal_certified',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='site',
            name='nasal_certified_on',
            field=models.DateField(help_text='since when, or when it ended', null=True),
        ),
    ]
