"""Treatment days of the synthetic people: checks, dose, readings, marks, leaving, note.

Vital signs are those of `monitor.simulated`, typed at the times the schedule asks for. Alertness and dissociation
follow a plain curve of ours.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from math import exp

from django.utils import timezone

from daybreak.clinic.pharmacy.models import Lot
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import chair_queries, queries, services
from daybreak.clinic.treatment_day.lots import lots_given_from, measured_from
from daybreak.clinic.treatment_day.models import MonitorTie, Session, SessionEvent
from daybreak.clinic.treatment_day.preparation import pump_of
from daybreak.clinic.treatment_day.services import Entry, MarkAnswer
from daybreak.clinic.treatment_day.services.monitors import tie_monitor
from daybreak.clinic.treatment_day.weighing import weight_of_dose
from daybreak.demonstration.appointments import called
from daybreak.demonstration.drugs import VIAL_MG, VIAL_ML, accounted
from daybreak.demonstration.monitor import Minute, simulated
from daybreak.demonstration.stories import Story, stories
from daybreak.demonstration.telling import SEED, Moment, Telling
from daybreak.treatment.checks import checks_before
from daybreak.treatment.dose_preparation import devices, strengths, three_figures
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.limits import assess, session_limits
from daybreak.treatment.regimen import Dose, sessions
from daybreak.treatment.schedule import due_checks, observation
from daybreak.treatment.vitals import Vital

MINUTE = timedelta(minutes=1)
OPENED, TIED, MEASURED, ASKED = 20 * MINUTE, 18 * MINUTE, 10 * MINUTE, 9 * MINUTE
BETWEEN_ANSWERS = timedelta(seconds=25)
BETWEEN_DEVICES = 5 * MINUTE
ANSWERED_AFTER, RECHECKED_AFTER = MINUTE, 6 * MINUTE
LONGEST_MINUTES = 300
DOSE_MINUTE = 10  # in `monitor.simulated`
AMBER = 160  # mmHg, the first limit of systolic pressure; only to choose which simulated sessions are shown
FEWEST_BREATHS = 12.0  # counted by hand; the simulated monitor scatters below
CRITERIA = ("alert", "pressure", "breathing_and_heart", "perception", "walks", "suicide", "ride", "advice")
MEASURED_BY_HAND = (Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.HEART_RATE, Vital.SPO2, Vital.RESPIRATORY_RATE)


def held(telling: Telling) -> Iterator[Moment]:
    """Every session until now, and the one of today as far as it came."""
    if not telling.story.plan:
        return
    begun = telling.story.sessions_given + bool(telling.story.today)
    planned = zip(sessions(telling.story.regimen)[:begun], telling.doses_at, strict=False)
    for number, (session, dose_at) in enumerate(planned, start=1):
        yield from _session(telling, number, session.doses[0], dose_at)


def _session(telling: Telling, number: int, dose: Dose, dose_at: datetime) -> Iterator[Moment]:
    yield from _before(telling, number, dose, dose_at)
    yield from accounted(telling, number, dose, dose_at)
    yield Moment(dose_at, lambda at: _start(telling, number, dose, at))
    given = (
        devices(dose.amount.to_mg(telling.story.weight_kg))
        if dose.drug is Drug.ESKETAMINE and not dose.duration_min
        else 1
    )
    for device in range(1, given):
        yield Moment(dose_at + device * BETWEEN_DEVICES, lambda at: _give_device(telling, number, at))
    if dose.duration_min:
        yield Moment(dose_at + dose.duration_min * MINUTE, lambda at: _stop(telling, number, at))
    for check in due_checks(dose.drug, dose.route, dose.duration_min, dose_at):
        if check.at > dose_at:
            # A moment after the infusion's end where the two coincide.
            yield Moment(check.at + timedelta(seconds=10), lambda at: _read(telling, number, dose_at, at))
    yield from _leaving(telling, number, dose, dose_at)


def _devices(dose: Dose) -> int:
    """How many nasal devices a dose is; none for another route."""
    return devices(dose.amount.to_mg(None)) if (dose.drug, dose.route) == (Drug.ESKETAMINE, Route.NASAL) else 0


def _before(telling: Telling, number: int, dose: Dose, dose_at: datetime) -> Iterator[Moment]:
    yield Moment(dose_at - OPENED, lambda at: _open(telling, number, at))
    if number > telling.story.sessions_given and telling.story.today == "running":
        yield Moment(dose_at - TIED, lambda at: _tie(telling, number, at))
    yield Moment(dose_at - MEASURED, lambda at: _read(telling, number, dose_at, at))
    asked = [
        check
        for check in checks_before(dose.drug, dose.route, telling.house.site.jurisdiction)
        if not check.is_measured
    ]
    for place, check in enumerate(asked):
        yield Moment(
            dose_at - ASKED + place * BETWEEN_ANSWERS,
            lambda at, check=check: services.answer_check(
                telling.held[number], check.id, check.clears, telling.acts(Role.NURSE, at),
                write_id=telling.id(number, check.id), at=at,
            ),
        )  # fmt: skip


def _leaving(telling: Telling, number: int, dose: Dose, dose_at: datetime) -> Iterator[Moment]:
    over_at = observation(dose.drug, dose.route).over_at(dose_at, dose_at + dose.duration_min * MINUTE)
    for place, criterion in enumerate(CRITERIA):
        yield Moment(
            over_at + MINUTE + place * timedelta(seconds=20),
            lambda at, criterion=criterion: services.check_criterion(
                telling.held[number], criterion, True, telling.acts(Role.NURSE, at),
                write_id=telling.id(number, "criterion", criterion), at=at,
            ),
        )  # fmt: skip
    yield Moment(over_at + 5 * MINUTE, lambda at: _leave(telling, number, at))
    yield Moment(over_at + 15 * MINUTE, lambda at: _sign(telling, number, at))
    yield from called(telling, number, over_at + 5 * MINUTE)


def _open(telling: Telling, number: int, at: datetime) -> None:
    chair = chair_queries.free_chairs(telling.house.site).first()
    nurse = telling.acts(Role.NURSE, at)
    telling.held[number] = services.open_session(
        telling.course, number, chair, nurse, write_id=telling.id(number, "opened"), at=at
    )


def _tie(telling: Telling, number: int, at: datetime) -> None:
    session = telling.held[number]
    monitor = telling.house.monitors[telling.house.chairs.index(session.chair)]
    tie_monitor(monitor, session, telling.acts(Role.NURSE, at), tie_id=telling.id(number, "tied"), at=at)


def _start(telling: Telling, number: int, dose: Dose, at: datetime) -> None:
    session = telling.held[number]
    given_from = lots_given_from(session)
    lots = [lot.number for lot in given_from]
    one = len(lots) == 1
    services.start_dose(
        session, telling.acts(Role.NURSE, at), write_id=telling.id(number, "started"), at=at,
        concentration_mg_per_ml=_strength(session, dose, given_from),
        pump_ml_per_h=_pump(session, dose, at),
        weight_kg=_weight(session, at),
        lot=lots[0] if one else "",
        no_lot="" if one else f"Two containers: {' and '.join(lots)}." if lots else "Nothing is drawn up here.",
    )  # fmt: skip


def _weight(session: Session, at: datetime) -> float | None:
    """Weighed again where the weight on file is old by then: they weigh what they weighed."""
    found = weight_of_dose(session, queries.state(session, at).next_dose, timezone.localdate(at))
    return found.kg if found and found.is_old else None


def _pump(session: Session, dose: Dose, at: datetime) -> float | None:
    """As the page computes it, which it shows to three figures."""
    planned = queries.state(session, at).next_dose
    run = pump_of(planned, session.plan.concentration_mg_per_ml) if planned and dose.duration_min else None
    return float(three_figures(run.rate_ml_per_h)) if run else None


def _strength(session: Session, dose: Dose, given_from: Sequence[Lot]) -> float | None:
    """An infusion as planned; an injection from the vials this house has; a drink from its bottle."""
    if dose.duration_min:
        return session.plan.concentration_mg_per_ml
    if dose.route is Route.ORAL and (bottle := measured_from(given_from)):
        return bottle.formulation.mg_per_ml
    return VIAL_MG / VIAL_ML if strengths(dose.drug, dose.route) else None


def _give_device(telling: Telling, number: int, at: datetime) -> None:
    write_id = telling.id(number, "device", at - telling.doses_at[number - 1])
    session = telling.held[number]
    first = session.events.filter(kind=SessionEvent.Kind.DOSE_STARTED).latest("occurred_at").data
    services.give_device(
        session, telling.acts(Role.NURSE, at), write_id=write_id, at=at,
        lot=first["lot"], no_lot=first.get("no_lot", ""),
    )  # fmt: skip


def _stop(telling: Telling, number: int, at: datetime) -> None:
    nurse = telling.acts(Role.NURSE, at)
    services.stop(telling.held[number], nurse, write_id=telling.id(number, "stopped"), at=at)


def _read(telling: Telling, number: int, dose_at: datetime, at: datetime) -> None:
    """A nurse types a whole check; what crosses a limit is answered and rechecked, if there was time for it."""
    session, minutes = telling.held[number], (at - dose_at) // MINUTE
    entries = [Entry(vital, value, at) for vital, value in _values(telling, number, minutes).items()]
    services.record_readings(
        session, entries, telling.acts(Role.NURSE, at), write_id=telling.id(number, "read", minutes)
    )
    crossed = any(assess(value, session_limits()) for entry in entries if (value := entry.as_value()))
    if crossed and at + RECHECKED_AFTER <= telling.now and _answered(telling, session, at + ANSWERED_AFTER):
        _read(telling, number, dose_at, at + RECHECKED_AFTER)


def _answered(telling: Telling, session: Session, at: datetime) -> bool:
    waiting = [flag for flag in queries.open_limit_flags(session) if not flag.acknowledged]
    for flag in waiting:
        services.answer_mark(
            flag, MarkAnswer.TOLD, telling.acts(Role.NURSE, at), write_id=telling.id("mark", flag.subject), at=at
        )
    return bool(waiting)


def _leave(telling: Telling, number: int, at: datetime) -> None:
    session, nurse = telling.held[number], telling.acts(Role.NURSE, at)
    open_criteria = queries.state(session, at).leaving_needs_reason
    services.leave(
        session, nurse, write_id=telling.id(number, "left"), at=at, goes_with="a relative",
        reason="The prescriber saw the person and agreed." if open_criteria else "",
    )  # fmt: skip


def _sign(telling: Telling, number: int, at: datetime) -> None:
    session = telling.held[number]
    text = services.draft_note(session, at)
    services.sign_note(session, text, telling.acts(Role.NURSE, at), write_id=telling.id(number, "note"), at=at)


def _values(telling: Telling, number: int, minutes_since_dose: int) -> dict[Vital, float]:
    """What is typed so many minutes after the dose (below zero: before it)."""
    minutes = simulated_session(telling.story, telling.seed, number)
    place = min(max(DOSE_MINUTE + minutes_since_dose, 0), LONGEST_MINUTES - 1)
    cuff = minutes[place - place % 5]  # the cuff measures every five minutes
    read = {vital: {**minutes[place], **cuff}[vital] for vital in MEASURED_BY_HAND}
    read[Vital.RESPIRATORY_RATE] = max(read[Vital.RESPIRATORY_RATE], FEWEST_BREATHS)
    since = max(minutes_since_dose, 0) / 20
    effect = since * exp(1 - since)
    strongest = telling.chance(number, "dissociation").randrange(3, 7)
    return read | {Vital.ALERTNESS: 4.0 if effect > 0.5 else 5.0, Vital.DISSOCIATION: float(round(strongest * effect))}


@cache
def simulated_session(story: Story, seed: int, number: int) -> list[Minute]:
    """The minutes of a monitor in this session."""
    return simulated(simulation_seed(story, seed, number), LONGEST_MINUTES)


@cache
def simulation_seed(story: Story, seed: int, number: int) -> int:
    """The first seed whose pressure is within the gate before the dose, and beyond amber only if the story says so."""
    crosses = "crossed" in story.unusual and number == story.sessions_given + bool(story.today)
    first = 1000 * (seed + story.number) + 100 * number
    fits = (_crosses_now if story.today else _crosses_once) if crosses else _crosses_never
    return next(each for each in count(first) if _calm(simulated(each)) and fits(simulated(each)))


def _calm(minutes: list[Minute]) -> bool:
    """Within the gate before the dose, and never beyond red."""
    pressures = [(minute[Vital.SYSTOLIC], minute[Vital.DIASTOLIC]) for minute in minutes if Vital.SYSTOLIC in minute]
    return all(systolic < 178 and diastolic < 100 for systolic, diastolic in pressures) and all(
        104 < systolic < 138 and diastolic < 88 for systolic, diastolic in pressures[: DOSE_MINUTE // 5 + 1]
    )


def _beyond_amber(minutes: list[Minute]) -> list[int]:
    return [place for place, minute in enumerate(minutes) if minute.get(Vital.SYSTOLIC, 0) >= AMBER]


def _crosses_now(minutes: list[Minute]) -> bool:
    """At the check twenty minutes after the dose, which was typed a few minutes ago."""
    return _beyond_amber(minutes)[:1] == [DOSE_MINUTE + 20]


def _crosses_once(minutes: list[Minute]) -> bool:
    """At the check forty minutes after the dose and at no other."""
    return _beyond_amber(minutes) == [DOSE_MINUTE + 40]


def _crosses_never(minutes: list[Minute]) -> bool:
    return not _beyond_amber(minutes)


def running_monitor(now: datetime) -> tuple[str, list[Minute]] | None:
    """The monitor of the session that runs, by name, and the minutes it would show from now on."""
    tie = MonitorTie.objects.filter(session__isnull=False).order_by("-at").select_related("monitor", "session").first()
    if tie is None or tie.session is None:
        return None
    started_at = queries.state(tie.session, now).started_at or now
    place = DOSE_MINUTE + (now - started_at) // MINUTE
    story = next(story for story in stories() if story.today == "running")
    minutes = simulated_session(story, SEED, tie.session.number)
    return tie.monitor.identifier, minutes[place:] or minutes
