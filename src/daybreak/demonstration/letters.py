"""Letters of the demonstration: one signed at the end of a course, one draft after a session."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from daybreak.clinic.letters import queries, services
from daybreak.clinic.letters.models import Kind, Letter
from daybreak.clinic.letters.services import Words
from daybreak.clinic.record.permissions import Role
from daybreak.demonstration.telling import ENDED_AFTER_LAST, Moment, Telling

ADDRESSEE = "Dr Example\nExample Practice\n2 Example Street, Exampletown"
DRAFTED_AFTER, SIGNED_AFTER = timedelta(hours=4), timedelta(hours=3)


def written(telling: Telling) -> Iterator[Moment]:
    """What the story says was written."""
    if "letter_signed" in telling.story.unusual:
        at = telling.doses_at[-1] + ENDED_AFTER_LAST + timedelta(days=1)
        yield Moment(at, lambda at: _draft(telling, Kind.END_OF_COURSE, None, at))
        yield Moment(at + SIGNED_AFTER, lambda at: _sign(telling, at))
    if "letter_drafted" in telling.story.unusual:
        number = telling.story.sessions_given
        yield Moment(
            telling.doses_at[number - 1] + DRAFTED_AFTER, lambda at: _draft(telling, Kind.AFTER_SESSION, number, at)
        )


def _draft(telling: Telling, kind: Kind, number: int | None, at: datetime) -> None:
    session = telling.held[number] if number else None
    services.write_letter(
        telling.course, kind, session, telling.acts(Role.NURSE, at), write_id=telling.id("letter", kind)
    )


def _sign(telling: Telling, at: datetime) -> None:
    letter = Letter.objects.get(pk=telling.id("letter", Kind.END_OF_COURSE))
    text = queries.text(letter)
    words = Words(ADDRESSEE, text.subject, [(heading, body) for heading, body in text.sections])
    services.sign_letter(
        letter, words, telling.acts(Role.PRESCRIBER, at), write_id=telling.id("letter signed"), after=text.number
    )
