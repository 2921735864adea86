"""What has days is on somebody's list in time: devices for one person, the next inventory."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from daybreak.clinic.followup.tick import tick
from daybreak.clinic.pharmacy import services
from daybreak.clinic.pharmacy.models import Count
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.treatment.controlled_drug import next_inventory
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, signed_in
from tests.clinic.pharmacy.store import MG, Drug, Store


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def devices_flags() -> list[Flag]:
    return list(open_flags().filter(kind="devices_use_by"))


def test_devices_of_one_person_are_flagged_a_week_before_their_45_days_and_when_they_are_past(
    store: Store, clinic: Clinic
) -> None:
    lot = store.lot(store.devices, containers=2, lot="P1", patient=clinic.patient)
    last = timezone.localdate() + timedelta(days=45)
    tick(noon(last - timedelta(days=8)))
    assert devices_flags() == []
    tick(noon(last - timedelta(days=7)))
    tick(noon(last - timedelta(days=6)))
    (soon,) = devices_flags()
    assert (soon.owner, soon.patient) == (clinic.users[Role.PHARMACIST], clinic.patient)
    assert soon.title.startswith("2 devices (56 mg), lot P1, for this person only, is to be used by ")
    assert timezone.localdate(soon.due_at) == last
    tick(noon(last + timedelta(days=1)))
    (past,) = devices_flags()
    assert "was to be used by" in past.title
    services.send_away(
        lot, store.safe, 56 * MG, store.lead, store.witness, write_id=new_id(), words="To the distributor."
    )
    tick(noon(last + timedelta(days=2)))
    assert devices_flags() == []


def test_devices_that_were_used_in_time_are_flagged_to_nobody(store: Store, clinic: Clinic) -> None:
    lot = store.lot(store.devices, containers=2, lot="P1", patient=clinic.patient)
    store.draw(store.use(Drug.ESKETAMINE), lot, 56)
    tick(noon(timezone.localdate() + timedelta(days=50)))
    assert devices_flags() == []


def test_the_inventory_is_on_the_first_page_a_month_before_its_two_years_are_over(store: Store, clinic: Clinic) -> None:
    lot, lead = store.lot(), signed_in(clinic, Role.PHARMACIST)
    for months, shown in ((25, "The inventory was due by"), (23.5, "The next inventory is due by"), (22, "")):
        taken = timezone.now() - timedelta(days=months * 30.44)
        services.count(
            clinic.site, None, [Seen(lot, store.safe, 5000 * MG)], replace(store.lead, at=taken), write_id=new_id(),
            witness=store.witness, business=Count.Business.OPEN,
        )  # fmt: skip
        page = read(lead, "pharmacy")
        assert shown in page
        assert ("inventory is due by" in page, "inventory was due by" in page) == (months == 23.5, months == 25)
    assert next_inventory(date(2026, 11, 28)) == date(2028, 11, 28)
