"""Facts of the nasal programme: enrolments, versions of a session's form, serious events, and what a person sent.

Nothing here was sent anywhere by Daybreak. A `Submission` is a person's word that they sent something, and how.
"""

from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Fact, Patient, Site, User
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.patient_facts import Setting


class SiteEnrolment(Fact):
    """The site is certified in the programme, or no longer. The step of the latest day holds, of one day the newest."""

    class State(models.TextChoices):
        CERTIFIED = "certified", "Certified"
        ENDED = "ended", "Certification ended"
        NOTHING = "nothing", "Nothing: a step was recorded by mistake"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="programme_enrolments")
    state = models.CharField(max_length=20, choices=State)
    on = models.DateField(help_text="since when")
    setting = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Setting])
    number = models.CharField(max_length=60, blank=True, help_text="as the programme gave it; empty: not known")
    representative = models.CharField(max_length=200, help_text="who signed for the site")
    # The site's address as its forms ask for it.
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=60, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.site}: {self.state} on {self.on}"


class PatientEnrolment(Fact):
    """A step of a person's enrolment. The step of the latest day holds, of one day the newest."""

    class State(models.TextChoices):
        SENT = "sent", "Form signed and sent, not confirmed yet"
        ENROLLED = "enrolled", "Enrolled, confirmed by the programme"
        ENDED = "ended", "Enrolment ended"
        NOTHING = "nothing", "Nothing: a step was recorded by mistake"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="programme_enrolments")
    state = models.CharField(max_length=20, choices=State)
    on = models.DateField(help_text="since when")
    prescriber = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agreed_on = models.DateField(null=True, help_text="when the person signed")
    number = models.CharField(max_length=60, blank=True, help_text="as the programme gave it; empty: not known")
    reason = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.patient}: {self.state} on {self.on}"


class SessionForm(Fact):
    """One version of the form of a session, as a person read and completed it. A change is a new version."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="programme_forms")
    number = models.PositiveIntegerField()
    form = models.CharField(max_length=60, help_text="which version of the programme's form")
    answers = models.JSONField(help_text="text by the id of the question; empty: not answered")
    held = models.JSONField(null=True, help_text="what the record held for it when it was kept; null: not known")
    recorded = models.PositiveIntegerField(null=True, help_text="how much was recorded in the session by then")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "number"], name="one_programme_form_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.session}, form {self.number}"


class SeriousEvent(Fact):
    """A serious adverse event after the nasal spray."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="serious_events")
    occurred_at = models.DateTimeField()
    known_on = models.DateField(help_text="when the clinic learned of it")
    seriousness = models.JSONField(help_text="what makes it serious, by name")
    words = models.TextField(help_text="what happened")
    outcome = models.TextField(blank=True, help_text="how it went on; empty: not known")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["session", "occurred_at"])]

    def __str__(self) -> str:
        return f"Serious event of {self.session}"


class Submission(Fact):
    """A person says that a form or an event was sent, and how; or, correcting that, that it was not.

    With `told` it says that the programme was told what the record says otherwise than the form that was sent.
    """

    class Channel(models.TextChoices):
        PORTAL = "portal", "The programme’s portal"
        FAX = "fax", "Fax"
        TELEPHONE = "telephone", "Telephone"
        NOT_SENT = "not sent", "Was not sent after all"

    form = models.ForeignKey(SessionForm, on_delete=models.PROTECT, null=True, related_name="submissions")
    event = models.ForeignKey(SeriousEvent, on_delete=models.PROTECT, null=True, related_name="submissions")
    channel = models.CharField(max_length=20, choices=Channel)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmation = models.CharField(max_length=100, blank=True, help_text="the number given back; empty: none")
    blank = models.JSONField(default=list, help_text="required questions that were sent without an answer")
    told = models.JSONField(default=dict, db_default={}, help_text="answers in place of those sent, by question")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_form_or_an_event_was_sent",
                condition=models.Q(form__isnull=False, event__isnull=True)
                | models.Q(form__isnull=True, event__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_of_another(self) -> bool:
        """Whether somebody else than the sender states it."""
        return self.recorded_by_id is not None and self.recorded_by_id != self.by_id

    @property
    def about(self) -> SessionForm | SeriousEvent:
        found = self.form or self.event
        assert found is not None  # noqa: S101 - the database asks for one of them
        return found
