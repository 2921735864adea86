"""Drafts of letters: sections made from what was recorded. Nothing is added to the facts; what is not known is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from daybreak.clinic.followup.queries import FollowUp, follow_up
from daybreak.clinic.letters import about_course, about_session, plain_words
from daybreak.clinic.letters.models import Kind, Letter, LetterText
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.queries import death, died
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.since_draft import Change, changes
from daybreak.clinic.treatment_day import queries as days
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.indications import indication

ASK = "What we ask of you"
LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as it begins: what it is about, its sections as heading and text. An empty one waits for a person."""

    subject: str
    sections: tuple[tuple[str, str], ...]


def draft(course: Course, kind: Kind, session: Session | None, now: datetime) -> Draft:
    """What was recorded until now, as a letter of this kind.

    Raises:
        Refusal: for a letter about a session without one, before any dose was given, or to somebody who died.
    """
    require_living(course, kind)
    follow = follow_up(Course.objects.with_stage().select_related("patient__site").get(pk=course.pk), now)
    if kind is Kind.AFTER_SESSION:
        if session is None or session.course_id != course.pk:
            raise Refusal("Choose the session this letter is about.")
        return _draft(course, f"session {session.number}", _after_session(follow, session))
    if not follow.doses:
        raise Refusal("No dose was given in this course yet, so there is nothing to write about.")
    if kind is Kind.FOR_PATIENT:
        return Draft(f"Your treatment: where you are on {about_course.day(now)}", tuple(plain_words.sections(follow)))
    what = "end of the course" if kind is Kind.END_OF_COURSE else "how it goes"
    return _draft(course, what, _of_course(follow, ended=kind is Kind.END_OF_COURSE))


class Said(Protocol):
    """What a letter says, as a draft, as a text that was kept, or as it was typed."""

    @property
    def subject(self) -> str: ...

    @property
    def sections(self) -> Sequence[tuple[str, str]]: ...


def draft_now(letter: Letter, now: datetime) -> Draft:
    """A draft of a letter from the record as it is; an empty one where nothing is left to write about, as after a start
    taken back.
    """
    try:
        return draft(letter.course, Kind(letter.kind), letter.session, now)
    except Refusal:
        return Draft("", ())


def changed_since(letter: Letter, fresh: Draft, text: Said | LetterText) -> list[Change]:
    """What the record says otherwise than the draft this letter began with, as far as the text does not say it. A
    section its writer left out is not held against anything.
    """
    left_out = {heading for heading, body in text.sections if not body.strip()}
    began = _parts(letter, letter.texts.get(number=1), left_out)
    return changes(began, _parts(letter, fresh, left_out), plain(text))


def _parts(letter: Letter, said: Said | LetterText, left_out: set[str]) -> dict[str, str]:
    """By heading. What the letter is about counts as well, but of one for the person that is the day it was drafted."""
    about = {} if letter.kind == Kind.FOR_PATIENT else {"About": said.subject[:LONGEST_SUBJECT]}
    return about | {heading: text for heading, text in said.sections if heading not in left_out}


def plain(said: Said | LetterText) -> str:
    return "\n".join([said.subject, *(text for _, text in said.sections)])


def require_living(course: Course, kind: Kind) -> None:
    """Refuse a letter to a person who is recorded as dead; whoever lived with them would read it."""
    if kind is Kind.FOR_PATIENT and (fact := death(course.patient)):
        raise Refusal(f"{died(fact)} No letter goes to this person. To a colleague one can be written.")


def _draft(course: Course, what: str, sections: Iterator[tuple[str, str]]) -> Draft:
    patient = course.patient
    about = indication(course.indication).name
    born = f"{patient.birth_date.day} {patient.birth_date:%B %Y}"
    return Draft(f"{patient}, born {born}: {about[0].lower()}{about[1:]}, {what}", tuple(sections))


def _after_session(follow: FollowUp, session: Session) -> Iterator[tuple[str, str]]:
    held = days.sessions().get(pk=session.pk)
    record = days.record(held)
    state = record.state(follow.now)
    if not state.runs:
        raise Refusal("No dose was given in this session. Write its note instead.")
    yield from about_session.sections(record, state)
    yield "Scores", about_course.scores(follow)
    yield "Label", about_course.label(follow.course, state.drug, state.route)
    yield "What comes next", about_course.next_words(follow)
    yield ASK, ""


def _of_course(follow: FollowUp, *, ended: bool) -> Iterator[tuple[str, str]]:
    yield "Treatment", about_course.treatment(follow)
    yield "Sessions and scores", about_course.sessions_and_scores(follow)
    yield "Response", about_course.response(follow)
    yield "Side effects and events", about_course.harms(follow)
    last = follow.doses[-1]
    yield "Label", about_course.label(follow.course, last.drug, last.route)
    yield "What is not known", about_course.not_known(follow)
    if ended:
        yield "How the course ended", about_course.ending(follow.course)
    else:
        yield "What comes next", about_course.next_words(follow)
    yield ASK, ""
