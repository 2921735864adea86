"""Forms of follow-up."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.followup.models import Call
from daybreak.clinic.record.forms import IN_A_BOX, MomentInput
from daybreak.clinic.record.times import said
from daybreak.treatment.follow_up import CallKind
from daybreak.treatment.instruments import Instrument, Item
from daybreak.treatment.response import Point


class OwnAnswerForm(forms.Form):
    """One question on the phone. None chosen beforehand; it may be skipped."""

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"] = forms.TypedChoiceField(
            choices=[(option.value, option.text or str(option.value)) for option in item.options],
            coerce=int,
            empty_value=None,
            required=False,
        )


class SendForm(forms.Form):
    """The last screen: send."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)


class CallForm(forms.Form):
    """One try to call somebody after a session."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in CallKind], widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=[(each.value, each.label) for each in Call.OF_A_TRY],
        error_messages={"required": "Choose whether the person was reached."},
    )
    words = forms.CharField(required=False, max_length=1000)
    why_early = forms.CharField(required=False, max_length=500)
    again_at = forms.DateTimeField(
        required=False,
        input_formats=[IN_A_BOX],
        error_messages={"invalid": "Write the day and the time of the next try."},
    )


class CallTakenBackForm(forms.Form):
    """A try to call that was recorded by mistake."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    of = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(required=False, max_length=500)


class MeasureForm(forms.Form):
    """One copy of an instrument, entered by staff: its answers, or for a clinician's scale its total alone."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    completed_at = forms.DateTimeField(
        label="Answered at",
        input_formats=[IN_A_BOX],
        widget=MomentInput,
        error_messages={"required": "Write when it was answered.", "invalid": "Write the day and the time."},
    )

    def __init__(self, *args: Any, instrument: Instrument, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        if correcting:
            del self.fields["completed_at"]
            self.fields["reason"] = forms.CharField(
                max_length=500, label="Why it is corrected", error_messages={"required": "Say why it is corrected."}
            )
        else:
            self.fields["completed_at"].initial = timezone.localtime()
        for item in instrument.items:
            self.fields[_name(item)] = _item_field(item)
        if instrument.respondent != "self" and not correcting:
            self.fields["total"] = _total_field(instrument)
        if not correcting:
            self.fields["is_baseline"] = forms.BooleanField(
                label="It was answered before the first dose and is the baseline",
                required=False, widget=forms.HiddenInput,
            )  # fmt: skip

    def clean_completed_at(self) -> Any:
        at, now = self.cleaned_data["completed_at"], timezone.now()
        if at > now:
            raise forms.ValidationError("This time has not come yet. Write when it was answered.")
        # The box holds minutes. Typed now, it came after what was recorded earlier in this minute: a dose, for one.
        return now if now - at < timedelta(minutes=1) else at

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("total") is not None and any(value is not None for value in self.answers().values()):
            raise forms.ValidationError("Enter the answers or the total, not both.")
        if not self.errors and said.get("total") is None and not any(v is not None for v in self.answers().values()):
            raise forms.ValidationError("Nothing was entered. Enter an answer first.")
        return said

    def ask_about_baseline(self, first_dose_at: datetime, before: Point | None) -> None:
        """Ask before a score from before the first dose becomes what every later one is held against."""
        instead = f" in place of {before.score:.3g} ({said(before.at)})" if before else ""
        self.fields["is_baseline"].widget = forms.CheckboxInput()
        self.add_error(
            "is_baseline",
            f"The first dose was given {said(first_dose_at)}. This score would be the baseline{instead}: "
            "every later one is held against it. Look at the day, then say so.",
        )

    def answers(self) -> dict[int, int | None]:
        """The answers by item number; None where not answered."""
        return {item.number: self.cleaned_data.get(_name(item)) for item in self.instrument.items}


def _name(item: Item) -> str:
    return f"item_{item.number}"


def _item_field(item: Item) -> forms.TypedChoiceField:
    choices = [(o.value, f"{o.value}, {o.text}" if o.text else str(o.value)) for o in item.options]
    return forms.TypedChoiceField(
        label=f"{item.number}. {item.text}",
        choices=[("", "Not answered"), *choices],
        coerce=int,
        empty_value=None,
        required=False,
    )


def _total_field(instrument: Instrument) -> forms.FloatField:
    return forms.FloatField(
        label="Total",
        required=False,
        min_value=instrument.minimum,
        max_value=instrument.maximum,
        help_text=f"From your own form, {instrument.minimum:g} to {instrument.maximum:g}."
        + (" Leave it empty when you enter the answers." if instrument.items else ""),
    )
