"""What is typed in a letter."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.letters.models import Kind, LetterText
from daybreak.clinic.letters.services import Words
from daybreak.clinic.record.forms import WriteForm
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.since_draft import Change
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.days import said_day

LONGEST = 8000


class SessionField(forms.ModelChoiceField):
    """A session of the course by its number and day."""

    def label_from_instance(self, obj: Any) -> str:
        return f"Session {obj.number}, {said_day(timezone.localtime(obj.opened_at))}"


class NewLetterForm(WriteForm):
    """Which letter to begin."""

    kind = forms.ChoiceField(label="Which letter", choices=Kind.choices)
    session = SessionField(
        queryset=Session.objects.none(), label="About which session (only after a session)", required=False
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = course.sessions.filter(events__kind=SessionEvent.Kind.DOSE_STARTED).distinct()
        self.fields["session"].queryset = held.order_by("-number")  # type: ignore[attr-defined]


class _WithAmounts(WriteForm):
    """A text whose amounts are held against the record."""

    amounts_are_right = forms.BooleanField(
        label="The amounts typed by hand are right", required=False, widget=forms.HiddenInput
    )

    def ask_about_amounts(self) -> None:
        """Show the box by which who signs says that what they typed is right."""
        self.fields["amounts_are_right"].widget = forms.CheckboxInput()


class LetterForm(_WithAmounts):
    """A letter with one box for each of its sections. An empty section is left out on paper."""

    after = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    addressee = forms.CharField(
        label="To", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Name and address. Needed to sign.",
    )  # fmt: skip
    subject = forms.CharField(label="About", max_length=300)
    although = forms.CharField(
        label="Why the text stays as it is", required=False, max_length=500, widget=forms.HiddenInput,
        help_text="Kept with the signature, for whoever reads the record; it is not in the letter.",
    )  # fmt: skip

    def __init__(self, *args: Any, sections: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.since_draft: Sequence[Change] = ()
        self.headings = [heading for heading, _ in sections]
        for place, (heading, text) in enumerate(sections):
            rows = max(2, min(12, len(text) // 70 + text.count("\n") + 1))
            self.fields[f"section_{place}"] = forms.CharField(
                label=heading, required=False, max_length=LONGEST, initial=text,
                widget=forms.Textarea(attrs={"rows": rows}),
            )  # fmt: skip
        for below in ("although", "amounts_are_right"):  # the text they are about
            self.fields[below] = self.fields.pop(below)

    def ask_why(self, since_draft: Sequence[Change]) -> None:
        """Show the box in which who signs says why sentences stay that the record no longer holds; nothing where none
        does.
        """
        self.since_draft = since_draft
        if not since_draft and not self.data.get("although"):
            return
        self.fields["although"].widget = forms.Textarea(attrs={"rows": 2})

    @classmethod
    def of(cls, text: LetterText, *args: Any, **kwargs: Any) -> "LetterForm":
        """The form of a text, whose headings stand."""
        return cls(*args, sections=[tuple(each) for each in text.sections], **kwargs)

    def words(self) -> Words:
        said = self.cleaned_data
        # Browsers send CRLF; one text is one text.
        bodies = [said[f"section_{place}"].replace("\r\n", "\n") for place in range(len(self.headings))]
        return Words(
            said["addressee"].replace("\r\n", "\n"), said["subject"], list(zip(self.headings, bodies, strict=True))
        )


class AmendmentForm(_WithAmounts):
    """What is added to a signed letter, and why."""

    words = forms.CharField(label="Amendment", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))
    reason = forms.CharField(label="Why", max_length=500)
    field_order = ("write_id", "words", "reason", "amounts_are_right")
