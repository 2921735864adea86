"""What a dose came to: the rate its pump was set to, and the amount really given."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import DoseRun, Phase
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.preparation import too_fast
from daybreak.clinic.treatment_day.services.done_offline import rate_not_counted
from daybreak.clinic.treatment_day.services.events import happened
from daybreak.clinic.treatment_day.services.marks import hold_against_plan
from daybreak.clinic.treatment_day.services.pump import require_prescriber, require_rate
from daybreak.clinic.treatment_day.services.running_on import RunsOn, runs_still
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import as_measured, as_set, is_as_computed, slipped_point
from daybreak.treatment.findings import reason_lacks, says_too_little

Kind = SessionEvent.Kind
TIMES_THE_PLAN = 10  # an amount of more than this many times the planned one is a slip of typing; ours


def change_rate(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    ml_per_h: float,
    at: datetime | None = None,
    reason: str = "",
    shown: str | None = None,
    waited: bool = False,
) -> SessionEvent:
    """The pump was set to another rate (mL/h). What was given is computed with it from then on.

    Args:
        reason: why it runs faster than before, in a few words; slower asks for none, nor back to what the plan asks.
            A point that slipped takes ten words, unless it brings the rate up to no more than the plan's; so does
            faster with a red mark open, and a rate beyond the limit, which a prescriber writes unless it was put right
            since.
        waited: it waited on a tablet without a network, so it is done: what is refused is kept and not counted; a red
            mark refuses nothing then, and the prescriber hears of it.

    Raises:
        Refusal: if no infusion runs, no rate is recorded for it, for a rate no pump has, for one beyond the limit but
            from a prescriber, or without a reason.
    """
    runs_on = RunsOn(session, actor, reason, waited)

    def check(state: SessionState) -> Mapping[str, Any]:
        run = state.run
        if run is None or not run.is_infusion or state.phase not in (Phase.RUNNING, Phase.PAUSED):
            raise Refusal(_no_infusion(session, state))
        if run.rate_ml_per_h is None:
            raise Refusal(
                "No pump rate is recorded for this infusion: its concentration is unknown, or of a strength that is "
                "diluted first. Record its end when it is over, then the amount the pump shows."
            )
        require_rate(ml_per_h)
        before = run.ml_per_h(state.now)
        if as_set(ml_per_h) == as_set(before) and says_too_little(reason):
            raise Refusal(
                f"At {clock_today(state.now)} the pump ran at {as_set(before)} mL/h already: that is no change. If it "
                "was put right to this rate, write so in a few words; else type the other rate. Nothing was recorded."
            )
        rest = 1 - run.given_mg(state.now) / run.mg
        left_min = rest * run.planned.dose.duration_min * run.rate_ml_per_h / ml_per_h
        ran_at = (before, run.rate_ml_per_h, *(change.ml_per_h for change in run.rates))
        is_history = _was_put_right(session, state.now)
        fast = too_fast(session, run.planned, ml_per_h, run.rate_ml_per_h) if ml_per_h > before else None
        rest_in = f"The rest would be given in {as_measured(left_min)} min."
        figure = f"{as_set(ml_per_h)} mL/h"
        as_planned = is_as_computed(ml_per_h, run.rate_ml_per_h)
        is_up_to_plan = before < ml_per_h and (as_planned or ml_per_h < run.rate_ml_per_h)
        against = (
            [] if is_up_to_plan else _slip(figure, ml_per_h, ran_at, reason, " ".join(filter(None, [rest_in, fast])))
        )
        if fast:
            if not is_history:
                require_prescriber(fast, actor, reason)
            elif lacking := reason_lacks(reason):
                raise Refusal(f"{fast} {lacking} Nothing was recorded.")
            against.append(fast)
        whole = as_measured(run.planned.dose.duration_min * run.rate_ml_per_h / ml_per_h)
        faster = f"{figure} is faster than {as_set(before)} mL/h: the whole dose takes {whole} min."
        in_red: dict[str, Any] = {}
        if ml_per_h > before and figure != f"{as_set(before)} mL/h":
            question = f"{faster} Faster all the same?"
            in_red = runs_on.against(state.now, question, "Nothing was recorded.", is_history=is_history)
        if ml_per_h > before and not against and not as_planned:
            if says_too_little(reason):
                raise Refusal(
                    f"{faster} {rest_in} Check the point. If it is right, write why in a few words. Nothing was "
                    "recorded."
                )
            against.append(faster)
        return {"before_ml_per_h": before, **in_red, **_kept([*against, *in_red.get("against", ())])}

    return happened(
        session, Kind.RATE_CHANGED, actor, write_id=write_id, at=at, check=check, shown=shown,
        also=partial(runs_on.tell, "Pump set faster"),
        data={"rate_ml_per_h": ml_per_h, "reason": reason.strip()},
        otherwise=rate_not_counted(session, actor, ml_per_h, reason.strip()) if waited else None,
    )  # fmt: skip


def _no_infusion(session: Session, state: SessionState) -> str:
    """Why no rate is changed at the time of an entry; one before the start or after the end is named as the fault."""
    runs = [run for run in queries.runs_recorded(session) if run.is_infusion]
    if later := [run for run in runs if run.started_at > state.now]:
        started = clock_today(later[0].started_at)
        return f"{clock_today(state.now)} is before the infusion started, at {started}. Type the time again."
    if state.run and state.run.is_infusion and state.phase in (Phase.STOPPED, Phase.FINISHED):
        over = clock_today(state.run.ends_at(state.now))
        return f"At {clock_today(state.now)} the infusion was over: it ended at {over}. Its rate was not changed."
    return "No infusion was started, so its rate was not changed."


def _was_put_right(session: Session, at: datetime) -> bool:
    """Whether what is recorded of a later time changed the rate or holds the infusion: then a rate is history, and is
    told."""
    changed = session.events.filter(kind=Kind.RATE_CHANGED, occurred_at__gt=at).exists()
    return changed or not runs_still(session, at)


def _kept(against: list[str]) -> dict[str, Any]:
    """What stood against an entry that was sent with a reason: it is to be read first, and stays in the record."""
    return {"against": against} if against else {}


def _slip(figure: str, typed: float, expected: Iterable[float], reason: str, more: str = "") -> list[str]:
    """That a figure looks like a slipped point, where it is said to be right; nothing of any other.

    It is not refused for good: a pump can have been set so by a slip, and then the record must say what it ran at.

    Raises:
        Refusal: without a reason of ten words.
    """
    slip = slipped_point(typed, expected)
    if slip is None:
        return []
    if reason_lacks(reason):
        raise Refusal(
            f"{figure} is {slip}: the point may have slipped. {more} Look again, and type it again. "
            "If it really is so, write why in at least ten words. Nothing was recorded."
        )
    return [f"{figure} is {slip}."]


def _part_of_a_device(run: DoseRun, mg: float, reason: str) -> list[str]:
    """That an amount is no whole number of nasal devices: one of the two sprays of a device may have been lost.

    Raises:
        Refusal: without a reason of ten words.
    """
    if not run.planned.comes_in_devices or not (mg * run.planned_devices) % run.mg:
        return []
    part = f"{mg:g} mg is no whole number of devices of {as_measured(run.mg / run.planned_devices)} mg."
    if reason_lacks(reason):
        raise Refusal(
            f"{part} If part of one was lost, write in at least ten words how; the drug account then asks about the "
            "rest. Nothing was recorded."
        )
    return [part]


def correct_amount(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    mg: float,
    at: datetime | None = None,
    reason: str = "",
    shown: str | None = None,
) -> SessionEvent:
    """State what was really given, as the pump or the syringe shows it, in place of the computed amount.

    Args:
        reason: how it came that more than planned was given, or nothing; less asks for none. More is marked red. An
            amount whose point may have slipped takes ten words, and so does part of a nasal device.

    Raises:
        Refusal: before a dose, while one runs, for an amount no slip of a pump explains, or for one of those without
            a reason.
    """

    def check(state: SessionState) -> Mapping[str, Any]:
        run = state.run
        if run is None or not run.end_is_recorded:
            raise Refusal("Record the end of the dose first, then the amount.")
        if not 0 <= mg <= TIMES_THE_PLAN * run.mg:
            raise Refusal(
                f"{mg:g} mg cannot be: the dose was {as_measured(run.mg)} mg. "
                f"Type 0 to {as_measured(TIMES_THE_PLAN * run.mg)}."
            )
        against = _part_of_a_device(run, mg, reason)
        computed = run.computed_mg(state.now)
        slip = _slip(f"{mg:g} mg", mg, (computed, run.mg), reason)
        stated = replace(run, stated_mg=mg)
        excess = stated.excess_mg(state.now)
        if stated.is_beyond_its_rate(state.now):
            beyond = (
                f"By its rate the pump had given {as_measured(computed)} mg of {as_measured(run.mg)} mg planned; "
                f"{mg:g} mg was typed."
            )
            if reason_lacks(reason):
                raise Refusal(f"{beyond} Write in at least ten words how it came. Nothing was recorded.")
            if not (slip and excess):  # which say it already
                against.append(beyond)
        elif excess and not slip:
            more = f"{mg:g} mg is more than the {as_measured(run.mg)} mg planned."
            if says_too_little(reason):
                raise Refusal(f"{more} Write why, in a few words. Nothing was recorded.")
            against.append(more)
        if not mg:
            nothing = f"0 mg says that nothing of {as_measured(run.mg)} mg was given."
            if says_too_little(reason):
                raise Refusal(
                    f"{nothing} Write in a few words how it came; if it was another amount, type it. Nothing was "
                    "recorded."
                )
            against.append(nothing)
        return _kept([*slip, *against])

    return happened(
        session, Kind.DOSE_STOPPED, actor, write_id=write_id, at=at, check=check, shown=shown,
        also=lambda when: hold_against_plan(session, when, actor),
        data={"reason": reason.strip(), "given_mg": mg},
    )  # fmt: skip
