"""Fields and parts the forms of the drug account share: exact numbers, words that hide nothing, a witness, a lot."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.models import Formulation, Lot
from daybreak.clinic.pharmacy.services import other_form
from daybreak.clinic.pharmacy.witness import Choices
from daybreak.clinic.record.figures import read_figure
from daybreak.clinic.record.forms import NamedWriteForm
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG
from daybreak.treatment.drugs import Way

MG, ML, WHOLE = "mg", "mL", "whole"
UNITS = [(MG, "mg"), (ML, "mL"), (WHOLE, "whole containers")]


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
        return read_figure(value, after_a_point=3)


class WholeFigure(forms.IntegerField):
    """A whole number in the figures 0 to 9: Python reads those of other scripts, too, and 1_0 as ten."""

    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not re.fullmatch(r"\s*[+-]?[0-9]+(\.0*)?\s*", str(value)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        number: int | None = super().to_python(value)
        return number


def _of_a_part(formulation: Formulation) -> str:
    """What to do about a part of a container, where there can be one."""
    form = formulation.form
    if not formulation.is_counted_whole:
        return "Type mg or mL for a part of one."
    rest = "; what is left of a broken one is wasted, in mg" if form.breaks else ""
    return f"{form.many.capitalize()} are counted whole{rest}."


def micrograms(formulation: Formulation, amount: Decimal, unit: str) -> int:
    """A typed amount in whole micrograms.

    Raises:
        ValidationError: for a volume of what is counted whole, and for what is no whole number of micrograms.
    """
    if unit == WHOLE:
        exact = amount * formulation.micrograms_each
        if amount != int(amount):
            raise forms.ValidationError(f"{amount} is no whole number. {_of_a_part(formulation)}")
    elif unit == ML:
        if formulation.microlitres_each is None:
            many = formulation.form.many
            raise forms.ValidationError(f"{many.capitalize()} have no volume to measure. Count {many}.")
        exact = amount * 1000 * formulation.micrograms_each / formulation.microlitres_each
    else:
        exact = amount * MICROGRAMS_PER_MG
    if exact != int(exact):
        raise forms.ValidationError(f"{amount} {unit} is no whole number of micrograms. Type the amount in mg.")
    return int(exact)


class AtSomeTime(NamedWriteForm):
    """Something that may have happened earlier than it is entered."""

    at = forms.DateTimeField(
        required=False, label="When, if not now", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class SecondPerson(Words):
    """A sign-in name out of a list. Whoever is none of them is refused by the proof, in words."""

    widget = forms.Select

    def offer(self, witnesses: Choices) -> None:
        self.widget.choices = [("", "Choose"), *witnesses]


class Witnessed(AtSomeTime):
    """A second person chooses their own name and types their own PIN or password, at the same screen."""

    witness = SecondPerson(max_length=150, label="Witness")
    password = forms.CharField(
        max_length=200, label="Witness: own PIN or password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, witnesses: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["witness"].offer(witnesses)


class Measured(forms.Form):
    """An amount with its unit."""

    amount = Figure(label="How much")
    unit = forms.ChoiceField(choices=[("", "Choose"), *UNITS], label="In")

    def of(self, formulations: Iterable[Formulation], *, is_waste: bool = False) -> None:
        """Offer the units these come in: what is counted whole is only counted, but for the rest of a broken piece that
        is wasted. Between several units nothing is chosen beforehand."""
        known = list(formulations)
        if not known:
            return
        many = " or ".join(sorted({each.form.many for each in known}))
        measured = not all(each.is_counted_whole for each in known)
        units = [(WHOLE, f"whole {many}" if measured else many)]
        if measured:
            units = [(MG, "mg"), (ML, "mL"), *units]
        elif is_waste and any(each.form.breaks for each in known):
            units = [(MG, "mg"), *units]
        self.fields["unit"].choices = units if len(units) == 1 else [("", "Choose"), *units]

    def measured(self, formulation: Formulation) -> int:
        """What was typed, in micrograms of this formulation."""
        return micrograms(formulation, self.cleaned_data["amount"], self.cleaned_data["unit"])


class InStore(forms.ModelChoiceField):
    """A lot in a place, as one choice."""

    def __init__(self, rows: Sequence[queries.Stock] = (), **kwargs: Any) -> None:
        self.rows = {f"{row.lot.pk}:{row.location.pk}": row for row in rows}
        super().__init__(Lot.objects.none(), **kwargs)

    def offer(self, rows: Sequence[queries.Stock], ways: Sequence[Way] = ()) -> None:
        """Offer these; `ways` are those in which the doses of the day are given, where it is for a day."""
        self.rows = {f"{row.lot.pk}:{row.location.pk}": row for row in rows}
        named = [(key, _named(row, ways)) for key, row in self.rows.items()]
        self.widget.choices = named if len(named) == 1 else [("", "Choose"), *named]

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        if value not in self.rows:
            raise forms.ValidationError("That lot is not in that place any more. Load the page again.")
        return self.rows[value]


def _named(row: queries.Stock, ways: Sequence[Way]) -> str:
    marks = [
        mark
        for mark, holds in (
            ("RECALLED", row.recalled),
            ("past its last day", row.is_past),
            (f"for {row.lot.patient}", row.lot.patient_id),
            ("another form than the plan’s", other_form(row.lot.formulation, ways)),
        )
        if holds
    ]
    return f"{row.location}: lot {row.lot.number}, {row.lot.formulation}" + "".join(f", {mark}" for mark in marks)
