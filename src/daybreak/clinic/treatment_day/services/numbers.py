"""Which session uses up its number in the course: one that goes on, and one in which a dose was begun.

Whoever leaves before any dose was treated no less than if they had not come: the plan's session is still to be held,
as the same number on another day or later on the same.
"""

from daybreak.clinic.treatment_day.models import Session, SessionEvent


def settle_number(session: Session) -> None:
    """Keep whether a session uses up its number. One whose number was given to another since has it no more."""
    events = list(session.events.filter(corrected_by__isnull=True).values_list("kind", flat=True))
    begun = events.count(SessionEvent.Kind.DOSE_STARTED) - events.count(SessionEvent.Kind.DOSE_NOT_GIVEN)
    another = Session.objects.filter(course=session.course_id, number=session.number, holds_number=True)
    holds = (begun > 0 or SessionEvent.Kind.LEFT not in events) and not another.exclude(pk=session.pk).exists()
    Session.objects.filter(pk=session.pk).update(holds_number=holds)
