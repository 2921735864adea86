"""What is typed in the drug account, read leniently and refused in words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.models import Count, DiscrepancyEvent, Formulation, Lot, StorageLocation
from daybreak.clinic.pharmacy.services import LOSS_QUESTIONS, Seen
from daybreak.clinic.record.models import Patient, Site
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG
from daybreak.treatment.drugs import Drug

# Up to six figures and three decimals; "1,000" could be one or a thousand, so three decimals take a point.
_FIGURE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3}|,[0-9]{1,2})?")
MG, ML, WHOLE = "mg", "mL", "whole"
UNITS = [(MG, "mg"), (ML, "mL"), (WHOLE, "whole vials")]


# Signs that cannot be seen and belong to writing all the same: ends of lines, and what joins and parts letters.
_OF_WRITING = "\t\n\r\u200c\u200d"


def _require_seen(text: str, allowed: str) -> None:
    """Refuse signs that cannot be seen or that turn round what stands beside them, but for those allowed."""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") and sign not in allowed:
            raise forms.ValidationError(
                f"There is a sign in it that cannot be seen (U+{ord(sign):04X}). Type it by hand, as it is printed."
            )


class Words(forms.CharField):
    """Text without signs that hide something."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        _require_seen(value, _OF_WRITING)


class LotNumber(forms.CharField):
    """A lot as it is printed: two that look alike are one, so nothing in it is unseen."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        _require_seen(value, "")


class Figure(forms.Field):
    """An exact number as a hand types it: a comma is a point."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": 12})

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if not text:
            return None
        if not _FIGURE.fullmatch(text):
            raise forms.ValidationError(f"“{text[:20]}” cannot be read as one number. Type figures only, as 36.5.")
        return Decimal(text.replace(",", "."))


def micrograms(formulation: Formulation, amount: Decimal, unit: str) -> int:
    """A typed amount in whole micrograms.

    Raises:
        ValidationError: for a volume of a device, and for what is no whole number of micrograms.
    """
    if unit == WHOLE:
        exact = amount * formulation.micrograms_each
        if amount != int(amount):
            raise forms.ValidationError(f"{amount} is no whole number. Type mg or mL for a part of a vial.")
    elif unit == ML:
        if formulation.microlitres_each is None:
            raise forms.ValidationError("A device has no volume to measure. Count devices.")
        exact = amount * 1000 * formulation.micrograms_each / formulation.microlitres_each
    else:
        exact = amount * MICROGRAMS_PER_MG
    if exact != int(exact):
        raise forms.ValidationError(f"{amount} {unit} is no whole number of micrograms. Type the amount in mg.")
    return int(exact)


