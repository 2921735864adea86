"""Which days of the register somebody asks for."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.pharmacy.periods import Period
from daybreak.clinic.record.models import Site
from daybreak.treatment.drugs import Drug

_FIRST_YEAR = 1900  # before that, and in the last year there is, a day may have no midnight in some zone


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    missing = f"{label}: give the day."
    return forms.DateField(label=label, widget=widget, error_messages={"required": missing, "invalid": missing})


class PeriodForm(forms.Form):
    """One drug, from one day to another, both included."""

    drug = forms.ChoiceField(
        label="Drug", choices=[(drug.value, drug.value.capitalize()) for drug in Drug],
        error_messages={"required": "Choose the drug.", "invalid_choice": "Choose the drug."},
    )  # fmt: skip
    first = _day("From")
    last = _day("To")

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        first, last = said.get("first"), said.get("last")
        if first and last and last < first:
            self.add_error("last", f"To: {last.isoformat()} lies before {first.isoformat()}. Give a later day.")
        for name, day in (("first", first), ("last", last)):
            if day and not _FIRST_YEAR <= day.year < date.max.year:
                self.add_error(name, f"{self.fields[name].label}: give a day of this century.")
        if first and first > timezone.localdate() and not self.errors:
            self.add_error("first", f"From: {first.isoformat()} is still to come. The register ends today.")
        return said

    def period(self, site: Site) -> Period:
        """What was asked for; only of a form that is valid."""
        said = self.cleaned_data
        return Period(site, said["first"], said["last"], said["drug"])
