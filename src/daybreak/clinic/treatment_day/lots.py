"""The lot a dose is given from, and what stands against it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy.asked_of_sessions import Named
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.recipients import lots_called
from daybreak.clinic.pharmacy.services import standing_against, tell_whoever_treats
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import DoseRun, Phase
from daybreak.clinic.treatment_day.models import NOT_COUNTED, Session, SessionEvent
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.findings import Effect

Kind = SessionEvent.Kind
LONGEST_LOT = LedgerEntry._meta.get_field("typed_lot").max_length  # characters; ours


def too_long(typed: str) -> str:
    """Why what was typed is no lot, as a sentence; else empty. A scanner writes the whole code of a package: cut to
    what fits, it would be another lot, and no recall would find it.
    """
    return (
        f"“{typed}” has {len(typed)} characters; a lot has at most {LONGEST_LOT}." if len(typed) > LONGEST_LOT else ""
    )


def require_length(typed: str) -> None:
    """Refuse what is too long for a lot."""
    if why := too_long(typed):
        raise Refusal(
            f"{why} Type the lot alone, as it stands on the label, or leave it empty and write there why. Nothing was "
            "recorded."
        )


def as_kept(lot: str, no_lot: str) -> dict[str, str]:
    """The lot as an entry keeps it: what is too long for one stays whole, in the words that say why there is none."""
    why = f"typed in its place, too long for a lot: {lot}" if too_long(lot) else ""
    words = "; ".join(filter(None, [no_lot, why]))
    return {"lot": "" if why else lot, **({"no_lot": words} if words else {})}


def lots_given_from(session: Session, typed: str = "") -> list[Lot]:
    """The lot typed, if it is known here, or each that can be meant; where none was typed, what was drawn and neither
    wasted nor put back."""
    if typed:
        return pharmacy_queries.each_meant(_of_the_plans_drug(session), typed)
    use = Use.objects.filter(pk=session.pk).first()
    return [lot for lot, left in pharmacy_queries.in_hand(use).items() if left > 0] if use else []


def lots_perhaps_given_from(session: Session, typed: str, read: Iterable[Lot]) -> list[Lot]:
    """Each known lot that what was typed may be, beside those that are `read` in it."""
    if not typed or pharmacy_queries.called(read, typed):
        return []
    return pharmacy_queries.perhaps_meant(_of_the_plans_drug(session), typed)


def _of_the_plans_drug(session: Session) -> QuerySet[Lot]:
    drug = queries.planned_doses(session)[0].dose.drug
    return pharmacy_queries.lots_of(session.course.patient.site).filter(formulation__drug=drug).order_by("pk")


def measured_from(lots: Iterable[Lot]) -> Lot | None:
    """The first of these that holds a liquid; None where each is counted whole."""
    return next((lot for lot in lots if not lot.formulation.is_counted_whole), None)


def standing_against_lot(session: Session, at: datetime, typed: str = "") -> tuple[str, ...]:
    """Why nothing is given from it at this time without a reason, as sentences.

    Of what is in hand only what forbids it counts: the rest was asked when it was drawn.
    """
    lots = lots_given_from(session, typed)
    perhaps = lots_perhaps_given_from(session, typed, lots)
    if typed and not lots and pharmacy_queries.began_at(session.course.patient.site) is not None:
        if other := of_another_drug(session, typed):
            return (other,)
        if not perhaps:
            return (f"Lot {typed} is not known to the drug account: look at the container again.",)
    ways = [queries.planned_doses(session)[0].dose.way]
    against = (
        f"Lot {lot.number}: {each.says}"
        for lot in (*lots, *perhaps)
        for each in standing_against(lot, session.course.patient, at, ways)
        if typed or each.effect is Effect.BLOCK
    )
    return tuple(filter(None, (_read_in(lots, typed), _may_be(perhaps, typed), *against)))


def _read_in(lots: Collection[Lot], typed: str) -> str:
    """That a known lot's number stands in what was typed, and is not all of it, as a sentence."""
    if not typed or not lots or pharmacy_queries.called(lots, typed):
        return ""
    numbers = " and ".join(sorted(f"lot {lot.number}" for lot in lots))
    return f"“{typed}” is read as {numbers}: look at the container again."


def _may_be(perhaps: Iterable[Lot], typed: str) -> str:
    """That what was typed may be a known lot, as a sentence; else empty."""
    numbers = " or ".join(sorted(f"lot {lot.number}" for lot in perhaps))
    return f"“{typed}” may be {numbers}: look at the container again." if numbers else ""


