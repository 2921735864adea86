"""What a pump may be set to, and who passes a rate beyond the limit."""

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.dose_preparation import as_set, fastest_ml_per_h
from daybreak.treatment.findings import reason_lacks

_WHILE_IT_RUNS = (
    "Only a prescriber lets it run so fast, signed in and with a reason. A pause and a stop ask nothing: set the pump "
    "slower. If it ran so already, put it right and record that first; then record this rate with its time. Nothing "
    "was recorded."
)
_AT_THE_START = (
    "Only a prescriber lets it run so fast, signed in and with a reason. Set the pump slower and start with that rate. "
    "If it runs already: start it here with the slower rate and, under Pump rate, record when it was put right; then "
    "record the fast rate with its time. Nothing was started."
)


def require_rate(ml_per_h: float) -> None:
    """Refuse what no pump is set to.

    Raises:
        Refusal: with what to do.
    """
    if ml_per_h <= 0:
        raise Refusal(f"{as_set(ml_per_h)} mL/h is no rate to set. To hold the infusion, pause it.")
    if ml_per_h > fastest_ml_per_h():
        most = f"{fastest_ml_per_h():g} mL/h"
        raise Refusal(f"{as_set(ml_per_h)} mL/h is more than a pump runs ({most}). Check the rate.")


def require_prescriber(fast: str, actor: Actor, reason: str, *, at_the_start: bool = False) -> None:
    """Refuse a rate beyond the limit, as signing a plan would: a prescriber passes it with ten words.

    Raises:
        Refusal: for anybody else, or without them.
    """
    if actor.user is None or not actor.user.allows(Permission.PLAN_SIGN):
        raise Refusal(f"{fast} {_AT_THE_START if at_the_start else _WHILE_IT_RUNS}")
    if lacking := reason_lacks(reason):
        raise Refusal(f"{fast} {lacking} Nothing was recorded.")