class Write(forms.Form):
    """What every entry brings: its own id."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    name = ""  # of the form, in front of its ids

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.name}-%s", use_required_attribute=False, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"“{field.label}” is empty." if field.label else "Something is missing."


class AtSomeTime(Write):
    """Something that may have happened earlier than it is entered."""

    at = forms.DateTimeField(
        required=False, label="When, if not now", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class Witnessed(AtSomeTime):
    """A second person types their own name, and their own PIN or password, at the same screen."""

    witness = Words(
        max_length=150, label="Witness: sign-in name",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        max_length=200, label="Witness: own PIN or password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class Measured(forms.Form):
    """An amount with its unit."""

    amount = Figure(label="How much")
    unit = forms.ChoiceField(choices=[("", "Choose"), *UNITS], label="In")

    def of(self, formulations: Iterable[Formulation]) -> None:
        """Offer the units these come in: a device is only counted. Between several nothing is chosen beforehand."""
        whole = {formulation.is_counted_whole for formulation in formulations}
        if whole == {True}:
            self.fields["unit"].choices = [(WHOLE, "devices")]
        elif True in whole:
            self.fields["unit"].choices = [("", "Choose"), (MG, "mg"), (ML, "mL"), (WHOLE, "whole vials or devices")]

    def measured(self, formulation: Formulation) -> int:
        """What was typed, in micrograms of this formulation."""
        return micrograms(formulation, self.cleaned_data["amount"], self.cleaned_data["unit"])


class InStore(forms.ModelChoiceField):
    """A lot in a place, as one choice."""

    def __init__(self, rows: Sequence[queries.Stock] = (), **kwargs: Any) -> None:
        self.rows = {f"{row.lot.pk}:{row.location.pk}": row for row in rows}
        super().__init__(Lot.objects.none(), **kwargs)

    def offer(self, rows: Sequence[queries.Stock]) -> None:
        self.rows = {f"{row.lot.pk}:{row.location.pk}": row for row in rows}
        named = [(key, _named(row)) for key, row in self.rows.items()]
        self.widget.choices = named if len(named) == 1 else [("", "Choose"), *named]

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        if value not in self.rows:
            raise forms.ValidationError("That lot is not in that place any more. Load the page again.")
        return self.rows[value]


def _named(row: queries.Stock) -> str:
    marks = [
        mark
        for mark, holds in (
            ("RECALLED", row.recalled),
            ("past its last day", row.is_past),
            (f"for {row.lot.patient}", row.lot.patient_id),
        )
        if holds
    ]
    return f"{row.location}: lot {row.lot.number}, {row.lot.formulation}" + "".join(f", {mark}" for mark in marks)


class DrawForm(Measured, AtSomeTime):
    """Drug is taken out for a treatment day."""

    name = "draw"
    source = InStore(label="From")
    reason = Words(max_length=500, required=False, label="Why, if something stands against it")
    field_order = ("write_id", "source", "amount", "unit", "reason", "at")

    def __init__(self, *args: Any, rows: Sequence[queries.Stock], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].offer(rows)
        self.of(row.lot.formulation for row in rows)


class _OfLots(Measured):
    """About one of the lots that were drawn."""

    lot = forms.ModelChoiceField(Lot.objects.none(), label="Lot", empty_label="Choose")

    def __init__(self, *args: Any, lots: Sequence[Lot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"].queryset = Lot.objects.filter(pk__in=[lot.pk for lot in lots]).select_related("formulation")
        self.fields["lot"].label_from_instance = lambda lot: f"{lot.number}, {lot.formulation}"
        if len(lots) == 1:
            self.fields["lot"].empty_label = None
        self.of(lot.formulation for lot in lots)


class WasteForm(_OfLots, Witnessed):
    """What was left is made useless before a witness."""

    name = "waste"
    words = Words(max_length=500, required=False, label="How, and anything unusual")
    field_order = ("write_id", "lot", "amount", "unit", "words", "at", "witness", "password")


class PutBackForm(_OfLots, AtSomeTime):
    """What was not needed goes back."""

    name = "back"
    location = forms.ModelChoiceField(StorageLocation.objects.none(), label="To", empty_label="Choose")
    field_order = ("write_id", "lot", "amount", "unit", "location", "at")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].queryset = queries.locations(site)


class ReceiveForm(AtSomeTime):
    """What a delivery note says."""

    name = "receive"
    formulation = forms.ModelChoiceField(Formulation.objects.none(), label="What", empty_label="Choose")
    containers = forms.IntegerField(
        min_value=1, max_value=999_999, label="How many whole vials or devices",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6}),
    )  # fmt: skip
    lot = LotNumber(max_length=60, label="Lot", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    expires_on = forms.DateField(label="Last day of use", widget=forms.DateInput(attrs={"type": "date"}))
    supplier = Words(max_length=200, label="Supplier, with address and registration")
    document = Words(max_length=100, required=False, label="Invoice or delivery number")
    location = forms.ModelChoiceField(StorageLocation.objects.none(), label="Put into", empty_label="Choose")
    person = Words(
        max_length=200, required=False, label="Only if delivered for one person: their name",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    born = forms.DateField(required=False, label="and date of birth", widget=forms.DateInput(attrs={"type": "date"}))

    field_order = (
        "write_id", "formulation", "containers", "lot", "expires_on", "supplier", "document", "location", "person",
        "born", "at",
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


class LocationForm(Write):
    """A place becomes known."""

    name = "location"
    place = Words(max_length=60, label="Name of the place", widget=forms.TextInput(attrs={"autocomplete": "off"}))


class FormulationForm(Write):
    """What one container holds, as its label says."""

    name = "formulation"
    drug = forms.ChoiceField(
        choices=[("", "Choose"), *((drug.value, drug.value.capitalize()) for drug in Drug)], label="Drug"
    )
    container = forms.ChoiceField(choices=[("", "Choose"), *Formulation.Container.choices], label="Container")
    mg = Figure(label="Milligrams of base in one")
    ml = Figure(required=False, label="Millilitres in one (none for a device)")
    product_code = Words(max_length=40, required=False, label="Product code (NDC, PZN)")

    def content(self) -> dict[str, Any]:
        """What the verb takes."""
        said = self.cleaned_data
        return {
            "drug": Drug(said["drug"]),
            "container": Formulation.Container(said["container"]),
            "micrograms_each": int(said["mg"] * MICROGRAMS_PER_MG),
            "microlitres_each": int(said["ml"] * 1000) if said["ml"] else None,
            "product_code": said["product_code"],
        }


class MoveForm(Measured, AtSomeTime):
    """From one place to another."""

    name = "move"
    source = InStore(label="From")
    to = forms.ModelChoiceField(StorageLocation.objects.none(), label="To", empty_label="Choose")
    field_order = ("write_id", "source", "amount", "unit", "to", "at")

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
    field_order = ("write_id", "source", "amount", "unit", "kind", "words", "at", "witness", "password")

    def __init__(self, *args: Any, rows: Sequence[queries.Stock], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].offer(rows)
        self.of(row.lot.formulation for row in rows)


class RecallForm(Write):
    """A lot is recalled, or the recall is lifted: what the page offered, whatever somebody else did meanwhile."""

    name = "recall"
    RECALL, LIFT = "recall", "lift"
    deed = forms.ChoiceField(choices=[(RECALL, "Recall"), (LIFT, "Lift the recall")], widget=forms.HiddenInput)
    reason = Words(max_length=1000, label="Who says so, and why")

    @property
    def lifts(self) -> bool:
        return self["deed"].value() == self.LIFT


class ReverseForm(Write):
    """An entry is undone by another."""

    name = "reverse"
    reason = Words(max_length=1000, label="Why it is wrong")


class CountForm(AtSomeTime):
    """What is seen, before anybody looks at the book. Each row is answered, with 0 where nothing is."""

    name = "count"
    business = forms.ChoiceField(choices=Count.Business.choices, required=False, label="Time of day")
    witness = Words(
        max_length=150, required=False, label="Second person: sign-in name",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        max_length=200, required=False, label="Second person: own PIN or password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, rows: Sequence[tuple[Lot, StorageLocation]], **kwargs: Any) -> None:
        self.counted = list(rows)
        super().__init__(*args, **kwargs)
        for place, (lot, _) in enumerate(self.counted):
            whole = forms.IntegerField(
                min_value=0, max_value=100_000, label="Devices" if lot.formulation.is_counted_whole else "Unopened",
                error_messages={"required": "Count it, or type 0."},
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6}),
            )  # fmt: skip
            self.fields[f"whole_{place}"] = whole
            if not lot.formulation.is_counted_whole:
                self.fields[f"ml_{place}"] = Figure(required=False, label="In opened ones, mL")

    def rows(self) -> list[tuple[Lot, StorageLocation, forms.BoundField, forms.BoundField | None]]:
        """Each lot in its place with the boxes for it."""
        return [
            (lot, location, self[f"whole_{place}"], self[f"ml_{place}"] if f"ml_{place}" in self.fields else None)
            for place, (lot, location) in enumerate(self.counted)
        ]

    def seen(self) -> list[Seen]:
        """What was typed."""
        found = []
        for place, (lot, location) in enumerate(self.counted):
            whole = self.cleaned_data[f"whole_{place}"] * lot.formulation.micrograms_each
            ml = self.cleaned_data.get(f"ml_{place}")
            opened = micrograms(lot.formulation, ml, ML) if ml else 0
            found.append(Seen(lot, location, whole + opened))
        return found


class ExplainForm(Write):
    """What somebody knows about a difference."""

    name = "explain"
    words = Words(max_length=2000, label="What you know about it", widget=forms.Textarea(attrs={"rows": 3}))


class LossForm(Write):
    """The facts a report of theft or loss asks for."""

    name = "loss"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, question in LOSS_QUESTIONS.items():
            area = forms.Textarea(attrs={"rows": 2})
            self.fields[name] = Words(max_length=2000, required=False, label=question, widget=area)


class CloseForm(Witnessed):
    """Two people end a case."""

    name = "close"
    outcome = forms.ChoiceField(
        choices=[("", "Choose"), *DiscrepancyEvent.Outcome.choices], label="What it was", widget=forms.Select,
    )  # fmt: skip
    words = Words(max_length=2000, label="What was found out", widget=forms.Textarea(attrs={"rows": 3}))
    at = None
    field_order = ("write_id", "outcome", "words", "witness", "password")
