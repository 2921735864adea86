"""What is typed on the treatment day, read leniently and refused in words."""

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.record.figures import read_figure
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import said
from daybreak.clinic.treatment_day import chair_queries
from daybreak.clinic.treatment_day.glance import COLUMNS
from daybreak.clinic.treatment_day.models import Chair
from daybreak.clinic.treatment_day.services import Entry, MarkAnswer
from daybreak.treatment import time_out
from daybreak.treatment.findings import says_too_little
from daybreak.treatment.vitals import Vital

ASKED = "Answer yes, no or not known."
YES_NO = [("yes", "Yes"), ("no", "No"), ("unknown", "Not known")]
DOES_NOT_APPLY = "does_not_apply"


HALF_A_DAY = timedelta(hours=12)


class _Shared:
    """A field that no form changes: all use the same one, where Django would copy it for each."""

    def __deepcopy__(self, memo: object) -> "_Shared":
        return self


class TypedNumber(forms.Field):
    """A figure as a hand types it: a comma is a point."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> float | None:
        figure = read_figure(value, figures=4, signed=True)
        return None if figure is None else float(figure)


class _Id(_Shared, forms.UUIDField):
    pass


class _Moment(_Shared, forms.DateTimeField):
    pass


class _Day(_Shared, forms.DateField):
    pass


class _TimeOfDay(_Shared, forms.TimeField):
    """A time as a hand types it: a keypad of figures has no colon."""

    def to_python(self, value: Any) -> time | None:
        typed = re.fullmatch(r"\s*(\d{1,2})[:.]?(\d{2})\s*", str(value or ""))
        return super().to_python(":".join(typed.groups()) if typed else value)


class WriteForm(forms.Form):
    """What every entry of a session brings: its own id, and when it happened (empty: now)."""

    write_id = _Id()
    at = _Moment(required=False)
    # For what is entered later than it happened; the time of day is enough.
    clock = _TimeOfDay(required=False)
    # And on which day: asked once the person has left, since "now" is then seldom meant.
    day = _Day(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)  # it has no labels; to translate a colon takes time

    def require(self) -> dict[str, Any]:
        """What was typed.

        Raises:
            Refusal: with every sentence of the form.
        """
        if self.is_valid():
            return self.cleaned_data
        said = {field: " ".join(map(str, _said(field, errors))) for field, errors in self.errors.items()}
        raise Refusal(" ".join(said.values()), boxes=said)

    def clean(self) -> None:
        if self.cleaned_data.get("day") and not self.cleaned_data.get("clock") and "clock" not in self.errors:
            self.add_error("clock", "Type the time of that day too.")

    @property
    def happened_at(self) -> datetime | None:
        """The time typed, as it was meant when the tablet kept the entry; else the tablet's own, else None for now."""
        typed: time | None = self.cleaned_data["clock"]
        given: datetime | None = self.cleaned_data["at"]
        if self.day_said:
            return timezone.make_aware(datetime.combine(self.cleaned_data["day"], typed))
        try:
            return latest(typed, timezone.localtime(given)) if typed else given
        except OverflowError:  # at an end of the calendar, which is refused as it stands
            return given

    @property
    def time_said(self) -> bool:
        """Whether a person typed the time; else it is that of the touch."""
        return self.cleaned_data["clock"] is not None

    @property
    def day_said(self) -> bool:
        """Whether day and time were typed: what happened after the person left is then no slip."""
        return self.cleaned_data["day"] is not None

    def require_within(self, opened_at: datetime) -> datetime | None:
        """`happened_at`, unless the time typed means the evening before and lies before the session.

        Raises:
            Refusal: with the date that was understood.
        """
        at = self.happened_at
        if self.is_before(opened_at):
            raise Refusal(
                f"{said(at)} lies before this session was opened at {said(opened_at)}. Type the time again. "
                "Nothing was saved."
            )
        return at

    def is_before(self, opened_at: datetime) -> bool:
        """Whether the time typed means the day before the session, and so before it was opened."""
        at = self.happened_at if self.cleaned_data["clock"] else None
        return at is not None and at < opened_at and at.date() < timezone.localtime(opened_at).date()


