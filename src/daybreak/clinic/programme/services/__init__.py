"""The verbs of the nasal programme. Each takes a `write_id` the client made and is carried out once.

Nothing is sent from here: a person says that they sent something, and how.
"""

from daybreak.clinic.programme.services.enrolling import certify_site, record_enrolment
from daybreak.clinic.programme.services.events import SeriousEventWords, correct_event, record_event
from daybreak.clinic.programme.services.reminders import FORM_DIFFERS, FORM_DUE, remind
from daybreak.clinic.programme.services.session_forms import complete_form
from daybreak.clinic.programme.services.submissions import (
    Sending,
    state_event_sent,
    state_form_sent,
    state_told,
    take_back,
)

__all__ = [
    "FORM_DIFFERS",
    "FORM_DUE",
    "Sending",
    "SeriousEventWords",
    "certify_site",
    "complete_form",
    "correct_event",
    "record_enrolment",
    "record_event",
    "remind",
    "state_event_sent",
    "state_form_sent",
    "state_told",
    "take_back",
]
