"""The verbs of the treatment day.

Each takes a `write_id` the client made and is carried out once; each takes the time at which the thing happened,
which may be earlier than its entry. Both times are kept. `at=None` is now.
"""

from daybreak.clinic.treatment_day.services.amounts import change_rate, correct_amount
from daybreak.clinic.treatment_day.services.answers import MarkAnswer, answer_mark, answer_marks
from daybreak.clinic.treatment_day.services.device_messages import Incoming, receive_message, receive_together
from daybreak.clinic.treatment_day.services.done_offline import keep_refused
from daybreak.clinic.treatment_day.services.dosing import pause, resume, start_dose, stop, take_back_start
from daybreak.clinic.treatment_day.services.emergency_cards import write_card
from daybreak.clinic.treatment_day.services.events import has_ended
from daybreak.clinic.treatment_day.services.leaving import check_criterion, leave
from daybreak.clinic.treatment_day.services.monitors import (
    add_monitor,
    choose_mapping,
    release_monitor,
    release_monitors,
    tie_monitor,
)
from daybreak.clinic.treatment_day.services.nasal_devices import give_device
from daybreak.clinic.treatment_day.services.notes import (
    CameSince,
    amend_note,
    dose_goes_on,
    draft_note,
    facts_of_note,
    note_from,
    sign_note,
)
from daybreak.clinic.treatment_day.services.overdue import OVERDUE_CHECK, flag_overdue_checks
from daybreak.clinic.treatment_day.services.readings import (
    Entry,
    correct_reading,
    record_reading,
    record_readings,
    require_typed,
)
from daybreak.clinic.treatment_day.services.sessions import (
    StillOpen,
    answer_check,
    give_reason,
    observe,
    open_session,
)
from daybreak.clinic.treatment_day.services.taking_back import take_back
from daybreak.clinic.treatment_day.services.time_out import record_time_out, set_time_out

__all__ = [
    "OVERDUE_CHECK",
    "CameSince",
    "Entry",
    "Incoming",
    "MarkAnswer",
    "StillOpen",
    "add_monitor",
    "amend_note",
    "answer_check",
    "answer_mark",
    "answer_marks",
    "change_rate",
    "check_criterion",
    "choose_mapping",
    "correct_amount",
    "correct_reading",
    "dose_goes_on",
    "draft_note",
    "facts_of_note",
    "flag_overdue_checks",
    "give_device",
    "give_reason",
    "has_ended",
    "keep_refused",
    "leave",
    "note_from",
    "observe",
    "open_session",
    "pause",
    "receive_message",
    "receive_together",
    "record_reading",
    "record_readings",
    "record_time_out",
    "release_monitor",
    "release_monitors",
    "require_typed",
    "resume",
    "set_time_out",
    "sign_note",
    "start_dose",
    "stop",
    "take_back",
    "take_back_start",
    "tie_monitor",
    "write_card",
]
