"""The verbs of the drug account.

Each takes a `write_id` the client made and is carried out once. Amounts are whole micrograms. Nothing is edited: a
wrong entry is reversed by another that names it. A verb that needs a witness takes one who has proved themselves
(`witness.prove`), and refuses whoever writes the entry.
"""

from daybreak.clinic.pharmacy.services.cases import LOSS_QUESTIONS, close, explain, state_loss
from daybreak.clinic.pharmacy.services.counting import Found, Seen, count
from daybreak.clinic.pharmacy.services.entries import reverse, takes_two
from daybreak.clinic.pharmacy.services.finding import ask_what_was_given, open_due_cases, owner_at, whose
from daybreak.clinic.pharmacy.services.products import add_formulation, add_location
from daybreak.clinic.pharmacy.services.recalls import lift_recall, recall, tell_whoever_treats
from daybreak.clinic.pharmacy.services.reminders import remind_of_devices
from daybreak.clinic.pharmacy.services.stock import move, receive, send_away, waste_stock
from daybreak.clinic.pharmacy.services.uses import (
    Given,
    announce,
    draw,
    end_use,
    other_form,
    put_back,
    standing_against,
    state_given,
    waste,
)

__all__ = [
    "LOSS_QUESTIONS",
    "Found",
    "Given",
    "Seen",
    "add_formulation",
    "add_location",
    "announce",
    "ask_what_was_given",
    "close",
    "count",
    "draw",
    "end_use",
    "explain",
    "lift_recall",
    "move",
    "open_due_cases",
    "other_form",
    "owner_at",
    "put_back",
    "recall",
    "receive",
    "remind_of_devices",
    "reverse",
    "send_away",
    "standing_against",
    "state_given",
    "state_loss",
    "takes_two",
    "tell_whoever_treats",
    "waste",
    "waste_stock",
    "whose",
]
