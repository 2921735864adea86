"""A dose runs on, or faster, with a red mark open: whoever lets it writes why, having read the mark. What was done
without a network is kept as it was, and the prescriber hears of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.next_device import standing_against_resume
from daybreak.clinic.treatment_day.services.done_offline import NOBODY_ASKED, Objection, tell_of_running_on
from daybreak.clinic.treatment_day.services.marks import open_marks_at
from daybreak.treatment.findings import reason_lacks

Kind = SessionEvent.Kind


def runs_still(session: Session, at: datetime) -> bool:
    """Whether what ran at this time runs still, by what is recorded of later: a pause that was resumed from ends
    nothing."""
    later = session.events.filter(
        kind__in=(Kind.DOSE_PAUSED, Kind.DOSE_RESUMED, Kind.DOSE_STOPPED, Kind.LEFT),
        occurred_at__gt=at, corrected_by__isnull=True,
    )  # fmt: skip
    last = later.order_by("occurred_at", "recorded_at").values_list("kind", flat=True).last()
    return last in (None, Kind.DOSE_RESUMED)


@dataclass(slots=True)
class RunsOn:
    """An entry that lets a dose run on: `against` within its check, then `tell`.

    Attributes:
        waited: it waited on a tablet without a network, so it is done, and nobody can be asked.
        unasked: the marks nobody was asked about.
    """

    session: Session
    actor: Actor
    reason: str
    waited: bool
    unasked: list[str] = field(default_factory=list)

    def against(self, at: datetime, question: str, otherwise: str, *, is_history: bool = False) -> dict[str, Any]:
        """The red marks that are open, as they are kept with the entry: now, whatever time of before was typed with it;
        at its time, where it waited or what it let run is over.

        Args:
            question: what is asked with them; `otherwise`: what stays as it is.
            is_history: whether what is recorded of later stopped, held or changed what it let run.

        Raises:
            Objection: without ten words of reason.
        """
        as_of = at if self.waited or is_history else max(at, self.actor.now)
        marks = standing_against_resume(open_marks_at(self.session, as_of))
        if not marks:
            return {}
        if not (lacking := reason_lacks(self.reason)):
            return {"against": list(marks)}
        if not self.waited:
            raise Objection(marks, f"{question} {lacking} {otherwise}")
        self.unasked.extend(marks)
        return {"against": [*marks, NOBODY_ASKED], "unasked": True}

    def tell(self, what: str, when: datetime) -> None:
        """Raise the red flag of marks nobody was asked about."""
        if self.unasked:
            tell_of_running_on(self.session, what, when, self.unasked, self.actor)
