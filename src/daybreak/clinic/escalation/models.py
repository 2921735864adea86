"""Who is on call when, whether marks climb at a site, each message that went out, and each answer to one."""

from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Fact, Flag, Site, User


class EscalationSwitch(Fact):
    """Marks climb at a site, or do not. The newest row holds; a site without one has it off."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    is_on = models.BooleanField()
    minutes = models.PositiveSmallIntegerField(help_text="so long a mark, and then each person called, has to answer")
    words = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.site}: {'on' if self.is_on else 'off'}"


class DutyPeriod(Fact):
    """A person is on call from one time to another, as the first, second ... to be called. Withdrawn by a row that
    corrects it."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(help_text="1 is called first")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    address = models.EmailField()
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.person.display_name}, {self.place}"


class OnCallMessage(Fact):
    """That a person on call was sent a message: a step about a flag, or a test (`flag` is then empty).

    What waits at one chair goes out together: `mail` is the same in each flag's row of one message, or of one pass that
    found nobody.
    `trouble` says why it could not be handed over; empty, it was. A step without a person says that there was nobody
    (else) to call.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, null=True, related_name="on_call_messages")
    step = models.PositiveSmallIntegerField(default=0)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.EmailField(blank=True)
    trouble = models.TextField(blank=True)
    mail = models.UUIDField(null=True, help_text="the same for all that one e-mail named")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["flag", "step"]),
            models.Index(fields=["site", "-recorded_at"]),
        ]

    def __str__(self) -> str:
        return f"Step {self.step} to {self.person or 'nobody'}"


class OnCallAnswer(Fact):
    """The person called says that they read it, and what they do."""

    message = models.OneToOneField(OnCallMessage, on_delete=models.PROTECT, related_name="answer")
    words = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Answer to {self.message}"
