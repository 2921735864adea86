"""Forms of the plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from typing import Any

from django import forms
from django.utils import timezone

from daybreak.clinic.planning.held import HeldBefore, held_before
from daybreak.clinic.planning.models import USUAL_CONCENTRATION_MG_PER_ML, Plan
from daybreak.clinic.planning.proposal import (
    INJECTED,
    PlanRefusal,
    Proposal,
    proposal_of,
    propose,
)
from daybreak.clinic.planning.queries import planned_sessions, signed_plan, weight_among, weight_remark
from daybreak.clinic.record.models import Course, PatientFact
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.findings import Effect
from daybreak.treatment.regimen import RegimenError
from daybreak.treatment.regimen_language import parse

_REASON = "reason_"
_REGIMEN_FIELDS = {"text", "first_day", "weight_kg", "concentration_mg_per_ml"}
_STALE = "This page is out of date. Open it again."
_DayField = partial(forms.DateField, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
_WordsField = partial(forms.CharField, required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class PlanForm(forms.Form):
    """A new version of a plan. What is typed becomes a `Proposal` before anything is saved.

    A field `reason_<id>` appears for each remark on the doses that needs a reason.
    """

    write_id = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": _STALE, "invalid": _STALE})
    replaces = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, error_messages={"required": _STALE, "invalid": _STALE}
    )
    text = forms.CharField(
        label="As you would say it",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "regimen", "spellcheck": "false"}),
        error_messages={"required": "Write the regimen, or start from a template."},
    )
    first_day = _DayField(
        label="First session",
        error_messages={"required": "Choose the day of the first session.", "invalid": "Write a day, as 2026-11-24."},
    )
    weight_kg = forms.FloatField(
        label="Weight measured now, kg",
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
        error_messages={"invalid": "Write the weight as a number of kilograms, as 72.5."},
    )
    concentration_mg_per_ml = forms.FloatField(
        label="Drawn up at, mg/mL",
        required=False,
        initial=f"{USUAL_CONCENTRATION_MG_PER_ML:g}",
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={"invalid": "Write a number, as 1 or 10."},
    )
    goals = _WordsField(label="Goal", help_text="What shall be different, and how it is measured.")
    stop_rules = _WordsField(label="Stop if")
    review_on = _DayField(label="Review", required=False, error_messages={"invalid": "Write a day, as 2026-12-11."})
    psychotherapy = _WordsField(label="Therapy")
    other_medicines = _WordsField(label="Other medicines", help_text="What goes on, what is stopped, what to hold.")
    change_reason = _WordsField(label="Why this version replaces the one before")

    def __init__(self, *args: Any, course: Course, facts: Sequence[PatientFact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        self.facts = facts
        self.weight = weight_among(facts)
        self.proposal: Proposal | None = None
        for name in ("first_day", "weight_kg", "concentration_mg_per_ml", "text"):
            self.fields[name].widget.attrs["aria-describedby"] = f"{name}-said"

    @classmethod
    def of(cls, plan: Plan | None, *, words: str = "", **kwargs: Any) -> "PlanForm":
        """The form as it opens: empty, or with the version that is to be changed; `words` take the regimen's place."""
        if plan is None:
            return cls(initial={"replaces": 0, "text": words}, **kwargs)
        held = held_before(plan.course)
        initial = {name: getattr(plan, name) for name in cls.base_fields if hasattr(plan, name)}
        reasons = {f"{_REASON}{rule}": reason for rule, reason in plan.reasons.items()}
        other = {
            # Once sessions were held, the words of all of them would begin again: what is to come is written anew.
            "text": words or ("" if held else plan.regimen_text),
            "first_day": _next_day(plan, held) if held else plan.first_day,
            "concentration_mg_per_ml": f"{plan.concentration_mg_per_ml:g}",
            "replaces": plan.version,
            "weight_kg": None,
            "change_reason": "",
        }
        form = cls(initial={**initial, **reasons, **other}, **kwargs)
        if held and not words:
            return form  # nothing is proposed yet
        proposal = replace(proposal_of(plan), weight_kg=form.used_weight_kg)
        try:
            proposal = replace(proposal, regimen=parse(words)) if words else proposal
        except RegimenError:
            return form  # typing or Check says what cannot be read
        form._ask_for_reasons(proposal)
        return form

    @cached_property
    def held(self) -> HeldBefore | None:
        """What was held already, and a change leaves as it was."""
        return held_before(self.course)

    @property
    def in_force(self) -> str:
        """The words of the plan in force; empty without one."""
        plan = signed_plan(self.course)
        return plan.regimen_text if plan else ""

    @property
    def is_change(self) -> bool:
        """Whether a version before this one is to be replaced."""
        return self["replaces"].value() not in (0, "0", "", None)

    @property
    def used_weight_kg(self) -> float | None:
        """The weight measured now, else the newest on file."""
        measured = self.cleaned_data.get("weight_kg") if self.is_bound else None
        return measured if measured is not None else (self.weight.kg if self.weight else None)

    @property
    def review_day(self) -> date | None:
        return self.cleaned_data.get("review_on") if self.is_bound else self.initial.get("review_on")

    @property
    def written(self) -> dict[str, Any]:
        """Everything `services.draft_plan` takes from the form but the weight and the id."""
        names = [name for name in self.base_fields if name not in ("write_id", "weight_kg")]
        return {**{name: self.cleaned_data[name] for name in names}, "reasons": self.reasons}

    @property
    def reasons_sent(self) -> dict[str, str]:
        """What came for any remark, also for one that is no remark any more: the same form says the same."""
        return {name: words for name, words in self.data.items() if name.startswith(_REASON)}

    @property
    def reasons(self) -> dict[str, str]:
        """What was written for each remark, by the remark's id."""
        return {rule: self.cleaned_data.get(field.name, "") for rule, field in self.reason_fields.items()}

    @property
    def reason_fields(self) -> dict[str, forms.BoundField]:
        """The fields to write them in, by the remark's id."""
        return {name.removeprefix(_REASON): self[name] for name in self.fields if name.startswith(_REASON)}

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if self.errors.keys() & _REGIMEN_FIELDS:
            return said
        if said["concentration_mg_per_ml"] is None:
            if _is_drawn_up(said["text"]):
                self.add_error("concentration_mg_per_ml", "Write the concentration it is drawn up at.")
                return said
            said["concentration_mg_per_ml"] = USUAL_CONCENTRATION_MG_PER_ML  # kept, and used for nothing
        try:
            proposed = propose(
                self.course,
                said["text"],
                said["first_day"],
                weight_kg=self.used_weight_kg,
                concentration_mg_per_ml=said["concentration_mg_per_ml"],
            )
        except PlanRefusal as refusal:
            self.refuse(refusal)
        else:
            remark = weight_remark(self.weight, self.used_weight_kg)
            self._ask_for_reasons(replace(proposed, weight_remark=remark))
        return said

    def _ask_for_reasons(self, proposal: Proposal) -> None:
        self.proposal = proposal
        for remark in proposal.remarks:
            if remark.effect is Effect.REASON:
                name = f"{_REASON}{remark.id}"
                self.fields[name] = _WordsField(label=f"Reason to go on although {remark.sentence.removesuffix('.')}")
                if self.is_bound:
                    # Django has cleaned its fields before it came to this one.
                    self._clean_late(name)

    def _clean_late(self, name: str) -> None:
        try:
            self.cleaned_data[name] = self.fields[name].clean(self.data.get(name, ""))
        except forms.ValidationError as error:
            self.add_error(name, error)

    def refuse(self, refusal: Refusal) -> None:
        """Put each sentence of a refusal at its field, or over the form."""
        by_field = refusal.by_field if isinstance(refusal, PlanRefusal) else {"": str(refusal)}
        for name, sentence in by_field.items():
            self.add_error(name if name in self.fields else None, sentence)


def _is_drawn_up(text: str) -> bool:
    """Whether a regimen gives anything from a syringe; one that cannot be read gives nothing."""
    try:
        return any(dose.route in INJECTED for dose in parse(text).doses)
    except RegimenError:
        return False


def _next_day(plan: Plan, held: HeldBefore) -> date | None:
    """The day the plan has for the next session; None where that is past, or it has none."""
    coming = next((each.day for each in planned_sessions(plan) if each.number > held.last_number), None)
    return coming if coming and coming > held.last_day and coming >= timezone.localdate() else None


class SignPlanForm(forms.Form):
    """A prescriber signs a version, with a reason where it lacks what a plan needs."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    plan = forms.UUIDField(widget=forms.HiddenInput)
    reason = _WordsField(label="Reason to sign all the same")
