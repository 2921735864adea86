"""What is due, answered and missing in a course: computed when read, from facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record.models import Course, PatientFact, Stage
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import DoseGiven
from daybreak.treatment.follow_up import BASELINE, REGULAR, Question, SessionStart, questions
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import Instrument, instrument

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the measure that answers it, if there is one."""

    question: Question
    measure: Measure | None
    session: Session | None  # the treatment day, for a question asked after a dose
    closed: bool  # its window is over

    @property
    def due(self) -> bool:
        return self.measure is None and not self.closed

    @property
    def missing(self) -> bool:
        """Not answered in its window. It is not asked again."""
        return self.measure is None and self.closed

    @property
    def open_until(self) -> str:
        """The last day, with the time unless the whole day counts; empty while no end is known."""
        closes_at = self.question.closes_at
        if closes_at is None:
            return ""
        last = timezone.localtime(closes_at) - timedelta(seconds=1)
        whole_day = timezone.localtime(closes_at).time() == time.min
        return f"{last.day} {last:%B}" if whole_day else f"{last.day} {last:%B}, {timezone.localtime(closes_at):%H:%M}"

    @property
    def instrument(self) -> Instrument:
        return instrument(self.question.instrument_id)


def asked(
    course: Course,
    measures: Iterable[Measure],
    doses: Iterable[DoseGiven],
    now: datetime | None = None,
    *,
    died: PatientFact | None = None,
) -> tuple[Asked, ...]:
    """Every question of a course that has opened, in the order of opening.

    Args:
        course: with its stage (`Course.objects.with_stage()`); nothing opens after it ended.
        measures: those not corrected.
        doses: those given, in order of time.
        died: the person's death, where it is recorded; nothing is asked from then on.
    """
    now = timezone.localtime(now)
    ends = [*([course.stage_since] if course.stage == Stage.ENDED else ()), *([died.recorded_at] if died else ())]
    ended, until = bool(ends), min([now, *map(timezone.localtime, ends)])
    first_doses: dict[int, DoseGiven] = {}
    for dose in doses:
        first_doses.setdefault(dose.session.number, dose)
    starts = [SessionStart(number, timezone.localtime(dose.started_at)) for number, dose in first_doses.items()]
    known = list(measures)
    return tuple(
        Asked(
            question=question,
            measure=next((measure for measure in known if _answers(measure, question)), None),
            session=first_doses[question.number].session if _after_a_dose(question) else None,
            closed=ended or (question.closes_at is not None and question.closes_at <= now),
        )
        for question in questions(indication(course.indication), timezone.localtime(course.opened_at), starts, until)
    )


def due(everything: Sequence[Asked]) -> tuple[Asked, ...]:
    """What waits for an answer now; what closes first stands first."""
    waiting = [each for each in everything if each.due]
    return tuple(sorted(waiting, key=lambda each: each.question.closes_at or _NEVER))


def _after_a_dose(question: Question) -> bool:
    return question.occasion not in (BASELINE, REGULAR)


def _answers(measure: Measure, question: Question) -> bool:
    """An answer nobody asked for counts too; one given to the question of another session does not."""
    same_session = not _after_a_dose(question) or measure.session is None or measure.session.number == question.number
    return measure.instrument == question.instrument_id and same_session and question.holds(measure.completed_at)
