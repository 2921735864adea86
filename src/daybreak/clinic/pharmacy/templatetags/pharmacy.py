"""Amounts of the drug account as pages print them."""

from django import template

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, Formulation, LedgerEntry
from daybreak.treatment.controlled_drug import mg_text

register = template.Library()


@register.filter
def mg(micrograms: int) -> str:
    """Whole micrograms as milligrams, exact: 35.65."""
    return f"{'−' if micrograms < 0 else ''}{mg_text(abs(micrograms))}"


@register.filter
def of(micrograms: int, formulation: Formulation | None) -> str:
    """An amount as a hand handles it: 35 mg (0.7 mL), 2 devices (56 mg)."""
    return formulation.says(micrograms) if formulation else f"{mg(micrograms)} mg"


@register.filter
def amount(row: LedgerEntry) -> str:
    """The amount of an entry; where no lot is known, in milligrams."""
    return of(abs(row.micrograms), row.lot.formulation if row.lot else None)


@register.filter
def figure(case: Discrepancy) -> int:
    """What a case is told by: above zero missing, below too much."""
    return queries.figure(case)


@register.filter
def whose(case: Discrepancy) -> str:
    """Who looks into a case, as a sentence."""
    return services.whose(case)


_NOTED = {
    "use end": "Treatment day closed",
    "discrepancy": "Difference found",
    "discrepancy event": "Word on a difference",
    "lot recall": "Recall of a lot",
}


@register.filter
def noted(entry: LedgerEntry) -> str:
    """What an entry that moves nothing tells of: a difference found, a treatment day closed."""
    return _NOTED.get(entry.notes, entry.notes.capitalize())


@register.filter
def short(full_hash: str) -> str:
    """The beginning of a hash, enough to be compared by eye."""
    return full_hash[:12]


@register.filter
def where(entry: LedgerEntry) -> str:
    """From where to where an entry goes."""
    person = f"{entry.use.patient}, {entry.use.label}" if entry.use else ""
    if entry.counted_in:
        return f"in {entry.counted_in}"
    origin = str(entry.from_location or "")
    goal = str(entry.to_location or "")
    if entry.kind in (LedgerEntry.Kind.RETURNED,) or (entry.use and goal):
        origin = origin or person
    else:
        goal = goal or person
    return " → ".join(filter(None, (origin, goal)))
