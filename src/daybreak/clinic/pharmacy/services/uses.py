"""One treatment day: drawn, given, wasted, put back. Nothing here can hold up a dose or a note.

`announce`, `state_given` and `end_use` are told by the treatment day, which comes after this stage, once its own facts
stand: the account follows the session, never the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as joined
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.pharmacy import chain, papers, queries
from daybreak.clinic.pharmacy.models import Formulation, LedgerEntry, Lot, StorageLocation, Use, UseEnd
from daybreak.clinic.pharmacy.services.doubts import (
    before_it_was_opened,
    entered_at_once,
    is_entered,
    left_before,
    more_than_runs_leaves,
    require_meant,
)
from daybreak.clinic.pharmacy.services.entries import (
    Kind,
    entry_of,
    happened_at,
    once,
    opposite,
    require_here,
    require_of_a_day,
    take,
    witnessed,
)
from daybreak.clinic.pharmacy.services.finding import ask_whether_drawn_twice, note_changed_amount
from daybreak.clinic.pharmacy.services.late import against_count, hold_against_counts
from daybreak.clinic.pharmacy.services.recalls import tell_of_recall
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import said
from daybreak.treatment.controlled_drug import Standing, mg_text, part_drawn_at_most, standing_against_draw
from daybreak.treatment.dose_preparation import slipped_point
from daybreak.treatment.drugs import Way
from daybreak.treatment.findings import Effect, reason_lacks, says_too_little


def announce(
    use_id: UUID,
    patient: Patient,
    actor: Actor,
    *,
    label: str,
    drug: str,
    planned_micrograms: int | None,
    ways: Sequence[Way],
    at: datetime,
) -> Use:
    """A session was opened: from now on drug can be drawn for it. Told again, it changes nothing."""
    use, _ = Use.objects.get_or_create(
        id=use_id,
        defaults={
            "site": patient.site, "patient": patient, "label": label, "drug": drug, "opened_at": at,
            "planned_micrograms": planned_micrograms, "planned_ways": [[way.route, way.manner] for way in ways],
            **actor.stamp,
        },
    )  # fmt: skip
    return use


def standing_against(lot: Lot, patient: Patient, on: datetime, ways: Sequence[Way]) -> tuple[Standing, ...]:
    """What stood at this time against drawing from this lot for this person, whose doses are given in these ways."""
    return standing_against_draw(
        recalled=bool(queries.recalled_lots([lot], on)),
        expires_on=lot.expires_on,
        use_by_day=lot.use_by,
        today=timezone.localdate(on),
        for_another=lot.patient_id is not None and lot.patient_id != patient.pk,
        other_form=other_form(lot.formulation, ways),
    )


def other_form(formulation: Formulation, ways: Sequence[Way]) -> str:
    """That such a container is made for no dose of the day, as a sentence; empty where it is, or none was told."""
    if not ways or any(map(formulation.is_for, ways)):
        return ""
    doses = " or ".join(dict.fromkeys(map(str, ways)))
    return f"This form ({formulation.form.one}) is not made for a dose {doses}."


def draw(
    use: Use,
    lot: Lot,
    location: StorageLocation,
    micrograms: int,
    actor: Actor,
    *,
    write_id: UUID,
    reason: str = "",
    at: datetime | None = None,
    waited: bool = False,
) -> LedgerEntry:
    """Take drug out for a treatment day. More than the book has is kept all the same, and opens a case; so is the same
    draw twice at once of which nobody could be asked, since it `waited` on a tablet without a network.

    Raises:
        Refusal: from a lot recalled by then or one for another person, or of another drug than the plan's; without a
            reason from one past its last day, of more than the day's plan needs, of far more of a part of a container,
            before the session was opened, after the person left, before a count that still saw it, or of the same twice
            at once; without a reason of ten words of ten times the plan, or from a container that is not made for the
            day's doses.
    """
    require_here(lot, location)
    require_of_a_day(lot.formulation, micrograms)
    if lot.formulation.drug != use.drug:
        raise Refusal(f"The plan says {use.drug}, and {lot} is {lot.formulation.drug}. Take the right lot.")
    content = {
        "use": use.pk, "lot": lot.pk, "location": location.pk, "micrograms": micrograms, "reason": reason, "at": at
    }  # fmt: skip

    def do() -> None:
        when = happened_at(at, actor, use)
        standing = standing_against(lot, use.patient, when, use.ways)
        more = _more_than_needed(use, lot, micrograms)
        counted = against_count(lot, location, micrograms, when)
        same = entered_at_once(Kind.DRAWN, use, lot, micrograms=micrograms, when=when, place=location)
        again = "" if waited else is_entered(same)
        asked = (more, before_it_was_opened(use, when), left_before(use, when), counted, again)
        _require_drawable(
            standing, [*filter(None, asked)], reason, far_more=bool(more) and _is_far_more(use, micrograms)
        )
        entry = take(
            lot, location, actor, Kind.DRAWN, micrograms, id=write_id, use=use, words=reason.strip(), occurred_at=when
        )
        if same and says_too_little(reason):  # it waited
            ask_whether_drawn_twice(entry, same, actor)
        if queries.recalled_lots([lot]):  # since: the entry waited on a tablet, and is a fact
            tell_of_recall(use, lot, actor)

    once(use.site, "drawn", content, actor, do, write_id=write_id)
    return entry_of(write_id)


def _require_drawable(standing: Sequence[Standing], asked: Sequence[str], reason: str, *, far_more: bool) -> None:
    """Refuse what nothing lifts; and what is asked about, all of it together, without a reason; far more than the plan
    takes one of ten words.
    """
    blocking = [each.says for each in standing if each.effect is Effect.BLOCK]
    if blocking:
        raise Refusal(f"{' '.join(blocking)} Nothing was saved.")
    lacking = [wanting for each in standing if (wanting := each.lacks(reason))]
    if asked and says_too_little(reason):
        lacking.insert(0, "Write why, in a few words.")
    if far_more and (wanting := reason_lacks(reason)):
        lacking.append(wanting)
    if lacking:  # what asks for most words is the form, and comes last
        words = " ".join([*(each.says for each in standing), *asked])
        raise Refusal(f"{words} Drawn all the same? {lacking[-1]} Nothing was saved.")


def _is_far_more(use: Use, micrograms: int) -> bool:
    """That it looks like the plan's amount with its point slipped, or is more than that."""
    planned = use.planned_micrograms
    if not planned or micrograms <= planned:
        return False
    return slipped_point(micrograms, [planned]) is not None or micrograms >= 10 * planned


