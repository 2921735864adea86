"""A question from an address, and an address from a question."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse

from daybreak.clinic.evidence.editions import Edition
from daybreak.evidence.effects import EffectMeasure
from daybreak.evidence.heterogeneity import Tau2Method
from daybreak.evidence.pictures import drug_name
from daybreak.evidence.pooling import DEFAULT, Interval, Method, Model, Prediction
from daybreak.evidence.questions import COMPARATORS, Question, QuestionError
from daybreak.evidence.times import WINDOWS
from daybreak.evidence.trials import evidence_indications, outcomes
from daybreak.evidence.usual import usual_question

METHODS: dict[str, tuple[str, Method]] = {
    "usual": (f"Usual: {DEFAULT}", DEFAULT),
    "reml-hk": ("REML, Hartung-Knapp without floor", Method(interval=Interval.HARTUNG_KNAPP)),
    "reml-wald": ("REML, Wald", Method(interval=Interval.WALD)),
    "pm-hk": ("Paule-Mandel, Hartung-Knapp with floor", Method(tau2=Tau2Method.PAULE_MANDEL)),
    "dl-hk": ("DerSimonian-Laird, Hartung-Knapp with floor", Method(tau2=Tau2Method.DERSIMONIAN_LAIRD)),
    "dl-wald": (
        "DerSimonian-Laird, Wald, as most reviews",
        Method(tau2=Tau2Method.DERSIMONIAN_LAIRD, interval=Interval.WALD, prediction=Prediction.T_K_MINUS_2),
    ),
    "fixed": ("Fixed effect", Method(model=Model.FIXED)),
}
COMPARATOR_NAMES = {"control": "any blinded control", "inert": "placebo or saline"}
FIRST = "treatment_resistant_depression"
"""The indication the page shows to whoever asked nothing yet."""
_GIVEN = {"any": "once or repeated", "once": "once", "repeated": "repeated"}
_UNKNOWN = "%(value)s is not known here. Choose one of the list."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader wants: a question, how to pool, and an earlier version of the data to hold the answer against."""

    question: Question
    method_id: str = "usual"
    since: str = ""

    @property
    def method(self) -> Method:
        return METHODS[self.method_id][1]

    @property
    def query(self) -> str:
        """The part of the address behind the question mark."""
        return urlencode(as_parameters(self))

    @property
    def address(self) -> str:
        return f"{reverse('evidence')}?{self.query}"


def as_parameters(asked: Asked) -> dict[str, str]:
    """What the form would send for this."""
    question = asked.question
    given = {
        "indication": question.indication,
        "active": f"{question.drug}/{question.route}" if question.drug or question.route else "",
        "given": question.given,
        "comparator": question.comparator,
        "outcome": question.outcome,
        "time": question.time,
        "dose": "" if question.dose is None else f"{question.dose:g}",
        "dose_unit": question.dose_unit,
        "measure": question.measure or "",
        "method": asked.method_id,
        "recalled": "on" if question.with_recalled else "",
        "since": asked.since,
    }
    usual = {"given": "any", "dose_unit": "mg", "method": "usual"}
    return {name: value for name, value in given.items() if value and value != usual.get(name)}


def usual_address(indication: str) -> str:
    """The page's usual question about an indication."""
    return f"{reverse('evidence')}?{urlencode({'indication': indication})}"


def active_words(active: str) -> str:
    """A drug and route as words."""
    drug, _, route = active.partition("/")
    words = f"{drug_name(drug)} {route}".strip()
    return words[:1].upper() + words[1:]


def comparator_words(comparator: str) -> str:
    return COMPARATOR_NAMES.get(comparator) or drug_name(comparator)


