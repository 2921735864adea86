"""The way of each synthetic person through the clinic, told with the clinic's own verbs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO

from django.utils import timezone

from daybreak.clinic.planning.models import USUAL_CONCENTRATION_MG_PER_ML, Plan
from daybreak.clinic.planning.proposal import propose
from daybreak.clinic.planning.services import draft_plan, sign_plan
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, Stage
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.services import answer_flag, move_course, name_therapist
from daybreak.clinic.referral import services as referrals
from daybreak.demonstration.appointments import booked
from daybreak.demonstration.bundles import bundle
from daybreak.demonstration.drugs import named_delivery
from daybreak.demonstration.letters import written
from daybreak.demonstration.people import ADDRESS, House, add_patient_user
from daybreak.demonstration.programme import in_programme
from daybreak.demonstration.scores import measured
from daybreak.demonstration.screenings import screened
from daybreak.demonstration.sessions import held
from daybreak.demonstration.stories import Reached
from daybreak.demonstration.telling import (
    CONFIRMED,
    DRAFTED,
    ENDED_AFTER_LAST,
    FOLLOWUP_AFTER_LAST,
    SIGNED,
    Moment,
    Telling,
)
from daybreak.treatment.findings import Effect

RECEIVED_BEFORE = timedelta(hours=20)
REVIEWED_AFTER = timedelta(weeks=4)
FLAGS_ANSWERED_AFTER = timedelta(hours=3)
GOALS = "To sleep through the night and to go back to work part of the week."
PSYCHOTHERAPY = "Weekly, the day after a session where it can be."
STOP_RULES = (
    "No improvement of at least 25 % after six sessions; pressure that stays beyond the gate; bladder symptoms."
)
REASON = "Agreed with the person, who knows the reasons; reviewed after the first session."


def moments(telling: Telling) -> Iterator[Moment]:
    """Everything in one person's story, in no order; what is still to come is among it."""
    yield from _referred(telling)
    if telling.story.reached is Reached.WAITING:
        return
    yield from screened(telling)
    yield from _planned(telling)
    yield from booked(telling)
    yield from held(telling)
    yield from named_delivery(telling)
    yield from in_programme(telling)
    yield from written(telling)
    yield from measured(telling)
    yield from _stages(telling)


def _referred(telling: Telling) -> Iterator[Moment]:
    confirmed_at = telling.before_first_dose(CONFIRMED)
    if telling.story.reached is Reached.WAITING:
        yield Moment(confirmed_at, lambda at: _receive(telling, at))
        return
    yield Moment(confirmed_at - RECEIVED_BEFORE, lambda at: _receive(telling, at))
    yield Moment(confirmed_at, lambda at: _confirm(telling, at))


def _receive(telling: Telling, at: datetime) -> None:
    story = telling.story
    telling.referral = referrals.receive(
        BytesIO(bundle(story, at)), f"{story.name.replace(' ', '-').lower()}.json", telling.house.site,
        telling.acts(Role.COORDINATOR, at), referral_id=telling.id("referral"),
    )  # fmt: skip


def _confirm(telling: Telling, at: datetime) -> None:
    choice = referrals.Confirmation(telling.story.indication, telling.house.staff[Role.PRESCRIBER])
    accepted = referrals.confirm(
        telling.referral, choice, telling.acts(Role.COORDINATOR, at), acceptance_id=telling.id("acceptance")
    )
    telling.course = accepted.course
    if telling.story.number % 3:  # every third person has no therapist
        name_therapist(telling.course, telling.house.staff[Role.THERAPIST], telling.acts(Role.PRESCRIBER, at))
    telling.person = add_patient_user(
        accepted.patient, telling.house, telling.story.number, signs_in="signs_in" in telling.story.unusual
    )


def _planned(telling: Telling) -> Iterator[Moment]:
    story = telling.story
    if story.reached.is_past(Reached.DRAFTED):
        yield Moment(telling.before_first_dose(DRAFTED), lambda at: _draft(telling, at))
    if story.reached.is_past(Reached.SIGNED):
        yield Moment(telling.before_first_dose(SIGNED), lambda at: _sign(telling, at))


def _draft(telling: Telling, at: datetime) -> None:
    story = telling.story
    first_day = telling.first_day
    proposal = propose(
        telling.course, story.words, first_day,
        weight_kg=story.weight_kg, concentration_mg_per_ml=USUAL_CONCENTRATION_MG_PER_ML,
        today=timezone.localdate(at),
    )  # fmt: skip
    draft_plan(
        telling.course, story.words, first_day, telling.acts(Role.PRESCRIBER, at),
        weight_kg=story.weight_kg, goals=GOALS, psychotherapy=PSYCHOTHERAPY, stop_rules=STOP_RULES,
        review_on=first_day + REVIEWED_AFTER, plan_id=telling.id("plan"), at=at,
        reasons={remark.id: REASON for remark in proposal.remarks if remark.effect is Effect.REASON},
    )  # fmt: skip


def _sign(telling: Telling, at: datetime) -> None:
    plan = Plan.objects.get(pk=telling.id("plan"))
    sign_plan(plan, telling.acts(Role.PRESCRIBER, at), signature_id=telling.id("signature"), at=at)


def _stages(telling: Telling) -> Iterator[Moment]:
    """Where the prescriber moves the course when its sessions are over."""
    story = telling.story
    if not story.reached.is_past(Reached.FOLLOWUP):
        return
    last_at = telling.doses_at[-1]
    yield Moment(last_at + FOLLOWUP_AFTER_LAST, lambda at: _move(telling, Stage.FOLLOWUP, "All sessions given.", at))
    if story.reached is Reached.ENDED:
        yield Moment(last_at + ENDED_AFTER_LAST, lambda at: _move(telling, Stage.ENDED, story.ended_because, at))


def _move(telling: Telling, stage: Stage, reason: str, at: datetime) -> None:
    move_course(telling.course, stage, reason, telling.acts(Role.PRESCRIBER, at))


def answer_old_flags(house: House, now: datetime) -> None:
    """What was raised long enough ago was acted on; what is new waits for whoever looks around."""
    for flag in open_flags(site=house.site).filter(recorded_at__lte=now - 2 * FLAGS_ANSWERED_AFTER):
        owner = Actor(flag.owner, ADDRESS, flag.recorded_at + FLAGS_ANSWERED_AFTER)
        answer_flag(flag, FlagEvent.Kind.CLOSED, _said_about(flag), owner)


def _said_about(flag: Flag) -> str:
    if flag.rule == "PHQ9-ITEM9":
        return "Phoned and asked the screener: no plan and no intent. Safety plan gone through."
    return "Talked about it on the phone; looked at again on the next visit."
