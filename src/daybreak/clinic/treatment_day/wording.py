"""What stopping a dose and taking its start back are called: an infusion stops, a tablet does not."""

from dataclasses import dataclass

from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.treatment.drugs import Route


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one way of giving a dose.

    Attributes:
        stop: the button that ends it.
        stop_question: what its dialog asks; `stopped` and `not_stopped` answer it.
        mistake: the button that takes the start back.
        nothing: that none of it reached the person.
        otherwise: what to do where some of it did.
        shown_by: where the amount really given is read, after "mg"; empty where only a person saw it.
    """

    stop: str
    stop_question: str
    stopped: str
    not_stopped: str
    mistake: str
    nothing: str
    otherwise: str
    shown_by: str = ""


_INFUSION = Wording(
    stop="Stop dose",
    stop_question="Dose stopped?",
    stopped="Stopped now",
    not_stopped="Not stopped",
    mistake="Started by mistake",
    nothing="Nothing was given",
    otherwise="If anything was given, stop the dose instead.",
    shown_by=", as the pump shows",
)
_INJECTION = Wording(
    stop="Stop injection",
    stop_question="Injection broken off?",
    stopped="Broken off now",
    not_stopped="Not broken off",
    mistake="Recorded by mistake",
    nothing="Nothing was injected",
    otherwise="If anything was injected, correct the amount given instead.",
    shown_by=", as the syringe shows",
)
_SPRAY = Wording(
    stop="No more spray",
    stop_question="No more is sprayed?",
    stopped="No more from now",
    not_stopped="Goes on",
    mistake="Recorded by mistake",
    nothing="Nothing was sprayed",
    otherwise="If anything was sprayed, end the dose instead and correct the amount given.",
)
_BY_MOUTH = Wording(
    stop="No more taken",
    stop_question="No more is taken?",
    stopped="No more from now",
    not_stopped="Goes on",
    mistake="Recorded by mistake",
    nothing="Nothing was taken",
    otherwise="If anything was taken, correct the amount given instead.",
)


def wording(dose: PlannedDose) -> Wording:
    """The words for this dose."""
    if dose.dose.duration_min:
        return _INFUSION
    if dose.is_injection:
        return _INJECTION
    return _SPRAY if dose.dose.route is Route.NASAL else _BY_MOUTH
