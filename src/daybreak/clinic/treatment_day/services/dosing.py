"""The dose: started behind its checks; paused, resumed and stopped without asking; a start taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import isclose
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime

from daybreak.clinic.pharmacy.queries import recalled_lots
from daybreak.clinic.pharmacy.services import tell_whoever_treats
from daybreak.clinic.planning.services import record_weight
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Point, Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import Phase, PlannedDose, ran_on
from daybreak.clinic.treatment_day.lots import (
    as_kept,
    lots_given_from,
    lots_perhaps_given_from,
    of_another_drug,
    require_length,
    standing_against_lot,
    too_long,
)
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.preparation import confirmed_mg_per_ml
from daybreak.clinic.treatment_day.services.done_offline import (
    NOBODY_ASKED,
    start_not_counted,
    tell_of_start,
)
from daybreak.clinic.treatment_day.services.events import came_late, happened
from daybreak.clinic.treatment_day.services.marks import (
    close_gate_flags,
    close_what_went_on,
    tell_of_another_drug,
    tell_of_what_went_on,
)
from daybreak.clinic.treatment_day.services.numbers import settle_number
from daybreak.clinic.treatment_day.services.preparing import prepared, weighed
from daybreak.clinic.treatment_day.services.recorded_since import recorded_since
from daybreak.clinic.treatment_day.services.running_on import RunsOn, runs_still
from daybreak.clinic.treatment_day.services.time_out import missing_time_out, require_time_out
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.clinic.treatment_day.weighing import weight_of_dose
from daybreak.treatment import checks
from daybreak.treatment.charting import minute_of
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.findings import reason_lacks, says_too_little

Kind = SessionEvent.Kind


class NotDosed(Refusal):
    """This person may not be dosed yet; `standing` says why and what resolves it."""

    def __init__(self, standing: tuple[checks.Refusal, ...]) -> None:
        self.standing = standing
        self.lead = "This person may not be dosed yet."
        self.points = tuple(Point(each.why, each.resolves) for each in standing)
        self.against = tuple(each.why for each in standing)
        super().__init__(" ".join([self.lead, *(f"{point.why} {point.resolves}" for point in self.points)]))


@dataclass(frozen=True, slots=True)
class _Typed:
    """What is typed as a dose is begun."""

    concentration_mg_per_ml: float | None
    pump_ml_per_h: float | None
    weight_kg: float | None
    lot: str
    no_lot: str
    reason: str

    @property
    def said(self) -> dict[str, Any]:
        """As it is kept: strength and lot always, the rest where it was typed."""
        rest = {each: getattr(self, each) for each in ("weight_kg", "pump_ml_per_h", "reason")}
        typed = {each: value for each, value in rest.items() if value not in (None, "")}
        return {"concentration_mg_per_ml": self.concentration_mg_per_ml, **as_kept(self.lot, self.no_lot), **typed}


def start_dose(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    concentration_mg_per_ml: float | None = None,
    pump_ml_per_h: float | None = None,
    weight_kg: float | None = None,
    lot: str = "",
    no_lot: str = "",
    reason: str = "",
    shown: str | None = None,
    waited: bool = False,
) -> SessionEvent:
    """Begin the next dose of the plan: the infusion runs, the first device or the single dose is given.

    Args:
        concentration_mg_per_ml: the strength in hand; None as two people confirmed it.
        pump_ml_per_h: what the pump of an infusion was set to. What was given is computed with it.
        weight_kg: as weighed now, for a dose by weight; it becomes a fact about the person.
        no_lot: in words, why no lot is typed: a label nobody can read, two containers.
        reason: why the dose is prepared as typed although its strength, rate or volume is unusual, or why the lot is
            used although something stands against it.
        waited: it waited on a tablet without a network, so it is done: what would have been refused is recorded as
            typed, with all that stands against it, and what the record has no place for is kept and not counted.

    Raises:
        NotDosed: while a check stands against it.
        Refusal: if every dose was begun, the person has left, no weight is known, a reason, the lot or why there is
            none is missing, or the site wants a time-out by two people and there was none.
    """
    typed = _Typed(concentration_mg_per_ml, pump_ml_per_h, weight_kg, lot.strip(), no_lot.strip(), reason.strip())

    unasked: list[tuple[PlannedDose, list[str], bool]] = []

    def check(state: SessionState) -> Mapping[str, Any]:
        dose = _require_to_come(session, state)
        try:
            _require_cleared(session, state)
            made = _require_prepared(session, actor, state, dose, typed)
        except Refusal:
            if not waited:
                raise
            made = _as_done(session, actor, state, dose, typed)
            unasked.append((dose, made["against"], bool(state.standing)))
        return {"mg": dose.mg, **made, **_second_person(state)}

    def also(when: datetime) -> None:
        close_gate_flags(session, actor)
        for dose, against, is_against_checks in unasked:
            tell_of_start(session, dose, when, against, actor, is_against_checks=is_against_checks)
        if weight_kg is not None:
            record_weight(session.course.patient, weight_kg, actor, at=when, source="weighed before the dose")
        settle_number(session)  # it may come late, of a session that was left meanwhile
        tell_of_lot(session, typed.lot, actor)

    return happened(
        session, Kind.DOSE_STARTED, actor, write_id=write_id, at=at, check=check, shown=shown, also=also,
        data=typed.said, otherwise=start_not_counted(session, actor, typed.said) if waited else None,
    )  # fmt: skip


def _require_to_come(session: Session, state: SessionState) -> PlannedDose:
    """The dose that comes next, if the record has a place for it."""
    dose = _next_dose(state)
    if later := queries.runs_recorded(session)[len(state.runs) :]:
        at = clock_today(later[0].started_at)
        raise Refusal(f"The dose is recorded as started at {at}, later than this entry. Nothing was started again.")
    return dose


def _require_cleared(session: Session, state: SessionState) -> None:
    if state.standing:
        raise NotDosed(state.standing)
    require_time_out(session, state)


def _require_prepared(
    session: Session, actor: Actor, state: SessionState, dose: PlannedDose, typed: _Typed
) -> dict[str, Any]:
    """How the dose is prepared as it was typed, with what stands "against" it and was answered by the reason."""
    if not typed.lot and says_too_little(typed.no_lot):
        raise Refusal(
            "Which lot is given? Type it from the label, or write in a few words why there is none: not readable, "
            "two containers. Nothing was started."
        )
    require_length(typed.lot)
    require_the_plans_drug(session, typed.lot, state.now)
    against = [
        *weighed(weight_of_dose(session, dose, state.now.date()), typed.weight_kg, typed.reason),
        *standing_against_lot(session, state.now, typed.lot),
    ]
    try:
        made = prepared(
            session, actor, dose,
            mg_per_ml=typed.concentration_mg_per_ml, confirmed=confirmed_mg_per_ml(state),
            pump_ml_per_h=typed.pump_ml_per_h, lots=lots_given_from(session, typed.lot), reason=typed.reason,
        )  # fmt: skip
    except Refusal as refused:  # one reason may answer both, so both are read before it is written
        raise Refusal(" ".join([*against, str(refused)])) from refused
    if not against:
        return made
    if says_too_little(typed.reason):
        question = "Given from it all the same? Write why, in a few words. Nothing was started."
        raise Refusal(f"{' '.join(against)} {question}")
    return {**made, "against": [*made.get("against", []), *against]}


def _as_done(session: Session, actor: Actor, state: SessionState, dose: PlannedDose, typed: _Typed) -> dict[str, Any]:
    """How a dose was prepared that runs already, with all that stands against it: first the figures, then the rest.

    Raises:
        Refusal: for a figure with which nothing can be reckoned: a strength of 0, a rate that no pump runs.
    """
    reason, strength = typed.reason if not reason_lacks(typed.reason) else NOBODY_ASKED, typed.concentration_mg_per_ml
    confirmed = confirmed_mg_per_ml(state)
    made = prepared(
        session, actor, dose,
        mg_per_ml=confirmed if strength is None else strength, confirmed=None, pump_ml_per_h=typed.pump_ml_per_h,
        lots=lots_given_from(session, typed.lot), reason=reason, is_done=True,
    )  # fmt: skip
    other_strength = strength is not None and confirmed is not None and not isclose(strength, confirmed)
    against = [
        *made.get("against", []),
        *([f"Two people confirmed {confirmed:g} mg/mL; {strength:g} mg/mL was typed."] if other_strength else []),
        *(each.why for each in state.standing),
        *missing_time_out(session, state),
        *weighed(weight_of_dose(session, dose, state.now.date()), typed.weight_kg, reason),
        *([why] if (why := too_long(typed.lot)) else standing_against_lot(session, state.now, typed.lot)),
        *([] if typed.lot or not says_too_little(typed.no_lot) else ["No lot was typed."]),
    ]
    return {**made, "against": [*against, NOBODY_ASKED], "unasked": True}


def _second_person(state: SessionState) -> dict[str, Any]:
    if not state.time_out_counts:
        return {}
    return {"second_person": state.time_out.data["second_person"], "proved": True}


def require_the_plans_drug(session: Session, lot: str, at: datetime) -> None:
    """Refuse a lot of another drug before it is given; one that was given a while ago is asked about, and told."""
    if not came_late(at) and (other := of_another_drug(session, lot)):
        raise Refusal(
            f"{other} Take another container. If it was given already, call the prescriber, leave the lot empty and "
            "write there what was given. Nothing was recorded."
        )


def tell_of_lot(session: Session, typed: str, actor: Actor) -> None:
    """A red flag where the lot is of another drug, or is recalled by now, also since it was used: an entry may have
    waited on a tablet.
    """
    if other := of_another_drug(session, typed):
        tell_of_another_drug(session, other, actor)
    read = lots_given_from(session, typed)
    lots = [*read, *lots_perhaps_given_from(session, typed, read)]
    recalled = recalled_lots(lots)
    for lot in (lot for lot in lots if lot.pk in recalled):
        tell_whoever_treats(
            lot, session.course.patient, actor,
            session_id=session.pk, label=f"session {session.number}", opened_by=session.opened_by, typed=typed,
        )  # fmt: skip


def _next_dose(state: SessionState) -> PlannedDose:
    if state.left:
        raise Refusal(f"This person left at {clock_today(state.left.occurred_at)}. Nothing was started.")
    if state.next_dose is None:
        started = clock_today(state.runs[-1].started_at) if state.runs else ""
        raise Refusal(f"Every dose of this session was started, the last at {started}. Nothing was started again.")
    if state.run and state.run.is_infusion and state.phase in (Phase.RUNNING, Phase.PAUSED):
        raise Refusal("The dose before is still running. Record its end first.")
    if state.next_dose.mg is None:
        raise Refusal("The dose is by body weight, and the plan has no weight. Weigh the person and change the plan.")
    return state.next_dose


def pause(
    session: Session, actor: Actor, *, write_id: UUID, at: datetime | None = None, time_said: bool = False
) -> SessionEvent:
    """Pause the dose. A pause now is never refused: where nothing runs it is kept and changes nothing.

    Args:
        time_said: a person typed the time, and can be asked for another.

    Raises:
        Refusal: if that time lies before the dose: nothing of it would count as given.
    """

    def check(state: SessionState) -> None:
        if time_said and at:
            _require_begun_by(session, at, state, "was paused")

    return happened(session, Kind.DOSE_PAUSED, actor, write_id=write_id, at=at, check=check)


def resume(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    reason: str = "",
    shown: str | None = None,
    waited: bool = False,
) -> SessionEvent:
    """Let a paused dose run on.

    Args:
        reason: why, although a mark that calls to act is open: ten words, as for a nasal device.
        waited: it waited on a tablet without a network, so it is done: recorded, with what stood against it.

    Raises:
        Refusal: if nothing is paused, or such a mark is open and the reason is missing.
    """
    runs_on = RunsOn(session, actor, reason, waited)

    def check(state: SessionState) -> Mapping[str, Any]:
        if state.phase is not Phase.PAUSED:
            raise Refusal("No dose is paused, so none was resumed.")
        is_history = not runs_still(session, state.now)
        return runs_on.against(state.now, "Resume all the same?", "The dose stays paused.", is_history=is_history)

    return happened(
        session, Kind.DOSE_RESUMED, actor, write_id=write_id, at=at, check=check, shown=shown,
        also=partial(runs_on.tell, "Dose resumed"),
        data={"reason": reason.strip()} if reason.strip() else {},
    )  # fmt: skip


def stop(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    reason: str = "",
    time_said: bool = False,
    shown: str | None = None,
) -> SessionEvent:
    """The dose has ended, early or at its end. A stop now is never refused. The amount given is computed to this time;
    where another device is recorded of a later time, the dose ends with that, and it is said as of when the stop was
    typed. Where it went on after an earlier stop, this one says when it ended, and ends the question.

    Args:
        time_said: a person typed the time, and can be asked for another.

    Raises:
        Refusal: if that time lies before the dose or its last device, or, until it was read and answered in a few
            words, before what is recorded of the infusion: it would say that less was given than was.
    """

    def check(state: SessionState) -> Mapping[str, Any]:
        anew = {"anew": True} if state.run and state.run.went_on_at else {}
        if not time_said or not at:
            return anew
        _require_begun_by(session, at, state)
        return {**anew, **recorded_since(session, at, state, reason, shown)}

    def told(when: datetime) -> None:
        is_anew = session.events.get(pk=write_id).data.get("anew")
        if is_anew:
            close_what_went_on(session, f"Its end was recorded, {localtime(when):%H:%M:%S}.", actor)
        as_of = when if is_anew or at is None or at == minute_of(when) else at
        tell_of_what_went_on(session, as_of, actor, stop_id=write_id)

    return happened(
        session, Kind.DOSE_STOPPED, actor, write_id=write_id, at=at, check=check, also=told,
        data={"reason": reason.strip()},
    )  # fmt: skip


def _require_begun_by(session: Session, typed: datetime, state: SessionState, what_it_did: str = "ended") -> None:
    """Refuse a stop or a pause typed as of before the dose it is meant for, which is one that has no end yet."""
    runs = queries.runs_recorded(session)
    meant = [run for run in runs if not run.end_is_recorded] or runs
    if not meant:
        return
    begun = [run for run in meant if minute_of(run.started_at) <= typed]
    began, what = (begun[-1] if begun else meant[0]).last_begun
    if minute_of(began) <= typed:
        return
    or_now = "" if state.left else f"; if it {what_it_did} now, leave the time empty"
    raise Refusal(
        f"{clock_today(typed)} is before {what}, at {clock_today(began)}. Type when it {what_it_did}{or_now}. Nothing "
        "was recorded."
    )


def take_back_start(
    session: Session, actor: Actor, *, write_id: UUID, reason: str, at: datetime | None = None
) -> SessionEvent:
    """Record that the dose begun last was started by mistake and nothing of it was given. Both stay in the record.

    Raises:
        Refusal: without a reason, if no dose was begun, after leaving or the note, or if a second device, an amount or
            the time it ran says that some was given.
    """
    if says_too_little(reason):
        raise Refusal("Write how it came that a dose was started by mistake, in a few words.")

    def check(state: SessionState) -> Mapping[str, Any]:
        run = state.run
        if run is None:
            raise Refusal("No dose was started, so there is nothing to take back.")
        if over := queries.is_settled(session):
            raise Refusal(f"{over} Correct the amount to 0 instead, and say so in an amendment of the note.")
        if len(run.device_times) > 1:
            raise Refusal(f"{len(run.device_times)} devices were recorded as given. Correct the amount given instead.")
        if run.stated_mg:
            raise Refusal(f"{run.stated_mg:g} mg were stated as given. Correct the amount to 0 first.")
        if ran_on(run, state.now):
            raise Refusal(
                f"It ran for {run.run_min(state.now):.0f} minutes and its end is recorded: "
                f"{as_measured(run.given_mg(state.now))} mg by the clock. "
                "If nothing was given: Correct the amount to 0 first."
            )
        return {"mg": run.mg, "started_at": run.started_at.isoformat()}

    return happened(
        session, Kind.DOSE_NOT_GIVEN, actor, write_id=write_id, at=at, check=check, data={"reason": reason.strip()}
    )
