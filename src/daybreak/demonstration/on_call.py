"""Who is on call in the demonstration, and whom its emergency card names. Escalation stays off; none of it is real."""

from datetime import datetime, timedelta

from daybreak.clinic.escalation.services import Duty, add_duty
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day.services import write_card
from daybreak.demonstration.people import House

SINCE, UNTIL = timedelta(days=1), timedelta(days=9)


def prepare_emergencies(house: House, now: datetime) -> None:
    """A roster nobody has tested, and the numbers of a site that does not exist."""
    director = house.acts(Role.DIRECTOR, now)
    for place, role in enumerate((Role.PRESCRIBER, Role.DIRECTOR), start=1):
        duty = Duty(house.staff[role], place, now - SINCE, now + UNTIL, f"synthetic-{role}@example.org")
        add_duty(house.site, duty, director, write_id=new_id())
    write_card(house.site, "Anaesthetist on duty (synthetic): 555 0101", "", director, write_id=new_id())
