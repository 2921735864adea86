"""Forms of the page of monitors."""

from typing import Any

from django import forms

from daybreak.clinic.record.forms import WriteForm
from daybreak.clinic.treatment_day.makes import mappings


def mapping_choices() -> list[tuple[str, str]]:
    """The mappings a monitor may speak, each as people call it."""
    return [(name, mapping.title) for name, mapping in mappings().items()]


class AddMonitorForm(WriteForm):
    """A monitor becomes known by its name."""

    identifier = forms.CharField(max_length=100, label="The name it gives itself", help_text="As its messages say it.")

    mapping = forms.ChoiceField(required=False, label="The codes it speaks")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mapping"].choices = mapping_choices()


class MappingForm(WriteForm):
    """A monitor is read by other codes from now on."""

    mapping = forms.CharField(max_length=60)


class TieForm(WriteForm):
    """A monitor is tied to a session."""

    session = forms.UUIDField()


class ReleaseForm(WriteForm):
    """A monitor is released."""
