"""Everything the session page shows, put together once for the page and for its live parts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from daybreak.charts import Table, render, table
from daybreak.clinic.planning.queries import planned_session
from daybreak.clinic.record.models import Flag
from daybreak.clinic.record.own_limits import SetHere, set_here
from daybreak.clinic.record.queries import died_words
from daybreak.clinic.treatment_day import monitor_queries, queries
from daybreak.clinic.treatment_day.after_signing import changed_since_note
from daybreak.clinic.treatment_day.amounts_beside import amounts_beside
from daybreak.clinic.treatment_day.beside_model import beside
from daybreak.clinic.treatment_day.check_rows import CheckRow, check_rows
from daybreak.clinic.treatment_day.doses import Phase, ran_on
from daybreak.clinic.treatment_day.emergency_card import Card, card_for
from daybreak.clinic.treatment_day.expected import (
    Concentration,
    expected_body,
    expected_concentration,
    expected_day,
    medicine_words,
    otherwise_than_planned,
)
from daybreak.clinic.treatment_day.folding import standing_observations, true_readings
from daybreak.clinic.treatment_day.gaps import lost
from daybreak.clinic.treatment_day.glance import Clock, Glance, clock, glance
from daybreak.clinic.treatment_day.label_asks import label_asks
from daybreak.clinic.treatment_day.lots import standing_against_lot
from daybreak.clinic.treatment_day.mark_sets import Crossed, crossed_by, in_order
from daybreak.clinic.treatment_day.models import EMERGENCY, Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.next_device import next_device, standing_against_device, standing_against_resume
from daybreak.clinic.treatment_day.preparation import (
    fastest_within,
    next_prepared,
    planned_pump,
    strengths_in_question,
)
from daybreak.clinic.treatment_day.rechecks import comes_first, first_recheck
from daybreak.clinic.treatment_day.red_now import RedMark, marks_elsewhere
from daybreak.clinic.treatment_day.services import dose_goes_on, has_ended
from daybreak.clinic.treatment_day.services.taking_back import AT_LATEST
from daybreak.clinic.treatment_day.session_chart import (
    concentration_chart,
    concentration_words,
    expected_words,
    oxygen_chart,
    pressure_chart,
    pressure_numbers,
    values_outside,
)
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.clinic.treatment_day.timeline import Moment, moments
from daybreak.clinic.treatment_day.weighing import DoseWeight, weight_of_dose
from daybreak.clinic.treatment_day.wording import Wording, wording
from daybreak.pharmacology.safety.day import Day
from daybreak.treatment.dose_preparation import Infusion, Injection, as_measured
from daybreak.treatment.findings import State
from daybreak.treatment.leaving import Criterion
from daybreak.treatment.nasal_programme import in_programme
from daybreak.treatment.said_aloud import said_aloud
from daybreak.treatment.sources import Provenance
from daybreak.treatment.vitals import Reading as VitalReading
from daybreak.treatment.vitals import Vital

RED_NAMED = 3  # of what is open in red, so many are named at the foot of the page; ours


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What `session.html` draws."""

    now: datetime
    token: str
    state: SessionState
    clock: Clock
    glance: Glance
    moments: list[Moment]
    waiting: list[Crossed]
    answered: list[Crossed]
    red_flags: list[Flag]  # of this person, about something else
    checks: list[CheckRow]
    correctable: list[Reading]  # every typed value, the newest first
    last_from_monitor: Reading | None
    pressure_svg: str
    oxygen_svg: str
    outside: str  # how many values lie before the pictures; empty where none does
    expected: str  # what the model's band says; empty where there is none
    concentration_svg: str
    concentration: str  # what the model's concentration says; empty where there is none
    medicines: str  # which other medicines both were reckoned with
    look: tuple[str, ...]  # the warnings of both
    called_at: datetime | None  # when somebody last noted that help was called
    beside: Table | None  # measured beside expected
    numbers: Table
    own_limits: tuple[SetHere, ...]  # the clinic's own, with who set them and why
    card: Card
    against_device: tuple[str, ...]
    died: str  # that the person is recorded as dead, asked while a device is to come
    lot_before: str  # as typed for the device before; empty where none was
    planned_pump: Infusion | None  # how the next infusion runs as confirmed or planned
    label_asks: str  # what is asked of the strength typed while no server can
    prepared: str  # how the next dose is prepared, as confirmed or planned; empty where nobody said it yet
    amounts: str  # what the amount really given is held against; empty before a dose
    changed_since_note: tuple[str, ...]  # what the locked note does not say
    weight: DoseWeight | None  # behind the next dose, where it is by weight
    fastest_ml_per_h: str  # of the pump, without a prescriber; empty where no limit is on file
    planned_on: date | None  # where the plan has this session on another day
    marks_elsewhere: tuple[RedMark, ...]  # of other sessions, one of each, that stand against the next dose
    not_tied_again: tuple[str, ...]  # monitors that a leaving released which was taken back

    @property
    def given_mg(self) -> str:
        """What was given so far, in mg, as every part of the page says it."""
        return as_measured(self.state.given_mg)

    @property
    def recheck(self) -> datetime | None:
        """When the first of what crossed a limit is measured again."""
        return first_recheck((each.recheck_at for each in (*self.waiting, *self.answered)), self.state)

    @property
    def recheck_comes_first(self) -> bool:
        """Whether that is before the next check; the sooner of both is shown first."""
        return comes_first(self.recheck, self.state)

    @property
    def looser(self) -> list[SetHere]:
        """The clinic's own limits that mark later than the published ones."""
        return [each for each in self.own_limits if each.limit.is_loosened]

    @property
    def red_marks(self) -> list[Crossed]:
        """What calls to act and is open, answered or not."""
        return [each for each in (*self.waiting, *self.answered) if each.flag.level == Flag.Level.ACT]

    @property
    def open_in_red(self) -> str:
        """What stands above in red, for who has scrolled past it: "2 open in red: SpO₂ 88, Systolic 190"."""
        named = [each.flag.title.split(",")[0] for each in self.red_marks] + [flag.title for flag in self.red_flags]
        more = f" and {len(named) - RED_NAMED} more" if len(named) > RED_NAMED else ""
        return f"{len(named)} open in red: {', '.join(named[:RED_NAMED])}{more}" if named else ""

    @property
    def otherwise(self) -> str:
        """How the dose went otherwise than the planned one, of which the expected pressure speaks; else empty."""
        return otherwise_than_planned(self.state) if self.expected else ""

    @property
    def next_said(self) -> str:
        """The next dose as it is read aloud before it is given; empty where none is to come."""
        dose = self.state.next_dose
        return said_aloud(dose.dose, dose.mg) if dose else ""

    @property
    def strengths(self) -> tuple[Injection, ...]:
        """The next dose at each strength its label names, where it is an injection; which is in hand is asked."""
        return strengths_in_question(self.state.next_dose)

    @property
    def note_waits(self) -> bool:
        """Whether the dose still goes on, so that no note can say what was given."""
        return dose_goes_on(self.state)

    @property
    def has_programme(self) -> bool:
        """Whether this dose falls under the restricted programme of the nasal spray."""
        return in_programme(self.state.drug, self.state.route, self.state.jurisdiction)

    @property
    def temperature(self) -> VitalReading | None:
        """What a monitor sent last; no check asks for it."""
        return self.state.latest.get(Vital.TEMPERATURE)

    @property
    def card_kind(self) -> str:
        """The printed card of this drug and route, as its page names it."""
        return f"{self.state.drug}-{self.state.route}"

    @property
    def against_resume(self) -> tuple[str, ...]:
        """What a resume takes a reason for, as `resume` will ask."""
        return standing_against_resume(each.flag for each in self.red_marks)

    @property
    def is_paused(self) -> bool:
        return self.state.phase is Phase.PAUSED

    @property
    def person_first(self) -> bool:
        """Whether help was called, a mark is open in red, or the person died: then no next dose is offered first."""
        return self.state.left is None and bool(self.red_marks or self.called_at or self.died)

    @property
    def ended(self) -> str:
        """That the person has left, with the day and the time; empty while they are here."""
        return has_ended(self.state.left.occurred_at) if self.state.left else ""

    @property
    def is_another_day(self) -> bool:
        """Whether the session was opened on another day than today."""
        return self.state.day is not None and self.state.day != self.now.date()

    @property
    def is_past(self) -> bool:
        """Whether the newest values are of then and not of now: the person has left, or it is another day."""
        at = self.glance.at
        return self.state.left is not None or (at is not None and at.date() != self.now.date())

    @property
    def next_device(self) -> int | None:
        return None if self.state.left else next_device(self.state)

    @property
    def late_device(self) -> int | None:
        """The number of the device that may have been given before the person left, and is not recorded."""
        return next_device(self.state) if self.state.left else None

    @property
    def can_pause(self) -> bool:
        """Whether something runs that a pause would hold: an infusion, or devices that are still to come."""
        run = self.state.run
        runs = run is not None and self.state.phase is Phase.RUNNING and self.state.left is None
        return runs and (run.is_infusion or self.next_device is not None)

    @property
    def can_stop(self) -> bool:
        """Whether there is something to stop, or an end to record. Before a dose it stays in reach all the same: the
        start may wait on a tablet without network.
        """
        run, to_come = self.state.run, self.state.next_dose is not None and self.state.left is None
        if run is None:
            return to_come
        ended = run.end_is_recorded if run.is_infusion else self.state.phase in (Phase.FINISHED, Phase.STOPPED)
        return not ended or to_come

    @property
    def to_stop(self) -> Wording:
        """How ending the dose is called that runs, or else the next one."""
        run, coming = self.state.run, self.state.next_dose
        if run is not None and (coming is None or self.state.phase in (Phase.RUNNING, Phase.PAUSED)):
            return wording(run.planned)
        return wording(coming or self.state.planned[0])

    @property
    def begun(self) -> Wording:
        """How taking back and correcting the dose is called that was begun last."""
        return wording(self.state.run.planned if self.state.run else self.state.planned[0])

    @property
    def may_be_a_mistake(self) -> bool:
        """Whether the start of the dose can be taken back: nothing says yet that some of it was given."""
        run = self.state.run
        settled = self.state.left or self.state.note
        open_still = run is not None and not settled and len(run.device_times) <= 1 and not run.stated_mg
        return open_still and not ran_on(run, self.state.now)

    @property
    def may_take_back_leaving(self) -> bool:
        """Whether a leaving is recorded and can still be taken back."""
        left = self.state.left
        return left is not None and self.state.now - left.recorded_at <= AT_LATEST

    @property
    def usual_rule(self) -> Provenance | None:
        """A basis that most criteria for leaving share: it is said once."""
        rules = {(each.rule.basis, each.rule.status): each.rule for each in self.state.criteria if each.rule}
        shared = Counter((each.rule.basis, each.rule.status) for each in self.state.criteria if each.rule)
        return rules[shared.most_common(1)[0][0]] if shared else None

    @property
    def criteria_in_order(self) -> list[Criterion]:
        """The criteria for leaving as who lets a person go reads them: first what is not met, then what is unknown."""
        order = (State.NOT_MET, State.UNKNOWN)
        return sorted(
            self.state.criteria, key=lambda each: order.index(each.state) if each.state in order else len(order)
        )

    @property
    def all_met(self) -> bool:
        """Whether nothing is open that speaks against leaving: a criterion, a red mark, a dose that goes on."""
        is_open = self.red_marks or self.can_pause or self.is_paused
        return not is_open and all(each.state is State.MET for each in self.state.criteria)

    @property
    def criteria_counts(self) -> str:
        """For example "1 met, 2 not met, 4 unknown"."""
        counts = {state: sum(each.state is state for each in self.state.criteria) for state in State}
        return f"{counts[State.MET]} met, {counts[State.NOT_MET]} not met, {counts[State.UNKNOWN]} unknown"


