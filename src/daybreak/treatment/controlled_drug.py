"""The rules of the controlled-drug account: what a lot may be used for, and by when something is due."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from daybreak.treatment.days import said_day
from daybreak.treatment.findings import Effect, reason_lacks
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance

MICROGRAMS_PER_MG = 1000
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands against drawing from a lot: a sentence, and whether a written reason lifts it."""

    id: str
    says: str
    effect: Effect
    in_ten_words: bool = False

    def lacks(self, reason: str) -> str | None:
        """What a reason to draw all the same still lacks, as a sentence; None when it stands."""
        if self.in_ten_words:
            return reason_lacks(reason)
        return None if reason.strip() else "Write why."


def _row(name: str) -> Any:
    return load("controlled_drug.yaml")[name]


@cache
def rule(name: str) -> Provenance:
    """What stands behind one row: `patient_specific`, `inventory`, `loss_notice`, `loss_report`, `waste` ...

    Raises:
        KeyError: for a row there is not.
    """
    return provenance(_row(name))


def use_by(received_on: date) -> date:
    """The last day for a lot a pharmacy delivered for one named patient."""
    return received_on + timedelta(days=_row("patient_specific")["use_within_days"])


def next_inventory(last_on: date) -> date:
    """The last day for the next inventory after one of `last_on`."""
    months = last_on.month - 1 + _row("inventory")["every_months"]
    year, month = last_on.year + months // 12, months % 12 + 1
    return date(year, month, min(last_on.day, monthrange(year, month)[1]))


def inventory_reminded_on(due_on: date) -> date:
    """From when on a site is reminded of its next inventory."""
    return due_on - timedelta(days=_row("reminders")["inventory_days_before"])


def devices_reminded_on(last_day: date) -> date:
    """From when on the lead is reminded of what was delivered for one person and is still here."""
    return last_day - timedelta(days=_row("reminders")["devices_days_before"])


def notice_due(discovered_at: datetime) -> datetime:
    """The end of the business days within which theft or significant loss is notified.

    Saturday and Sunday are no business days; holidays are not known here. Days are those of `discovered_at`'s zone.
    """
    day, left = discovered_at, _row("loss_notice")["business_days"]
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day.replace(hour=23, minute=59, second=0, microsecond=0)


def report_due(discovered_on: date) -> date:
    """The last day for the report of a theft or significant loss."""
    return discovered_on + timedelta(days=_row("loss_report")["calendar_days"])


def unexplained_micrograms() -> int:
    """From this amount on, a difference opens a case."""
    return int(_row("unexplained")["at_least_mg"] * MICROGRAMS_PER_MG)


def unexplained_after() -> timedelta:
    """How long after the person left a difference may stand before a case is opened."""
    return timedelta(minutes=_row("unexplained")["after_minutes"])


def part_drawn_at_most(planned_micrograms: int) -> int:
    """From this amount on, a part of a container drawn for a day asks for a reason: a slipped point is ten times."""
    return int(planned_micrograms * _row("part_drawn")["at_most_times_the_plan"])


def expires_soon(last_day: date, today: date) -> bool:
    """Whether a lot is usable today and will not be for long."""
    return today <= last_day <= today + timedelta(days=_row("expiring")["within_days"])


def last_day_is_far(last_day: date, today: date) -> bool:
    """Whether the last day of what comes in lies further ahead than a drug is made to last: a year typed wrongly."""
    return last_day > date(today.year + int(_row("last_day_asked")["beyond_years"]), 12, 31)


def standing_against_draw(
    *,
    recalled: bool,
    expires_on: date,
    use_by_day: date | None,
    today: date,
    for_another: bool,
    other_form: str = "",
) -> tuple[Standing, ...]:
    """What stands against drawing from a lot today.

    Args:
        recalled: whether a recall is in force.
        expires_on: the last day the maker states.
        use_by_day: the last day of a lot delivered for one named patient; None for stock.
        for_another: whether the lot was delivered for another person than the one to be treated.
        other_form: for what kind of container and what dose it is, where such a container is not made for the dose.
    """
    found = []
    past = Effect(_row("expired_lot")["effect"])
    if recalled:
        found.append(
            Standing(
                "recalled",
                "This lot is recalled. Take another, and set it aside.",
                Effect(_row("recalled_lot")["effect"]),
            )
        )
    if for_another:
        words = "This lot was delivered for another person and may be given to nobody else. Take another."
        found.append(Standing("patient_specific", words, Effect.BLOCK))
    if today > expires_on:
        found.append(Standing("expired", f"This lot expired on {said_day(expires_on)}.", past))
    if use_by_day is not None and today > use_by_day:
        days = _row("patient_specific")["use_within_days"]
        words = f"This lot was to be used by {said_day(use_by_day)}, {days} days after it was received."
        found.append(Standing("patient_specific", words, past))
    if other_form:
        row = _row("other_form")
        found.append(Standing("other_form", other_form, Effect(row["effect"]), in_ten_words=row["in_ten_words"]))
    return tuple(found)


def micrograms(mg: float | Decimal) -> int:
    """An amount in whole micrograms, the unit of the account; half a microgram goes to the even one."""
    return int((Decimal(str(mg)) * MICROGRAMS_PER_MG).to_integral_value())


_APART = "\u202f"


def mg_text(amount_micrograms: int) -> str:
    """An amount of the account as a page prints it, exact: 35.65, without needless zeros.

    Thousands stand apart by a narrow space that does not break: a comma is a point where many of us learned to write,
    and what is typed with one is asked again.
    """
    text = f"{Decimal(amount_micrograms) / MICROGRAMS_PER_MG:,f}".replace(",", _APART)
    return text.rstrip("0").rstrip(".") if "." in text else text


def mg_in_file(amount_micrograms: int) -> str:
    """The same for a machine: 1960."""
    return mg_text(amount_micrograms).replace(_APART, "")
