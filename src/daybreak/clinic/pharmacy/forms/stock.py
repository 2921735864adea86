"""What comes in, moves and leaves; a lot that is recalled, an entry that is undone."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.forms.fields import (
    AtSomeTime,
    Figure,
    InStore,
    LotNumber,
    Measured,
    WholeFigure,
    Witnessed,
    Words,
)
from daybreak.clinic.pharmacy.models import Formulation, StorageLocation
from daybreak.clinic.record.forms import NamedWriteForm
from daybreak.clinic.record.models import Patient, Site
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG
from daybreak.treatment.drugs import Drug


class ReceiveForm(AtSomeTime):
    """What a delivery note says."""

    name = "receive"
    formulation = forms.ModelChoiceField(Formulation.objects.none(), label="What", empty_label="Choose")
    containers = WholeFigure(
        min_value=1, max_value=999_999, label="How many whole containers, tablets or lozenges",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6}),
    )  # fmt: skip
    lot = LotNumber(max_length=60, label="Lot", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    expires_on = forms.DateField(label="Last day of use", widget=forms.DateInput(attrs={"type": "date"}))
    supplier = Words(max_length=200, label="Supplier, with address and registration")
    document = Words(max_length=100, required=False, label="Invoice or delivery number")
    location = forms.ModelChoiceField(StorageLocation.objects.none(), label="Put into", empty_label="Choose")
    person = Words(
        max_length=200, required=False, label="Only for one person: their name",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    born = forms.DateField(
        required=False, label="Only for one person: their date of birth", widget=forms.DateInput(attrs={"type": "date"})
    )

    reason = Words(
        max_length=500, required=False,
        label="Why, if its last day is unusual, it is received again, or the page asks about something else",
    )  # fmt: skip
    field_order = (
        "write_id", "formulation", "containers", "lot", "expires_on", "reason", "supplier", "document", "location",
        "at", "person", "born",
    )  # fmt: skip

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["formulation"].queryset = Formulation.objects.filter(site=site).order_by("drug", "micrograms_each")
        self.fields["location"].queryset = queries.locations(site)
        self.site = site

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        said["patient"] = None
        if said.get("person"):
            said["patient"] = self._person(said["person"], said.get("born"))
        elif said.get("born"):
            self.add_error("person", "Type the name too, or leave both empty.")
        return said

    def _person(self, name: str, born: date | None) -> Patient | None:
        """The one person of this site with this name and birth date."""
        people = Patient.objects.filter(site=self.site, birth_date=born)
        for word in name.split():
            people = people.filter(Q(given_name__iexact=word) | Q(family_name__iexact=word))
        found = list(people[:2])
        if len(found) == 1:
            return found[0]
        self.add_error("person", f"No one person “{name}” with that date of birth is on file. Look at the label again.")
        return None


class LocationForm(NamedWriteForm):
    """A place becomes known."""

    name = "location"
    place = Words(max_length=60, label="Name of the place", widget=forms.TextInput(attrs={"autocomplete": "off"}))


class FormulationForm(NamedWriteForm):
    """What one container holds, as its label says."""

    name = "formulation"
    drug = forms.ChoiceField(
        choices=[("", "Choose"), *((drug.value, drug.value.capitalize()) for drug in Drug)], label="Drug"
    )
    container = forms.ChoiceField(choices=[("", "Choose"), *Formulation.Container.choices], label="Container")
    mg = Figure(label="Milligrams of base in one container or piece")
    ml = Figure(required=False, label="Millilitres in one (none for what is counted whole)")
    product_code = Words(max_length=40, required=False, label="Product code (NDC, PZN)")
    reason = Words(max_length=500, required=False, label="Why, if no label says so: who compounds it, for example")

    def content(self) -> dict[str, Any]:
        """What the verb takes."""
        said = self.cleaned_data
        return {
            "drug": Drug(said["drug"]),
            "container": Formulation.Container(said["container"]),
            "micrograms_each": int(said["mg"] * MICROGRAMS_PER_MG),
            "microlitres_each": int(said["ml"] * 1000) if said["ml"] else None,
            "product_code": said["product_code"],
            "reason": said["reason"],
        }


class MoveForm(Measured, AtSomeTime):
    """From one place to another."""

    name = "move"
    source = InStore(label="From")
    to = forms.ModelChoiceField(StorageLocation.objects.none(), label="To", empty_label="Choose")
    reason = Words(
        max_length=500, required=False, label="Why, if it is more than the book has there, or of before a count"
    )
    field_order = ("write_id", "source", "amount", "unit", "to", "reason", "at")

    def __init__(self, *args: Any, rows: Sequence[queries.Stock], site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].offer(rows)
        self.of(row.lot.formulation for row in rows)
        self.fields["to"].queryset = queries.locations(site)


class OutForm(Measured, Witnessed):
    """Stock leaves the house, or breaks in it."""

    name = "out"
    KINDS = [("sent away", "Sent away or destroyed"), ("wasted", "Broken or spilled in store")]
    source = InStore(label="From")
    kind = forms.ChoiceField(choices=[("", "Choose"), *KINDS], label="What became of it")
    words = Words(max_length=500, label="To whom, or how destroyed")
    reason = Words(
        max_length=500, required=False, label="Why, if it is more than the book has there, or of before a count"
    )
    field_order = ("write_id", "source", "amount", "unit", "kind", "words", "reason", "at", "witness", "password")

    def __init__(self, *args: Any, rows: Sequence[queries.Stock], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].offer(rows)
        self.of(row.lot.formulation for row in rows)


class RecallForm(NamedWriteForm):
    """A lot is recalled, or the recall is lifted: what the page offered, whatever somebody else did meanwhile."""

    name = "recall"
    RECALL, LIFT = "recall", "lift"
    deed = forms.ChoiceField(choices=[(RECALL, "Recall"), (LIFT, "Lift the recall")], widget=forms.HiddenInput)
    reason = Words(max_length=1000, label="Who says so, and why")

    @property
    def lifts(self) -> bool:
        return self["deed"].value() == self.LIFT


class ReverseForm(Witnessed):
    """An entry is undone by another."""

    name = "reverse"
    reason = Words(max_length=1000, label="Why it is wrong")
    at = None
    field_order = ("write_id", "reason", "witness", "password")

    def __init__(self, *args: Any, takes_two: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not takes_two:
            del self.fields["witness"], self.fields["password"]
