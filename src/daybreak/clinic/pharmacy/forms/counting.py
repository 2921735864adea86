"""A blind count."""

from collections.abc import Sequence
from typing import Any

from django import forms

from daybreak.clinic.pharmacy.forms.fields import (
    ML,
    AtSomeTime,
    Figure,
    LotNumber,
    SecondPerson,
    WholeFigure,
    Words,
    micrograms,
)
from daybreak.clinic.pharmacy.models import Count, Formulation, Lot, StorageLocation
from daybreak.clinic.pharmacy.services import Found, Seen
from daybreak.clinic.pharmacy.witness import Choices
from daybreak.clinic.record.models import Site


def _number(**more: Any) -> WholeFigure:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6})
    return WholeFigure(min_value=0, max_value=100_000, widget=widget, **more)


class CountForm(AtSomeTime):
    """What is seen, before anybody looks at the book. Each row is answered, with 0 where nothing is.

    The fields `found_*` are for what lies there and is not listed: all of them or none.
    """

    name = "count"
    business = forms.ChoiceField(choices=Count.Business.choices, required=False, label="Time of day")
    witness = SecondPerson(max_length=150, required=False, label="Second person")
    password = forms.CharField(
        max_length=200, required=False, label="Second person: own PIN or password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    reason = Words(max_length=500, required=False, label="If the count is unusual: what you saw")
    found_product = forms.ModelChoiceField(
        Formulation.objects.none(), required=False, label="What it is", empty_label="Choose"
    )
    found_lot = LotNumber(
        max_length=60, required=False, label="Lot, as its label has it",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    found_last_day = forms.DateField(
        required=False, label="Last day of use", widget=forms.DateInput(attrs={"type": "date"})
    )
    found_place = forms.ModelChoiceField(
        StorageLocation.objects.none(), required=False, label="Where it lies", empty_label="Choose"
    )
    found_whole = _number(required=False, label="How many whole or unopened")
    found_ml = Figure(required=False, label="In opened ones, mL")

    def __init__(
        self,
        *args: Any,
        site: Site,
        place: StorageLocation | None,
        rows: Sequence[tuple[Lot, StorageLocation]],
        witnesses: Choices,
        **kwargs: Any,
    ) -> None:
        self.counted, self.place = list(rows), place
        super().__init__(*args, **kwargs)
        self.fields["witness"].offer(witnesses)
        self.fields["found_product"].queryset = Formulation.objects.filter(site=site).order_by(
            "drug", "micrograms_each"
        )
        self.fields["found_place"].queryset = StorageLocation.objects.filter(site=site).order_by("name")
        if place is not None:
            del self.fields["found_place"]
        for row, (lot, _) in enumerate(self.counted):
            formulation = lot.formulation
            whole = _number(
                label=formulation.form.many.capitalize() if formulation.is_counted_whole else "Unopened",
                error_messages={"required": f"Lot {lot.number}: count it, or type 0."},
            )
            self.fields[f"whole_{row}"] = whole
            if not formulation.is_counted_whole:
                self.fields[f"ml_{row}"] = Figure(
                    label="In opened ones, mL",
                    error_messages={"required": f"Lot {lot.number}: measure what is in opened ones, or type 0."},
                )

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
            found.append(Seen(lot, location, whole + opened, opened))
        return found

    @property
    def of_found(self) -> list[forms.BoundField]:
        """The fields for what is not listed."""
        return [self[name] for name in self.fields if name.startswith("found_")]

    @property
    def has_found(self) -> bool:
        """Whether something of it was typed."""
        return any(field.value() for field in self.of_found)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        typed = [name for name in self.fields if name.startswith("found_") and said.get(name) not in (None, "")]
        needed = ("found_product", "found_lot", "found_last_day", "found_place")
        for name in needed if typed else ():
            if name in self.fields and name not in typed and name not in self.errors:
                self.add_error(name, "Of what is not listed, fill in all of it.")
        product = said.get("found_product")
        if typed and not said.get("found_whole") and not said.get("found_ml"):
            self.add_error("found_whole", "How much of it lies there?")
        if product and product.is_counted_whole and said.get("found_ml"):
            self.add_error("found_ml", f"{product.form.many.capitalize()} are counted whole.")
        return said

    def found(self) -> list[Found]:
        """What was typed of what is not listed; only of a form that is valid."""
        said = self.cleaned_data
        product = said["found_product"]
        if product is None:
            return []
        opened = micrograms(product, said["found_ml"], ML) if said["found_ml"] else 0
        amount = (said["found_whole"] or 0) * product.micrograms_each + opened
        place = self.place or said["found_place"]
        return [Found(product, said["found_lot"], said["found_last_day"], place, amount, opened)]