def _said(field: str, errors: list[str]) -> list[str]:
    if field == "write_id":
        return ["This form came without its id. Load the page again; what is shown there is what was saved."]
    return errors


def latest(typed: time, now: datetime) -> datetime:
    """Today at this time. Only around midnight does a time still to come mean the evening before."""
    today = now.replace(hour=typed.hour, minute=typed.minute, second=0, microsecond=0)
    return today - timedelta(days=1) if today - now > HALF_A_DAY else today


class ReadingsForm(WriteForm):
    """A set of values, each in its box; an empty box was not measured."""

    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in COLUMNS:
            for field in column.fields:
                if self.data.get(field.vital):
                    self.fields[field.vital] = TypedNumber(required=False, label=field.label)

    def entries(self) -> list[Entry]:
        """The values typed, at their time."""
        at = self.happened_at or timezone.now()
        typed = {vital: self.cleaned_data.get(vital) for vital in Vital}
        return [Entry(vital, value, at) for vital, value in typed.items() if value is not None]

    def why_outside(self, opened_at: datetime) -> str:
        """Why values from before the session was opened, or after the person left, are its own, as it was typed.

        Raises:
            Refusal: of before, without words of why, with the date that was understood.
        """
        why = self.cleaned_data["reason"].strip()
        if self.is_of_before(opened_at) and says_too_little(why):
            raise Refusal(
                f"{said(self.happened_at)} lies before this session was opened at {said(opened_at)}. If that is the "
                "time, write under Earlier values in a few words why they belong to it, and save; else type it again. "
                "Nothing was saved."
            )
        return str(why)

    def is_of_before(self, opened_at: datetime) -> bool:
        """Whether the time typed lies before the minute in which the session was opened."""
        at = self.happened_at if self.cleaned_data["clock"] else None
        return at is not None and at < opened_at.replace(second=0, microsecond=0)


class AnswerForm(WriteForm):
    """The answer to a check or a criterion."""

    about = forms.CharField(max_length=60)
    answer = forms.ChoiceField(choices=YES_NO, error_messages=dict.fromkeys(("required", "invalid_choice"), ASKED))
    detail = forms.CharField(max_length=500, required=False)

    @property
    def yes(self) -> bool | None:
        return {"yes": True, "no": False, "unknown": None}[self.cleaned_data["answer"]]


class CheckForm(AnswerForm):
    """The answer to a check; that it does not apply is one where the check has it."""

    answer = forms.ChoiceField(
        choices=[*YES_NO, (DOES_NOT_APPLY, "Does not apply")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), ASKED),
    )

    @property
    def yes(self) -> bool | None:
        return super().yes if self.applies else None

    @property
    def applies(self) -> bool:
        return bool(self.cleaned_data["answer"] != DOES_NOT_APPLY)


class ReasonForm(WriteForm):
    """A prescriber's reason to go on."""

    about = forms.CharField(max_length=60)
    reason = forms.CharField(max_length=1000, required=False)


class StartForm(WriteForm):
    """How the dose is prepared. Nothing is filled in beforehand. A lot of any length is taken: the verb says what is
    wrong with it, or keeps it whole."""

    concentration_mg_per_ml = TypedNumber(required=False, label="Concentration, mg/mL")
    pump_ml_per_h = TypedNumber(required=False, label="Rate set on the pump, mL/h")
    weight_kg = TypedNumber(required=False, label="Weight now, kg")
    lot = forms.CharField(required=False, label="Lot")
    no_lot = forms.CharField(max_length=200, required=False, label="Why no lot is typed")
    reason = forms.CharField(max_length=500, required=False, label="Why, if concentration or rate is unusual")


