"""The pressure the model expects of a session, drawn behind the readings. No limit, and no part of any check."""

from dataclasses import replace

from daybreak.clinic.planning.outlook import treatment_day
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.pharmacology.body import Body, Sex
from daybreak.pharmacology.safety.day import Day
from daybreak.treatment.regimen import Amount, AmountUnit
from daybreak.treatment.vitals import Vital


def expected_day(session: Session, state: SessionState) -> Day | None:
    """What this session's first dose may bring, as planned, from the last values before it. No query.

    None before a dose, without a pressure before it or a weight in the plan, and where no model serves the dose.
    Computed once in a process for each dose, body, pressure and number of session: pages ask every two seconds.
    """
    before, weight_kg = state.baseline_values, session.plan.weight_kg
    if not state.runs or weight_kg is None or not {Vital.SYSTOLIC, Vital.DIASTOLIC} <= before.keys():
        return None
    run, patient = state.runs[0], session.course.patient
    try:
        dose = replace(run.planned.dose, amount=Amount(run.mg, AmountUnit.MG))
        body = Body(weight_kg, Sex(patient.sex) if patient.sex in list(Sex) else None, patient.age)
        return treatment_day(dose, body, before[Vital.SYSTOLIC], before[Vital.DIASTOLIC], session.number)
    except ValueError:  # also where no model serves the dose: the page shows readings, with a band or without
        return None
