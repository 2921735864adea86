"""Beside a plan: what the trials found for exactly this indication, drug, route and dose, in three lines."""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse

from daybreak import charts
from daybreak.clinic.evidence.answers import linked
from daybreak.clinic.evidence.asking import Asked, active_words, usual_address
from daybreak.clinic.evidence.editions import Edition, current_edition
from daybreak.clinic.record.models import Site
from daybreak.evidence.decision import for_decision
from daybreak.evidence.pictures import forest_of
from daybreak.evidence.questions import State
from daybreak.evidence.trials import evidence_indications
from daybreak.treatment.indications import indication
from daybreak.treatment.regimen import Regimen


@dataclass(frozen=True, slots=True)
class Line:
    """One answer in words, and the page that shows it whole."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class ForPlan:
    """What the sheet shows. Without lines it says that there is no controlled trial."""

    asked: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    forest: str
    forest_title: str
    address: str
    version: str
    trouble: str = ""


def evidence_for(site: Site, indication_id: str, regimen: Regimen) -> ForPlan:
    """What the trials found for a regimen: its first drug and route, in its first dose."""
    first = regimen.doses[0]
    given = "once" if len(regimen.doses) == 1 else "any"
    dose = (first.amount.value, str(first.amount.unit))
    return _sheet(current_edition(site), indication_id, (str(first.drug), str(first.route)), dose, given)


@lru_cache(maxsize=128)
def _sheet(edition: Edition, indication_id: str, use: tuple[str, str], dose: tuple[float, str], given: str) -> ForPlan:
    (drug, route), (amount, unit) = use, dose
    asked = f"{active_words(f'{drug}/{route}')}, {amount:g} {unit}, for {indication(indication_id).name.lower()}"
    address = _address(edition, indication_id)
    try:
        found = for_decision(edition.data, indication_id, drug, route, dose=amount, dose_unit=unit, given=given)
    except (ValueError, ArithmeticError) as error:
        return ForPlan(asked, (), (), "", "", address, edition.version, f"The trials could not be read: {error}")
    lines = tuple(Line(line.words, Asked(line.answer.question).address) for line in found.lines)
    shown = next((line for line in found.lines if line.answer.state is State.POOLED), next(iter(found.lines), None))
    forest = ""
    if shown:
        forest = charts.render_forest(linked(forest_of(shown.answer, small=True), shown.answer), key="evidence-forest")
        address = Asked(shown.answer.question).address
    title = shown.about if shown else ""
    return ForPlan(asked, lines, found.missing, forest, title, address, found.version)


def _address(edition: Edition, indication_id: str) -> str:
    """The page about the indication, whatever was given; the first page where no trial treated it."""
    for of in evidence_indications().values():
        if indication_id in of.treated_as and of.id in edition.data.by_indication:
            return usual_address(of.id)
    return reverse("evidence")
