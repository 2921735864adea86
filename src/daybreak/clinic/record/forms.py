"""Forms of the ground floor."""

from collections.abc import Sequence
from typing import Any

from django import forms

from daybreak.clinic.record.models import FlagEvent, Stage
from daybreak.clinic.record.own_limits import LimitRow
from daybreak.treatment.vitals import UNITS

IN_A_BOX = "%Y-%m-%dT%H:%M"


class MomentInput(forms.DateTimeInput):
    """A browser's box for a day and a time."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format=IN_A_BOX)


class WriteForm(forms.Form):
    """A form whose entry the client gave an id: sent twice, it is carried out once. What it refuses it says in
    sentences that name the field and what to do."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)

    def full_clean(self) -> None:
        for name, field in self.fields.items():
            say_in_sentences(field, str(field.label or self[name].label).removesuffix(" *"))
        super().full_clean()


_STALE = "The form came without what it is about. Open the page again; what is shown there is what was saved."
# What is said of a field that is empty or cannot be read, by what it holds; the first that fits.
_SAID: tuple[tuple[type[forms.Field], str, str], ...] = (
    (forms.BooleanField, "“{}” is not ticked. Tick it if it is so.", ""),
    (forms.MultipleChoiceField, "Of “{}” nothing is chosen. Choose at least one.", ""),
    (forms.ModelChoiceField, "Of “{}” nothing is chosen. Choose one.", ""),
    (forms.ChoiceField, "Of “{}” nothing is chosen. Choose one.", ""),
    (
        forms.DateTimeField,
        "“{}” is empty. Write the day and the time.",
        "“{}” is no day with a time. Write both, as 2026-12-31 14:05.",
    ),
    (forms.DateField, "“{}” is empty. Write the day.", "“{}” is no day. Write it as 2026-12-31."),
    (forms.EmailField, "“{}” is empty. Write the address.", "“{}” is no address. Write it as name@example.org."),
    (forms.DecimalField, "“{}” is empty. Write the number.", "“{}” is no number. Write it as 28 or 28.5."),
    (forms.IntegerField, "“{}” is empty. Write the number.", "“{}” is no whole number. Write it in figures."),
    (forms.Field, "“{}” is empty. Write it.", ""),
)
_OF_ITS_SIZE = {
    "invalid_choice": "What came as “{}” is none of its list. Choose one of them.",
    "max_length": "“{}” has %(show_value)s letters, and %(limit_value)s have room. Shorten it.",
    "min_value": "“{}” is below %(limit_value)s. Write %(limit_value)s or more.",
    "max_value": "“{}” is above %(limit_value)s. Write %(limit_value)s or less.",
    "max_digits": "“{}” has more than %(max)s figures. Write fewer.",
    "max_decimal_places": "“{}” has more than %(max)s figures after the point. Write fewer.",
}


def say_in_sentences(field: forms.Field, label: str) -> None:
    """Let a field say what is wrong in a sentence that names it, where it says no more than Django does."""
    plain: dict[str, Any] = {}
    for each in reversed(type(field).__mro__):
        plain.update(getattr(each, "default_error_messages", {}))
    _, required, invalid = next(each for each in _SAID if isinstance(field, each[0]))
    in_format = label.replace("%", "%%")  # Django puts numbers into what is said of a size
    said = {name: sentence.format(in_format) for name, sentence in _OF_ITS_SIZE.items()}
    said |= {"required": required.format(label)} | ({"invalid": invalid.format(label)} if invalid else {})
    if field.widget.is_hidden:  # nobody typed it
        said = dict.fromkeys(said, _STALE)
    for name, sentence in said.items():
        if field.error_messages.get(name) == plain.get(name):
            field.error_messages[name] = sentence


class NamedWriteForm(WriteForm):
    """One of several on a page: `name` stands in front of its ids, and what is empty is named."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.name}-%s", use_required_attribute=False, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"“{field.label}” is empty." if field.label else "Something is missing."


class PeopleForm(forms.Form):
    """Search among the people of a site."""

    name = forms.CharField(required=False, max_length=100, label="Name")
    stage = forms.ChoiceField(required=False, choices=[("", "Any stage"), *Stage.choices], label="Stage")


class FlagAnswerForm(forms.Form):
    """What was done about a flag."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=FlagEvent.Kind.choices)
    action = forms.CharField(max_length=1000, label="What you did", widget=forms.TextInput)


class StageForm(forms.Form):
    """Where a course goes on to, and why."""

    write_id = forms.UUIDField()
    stage = forms.ChoiceField(choices=Stage.choices)
    reason = forms.CharField(max_length=1000)


class SignRulesForm(forms.Form):
    """The director's signature under the rule set in force."""

    rule_set = forms.CharField(widget=forms.HiddenInput)
    confirm = forms.BooleanField(label="I have read this rule set and sign it for this site.")


class LimitsForm(NamedWriteForm):
    """A clinic's own number for each limit it may change; empty is the published one. `seen`: how many words of a
    director stood on the page."""

    name = "limits"
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(max_length=1000, label="Why", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, rows: Sequence[LimitRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = [row.published.id for row in rows if not row.published.is_fixed]
        for row in rows:
            if row.published.is_fixed:
                continue
            says = f"{row.published.says}, {UNITS[row.published.vital]}".removesuffix(", ")
            self.fields[row.published.id] = forms.FloatField(
                required=False, label=f"Here, in place of: {says}",
                initial="" if row.written is None else f"{row.written:g}",
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 5}),
                error_messages={"invalid": f"{row.published.says}: write a number, or leave it empty."},
            )  # fmt: skip

    def values(self) -> dict[str, float | None]:
        """What was written, by limit id; None where the published number is to hold."""
        return {limit: self.cleaned_data[limit] for limit in self.limits}
