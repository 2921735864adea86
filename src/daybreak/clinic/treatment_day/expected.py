"""What the model expects of a session, drawn behind or beside what was measured. No limit, and no part of any check."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from math import isclose

import numpy as np
from django.utils import timezone

from daybreak.clinic.planning.expectation import LEVEL, PEOPLE, SEED, body_for
from daybreak.clinic.planning.outlook import treatment_day
from daybreak.clinic.planning.queries import reckoned_medicines
from daybreak.clinic.treatment_day.doses import DoseRun, Phase, Piece
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import regimen_given, regimen_of_pieces
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.given import MIXED_H
from daybreak.pharmacology.population import AnalyteBand, ConcentrationBand, predict_band
from daybreak.pharmacology.safety.day import Day
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.drugs import Route
from daybreak.treatment.regimen import Amount, AmountUnit, Regimen
from daybreak.treatment.vitals import Vital

SHOWN_H, STEPS = 4.0, 48
_SAME_AMOUNT = 0.05  # a share that makes no other amount of it; ours


def expected_body(session: Session, state: SessionState) -> Body | None:
    """The body that the plan's own predictions are made for, with its medicines as known when the person left, or now.

    One query. None before a dose and without a weight in the plan.
    """
    if not state.runs:
        return None
    plan, patient = session.plan, session.course.patient
    until = state.left.recorded_at if state.left else timezone.now()
    medicines = reckoned_medicines(patient, plan.other_medicines, until)
    try:
        return body_for(plan.weight_kg, patient.sex, patient.age, medicines)
    except ValueError:  # the page shows readings, with a band or without
        return None


def medicine_words(body: Body | None) -> str:
    """Which other medicines what is expected was reckoned with, as a sentence; empty without a body."""
    if body is None:
        return ""
    if not body.medicines:
        return "No medicine on file is known to change how ketamine is cleared."
    return f"Other medicines it reckons with, as on the plan: {', '.join(sorted(body.medicines))}."


def expected_day(session: Session, state: SessionState, body: Body | None) -> Day | None:
    """What this session's first dose may bring, as planned, from the last values before it; swallowed or spat out as
    somebody saw it. No query.

    None before a dose, without a pressure before it or a body, and where no model serves the dose.
    Computed once in a process for each dose, body, pressure and number of session: pages ask every two seconds.
    """
    before = state.baseline_values
    if not state.runs or body is None or not {Vital.SYSTOLIC, Vital.DIASTOLIC} <= before.keys():
        return None
    run = state.runs[0]
    try:
        dose = replace(run.dose_given, amount=Amount(run.mg, AmountUnit.MG))
        return treatment_day(dose, body, before[Vital.SYSTOLIC], before[Vital.DIASTOLIC], session.number, own=state.own)
    except ValueError:  # also where no model serves the dose: the page shows readings, with a band or without
        return None


def otherwise_than_planned(state: SessionState) -> str:
    """How the dose went otherwise than the one the expected pressure speaks of, as a sentence; empty where it did not.

    A stop, a pause or another rate is said as soon as it is recorded.
    """
    if not state.runs:
        return ""
    first, *further = state.runs
    said = []
    if first.pauses:
        said.append("the dose was paused")
    if first.rates:
        said.append("the pump ran at another rate")
    if first.end_is_recorded or first.excess_mg(state.now):
        given = first.given_mg(state.now)
        is_over = not first.planned.comes_in_devices or first.phase(state.now) is not Phase.RUNNING
        if is_over and not isclose(given, first.mg, rel_tol=_SAME_AMOUNT):
            said.append(f"{as_measured(given)} mg was given")
    if further:
        said.append("a further dose was begun")
    if not said:
        return ""
    words = f"{', '.join(said[:-1])} and {said[-1]}" if said[1:] else said[0]
    return f"{words[0].upper()}{words[1:]}: of that it does not speak."


@dataclass(frozen=True, slots=True)
class Concentration:
    """The expected concentration in ng/mL since the first dose.

    Attributes:
        analyte: ketamine as S and R together where both are given.
        as_given: of what was given; else of what was planned.
    """

    band: ConcentrationBand
    analyte: Analyte
    as_given: bool

    @property
    def curve(self) -> AnalyteBand:
        return self.band.analytes[self.analyte]


def expected_concentration(state: SessionState, body: Body | None) -> Concentration | None:
    """The concentration this session may bring. No query.

    While a dose runs it is that of the plan, once its end is recorded that of what was given, with its pauses and the
    times of its devices. None before a dose, without a body, and where no model serves it. Computed once in a process
    for each.
    """
    if not state.runs or body is None:
        return None
    as_given = state.left is not None or all(_is_over(run, state.now) for run in state.runs)
    try:
        band = _band(regimen_given(state) if as_given else _planned(state), body)
    except ValueError:
        return None
    if band is None:
        return None
    analyte = Analyte.KETAMINE if Analyte.KETAMINE in band.analytes else Analyte.S_KETAMINE
    return Concentration(band, analyte, as_given)


def _is_over(run: DoseRun, now: datetime) -> bool:
    ended = run.stated_mg is not None or run.phase(now) in (Phase.STOPPED, Phase.FINISHED)
    return ended and run.end_is_recorded


def _planned(state: SessionState) -> Regimen | None:
    """The doses begun so far, each whole at its start."""
    return regimen_of_pieces(
        [(run.planned.dose, Piece(run.started_at, run.planned.dose.duration_min, run.mg)) for run in state.runs]
    )


@lru_cache(maxsize=256)
def _band(regimen: Regimen | None, body: Body) -> ConcentrationBand | None:
    if regimen is None:
        return None
    is_bolus = any(dose.route is Route.IV and not dose.duration_min for dose in regimen.doses)
    ends_h = [dose.time_h + dose.duration_min / 60 for dose in regimen.doses]
    times_h = np.union1d(np.linspace(MIXED_H if is_bolus else 0.0, SHOWN_H, STEPS + 1), [max(MIXED_H, *ends_h)])
    return predict_band(regimen, body, times_h, patients=PEOPLE, seed=SEED, level=LEVEL)
