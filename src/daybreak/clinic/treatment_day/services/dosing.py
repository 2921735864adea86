"""The dose: started behind its checks; paused, resumed and stopped without asking; the amount really given."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from daybreak.clinic.pharmacy.queries import recalled_lots
from daybreak.clinic.pharmacy.services import tell_whoever_treats
from daybreak.clinic.planning.services import record_weight
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Point, Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import DoseRun, Phase, PlannedDose, ran_on
from daybreak.clinic.treatment_day.lots import lots_given_from, require_the_plans_drug, standing_against_lot
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.next_device import standing_against_device
from daybreak.clinic.treatment_day.preparation import confirmed_mg_per_ml, too_fast
from daybreak.clinic.treatment_day.services.events import happened
from daybreak.clinic.treatment_day.services.marks import close_gate_flags, hold_against_plan, tell_of_what_went_on
from daybreak.clinic.treatment_day.services.numbers import settle_number
from daybreak.clinic.treatment_day.services.preparing import prepared, weighed
from daybreak.clinic.treatment_day.services.pump import require_prescriber, require_rate
from daybreak.clinic.treatment_day.services.time_out import require_time_out
from daybreak.clinic.treatment_day.state import SessionState, known_limits
from daybreak.clinic.treatment_day.weighing import weight_of_dose
from daybreak.treatment import checks
from daybreak.treatment.dose_preparation import as_measured, as_set, slipped_point
from daybreak.treatment.findings import reason_lacks, says_too_little

Kind = SessionEvent.Kind
TIMES_THE_PLAN = 10  # an amount of more than this many times the planned one is a slip of typing; ours


class NotDosed(Refusal):
    """This person may not be dosed yet; `standing` says why and what resolves it."""

    def __init__(self, standing: tuple[checks.Refusal, ...]) -> None:
        self.standing = standing
        self.lead = "This person may not be dosed yet."
        self.points = tuple(Point(each.why, each.resolves) for each in standing)
        super().__init__(" ".join([self.lead, *(f"{point.why} {point.resolves}" for point in self.points)]))


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
) -> SessionEvent:
    """Begin the next dose of the plan: the infusion runs, the first device or the single dose is given.

    Args:
        concentration_mg_per_ml: the strength in hand; None as two people confirmed it.
        pump_ml_per_h: what the pump of an infusion was set to. What was given is computed with it.
        weight_kg: as weighed now, for a dose by weight; it becomes a fact about the person.
        no_lot: in words, why no lot is typed: a label nobody can read, two containers.
        reason: why the dose is prepared as typed although its strength, rate or volume is unusual, or why the lot is
            used although something stands against it.

    Raises:
        NotDosed: while a check stands against it.
        Refusal: if every dose was begun, the person has left, no weight is known, a reason, the lot or why there is
            none is missing, or the site wants a time-out by two people and there was none.
    """

    def check(state: SessionState) -> Mapping[str, Any]:
        dose = _next_dose(state)
        if later := queries.runs_recorded(session)[len(state.runs) :]:
            at = clock_today(later[0].started_at)
            raise Refusal(f"The dose is recorded as started at {at}, later than this entry. Nothing was started again.")
        if state.standing:
            raise NotDosed(state.standing)
        require_time_out(session, state)
        if not lot.strip() and says_too_little(no_lot):
            raise Refusal(
                "Which lot is given? Type it from the label, or write in a few words why there is none: not readable, "
                "two containers. Nothing was started."
            )
        second = (
            {"second_person": state.time_out.data["second_person"], "proved": True} if state.time_out_counts else {}
        )
        require_the_plans_drug(session, lot.strip())
        lots = lots_given_from(session, lot.strip())
        weight = weight_of_dose(session, dose, state.now.date())
        against = [
            *weighed(weight, weight_kg, reason),
            *standing_against_lot(session, state.now, lot.strip()),
        ]
        try:
            made = prepared(
                session, actor, dose,
                mg_per_ml=concentration_mg_per_ml, confirmed=confirmed_mg_per_ml(state), pump_ml_per_h=pump_ml_per_h,
                lots=lots, reason=reason,
            )  # fmt: skip
        except Refusal as refused:  # one reason may answer both, so both are read before it is written
            raise Refusal(" ".join([*against, str(refused)])) from refused
        said = {"mg": dose.mg, **made, **second}
        if against:
            if says_too_little(reason):
                question = "Given from it all the same? Write why, in a few words. Nothing was started."
                raise Refusal(f"{' '.join(against)} {question}")
            said["against"] = [*said.get("against", []), *against]
        return said

    def also(when: datetime) -> None:
        close_gate_flags(session, actor)
        if weight_kg is not None:
            record_weight(session.course.patient, weight_kg, actor, at=when, source="weighed before the dose")
        settle_number(session)  # it may come late, of a session that was left meanwhile
        _tell_of_recall(session, lot.strip(), actor)

    return happened(
        session, Kind.DOSE_STARTED, actor, write_id=write_id, at=at, check=check, shown=shown, also=also,
        data={
            "concentration_mg_per_ml": concentration_mg_per_ml,
            **({"weight_kg": weight_kg} if weight_kg is not None else {}),
            **({"pump_ml_per_h": pump_ml_per_h} if pump_ml_per_h is not None else {}),
            "lot": lot.strip(),
            **({"no_lot": no_lot.strip()} if no_lot.strip() else {}),
            **({"reason": reason.strip()} if reason.strip() else {}),
        },
    )  # fmt: skip


def _tell_of_recall(session: Session, typed: str, actor: Actor) -> None:
    """A red flag where the lot is recalled by now, also since it was used: an entry may have waited on a tablet."""
    lots = lots_given_from(session, typed)
    recalled = recalled_lots([lot.pk for lot in lots])
    for lot in (lot for lot in lots if lot.pk in recalled):
        tell_whoever_treats(
            lot, session.course.patient, actor,
            session_id=session.pk, label=f"session {session.number}", opened_by=session.opened_by,
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


def give_device(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    lot: str = "",
    no_lot: str = "",
    reason: str = "",
    shown: str | None = None,
) -> SessionEvent:
    """Give the next nasal device. Dose start gives the first.

    Args:
        lot: as on this device; the first one's lot says nothing of it.
        no_lot: in words, why no lot is typed.
        reason: why it is given although the rest is not over, the dose is paused, or a mark is open that holds it.

    Raises:
        Refusal: if the plan has no devices, all of them were given, the dose was stopped, or a reason, the lot or why
            there is none is missing.
    """

    def check(state: SessionState) -> Mapping[str, Any]:
        run = state.run
        if run is None or not run.planned.comes_in_devices:
            raise Refusal("No nasal device is to be given now. Start the dose first.")
        recorded = _as_recorded(session, state)
        _require_another(recorded, state)
        raised = [
            flag
            for flag in queries.open_limit_flags(session)
            if flag.due_at - known_limits(session.own)[flag.rule].recheck_after <= state.now
        ]
        require_the_plans_drug(session, lot.strip())
        against = [
            *standing_against_device(state, raised, recorded.device_times),
            *standing_against_lot(session, state.now, lot.strip()),
        ]
        if against and says_too_little(reason):
            raise Refusal(f"{' '.join(against)} Given anyway? Write why, in a few words. Nothing was recorded.")
        if not lot.strip() and says_too_little(no_lot):
            raise Refusal(
                "Which lot is this device? Touch that it is the same, type it, or write in a few words why there is "
                "none. Nothing was recorded."
            )
        return {"against": against}

    return happened(
        session, Kind.DEVICE_GIVEN, actor, write_id=write_id, at=at, check=check, shown=shown,
        also=lambda when: _tell_of_recall(session, lot.strip(), actor),
        data={
            "lot": lot.strip(), "reason": reason.strip(), **({"no_lot": no_lot.strip()} if no_lot.strip() else {}),
        },
    )  # fmt: skip


def _as_recorded(session: Session, state: SessionState) -> DoseRun:
    """The dose running at the time of an entry, with all that is recorded of it since."""
    runs = queries.runs_recorded(session)
    if len(runs) < len(state.runs):
        raise Refusal(
            "The start of this dose was taken back since: it says that nothing was given. If a device was given, start "
            "the dose again with its true time, then record this device."
        )
    return runs[len(state.runs) - 1]


def _require_another(run: DoseRun, state: SessionState) -> None:
    if run.stopped_at is not None and run.stopped_at <= state.now:
        raise Refusal(f"The dose was stopped at {clock_today(run.stopped_at)}. No further device is given.")
    if len(run.device_times) >= run.planned_devices:
        raise Refusal(f"The plan says {run.mg:g} mg, {run.planned_devices} devices, and all were given.")


def pause(session: Session, actor: Actor, *, write_id: UUID, at: datetime | None = None) -> SessionEvent:
    """Pause the dose. Never refused: where nothing runs it is kept and changes nothing."""
    return happened(session, Kind.DOSE_PAUSED, actor, write_id=write_id, at=at)


def resume(session: Session, actor: Actor, *, write_id: UUID, at: datetime | None = None) -> SessionEvent:
    """Let a paused dose run on.

    Raises:
        Refusal: if nothing is paused.
    """

    def check(state: SessionState) -> None:
        if state.phase is not Phase.PAUSED:
            raise Refusal("No dose is paused, so none was resumed.")

    return happened(session, Kind.DOSE_RESUMED, actor, write_id=write_id, at=at, check=check)


def change_rate(
    session: Session,
    actor: Actor,
    *,
    write_id: UUID,
    ml_per_h: float,
    at: datetime | None = None,
    reason: str = "",
    shown: str | None = None,
) -> SessionEvent:
    """The pump was set to another rate (mL/h). What was given is computed with it from then on.

    Args:
        reason: why it runs faster than before, in a few words; slower asks for none. A point that slipped takes
            ten words, and so does a rate beyond the limit, which a prescriber writes unless it was put right since.

    Raises:
        Refusal: if no infusion runs, no rate is recorded for it, for a rate no pump has, for one beyond the limit but
            from a prescriber, or without a reason.
    """

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
        rest = 1 - run.given_mg(state.now) / run.mg
        left_min = rest * run.planned.dose.duration_min * run.rate_ml_per_h / ml_per_h
        ran_at = (before, run.rate_ml_per_h, *(change.ml_per_h for change in run.rates))
        fast = too_fast(session, run.planned, ml_per_h, run.rate_ml_per_h) if ml_per_h > before else None
        rest_in = f"The rest would be given in {as_measured(left_min)} min."
        slip = _slip(f"{as_set(ml_per_h)} mL/h", ml_per_h, ran_at, reason, " ".join(filter(None, [rest_in, fast])))
        if fast:
            if not _was_put_right(session, state.now):
                require_prescriber(fast, actor, reason)
            elif lacking := reason_lacks(reason):
                raise Refusal(f"{fast} {lacking} Nothing was recorded.")
            slip = {"against": [*slip.get("against", []), fast]}
        if ml_per_h > before and says_too_little(reason):
            raise Refusal(
                f"{as_set(ml_per_h)} mL/h is faster than {as_set(before)} mL/h: the rest of the dose would be given in "
                f"{as_measured(left_min)} min. Check the point. If it is right, write why in a few words. "
                "Nothing was recorded."
            )
        return {"before_ml_per_h": before, **slip}

    return happened(
        session, Kind.RATE_CHANGED, actor, write_id=write_id, at=at, check=check, shown=shown,
        data={"rate_ml_per_h": ml_per_h, "reason": reason.strip()},
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
    told. A pause that was resumed from goes on as before it."""
    later = session.events.filter(occurred_at__gt=at).order_by("occurred_at", "recorded_at")
    kinds = list(later.values_list("kind", flat=True))
    held = [kind for kind in kinds if kind in (Kind.DOSE_PAUSED, Kind.DOSE_RESUMED)][-1:]
    return Kind.RATE_CHANGED in kinds or Kind.DOSE_STOPPED in kinds or held == [Kind.DOSE_PAUSED]


