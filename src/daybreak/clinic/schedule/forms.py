"""What is typed in the calendar, read leniently and refused in words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.planning.queries import PlannedSession
from daybreak.clinic.record.forms import MomentInput, NamedWriteForm
from daybreak.clinic.record.models import Course, Site
from daybreak.clinic.schedule import queries
from daybreak.clinic.schedule.models import Appointment, Authorisation, Closing, SiteHours
from daybreak.clinic.schedule.services import Wanted
from daybreak.clinic.treatment_day.chair_queries import chairs_in_use
from daybreak.clinic.treatment_day.models import Chair

WEEKDAYS = tuple(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), start=1))


def moment(**more: Any) -> forms.DateTimeField:
    """A day with its time, by the clinic's clock, of this year or the ones beside it."""
    widget = MomentInput({"step": 300})
    errors = {"invalid": "Write the day and the time, as 2026-05-04 09:30."}
    return forms.DateTimeField(widget=widget, error_messages=errors, validators=[_near_today], **more)


def _near_today(at: datetime) -> None:
    """Years at the ends of the calendar cannot even be computed with; what is booked exactly, the service says."""
    if abs(at.year - timezone.localdate().year) > 1:
        raise forms.ValidationError(f"The year {at.year} cannot be. Choose a time from now to a year ahead.")


