"""The drug account of the demonstration: deliveries, what is drawn and wasted for each session, counts.

What was given is told by the sessions themselves. One waste is typed wrongly, so that one treatment day does not add
up; one lot is about to expire; one person has devices a pharmacy delivered in their name.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from django.utils import timezone

from daybreak.clinic.pharmacy import queries, services
from daybreak.clinic.pharmacy.models import Count, Formulation, Lot, StorageLocation, Use
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.people import House
from daybreak.demonstration.telling import Moment, Telling
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG, micrograms
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Dose

# Days after the founding on which a delivery came, and what: ours, enough for all sessions.
DELIVERED = (1, 95, 185, 275, 350)
EACH_TIME = (("vial", "K", 4), ("device", "E", 40))
COMPOUNDED, COMPOUNDED_CAME = (("lozenge", "L", 12), ("bottle", "S", 1)), 4  # with which delivery
USABLE_FOR = timedelta(days=540)
SUPPLIER = "Synthetic Supplier, 1 Example Street, registration RS0000000"
DEVICE_MG, VIAL_MG, VIAL_ML = 28, 500, 10
LOZENGE_MG, BOTTLE_MG, BOTTLE_ML = 50, 1000, 100  # as a pharmacy might compound them; invented
LINE_OF_A_SYRINGE = 100  # microlitres: what is measured is drawn to the next line
TYPED_TOO_LITTLE = 2 * MICROGRAMS_PER_MG  # by whom `wrong_waste` stands
DRAWN_BEFORE, WASTED_AFTER = timedelta(minutes=12), timedelta(minutes=4)
COUNTED_EVERY = timedelta(days=28)


def _id(*words: object) -> UUID:
    return uuid5(NAMESPACE_OID, "/".join(map(str, ("daybreak demonstration drugs", *words))))


def stocked(house: House, now: datetime) -> Iterator[Moment]:
    """The house's part: places, products, deliveries, counts."""
    yield Moment(house.founded_at + timedelta(hours=1), lambda at: _set_up(house, at))
    for place, day in enumerate(DELIVERED, start=1):
        yield Moment(
            house.founded_at + timedelta(days=day, hours=2), lambda at, place=place: _deliver(house, place, at)
        )
    yield Moment(house.founded_at + timedelta(days=DELIVERED[0], hours=8), lambda at: _take_inventory(house, at))
    yield Moment(house.founded_at + timedelta(days=40), lambda at: _deliver_reserve(house, now, at))
    counted_at = house.founded_at + COUNTED_EVERY
    while counted_at < now:
        night = timezone.localtime(counted_at).replace(hour=20, minute=0)
        yield Moment(night, lambda at: _count(house, at))
        counted_at += COUNTED_EVERY


def accounted(telling: Telling, number: int, dose: Dose, dose_at: datetime) -> Iterator[Moment]:
    """A session's part: drawn before the dose, what is left wasted after it."""
    yield Moment(dose_at - DRAWN_BEFORE, lambda at: _draw(telling, number, dose, at))
    over_at = dose_at + timedelta(minutes=dose.duration_min)
    if dose.route is not Route.NASAL:
        yield Moment(over_at + WASTED_AFTER, lambda at: _waste(telling, number, at))


def _set_up(house: House, at: datetime) -> None:
    lead = house.acts(Role.PHARMACIST, at)
    for name in ("Safe", "Treatment room cabinet"):
        services.add_location(house.site, name, lead, write_id=_id(name))
    services.add_formulation(
        house.site, Drug.KETAMINE, Formulation.Container.VIAL, lead, write_id=_id("vial"),
        micrograms_each=VIAL_MG * MICROGRAMS_PER_MG, microlitres_each=VIAL_ML * 1000,
    )  # fmt: skip
    services.add_formulation(
        house.site, Drug.ESKETAMINE, Formulation.Container.NASAL_DEVICE, lead, write_id=_id("device"),
        micrograms_each=DEVICE_MG * MICROGRAMS_PER_MG,
    )  # fmt: skip
    services.add_formulation(
        house.site, Drug.KETAMINE, Formulation.Container.LOZENGE, lead, write_id=_id("lozenge"),
        micrograms_each=LOZENGE_MG * MICROGRAMS_PER_MG,
    )  # fmt: skip
    services.add_formulation(
        house.site, Drug.KETAMINE, Formulation.Container.ORAL_SOLUTION, lead, write_id=_id("bottle"),
        micrograms_each=BOTTLE_MG * MICROGRAMS_PER_MG, microlitres_each=BOTTLE_ML * 1000,
    )  # fmt: skip


def _place(name: str) -> StorageLocation:
    return StorageLocation.objects.select_related("site").get(pk=_id(name))


