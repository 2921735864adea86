"""The drug account: what is kept where, for whom it is drawn, and a chain of entries nobody can edit.

Every amount is a whole number of micrograms of base. A nasal device, a tablet and a lozenge are counted: what is in a
place of them is a multiple of what one holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from daybreak.clinic.record.models import Fact, Patient, Site, User
from daybreak.treatment.controlled_drug import mg_text
from daybreak.treatment.drugs import Drug, Manner, Route, Way

ENTERED_LATER = timedelta(minutes=5)  # an entry with a time that lies so far back is shown with both; ours
NOTHING_BEFORE = "0" * 64  # the hash before the first entry of a site


class Formulation(Fact):
    """What a container holds: a vial, an ampoule or a bottle with its volume; a nasal device, a tablet or a lozenge."""

    class Container(models.TextChoices):
        VIAL = "vial", "Vial"
        AMPOULE = "ampoule", "Ampoule"
        NASAL_DEVICE = "nasal device", "Nasal device"
        TABLET = "tablet", "Tablet or capsule"
        PROLONGED_TABLET = "prolonged tablet", "Prolonged-release tablet"
        LOZENGE = "lozenge", "Lozenge, troche or sublingual tablet"
        ORAL_SOLUTION = "oral solution", "Bottle of oral solution"

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    drug = models.CharField(max_length=20, choices=[(drug.value, drug.value.capitalize()) for drug in Drug])
    container = models.CharField(max_length=20, choices=Container)
    micrograms_each = models.PositiveBigIntegerField(help_text="micrograms of base in one container")
    microlitres_each = models.PositiveIntegerField(null=True, help_text="None: counted whole")
    product_code = models.CharField(max_length=40, blank=True, help_text="NDC, PZN or the like")

    def __str__(self) -> str:
        if self.microlitres_each is None:
            return f"{self.drug} {mg_text(self.micrograms_each)} mg {self.form.one}"
        strength = f"{mg_text(self.micrograms_each * 1000 // self.microlitres_each)} mg/mL"
        return f"{self.drug} {strength}, {self.form.one} of {mg_text(self.microlitres_each)} mL"

    @property
    def form(self) -> "Form":
        return FORMS[Formulation.Container(self.container)]

    def is_for(self, way: Way) -> bool:
        """Whether a dose is given from such a container in this way as it is made."""
        return way.route in self.form.routes and self.form.is_prolonged == (way.manner is Manner.PROLONGED_RELEASE)

    @property
    def is_counted_whole(self) -> bool:
        return self.microlitres_each is None

    @property
    def mg_per_ml(self) -> float | None:
        """The strength of a liquid; None of what is counted whole."""
        return self.micrograms_each / self.microlitres_each if self.microlitres_each else None

    def whole(self, micrograms: int) -> int:
        """What as many whole containers hold as this amount needs, in micrograms."""
        return -(-micrograms // self.micrograms_each) * self.micrograms_each

    def says(self, micrograms: int) -> str:
        """An amount as a hand handles it: 35 mg (0.7 mL), or 2 devices (56 mg)."""
        if micrograms < 0:  # each of its figures has the sign
            return f"−{self.says(-micrograms)}".replace("(", "(−")
        mg = f"{mg_text(micrograms)} mg"
        if self.is_counted_whole and micrograms % self.micrograms_each == 0:
            count = micrograms // self.micrograms_each
            return f"{count} {self.form.counted(count)} ({mg})"
        if self.microlitres_each is None or micrograms * self.microlitres_each % self.micrograms_each:
            return mg
        return f"{mg} ({mg_text(micrograms * self.microlitres_each // self.micrograms_each)} mL)"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of container: what it is called, how a dose is given from it as it is made, whether it can be divided.

    Attributes:
        one: as it stands behind a strength: "nasal device".
        many: as they are counted: "devices".
        breaks: a piece of which a part may be given and the rest wasted. It is drawn and put back whole all the same.
    """

    one: str
    many: str
    routes: frozenset[Route]
    has_volume: bool = False
    breaks: bool = False
    is_prolonged: bool = False

    def counted(self, count: int) -> str:
        return self.many.removesuffix("s") if count == 1 else self.many


_INJECTED = frozenset({Route.IV, Route.IM, Route.SC})
_SWALLOWED, _MELTS = frozenset({Route.ORAL}), frozenset({Route.SUBLINGUAL})
_C = Formulation.Container
FORMS = {
    _C.VIAL: Form("vial", "vials", _INJECTED, has_volume=True),
    _C.AMPOULE: Form("ampoule", "ampoules", _INJECTED, has_volume=True),
    _C.NASAL_DEVICE: Form("nasal device", "devices", frozenset({Route.NASAL})),
    _C.TABLET: Form("tablet", "tablets", _SWALLOWED, breaks=True),
    _C.PROLONGED_TABLET: Form("prolonged-release tablet", "tablets", _SWALLOWED, is_prolonged=True),
    _C.LOZENGE: Form("lozenge", "lozenges", _MELTS, breaks=True),
    _C.ORAL_SOLUTION: Form("bottle of oral solution", "bottles", _SWALLOWED, has_volume=True),
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
    planned_ways = models.JSONField(
        default=list, help_text="route and manner of each dose; empty: from before they were told"
    )
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "-opened_at"])]

    def __str__(self) -> str:
        return f"{self.patient}, {self.label}"

    @property
    def ways(self) -> Sequence[Way]:
        """How the doses of the day are given."""
        return [Way(Route(route), Manner(manner)) for route, manner in self.planned_ways]

    @property
    def way_words(self) -> str:
        return " or ".join(dict.fromkeys(map(str, self.ways)))

    @property
    def end(self) -> "UseEnd | None":
        """That it is over; None while it goes on. One query, none where `ends` were read before."""
        ends = list(self.ends.all())
        taken_back = {each.corrects_id for each in ends}
        return next((each for each in ends if each.corrects_id is None and each.pk not in taken_back), None)


class UseEnd(Fact):
    """The session of a use is over: from now on what was drawn has to be accounted for. One that corrects another takes
    that back: the person had not left, and the day goes on.
    """

    use = models.ForeignKey(Use, on_delete=models.PROTECT, related_name="ends")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.use} {'goes on' if self.corrects_id else 'ended'}"


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
    def case(self) -> str:
        """The id of the case whose end wrote this entry; empty for every other."""
        return self.document.removeprefix(WRITTEN_BY) if self.kind in WRITTEN_AT_AN_END else ""

    @property
    def entered_later(self) -> bool:
        """Whether it was made so much later than what it tells of that a reader must know."""
        return self.recorded_at - self.occurred_at > ENTERED_LATER

    @property
    def is_standing(self) -> bool:
        """Neither a reversal nor reversed."""
        return self.kind != self.Kind.REVERSED and not hasattr(self, "corrected_by")


# What the end of a case writes into the book, and how such an entry names its case.
WRITTEN_AT_AN_END = (LedgerEntry.Kind.WRITTEN_OFF, LedgerEntry.Kind.FOUND)
WRITTEN_BY = "case "


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
