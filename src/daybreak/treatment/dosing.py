"""A regimen held against the limits on file.

The remarks inform; the prescriber decides. No dose is blocked here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.dose_preparation import four_figures
from daybreak.treatment.dose_quantities import (
    MEASURES,
    OF_AMOUNT,
    OF_THE_COURSE,
    UNITS,
    DayGiven,
    Measured,
    Quantity,
)
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Effect
from daybreak.treatment.indications import indication
from daybreak.treatment.knowledge import load
from daybreak.treatment.labelling import Jurisdiction
from daybreak.treatment.regimen import Regimen, RegimenError
from daybreak.treatment.schedule import has_schedule
from daybreak.treatment.sources import Basis, Provenance, Status, provenance

_ROUNDING = 1e-9  # 0.1 mg/kg times 840 kg is 84.00000000000001 mg and still 84


class DoseLimitError(ValueError):
    """A change of a limit that cannot be: the message says which, and why."""


class Comparison(StrEnum):
    """How a quantity keeps within a limit."""

    AT_MOST = "at_most"
    BELOW = "below"
    AT_LEAST = "at_least"
    MULTIPLE_OF = "multiple_of"

    def kept(self, value: float, limit: float) -> bool:
        """Whether this value keeps within the limit. A difference of rounding is none."""
        slack = _ROUNDING * max(1.0, abs(limit))
        match self:
            case Comparison.AT_MOST:
                return value <= limit + slack
            case Comparison.BELOW:
                return value < limit - slack
            case Comparison.AT_LEAST:
                return value >= limit - slack
            case Comparison.MULTIPLE_OF:
                return abs(value - round(value / limit) * limit) <= slack


@dataclass(frozen=True, slots=True)
class DoseLimit:
    """One number that a quantity of a regimen is held against. `says` is the sentence when it is crossed."""

    id: str
    quantity: Quantity
    comparison: Comparison
    value: float
    effect: Effect
    says: str
    provenance: Provenance
    row: Mapping[str, Any]

    @property
    def is_fixed(self) -> bool:
        """Whether no site may change it, because a label or a regulator set it."""
        return self.provenance.is_fixed

    def applies(self, drug: Drug, route: Route, jurisdiction: str, indication_id: str | None) -> bool:
        """Whether it belongs to this use. Age is judged apart, because it may be unknown."""
        pain = indication_id is not None and indication(indication_id).is_pain
        return (
            applies(self.row, drug, route, jurisdiction)
            and self.row.get("setting") in (None, "pain" if pain else "psychiatric")
            and ("indications" not in self.row or indication_id in self.row["indications"])
            and indication_id not in self.row.get("unless", ())
        )

    @property
    def is_of_the_label(self) -> bool:
        """Whether what crosses it is outside the label; a row says so where its own labels disagree."""
        return self.provenance.basis is Basis.LABEL and not self.row.get("labels_disagree", False)

    def is_urgent(self, value: float) -> bool:
        """Whether this value reaches the number from which the limit speaks loudly."""
        return "urgent_from" in self.row and value >= self.row["urgent_from"]

    def fits_age(self, age_years: float | None) -> bool | None:
        """Whether it belongs to this age; None where it depends on an age that is not recorded."""
        low, high = self.row.get("age_from"), self.row.get("age_below")
        if low is None and high is None:
            return True
        if age_years is None:
            return None
        return (low is None or age_years >= low) and (high is None or age_years < high)

    @property
    def words(self) -> str:
        """The limit itself: `at most 100 mg in a session`."""
        comparison = "a multiple of" if self.comparison is Comparison.MULTIPLE_OF else self.comparison.replace("_", " ")
        return f"{comparison} {self.value:g} {UNITS[self.quantity]}"

    @property
    def is_of_the_course(self) -> bool:
        """Whether what was given before counts with what is planned; a row says so where it is for one plan alone."""
        return self.quantity in OF_THE_COURSE and not self.row.get("one_plan_alone", False)

    def measured(self, regimen: Regimen, weight_kg: float | None, before: Sequence[int] = ()) -> list[Measured]:
        """What the limit is held against. `before`: the days of the same use given before the regimen begins.

        Raises:
            RegimenError: if a needed weight is missing.
        """
        return MEASURES[self.quantity](regimen, weight_kg, before if self.is_of_the_course else ())

    def is_kept_by(self, regimen: Regimen, weight_kg: float | None, before: Sequence[int] = ()) -> bool:
        """Whether the regimen has what the limit measures and all of it keeps within; False without a needed weight."""
        try:
            measured = self.measured(regimen, weight_kg, before)
        except RegimenError:
            return False
        return bool(measured) and all(self.comparison.kept(entry.value, self.value) for entry in measured)

    def sentence(self, value: float) -> str:
        """What is said of this value when it crosses the limit."""
        also = self.row.get("urgent_says", "") if self.is_urgent(value) else ""
        return f"{self.says} {also}".strip().format(value=four_figures(value), limit=f"{self.value:g}")


@dataclass(frozen=True, slots=True)
class DoseLimits:
    """The limits in force."""

    limits: tuple[DoseLimit, ...]

    def with_values(self, values: Mapping[str, float]) -> "DoseLimits":
        """These limits with a site's own numbers, by limit id.

        Raises:
            DoseLimitError: if an id is unknown, the limit is set by a label or a regulator, or the number is not
                above zero.
        """
        known = {limit.id: limit for limit in self.limits}
        for identifier, value in values.items():
            if identifier not in known:
                raise DoseLimitError(f"There is no dose limit '{identifier}'.")
            if known[identifier].is_fixed:
                raise DoseLimitError(f"The limit '{identifier}' is set by a label or regulator and cannot be changed.")
            if not 0 < value < float("inf"):
                raise DoseLimitError(f"{value:g} cannot be a dose limit. Write a number above zero.")
        return DoseLimits(tuple(replace(limit, value=values.get(limit.id, limit.value)) for limit in self.limits))


@cache
def default_limits() -> DoseLimits:
    """The limits on file, before a site changes any."""
    return DoseLimits(
        tuple(
            DoseLimit(
                id=row["id"],
                quantity=Quantity(row["quantity"]),
                comparison=Comparison(row["is"]),
                value=float(row["value"]),
                effect=Effect(row["effect"]),
                says=row["says"],
                provenance=provenance(row),
                row=row,
            )
            for row in load("dosing.yaml")["limits"]
        )
    )


@dataclass(frozen=True, slots=True)
class DoseRemark:
    """Something to know of a regimen before it is signed, as a sentence.

    `value` and `limit` are None where no number was crossed. `day` is the first one it concerns, zero for that
    of the first dose; None for the whole regimen. `urgent` is read before anything else; `outside_label` says
    that a label has another dose, frequency or length.
    """

    id: str
    effect: Effect
    sentence: str
    provenance: Provenance
    value: float | None = None
    limit: float | None = None
    day: int | None = None
    urgent: bool = False
    outside_label: bool = False


def shortest_infusion(
    drug: Drug, route: Route, jurisdiction: str, indication_id: str | None, *, limits: DoseLimits | None = None
) -> DoseLimit | None:
    """The limit on how fast a whole dose may run: the longest of the least times on file (min); None where none is."""
    found = [
        limit
        for limit in (limits or default_limits()).limits
        if limit.quantity is Quantity.DURATION_MIN
        and limit.comparison is Comparison.AT_LEAST
        and limit.applies(drug, route, jurisdiction, indication_id)
    ]
    return max(found, key=lambda limit: limit.value, default=None)


PAST_START = "PAST_START"  # the id of the remark on a first day


def past_start(first_day: date, today: date) -> DoseRemark | None:
    """That the first session of a plan lies before the day it is written on; None where it does not."""
    days = (today - first_day).days
    if days <= 0:
        return None
    sentence = (
        f"The first session, {first_day.day} {first_day:%b} {first_day.year}, lies {days} "
        f"day{'' if days == 1 else 's'} before today. Check the day."
    )
    return DoseRemark(PAST_START, Effect.REASON, sentence, provenance(load("dosing.yaml")["past_start"]))


def notices(drug: Drug, route: Route, jurisdiction: Jurisdiction) -> tuple[DoseRemark, ...]:
    """What is said of a drug by a route whatever the dose: that it is compounded, or experimental."""
    return tuple(
        DoseRemark(row["id"], Effect.INFORM, row["says"], provenance(row))
        for row in load("dosing.yaml")["notices"]
        if applies(row, drug, route, jurisdiction)
    )


def check(
    regimen: Regimen,
    weight_kg: float | None,
    jurisdiction: Jurisdiction,
    indication_id: str | None = None,
    age_years: float | None = None,
    *,
    before: Sequence[DayGiven] = (),
    limits: DoseLimits | None = None,
) -> tuple[DoseRemark, ...]:
    """What stands against a regimen, the weightiest first. Nothing found is no statement that it is safe.

    `before` is what was given of the same course: how often and how long are held against both together. A weight or
    an age that is not recorded counts as standing in the way: the limit keeps its effect, and the sentence says what
    is missing.

    Raises:
        IndicationError: if the indication is not known.
    """
    remarks: list[DoseRemark] = []
    for part, in_force in _by_use(regimen, jurisdiction, indication_id, limits):
        drug, route = part.first.drug, part.first.route
        given = _days_of(before, drug, route)
        if not any(limit.quantity in OF_AMOUNT for limit in in_force):
            remarks.append(_nothing_on_file(drug, route))
        if not has_schedule(drug, route):
            remarks.append(_no_schedule(drug, route))
        remarks.extend(notices(drug, route, jurisdiction))
        for limit in in_force:
            remark = _remark(limit, part, weight_kg, age_years, given)
            if remark is not None:
                remarks.append(remark)
    return tuple(sorted(remarks, key=lambda remark: (not remark.urgent, remark.effect is Effect.INFORM)))


def kept(
    regimen: Regimen,
    weight_kg: float | None,
    jurisdiction: Jurisdiction,
    indication_id: str | None = None,
    age_years: float | None = None,
    *,
    before: Sequence[DayGiven] = (),
    limits: DoseLimits | None = None,
) -> tuple[DoseLimit, ...]:
    """The limits a regimen was held against and keeps. One that could not be checked is not among them.

    Raises:
        IndicationError: if the indication is not known.
    """
    return tuple(
        limit
        for part, in_force in _by_use(regimen, jurisdiction, indication_id, limits)
        for limit in in_force
        if limit.fits_age(age_years) is not False
        and limit.is_kept_by(part, weight_kg, _days_of(before, part.first.drug, part.first.route))
    )


def _days_of(before: Sequence[DayGiven], drug: Drug, route: Route) -> list[int]:
    return [given.day for given in before if (given.drug, given.route) == (drug, route)]


def _by_use(
    regimen: Regimen, jurisdiction: Jurisdiction, indication_id: str | None, limits: DoseLimits | None
) -> list[tuple[Regimen, list[DoseLimit]]]:
    """The doses of each drug and route, with the limits that belong to them."""
    found = []
    for drug, route in dict.fromkeys((dose.drug, dose.route) for dose in regimen.doses):
        part = Regimen(tuple(dose for dose in regimen.doses if (dose.drug, dose.route) == (drug, route)))
        in_force = [
            limit
            for limit in (limits or default_limits()).limits
            if limit.applies(drug, route, jurisdiction, indication_id)
        ]
        found.append((part, in_force))
    return found


def _remark(
    limit: DoseLimit, regimen: Regimen, weight_kg: float | None, age_years: float | None, before: Sequence[int]
) -> DoseRemark | None:
    """What one limit says of a regimen; None when it is kept or is for another age."""
    fits = limit.fits_age(age_years)
    if fits is False:
        return None
    try:
        crossed = [
            measured
            for measured in limit.measured(regimen, weight_kg, before)
            if not limit.comparison.kept(measured.value, limit.value)
        ]
    except RegimenError as error:
        return DoseRemark(limit.id, limit.effect, f"Not checked: {error}", limit.provenance)
    if not crossed:
        return None
    worst = _worst(limit, crossed)
    sentence = limit.sentence(worst.value)
    if before and limit.is_of_the_course:
        sentence = f"{sentence} Counted with what was given before: {len(before)} session{'s' if before[1:] else ''}."
    if fits is None:
        sentence = f"Age is not recorded, so this may not concern the person. {sentence}"
    return DoseRemark(
        limit.id,
        limit.effect,
        sentence,
        limit.provenance,
        value=worst.value,
        limit=limit.value,
        day=max(0, crossed[0].day),
        urgent=limit.is_urgent(worst.value),
        outside_label=limit.is_of_the_label,
    )


def _worst(limit: DoseLimit, crossed: list[Measured]) -> Measured:
    pick = min if limit.comparison is Comparison.AT_LEAST else max
    return pick(crossed, key=lambda measured: measured.value)


def _no_schedule(drug: Drug, route: Route) -> DoseRemark:
    return DoseRemark(
        "NO_SCHEDULE",
        Effect.INFORM,
        f"No monitoring schedule is on file for {drug} {route}: it cannot be run here.",
        Provenance((), Status.RECALLED),
    )


def _nothing_on_file(drug: Drug, route: Route) -> DoseRemark:
    return DoseRemark(
        "NO_LIMIT",
        Effect.INFORM,
        f"No dose limit is on file for {drug} {route} in this use: the amounts were not checked.",
        Provenance((), Status.RECALLED),
    )
