"""From a flag one comes to what raised it, not to a person's first page."""

import pytest

from daybreak.clinic.followup import flags as followup
from daybreak.clinic.pharmacy.services import finding, recalls, reminders
from daybreak.clinic.programme.services import events
from daybreak.clinic.programme.services import reminders as forms
from daybreak.clinic.programme.worklist import EVENT_DUE
from daybreak.clinic.record.flag_places import PLACES, flag_place
from daybreak.clinic.record.models import Flag, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import queries as days
from daybreak.clinic.treatment_day.services import marks, overdue

IN_A_SESSION = {
    days.MORE_THAN_PLANNED, days.WENT_ON, days.LEFT_WITH_OPEN, days.DONE_WITHOUT_NETWORK, days.AGAINST_CHECKS,
    days.ANOTHER_DRUG, overdue.OVERDUE_CHECK,
}  # fmt: skip
RAISED = IN_A_SESSION | {
    followup.SUICIDE, followup.WORSE, followup.MISSING, followup.CALL_OVERDUE, days.LIMIT_CROSSED, marks.TWO_DEVICES,
    forms.FORM_DUE, forms.FORM_DIFFERS, EVENT_DUE, events.EVENT_READ, finding.FLAG, recalls.FLAG, reminders.USE_BY,
}  # fmt: skip


def test_every_kind_of_flag_has_its_place() -> None:
    assert set(PLACES) == RAISED


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (followup.SUICIDE, "/courses/{course}/measures/{subject}"),
        (forms.FORM_DUE, "/programme/sessions/{subject}/"),
        (finding.FLAG, "/drugs/cases/{subject}/"),
        *((kind, "/sessions/{subject}/") for kind in sorted(IN_A_SESSION)),
    ],
)
def test_the_nurse_comes_to_what_is_to_be_done(kind: str, address: str) -> None:
    flag = Flag(kind=kind, course_id=new_id(), subject=new_id())
    assert flag_place(flag, User(role=Role.NURSE)) == address.format(course=flag.course_id, subject=flag.subject)


def test_who_may_not_open_it_is_not_led_there() -> None:
    assert flag_place(Flag(kind=finding.FLAG, subject=new_id()), User(role=Role.THERAPIST)) == ""
    assert flag_place(Flag(kind=followup.SUICIDE, course_id=new_id()), User(role=Role.NURSE)) == "", "no answers named"
