"""The drug account: what is kept where, for whom it is drawn, and a chain of entries nobody can edit.

Every amount is a whole number of micrograms of base. A nasal device is counted, never divided: its amount is a
multiple of what one holds.
"""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from daybreak.clinic.record.models import Fact, Patient, Site, User
from daybreak.treatment.controlled_drug import mg_text
from daybreak.treatment.drugs import Drug, Route

ENTERED_LATER = timedelta(minutes=5)  # an entry with a time that lies so far back is shown with both; ours
NOTHING_BEFORE = "0" * 64  # the hash before the first entry of a site


class Formulation(Fact):
    """What a container holds: a vial or an ampoule with its volume, or a nasal device."""

    class Container(models.TextChoices):
        VIAL = "vial", "Vial"
        AMPOULE = "ampoule", "Ampoule"
        NASAL_DEVICE = "nasal device", "Nasal device"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    drug = models.CharField(max_length=20, choices=[(drug.value, drug.value.capitalize()) for drug in Drug])
    container = models.CharField(max_length=20, choices=Container)
    micrograms_each = models.PositiveBigIntegerField(help_text="micrograms of base in one container")
    microlitres_each = models.PositiveIntegerField(null=True, help_text="None: a device, counted whole")
    product_code = models.CharField(max_length=40, blank=True, help_text="NDC, PZN or the like")

    def __str__(self) -> str:
        if self.microlitres_each is None:
            return f"{self.drug} {mg_text(self.micrograms_each)} mg {self.container}"
        strength = f"{mg_text(self.micrograms_each * 1000 // self.microlitres_each)} mg/mL"
        return f"{self.drug} {strength}, {self.container} of {mg_text(self.microlitres_each)} mL"

    def is_for(self, route: Route) -> bool:
        """Whether a dose by this route is given from such a container as it is made."""
        return route in ROUTES[Formulation.Container(self.container)]

    @property
    def is_counted_whole(self) -> bool:
        return self.microlitres_each is None

    def says(self, micrograms: int) -> str:
        """An amount as a hand handles it: 35 mg (0.7 mL), or 2 devices (56 mg)."""
        mg = f"{mg_text(micrograms)} mg"
        if self.is_counted_whole and micrograms % self.micrograms_each == 0:
            count = micrograms // self.micrograms_each
            return f"{count} device{'' if count == 1 else 's'} ({mg})"
        if self.microlitres_each is None or micrograms * self.microlitres_each % self.micrograms_each:
            return mg
        return f"{mg} ({mg_text(micrograms * self.microlitres_each // self.micrograms_each)} mL)"


# By which routes each container is given as its label has it. What is swallowed or let melt has no container here.
_INJECTED = frozenset({Route.IV, Route.IM, Route.SC})
ROUTES = {
    Formulation.Container.VIAL: _INJECTED,
    Formulation.Container.AMPOULE: _INJECTED,
    Formulation.Container.NASAL_DEVICE: frozenset({Route.NASAL}),
}


class StorageLocation(Fact):
    """A safe, a cabinet, the trolley at a chair."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "name"], name="one_location_per_name")]

    def __str__(self) -> str:
        return self.name


class Lot(Fact):
    """One lot of a formulation. `patient`: delivered by a pharmacy for this person alone, to be used by `use_by`."""

    formulation = models.ForeignKey(Formulation, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=60)
    expires_on = models.DateField()
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    use_by = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["number"])]

    def __str__(self) -> str:
        return f"lot {self.number}"

    @property
    def last_day(self) -> date:
        """The last day on which it may be used without a reason."""
        return min(self.expires_on, self.use_by or self.expires_on)


class LotRecall(Fact):
    """A lot is recalled, or the recall is lifted. The newest row holds."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="recalls")
    in_force = models.BooleanField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.lot}: {'recalled' if self.in_force else 'recall lifted'}"


