from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('record', '0005_nasal_certified'),
    ]

    operations = [
        migrations.AlterField(
            model_name='patientfact',
            name='kind',
            field=models.CharField(choices=[('condition', 'Condition'), ('medicine', 'Medicine'), ('allergy', 'Allergy'), ('vital', 'Vital'), ('score', 'Score'), ('answer', 'Answer'), ('serious event', 'Serious Event')], max_length=20),
        ),
    ]
