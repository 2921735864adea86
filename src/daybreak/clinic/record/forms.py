"""Forms of the ground floor."""

from collections.abc import Sequence
from typing import Any

from django import forms

from daybreak.clinic.record.models import FlagEvent, Stage
from daybreak.clinic.record.own_limits import LimitRow
from daybreak.treatment.vitals import UNITS


class WriteForm(forms.Form):
    """A form whose entry the client gave an id: sent twice, it is carried out once."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)


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
    """A clinic's own number for each limit it may change; empty is the published one."""

    name = "limits"
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
                initial=f"{row.limit.value:g}" if row.is_own else "",
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 5}),
                error_messages={"invalid": f"{row.published.says}: write a number, or leave it empty."},
            )  # fmt: skip

    def values(self) -> dict[str, float | None]:
        """What was written, by limit id; None where the published number is to hold."""
        return {limit: self.cleaned_data[limit] for limit in self.limits}