def of_another_drug(session: Session, typed: str) -> str:
    """That the account knows a lot as another drug only, whatever stands between its letters and figures, as a
    sentence; else empty: no reason makes it right.
    """
    drug = queries.planned_doses(session)[0].dose.drug
    known = lots_called(session.course.patient.site, typed) if typed else []
    if not known or any(lot.formulation.drug == drug for lot in known):
        return ""
    lot = f"Lot {known[0].number}"
    if not pharmacy_queries.called(known, typed):
        lot = f"{lot}, as “{typed}” is read,"
    return f"{lot} is {known[0].formulation}: another drug than {drug}."


# What a lot is typed with. What a tablet kept and the session does not count may have been given all the same.
_NAMES_A_LOT = Q(kind__in=(Kind.DOSE_STARTED, Kind.DEVICE_GIVEN)) | Q(kind=Kind.OBSERVATION, data__what=NOT_COUNTED)


def tell_those_treated(lot: Lot, actor: Actor, **_: object) -> None:
    """A lot was recalled: a red flag in each session that goes on and typed it with a dose, drawn or not."""
    typed = SessionEvent.objects.filter(
        _NAMES_A_LOT, session__is_over=False, session__course__patient__site=lot.formulation.site
    ).select_related("session__course__patient", "session__opened_by")  # fmt: skip
    named = [(each.session, str(each.data["lot"])) for each in typed if each.data.get("lot")]
    spelled = pharmacy_queries.spellings(lot.formulation.site, lot.number, {as_typed for _, as_typed in named})
    for session, as_typed in {of: as_typed for of, as_typed in named if as_typed in spelled}.items():
        tell_whoever_treats(
            lot, session.course.patient, actor, session_id=session.pk, label=f"session {session.number}",
            opened_by=session.opened_by, typed=as_typed,
        )  # fmt: skip


def sessions_that_name(
    site: Site, number: str, others: Collection[str], listed: Mapping[UUID, bool], **_: object
) -> Iterator[Named]:
    """The account asks who got a lot: those whose amount it was not told. Four queries."""
    typed, now = _typed_at(site, number), timezone.localtime()
    told = [session_id for session_id, is_told in listed.items() if is_told]
    asked = Session.objects.filter(Q(pk__in=typed) | Q(pk__in=listed, is_over=False)).exclude(pk__in=told, is_over=True)
    for session in queries.with_doses(asked.select_related("course__patient")):
        state = queries.doses_of(session, now)
        if not state.planned or state.drug not in others:
            times = typed.get(session.pk, {})
            says = (_known_of_the_amount(state, times.keys()), pharmacy_queries.typed_otherwise(number, times.values()))
            yield Named(
                session.pk, session.course.patient, f"session {session.number}",
                max(times, default=session.opened_at), ", ".join(filter(None, says)),
            )  # fmt: skip


def _typed_at(site: Site, number: str) -> dict[UUID, dict[datetime, str]]:
    """When this lot was typed, and how, by session."""
    events = SessionEvent.objects.filter(_NAMES_A_LOT, session__course__patient__site=site).order_by()
    lots = events.annotate(lot=KT("data__lot")).values_list("lot", flat=True).distinct()
    spelled = pharmacy_queries.spellings(site, number, filter(None, lots))
    found: dict[UUID, dict[datetime, str]] = {}
    columns = ("session", "occurred_at", "data__lot")
    for session_id, at, lot in events.filter(data__lot__in=spelled).values_list(*columns) if spelled else ():
        found.setdefault(session_id, {})[at] = lot
    return found


def _known_of_the_amount(state: SessionState, times: Set[datetime]) -> str:
    """What is known of what was given from a lot typed at these times, or, where none was, of whatever was begun: in
    words, empty where it is an amount."""

    def is_of_it(run: DoseRun) -> bool:
        return not times or not times.isdisjoint({run.started_at, *run.device_times})

    runs = [run for run in state.runs if is_of_it(run)]
    if not state.left and any(not run.end_is_recorded for run in runs):
        return "paused now" if state.phase is Phase.PAUSED else "running now"
    if runs:
        return "" if any(run.given_mg(state.now) > 0 for run in runs) else "0 mg recorded"
    if any(is_of_it(run) for run in state.mistaken):
        return "started by mistake, taken back"
    return "typed on a tablet without network, not counted" if times else ""