class PersonField(forms.ModelChoiceField):
    """Somebody of the clinic by name: the label of the field says what they do."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class Place(NamedWriteForm):
    """When, in which chair and in whose hands."""

    starts_at = moment(label="Arrives at")
    chair = forms.ModelChoiceField(Chair.objects.none(), label="Chair")
    nurse = PersonField(None, label="Who watches")
    prescriber = PersonField(None, label="Who prescribes")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].queryset = chairs_in_use(site)
        self.fields["nurse"].queryset = queries.watchers(site)
        self.fields["prescriber"].queryset = queries.prescribers(site)

    def wanted(self, number: int) -> Wanted:
        said = self.cleaned_data
        return Wanted(number, said["starts_at"], said["chair"], said["nurse"], said["prescriber"])


class BookForm(Place):
    """One session of the plan."""

    name = "book"
    number = forms.TypedChoiceField(coerce=int, label="Session")
    reason = forms.CharField(
        required=False, max_length=500, label="Why, if the plan leaves more days between",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    field_order = ("write_id", "number", "starts_at", "chair", "nurse", "prescriber", "reason")

    def __init__(self, *args: Any, sessions: Sequence[PlannedSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer(sessions)

    def _offer(self, sessions: Iterable[PlannedSession]) -> None:
        choices = [(each.number, f"{each.number}, planned for {each.day.day} {each.day:%b}") for each in sessions]
        self.fields["number"].choices = choices

    def show_again(self, sessions: Sequence[PlannedSession], free: Collection[PlannedSession]) -> None:
        """Offer what is free and what was picked. Any session could be sent: one booked meanwhile is told so."""
        self._offer(each for each in sessions if each in free or str(each.number) == self["number"].value())


class MoveForm(Place):
    """Another time, chair or person, and why."""

    name = "move"
    reason = forms.CharField(max_length=500, label="Why it is moved", widget=forms.TextInput)


class ReasonForm(NamedWriteForm):
    """Why an appointment is cancelled."""

    name = "cancel"
    reason = forms.CharField(max_length=500, label="Why it is cancelled", widget=forms.TextInput)


class MissedForm(NamedWriteForm):
    """The person did not come."""

    name = "missed"
    reason = forms.CharField(max_length=500, label="What is known of it", widget=forms.TextInput)


class RideForm(NamedWriteForm):
    """Who takes the person home, asked before the day."""

    name = "ride"
    arranged = forms.TypedChoiceField(
        choices=[("yes", "Arranged"), ("no", "Not yet")], coerce=lambda value: value == "yes", label="Ride home",
        widget=forms.RadioSelect,
    )  # fmt: skip
    words = forms.CharField(
        required=False, max_length=200, label="Who takes them, or how",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class AuthorisationForm(NamedWriteForm):
    """What a payer answered."""

    name = "cover"
    answer = forms.ChoiceField(choices=[("", "Choose"), *Authorisation.Answer.choices], label="The payer’s answer")
    reference = forms.CharField(
        required=False, max_length=100, label="Its reference", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    expires_on = forms.DateField(
        required=False, label="Last day it covers", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class SeriesForm(Place):
    """The rest of a plan from one day on, the same weekdays and hour; each appointment can then be changed by itself.

    At its first look it has no `row`: the rows follow from `starts_at` and the plan's calendar. After that each row
    brings its own time and chair.
    """

    name = "series"
    reason = forms.CharField(
        required=False, max_length=500, label="Why, if the plan leaves more days between",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    field_order = ("write_id", "starts_at", "chair", "nurse", "prescriber", "reason")

    def __init__(self, *args: Any, sessions: Sequence[PlannedSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sessions = [each for each in sessions if self._is_in(each.number)]
        self.fields["write_id"].required = False  # a first look saves nothing
        for each in self.sessions if self._has_rows else ():
            self.fields[f"at_{each.number}"] = moment(label=f"Session {each.number} arrives at")
            self.fields[f"chair_{each.number}"] = forms.ModelChoiceField(
                self.fields["chair"].queryset, label=f"Chair of session {each.number}"
            )

    @property
    def _has_rows(self) -> bool:
        return "row" in self.data

    def _is_in(self, number: int) -> bool:
        rows = self.data.getlist("row")
        return not rows or str(number) in rows

    def every_wanted(self) -> list[Wanted]:
        """Each appointment as it stands in its row, or as it follows from the first."""
        said = self.cleaned_data
        if self._has_rows:
            return [
                Wanted(each.number, said[f"at_{each.number}"], said[f"chair_{each.number}"], said["nurse"],
                       said["prescriber"])
                for each in self.sessions
            ]  # fmt: skip
        first = timezone.localtime(said["starts_at"])
        return [
            Wanted(
                each.number,
                timezone.make_aware(first.replace(tzinfo=None) + (each.day - self.sessions[0].day)),
                said["chair"],
                said["nurse"],
                said["prescriber"],
            )
            for each in self.sessions
        ]


class HoursForm(NamedWriteForm):
    """When the site treats, and how many people one nurse watches."""

    name = "hours"
    opens = forms.TimeField(label="Opens", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label="Closes", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    weekdays = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS, coerce=int, label="Days", widget=forms.CheckboxSelectMultiple
    )
    people_per_nurse = forms.IntegerField(min_value=1, max_value=20, label="People one person watches at once")
    reason = forms.CharField(max_length=500, label="Why", widget=forms.TextInput(attrs={"autocomplete": "off"}))


class ClosingForm(NamedWriteForm):
    """Days on which the site is closed although its week would have it open."""

    name = "closing"
    first = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(
        required=False, label="Last day, if more than one",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    words = forms.CharField(max_length=100, label="What it is", widget=forms.TextInput(attrs={"autocomplete": "off"}))


class OpenAgainForm(NamedWriteForm):
    """Closed days are none after all."""

    reason = forms.CharField(max_length=500, label="Why", widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, closing: Closing, **kwargs: Any) -> None:
        self.name, self.closing = f"open-{closing.pk}", closing
        super().__init__(*args, **kwargs)


class TimeOutForm(NamedWriteForm):
    """Whether the site wants a time-out by two people before each dose."""

    name = "two"
    wanted = forms.TypedChoiceField(
        choices=[("yes", "Two people before each dose"), ("no", "Not wanted")], coerce=lambda value: value == "yes",
        label="Time-out", widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(max_length=500, label="Why", widget=forms.TextInput(attrs={"autocomplete": "off"}))


def starting(course: Course, sessions: Sequence[PlannedSession], hours: SiteHours) -> Mapping[str, Any]:
    """What a form of booking begins with: the next session of the plan on its day, the course's prescriber."""
    found: dict[str, Any] = {"prescriber": course.prescriber_id}
    if sessions:
        found["number"] = sessions[0].number
        if sessions[0].day >= timezone.localdate():
            found["starts_at"] = f"{sessions[0].day:%Y-%m-%d}T{hours.opens:%H:%M}"
    return found


def as_booked(appointment: Appointment) -> Mapping[str, Any]:
    """What a form of moving begins with: what stands."""
    return {
        "starts_at": appointment.starts_at,
        "chair": appointment.chair_id,
        "nurse": appointment.nurse_id,
        "prescriber": appointment.prescriber_id,
    }
