"""What does not add up: explained, reported, closed by two people."""

from typing import Any

from django import forms

from daybreak.clinic.pharmacy.forms.fields import Witnessed, Words
from daybreak.clinic.pharmacy.models import DiscrepancyEvent
from daybreak.clinic.pharmacy.services import LOSS_QUESTIONS
from daybreak.clinic.record.forms import NamedWriteForm


class ExplainForm(NamedWriteForm):
    """What somebody knows about a difference."""

    name = "explain"
    words = Words(max_length=2000, label="What you know about it", widget=forms.Textarea(attrs={"rows": 3}))


class LossForm(NamedWriteForm):
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
