"""Forms of screening."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from daybreak.clinic.record.figures import read_figure
from daybreak.clinic.record.forms import MomentInput, WriteForm
from daybreak.clinic.screening.answers import WITHOUT_A_TEST
from daybreak.clinic.screening.models import AntidepressantTrial, ScreeningDecision
from daybreak.treatment import resistance
from daybreak.treatment.antidepressants import minimum_doses
from daybreak.treatment.days import said_day
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Finding
from daybreak.treatment.patient_facts import Setting
from daybreak.treatment.resistance import StopReason, TrialError
from daybreak.treatment.vitals import NAMES, UNITS, Vital, implausible

OTHER = "other"
_REASON = "reason-"


class NumberField(forms.Field):
    """A number typed by hand; one below zero is read too, so that its own sentence can say what is wrong with it."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> float | None:
        figure = read_figure(value, signed=True)
        return None if figure is None else float(figure)


class AnswersForm(WriteForm):
    """Answers sent together: the entry has one id, and each answer an id of its own that follows from it."""

    def answer_id(self, rule_id: str) -> UUID:
        return uuid5(self.cleaned_data["write_id"], rule_id)


class AnswerForm(forms.Form):
    """The answer to one rule. `on` is the day of a pregnancy test."""

    value = forms.CharField(
        max_length=40, error_messages={"required": "Something is typed beside it, and no answer is picked."}
    )
    note = forms.CharField(required=False, max_length=1000)
    on = forms.DateField(required=False, error_messages={"invalid": "Write the day of the test as a date."})

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and self.cleaned_data.get("value") in WITHOUT_A_TEST:
            raise forms.ValidationError(f"A day of a test is typed ({said_day(day)}), and the answer has no test.")
        return day

    @property
    def at(self) -> datetime | None:
        day = self.cleaned_data["on"]
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class MeasureForm(WriteForm):
    """Vital signs, each in its unit; what was not measured stays empty."""

    vitals = (
        Vital.SYSTOLIC,
        Vital.DIASTOLIC,
        Vital.HEART_RATE,
        Vital.SPO2,
        Vital.RESPIRATORY_RATE,
        Vital.WEIGHT,
        Vital.HEIGHT,
    )
    at = forms.DateTimeField(
        label="Measured at",
        widget=MomentInput,
        error_messages={"required": "Say when it was measured.", "invalid": "Write a day and a time."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for vital in self.vitals:
            self.fields[vital] = _vital_field(vital)
        self.order_fields([*self.vitals, "at"])
        self.initial.setdefault("at", timezone.localtime())

    @property
    def values(self) -> dict[Vital, float]:
        """What was typed."""
        typed = {vital: self.cleaned_data[vital] for vital in self.vitals}
        return {vital: value for vital, value in typed.items() if value is not None}


def _vital_field(vital: Vital) -> NumberField:
    def plausible(value: float) -> None:
        sentence = implausible(vital, value)
        if sentence:
            raise forms.ValidationError(sentence)

    unit = UNITS[vital].replace("[", "").replace("]", "")
    return NumberField(label=f"{NAMES[vital]}, {unit}", required=False, validators=[plausible])


class AllergiesForm(WriteForm):
    """Allergies, one a line, or that none is known."""

    known = forms.ChoiceField(
        label="Allergies",
        choices=[("none", "None known"), ("these", "These")],
        error_messages={"required": "Choose “None known” or “These”."},
    )
    names = forms.CharField(required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("known") == "these" and not said.get("names", "").strip():
            self.add_error("names", "Name the allergies, one a line.")
        if said.get("known") == "none" and said.get("names", "").strip():
            self.add_error("known", "An allergy is written below. Choose “These”, or clear it.")
        return said

    @property
    def listed(self) -> list[str]:
        return self.cleaned_data["names"].splitlines()


def _yes_no_field(label: str, hint: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=hint,
        required=False,
        choices=[("", "Not known"), ("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        empty_value=None,
    )


class TrialForm(WriteForm):
    """One antidepressant as it was taken. Empty means: not known."""

    drug = forms.ChoiceField(label="Antidepressant", error_messages={"required": "Choose the antidepressant."})
    other_drug = forms.CharField(label="Another one, by name", required=False, max_length=200)
    dose_mg_per_day = NumberField(label="Dose, mg a day", help_text="the highest that was kept up", required=False)
    weeks = NumberField(label="Weeks", help_text="at or above the minimum dose", required=False)
    taken_as_prescribed = _yes_no_field("Taken as prescribed?", "at least three quarters of the doses")
    improvement_percent = NumberField(
        label="Improvement, %", help_text="fall of a rating scale, where one was used", required=False
    )
    inadequate_response = _yes_no_field("Inadequate response?", "your judgement, where no scale was used")
    current_episode = _yes_no_field("In this episode?")
    stopped_because = forms.ChoiceField(
        label="Stopped because of", required=False, choices=[("", "Not known"), *((one, one) for one in StopReason)]
    )
    augmentation_of = forms.CharField(label="Added to", required=False, max_length=200, help_text="if not taken alone")
    source = forms.CharField(
        label="Known from", max_length=200, error_messages={"required": "Say where this is known from."}
    )
    reason = forms.CharField(label="Why the entry is corrected", max_length=1000, required=False)
    corrects = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, corrects: AntidepressantTrial | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [row.drug for row in minimum_doses()]
        self.fields["drug"].choices = [("", "Choose"), *((name, name) for name in listed), (OTHER, "Another one")]
        if corrects is None:
            del self.fields["reason"]
        else:
            self.initial |= _as_typed(corrects, listed) | {"corrects": corrects.pk}

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("drug") == OTHER and not said.get("other_drug"):
            self.add_error("other_drug", "Write the name of the antidepressant.")
        if not self.errors:
            try:
                said["trial"] = self._trial(said)
            except TrialError as error:
                raise forms.ValidationError(str(error)) from error
        return said

    @staticmethod
    def _trial(said: dict[str, Any]) -> resistance.AntidepressantTrial:
        plain = ("dose_mg_per_day", "weeks", "taken_as_prescribed", "improvement_percent", "inadequate_response")
        return resistance.AntidepressantTrial(
            drug=said["other_drug"] if said["drug"] == OTHER else said["drug"],
            current_episode=said["current_episode"],
            stopped_because=StopReason(said["stopped_because"]) if said["stopped_because"] else None,
            augmentation_of=said["augmentation_of"] or None,
            source=said["source"],
            **{name: said[name] for name in plain},
        )


def _as_typed(trial: AntidepressantTrial, listed: list[str]) -> dict[str, Any]:
    """A kept trial as the form would have been filled."""
    words = {True: "yes", False: "no", None: ""}
    named = trial.drug in listed
    return {
        "drug": trial.drug if named else OTHER,
        "other_drug": "" if named else trial.drug,
        "dose_mg_per_day": _typed(trial.dose_mg_per_day),
        "weeks": _typed(trial.weeks),
        "taken_as_prescribed": words[trial.taken_as_prescribed],
        "improvement_percent": _typed(trial.improvement_percent),
        "inadequate_response": words[trial.inadequate_response],
        "current_episode": words[trial.current_episode],
        "stopped_because": trial.stopped_because or "",
        "augmentation_of": trial.augmentation_of or "",
        "source": trial.source,
    }


def _typed(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


class RequestForm(WriteForm):
    """Which treatment is considered."""

    treatment = forms.ChoiceField(
        label="Treatment",
        choices=[(drug, [(f"{drug} {route}", f"{drug}, {route}") for route in Route]) for drug in Drug],
    )
    setting = forms.ChoiceField(label="Where", choices=[(setting, setting) for setting in Setting])

    @property
    def drug_and_route(self) -> tuple[Drug, Route]:
        drug, route = self.cleaned_data["treatment"].split()
        return Drug(drug), Route(route)


class DecisionForm(WriteForm):
    """The prescriber's decision, with a reason for each finding that needs one."""

    read = forms.CharField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="For now", choices=ScreeningDecision.Outcome, error_messages={"required": "Choose one of the three."}
    )
    explanation = forms.CharField(
        label="Why, or what is waited for",
        required=False,
        max_length=4000,
        help_text="Needed when this person is not treated.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    review_on = forms.DateField(
        label="Look at this again on",
        required=False,
        error_messages={"invalid": "Write a day as a date."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, need_reason: Iterable[Finding] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.need_reason = tuple(need_reason)
        for finding in self.need_reason:
            self.fields[reason_field(finding.rule_id)] = forms.CharField(
                label=finding.headline,
                required=False,
                max_length=4000,
                help_text=format_html("{}. Rule {}.", finding.value, finding.rule_id),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        reasons = [reason_field(finding.rule_id) for finding in self.need_reason]
        self.order_fields(["outcome", *reasons, "explanation", "review_on"])

    def reason_fields(self) -> Iterator[forms.BoundField]:
        return (self[reason_field(finding.rule_id)] for finding in self.need_reason)

    @property
    def reasons_sent(self) -> dict[str, str]:
        """What came for any rule, also for one that stands in no way any more: the same form says the same."""
        return {name: words for name, words in self.data.items() if name.startswith(_REASON)}

    @property
    def reasons(self) -> dict[str, str]:
        """What was written, by rule."""
        return {one.rule_id: self.cleaned_data[reason_field(one.rule_id)] for one in self.need_reason}


def reason_field(rule_id: str) -> str:
    """The name of the field that takes the reason for a rule."""
    return f"{_REASON}{rule_id}"
