"""How a story is told: as moments in time, of which only those that are past by now happen.

Every moment is carried out by a verb of the clinic, by the person whose work it is, at its own time. Ids and all
that is drawn follow from the seed and the story, never from the order in which things are told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from uuid import NAMESPACE_OID, UUID, uuid5

from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.referral.models import Referral
from daybreak.clinic.treatment_day.models import Session
from daybreak.demonstration.people import ADDRESS, House
from daybreak.demonstration.stories import Reached, Story
from daybreak.treatment.regimen import sessions

SEED = 1
# Days before the first dose on which each step is taken; ours.
CONFIRMED, INTERVIEWED, DECIDED, DRAFTED, SIGNED = (timedelta(days=days) for days in (16, 12, 8, 6, 5))
_REACHED_BY = {
    Reached.WAITING: CONFIRMED,
    Reached.SCREENING: INTERVIEWED,
    Reached.DECIDED: DECIDED,
    Reached.DRAFTED: DRAFTED,
}
FOLLOWUP_AFTER_LAST = timedelta(days=6)
ENDED_AFTER_LAST = timedelta(days=40)
# How long before now the doses of today began.
RUNNING_FOR = timedelta(minutes=24)
LEFT_SINCE_DOSE = timedelta(hours=3)
PREPARING_UNTIL_DOSE = timedelta(minutes=7)
LAST_DOSE_OF_WHO_SIGNS_IN = timedelta(hours=22)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at a time. Its verb is told the time."""

    at: datetime
    do: Callable[[datetime], object]


@dataclass
class Telling:
    """One story being told: what stands in the record so far."""

    story: Story
    house: House
    now: datetime
    seed: int
    referral: Referral = field(init=False)
    course: Course = field(init=False)
    person: User = field(init=False)
    held: dict[int, Session] = field(default_factory=dict)

    def id(self, *words: object) -> UUID:
        """The id of one thing of this story."""
        return uuid5(NAMESPACE_OID, f"daybreak demonstration {self._seed(words)}")

    def chance(self, *words: object) -> Random:
        """Where one thing of this story gets what is drawn for it."""
        return Random(self._seed(words))  # noqa: S311 - an illustration, no secret

    def _seed(self, words: tuple[object, ...]) -> str:
        return "/".join(map(str, (self.seed, self.story.number, *words)))

    def acts(self, role: Role, at: datetime | None = None) -> Actor:
        """Who does it, and when they record it."""
        return self.house.acts(role, at)

    def answers(self, at: datetime) -> Actor:
        """The person of the story, recording their own answers."""
        return Actor(self.person, ADDRESS, at)

    @cached_property
    def doses_at(self) -> tuple[datetime, ...]:
        """When the first dose of each planned session was or will be given; empty without a plan."""
        if not self.story.plan:
            return ()
        planned = sessions(self.story.regimen)
        usual = [self._usual_time(self.first_day + timedelta(days=session.day)) for session in planned]
        return tuple(self._moved(index, at) for index, at in enumerate(usual))

    @cached_property
    def first_day(self) -> date:
        """The day of the first planned session."""
        planned, story = sessions(self.story.regimen), self.story
        reached_at = self.now - timedelta(days=story.days)
        if story.next_in is not None:
            # Just after midnight the dose of "today" was yesterday's: the days before it move with it.
            today = timezone.localdate(self._dose_today or self.now)
            return today + timedelta(days=story.next_in - planned[story.sessions_given].day)
        if story.reached is Reached.DRAFTED:
            return timezone.localdate(reached_at + DRAFTED)
        since_last = ENDED_AFTER_LAST if story.reached is Reached.ENDED else FOLLOWUP_AFTER_LAST
        return timezone.localdate(reached_at - since_last) - timedelta(days=planned[-1].day)

    def _usual_time(self, day: date) -> datetime:
        """Between 9:00 and 14:15, each person at their own time."""
        quarters = self.chance("hour").randrange(22)
        return timezone.make_aware(datetime.combine(day, time(9 + quarters // 4, 15 * (quarters % 4))))

    def _moved(self, index: int, usual: datetime) -> datetime:
        """What happens today is placed around now, whatever the clock says."""
        given = self.story.sessions_given
        if "signs_in" in self.story.unusual and index == given - 1:
            return self.now - LAST_DOSE_OF_WHO_SIGNS_IN
        return (self._dose_today or usual) if index == given else usual

    @property
    def _dose_today(self) -> datetime | None:
        """When the dose of today began or will begin; None for whom nothing happens today."""
        return {
            "running": self.now - RUNNING_FOR,
            "left": self.now - LEFT_SINCE_DOSE,
            "preparing": self.now + PREPARING_UNTIL_DOSE,
        }.get(self.story.today)

    def before_first_dose(self, step: timedelta) -> datetime:
        """When a step towards the first dose was taken."""
        return self._anchor() - step

    def _anchor(self) -> datetime:
        """The first dose; for who has none planned, such that the stage they reached was entered `days` ago."""
        reached = _REACHED_BY.get(self.story.reached)
        if reached is None:
            return self._usual_time(self.first_day)
        return self.now - timedelta(days=self.story.days, minutes=40) + reached


def past(moments: Iterable[Moment], now: datetime) -> list[Moment]:
    """What has happened by now, in the order of time."""
    return sorted((moment for moment in moments if moment.at <= now), key=lambda moment: moment.at)