class QuestionForm(forms.Form):
    """The question in parts. It works without a script; every part that is missing has a usual value."""

    indication = forms.ChoiceField(label="For")
    active = forms.ChoiceField(label="Drug and route", required=False)
    given = forms.ChoiceField(label="Given", choices=list(_GIVEN.items()))
    comparator = forms.ChoiceField(label="Against")
    outcome = forms.ChoiceField(label="Outcome")
    time = forms.ChoiceField(label="Time", choices=[(each.id, each.name) for each in WINDOWS.values()])
    dose = forms.FloatField(label="Only this dose", required=False, min_value=0.0001, max_value=10_000)
    dose_unit = forms.ChoiceField(label="Unit", choices=[("mg/kg", "mg/kg"), ("mg", "mg")])
    measure = forms.ChoiceField(
        label="Effect as",
        required=False,
        choices=[("", "what fits most trials"), *((each.value, each.symbol) for each in EffectMeasure)],
    )
    method = forms.ChoiceField(label="Method", choices=[(name, words) for name, (words, _) in METHODS.items()])
    recalled = forms.BooleanField(label="With numbers from memory, which nobody has checked", required=False)
    since = forms.ChoiceField(label="What changed since", required=False)

    def __init__(self, sent: Any, *, edition: Edition) -> None:
        asked = {name: value for name, value in sent.items() if name in self.base_fields}
        data = edition.data
        filled = {"given": "any", "comparator": "control", "time": "any", "dose_unit": "mg", "method": "usual"}
        question = usual(edition, asked.get("indication", FIRST))
        filled |= {"indication": question.indication, "outcome": question.outcome}
        if not asked.keys() & _NARROW:
            filled |= as_parameters(Asked(question))
        super().__init__({**filled, **asked}, auto_id="ask_%s")
        self.fields["indication"].choices = [
            (each.id, each.name)
            for each in evidence_indications().values()
            if any(trial.indication == each.id for trial in data.trials.values())
        ]
        active = dict.fromkeys(
            f"{arm.drug}/{arm.route}" for arm in sorted(data.arms.values(), key=_ketamine_first) if arm.role == "active"
        )
        self.fields["active"].choices = [("", "Any"), *((each, active_words(each)) for each in active)]
        single = sorted({arm.drug for arm in data.arms.values() if arm.role == "control" and arm.drug})
        self.fields["comparator"].choices = [
            (each, comparator_words(each)) for each in dict.fromkeys([*COMPARATORS, *single])
        ]
        self.fields["outcome"].choices = _outcome_choices(edition)
        self.fields["since"].choices = [("", "nothing to hold against"), *((each, each) for each in edition.earlier)]
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _UNKNOWN

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if self.errors:
            return told
        drug, _, route = told["active"].partition("/")
        try:
            question = Question(
                indication=told["indication"],
                outcome=told["outcome"],
                drug=drug,
                route=route,
                comparator=told["comparator"],
                time=told["time"],
                given=told["given"],
                dose=told["dose"],
                dose_unit=told["dose_unit"] if told["dose"] is not None else "mg",
                measure=EffectMeasure(told["measure"]) if told["measure"] else None,
                with_recalled=told["recalled"],
            )
        except QuestionError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        told["asked"] = Asked(question, told["method"], told["since"])
        return told

    @property
    def main(self) -> list[forms.BoundField]:
        """The parts every reader sees."""
        return [self[name] for name in ("indication", "active", "given", "comparator", "outcome", "time")]

    @property
    def more(self) -> list[forms.BoundField]:
        """The parts for who wants them."""
        names = ["dose", "dose_unit", "measure", "method"]
        return [self[name] for name in names + (["since"] if len(self.fields["since"].choices) > 1 else [])]

    @property
    def more_is_used(self) -> bool:
        asked = self.cleaned_data.get("asked") if self.is_valid() else None
        if asked is None:
            return True
        chosen = as_parameters(asked)
        return any(name in chosen for name in ("dose", "measure", "method", "since", "recalled"))


_NARROW = {"active", "given", "comparator", "outcome", "time", "dose", "measure"}


def usual(edition: Edition, indication: str) -> Question:
    """The usual question about an indication; about the first one where there is no such indication."""
    known = indication if indication in evidence_indications() else FIRST
    try:
        return usual_question(edition.data, known)
    except (ValueError, ArithmeticError):  # numbers that cannot be computed with: the page says so where they stand
        return Question(indication=known, outcome="depression")


def _ketamine_first(arm: Any) -> tuple[int, str, str]:
    order = ("ketamine", "esketamine")
    return (order.index(arm.drug) if arm.drug in order else len(order), arm.drug, arm.route)


def _outcome_choices(edition: Edition) -> list[tuple[str, list[tuple[str, str]]]]:
    measured = {row.outcome for row in edition.data.results}
    groups: dict[str, list[tuple[str, str]]] = {"Scores": [], "Events": [], "Harms": []}
    for each in outcomes().values():
        if each.id in measured:
            group = "Harms" if each.harm else "Scores" if each.kind == "score" else "Events"
            groups[group].append((each.id, each.name))
    return [(name, choices) for name, choices in groups.items() if choices]