class TimeOutForm(WriteForm):
    """Two people confirm the next dose: the second is chosen by name and types PIN or password. Nothing is ticked
    beforehand."""

    confirmed = forms.MultipleChoiceField(
        choices=list(time_out.confirms().items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    concentration_mg_per_ml = TypedNumber(required=False, label="Concentration on the label, mg/mL")
    witness = forms.CharField(max_length=150, error_messages={"required": "Choose the second person."})
    password = forms.CharField(
        max_length=128, strip=False, error_messages={"required": "The second person types their own PIN or password."}
    )


class WordsForm(WriteForm):
    """An observation, a reason to stop, a note."""

    what = forms.CharField(max_length=20, required=False)
    reason = forms.CharField(max_length=500, required=False)
    words = forms.CharField(max_length=20_000, required=False)


class TakeBackForm(WriteForm):
    """What is taken back, and why where that is asked."""

    of = forms.UUIDField(error_messages={"required": "Say what is taken back. Load the page again."})
    reason = forms.CharField(max_length=500, required=False)


class DeviceForm(WriteForm):
    """The next nasal device: its lot, or why there is none; why it is given although something stands against it."""

    lot = forms.CharField(required=False)
    no_lot = forms.CharField(max_length=200, required=False)
    reason = forms.CharField(max_length=500, required=False)


class ResumeForm(WriteForm):
    """A paused dose runs on; why, although a mark is open that calls to act."""

    reason = forms.CharField(max_length=500, required=False)


class AmendForm(WordsForm):
    """What is added to a signed note, and whether the amounts typed in it were held against the record."""

    amounts_are_right = forms.BooleanField(required=False)


class NoteForm(AmendForm):
    """The note, with the facts of the draft it began from, and why some stay that the record no longer says."""

    drafted = forms.CharField(max_length=40_000, required=False)
    although = forms.CharField(max_length=500, required=False)


class RateForm(WriteForm):
    """To what the pump was set."""

    ml_per_h = TypedNumber(label="Pump rate now, mL/h", error_messages={"required": "Type the rate in mL/h."})
    reason = forms.CharField(max_length=500, required=False)


class AmountForm(WriteForm):
    """What was really given."""

    mg = TypedNumber(label="Amount really given, mg", error_messages={"required": "Type the amount in mg."})
    words = forms.CharField(max_length=500, required=False)


class LeaveForm(WriteForm):
    """The person leaves, with whom, and why if a criterion is open."""

    reason = forms.CharField(max_length=1000, required=False)
    goes_with = forms.CharField(max_length=200, required=False)


class CorrectionForm(WriteForm):
    """A new value for a reading, or none: not a true value."""

    reading = forms.UUIDField(error_messages={"required": "Choose the value to correct."})
    value = TypedNumber(required=False)
    reason = forms.CharField(max_length=500, required=False)


class _Ids(_Shared, forms.UUIDField):
    """One id or several, as a form names them."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> Any:
        return [super(_Ids, self).to_python(each) for each in dict.fromkeys(value or [])]


class MarkForm(WriteForm):
    """The one-touch answer to a crossed limit, or to those of one set."""

    flag = _Ids(error_messages={"required": "Say which mark is answered. Load the page again."})
    answer = forms.ChoiceField(choices=[(answer.value, answer.value) for answer in MarkAnswer])
    reason = forms.CharField(max_length=150, required=False)


class OpenForm(forms.Form):
    """Which session to open, in which chair."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    number = forms.IntegerField(min_value=1, max_value=10_000)
    chair = forms.ModelChoiceField(None, label="Chair", error_messages={"required": "Choose a chair."})

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A taken chair is refused where the session is opened: the same form sent again finds its own person in it.
        chairs = self.fields["chair"]
        chairs.queryset = Chair.objects.filter(site=site)
        self.free_chairs, booked = list(chair_queries.free_chairs(site)), chair_queries.booked_today(site)
        free = [(chair.pk, _with(chair, booked.get(chair.pk, ()))) for chair in self.free_chairs]
        chairs.choices = [("", chairs.empty_label), *free]


def _with(chair: Chair, booked: Iterable[chair_queries.Booked]) -> str:
    """A chair with who is booked in it today: whoever opens a session there knows it."""
    said = "; ".join(map(str, booked))
    return f"{chair}, booked {said}" if said else str(chair)