def _deliver(house: House, place: int, at: datetime) -> None:
    """A delivery goes into the safe and, counted, into the cabinet the sessions are supplied from."""
    safe, cabinet = _place("Safe"), _place("Treatment room cabinet")
    for name, letter, containers in (*EACH_TIME, *(COMPOUNDED if place == COMPOUNDED_CAME else ())):
        lot = _receive(house, name, f"{letter}{place:02}", containers, at, expires_at=at + USABLE_FOR)
        services.move(
            lot, safe, cabinet, containers * lot.formulation.micrograms_each, house.acts(Role.NURSE, at),
            write_id=_id("moved", name, place), at=at,
        )  # fmt: skip


def _deliver_reserve(house: House, now: datetime, at: datetime) -> None:
    """Two vials that nobody needed, and that are about to expire."""
    _receive(house, "vial", "K90", 2, at, expires_at=now + timedelta(days=18))


def _receive(
    house: House,
    name: str,
    lot: str,
    containers: int,
    at: datetime,
    *,
    expires_at: datetime,
    telling: Telling | None = None,
) -> Lot:
    patient = telling.course.patient if telling else None
    return services.receive(
        Formulation.objects.select_related("site").get(pk=_id(name)), _place("Safe"),
        house.acts(Role.PHARMACIST, at), write_id=_id("received", lot), lot_number=lot,
        expires_on=timezone.localdate(expires_at), containers=containers, supplier=SUPPLIER,
        document=f"D-{lot}", patient=patient, at=at,
    ).lot  # fmt: skip


def named_delivery(telling: Telling) -> Iterator[Moment]:
    """Devices a pharmacy delivers for this person alone, where the story says so."""
    if "own_devices" in telling.story.unusual:
        at = telling.now - timedelta(days=32)
        yield Moment(
            at,
            lambda at: _receive(telling.house, "device", "P31", 2, at, expires_at=at + USABLE_FOR, telling=telling),
        )


def _draw(telling: Telling, number: int, dose: Dose, at: datetime) -> None:
    needed = micrograms(dose.amount.to_mg(telling.story.weight_kg))
    use, cabinet = Use.objects.select_related("site").get(pk=telling.held[number].pk), _place("Treatment room cabinet")
    rows = [row for row in queries.stock(use.site) if row.location == cabinet and row.lot.formulation.drug == use.drug]
    fitting = [row for row in rows if row.lot.formulation.is_for(dose.way)]
    nurse = telling.acts(Role.NURSE, at)
    for row in sorted(fitting, key=lambda row: row.lot.last_day):
        part = min(_to_the_line(needed, row.lot.formulation), row.micrograms)
        if part > 0:
            services.draw(
                use, row.lot, cabinet, part, nurse, write_id=telling.id(number, "drawn", row.lot.number), at=at
            )
            needed -= part


def _to_the_line(needed: int, formulation: Formulation) -> int:
    """What a hand takes for so much: whole pieces, or up to the next line of the syringe."""
    if formulation.is_counted_whole:
        return formulation.whole(needed)
    line = formulation.micrograms_each * LINE_OF_A_SYRINGE // formulation.microlitres_each
    return -(-needed // line) * line


def _waste(telling: Telling, number: int, at: datetime) -> None:
    """What was drawn and not given, lot by lot, before the prescriber."""
    use = Use.objects.select_related("site").get(pk=telling.held[number].pk)
    left = queries.account(use).unexplained
    is_last = number == telling.story.sessions_given
    if "wrong_waste" in telling.story.unusual and is_last:
        left -= TYPED_TOO_LITTLE
    if left <= 0:
        return
    lot = list(queries.in_hand(use))[-1]
    witness = Witness(telling.house.staff[Role.PRESCRIBER], "demonstration")
    services.waste(
        use, lot, left, telling.acts(Role.NURSE, at), witness, write_id=telling.id(number, "wasted"), at=at,
        words="Drawn and not given.",
    )  # fmt: skip


def _seen(house: House, place: StorageLocation | None) -> list[Seen]:
    return [
        Seen(row.lot, row.location, row.micrograms)
        for row in queries.stock(house.site)
        if place is None or row.location == place
    ]


def _take_inventory(house: House, at: datetime) -> None:
    services.count(
        house.site, None, _seen(house, None), house.acts(Role.PHARMACIST, at), write_id=_id("inventory"), at=at,
        witness=Witness(house.staff[Role.NURSE], "demonstration"), business=Count.Business.CLOSE,
    )  # fmt: skip


def _count(house: House, at: datetime) -> None:
    cabinet = _place("Treatment room cabinet")
    if seen := _seen(house, cabinet):
        services.count(
            house.site, cabinet, seen, house.acts(Role.NURSE, at), write_id=_id("counted", at.date()), at=at,
        )  # fmt: skip
