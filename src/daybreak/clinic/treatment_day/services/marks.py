"""Marks: a reading beyond a limit raises one flag, which stays until it is answered and the value is back.

A flag raised here has the reading as its subject and the limit's id as its rule.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record import services as record_services
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import open_flags, staff
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import CLOCK_AHEAD, clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.folding import true_readings, value_of
from daybreak.clinic.treatment_day.models import Monitor, Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.state import known_limits, limits_before_dose
from daybreak.treatment.follow_up import CallKind, call_due_at
from daybreak.treatment.limits import RECHECK_MIN, SHORT_NAMES, Given, Level, Limit, Limits, Mark, assess, limits_with
from daybreak.treatment.vitals import Reading as VitalReading
from daybreak.treatment.vitals import Vital, unusual

# What is no value and was flagged is looked at as soon.
RECHECK_AFTER = timedelta(minutes=RECHECK_MIN)
_GOES_ON = (SessionEvent.Kind.DOSE_RESUMED, SessionEvent.Kind.RATE_CHANGED, SessionEvent.Kind.DEVICE_GIVEN)
# The kind of the flag raised when two devices have one name; its subject is the monitor.
TWO_DEVICES = "two_devices"


def hold_against_limits(session: Session, rows: Sequence[Reading], actor: Actor) -> None:
    """Raise what newly stored readings crossed; close what was answered and is back within its limit."""
    true = true_readings(rows)
    if not true:
        return
    waiting = queries.open_limit_flags(session, {Vital(row.vital) for row in true})
    answered = [flag.subject for flag in waiting if flag.acknowledged]
    first = Reading.objects.in_bulk(answered) if answered else {}
    for row in true:
        waiting = [flag for flag in waiting if not _settled(flag, session, first.get(flag.subject), row, actor)]
        limits = _limits_at(session, row)
        mark = assess(value_of(row), limits) if limits else None
        if mark is not None and not _is_said(mark.limit, session, waiting, row):
            waiting.append(_raise(session, row, actor))


def end_marks_of(session: Session, old: Reading, new: Reading, actor: Actor) -> list[Flag]:
    """Close the open marks of a reading that was corrected, saying to what; the new value raises its own."""
    ended = [flag for flag in queries.open_limit_flags(session, {Vital(old.vital)}) if flag.subject == old.pk]
    how = "Struck out as not a true value" if new.artefact else f"Corrected from {old.value:g} to {new.value:g}"
    for flag in ended:
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, f"{how}: {new.correction_reason}", actor)
    return ended


def mark_what_they_stood_for(session: Session, ended: Sequence[Flag], actor: Actor) -> None:
    """Raise the marks of true values that had none of their own, since one that was no true value said it for them."""
    for flag in ended:
        limit = known_limits(session.own).get(flag.rule)
        if limit is None or limit.level is Level.GATE:
            continue
        rows = session.readings.filter(vital=limit.vital).in_bulk()
        marked = set(
            Flag.objects.filter(kind=queries.LIMIT_CROSSED, subject__in=rows).values_list("subject", flat=True)
        )
        since = rows[flag.subject].recorded_at
        for row in true_readings(rows.values()):
            if row.recorded_at < since or row.pk in marked:
                continue
            limits, waiting = _limits_at(session, row), queries.open_limit_flags(session, {limit.vital})
            mark = assess(value_of(row), limits) if limits else None
            if mark and flag.rule in _said_by(mark.limit, session) and not _is_said(mark.limit, session, waiting, row):
                _raise(session, row, actor)


def open_marks_at(session: Session, at: datetime) -> list[Flag]:
    """The open marks of values measured by this time: one of later says nothing of an entry that comes late."""
    limits = known_limits(session.own)
    return [flag for flag in queries.open_limit_flags(session) if flag.due_at - limits[flag.rule].recheck_after <= at]


def is_back(limit: Limit, value: VitalReading) -> bool:
    """Whether a value shows that what crossed a limit is over: nobody is back within one by a pressure of 20."""
    return not limit.crossed_by(value.value) and not unusual(limit.vital, value.value)


def ask_again(session: Session, flag_ids: Sequence[str], why: str, actor: Actor) -> None:
    """Close the open marks that were answered by a call which was taken back, and raise them anew."""
    for flag in queries.open_limit_flags(session):
        if str(flag.pk) in flag_ids:
            said = f"Taken back that the emergency services were called: {why.rstrip('.')}. Asked again."
            record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, actor)
            _raise(session, session.readings.get(pk=flag.subject), actor)


def mark_newest(session: Session, vital: Vital, actor: Actor) -> None:
    """Raise the mark of the newest true value, which a graver one of before had said for it."""
    newest = true_readings(session.readings.filter(vital=vital))[-1]
    limits = _limits_at(session, newest)
    mark = assess(value_of(newest), limits) if limits else None
    marked = Flag.objects.filter(kind=queries.LIMIT_CROSSED, subject=newest.pk)
    if (
        mark
        and not marked.exists()
        and not _is_said(mark.limit, session, queries.open_limit_flags(session, {vital}), newest)
    ):
        _raise(session, newest, actor)


def _limits_at(session: Session, row: Reading) -> Limits | None:
    """What marks this reading; None where it crosses nothing at all, as most do: that costs no query."""
    value = value_of(row)
    known = known_limits(session.own).values()
    if not any(limit.vital is value.vital and limit.crossed_by(value.value) for limit in known):
        return None
    if queries.is_dosed(session, row.measured_at):
        return limits_with(session.own)
    dose = queries.planned_doses(session)[0].dose
    return limits_before_dose(dose.drug, dose.route, session.course.patient.site.jurisdiction, session.own)


def _raise(session: Session, row: Reading, actor: Actor) -> Flag:
    """The flag of a reading that crossed a limit, with the difference from the value before the dose."""
    state = queries.state(session, row.measured_at)
    mark = state.mark_of(value_of(row))
    assert mark is not None  # noqa: S101 - the caller saw it cross
    return record_services.raise_flag(
        patient=session.course.patient,
        course=session.course,
        kind=queries.LIMIT_CROSSED,
        level=Flag.Level.ACT if mark.level.calls_to_act else Flag.Level.WATCH,
        title=mark.headline,
        detail=detail(mark, (state.run.planned if state.run else state.planned[0]).given_as),
        rule=mark.limit.id,
        owner=flag_owner(session, actor),
        due_at=row.measured_at + mark.limit.recheck_after,
        subject=row.pk,
        actor=actor,
    )


def detail(mark: Mark, given: Given) -> str:
    """What stands under the headline: the change, the next limit, the action of the rule for a dose given so."""
    change = mark.sentence.removeprefix(f"{mark.headline}.").strip()
    return " ".join(filter(None, [change, mark.outlook, mark.limit.action_of(given)]))


def flag_owner(session: Session, actor: Actor) -> User:
    """Who opened the session; else who types, else the prescriber; where all of them left, somebody who is here."""
    for person in (session.opened_by, actor.user, session.course.prescriber):
        if person is not None and person.allows(Permission.FLAG_ACT):
            return person
    for role in (Role.PRESCRIBER, Role.NURSE, Role.DIRECTOR):
        if found := staff(session.course.patient.site, role).first():
            return found
    raise Refusal("Nobody here may act on a crossed limit. Name a prescriber for this course.")


def prescriber_or_owner(session: Session, actor: Actor) -> User:
    """Who decides: the prescriber of the course, else one of the site; where there is none, as `flag_owner`."""
    named = session.course.prescriber
    if named is not None and named.is_active and named.allows(Permission.FLAG_ACT):
        return named
    return staff(session.course.patient.site, Role.PRESCRIBER).first() or flag_owner(session, actor)


def _is_said(limit: Limit, session: Session, waiting: Sequence[Flag], row: Reading) -> bool:
    """Whether an open flag says it already; of what somebody typed, one of the same time or before it: nobody knew of
    a value that is entered later than it was measured.
    """
    saying = [flag.subject for flag in waiting if flag.rule in _said_by(limit, session)]
    if not saying or row.monitor_id:
        return bool(saying)
    return session.readings.filter(pk__in=saying, measured_at__lte=row.measured_at).exists()


def _said_by(limit: Limit, session: Session) -> set[str]:
    """The limits whose flag says it already: this one, or a graver one on the same side."""
    return {
        other.id
        for other in known_limits(session.own).values()
        if other.vital is limit.vital
        and other.comparison.is_high is limit.comparison.is_high
        and other.level.rank >= limit.level.rank
    }


def close_gate_flags(session: Session, actor: Actor) -> None:
    """With the dose the gate is passed: what it marked is closed, and the limits of the session hold."""
    for flag in queries.open_limit_flags(session):
        if known_limits(session.own)[flag.rule].level is Level.GATE:
            record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, "The dose was started.", actor)


def hold_against_plan(session: Session, at: datetime, actor: Actor) -> None:
    """Raise a red flag when more is stated as given than planned; one of an amount stated before is closed."""
    said = queries.state(session, at).more_than_planned
    for flag in Flag.objects.filter(kind=queries.MORE_THAN_PLANNED, subject=session.pk).exclude(
        events__kind=FlagEvent.Kind.CLOSED
    ):
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, "The amount given was stated anew.", actor)
    if said:
        record_services.raise_flag(
            patient=session.course.patient, course=session.course, kind=queries.MORE_THAN_PLANNED, level=Flag.Level.ACT,
            title=said, detail="Tell the prescriber. The session shows why.", owner=flag_owner(session, actor),
            due_at=at + RECHECK_AFTER, subject=session.pk, actor=actor,
        )  # fmt: skip


def tell_of_what_went_on(session: Session, typed_at: datetime, actor: Actor, *, stop_id: UUID) -> None:
    """Raise a red flag when something recorded of a later time says that the dose went on after this stop: the stop may
    have waited on a tablet while somebody else resumed, or gave another device.
    """
    others = session.events.exclude(pk=stop_id).filter(corrected_by__isnull=True)
    later = others.filter(occurred_at__gt=typed_at).order_by("-occurred_at", "-recorded_at")
    event = later.filter(kind__in=(*_GOES_ON, SessionEvent.Kind.DOSE_STOPPED)).select_related("recorded_by").first()
    if event is None or event.kind == SessionEvent.Kind.DOSE_STOPPED:
        return  # nothing came after it, or the last word is a stop
    if open_flags(patients=[session.course.patient]).filter(kind=queries.WENT_ON, subject=session.pk).exists():
        return
    by = f" by {event.recorded_by.display_name}" if event.recorded_by else ""
    look = (
        "Look at the pump. If it runs, stop it. Touch Stop here with the time at which it really ended; then record "
        "under Amount given what the pump shows."
    )
    if event.kind == SessionEvent.Kind.DEVICE_GIVEN:
        look = "Ask whether that device was given. If not, correct it under Amount given; give no other."
    record_services.raise_flag(
        patient=session.course.patient, course=session.course, kind=queries.WENT_ON, level=Flag.Level.ACT,
        title=f"{event.get_kind_display()} at {timezone.localtime(event.occurred_at):%H:%M:%S}{by}, after the stop",
        detail=f"The stop was typed as of {timezone.localtime(typed_at):%H:%M:%S}. {look}",
        owner=flag_owner(session, actor), due_at=timezone.now() + RECHECK_AFTER, subject=session.pk, actor=actor,
    )  # fmt: skip


def close_what_went_on(session: Session, said: str, actor: Actor) -> None:
    """Close the flag that a dose went on after its stop: its end is recorded, or the stop was taken back."""
    for flag in open_flags(patients=[session.course.patient]).filter(kind=queries.WENT_ON, subject=session.pk):
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, actor)


def tell_of_leaving_with_open(session: Session, at: datetime, actor: Actor) -> None:
    """Raise a flag for the prescriber when the person left with red marks or criteria open. Nobody who could own it is
    no reason to keep anybody here.
    """
    state = queries.state(session, at)
    if not state.left or not state.open_when_left:
        return
    marks = state.marks_when_left
    try:
        owner = prescriber_or_owner(session, actor)
    except Refusal:
        return
    what = f"with red marks open: {'; '.join(marks)}" if marks else "with criteria for leaving open"
    whom, why = state.left.data["goes_with"], state.left.data["reason"]
    said = [f"With {whom}." if whom else "", f"Why: {why.rstrip('.')}." if why else "", state.open_when_left]
    record_services.raise_flag(
        patient=session.course.patient, course=session.course, kind=queries.LEFT_WITH_OPEN,
        level=Flag.Level.ACT if marks else Flag.Level.WATCH, title=f"Left session {session.number} {what}",
        detail=" ".join(filter(None, said)), owner=owner, subject=session.pk, actor=actor,
        due_at=call_due_at(CallKind.CALL_BACK, timezone.localtime(at)),
    )  # fmt: skip


def close_left_with_open(session: Session, at: datetime, actor: Actor) -> None:
    """Close the flag that the person left with something open: the leaving was taken back."""
    for flag in open_flags(patients=[session.course.patient]).filter(kind=queries.LEFT_WITH_OPEN, subject=session.pk):
        said = f"The leaving was taken back, {clock_today(at)}: the person is here."
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, actor)


def tell_of_what_was_done(
    session: Session, title: str, detail: str, actor: Actor, *, is_against_checks: bool = False
) -> None:
    """Raise a red flag of what was done without a network: each such entry is looked into by itself.

    Args:
        is_against_checks: a check stood or stands against the dose: it goes to the prescriber, who decides, and not
            back to whoever gave it.
    """
    kind = queries.AGAINST_CHECKS if is_against_checks else queries.DONE_WITHOUT_NETWORK
    owner = prescriber_or_owner(session, actor) if is_against_checks else flag_owner(session, actor)
    record_services.raise_flag(
        patient=session.course.patient, course=session.course, kind=kind, level=Flag.Level.ACT,
        title=title.rstrip("."), detail=detail, owner=owner, due_at=timezone.now() + RECHECK_AFTER, subject=session.pk,
        actor=actor,
    )  # fmt: skip


def tell_of_another_drug(session: Session, what: str, actor: Actor) -> None:
    """Raise a red flag when a lot of another drug is recorded as given, as `what` says: it came late, so it was not
    refused.
    """
    title, patient = what.rstrip("."), session.course.patient
    if open_flags(patients=[patient]).filter(kind=queries.ANOTHER_DRUG, subject=session.pk, title=title).exists():
        return
    record_services.raise_flag(
        patient=patient, course=session.course, kind=queries.ANOTHER_DRUG, level=Flag.Level.ACT, title=title,
        detail=(
            "It is recorded as given. Give no more of it. Tell the prescriber now which lot and how much. If only the "
            "lot was typed wrongly, write the right one here and in the note."
        ),
        owner=flag_owner(session, actor), due_at=timezone.now() + RECHECK_AFTER, subject=session.pk, actor=actor,
    )  # fmt: skip


def hold_against_another(monitor: Monitor, how: str, session: Session, actor: Actor, *, at: datetime) -> None:
    """Raise a flag when two devices send under the name of a monitor that is tied to a session; one at a time.

    Args:
        how: by what they are told apart, as "from 192.0.2.1 and from 192.0.2.2".
    """
    patient = session.course.patient
    if not open_flags(patients=[patient]).filter(kind=TWO_DEVICES, subject=monitor.pk).exists():
        record_services.raise_flag(
            patient=patient, course=session.course, kind=TWO_DEVICES, level=Flag.Level.ACT,
            title=f"Two devices call themselves {monitor.identifier}: {how}",
            detail=(
                "Their values are kept for nobody, since they may be another person’s. Hold the newest readings "
                "against the monitor, type the next, and give one of the devices another name. If a device only has a "
                "new address, its values come again by themselves; if it sends over several lines, let it use one."
            ),
            owner=flag_owner(session, actor), due_at=at + RECHECK_AFTER, subject=monitor.pk, actor=actor,
        )  # fmt: skip


def _settled(flag: Flag, session: Session, raised_by: Reading | None, row: Reading, actor: Actor) -> bool:
    """Close an answered flag at its recheck: the value is back, or it is still beyond and is asked about anew.

    A typed value is a recheck at once; of a monitor's stream only what comes after the limit's minutes is.
    """
    limit = known_limits(session.own).get(flag.rule)
    if raised_by is None or limit is None or limit.vital != row.vital or not flag.acknowledged:
        return False
    due = raised_by.measured_at + (limit.recheck_after if row.monitor_id else timedelta())
    # After one whose time is still to come, since the clock was set back, whatever comes is later.
    clock_was_set_back = raised_by.measured_at > timezone.now() + CLOCK_AHEAD
    if (row.measured_at < due and not clock_was_set_back) or row.measured_at == raised_by.measured_at:
        return False
    value = value_of(row)
    beyond = limit.crossed_by(value.value)
    if not beyond and not is_back(limit, value):
        return False
    said = f"{SHORT_NAMES[limit.vital]} {value.value:g} at {clock_today(value.at)}, "
    said += "still beyond the limit: asked again." if beyond else _how_far_back(limit, session, row)
    record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, actor)
    return True


def _how_far_back(limit: Limit, session: Session, row: Reading) -> str:
    """Of a value no longer beyond this limit: which of its vital sign it still crosses, or that it crosses none."""
    limits, value = _limits_at(session, row), value_of(row)
    mark = assess(value, limits) if limits else None
    if mark is None:
        return "back within the limit."
    is_high = limit.comparison.is_high
    where = "not beyond" if value.value == limit.value else "below" if is_high else "above"
    still = "still" if mark.limit.comparison.is_high is is_high else "now"
    return f"{where} {limit.level} {limit.value:g}, {still} {mark.crossed}."
