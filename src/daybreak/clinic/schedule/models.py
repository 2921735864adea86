"""Appointments and what is known before the day: the site's hours, the ride home, cover.

An appointment that is moved is corrected by a new one, which names it and says why; one that is cancelled or missed has
an end. What stands is what neither happened to.
"""

from datetime import time, timedelta
from typing import ClassVar

from django.db import models

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import Course, Fact, Site, User
from daybreak.clinic.treatment_day.models import Chair
from daybreak.treatment.booking import OpeningHours
from daybreak.treatment.days import said_day


class SiteHours(Fact):
    """When a site treats, and how many people one nurse watches at once. The newest row holds."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    opens = models.TimeField(default=time(8))
    closes = models.TimeField(default=time(18))
    weekdays = models.JSONField(help_text="1 Monday to 7 Sunday")
    people_per_nurse = models.PositiveSmallIntegerField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.site}: {self.opens:%H:%M} to {self.closes:%H:%M}"

    @property
    def hours(self) -> OpeningHours:
        return OpeningHours(self.opens, self.closes, frozenset(self.weekdays))


class Closing(Fact):
    """Days on which a site is closed although its week would have it open; a correction opens them again."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    words = models.CharField(max_length=100, help_text="what it is: a holiday, a fair")
    is_open = models.BooleanField(default=False, help_text="taken back")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "last_day"])]

    def __str__(self) -> str:
        days = dict.fromkeys(said_day(day) for day in (self.first_day, self.last_day))
        return f"{self.words}, {' to '.join(days)}"


class Appointment(Fact):
    """One session of a plan at a time, in a chair, with who watches and who prescribes."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="appointments")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(help_text="of the session in its plan")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, related_name="+")
    nurse = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prescriber = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    despite = models.TextField(blank=True, help_text="why it was booked although the plan leaves more days between")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["starts_at"]), models.Index(fields=["course", "number"])]

    def __str__(self) -> str:
        return f"{self.course}, session {self.number}"

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


class AppointmentEnd(Fact):
    """An appointment that will not be, or was not, kept."""

    class Kind(models.TextChoices):
        CANCELLED = "cancelled", "Cancelled"
        NO_SHOW = "no show", "Did not come"

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="end")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


class Ride(Fact):
    """Who takes the person home from one appointment, as it was asked before the day. The newest row holds."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="rides")
    arranged = models.BooleanField()
    words = models.CharField(max_length=200, blank=True, help_text="who or what")

    def __str__(self) -> str:
        return self.words or ("arranged" if self.arranged else "not arranged")


class Authorisation(Fact):
    """What a payer said about a course, as the coordinator was told. The newest row holds."""

    class Answer(models.TextChoices):
        GRANTED = "granted", "Granted"
        NOT_NEEDED = "not needed", "Not needed"
        REFUSED = "refused", "Refused"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="authorisations")
    answer = models.CharField(max_length=20, choices=Answer)
    reference = models.CharField(max_length=100, blank=True)
    expires_on = models.DateField(null=True, help_text="the last day it covers")

    def __str__(self) -> str:
        return f"{self.get_answer_display()} {self.reference}".strip()
