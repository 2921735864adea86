"""What became of the drug of a treatment day: drawn, given, wasted, put back, still in a hand."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.queries.book import Kind, standing
from daybreak.clinic.pharmacy.queries.lot_names import each_meant, letters_and_figures, reads_as
from daybreak.treatment.controlled_drug import mg_text, unexplained_micrograms


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the drug of one treatment day, in micrograms."""

    drawn: int = 0
    given: int = 0
    wasted: int = 0
    returned: int = 0
    written_off: int = 0
    found: int = 0
    untyped: int = 0  # of what was given: nobody typed its lot
    lots: tuple[str, ...] = ()  # of which something was drawn
    crossed: int = 0  # accounted for of lots of which so much was not drawn: it covers for what is missing of others

    @property
    def unexplained(self) -> int:
        """Above zero: drawn and not accounted for. Below: more is accounted for than was drawn."""
        return self.drawn + self.found - self.given - self.wasted - self.returned - self.written_off

    @property
    def adds_up(self) -> bool:
        return abs(self.off) < unexplained_micrograms()

    @property
    def is_off_by_lot(self) -> bool:
        """Whether the sums agree and the lots do not."""
        return bool(self.crossed) and abs(self.unexplained) < unexplained_micrograms()

    @property
    def off(self) -> int:
        """What does not add up: in the sums, or where they agree, by lot."""
        return self.crossed if self.is_off_by_lot else self.unexplained

    @property
    def lot_not_typed(self) -> str:
        """That nobody typed the lot of a dose, and of which it can be, as a sentence; empty where each was typed."""
        if not self.untyped:
            return ""
        if not self.lots:
            which = ", and none was drawn"
        elif len(self.lots) == 1:
            which = f" are taken for {self.lots[0]}, the only one drawn"
        else:
            which = f" can be of {' or '.join(self.lots)}, which are not told apart"
        return f"Lot not typed: {mg_text(self.untyped)} mg given{which}."


_COLUMNS = {
    Kind.DRAWN: "drawn", Kind.GIVEN: "given", Kind.WASTED: "wasted", Kind.RETURNED: "returned",
    Kind.WRITTEN_OFF: "written_off", Kind.FOUND: "found",
}  # fmt: skip


def accounts(uses: Iterable[Use]) -> dict[object, Account]:
    """The account of each of these treatment days, in one query."""
    sums: dict[object, Counter[str]] = {use.pk: Counter() for use in uses}
    lots: dict[object, Counter[str]] = {use: Counter() for use in sums}
    drawn: dict[object, set[str]] = {use: set() for use in sums}
    entries = standing(LedgerEntry.objects.filter(use__in=list(sums))).order_by()
    columns = entries.values_list("use", "kind", "lot__number", "typed_lot")
    rows = list(columns.annotate(Sum("micrograms")))
    for use, kind, number, *_ in rows:
        if kind == Kind.DRAWN:
            drawn[use].add(number)
    for use, kind, number, typed, micrograms in rows:
        sums[use][_COLUMNS[Kind(kind)]] += micrograms
        if counts_for := _counts_for(Kind(kind), number, typed, drawn[use]):
            lots[use][counts_for] += _signed(Kind(kind), micrograms)
        if kind == Kind.GIVEN and not typed:
            sums[use]["untyped"] += micrograms
    return {
        use: Account(
            **found, lots=tuple(sorted(drawn[use])),
            crossed=sum(-off for off in lots[use].values() if off <= -unexplained_micrograms()),
        )
        for use, found in sums.items()
    }  # fmt: skip


def _counts_for(kind: Kind, number: str | None, typed: str, drawn: Iterable[str]) -> str:
    """The lot an entry counts for, by its letters and figures: of a dose the one typed, also one that nobody knows.
    Empty where a dose can be of any that was drawn: its lot was not typed, or several of them stand in what was.
    """
    if number and (kind != Kind.GIVEN or reads_as(number, typed)):
        return letters_and_figures(number)
    return "" if any(reads_as(each, typed) for each in drawn) else letters_and_figures(typed)


def _signed(kind: Kind, micrograms: int) -> int:
    """What an entry adds to what is left of its lot."""
    return micrograms if kind in (Kind.DRAWN, Kind.FOUND) else -micrograms


