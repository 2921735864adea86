"""The verbs of letters. Each takes a `write_id` the client made and is carried out once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import Max

from daybreak.clinic.letters.drafting import LONGEST_SUBJECT, changed_since, draft, draft_now, plain, require_living
from daybreak.clinic.letters.models import Kind, Letter, LetterAmendment, LetterSignature, LetterText
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.amounts import Withdrawn, require_drafted
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.since_draft import ChangedSince
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import held
from daybreak.clinic.treatment_day.withdrawn import withdrawn
from daybreak.treatment.findings import says_too_little

SIGNED = "letter signed"


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: to whom, about what, and its sections as heading and text."""

    addressee: str
    subject: str
    sections: Sequence[tuple[str, str]]


def write_letter(course: Course, kind: Kind, session: Session | None, actor: Actor, *, write_id: UUID) -> Letter:
    """Begin a letter with a draft made from what was recorded.

    Raises:
        Refusal: as `drafting.draft`.
    """

    def do() -> None:
        begun = draft(course, kind, session, actor.now)
        last = Letter.objects.filter(course=course).aggregate(Max("number"))["number__max"] or 0
        letter = Letter.objects.create(
            id=write_id, course=course, number=last + 1, kind=kind, session=session, **actor.stamp
        )
        LetterText.objects.create(
            id=uuid5(write_id, "text"), letter=letter, number=1, subject=begun.subject[:LONGEST_SUBJECT],
            sections=[list(each) for each in begun.sections], **actor.stamp,
        )  # fmt: skip
        audit.record(actor, "letter drafted", patient=course.patient, subject=write_id, kind=str(kind))

    content = {"course": course.pk, "kind": str(kind), "session": session.pk if session else None}
    writes.once(write_id, "letter", content, actor, do)
    return Letter.objects.get(pk=write_id)


def keep_draft(letter: Letter, words: Words, actor: Actor, *, write_id: UUID, after: int) -> LetterText:
    """Keep what a clinician wrote, as the next text. Nothing typed before is lost.

    Args:
        after: the number of the text that was read; a newer one of somebody else is never overwritten.

    Raises:
        Refusal: for a signed letter, an empty one, or when another text came in between.
    """
    _write(letter, words, actor, write_id=write_id, after=after, kind="letter text")
    return LetterText.objects.get(pk=write_id)


def sign_letter(
    letter: Letter,
    words: Words,
    actor: Actor,
    *,
    write_id: UUID,
    after: int,
    amounts_are_right: bool = False,
    although: str = "",
) -> LetterSignature:
    """Keep this text and sign it, which locks the letter.

    Args:
        although: why sentences of the draft stay that the record no longer holds.

    Raises:
        Refusal: as `keep_draft`, without an addressee, for who may not sign, or to somebody who died.
        ChangedSince: for what changed in the record since the letter was begun and the text says otherwise, without
            `although`.
        AmountsTypedByHand: for an amount that no draft from the record as it is holds, or that was corrected since,
            unless `amounts_are_right`.
    """
    if actor.user is None or not actor.user.allows(Permission.LETTER_WRITE):
        raise Refusal("A prescriber or a nurse signs a letter.")
    if not words.addressee.strip():
        raise Refusal("Write to whom the letter goes.")
    require_living(letter.course, Kind(letter.kind))
    although = although.strip()

    def sign(text: LetterText) -> None:
        fresh = draft_now(letter, actor.now)
        changed = changed_since(letter, fresh, words)
        if changed and says_too_little(although):
            raise ChangedSince(changed)
        if not amounts_are_right:
            stays = "\n".join(sentence for change in changed for sentence in change.was)
            require_drafted(plain(words), f"{plain(fresh)}\n{stays}", withdrawn=_withdrawn(letter, actor.now))
        LetterSignature.objects.create(id=uuid5(write_id, "signature"), letter=letter, text=text, **actor.stamp)
        why = {"although": although, "changed": [change.words for change in changed]} if changed else {}
        audit.record(actor, SIGNED, patient=letter.course.patient, subject=letter.pk, text=text.number, **why)

    _write(letter, words, actor, write_id=write_id, after=after, kind="letter signature", also=sign, although=although)
    return LetterSignature.objects.get(letter=letter)


def amend_letter(
    letter: Letter, words: str, reason: str, actor: Actor, *, write_id: UUID, amounts_are_right: bool = False
) -> LetterAmendment:
    """Add to a signed letter, and say why. What was signed stays as it is.

    Raises:
        AmountsTypedByHand: for an amount that neither a draft from the record as it is now nor the signed letter holds,
            or that was corrected since, unless `amounts_are_right`.
        Refusal: without words or reason, or before it is signed.
    """
    if not words.strip() or not reason.strip():
        raise Refusal("Write the amendment, and why.")

    def do() -> None:
        signature = LetterSignature.objects.filter(letter=letter).select_related("text").first()
        if signature is None:
            raise Refusal("The letter is not signed yet, so it can still be edited. Sign it first.")
        if not amounts_are_right:
            require_drafted(
                f"{words}\n{reason}", plain(draft_now(letter, actor.now)), signed=plain(signature.text),
                withdrawn=_withdrawn(letter, actor.now),
            )  # fmt: skip
        LetterAmendment.objects.create(
            id=write_id, letter=letter, words=words.strip(), reason=reason.strip(), **actor.stamp
        )
        audit.record(actor, "letter amended", patient=letter.course.patient, subject=letter.pk, reason=reason.strip())

    content = {"letter": letter.pk, "words": words.strip(), "reason": reason.strip()}
    writes.once(write_id, "letter amendment", content, actor, do)
    return LetterAmendment.objects.get(pk=write_id)


def _withdrawn(letter: Letter, now: datetime) -> Sequence[Withdrawn]:
    """What the sessions a letter is about once said was given and no longer say."""
    return withdrawn([letter.session] if letter.session else held(letter.course, now).sessions, now)


def _write(
    letter: Letter,
    words: Words,
    actor: Actor,
    *,
    write_id: UUID,
    after: int,
    kind: str,
    also: Callable[[LetterText], object] = lambda text: None,
    although: str = "",
) -> None:
    sections = [[heading, text.strip()] for heading, text in words.sections]
    if not any(text for _, text in sections):
        raise Refusal("The letter is empty. Write it, or begin a new one from what was recorded.")
    said = {"addressee": words.addressee.strip(), "subject": words.subject.strip(), "sections": sections}
    if not said["subject"]:
        raise Refusal("Write what the letter is about.")

    def do() -> None:
        signature = LetterSignature.objects.filter(letter=letter).select_related("recorded_by").first()
        if signature:
            by = f" by {signature.recorded_by.display_name}" if signature.recorded_by else ""
            raise Refusal(f"The letter was signed{by} and is locked. Write an amendment.")
        newest = letter.texts.select_related("recorded_by").order_by("-number").first()
        if newest is not None and newest.number != after:
            by = newest.recorded_by.display_name if newest.recorded_by else "somebody else"
            raise Refusal(
                f"A newer text of {by} came in between. Load the page and look at it first. Nothing was saved."
            )
        also(LetterText.objects.create(id=write_id, letter=letter, number=after + 1, **said, **actor.stamp))

    content = {"letter": letter.pk, "after": after, **said, **({"although": although} if although else {})}
    writes.once(write_id, kind, content, actor, do)