def _slip(figure: str, typed: float, expected: Iterable[float], reason: str, more: str = "") -> dict[str, Any]:
    """What is kept of a figure that looks like a slipped point and is said to be right; nothing of any other.

    It is not refused for good: a pump can have been set so by a slip, and then the record must say what it ran at.

    Raises:
        Refusal: without a reason of ten words.
    """
    slip = slipped_point(typed, expected)
    if slip is None:
        return {}
    if reason_lacks(reason):
        raise Refusal(
            f"{figure} is {slip}: the point may have slipped. {more} Look again, and type it again. "
            "If it really is so, write why in at least ten words. Nothing was recorded."
        )
    return {"against": [f"{figure} is {slip}."]}


def stop(
    session: Session, actor: Actor, *, write_id: UUID, at: datetime | None = None, reason: str = ""
) -> SessionEvent:
    """The dose has ended, early or at its end. Never refused. The amount given is computed to this time."""
    return happened(
        session, Kind.DOSE_STOPPED, actor, write_id=write_id, at=at, data={"reason": reason.strip()},
        also=lambda when: tell_of_what_went_on(session, when, actor),
    )  # fmt: skip


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
            amount whose point may have slipped takes ten words.

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
        if run.planned.comes_in_devices and (mg * run.planned_devices) % run.mg:
            raise Refusal(
                f"{mg:g} mg is no whole number of devices of {as_measured(run.mg / run.planned_devices)} mg. Type what "
                "the devices given hold, and write in the note what was lost of one. Nothing was recorded."
            )
        computed = run.computed_mg(state.now)
        slip = _slip(f"{mg:g} mg", mg, (computed, run.mg), reason)
        stated = replace(run, stated_mg=mg)
        if stated.is_beyond_its_rate(state.now):
            beyond = (
                f"By its rate the pump had given {as_measured(computed)} mg of {as_measured(run.mg)} mg planned; "
                f"{mg:g} mg was typed."
            )
            if reason_lacks(reason):
                raise Refusal(f"{beyond} Write in at least ten words how it came. Nothing was recorded.")
            if not stated.excess_mg(state.now):  # which says it already
                slip = {"against": [*slip.get("against", []), beyond]}
        if stated.excess_mg(state.now) and says_too_little(reason):
            raise Refusal(
                f"{mg:g} mg is more than the {as_measured(run.mg)} mg planned. Write why, in a few words. "
                "Nothing was recorded."
            )
        if not mg and says_too_little(reason):
            raise Refusal(
                f"0 mg says that nothing of {as_measured(run.mg)} mg was given. Write in a few words how it came; if "
                "it was another amount, type it. Nothing was recorded."
            )
        return slip

    return happened(
        session, Kind.DOSE_STOPPED, actor, write_id=write_id, at=at, check=check, shown=shown,
        also=lambda when: hold_against_plan(session, when, actor),
        data={"reason": reason.strip(), "given_mg": mg},
    )  # fmt: skip


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
