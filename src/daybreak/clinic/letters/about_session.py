"""One treatment day for a colleague: what was given and what was seen, each with its time or with what is missing."""

from collections.abc import Iterable, Iterator

from daybreak.clinic.treatment_day.dose_lines import odd
from daybreak.clinic.treatment_day.doses import DoseRun
from daybreak.clinic.treatment_day.folding import standing_observations
from daybreak.clinic.treatment_day.models import OBSERVATIONS, SessionEvent
from daybreak.clinic.treatment_day.queries import SessionRecord
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.limits import Mark
from daybreak.treatment.vitals import Reading, Vital

LEAST_MG = 0.05  # less is not seen in the figures shown; ours


def sections(record: SessionRecord, state: SessionState) -> Iterator[tuple[str, str]]:
    """Heading and text, in the order things happened."""
    yield "Given", given(record, state)
    yield "Blood pressure", pressure(state)
    yield "Oxygen", oxygen(state)
    yield "Limits crossed", limits_crossed(state)
    yield "Side effects", side_effects(record, state)
    yield "Leaving", leaving(state)


def given(record: SessionRecord, state: SessionState) -> str:
    """Each dose with its times; an amount that differs from the plan is said."""
    day = (state.started_at or record.session.opened_at).astimezone(state.now.tzinfo)
    lines = [f"Session {record.session.number} on {day.day} {day:%B %Y}."]
    lines += [_dose(run, state) for run in state.runs]
    if state.mistaken:
        lines.append("A start was recorded by mistake and taken back; nothing of it was given.")
    return "\n".join(lines)


def _dose(run: DoseRun, state: SessionState) -> str:
    dose, mg = run.planned.dose, run.given_mg(state.now)
    times = [state.clock(at) for at in run.device_times] or [state.clock(run.started_at)]
    how = f"{dose.drug.capitalize()} {dose.route} {as_measured(mg)} mg"
    if run.is_infusion:
        end = state.clock(run.ends_at(state.now)) if run.end_is_recorded else "an end nobody recorded"
        how += f" from {times[0]} to {end}"
        how += f", paused {len(run.pauses)} time{'s' if len(run.pauses) > 1 else ''}" if run.pauses else ""
    else:
        devices = len(run.device_times)
        how += f" in all, in {devices} devices," if devices > 1 else ""
        how += f" at {', '.join(times[:-1])} and {times[-1]}" if times[1:] else f" at {times[0]}"
    less = f" Planned were {as_measured(run.mg)} mg." if abs(run.mg - mg) > LEAST_MG else ""
    return f"{how}.{less}"


def pressure(state: SessionState) -> str:
    """Before, highest and last."""
    high = _since(state, Vital.SYSTOLIC)
    low = {each.at: each.value for each in _since(state, Vital.DIASTOLIC)}
    before = state.baseline
    said = []
    if Vital.SYSTOLIC in before and Vital.DIASTOLIC in before:
        said.append(f"{before[Vital.SYSTOLIC].value:.0f}/{before[Vital.DIASTOLIC].value:.0f} mmHg before")
    else:
        said.append("none recorded before the dose")
    if high:
        top = max(high, key=lambda each: each.value)
        said.append(f"{_both(top, low)} highest at {_minute(state, top)} min")
        said.append(f"{_both(high[-1], low)} last at {_minute(state, high[-1])} min")
    else:
        said.append("none recorded after it")
    return _sentence(said)


def oxygen(state: SessionState) -> str:
    values = [each.value for each in _since(state, Vital.SPO2)]
    if not values:
        return "No oxygen saturation was recorded after the dose."
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    if len(values) == 1:
        return f"{low} % after the dose, one value."
    said = f"Always {low} %" if low == high else f"Between {low} and {high} %"
    return f"{said} after the dose, {len(values)} values."


def limits_crossed(state: SessionState) -> str:
    """Every limit a value since the dose crossed, whatever the vital sign: each once with its worst value, the gravest
    level first.
    """
    values = [each for vital in Vital for each in _since(state, vital)]
    if not values:
        return "Nothing was measured after the dose."
    worst: dict[str, Mark] = {}
    for mark in filter(None, map(state.mark_of, values)):
        known = worst.get(mark.limit.id)
        if known is None or mark.beyond > known.beyond:
            worst[mark.limit.id] = mark
    if not worst:
        return "None."
    gravest_first = sorted(worst.values(), key=lambda mark: -mark.level.rank)
    return "\n".join(f"{mark.headline}, at {_minute(state, mark.reading)} min." for mark in gravest_first)


def side_effects(record: SessionRecord, state: SessionState) -> str:
    """Dissociation and alertness as they were typed, then what was noted, in order."""
    said = [_dissociation(state), _alertness(state)]
    noted = standing_observations(record.events, state.now)
    said += [f"{state.clock(event.occurred_at)} {_words(event)}." for event in noted]
    if not noted:
        said.append("Nothing else was noted.")
    return "\n".join(said)


def _dissociation(state: SessionState) -> str:
    values = _since(state, Vital.DISSOCIATION)
    if not values:
        return "Dissociation was not asked after the dose."
    top = max(values, key=lambda each: each.value)
    if top.value == 0:
        return "No dissociation in the one check." if len(values) == 1 else f"No dissociation in {len(values)} checks."
    gone = next((each for each in values if each.at > top.at and each.value == 0), None)
    until = f"gone by {state.clock(gone.at)}" if gone else "not recorded as gone"
    return f"Dissociation {top.value:g} of 10 at its strongest, {_minute(state, top)} min after the dose; {until}."


def _alertness(state: SessionState) -> str:
    values = _since(state, Vital.ALERTNESS)
    if not values:
        return "Alertness was not recorded after the dose."
    low = min(values, key=lambda each: each.value)
    return f"Alertness (MOAA/S, 5 is awake) {low.value:g} at its lowest, {values[-1].value:g} at the last check."


def _words(event: SessionEvent) -> str:
    said = ": ".join(filter(None, [OBSERVATIONS[event.data["what"]], event.data["words"]])).rstrip(".")
    against = odd(event.data).rstrip(".")
    return f"{said} ({against})" if against else said


def leaving(state: SessionState) -> str:
    """When, with whom, with what open; whether advice was given is said only as it was recorded."""
    if state.left is None:
        return "The person has not left yet."
    data = state.left.data
    whom = f" with {data['goes_with']}" if data["goes_with"] else "; with whom is not recorded"
    said = [f"Left at {state.clock(state.left.occurred_at)}{whom}."]
    if data["with_open_criteria"]:
        said.append(f"Not every criterion for leaving was met: {data['reason'].rstrip('.')}.")
        said.append(state.open_when_left)
    advice = state.criteria_answers.get("advice")
    if advice is not None and advice.yes:
        said.append("Written advice was given: no driving or machines until the next day after a night's sleep.")
    else:
        said.append("That written advice was given is not recorded.")
    return " ".join(filter(None, said))


def _since(state: SessionState, vital: Vital) -> list[Reading]:
    started = state.started_at
    return [each for each in state.readings if each.vital is vital and started is not None and each.at >= started]


def _both(high: Reading, low: dict) -> str:
    return f"{high.value:.0f}/{low[high.at]:.0f}" if high.at in low else f"{high.value:.0f} systolic"


def _minute(state: SessionState, reading: Reading) -> int:
    assert state.started_at is not None  # noqa: S101 - only readings since the dose come here
    return round((reading.at - state.started_at).total_seconds() / 60)


def _sentence(parts: Iterable[str]) -> str:
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
