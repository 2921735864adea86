"""Two people confirm a dose before it begins, where the site wants it. Each proves themselves; neither can be both."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.lots import lots_given_from, measured_from
from daybreak.clinic.treatment_day.models import Session, SessionEvent, TimeOutRule
from daybreak.clinic.treatment_day.preparation import prepared_words
from daybreak.clinic.treatment_day.services.events import happened
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment import time_out
from daybreak.treatment.regimen import RegimenError
from daybreak.treatment.said_aloud import said_aloud


def set_time_out(site: Site, wanted: bool, reason: str, actor: Actor, *, write_id: UUID) -> TimeOutRule:
    """The medical director switches the time-out by two people on or off, and says why.

    Raises:
        Refusal: for anybody else, or without a reason.
    """

    def do() -> None:
        if actor.user is None or not actor.user.allows(Permission.SCHEDULE_SET):
            raise Refusal("Only the medical director of the site switches this.")
        if actor.user.site_id != site.pk:
            raise NotYours("This is the rule of another site.")
        if not reason.strip():
            raise Refusal("Write why, in a few words. Nothing was saved.")
        TimeOutRule.objects.create(id=write_id, site=site, wanted=wanted, reason=reason.strip(), **actor.stamp)
        audit.record(actor, "time-out rule set", subject=site.pk, wanted=wanted)

    content = {"site": site.pk, "wanted": wanted, "reason": reason.strip()}
    writes.once(write_id, "time-out rule set", content, actor, do)
    return TimeOutRule.objects.get(pk=write_id)


def record_time_out(
    session: Session,
    second: Witness,
    confirmed: Iterable[str],
    actor: Actor,
    *,
    write_id: UUID,
    concentration_mg_per_ml: float | None = None,
    at: datetime | None = None,
) -> SessionEvent:
    """Who is signed in and a second person, who has just proved themselves, confirm the next dose of the plan.

    Args:
        concentration_mg_per_ml: as the label says; None where nothing is drawn up. The dose then starts with it.

    Raises:
        Refusal: if something is not confirmed, the two are one or the second runs no sessions, no dose is to come, or
            the concentration is none.
    """
    said = list(confirmed)
    if actor.user is not None and second.user.pk == actor.user.pk:
        raise Refusal("The second person is somebody else than you, and types their own PIN or password.")
    if not second.user.allows(Permission.SESSION_RUN):
        raise Refusal(f"{second.user} runs no sessions. Who confirms a dose may open it: a nurse or a prescriber.")
    if open_still := time_out.unconfirmed(said):
        raise Refusal(f"Not confirmed: {'; '.join(open_still)}. Read it aloud together, then tick it.")

    def check(state: SessionState) -> Mapping[str, Any]:
        dose = state.next_dose
        if state.left or dose is None:
            raise Refusal("No dose is to come in this session, so there is nothing to confirm.")
        words = said_aloud(dose.dose, dose.mg)
        strength = concentration_mg_per_ml
        if strength is None and (dose.is_injection or dose.dose.duration_min):
            raise Refusal("Which strength is in hand? Read the mg/mL of the label aloud and type it.")
        if strength is None and dose.may_be_measured and (bottle := measured_from(lots_given_from(session))):
            holds = bottle.formulation.form.one
            raise Refusal(f"Lot {bottle.number} was drawn, a {holds}. Read the mg/mL of its label aloud and type it.")
        try:
            prepared = prepared_words(dose, strength)
        except RegimenError as problem:
            raise Refusal(str(problem)) from problem
        if not prepared:
            return {"confirmed": words}
        return {"confirmed": f"{words}, {prepared}", "concentration_mg_per_ml": strength}

    return happened(
        session, SessionEvent.Kind.TIME_OUT, actor, write_id=write_id, at=at, check=check,
        data={
            "second_person": second.user.display_name, "second_person_id": str(second.user.pk), "proof": second.proof,
            "ticked": sorted(said), "typed_mg_per_ml": concentration_mg_per_ml,
        },
    )  # fmt: skip


def missing_time_out(session: Session, state: SessionState) -> list[str]:
    """That two people have not confirmed the next dose, where the site wants it, as a sentence."""
    if state.time_out_counts or not queries.wants_time_out(session.course.patient.site_id):
        return []
    if state.time_out is not None:
        return [f"The time-out of {clock_today(state.time_out.occurred_at)} is too old for this dose."]
    return ["This clinic wants a time-out by two people, and there was none."]


def require_time_out(session: Session, state: SessionState) -> None:
    """Refuse to begin a dose that two people have not confirmed, where the site wants it.

    Raises:
        Refusal: with what to do.
    """
    if not (missing := missing_time_out(session, state)):
        return
    if state.time_out is not None:
        raise Refusal(f"{missing[0]} Two people confirm it again, then start.")
    raise Refusal(
        f"{missing[0]} You and a second person confirm identity, drug, dose and route; the second person types their "
        "own PIN or password. Then start."
    )
