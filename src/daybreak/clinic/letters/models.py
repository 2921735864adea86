"""A letter, its texts, the signature that locks it, and its amendments."""

from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Course, Fact
from daybreak.clinic.treatment_day.models import Session


class Kind(models.TextChoices):
    AFTER_SESSION = "after session", "After a session, to a colleague"
    AFTER_INDUCTION = "after induction", "How it goes, to a colleague"
    END_OF_COURSE = "end of course", "At the end of the course, to a colleague"
    FOR_PATIENT = "for patient", "For the person, in plain words"


class Letter(Fact):
    """One letter of a course. What it says is its newest text."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="letters")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, related_name="letters")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["course", "number"], name="one_letter_per_number")]

    def __str__(self) -> str:
        return f"{self.course}, letter {self.number}"


class LetterText(Fact):
    """One version of what a letter says. `sections` are pairs of a heading and its text."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="texts")
    number = models.PositiveIntegerField()
    addressee = models.TextField(blank=True)
    subject = models.CharField(max_length=300)
    sections = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "number"], name="one_letter_text_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.letter}, text {self.number}"


class LetterSignature(Fact):
    """A clinician signs one text, which locks the letter."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="signature")
    text = models.OneToOneField(LetterText, on_delete=models.PROTECT, related_name="signature")

    def __str__(self) -> str:
        return f"{self.letter}, signed"


class LetterAmendment(Fact):
    """What is added to a signed letter, and why. What was signed stays as it is."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="amendments")
    words = models.TextField()
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return f"{self.letter}, amended"
