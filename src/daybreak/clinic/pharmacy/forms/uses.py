"""Drug for a treatment day: drawn, wasted, put back."""

from collections.abc import Sequence
from typing import Any

from django import forms

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.forms.fields import AtSomeTime, InStore, Measured, SecondPerson, Witnessed, Words
from daybreak.clinic.pharmacy.models import Lot, StorageLocation
from daybreak.clinic.record.models import Site
from daybreak.treatment.drugs import Way


class DrawForm(Measured, AtSomeTime):
    """Drug is taken out for a treatment day."""

    name = "draw"
    source = InStore(label="From")
    reason = Words(
        max_length=500, required=False, label="Why, if something stands against it, or its amount or time is unusual"
    )
    field_order = ("write_id", "source", "amount", "unit", "reason", "at")

    def __init__(self, *args: Any, rows: Sequence[queries.Stock], ways: Sequence[Way], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].offer(rows, ways)
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
        self.of((lot.formulation for lot in lots), is_waste=isinstance(self, WasteForm))


class WasteForm(_OfLots, Witnessed):
    """What was left is made useless before a witness."""

    name = "waste"
    words = Words(max_length=500, required=False, label="How it was wasted; of whole containers also why")
    reason = Words(max_length=500, required=False, label="Why, if the page asks about it")
    field_order = ("write_id", "lot", "amount", "unit", "words", "reason", "at", "witness", "password")


class PutBackForm(_OfLots, Witnessed):
    """What was not needed goes back; what is opened, or put back later, before a witness."""

    name = "back"
    witness = SecondPerson(
        max_length=150, required=False, label="Witness, for an opened one or once the person has left"
    )
    location = forms.ModelChoiceField(StorageLocation.objects.none(), label="To", empty_label="Choose")
    reason = Words(max_length=500, required=False, label="Why, if the page asks about it")
    field_order = ("write_id", "lot", "amount", "unit", "location", "reason", "at", "witness", "password")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].queryset = queries.locations(site)
        self.fields["password"].required = False