def token(version: int, now: datetime) -> str:
    """What an open page compares: it grows with everything recorded, and with the minute, as the clock's words do."""
    return f"{version}.{int(now.timestamp()) // 60}"


def build(session: Session, now: datetime, *, with_model: bool = False) -> SessionPage:
    """The page of a session at this time, on request with what the model expects (one query). Seven others, and
    four more before the dose.
    """
    record = queries.record(session)
    state = record.state(now)
    flags = list(queries.limit_flags(session))
    crossed = [crossed_by(flag, record.readings, state) for flag in flags if _is_open(flag)]
    body = expected_body(session, state) if with_model else None
    expected, concentration = expected_day(session, state, body), expected_concentration(state, body)
    chart, oxygen = pressure_chart(state, expected), oxygen_chart(record, state)
    true, lot = true_readings(record.readings), _lot_before(record, state)
    gone = died_words(session.course.patient) if next_device(state) else ""
    waiting, red_flags = in_order(each for each in crossed if not each.said), queries.other_red_flags(session)
    in_question = (*filter(None, [gone]), *queries.in_question(red_flags))
    return SessionPage(
        now=now,
        token=token(session.version, now),
        state=state,
        clock=clock(state),
        glance=glance(state, lost(record.readings, state.latest), waiting),
        moments=moments(record, state, flags),
        waiting=waiting,
        answered=[each for each in crossed if each.said],
        red_flags=red_flags,
        checks=check_rows(session, state),
        correctable=[row for row in reversed(true) if row.monitor_id is None],
        last_from_monitor=max(
            (row for row in record.readings if row.monitor_id), key=lambda row: row.measured_at, default=None
        ),
        pressure_svg=render(chart, key="pressure"),
        oxygen_svg=render(oxygen, key="oxygen"),
        expected=expected_words(expected),
        concentration_svg=_drawn(state, concentration),
        concentration=concentration_words(concentration),
        medicines=medicine_words(body) if expected or concentration else "",
        look=_warnings(expected, concentration),
        called_at=_called_at(record, state),
        beside=beside(state, expected, concentration),
        numbers=table(pressure_numbers(state)),
        outside=values_outside(state),
        own_limits=set_here(session.course.patient.site_id, state.own, session.opened_at),
        card=card_for(session.course.patient.site, state.drug, state.route),
        against_device=_against_device(session, state, [flag for flag in flags if _is_open(flag)], in_question, lot),
        died=gone,
        lot_before=lot,
        planned_pump=planned_pump(session, state),
        label_asks=label_asks(session, state),
        prepared=next_prepared(session, state),
        amounts=amounts_beside(session, state),
        changed_since_note=changed_since_note(record, state),
        weight=None if state.left else weight_of_dose(session, state.next_dose, now.date()),
        fastest_ml_per_h=fastest_within(session, state.run),
        planned_on=_planned_on(session),
        marks_elsewhere=marks_elsewhere(session, state),
        not_tied_again=_not_tied_again(session, state),
    )


