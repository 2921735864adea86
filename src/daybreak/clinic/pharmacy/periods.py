"""The register of some days, as somebody who inspects the account asks for it: what was there before, everything that
happened, what was there after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.models import Formulation, LedgerEntry
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.times import midnight
from daybreak.treatment.controlled_drug import mg_in_file

MOST_ON_PAPER = 2000  # entries; ours: some eighty sheets of A4. The file has no such limit.


@dataclass(frozen=True, slots=True)
class Period:
    """All of one drug at a site, from the first moment of `first` to the last of `last`, days of the site's zone."""

    site: Site
    first: date
    last: date
    drug: str

    @property
    def begins(self) -> datetime:
        return midnight(self.first)

    @property
    def ends(self) -> datetime:
        return midnight(self.last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Movements:
    """One formulation in a period, in micrograms: `before`, what came (above zero) and went by kind, `after`."""

    formulation: Formulation
    before: int
    by_kind: dict[str, int]

    @property
    def after(self) -> int:
        return self.before + sum(self.by_kind.values())


def entries(period: Period) -> QuerySet[LedgerEntry]:
    """Every entry of the drug that tells of these days, whenever it was made, in the order things happened."""
    drug = Q(lot__formulation__drug=period.drug) | Q(lot__isnull=True, use__drug=period.drug)
    within = Q(occurred_at__gte=period.begins, occurred_at__lt=period.ends)
    return queries.entries(period.site).filter(drug, within).order_by("occurred_at", "number")


def movements(period: Period) -> list[Movements]:
    """What the book had of each formulation before and after, and what moved it. One query beside the formulations."""
    moved = LedgerEntry.objects.filter(
        site=period.site, lot__formulation__drug=period.drug, occurred_at__lt=period.ends
    ).order_by()
    signed = Case(
        When(from_location__isnull=True, to_location__isnull=False, then=F("micrograms")),
        When(from_location__isnull=False, to_location__isnull=True, then=-F("micrograms")),
        default=Value(0), output_field=BigIntegerField(),
    )  # fmt: skip
    when = Case(When(occurred_at__lt=period.begins, then=Value("")), default=F("kind"))
    sums: dict[object, dict[str, int]] = {}
    for formulation, kind, micrograms in (
        moved.annotate(when=when).values_list("lot__formulation", "when").annotate(sum=Sum(signed))
    ):
        sums.setdefault(formulation, {})[kind] = micrograms
    found = Formulation.objects.in_bulk(list(sums))
    rows = [
        Movements(found[pk], kinds.get("", 0), {str(kind): kinds[kind] for kind in queries.Kind if kinds.get(kind)})
        for pk, kinds in sums.items()
    ]
    return sorted(rows, key=lambda row: str(row.formulation))


def lines(period: Period, before: list[Movements]) -> Iterator[queries.Line]:
    """The entries, each with what the book then had of its formulation at the whole site."""
    balance = {row.formulation.pk: row.before for row in before}
    for entry in entries(period).iterator(chunk_size=500):
        now = 0
        if entry.lot:
            now = balance.get(entry.lot.formulation_id, 0)
            now += entry.micrograms * (bool(entry.to_location_id) - bool(entry.from_location_id))
            balance[entry.lot.formulation_id] = now
        yield queries.Line(entry, now)


def rows(period: Period) -> Iterator[dict[str, object]]:
    """The same for a file: one row for each entry, amounts in mg of base."""
    for line in lines(period, movements(period)):
        entry = line.entry
        yield {
            "number": entry.number,
            "happened": timezone.localtime(entry.occurred_at).isoformat(timespec="seconds"),
            "entered": timezone.localtime(entry.recorded_at).isoformat(timespec="seconds"),
            "what": entry.get_kind_display(),
            "formulation": entry.lot.formulation if entry.lot else "",
            "lot": entry.lot.number if entry.lot else "",
            "lot as typed": entry.typed_lot,
            "mg": mg_in_file(entry.micrograms),
            "from": entry.from_location or "",
            "to": entry.to_location or "",
            "counted in": entry.counted_in or "",
            "balance mg": _mg(line.balance) if entry.lot else "",
            "person": entry.use.patient if entry.use else "",
            "born": entry.use.patient.birth_date.isoformat() if entry.use else "",
            "treatment day": entry.use.label if entry.use else "",
            "by": entry.recorded_by.display_name if entry.recorded_by else "Daybreak",
            "witness": entry.witness.display_name if entry.witness else "",
            "supplier": entry.supplier,
            "document": entry.document,
            "words": entry.words,
            "corrects": entry.corrects.number if entry.corrects else "",
            "why": entry.correction_reason,
            "corrected by": entry.corrected_by.number if hasattr(entry, "corrected_by") else "",
            "hash": entry.hash,
        }


def _mg(micrograms: int) -> str:
    return f"{'-' if micrograms < 0 else ''}{mg_in_file(abs(micrograms))}"
