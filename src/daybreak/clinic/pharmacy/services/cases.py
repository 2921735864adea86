"""A difference is looked into: explanations, the facts a loss report asks for, and its end by two people."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from daybreak.clinic.pharmacy import chain, papers, queries
from daybreak.clinic.pharmacy.models import WRITTEN_BY, Discrepancy, DiscrepancyEvent, LedgerEntry, Lot
from daybreak.clinic.pharmacy.services.entries import once, witnessed
from daybreak.clinic.pharmacy.services.finding import FLAG
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import answer_flag
from daybreak.clinic.record.times import said
from daybreak.treatment.controlled_drug import mg_text, unexplained_micrograms
from daybreak.treatment.findings import says_too_little

Kind, Outcome = DiscrepancyEvent.Kind, DiscrepancyEvent.Outcome

# What a report of theft or loss asks for beyond what the account knows (drug, lot, amount, dates). Nothing is sent
# from here: a person files the report where the authority takes it.
LOSS_QUESTIONS: dict[str, str] = {
    "discovered": "How it was found, and by whom",
    "circumstances": "Theft, loss in transit, spillage, or unknown, and what speaks for it",
    "police": "Police informed: when, where, reference",
    "suspect": "Who had access",
    "measures": "What was done so that it does not happen again",
    "notified": "The authority told in writing: when, by whom, how",
}


def explain(case: Discrepancy, words: str, actor: Actor, *, write_id: UUID) -> DiscrepancyEvent:
    """Keep what somebody knows about it.

    Raises:
        Refusal: without words, or when it is closed.
    """
    if says_too_little(words):
        raise Refusal("Write what you know about it, in a few words.")
    return _event(case, Kind.EXPLAINED, actor, write_id, words=words.strip())


def state_loss(case: Discrepancy, answers: Mapping[str, str], actor: Actor, *, write_id: UUID) -> DiscrepancyEvent:
    """Keep the facts a report of theft or loss asks for, also after the case was closed: a theft may come out late.
    That it was sent is a fact only where somebody says so.

    Raises:
        Refusal: if nothing was answered.
    """
    data = {name: answers[name].strip() for name in LOSS_QUESTIONS if answers.get(name, "").strip()}
    if not data:
        raise Refusal("Answer at least one question. Nothing was saved.")
    return _event(case, Kind.LOSS_FACTS, actor, write_id, words="Facts for a loss report.", data=data)


def close(
    case: Discrepancy, outcome: Outcome, words: str, actor: Actor, witness: Witness, *, write_id: UUID
) -> DiscrepancyEvent:
    """Two people end a case. What stays unexplained is written into the book, so that it is right from now on.

    Raises:
        Refusal: without words, for who may not, if what is said to be explained still does not add up, if a theft has
            no facts for its report, or when it is closed.
    """
    if actor.user is None or not actor.user.allows(Permission.LEDGER_MANAGE):
        raise Refusal("The controlled-drug lead closes a case, with a witness.")
    if says_too_little(words):
        raise Refusal("Write what was found out, in a few words. The case stays open.")
    proof = witnessed(witness, actor)

    def also() -> None:
        _require_uninvolved(case, witness, actor)
        if outcome == Outcome.STOLEN and not case.events.filter(kind=Kind.LOSS_FACTS).exists():
            raise Refusal("A theft is reported. Write the facts for the report first; the case stays open.")
        if outcome == Outcome.EXPLAINED:
            _require_right(case, queries.remains(case))
        else:
            # Lot by lot first: what is said of a lot is no longer missing, or too much, in the sums.
            for lot, off in queries.crossed_lots(case.use) if case.use else []:
                _write_into_the_book(case, off, words.strip(), actor, proof, lot=lot)
            if remains := queries.remains(case):
                _write_into_the_book(case, remains, words.strip(), actor, proof, lot=case.lot)
        for flag in Flag.objects.filter(kind=FLAG, subject=case.pk).exclude(events__kind=FlagEvent.Kind.CLOSED):
            answer_flag(flag, FlagEvent.Kind.CLOSED, f"{outcome.label}. {words.strip()}", actor, with_its_case=True)

    return _event(case, Kind.CLOSED, actor, write_id, words=words.strip(), outcome=outcome, also=also, **proof)


def _require_uninvolved(case: Discrepancy, witness: Witness, actor: Actor) -> None:
    """Refuse a witness who made something of what the case is about; and, where somebody else is there, one who saw a
    waste of that day, or counted beside whoever counted."""
    made = queries.had_a_hand_in(case.use) if case.use else queries.who_counted(case)
    near = queries.witnessed_in(case.use) if case.use else queries.counted_beside(case)
    themselves = {actor.user.pk} if actor.user else set()
    staff = User.objects.filter(site=case.site, is_active=True).exclude(pk__in=made | near | themselves)
    others = [user.display_name for user in staff if user.allows(Permission.LEDGER_WITNESS)]
    name, about = witness.user.display_name, Discrepancy.About(case.about)
    if witness.user.pk in made:
        who = ", ".join(others) or "somebody who did not, such as the medical director"
        raise Refusal(f"{name} {_MADE[about]}. Its end is seen by somebody else: {who}. The case stays open.")
    if witness.user.pk in near and others:
        raise Refusal(
            f"{name} {_NEAR[about]}. Its end is seen by somebody else: {', '.join(others)}. The case stays open."
        )


_MADE = {
    Discrepancy.About.SESSION: "made an entry, a dose or an amount of that day",
    Discrepancy.About.COUNT: "counted it, or made the entry that differs from the count",
    Discrepancy.About.BELOW_ZERO: "made the entry that took more than the book had, or counted it",
}
_NEAR = {
    Discrepancy.About.SESSION: "was the witness of a waste of that day, or of what was put back",
    Discrepancy.About.COUNT: "was the second person of the count",
    Discrepancy.About.BELOW_ZERO: "was the second person of a count of it",
}


def _require_right(case: Discrepancy, remains: int) -> None:
    """Refuse to call explained what the book, or the last count, still has wrong."""
    if case.use:
        if not queries.account(case.use).adds_up:
            by_lot = " by lot" if not remains else ""
            raise Refusal(f"The session still does not add up{by_lot}. Make the entry that is missing first.")
    elif case.about == Discrepancy.About.BELOW_ZERO:
        if remains:
            raise Refusal(
                f"The book still has {mg_text(-remains)} mg less than nothing of {case.lot} in {case.location}. Make "
                "the entry that is missing first. The case stays open."
            )
    elif abs(remains) >= unexplained_micrograms():
        raise Refusal(
            f"The last count of {case.lot} in {case.location} still differs from the book by "
            f"{mg_text(abs(remains))} mg. Make the entry that is missing, count again, and close it then. The case "
            "stays open."
        )


def _write_into_the_book(
    case: Discrepancy, off: int, words: str, actor: Actor, proof: Mapping[str, Any], *, lot: Lot | str | None
) -> LedgerEntry:
    """What is missing, above zero, or too much; of a lot that nobody knows as it was typed."""
    kind = LedgerEntry.Kind.WRITTEN_OFF if off > 0 else LedgerEntry.Kind.FOUND
    place = {} if case.use else {"from_location" if off > 0 else "to_location": case.location}
    of = {"typed_lot": lot} if isinstance(lot, str) else {"lot": lot}
    return chain.append(
        case.site, actor, kind, abs(off), **of, use=case.use, words=words, document=f"{WRITTEN_BY}{case.pk}",
        **place, **proof,
    )  # fmt: skip


def _event(
    case: Discrepancy, kind: DiscrepancyEvent.Kind, actor: Actor, write_id: UUID, *, also: Any = None, **fields: Any
) -> DiscrepancyEvent:
    def do() -> None:
        if kind != Kind.LOSS_FACTS and (end := case.events.filter(kind=Kind.CLOSED).first()):
            raise Refusal(_is_closed(end))
        if also:
            also()
        event = DiscrepancyEvent(id=write_id, discrepancy=case, kind=kind, **fields, **actor.stamp)
        papers.keep(event, case.site, actor)
        patient = case.use.patient if case.use else None
        audit.record(actor, f"discrepancy {kind}", patient=patient, subject=case.pk)

    content = {"case": case.pk, **{name: getattr(value, "pk", value) for name, value in fields.items()}}
    once(case.site, f"discrepancy {kind}", content, actor, do, write_id=write_id)
    return DiscrepancyEvent.objects.get(pk=write_id)


def _is_closed(end: DiscrepancyEvent) -> str:
    people = " and ".join(str(user.display_name) for user in (end.recorded_by, end.witness) if user)
    outcome = end.get_outcome_display().lower()
    return f"This case was closed by {people} at {said(end.recorded_at)}: {outcome}. Nothing was changed."
