"""A blind count."""

from collections.abc import Sequence
from typing import Any

from django import forms

from daybreak.clinic.pharmacy.forms.fields import ML, AtSomeTime, Figure, SecondPerson, micrograms
from daybreak.clinic.pharmacy.models import Count, Lot, StorageLocation
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.pharmacy.witness import Choices


class CountForm(AtSomeTime):
    """What is seen, before anybody looks at the book. Each row is answered, with 0 where nothing is."""

    name = "count"
    business = forms.ChoiceField(choices=Count.Business.choices, required=False, label="Time of day")
    witness = SecondPerson(max_length=150, required=False, label="Second person")
    password = forms.CharField(
        max_length=200, required=False, label="Second person: own PIN or password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, rows: Sequence[tuple[Lot, StorageLocation]], witnesses: Choices, **kwargs: Any
    ) -> None:
        self.counted = list(rows)
        super().__init__(*args, **kwargs)
        self.fields["witness"].offer(witnesses)
        for place, (lot, _) in enumerate(self.counted):
            formulation = lot.formulation
            whole = forms.IntegerField(
                min_value=0, max_value=100_000,
                label=formulation.form.many.capitalize() if formulation.is_counted_whole else "Unopened",
                error_messages={"required": "Count it, or type 0."},
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6}),
            )  # fmt: skip
            self.fields[f"whole_{place}"] = whole
            if not formulation.is_counted_whole:
                self.fields[f"ml_{place}"] = Figure(
                    label="In opened ones, mL", error_messages={"required": "Measure it, or type 0."}
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
            found.append(Seen(lot, location, whole + opened))
        return found
