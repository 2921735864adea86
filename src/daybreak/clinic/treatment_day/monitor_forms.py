"""Forms of the page of monitors."""

from django import forms


class AddMonitorForm(forms.Form):
    """A monitor becomes known by its name."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    identifier = forms.CharField(max_length=100, label="The name it gives itself", help_text="As its messages say it.")


class TieForm(forms.Form):
    """A monitor is tied to a session."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    session = forms.UUIDField()


class ReleaseForm(forms.Form):
    """A monitor is released."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
