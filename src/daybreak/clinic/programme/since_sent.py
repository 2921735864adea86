"""What the programme was sent of a session, against what its record says now: what changed after it was sent."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.against_record import contradiction, ruled_out, same
from daybreak.clinic.programme.filling import Filled, filled
from daybreak.clinic.programme.models import SessionForm
from daybreak.clinic.programme.queries import Difference, Sent
from daybreak.clinic.treatment_day import queries as day
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment import nasal_programme
from daybreak.treatment.nasal_programme import Field


def sent_now(session: Session, now: datetime) -> Sent:
    """Whether the form of a session was sent, and what its record says otherwise now."""
    return sent_with(session, queries.versions(session), now)


def sent_with(session: Session, forms: Iterable[SessionForm], now: datetime) -> Sent:
    """The same of versions that were read already, with their submissions."""
    sent = queries.sent_of_forms(forms)
    if sent.latest is None:
        return sent
    differs = tuple(_differences(sent, filled(day.record(session), now)))
    return replace(sent, differs=differs)


def _differences(sent: Sent, holds: Filled) -> Iterator[Difference]:
    version = sent.latest.form if sent.latest else None
    assert version is not None  # noqa: S101 - a form was sent
    told = {name: said for submission in sent.told for name, said in submission.told.items()}
    answers, then = version.answers | told, None if version.held is None else version.held | told
    for field in nasal_programme.form(version.form).fields:
        answer, held = answers.get(field.id, ""), holds.answers.get(field.id, "")
        if _differs(field, answer, None if then is None else then.get(field.id, ""), holds):
            yield Difference(field, answer, held)
        elif beside := _ruled_out_since(field, answer, then, holds):
            yield Difference(field, answer, held, beside)


def _differs(field: Field, answer: str, then: str | None, holds: Filled) -> bool:
    """Whether an answer is another than the record's because the record changed. One that was another when it was kept
    had a reason, or was told in the person's own words. `then`: what the record held; None: not known.
    """
    held = holds.answers.get(field.id, "")
    if then is not None and same(field, held, then):
        return False
    if then is not None and same(field, answer, then):
        return not same(field, answer, held)
    return contradiction(field, answer, holds) is not None


def _ruled_out_since(field: Field, answer: str, then: Mapping[str, str] | None, holds: Filled) -> str:
    """What of a leaving that is another than when it was kept an answer cannot be true beside, though the record has
    none to it, then and now: who gave a reason did not know of it. Else empty.
    """
    if then is None or not answer or then.get(field.id) or holds.answers.get(field.id):
        return ""
    is_another = then.get("duration_min", "") != holds.answers.get("duration_min", "")
    return ruled_out(field.id, answer, holds) if is_another else ""