def _more_than_needed(use: Use, lot: Lot, micrograms: int) -> str:
    """That it is more than the day's plan needs in whole containers, or, where no amount is planned, a second draw."""
    account = queries.account(use)
    out = account.drawn - account.returned
    if use.planned_micrograms is None:
        return f"{mg_text(out)} mg are drawn already for {use.label}, whose plan names no amount." if out > 0 else ""
    whole = lot.formulation.whole(use.planned_micrograms)
    is_part = micrograms % lot.formulation.micrograms_each != 0
    if out + micrograms <= (part_drawn_at_most(use.planned_micrograms) if is_part else whole):
        return ""
    already = f", and {mg_text(out)} mg are drawn already" if out > 0 else ""
    most = "" if is_part else f", of whole containers {lot.formulation.says(whole)} at most"
    return (
        f"The plan of this day is {mg_text(use.planned_micrograms)} mg{most}{already}: "
        f"{lot.formulation.says(micrograms)} are more."
    )


def waste(
    use: Use,
    lot: Lot,
    micrograms: int,
    actor: Actor,
    witness: Witness,
    *,
    write_id: UUID,
    words: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> LedgerEntry:
    """What was drawn and not given is made useless before a witness who has proved themselves.

    Raises:
        Refusal: for a lot that was not drawn for this day, more than is left of it, whole containers without words, or
            a witness who is the same person; without a reason for more than a dose that runs leaves, or the same twice
            at once.
    """
    require_of_a_day(lot.formulation, micrograms, is_waste=True)
    proof = witnessed(witness, actor)
    content = {
        "use": use.pk, "lot": lot.pk, "micrograms": micrograms, "words": words, "at": at, "witness": witness.user.pk,
        **({"reason": reason.strip()} if reason.strip() else {}),
    }  # fmt: skip
    both = " All the same: ".join(filter(None, [words.strip(), reason.strip()]))

    def do() -> None:
        when = happened_at(at, actor, use)
        _require_in_hand(use, lot, micrograms, when)
        if micrograms % lot.formulation.micrograms_each == 0 and not words.strip():
            raise Refusal(
                f"{lot.formulation.says(micrograms)} are whole containers. Unopened they go back: use “Put back”. If "
                "they are wasted all the same, write why. Nothing was saved."
            )
        same = entered_at_once(Kind.WASTED, use, lot, micrograms=micrograms, when=when)
        require_meant([more_than_runs_leaves(use, lot, micrograms, actor.now), is_entered(same)], "Wasted", reason)
        chain.append(
            use.site, actor, Kind.WASTED, micrograms, id=write_id, use=use, lot=lot, words=both,
            occurred_at=when, **proof,
        )  # fmt: skip

    once(use.site, "wasted", content, actor, do, write_id=write_id)
    return entry_of(write_id)


def put_back(
    use: Use,
    lot: Lot,
    location: StorageLocation,
    micrograms: int,
    actor: Actor,
    *,
    write_id: UUID,
    witness: Witness | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> LedgerEntry:
    """What was drawn and not needed goes back to a place: what is unopened and whole, what several doses come from. Of
    another form than the day's doses nothing is asked: to draw it was, and putting it back is the way out.

    Raises:
        Refusal: for a lot that was not drawn for this day, or more than is left of it; without a witness for what one
            person alone does not put back; without a reason for more than a dose that runs leaves, before a count that
            did not see it, or the same twice at once.
    """
    require_here(lot, location)
    require_of_a_day(lot.formulation, micrograms)
    proof = witnessed(witness, actor) if witness else {}
    content = {"use": use.pk, "lot": lot.pk, "location": location.pk, "micrograms": micrograms, "at": at} | (
        ({"witness": witness.user.pk} if witness else {}) | ({"reason": reason.strip()} if reason.strip() else {})
    )

    def do() -> None:
        when = happened_at(at, actor, use)
        _require_in_hand(use, lot, micrograms, when)
        if witness is None and (why := _put_back_by_two(use, lot, micrograms)):
            raise Refusal(f"{why} It is put back before a witness, or wasted. Nothing was saved.")
        same = entered_at_once(Kind.RETURNED, use, lot, micrograms=micrograms, when=when, place=location)
        runs = more_than_runs_leaves(use, lot, micrograms, actor.now)
        require_meant([runs, against_count(lot, location, -micrograms, when), is_entered(same)], "Put back", reason)
        entry = chain.append(
            use.site, actor, Kind.RETURNED, micrograms, id=write_id, use=use, lot=lot, to_location=location,
            occurred_at=when, words=reason.strip(), **proof,
        )  # fmt: skip
        hold_against_counts(entry, actor)

    once(use.site, "put back", content, actor, do, write_id=write_id)
    return entry_of(write_id)


def _put_back_by_two(use: Use, lot: Lot, micrograms: int) -> str:
    """Why it takes two to put this back, as a sentence; empty where it is sealed and the day goes on as it was told."""
    if micrograms % lot.formulation.micrograms_each:
        return f"{lot.formulation.says(micrograms)} are part of an opened {lot.formulation.form.one}."
    if use.end is not None:  # whatever time is typed
        return f"{use.patient} has left."
    if queries.given_was_lowered(use):
        return "The amount given was lowered in the session."
    return ""


def _require_in_hand(use: Use, lot: Lot, micrograms: int, at: datetime) -> None:
    """Refuse more than is left of what was drawn, and a time before any of it was. Only waste and what goes back are
    asked: what was given was given.
    """
    if lot not in queries.in_hand(use):
        raise Refusal(f"Nothing of {lot} was drawn for {use}. Choose a lot that was drawn.")
    left = queries.left_in_hand(use, lot)
    if micrograms > left:
        held = f"Of {lot} {lot.formulation.says(left)} are in hand" if left > 0 else f"Nothing of {lot} is in hand"
        raise Refusal(
            f"{held} for this session: drawn, less what was given, wasted and put back. "
            "If a draw is missing, record it first. Nothing was saved."
        )
    drawn = queries.standing(LedgerEntry.objects.filter(use=use, lot=lot, kind=Kind.DRAWN))
    first = min(drawn.values_list("occurred_at", flat=True))
    if at < first.replace(second=0, microsecond=0):  # times are typed to the minute
        raise Refusal(
            f"{lot} was first drawn for this session at {said(first)}, after {said(at)}. Check the time. If it was "
            "drawn earlier, correct that first: reverse the draw and record it with its time. Nothing was saved."
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What a session says was given, the lot as it was typed there (or empty), and why none was."""

    micrograms: int
    lot: str = ""
    no_lot: str = ""

    def words(self, place: int) -> str:
        """What the entry says of it; the same for every entry of one dose, which it names."""
        return f"dose {place}; no lot typed: {self.no_lot}" if self.no_lot else f"dose {place}"


@transaction.atomic
def state_given(use: Use, given: Sequence[Given], actor: Actor, at: datetime) -> None:
    """Bring the entries of what was given into line with the session. Told again, it changes nothing.

    A correction in the session reverses the entries that stood before. The lot is the one typed, where it was drawn or
    is known here; one that is not known keeps no lot, and the day does not add up by lot. Where none was typed, the
    only one in hand counts as given; what nothing was drawn for keeps no lot, and the day does not add up.
    """
    chain.alone_in(use.site)
    before = queries.account(use)
    told = [each for each in given if each.micrograms > 0]
    doses = _doses_before(use)
    same = 0
    while same < min(len(told), len(doses)) and (told[same].lot, told[same].micrograms) == _said(doses[same]):
        same += 1
    for entry in joined.from_iterable(doses[same:]):
        opposite(entry, "The session states another amount or lot.", actor)
    left = queries.in_hand(use)
    for entry in joined.from_iterable(doses[:same]):
        if entry.lot in left:
            left[entry.lot] -= entry.micrograms
    for place, each in enumerate(told[same:], start=same + 1):
        for lot, part in _by_lot(use, each.lot, each.micrograms, left):
            chain.append(
                use.site, actor, Kind.GIVEN, part, use=use, lot=lot, typed_lot=each.lot, occurred_at=at,
                words=each.words(place),
            )  # fmt: skip
    note_changed_amount(use, before, actor)


def _doses_before(use: Use) -> list[list[LedgerEntry]]:
    """What the session had said, dose by dose; a dose out of two lots is two entries."""
    doses: dict[str, list[LedgerEntry]] = {}
    given = queries.standing(LedgerEntry.objects.filter(use=use, kind=Kind.GIVEN))
    for entry in given.select_related("lot__formulation").order_by("number"):
        doses.setdefault(entry.words, []).append(entry)
    return list(doses.values())


def _said(dose: Sequence[LedgerEntry]) -> tuple[str, int]:
    return dose[0].typed_lot, sum(entry.micrograms for entry in dose)


def _by_lot(use: Use, typed: str, micrograms: int, left: dict[Lot, int]) -> list[tuple[Lot | None, int]]:
    """Which lots an amount came from; `left` is what is in hand of each, and is lessened. Of several in hand, nobody
    guesses which it was where none was typed."""
    if not typed and sum(each > 0 for each in left.values()) > 1:
        return [(None, micrograms)]
    here = queries.typed_lot(use.site, use.drug, typed) if typed else None
    known = queries.called(left, here.number) if here else []
    if typed and not known:
        return [(here, micrograms)]
    found: list[tuple[Lot | None, int]] = []
    for lot in known or left:
        part = min(micrograms, max(left[lot], 0))
        if part:
            left[lot] -= part
            micrograms -= part
            found.append((lot, part))
    if micrograms:
        found.append((known[0] if known else None, micrograms))
    return found


@transaction.atomic
def end_use(use: Use, actor: Actor, at: datetime | None) -> None:
    """The person has left; None: they are here, and an end that was told is taken back. Told again, nothing changes."""
    chain.alone_in(use.site)
    use = Use.objects.get(pk=use.pk)
    if (told := use.end) is not None and (at is None or told.at != at):
        why = {"corrects": told, "correction_reason": "The leaving was taken back in the session."}
        papers.keep(UseEnd(use=use, at=at or actor.now, **why, **actor.stamp), use.site, actor)
        told = None
    if at is not None and told is None:
        papers.keep(UseEnd(use=use, at=at, **actor.stamp), use.site, actor)
