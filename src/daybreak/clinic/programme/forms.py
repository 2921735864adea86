"""What is typed about the nasal programme, refused in words."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.programme.models import PatientEnrolment, SeriousEvent, SiteEnrolment, Submission
from daybreak.clinic.programme.queries import patient_history, site_history
from daybreak.clinic.programme.services import Sending, SeriousEventWords
from daybreak.clinic.record.forms import IN_A_BOX, MomentInput, WriteForm
from daybreak.clinic.record.models import Patient, Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import staff
from daybreak.treatment.days import said_day
from daybreak.treatment.nasal_programme import Field, Form, Kind, seriousness
from daybreak.treatment.patient_facts import Setting
from daybreak.treatment.vitals import Vital, implausible

_WORKS_WITH_IT = (Role.PRESCRIBER, Role.NURSE, Role.COORDINATOR, Role.DIRECTOR)
_PRESSURE = re.compile(r"^[0-9]{2,3}/[0-9]{2,3}$")


class PersonField(forms.ModelChoiceField):
    """Somebody of the staff, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name}, {obj.role_name}"


def _day(label: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, input_formats=[IN_A_BOX], widget=MomentInput)


def _words(label: str, length: int, *, required: bool = True, hint: str = "", rows: int = 0) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _older() -> forms.BooleanField:
    return forms.BooleanField(label="An older step, recorded late: a later one still holds", required=False)


_INSTEAD, _NO_OTHER = "In place of a step that was recorded wrongly", "No: it is a step of its own"


class StepField(forms.ModelChoiceField):
    """A step of an enrolment, with its day."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_state_display()}, {said_day(obj.on)}"


def _offer_where_there_are_steps(form: forms.Form) -> None:
    """Before the first step there is none to be older than, and none to be wrong."""
    if not form.fields["instead_of"].queryset:  # type: ignore[attr-defined]
        del form.fields["older"], form.fields["instead_of"]
        happened = [each for each in form.fields["state"].choices if each[0] != "nothing"]  # type: ignore[attr-defined]
        form.fields["state"].choices = happened  # type: ignore[attr-defined]


class SiteForm(WriteForm):
    """The site's certification. `seen`: how many steps stood on the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    state = forms.ChoiceField(label="What happened", choices=SiteEnrolment.State.choices)
    on = _day("Since")
    setting = forms.ChoiceField(
        label="Certified as",
        choices=[(Setting.OUTPATIENT.value, "Outpatient site"), (Setting.INPATIENT.value, "Inpatient site")],
    )
    number = _words("Certification number (can be left empty)", 60, required=False)
    representative = _words("Authorised representative", 200)
    address = _words("Address", 200, required=False, hint="As the programme’s forms ask for it.")
    city = _words("City", 100, required=False)
    region = _words("State", 60, required=False)
    postcode = _words("ZIP", 20, required=False)
    reason = _words("Why it ended, or why another step was wrong", 500, required=False)
    older = _older()
    instead_of = StepField(queryset=SiteEnrolment.objects.none(), label=_INSTEAD, required=False, empty_label=_NO_OTHER)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instead_of"].queryset = site_history(site)  # type: ignore[attr-defined]
        _offer_where_there_are_steps(self)

    def address_parts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("address", "city", "region", "postcode")}


class EnrolmentForm(WriteForm):
    """A step of a person's enrolment. `seen`: how many steps stood on the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    state = forms.ChoiceField(label="What happened", choices=PatientEnrolment.State.choices)
    on = _day("Since")
    prescriber = PersonField(queryset=User.objects.none(), label="Prescriber who signed", required=False)
    agreed_on = _day("The person signed on", required=False)
    number = _words("Number of the programme (can be left empty)", 60, required=False)
    reason = _words("Why it ended, or why another step was wrong", 500, required=False)
    older = _older()
    instead_of = StepField(
        queryset=PatientEnrolment.objects.none(), label=_INSTEAD, required=False, empty_label=_NO_OTHER
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prescriber"].queryset = staff(patient.site, Role.PRESCRIBER)  # type: ignore[attr-defined]
        self.fields["instead_of"].queryset = patient_history(patient)  # type: ignore[attr-defined]
        _offer_where_there_are_steps(self)


class MonitoringForm(WriteForm):
    """The programme's form: one field for each of its questions, all of which may stay empty for now."""

    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = _words(
        "Why it is changed, or differs from the record", 500, required=False,
        hint="Needed where an answer is odd or another than the record’s, and once the form was submitted.",
    )  # fmt: skip

    def __init__(self, *args: Any, form: Form, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form = form
        for field in form.fields:
            self.fields[field.id] = _question(field)

    def answers(self) -> dict[str, str]:
        """The answers as text, by the id of the question."""
        said = {field.id: self.cleaned_data.get(field.id) for field in self.form.fields}
        return {name: "" if value is None else str(value) for name, value in said.items()}


def _question(field: Field) -> forms.Field:
    label = f"{field.label} *" if field.required else field.label
    shared: dict[str, Any] = {"label": label, "required": False}
    match field.kind:
        case Kind.YES_NO:
            return forms.ChoiceField(choices=[("", "Not answered"), ("yes", "Yes"), ("no", "No")], **shared)
        case Kind.CHOICE:
            choices = [("", "Not answered"), *((each, each.capitalize()) for each in field.choices)]
            return forms.ChoiceField(choices=choices, **shared)
        case Kind.DATE:
            wrong = {"invalid": "Write the day as 2026-12-31."}
            return forms.DateField(
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), error_messages=wrong, **shared
            )
        case Kind.MINUTES:
            wrong = dict.fromkeys(("invalid", "min_value", "max_value"), "Write whole minutes, from 0 to 1440.")
            return forms.IntegerField(min_value=0, max_value=1440, widget=_figure(), error_messages=wrong, **shared)
        case Kind.PRESSURE:
            wrong = {"invalid": "Write it as 128/78."}
            return forms.RegexField(
                _PRESSURE, max_length=7, error_messages=wrong, widget=_figure("text"), validators=[_require_pressure],
                **shared,
            )  # fmt: skip
        case Kind.DOSE:
            names = ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits")
            return forms.DecimalField(
                min_value=0, max_value=200, max_digits=5, decimal_places=1, widget=_figure("decimal"),
                error_messages=dict.fromkeys(names, "Write milligrams from 0 to 200, as 56."), **shared,
            )  # fmt: skip
    if field.id.endswith("_email"):
        wrong = {"invalid": "Write an address as name@clinic.org."}
        return forms.EmailField(max_length=200, error_messages=wrong, **shared)
    wide = "words" in field.id or "medicines" in field.id
    widget = forms.Textarea(attrs={"rows": 3}) if wide else forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(max_length=2000 if wide else 200, widget=widget, **shared)


