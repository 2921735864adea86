"""What a session holds for its form. What was not recorded stays blank: it is asked for, never guessed.

Judgements (whether vital signs were acceptable, when the person would have been ready, which medicines are taken) are a
person's. For them the facts are told beside the question.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from daybreak.clinic.pharmacy.models import LedgerEntry
from daybreak.clinic.pharmacy.queries import each_meant, lots_of, standing
from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment
from daybreak.clinic.record.models import Patient
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.queries import SessionRecord, doses_given
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.nasal_programme import in_programme
from daybreak.treatment.vitals import Reading, Vital

MINUTE = timedelta(minutes=1)
# A pressure this many minutes around the fortieth speaks for it, and one so long before leaving for the end; ours.
AROUND_40, BEFORE_THE_END = (30, 50), 30 * MINUTE
AWAKE, NO_DISSOCIATION = 5, 0


@dataclass(frozen=True, slots=True)
class Filled:
    """What the record holds for a form: answers by the id of the question, and facts told beside questions."""

    answers: Mapping[str, str]
    beside: Mapping[str, str]
    watched_min: int | None = None  # until the person left, or until now
    open_at_leaving: tuple[str, ...] = ()  # red marks


def filled(record: SessionRecord, now: datetime) -> Filled:
    """The answers that follow from what was recorded of a session until now."""
    state = record.state(now)
    facts = _Facts(record, state)
    answers = {name: said for name, tell in _ANSWERS.items() if (said := tell(facts))}
    beside = {name: said for name, tell in _BESIDE.items() if (said := tell(facts))}
    watched = facts.minute(facts.left_at or state.now) if facts.started_at else None
    return Filled(answers, beside, watched, state.marks_when_left)


@dataclass(frozen=True)
class _Facts:
    record: SessionRecord
    state: SessionState

    @property
    def patient(self) -> Patient:
        return self.record.session.course.patient

    @cached_property
    def site(self) -> SiteEnrolment | None:
        return queries.site_enrolment(self.patient.site, queries.treated_on(self.record.session))

    @property
    def started_at(self) -> datetime | None:
        return self.state.started_at

    @property
    def left_at(self) -> datetime | None:
        return self.state.left.occurred_at if self.state.left else None

    def minute(self, at: datetime) -> int:
        return round((at - self.started_at) / MINUTE) if self.started_at else 0

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(self.state.now.tzinfo):%H:%M}"

    def moment(self, at: datetime) -> str:
        return f"{self.clock(at)} ({self.minute(at)} min)"

    def since(self, vital: Vital) -> list[Reading]:
        """The true values since the first device, in order of time."""
        return [
            each
            for each in self.state.readings
            if each.vital is vital and self.started_at and each.at >= self.started_at
        ]

    def pressures(self) -> Iterator[tuple[datetime, str]]:
        """Both values of each measurement since the first device."""
        low = {each.at: each.value for each in self.since(Vital.DIASTOLIC)}
        for each in self.since(Vital.SYSTOLIC):
            if each.at in low:
                yield each.at, _pressure(each.value, low[each.at])


def _pressure(systolic: float, diastolic: float) -> str:
    return f"{systolic:.0f}/{diastolic:.0f}"


def _before(facts: _Facts) -> str:
    before = facts.state.baseline
    if Vital.SYSTOLIC not in before or Vital.DIASTOLIC not in before:
        return ""
    return _pressure(before[Vital.SYSTOLIC].value, before[Vital.DIASTOLIC].value)


def _at_40(facts: _Facts) -> tuple[datetime, str] | None:
    near = [each for each in facts.pressures() if AROUND_40[0] <= facts.minute(each[0]) <= AROUND_40[1]]
    return min(near, key=lambda each: abs(facts.minute(each[0]) - 40), default=None)


def _last(facts: _Facts) -> tuple[datetime, str] | None:
    """The last pressure of the half hour before the person left."""
    if facts.left_at is None:
        return None
    late = [each for each in facts.pressures() if facts.left_at - BEFORE_THE_END <= each[0] <= facts.left_at]
    return late[-1] if late else None


def _at_the_end(facts: _Facts) -> tuple[datetime, str] | None:
    last = _last(facts)
    return last if last != _at_40(facts) else None  # the one at 40 minutes is no second answer


def _off(facts: _Facts, vital: Vital) -> Callable[[float], bool]:
    """Drowsier, or more dissociated, than before the dose; without a value before, than awake and well."""
    before = facts.state.baseline.get(vital)
    usual = before.value if before else AWAKE if vital is Vital.ALERTNESS else NO_DISSOCIATION
    return (lambda value: value < usual) if vital is Vital.ALERTNESS else (lambda value: value > usual)


def _seen(facts: _Facts, vital: Vital) -> str:
    """Yes where it was seen; no where every check of the session was done and none saw it; else blank."""
    values, is_off = facts.since(vital), _off(facts, vital)
    if any(is_off(each.value) for each in values):
        return "yes"
    return "no" if values and facts.state.left and not facts.state.missed else ""


def _course_of(facts: _Facts, vital: Vital) -> str:
    """From when until when it was seen, as checks go, and how strong."""
    values, is_off = facts.since(vital), _off(facts, vital)
    seen = [each for each in values if is_off(each.value)]
    if not seen:
        of = "Not in the one value" if len(values) == 1 else f"In none of {len(values)} values"
        return f"{of} since the first device." if values else "Nobody typed a value."
    over = next((each for each in values if each.at > seen[-1].at), None)
    until = f"not any more {facts.moment(over.at)}" if over else "still at the last check"
    worst = min if vital is Vital.ALERTNESS else max
    name = "lowest" if vital is Vital.ALERTNESS else "strongest"
    return f"First seen {facts.moment(seen[0].at)}, {until}; {name} {worst(each.value for each in seen):g}."


def _lots(facts: _Facts) -> str:
    """As typed at each device, a known one by its own number; where none was typed, as drawn in the drug account. One
    that lacks is not guessed; one of a start that was taken back does not count."""
    doses: list[list[str]] = []
    for event in facts.record.events:
        match event.kind:
            case SessionEvent.Kind.DOSE_STARTED:
                doses.append([event.data.get("lot", "")])
            case SessionEvent.Kind.DEVICE_GIVEN if doses:
                doses[-1].append(event.data.get("lot", ""))
            case SessionEvent.Kind.DOSE_NOT_GIVEN if doses:
                doses.pop()
    typed = [lot for dose in doses for lot in dose]
    if not any(typed):
        return ", ".join(_drawn(facts))
    return ", ".join(dict.fromkeys(_own_numbers(facts, typed))) if all(typed) else ""


def _own_numbers(facts: _Facts, typed: Iterable[str]) -> Iterator[str]:
    """The number of the lot that is read in what was typed; as typed where none is, or several are."""
    known = list(lots_of(facts.patient.site).filter(formulation__drug=facts.state.drug).order_by("pk"))
    for each in typed:
        meant = each_meant(known, each)
        yield meant[0].number if len(meant) == 1 else each


def _drawn(facts: _Facts) -> list[str]:
    """The lots drawn for this session in the drug account."""
    entries = standing(LedgerEntry.objects.filter(use=facts.record.session.pk, kind=LedgerEntry.Kind.DRAWN))
    return list(dict.fromkeys(entries.order_by("number").values_list("lot__number", flat=True)))


def _lots_beside(facts: _Facts) -> str:
    drawn = _drawn(facts)
    return f"Drawn in the drug account: {', '.join(drawn)}." if drawn else "Nothing was drawn in the drug account."


def _enrolled(facts: _Facts) -> str:
    day = queries.treated_on(facts.record.session)
    row = next((row for row in queries.patient_steps(facts.patient) if row.on <= day), None)
    return "yes" if row is not None and row.state == PatientEnrolment.State.ENROLLED else ""


def _first(facts: _Facts) -> str:
    """No where an earlier one stands in this record. That there was none elsewhere is not known here."""
    earlier = [
        dose
        for dose in doses_given(facts.record.session.course, facts.state.now)
        if dose.session.pk != facts.record.session.pk
        and facts.started_at
        and dose.started_at < facts.started_at
        and in_programme(dose.drug, dose.route, facts.state.jurisdiction)
    ]
    return "no" if earlier else ""


def _oximetry(facts: _Facts) -> str:
    values = facts.since(Vital.SPO2)
    before = facts.state.baseline.get(Vital.SPO2)
    said = [
        f"{before.value:.0f} % before" if before else "",
        f"lowest {min(each.value for each in values):.0f} %" if values else "",
        f"last {values[-1].value:.0f} % at {facts.minute(values[-1].at)} min" if values else "",
    ]
    return ", ".join(filter(None, said))


def _devices(facts: _Facts) -> str:
    run = facts.state.run
    if run is None or not run.device_times:
        return ""
    return "Devices at " + ", ".join(facts.clock(at) for at in run.device_times) + "."


def _medicines(facts: _Facts) -> str:
    answer = facts.state.answers.get("medicines")
    return (
        f"Asked before the dose: {answer.detail or 'nothing was written down'}."
        if answer
        else "Not asked before the dose."
    )


def _breathing(facts: _Facts) -> str:
    rates, oxygen = facts.since(Vital.RESPIRATORY_RATE), facts.since(Vital.SPO2)
    said = [
        f"fewest breaths {min(each.value for each in rates):.0f} a minute" if rates else "",
        f"lowest oxygen saturation {min(each.value for each in oxygen):.0f} %" if oxygen else "",
    ]
    return f"Since the first device: {', '.join(filter(None, said))}." if rates or oxygen else "No value was recorded."


def _gate(facts: _Facts) -> str:
    marks = [mark.headline for vital in facts.state.baseline.values() if (mark := facts.state.mark_of(vital))]
    return f"Beyond a limit before the dose: {'; '.join(marks)}." if marks else ""


def _leaving(facts: _Facts) -> str:
    if facts.state.left is None:
        return "The person has not left."
    opened = "with criteria open" if facts.state.left.data["with_open_criteria"] else "with every criterion met"
    with_whom = f" with {facts.state.left.data['goes_with']}" if facts.state.left.data["goes_with"] else ""
    return f"Left {facts.clock(facts.state.left.occurred_at)}{with_whom}, {opened}."


def _events(facts: _Facts) -> str:
    return " ".join(event.words for event in queries.events(facts.record.session))


def _minute_of(found: tuple[datetime, str] | None, facts: _Facts) -> str:
    return f"Measured at {facts.minute(found[0])} min." if found else "No pressure near this time was recorded."


def _end_beside(facts: _Facts) -> str:
    """The last pressure where it stands at 40 minutes already: that there was none would be wrong."""
    last = _last(facts)
    if last and last == _at_40(facts):
        return f"The last was {last[1]} at {facts.minute(last[0])} min, which stands at 40 minutes."
    return _minute_of(last, facts)


_ANSWERS: dict[str, Callable[[_Facts], str]] = {
    "given_name": lambda facts: facts.patient.given_name,
    "family_name": lambda facts: facts.patient.family_name,
    "birth_date": lambda facts: facts.patient.birth_date.isoformat(),
    "sex": lambda facts: facts.patient.sex if facts.patient.sex in ("male", "female", "other") else "",
    "first_treatment": _first,
    "enrolled": _enrolled,
    "watcher_name": lambda facts: facts.record.session.opened_by.display_name if facts.record.session.opened_by else "",
    "site_name": lambda facts: facts.patient.site.name,
    "site_address": lambda facts: facts.site.address if facts.site else "",
    "site_city": lambda facts: facts.site.city if facts.site else "",
    "site_state": lambda facts: facts.site.region if facts.site else "",
    "site_zip": lambda facts: facts.site.postcode if facts.site else "",
    "treatment_date": lambda facts: queries.treated_on(facts.record.session).isoformat(),
    "dose": lambda facts: f"{facts.state.given_mg:g}" if facts.state.given_mg else "",
    "lot": _lots,
    "duration_min": lambda facts: str(facts.minute(facts.left_at)) if facts.left_at else "",
    "pressure_before": _before,
    "pressure_40": lambda facts: (_at_40(facts) or (None, ""))[1],
    "pressure_end": lambda facts: (_at_the_end(facts) or (None, ""))[1],
    "pulse_oximetry": _oximetry,
    "sedation": lambda facts: _seen(facts, Vital.ALERTNESS),
    "dissociation": lambda facts: _seen(facts, Vital.DISSOCIATION),
    "serious_event": lambda facts: "yes" if _events(facts) else "",
    "serious_event_words": _events,
}
_BESIDE: dict[str, Callable[[_Facts], str]] = {
    "benzodiazepines": _medicines,
    "watcher_name": lambda facts: "Who opened the session. Change it if somebody else watched.",
    "dose": _devices,
    "lot": _lots_beside,
    "ready_min": _leaving,
    "vitals_before": _gate,
    "pressure_40": lambda facts: _minute_of(_at_40(facts), facts),
    "pressure_end": _end_beside,
    "sedation": lambda facts: _course_of(facts, Vital.ALERTNESS),
    "dissociation": lambda facts: _course_of(facts, Vital.DISSOCIATION),
    "respiratory_depression": _breathing,
}