def crossed_lots(use: Use) -> list[tuple[Lot | str, int]]:
    """By how much each lot is off where one covers for another: missing above zero, and as much too much below. One
    that nobody knows is as it was typed."""
    found: dict[str, int] = {}
    lots: dict[str, Lot | str] = {}
    entries = list(standing(LedgerEntry.objects.filter(use=use)).select_related("lot__formulation"))
    drawn = {entry.lot.number for entry in entries if entry.kind == Kind.DRAWN}
    for entry in entries:
        number = entry.lot.number if entry.lot else None
        key = _counts_for(Kind(entry.kind), number, entry.typed_lot, drawn)
        if not key:
            continue
        if number and letters_and_figures(number) == key:
            lots[key] = entry.lot
        found[key] = found.get(key, 0) + _signed(Kind(entry.kind), entry.micrograms)
        lots.setdefault(key, entry.typed_lot)
    over = {lots[key]: off for key, off in found.items() if off <= -unexplained_micrograms()}
    left, missing = -sum(over.values()), {}
    for key, off in found.items():
        if off > 0 and left:
            missing[lots[key]] = min(off, left)
            left -= missing[lots[key]]
    return [*over.items(), *missing.items()]


def given_by(use: Use, at: datetime) -> int:
    """What the session had said by then was given."""
    told = _told(use).filter(recorded_at__lte=at).values_list("kind", "micrograms")
    return sum(micrograms if kind == Kind.GIVEN else -micrograms for kind, micrograms in told)


def _told(use: Use) -> QuerySet[LedgerEntry]:
    """What the session said was given, and took back."""
    of_doses = Q(kind=Kind.GIVEN) | Q(kind=Kind.REVERSED, corrects__kind=Kind.GIVEN)
    return LedgerEntry.objects.filter(of_doses, use=use).order_by("number")


def account(use: Use) -> Account:
    return accounts([use])[use.pk]


def in_hand(use: Use) -> dict[Lot, int]:
    """What was drawn of each lot and neither wasted nor put back: what can have been given. In the order of drawing."""
    held: dict[Lot, int] = {}
    entries = standing(LedgerEntry.objects.filter(use=use, lot__isnull=False))
    for entry in entries.select_related("lot__formulation").order_by("number"):
        if entry.kind == Kind.DRAWN:
            held[entry.lot] = held.get(entry.lot, 0) + entry.micrograms
        elif entry.kind in (Kind.WASTED, Kind.RETURNED):
            held[entry.lot] = held.get(entry.lot, 0) - entry.micrograms
    return held


def given_and_not_drawn(use: Use) -> list[str]:
    """Lots that the session names for a dose, known here or not, and of which nothing was drawn for this day.

    The sums may agree while one lot is short and another is in somebody's pocket.
    """
    numbers = ("lot__number", "typed_lot")
    given = standing(LedgerEntry.objects.filter(use=use, kind=Kind.GIVEN)).exclude(typed_lot="")
    drawn = standing(LedgerEntry.objects.filter(use=use, kind=Kind.DRAWN)).values_list("lot__number", flat=True)
    had = [*drawn]
    found: dict[str, str] = {}
    for number, typed in given.order_by("number").values_list(*numbers):
        its = number if number and reads_as(number, typed) else typed
        if not any(reads_as(each, its) for each in had):
            found.setdefault(letters_and_figures(its), its)
    return sorted(found.values())


def left_in_hand(use: Use, lot: Lot, running: Iterable[tuple[str, int]] = ()) -> int:
    """What can be left in hand of this lot, in micrograms: drawn, less what was given, wasted and put back.

    A dose counts against the lot typed for it, also where that is none that was drawn. One whose lot nobody typed, or
    typed so that several drawn can be meant, can have come from any of them, and counts against all together.

    Args:
        running: of each dose that runs, the lot as typed and what has run in so far: the account was not told it yet.
    """
    left, of_any = in_hand(use), 0
    given = standing(LedgerEntry.objects.filter(use=use, kind=Kind.GIVEN))
    for entry in given.select_related("lot__formulation"):
        if entry.lot and reads_as(entry.lot.number, entry.typed_lot):
            left[entry.lot] = left.get(entry.lot, 0) - entry.micrograms
        elif not entry.typed_lot or each_meant(left, entry.typed_lot):
            of_any += entry.micrograms
    for typed, micrograms in running:
        if len(its := each_meant(left, typed)) == 1:
            left[its[0]] -= micrograms
        elif not typed or its:
            of_any += micrograms
    return min(left.get(lot, 0), sum(max(each, 0) for each in left.values()) - of_any)


def given_was_lowered(use: Use) -> bool:
    """Whether the session ever said that more was given than it says now: what seems left then was told as given."""
    now = most = 0
    for kind, micrograms in _told(use).values_list("kind", "micrograms"):
        now += micrograms if kind == Kind.GIVEN else -micrograms
        most = max(most, now)
    return now < most