def _not_tied_again(session: Session, state: SessionState) -> tuple[str, ...]:
    if state.leaving_taken_back is None or state.left:
        return ()
    tied = {monitor.identifier for monitor in monitor_queries.tied_monitors(session)}
    return tuple(each for each in state.leaving_taken_back.data["released"] if each not in tied)


def _planned_on(session: Session) -> date | None:
    planned = planned_session(session.plan, session.number)
    is_another = planned is not None and planned.day != timezone.localdate(session.opened_at)
    return planned.day if planned and is_another else None


def _called_at(record: queries.SessionRecord, state: SessionState) -> datetime | None:
    seen = standing_observations(record.events, state.now)
    return max((event.occurred_at for event in seen if event.data["what"] == EMERGENCY), default=None)


def _lot_before(record: queries.SessionRecord, state: SessionState) -> str:
    """The lot typed with the newest device, which the next one may be of; whoever holds that looks."""
    kinds = (SessionEvent.Kind.DOSE_STARTED, SessionEvent.Kind.DEVICE_GIVEN)
    given = [event for event in record.events if event.kind in kinds and event.occurred_at <= state.now]
    return str(given[-1].data.get("lot", "")) if given and next_device(state) else ""


def _against_device(
    session: Session, state: SessionState, open_flags: list[Flag], in_question: Sequence[str], lot: str
) -> tuple[str, ...]:
    """What the next device takes a reason for, as `give_device` will ask; nothing where none is to come."""
    if next_device(state) is None:
        return ()
    held = (*in_question, *standing_against_device(state, open_flags))
    return (*held, *standing_against_lot(session, state.now, lot))


def _warnings(expected: Day | None, concentration: Concentration | None) -> tuple[str, ...]:
    """Where this person or dose lies outside what was studied, each once."""
    said = (*(expected.warnings if expected else ()), *(concentration.band.warnings if concentration else ()))
    return tuple(dict.fromkeys(said))


def _drawn(state: SessionState, concentration: Concentration | None) -> str:
    return render(concentration_chart(state, concentration), key="concentration") if concentration else ""


def _is_open(flag: Flag) -> bool:
    return all(event.kind != "closed" for event in flag.events.all())
