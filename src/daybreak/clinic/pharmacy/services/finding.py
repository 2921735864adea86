"""A difference is found: it gets an owner and a deadline, and stays until two people close it."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.pharmacy import chain, papers, queries
from daybreak.clinic.pharmacy.models import (
    Discrepancy,
    DiscrepancyEvent,
    LedgerEntry,
    Lot,
    StorageLocation,
    Use,
)
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import staff
from daybreak.clinic.record.services import raise_flag
from daybreak.treatment.controlled_drug import mg_text, notice_due, unexplained_micrograms

FLAG = "drug_discrepancy"
_OWNERS = (Role.PHARMACIST, Role.DIRECTOR, Role.PRESCRIBER, Role.NURSE)  # the first there is


def open_case(
    about: Discrepancy.About,
    site: Site,
    micrograms: int,
    actor: Actor,
    *,
    use: Use | None = None,
    entry: LedgerEntry | None = None,
    lot: Lot | None = None,
    location: StorageLocation | None = None,
) -> Discrepancy:
    """Keep a difference with its owner, the controlled-drug lead, and the end of the next business day as its deadline:
    by then a significant loss would have to be notified. A session's also becomes a flag of that person's course.
    No micrograms: it is in question how much was given, or, with an `entry`, whether that is one draw or two.
    """
    found_at = timezone.localtime(actor.now)
    case = Discrepancy(
        site=site, about=about, micrograms=micrograms, use=use, entry=entry, lot=lot, location=location,
        owner=owner_at(site, actor), found_at=found_at, due_at=notice_due(found_at), **actor.stamp,
    )  # fmt: skip
    papers.keep(case, site, actor)
    audit.record(
        actor, "discrepancy opened", patient=use.patient if use else None, subject=case.pk, about=str(about),
        micrograms=micrograms,
    )  # fmt: skip
    if use:
        _flag(case, use, actor)
    return case


def owner_at(site: Site, actor: Actor) -> User:
    """Who answers for the drug account: its lead where there is one."""
    if found := _answers_for(site):
        return found
    if actor.user is None:
        raise ValueError(f"{site} has nobody who could own a discrepancy.")
    return actor.user


def _answers_for(site: Site) -> User | None:
    return next((found for role in _OWNERS if (found := staff(site, role).first())), None)


def whose(case: Discrepancy) -> str:
    """Who looks into a case, as a sentence: its owner, or, once their account ended, whoever answers for the drug."""
    if case.owner.is_active:
        return f"Owner: {case.owner.display_name}."
    now, ended = _answers_for(case.site), f"the account of {case.owner.display_name} ended"
    if now is None:
        return f"Owner: nobody, {ended}."
    lacking = "" if now.role == _OWNERS[0] else " There is no controlled-drug lead now, and only one closes it."
    return f"Owner: {now.display_name}, since {ended}.{lacking}"


def _flag(case: Discrepancy, use: Use, actor: Actor) -> Flag:
    account = queries.account(use)
    if not case.micrograms:
        title, detail = _in_question(case, use)
        return raise_flag(
            patient=use.patient, kind=FLAG, level=Flag.Level.WATCH, owner=case.owner, due_at=case.due_at, actor=actor,
            title=title, detail=f"{detail} It is closed in the drug account, by two people.", subject=case.pk,
        )  # fmt: skip
    by_lot = " by lot" if abs(account.unexplained) < unexplained_micrograms() else ""
    missing = "drawn and not accounted for" if case.micrograms > 0 else "accounted for and never drawn"
    detail = f"{use.label.capitalize()} does not add up{by_lot}. It is closed in the drug account, by two people."
    return raise_flag(
        patient=use.patient, kind=FLAG, level=Flag.Level.WATCH, owner=case.owner, due_at=case.due_at, actor=actor,
        title=f"{mg_text(abs(case.micrograms))} mg of {use.drug} {missing}",
        detail=f"{detail} {account.lot_not_typed}".strip(), subject=case.pk,
    )  # fmt: skip


def _in_question(case: Discrepancy, use: Use) -> tuple[str, str]:
    """Title and detail of a flag about a case without an amount."""
    if case.entry:
        title = f"Whether {mg_text(case.entry.micrograms)} mg of {use.drug} were drawn once or twice for {use.label}"
        return f"{title} is in question", "The same came twice from a tablet without a network."
    return f"How much {use.drug} was given in {use.label} is in question", "The session did not count something."


def ask_what_was_given(use: Use, told_by: UUID, words: str, actor: Actor) -> None:
    """The session has kept something (`told_by`) that it does not count, so that more may have been given than it says.
    Told again, it changes nothing. Within a write.

    A site that keeps no account, and a day from before it did, are left alone.
    """
    began = queries.began_at(use.site)
    if began is not None and began <= use.opened_at:
        _ask(use, uuid5(told_by, "not counted"), words, actor)


def ask_whether_drawn_twice(entry: LedgerEntry, same: LedgerEntry, actor: Actor) -> None:
    """A draw that waited on a tablet says the same as another of that time: both are kept. Within a write."""
    words = (
        f"Entry {entry.number} says the same as entry {same.number}, at the same time: {mg_text(entry.micrograms)} mg "
        f"of {entry.lot}. It waited on a tablet without a network, and nobody could be asked. Ask whether it was drawn "
        "once or twice. If once, reverse one of them."
    )
    _ask(entry.use, uuid5(entry.pk, "drawn twice"), words, actor, entry)


def _ask(use: Use, word_id: UUID, words: str, actor: Actor, entry: LedgerEntry | None = None) -> None:
    """A case without an amount, or a word on the one that is open."""
    if DiscrepancyEvent.objects.filter(pk=word_id).exists():
        return
    case = queries.open_discrepancies(use.site).filter(use=use).first()
    if case is None:
        case = open_case(Discrepancy.About.SESSION, use.site, 0, actor, use=use, entry=entry)
    kind = DiscrepancyEvent.Kind.EXPLAINED
    papers.keep(DiscrepancyEvent(id=word_id, discrepancy=case, kind=kind, words=words, **actor.stamp), use.site, actor)


def note_changed_amount(use: Use, before: queries.Account, actor: Actor) -> None:
    """The session states another amount once its person left or a case is open: that is written onto the case, and a
    gap that it closes gets one, so that two people look at how it was closed. Within a write."""
    now = queries.account(use)
    if before.given == now.given:
        return
    case = queries.open_discrepancies(use.site).filter(use=use).first()
    since = "the case opened"
    if case is None and now.adds_up and not before.adds_up and use.end is not None:
        began = queries.began_at(use.site)
        if began is not None and began <= use.opened_at:
            since = "the person left"
            case = open_case(Discrepancy.About.SESSION, use.site, before.off, actor, use=use)
    if case is not None:
        who = actor.user.display_name if actor.user else "the clock’s work"
        _note(case, before.given, now.given, f"by {who} after {since}", actor)


def _note(case: Discrepancy, given: int, now: int, by: str, actor: Actor) -> None:
    adds_up = queries.account(case.use).adds_up if case.use else False
    words = (
        f"The session’s amount was changed from {mg_text(given)} to {mg_text(now)} mg {by}. "
        f"{'It adds up since.' if adds_up else 'It does not add up.'}"
    )
    event = DiscrepancyEvent(discrepancy=case, kind=DiscrepancyEvent.Kind.EXPLAINED, words=words, **actor.stamp)
    papers.keep(event, case.site, actor)


def book_below_zero(lot: Lot, location: StorageLocation, entry: LedgerEntry, actor: Actor) -> Discrepancy | None:
    """What was in a hand was there, whatever the book says: the entry stands, and the book is looked into. Once."""
    now = queries.balance(lot, location)
    already = queries.open_discrepancies(location.site).filter(
        about=Discrepancy.About.BELOW_ZERO, lot=lot, location=location
    )
    if now >= 0 or already.exists():
        return None
    return open_case(Discrepancy.About.BELOW_ZERO, location.site, now, actor, entry=entry, lot=lot, location=location)


def count_differs(
    lot: Lot, location: StorageLocation, missing: int, entry: LedgerEntry, actor: Actor
) -> Discrepancy | None:
    """A count of one lot in one place, or what was undone of its case, leaves so much missing, or below zero too much:
    a case, unless one about the same goes on."""
    if abs(missing) < unexplained_micrograms() or queries.of_count(
        queries.count_cases([lot]), lot, location, missing, entry
    ):
        return None
    return open_case(Discrepancy.About.COUNT, location.site, missing, actor, entry=entry, lot=lot, location=location)


def open_due_cases(site: Site, actor: Actor, now: datetime | None = None) -> list[UUID]:
    """A case for each treatment day that has been over for a while and does not add up. Carried out again: none.

    A site that has entered no delivery keeps no account, and is left alone; so are the days before the first one.
    """
    if not queries.overdue_uses(site, now or timezone.now()):
        return []
    return _open_overdue(site, actor, now or timezone.now())


@transaction.atomic
def _open_overdue(site: Site, actor: Actor, now: datetime) -> list[UUID]:
    chain.alone_in(site)
    return [_open_for(row, site, actor).pk for row in queries.overdue_uses(site, now)]


def _open_for(row: queries.UseRow, site: Site, actor: Actor) -> Discrepancy:
    """The case of one day, with what the session changed since its person left."""
    case = open_case(Discrepancy.About.SESSION, site, row.account.off, actor, use=row.use)
    if (end := row.use.end) and (at_leaving := queries.given_by(row.use, end.recorded_at)) != row.account.given:
        _note(case, at_leaving, row.account.given, "after the person left", actor)
    return case
