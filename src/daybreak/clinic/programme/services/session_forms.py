"""The form of a session is read and completed by a person: each time a new version, the earlier ones stay."""

from collections.abc import Mapping
from uuid import UUID

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.against_record import contradictions, odd_together
from daybreak.clinic.programme.filling import filled
from daybreak.clinic.programme.models import SessionForm
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries as day
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.nasal_programme import Form


def complete_form(
    session: Session,
    form: Form,
    answers: Mapping[str, str],
    actor: Actor,
    *,
    write_id: UUID,
    after: int,
    reason: str = "",
) -> SessionForm:
    """Keep what a person answered, as the next version.

    Args:
        answers: by the id of the question; what is left out was not answered.
        after: the number of the version that was read; 0 for the first. Somebody else's newer one is never overwritten.
        reason: why it is changed, or differs from the record; needed where it does, where answers contradict each other
            (`odd_together`), and once a version was submitted.

    Raises:
        Refusal: for a session outside the programme, an unknown question, an old version, a change or an answer against
            the record or another answer without a reason.
    """
    if not queries.needs_form(session):
        raise Refusal("No nasal esketamine was given in this session under the programme, so it has no form.")
    known = {field.id for field in form.fields}
    if unknown := set(answers) - known:
        raise Refusal(f"The form has no question “{min(unknown)[:40]}”. Load the page again.")
    said = {identifier: answers.get(identifier, "").strip() for identifier in sorted(known)}

    def do() -> None:
        versions = queries.versions(session)
        newest = versions[-1] if versions else None
        if (newest.number if newest else 0) != after:
            by = newest.recorded_by.display_name if newest and newest.recorded_by else "somebody else"
            raise Refusal(
                f"Version {newest.number if newest else 0} of {by} came in between. Load the page and look at it first."
            )
        if newest and queries.sent_of_forms(versions).latest and not reason.strip():
            raise Refusal("This form was submitted. Write why it is changed; it then has to be submitted again.")
        recorded = day.recorded(session.pk)  # before what is read: what comes in between counts as later
        holds = filled(day.record(session), actor.now)
        against = contradictions(form, said, holds)
        odd = odd_together(form, said, holds)
        if odd and not against and not reason.strip():
            raise Refusal(f"{' '.join(odd)} Put it right, or write below why it is so.")
        if against and not reason.strip():
            otherwise = " ".join([*map(str, against), *odd])
            raise Refusal(
                f"The record says otherwise. {otherwise} Put it right here or in the record, or write below why it "
                "differs."
            )
        SessionForm.objects.create(
            id=write_id, session=session, number=after + 1, form=form.version, answers=said, corrects=newest,
            held=dict(holds.answers), recorded=recorded, correction_reason=reason.strip(), **actor.stamp,
        )  # fmt: skip
        audit.record(
            actor, "programme form completed", patient=session.course.patient, subject=write_id, version=after + 1
        )

    content = {"session": session.pk, "form": form.version, "after": after, "reason": reason.strip(), **said}
    writes.once(write_id, "programme form", content, actor, do)
    return SessionForm.objects.get(pk=write_id)
