"""Where measured treatment days lie off the predicted ones: said with both figures wherever such a day is shown.

What was measured stands in `observed/safety.csv`; what is predicted of it is computed from the fit in use, as
`daybreak model validate` does.
"""

from functools import cache

from daybreak.pharmacology.body import OLD_YEARS, Body
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.calibration.safety_fit import SafetyNumbers, drawn_vectors, predicted
from daybreak.pharmacology.safety.observations import SafetyRow, eligible
from daybreak.treatment.drugs import Route
from daybreak.treatment.regimen import Dose

_LABEL_OLD, _LABEL_YOUNG = "US label, 65 years and above", "US label, 18 to 64 years"
_UNDER_THE_SKIN, _WITHIN_MINUTES = "Del Sant 2020, 394 injections", "Goldway 2025"
_STUDIES = frozenset({_LABEL_OLD, _LABEL_YOUNG, _UNDER_THE_SKIN, _WITHIN_MINUTES})
_SYSTOLIC_RISE, _DIASTOLIC_RISE = "systolic rise of 40 or more, per cent", "diastolic rise of 25 or more, per cent"
_SYSTOLIC_MEAN, _DIASTOLIC_MEAN = "systolic, highest mean rise", "diastolic, highest mean rise"


def of_age(body: Body) -> str:
    """What was seen in people of this age beside what is predicted of them; empty below 65 years."""
    if body.age_years is None or body.age_years < OLD_YEARS:
        return ""
    old, young = _LABEL_OLD, _LABEL_YOUNG
    row = _row(old, _SYSTOLIC_RISE)
    return (
        f"Age is not in it, and pressure may rise more. Of {row.people} people of 65 and above with 28 to 84 mg of "
        f"spray, {row.value:g} of 100 had a systolic rise of 40 mmHg or more within four weeks, "
        f"{_percent(old, _SYSTOLIC_RISE)} predicted, and {_row(old, _DIASTOLIC_RISE).value:g} a diastolic rise of 25 "
        f"or more, {_percent(old, _DIASTOLIC_RISE)} predicted; of younger people {_row(young, _SYSTOLIC_RISE).value:g} "
        f"and {_row(young, _DIASTOLIC_RISE).value:g}, {_percent(young, _SYSTOLIC_RISE)} and "
        f"{_percent(young, _DIASTOLIC_RISE)} predicted (US label)."
    )


def of_injected_pressure(dose: Dose) -> str:
    """What pressure did under the skin beside what is predicted there; empty where nothing is injected into tissue."""
    if dose.route not in (Route.IM, Route.SC):
        return ""
    study = _UNDER_THE_SKIN
    systolic, diastolic = _row(study, _SYSTOLIC_MEAN), _row(study, _DIASTOLIC_MEAN)
    first = "" if dose.route is Route.SC else "No pressure measured after an injection into a muscle is on file. "
    return (
        f"{first}Under the skin pressure rose less than is predicted: after 0.5 to 1 mg/kg of esketamine by "
        f"{systolic.value:.2g} mmHg systolic and {diastolic.value:.2g} diastolic at the highest mean, in "
        f"{systolic.people} people; {_predicted(study, _SYSTOLIC_MEAN):.2g} and "
        f"{_predicted(study, _DIASTOLIC_MEAN):.2g} predicted (Del Sant 2020)."
    )


def of_fast_entry() -> str:
    """What dissociation was after a dose within minutes, beside what is predicted of it."""
    study, quantity = _WITHIN_MINUTES, "CADSS, mean"
    row = _row(study, quantity)
    return (
        f"After 0.4 mg/kg within ten minutes, with an infusion that followed, {row.people} volunteers scored "
        f"{row.value:.1f} CADSS points at {row.time_min:g} minutes; {_predicted(study, quantity):.1f} are predicted of "
        "the ten minutes alone (Goldway 2025)."
    )


@cache
def _beside() -> dict[tuple[str, str], tuple[SafetyRow, float]]:
    """The rows spoken of here, by study and quantity, with what the fit predicts of each."""
    estimates = load_estimates("safety")
    numbers = SafetyNumbers.of([row for row in eligible("testing") if row.study in _STUDIES])
    found = predicted(numbers, estimates, drawn_vectors(estimates)).mean(axis=0)
    return {(row.study, row.quantity): (row, float(value)) for row, value in zip(numbers.rows, found, strict=True)}


def _row(study: str, quantity: str) -> SafetyRow:
    return _beside()[study, quantity][0]


def _predicted(study: str, quantity: str) -> float:
    return _beside()[study, quantity][1]


def _percent(study: str, quantity: str) -> str:
    return f"{100 * _predicted(study, quantity):.0f}"
