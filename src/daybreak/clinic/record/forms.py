"""Forms of the ground floor."""

from typing import Any

from django import forms

from daybreak.clinic.record.models import FlagEvent, Stage


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
