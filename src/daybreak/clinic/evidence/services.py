"""The verbs: propose rows, decide about a proposal. Whoever proposes never decides."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from django.db import transaction

from daybreak.clinic.evidence.editions import current_edition
from daybreak.clinic.evidence.models import Decision, Proposal
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.evidence.additions import TABLES, Addition, UnreadableTable, Were, changed_since, check, named
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.reading import Refused
from daybreak.evidence.rows import write


class NothingLeft(Refusal):
    """Not one of the proposed rows could be taken; `refused` says why for each."""

    def __init__(self, refused: tuple[Refused, ...]) -> None:
        super().__init__("None of the rows could be taken. Nothing was saved.")
        self.refused = refused


def checked(data: DataSet, texts: Mapping[str, str], were: Were | None = None) -> Addition:
    """What of proposed tables passes every check.

    Raises:
        Refusal: for a table nobody can read, or when no row was sent.
        NothingLeft: when no row passes.
    """
    try:
        addition = check(data, texts, were)
    except UnreadableTable as unreadable:
        raise Refusal(f"{unreadable} Nothing was saved.") from unreadable
    if addition.is_empty:
        if addition.refused:
            raise NothingLeft(addition.refused)
        raise Refusal("No row was sent. Choose at least one table with a row below its heading.")
    return addition


@transaction.atomic
def propose(
    site: Site,
    texts: Mapping[str, str],
    actor: Actor,
    *,
    title: str,
    reason: str,
    proposal_id: UUID,
    whole: bool = False,
) -> Proposal:
    """Keep the rows that pass as a proposal, and the list of those that do not.

    Args:
        whole: what was typed belongs together, so one refused row refuses all of it.

    Raises:
        Refusal: as `checked`.
    """
    data = current_edition(site).data
    addition = checked(data, texts)
    if whole and addition.refused:
        raise NothingLeft(addition.refused)
    kept, were = named(data, addition)
    proposal = Proposal.objects.create(
        pk=proposal_id,
        site=site,
        title=title,
        reason=reason,
        refused=[asdict(row) | {"sent": _sent(texts, row)} for row in addition.refused],
        were=were,
        **kept,
        **actor.stamp,
    )
    audit.record(actor, "evidence proposed", subject=proposal.pk, refused=len(addition.refused))
    return proposal


def _sent(texts: Mapping[str, str], refused: Refused) -> str:
    """A refused row as it was sent, so that nothing typed is lost."""
    text = texts.get(refused.file.removesuffix(".csv"), "")
    reader = csv.reader(io.StringIO(text))
    return next((", ".join(row) for row in reader if reader.line_num == refused.line), "")


def may_not_decide(proposal: Proposal, user: User) -> str:
    """Why this user may not decide about a proposal; empty where they may."""
    if not user.allows(Permission.EVIDENCE_CHECK):
        return "A prescriber, a researcher or the medical director checks it."
    if proposal.recorded_by_id == user.pk:
        return "You proposed this. A second person must hold it against its source."
    if not proposal.is_waiting:
        return "It was decided before."
    return ""


@transaction.atomic
def decide(proposal: Proposal, actor: Actor, *, accepted: bool, reason: str, decision_id: UUID) -> Decision:
    """Accept a proposal into the data of its site, or refuse it.

    Raises:
        NotYours: if the person proposed it, or may not check.
        Refusal: if it was decided before, lacks a reason, or no longer fits the data.
    """
    user = actor.user
    if user is None or user.site_id != proposal.site_id or proposal.recorded_by_id == user.pk:
        raise NotYours("A second person of this clinic must hold a proposal against its source. Nothing was decided.")
    Site.objects.select_for_update().get(pk=proposal.site_id)  # one decision after the other
    why_not = may_not_decide(Proposal.objects.get(pk=proposal.pk), user)
    if why_not:
        raise Refusal(f"{why_not} Nothing was decided.")
    if not reason.strip():
        raise Refusal("Say why: what you held it against, or what is wrong with it. Nothing was decided.")
    if accepted:
        _check_it_still_fits(proposal)
    decision = Decision.objects.create(
        pk=decision_id, proposal=proposal, accepted=accepted, reason=reason.strip(), **actor.stamp
    )
    audit.record(actor, "evidence accepted" if accepted else "evidence refused", subject=proposal.pk)
    return decision


def _check_it_still_fits(proposal: Proposal) -> None:
    """A proposal is laid over the data as they stand now: it may neither undo another's change nor break a check.

    Raises:
        Refusal: if it would.
    """
    data = current_edition(proposal.site).data
    again = "Refuse the proposal, and let it be proposed again."
    if proposal.were is None and check(data, proposal.texts).counts(data)[1]:
        raise Refusal(f"It does not say which cells of a row it corrects, so it could undo another change. {again}")
    misfits = changed_since(data, proposal.texts, proposal.were or {})
    misfits += checked(data, proposal.texts, proposal.were).refused
    if misfits:
        raise Refusal(f"The data changed meanwhile and a row no longer fits: {misfits[0]}. {again}")


def texts_of(rows: Mapping[str, list[dict[str, str]]]) -> dict[str, str]:
    """Rows by table as the text a file would have."""
    return {table: write(rows[table]) for table in TABLES if rows.get(table)}