def _require_pressure(typed: str) -> None:
    """A pressure nobody has, or the two numbers the wrong way round, is a slip."""
    if not _PRESSURE.fullmatch(typed):
        return  # said by its field
    systolic, diastolic = map(int, typed.split("/"))
    wrong = [implausible(Vital.SYSTOLIC, systolic), implausible(Vital.DIASTOLIC, diastolic)]
    if systolic <= diastolic:
        wrong.append(f"Systolic {systolic} is not above diastolic {diastolic}. Look again.")
    if said := " ".join(filter(None, wrong)):
        raise forms.ValidationError(said)


def _figure(mode: str = "numeric") -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"})


class SendingForm(WriteForm):
    """How something was sent."""

    channel = forms.ChoiceField(
        label="Sent by",
        choices=[
            ("", "Choose"),
            *(each for each in Submission.Channel.choices if each[0] != Submission.Channel.NOT_SENT),
        ],
        error_messages={"required": "Choose how it was sent."},
    )
    at = _moment("Sent at")
    by = PersonField(queryset=User.objects.none(), label="Who sent it")
    confirmation = _words("Confirmation number (can be left empty)", 100, required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].queryset = staff(site, *_WORKS_WITH_IT)  # type: ignore[attr-defined]

    def sending(self) -> Sending:
        said = self.cleaned_data
        return Sending(Submission.Channel(said["channel"]), said["at"], said["by"], said["confirmation"])


class FormSendingForm(SendingForm):
    """Which version of a form was sent, how, and whether with blanks. `newest` is the newest the person saw."""

    newest = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    version = forms.TypedChoiceField(label="What was sent", coerce=int)
    incomplete = forms.BooleanField(label="It was sent with the missing answers blank", required=False)
    kept_later = forms.BooleanField(
        label="These answers were sent before they were kept here (as into the portal)", required=False
    )
    field_order = ("version",)

    def __init__(self, *args: Any, site: Site, versions: int, **kwargs: Any) -> None:
        super().__init__(*args, site=site, **kwargs)
        numbers = [(number, f"Version {number}") for number in range(versions, 0, -1)]
        self.fields["version"].choices = numbers  # type: ignore[attr-defined]
        if versions == 1:
            self.fields["version"].widget = forms.HiddenInput()


class TellingForm(SendingForm):
    """How the programme was told what the record says otherwise. `told` is what the person read."""

    told = forms.JSONField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, site=site, **kwargs)
        self.fields["channel"].label = "Told by"
        self.fields["at"].label = "Told at"
        self.fields["by"].label = "Who told it"

    def clean_told(self) -> dict[str, str]:
        told = self.cleaned_data["told"]
        if not isinstance(told, dict) or not all(isinstance(said, str) for said in told.values()):
            raise forms.ValidationError("Load the page again: what differs was not sent with it.")
        return told


class TakeBackForm(WriteForm):
    """It was not sent after all."""

    reason = _words("Why it counts as not sent", 500)


class SeriousEventForm(WriteForm):
    """A serious event, or its correction."""

    occurred_at = _moment("When it happened")
    known_on = _day("The clinic learned of it on")
    seriousness = forms.MultipleChoiceField(
        label="What makes it serious", choices=(), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what makes it serious."},
    )  # fmt: skip
    words = _words("What happened", 4000, rows=4)
    outcome = _words("How it went on (empty: not known yet)", 4000, required=False, rows=2)
    is_before = forms.BooleanField(
        label="It happened before this session was opened; the time is right", required=False
    )

    def __init__(self, *args: Any, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seriousness"].choices = list(seriousness().items())  # type: ignore[attr-defined]
        if correcting:
            self.fields["reason"] = _words("Why it is changed", 500)

    def told(self) -> SeriousEventWords:
        said = self.cleaned_data
        return SeriousEventWords(
            said["occurred_at"],
            said["known_on"],
            tuple(said["seriousness"]),
            said["words"],
            said["outcome"],
            said["is_before"],
        )

    @staticmethod
    def of(event: SeriousEvent) -> dict[str, Any]:
        """What stands in an event, to begin its correction with."""
        return {
            "occurred_at": timezone.localtime(event.occurred_at), "known_on": event.known_on,
            "seriousness": event.seriousness, "words": event.words, "outcome": event.outcome,
        }  # fmt: skip


def now() -> datetime:
    """The minute a form begins with."""
    return timezone.localtime().replace(second=0, microsecond=0)
