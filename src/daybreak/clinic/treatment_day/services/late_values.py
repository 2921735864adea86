"""A value of before a dose that comes, or is corrected, when the dose has begun: whoever began it did not know."""

from collections.abc import Sequence
from datetime import timedelta

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.folding import true_readings, value_of
from daybreak.clinic.treatment_day.models import Reading, Session
from daybreak.clinic.treatment_day.services.done_offline import tell_of_value
from daybreak.clinic.treatment_day.state import GATES, known_limits
from daybreak.treatment.checks import CALLS_TO_ACT_CHECK
from daybreak.treatment.limits import SHORT_NAMES

_OF_VALUES = (*GATES, CALLS_TO_ACT_CHECK)


def tell_of_late_values(session: Session, rows: Sequence[Reading], actor: Actor) -> None:
    """Raise the red flag of newly stored values that stood against a dose begun since, the newest before it each. Most
    cross nothing at all: that costs no query.
    """
    beyond = [row for row in true_readings(rows) if _crosses_any(row, session)]
    if not beyond:
        return
    for run in queries.runs_recorded(session):
        late = [row for row in beyond if row.measured_at < run.started_at]
        if not late:
            continue
        state = queries.state(session, run.started_at - timedelta.resolution)
        stood = [each.why for each in state.standing if each.check.id in _OF_VALUES]
        for row in late:
            named = f"{SHORT_NAMES[value_of(row).vital]} {row.value:g}, "
            said = [why for why in stood if named in why and state.latest.get(value_of(row).vital) == value_of(row)]
            if said and not _is_told(session, row):
                tell_of_value(session, "Corrected" if row.corrects_id else "Entered", said[0], actor)


def _crosses_any(row: Reading, session: Session) -> bool:
    value = value_of(row)
    limits = (limit for limit in known_limits(session.own).values() if limit.vital is value.vital)
    return any(limit.crossed_by(value.value) or limit.as_published.crossed_by(value.value) for limit in limits)


def _is_told(session: Session, row: Reading) -> bool:
    """Of what a monitor sends late, one flag says it while it is open."""
    told = open_flags(patients=[session.course.patient]).filter(kind=queries.AGAINST_CHECKS, subject=session.pk)
    return row.monitor_id is not None and told.exists()
