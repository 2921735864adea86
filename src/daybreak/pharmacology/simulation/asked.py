"""What `simulate` can be asked; anything else is a sentence, before anything is computed."""

from typing import Any

from daybreak.pharmacology.arguments import LONGEST_H, SLIPS, KineticsError, Rule, each, hours, kind, number, refused
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.simulation.keeping import Save
from daybreak.pharmacology.simulation.populations import Population
from daybreak.treatment.regimen import Dose, Regimen
from daybreak.treatment.regimen_language import parse

HOURS = number(above=0, high=LONGEST_H, why=SLIPS)
POPULATION = kind(Population, such_as="Population(1000, (Body(70),))")


def regimen_of(given: Dose | Regimen | str) -> Regimen:
    """A regimen, of one dose, or read from words.

    Raises:
        RegimenError: if the words are no regimen.
        KineticsError: if this is nothing of these.
    """
    match given:
        case Regimen():
            return given
        case Dose():
            return Regimen((given,))
        case str():
            return parse(given)
    raise refused("regimen", given, 'a regimen, a dose, or words such as "ketamine 50 mg im once"')


def times(given: Any) -> FloatArray:
    """Hours at which concentrations are computed.

    Raises:
        KineticsError: if they do not rise, or are fewer than two.
    """
    found = hours("times_h", given)
    if len(found) < 2 or not (found[1:] > found[:-1]).all():
        raise KineticsError("times_h must rise, and be two at least, in one list.")
    return found


def save(given: Any) -> tuple[Save, ...]:
    """What to keep, each kind once."""
    kinds: tuple[Save, ...] = each(kind(Save, such_as="Endpoints()"), "[Endpoints(), Quantiles()]")("save", given)
    if len({type(one) for one in kinds}) < len(kinds):
        raise KineticsError("Something is to be saved twice. Name Endpoints, Quantiles and Trajectories once each.")
    return kinds


def _output(name: str, given: Any) -> Any:
    if isinstance(given, type) or not callable(given):
        raise refused(name, given, "an output such as Symptoms(32)")
    return given


OUTPUTS: Rule = each(_output, "[Symptoms(32)]", least=1)