class Use(Fact):
    """One treatment day's use of controlled drug, announced when its session opens. Its id is the session's."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60, help_text="session 3")
    drug = models.CharField(max_length=20)
    planned_micrograms = models.PositiveBigIntegerField(null=True, help_text="None: by weight, and no weight known")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "-opened_at"])]

    def __str__(self) -> str:
        return f"{self.patient}, {self.label}"


class UseEnd(Fact):
    """The session of a use is over: from now on what was drawn has to be accounted for."""

    use = models.OneToOneField(Use, on_delete=models.PROTECT, related_name="end")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.use} ended"


class Count(Fact):
    """One count: of a location, or of the whole site (then it is an inventory). What was seen is in its entries."""

    class Business(models.TextChoices):
        OPEN = "open", "Opening of business"
        CLOSE = "close", "Close of business"
        DURING = "", "During the day"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    location = models.ForeignKey(StorageLocation, on_delete=models.PROTECT, null=True, related_name="+")
    business = models.CharField(max_length=10, choices=Business, blank=True)
    witness = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    counted_at = models.DateTimeField(default=timezone.now)

    @property
    def is_inventory(self) -> bool:
        return self.location_id is None

    def __str__(self) -> str:
        return f"count of {self.location or 'the whole site'}"


class LedgerEntry(Fact):
    """One line of the account. It holds the hash of the line before and of its own content: see `chain.py`."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Received"
        MOVED = "moved", "Moved"
        DRAWN = "drawn", "Drawn"
        GIVEN = "given", "Given"
        WASTED = "wasted", "Wasted"
        RETURNED = "returned", "Put back"
        SENT_AWAY = "sent away", "Sent away or destroyed"
        COUNTED = "counted", "Counted"
        WRITTEN_OFF = "written off", "Written off"
        FOUND = "found", "Found"
        REVERSED = "reversed", "Reversed"
        NOTED = "noted", "Noted"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    kind = models.CharField(max_length=20, choices=Kind)
    occurred_at = models.DateTimeField(default=timezone.now)
    # None: given in a session for which nothing was drawn, from a lot this site has not received.
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="entries")
    micrograms = models.PositiveBigIntegerField()
    from_location = models.ForeignKey(StorageLocation, on_delete=models.PROTECT, null=True, related_name="+")
    to_location = models.ForeignKey(StorageLocation, on_delete=models.PROTECT, null=True, related_name="+")
    counted_in = models.ForeignKey(StorageLocation, on_delete=models.PROTECT, null=True, related_name="+")
    count = models.ForeignKey(Count, on_delete=models.PROTECT, null=True, related_name="entries")
    use = models.ForeignKey(Use, on_delete=models.PROTECT, null=True, related_name="entries")
    witness = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    witness_proof = models.CharField(max_length=20, blank=True, help_text="how the witness proved themselves")
    words = models.TextField(blank=True)
    typed_lot = models.CharField(max_length=60, blank=True, help_text="the lot as typed in the session")
    supplier = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=100, blank=True, help_text="number of the invoice or the delivery")

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "number"], name="one_entry_per_number")]
        # The last two hold all that a balance is summed up from: no row is read for it, however old the account.
        indexes: ClassVar = [
            models.Index(fields=["typed_lot"]),
            models.Index(
                name="what_went_from_a_place",
                fields=["site", "from_location", "lot", "micrograms"],
                condition=models.Q(from_location__isnull=False),
            ),
            models.Index(
                name="what_came_to_a_place",
                fields=["site", "to_location", "lot", "micrograms"],
                condition=models.Q(to_location__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"entry {self.number}: {self.kind} {mg_text(self.micrograms)} mg"

    @property
    def notes(self) -> str:
        """What kind of paper an entry notes (see `papers.py`): a count, a discrepancy; empty for every other entry."""
        return self.document.rpartition(" ")[0] if self.kind == self.Kind.NOTED else ""

    @property
    def entered_later(self) -> bool:
        """Whether it was made so much later than what it tells of that a reader must know."""
        return self.recorded_at - self.occurred_at > ENTERED_LATER

    @property
    def is_standing(self) -> bool:
        """Neither a reversal nor reversed."""
        return self.kind != self.Kind.REVERSED and not hasattr(self, "corrected_by")


class Discrepancy(Fact):
    """A difference somebody must explain by a time. `micrograms` above zero: so much is missing; below: too much."""

    class About(models.TextChoices):
        SESSION = "session", "A session does not add up"
        COUNT = "count", "A count differs from the book"
        BELOW_ZERO = "below zero", "More was taken than the book had"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    about = models.CharField(max_length=20, choices=About)
    micrograms = models.BigIntegerField()
    use = models.ForeignKey(Use, on_delete=models.PROTECT, null=True, related_name="discrepancies")
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="discrepancies")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="discrepancies")
    location = models.ForeignKey(StorageLocation, on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "discrepancies"

    def __str__(self) -> str:
        return f"{mg_text(abs(self.micrograms))} mg {'missing' if self.micrograms > 0 else 'too much'}"


class DiscrepancyEvent(Fact):
    """What was found out about a discrepancy; the facts a loss report asks for; its end by two people."""

    class Kind(models.TextChoices):
        EXPLAINED = "explained", "Explanation"
        LOSS_FACTS = "loss facts", "Facts for a loss report"
        CLOSED = "closed", "Closed"

    class Outcome(models.TextChoices):
        EXPLAINED = "explained", "Explained, and the book is right now"
        UNEXPLAINED = "unexplained", "Not explained: the difference is written into the book"
        STOLEN = "stolen", "Stolen: the difference is written into the book"

    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    words = models.TextField()
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    data = models.JSONField(default=dict)
    witness = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    witness_proof = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"
