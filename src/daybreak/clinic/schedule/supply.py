"""Whether there is drug for everybody: what one person will draw is not there for the next.

Nothing here holds a dose back, and nothing is reserved: it is what the controlled-drug lead can still order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_session
from daybreak.clinic.record.models import Site
from daybreak.clinic.schedule import queries
from daybreak.clinic.schedule.models import Appointment
from daybreak.treatment.booking import stock_looked_ahead
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG, mg_text
from daybreak.treatment.days import said_day
from daybreak.treatment.drugs import Way


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody will draw on a day, in micrograms. `of`: the appointment, or the session that goes on."""

    of: UUID
    day: date
    patient_id: UUID
    drug: str
    ways: frozenset[Way]
    micrograms: int

    def fits(self, row: pharmacy.Stock) -> bool:
        """Whether it may be drawn from this lot that day: this person's to use, and in a form for every dose."""
        lot, formulation = row.lot, row.lot.formulation
        ours = lot.patient_id in (None, self.patient_id)
        made_for_it = formulation.drug == self.drug and all(map(formulation.is_for, self.ways))
        return ours and made_for_it and not row.recalled and lot.last_day >= self.day

    def is_like(self, other: "Need") -> bool:
        """Whether both are drawn from the same shelf on the same day."""
        return (self.day, self.drug, self.ways) == (other.day, other.drug, other.ways)


class Supply:
    """Who gets drug of what is here now, in the order of their times: of one usable lot in one place each."""

    def __init__(self, rows: Iterable[pharmacy.Stock], needs: Sequence[Need]) -> None:
        self._left = [(row, row.micrograms) for row in rows if row.micrograms > 0]
        self.needs = needs
        self.lots: dict[UUID, pharmacy.Stock | None] = {}
        self._most: dict[UUID, int] = {}
        for need in needs:
            self.lots[need.of] = self._take(need)

    @classmethod
    def of(cls, site: Site, day: date, asked: Iterable[Appointment] = ()) -> "Supply":
        """For a day. Everybody from today on counts, where the day is so near that no order is sure to come before it
        (`stock_ahead` of booking.yaml); of a later day only that day counts.

        Args:
            asked: who is asked about; whoever of them waits for no session comes after all others.
        """
        today = timezone.localdate()
        first = today if today <= day <= today + stock_looked_ahead() else day
        under_treatment = list(_under_treatment(site, today)) if first == today else []
        return cls(pharmacy.stock(site), [*under_treatment, *_booked(site, first, day, asked)])

    def _take(self, need: Need) -> pharmacy.Stock | None:
        """The lot this is drawn from, first what was delivered for this person, then what expires first."""
        fitting = [place for place, (row, _) in enumerate(self._left) if need.fits(row)]
        fitting.sort(key=lambda place: (self._left[place][0].lot.patient_id is None, self._left[place][0].lot.last_day))
        self._most[need.of] = max((self._left[place][1] for place in fitting), default=0)
        for place in fitting:
            row, left = self._left[place]
            if left >= need.micrograms:
                formulation = row.lot.formulation  # half a lozenge is nobody else's
                whole = formulation.whole(need.micrograms) if formulation.is_counted_whole else need.micrograms
                self._left[place] = (row, left - whole)
                return row
        return None

    def need(self, of: UUID) -> Need | None:
        """What somebody will draw; None where it is not known, or they are under no treatment and booked for none."""
        return next((need for need in self.needs if need.of == of), None)

    def says(self, need: Need) -> str:
        """Where it is, or how much is left, and for how many of the day it is enough, as sentences."""
        alike = [each for each in self.needs if each.is_like(need)]
        supplied = sum(self.lots[each.of] is not None for each in alike)
        share = f" Enough for {supplied} of {len(alike)} people of this day." if supplied < len(alike) else ""
        if row := self.lots[need.of]:
            return f"Lot {row.lot.number}, {row.location}.{'' if row.lot.patient_id else share}"
        way = " or ".join(sorted(map(str, need.ways)))
        return (
            f"{mg_text(need.micrograms)} mg needed; of one usable lot in one place, made for a dose {way}, "
            f"at most {mg_text(self._most[need.of])} mg is left.{share}"
        )

    @cached_property
    def short(self) -> list[Need]:
        """Who gets none, the earliest first."""
        return [need for need in self.needs if self.lots[need.of] is None]


def outlook(site: Site) -> str:
    """For how many of the people of the coming days there is drug, as sentences; empty where there is for all."""
    ahead = stock_looked_ahead()
    supply = Supply.of(site, timezone.localdate() + ahead)
    if not supply.short:
        return ""
    people = len(supply.needs)
    drugs = " and ".join(sorted({need.drug for need in supply.short}))
    return (
        f"Of the {people} to be treated from today over {ahead.days} days, drug is in stock for "
        f"{people - len(supply.short)}: {drugs} is short from {said_day(supply.short[0].day)}. "
        "Tell the controlled-drug lead, who orders it."
    )


def _under_treatment(site: Site, today: date) -> Iterator[Need]:
    """Those whose session goes on, with what is not drawn yet of what their plan asks for."""
    going_on = [use for use in pharmacy.under_treatment(site, timezone.now()) if use.planned_micrograms is not None]
    accounts = pharmacy.accounts(going_on)
    for use in going_on:
        missing = use.planned_micrograms - accounts[use.pk].drawn + accounts[use.pk].returned
        if missing > 0:
            yield Need(use.pk, today, use.patient_id, use.drug, frozenset(use.ways), missing)


def _booked(site: Site, first: date, last: date, asked: Iterable[Appointment]) -> Iterator[Need]:
    visits = queries.visits(site, first, days=(last - first).days + 1)
    coming = {visit.appointment.pk: visit.appointment for visit in visits if not visit.missed and visit.session is None}
    coming |= {each.pk: each for each in asked if each.pk not in coming}
    signed = Plan.objects.filter(course__in=[each.course_id for each in coming.values()], signature__isnull=False)
    plans = {plan.course_id: plan for plan in signed.order_by("version")}
    for each in coming.values():
        planned = planned_session(plans.get(each.course_id, each.plan), each.number)
        if planned is not None and planned.dose_mg is not None:
            yield _need(each.pk, timezone.localdate(each.starts_at), each.course.patient_id, planned)


def _need(of: UUID, day: date, patient_id: UUID, planned: PlannedSession) -> Need:
    assert planned.dose_mg is not None  # noqa: S101 - asked before
    ways = frozenset(dose.way for dose in planned.doses)
    return Need(of, day, patient_id, str(planned.doses[0].drug), ways, round(planned.dose_mg * MICROGRAMS_PER_MG))
