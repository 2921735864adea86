"""The weight behind a dose by weight: which, how old, and what the dose makes of it today."""

from dataclasses import dataclass
from datetime import date
from math import isclose

from django.utils import timezone

from daybreak.clinic.planning.queries import weight_on_file
from daybreak.clinic.treatment_day.doses import PlannedDose
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import as_measured, is_another_weight, three_figures, weight_age_max_days
from daybreak.treatment.regimen import AmountUnit


@dataclass(frozen=True, slots=True)
class DoseWeight:
    """The weight a dose was computed with, and the newest known.

    Attributes:
        mg: the dose, computed with `planned_kg`.
        kg: the newest weight.
        days: how old that is; None where nobody knows.
    """

    mg: float
    planned_kg: float
    kg: float
    measured_on: date | None
    days: int | None

    @property
    def is_old(self) -> bool:
        """Whether the person is weighed again before the dose."""
        return self.days is None or self.days > weight_age_max_days()

    @property
    def words(self) -> str:
        """For example "35 mg is 0.5 mg/kg of 70 kg, weighed 19 Oct 2026, 40 days ago"."""
        on = self.measured_on
        ago = "today" if self.days == 0 else "yesterday" if self.days == 1 else f"{self.days} days ago"
        when = f"weighed {said_day(on)}, {ago}" if on else "on a day nobody recorded"
        return f"{as_measured(self.mg)} mg is {self._per_kg(self.kg)} mg/kg of {self.kg:g} kg, {when}"

    @property
    def not_weighed(self) -> str:
        """What stands against a dose with an old weight that is not measured again."""
        return f"{self.words}: older than {weight_age_max_days()} days, and not weighed again."

    def differs(self, kg: float) -> str | None:
        """That this weight is another than the dose was computed with, as a sentence; None where it is near it."""
        if not is_another_weight(kg, self.planned_kg):
            return None
        return (
            f"{kg:g} kg now, and the dose was computed with {self.planned_kg:g} kg: {as_measured(self.mg)} mg is "
            f"{self._per_kg(kg)} mg/kg, not {self._per_kg(self.planned_kg)}."
        )

    def _per_kg(self, kg: float) -> str:
        return three_figures(self.mg / kg)


def weight_of_dose(session: Session, dose: PlannedDose | None, today: date) -> DoseWeight | None:
    """The weight behind a dose by weight; None for any other dose. One query for one by weight."""
    planned = session.plan.weight_kg
    if dose is None or dose.mg is None or planned is None or dose.dose.amount.unit is not AmountUnit.MG_PER_KG:
        return None
    written = timezone.localdate(session.plan.recorded_at)
    kg, on = planned, written
    if newest := weight_on_file(session.course.patient):
        is_later = newest.measured_on is not None and newest.measured_on >= written
        if is_later or isclose(newest.kg, planned):
            kg, on = newest.kg, newest.measured_on
    return DoseWeight(dose.mg, planned, kg, on, None if on is None else max(0, (today - on).days))
