"""Forms of a referral."""

from typing import Any

from django import forms

from daybreak.clinic.record.models import Patient, Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import staff
from daybreak.clinic.referral.queries import KnownPerson
from daybreak.formats.fhir import Match
from daybreak.treatment.days import said_day
from daybreak.treatment.indications import indications

NEW = "new"
_HOW = {
    Match.IDENTIFIER: "the same number",
    Match.NAME_AND_BIRTH_DATE: "the same name and birth date",
    Match.CONFLICT: "the same number, but another birth date. Ask the sender which is right",
}


class UploadForm(forms.Form):
    """A file another system made."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label="Referral file",
        help_text="A FHIR R4 Bundle as JSON, up to 20 MB. Nothing is saved to a record before you confirm.",
        error_messages={"required": "Choose the file first.", "empty": "The file is empty. Ask the sender again."},
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json,application/fhir+json"}),
    )


class SetAsideForm(forms.Form):
    """Why a referral leads to nothing here."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=500, required=False)


class ConfirmForm(forms.Form):
    """Whom a referral is about, and what for."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    person = forms.ChoiceField(label="Who is it?", widget=forms.RadioSelect)
    indication = forms.ChoiceField(
        label="Referred for", error_messages={"required": "Choose what the person is referred for."}
    )
    prescriber = forms.ModelChoiceField(
        label="Prescriber",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose who decides about treatment."},
    )

    def __init__(self, *args: Any, site: Site, known: list[KnownPerson], suggested: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prescriber"].queryset = staff(site, Role.PRESCRIBER)
        self.fields["person"].choices = [(str(match.patient.pk), self._known(match)) for match in known] + [
            (NEW, "Somebody not known here yet")
        ]
        names = {identifier: indication.name for identifier, indication in indications().items()}
        likely = [(identifier, names[identifier]) for identifier in suggested]
        others = [(identifier, name) for identifier, name in names.items() if identifier not in suggested]
        groups = [("The conditions sent may stand for", likely)] if likely else []
        self.fields["indication"].choices = [("", "Choose"), *groups, ("Others", others)]
        if not known:
            self.fields["person"].initial = NEW

    @staticmethod
    def _known(match: KnownPerson) -> str:
        return f"{match.patient}, born {said_day(match.patient.birth_date)}, known here: {_HOW[match.how]}"

    def patient(self) -> Patient | None:
        """The chosen person; None for somebody new."""
        chosen = self.cleaned_data["person"]
        return None if chosen == NEW else Patient.objects.get(pk=chosen)
