"""What is typed on the page of escalation."""

from typing import Any

from django import forms

from daybreak.clinic.escalation.services import LEAST_MINUTES, MOST_MINUTES, ON_CALL_ROLES, PLACES
from daybreak.clinic.record.forms import WriteForm
from daybreak.clinic.record.models import Site, User
from daybreak.clinic.record.queries import staff


class _Moment(forms.DateTimeField):
    def __init__(self, label: str) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(label=label, widget=widget)


class DutyForm(WriteForm):
    """Who is on call, from when to when."""

    person = forms.ModelChoiceField(User.objects.none(), label="Who")
    place = forms.TypedChoiceField(coerce=int, choices=[(n, str(n)) for n in PLACES], label="Called as number")
    starts_at = _Moment("From")
    ends_at = _Moment("Until")
    address = forms.EmailField(label="E-mail address", help_text="Read on a phone that makes a sound.")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = staff(site, *ON_CALL_ROLES)


class WordsForm(WriteForm):
    """A write with a few words, or none."""

    words = forms.CharField(required=False, max_length=500)


class SwitchForm(WriteForm):
    """On with the minutes a mark may wait, or off; and why."""

    is_on = forms.TypedChoiceField(
        choices=[("", "Choose"), ("on", "On"), ("off", "Off")],
        coerce=lambda said: said == "on",
        label="Escalation",
        error_messages={"required": "Choose on or off."},
    )
    minutes = forms.IntegerField(
        min_value=LEAST_MINUTES, max_value=MOST_MINUTES, label="Minutes without an answer before it climbs",
        help_text="Of each step, and up to one more: the clock's work runs once a minute. No source states a number: "
        "the site chooses it.", required=False,
    )  # fmt: skip
    words = forms.CharField(max_length=500, label="Why", error_messages={"required": "Write why, in a few words."})

    def clean(self) -> dict[str, Any]:
        """Off needs no minutes."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("is_on") and said.get("minutes") is None and "minutes" not in self.errors:
            self.add_error("minutes", f"Write how many minutes a mark may wait: {LEAST_MINUTES} to {MOST_MINUTES}.")
        return said
