"""A dose runs on, or faster, with a red mark open: whoever lets it writes why, having read the mark. What was done
without a network is kept as it was, and the prescriber hears of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.next_device import standing_against_resume
from daybreak.clinic.treatment_day.services.done_offline import NOBODY_ASKED, Objection, tell_of_running_on
from daybreak.clinic.treatment_day.services.marks import open_marks_at
from daybreak.treatment.findings import reason_lacks


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

    def against(self, at: datetime, question: str, otherwise: str) -> dict[str, Any]:
        """The red marks that are open then, as they are kept with the entry.

        Args:
            question: what is asked with them; `otherwise`: what stays as it is.

        Raises:
            Objection: without ten words of reason.
        """
        marks = standing_against_resume(open_marks_at(self.session, at))
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
