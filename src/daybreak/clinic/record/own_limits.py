"""A clinic's own limits: which published numbers its medical director replaced, by what, since when and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import OwnLimit, Site
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.treatment.days import said_day
from daybreak.treatment.findings import reason_lacks, says_too_little
from daybreak.treatment.limits import (
    SHORT_NAMES,
    Limit,
    LimitError,
    OwnLimits,
    left_out,
    limits_with,
    session_limits,
)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One published limit, the `limit` that holds here, and the director's newest word about it.

    `why_not`: why a number that was written does not hold.
    """

    published: Limit
    limit: Limit
    word: OwnLimit | None
    why_not: str = ""

    @property
    def written(self) -> float | None:
        """The clinic's own number, whether it holds or not."""
        return self.word.value if self.word else None

    @property
    def is_own(self) -> bool:
        return self.limit.published is not None


@dataclass(frozen=True, slots=True)
class SetHere:
    """A limit whose number is the clinic's own and not the published one, with the word that set it."""

    limit: Limit
    word: OwnLimit | None

    @property
    def short(self) -> str:
        """For example "Systolic amber 175, published 160"."""
        limit = self.limit
        return f"{SHORT_NAMES[limit.vital]} {limit.level} {limit.value:g}, published {limit.as_published.value:g}"

    @property
    def set_by(self) -> str:
        """Who set it, when and why, as a sentence; empty where no word is known."""
        if self.word is None:
            return ""
        by = self.word.recorded_by.display_name if self.word.recorded_by else "nobody named"
        return f"Set by {by} on {said_day(timezone.localtime(self.word.recorded_at))}: “{self.word.reason}”"

    @property
    def sentence(self) -> str:
        return f"{self.short}. {self.set_by}".strip()


def set_here(site: UUID, own: OwnLimits, at: datetime) -> tuple[SetHere, ...]:
    """Which of these numbers differ from the published ones, and who set them. No query where none does, else one.

    Args:
        own: the clinic's own limits, as they were `at` that time.
    """
    limits = [each for each in limits_with(own).limits if each.as_published.value != each.value]
    if not limits:
        return ()
    words = OwnLimit.objects.filter(site=site, limit__in=[each.id for each in limits]).select_related("recorded_by")
    ordered = sorted(words, key=lambda word: (word.recorded_at <= at, word.recorded_at))
    set_by = {(word.limit, word.value): word for word in ordered}
    return tuple(SetHere(limit, set_by.get((limit.id, limit.value))) for limit in limits)


def own_limits(site: Site) -> OwnLimits:
    """The clinic's own numbers in force, by limit id. A session takes them over when it is opened."""
    newest = {row.limit: row.value for row in _words(site)}
    return tuple(sorted((limit, value) for limit, value in newest.items() if value is not None))


def rows(site: Site) -> list[LimitRow]:
    """Every limit of a session with what holds here, in the published order."""
    words = {row.limit: row for row in _words(site).select_related("recorded_by")}
    own = own_limits(site)
    here, why_not = {limit.id: limit for limit in limits_with(own).limits}, left_out(own)
    return [
        LimitRow(limit, here[limit.id], words.get(limit.id), why_not.get(limit.id, ""))
        for limit in session_limits().limits
    ]


def what_does_not_hold(site: Site) -> str:
    """Which of the clinic's own numbers a newer release put out of force, why, and what to do; empty where none."""
    own = own_limits(site)
    published = {limit.id: f"“{limit.says}”" for limit in session_limits().limits}
    said = [
        f"The clinic’s own {dict(own)[limit]:g} in place of {published.get(limit, limit)} does not hold: {why}"
        for limit, why in left_out(own).items()
    ]
    what_to_do = (
        "The published numbers hold until the medical director saves others under Rules, Limits of this clinic; what "
        "can no longer be set is taken back with that."
    )
    return " ".join([*said, what_to_do]) if said else ""


def history(site: Site) -> QuerySet[OwnLimit]:
    """Every word of a director about a limit, newest first."""
    return _words(site).select_related("recorded_by").reverse()


def _words(site: Site) -> QuerySet[OwnLimit]:
    return OwnLimit.objects.filter(site=site).order_by("recorded_at", "pk")


def set_limits(
    site: Site,
    values: Mapping[str, float | None],
    reason: str,
    actor: Actor,
    *,
    write_id: UUID,
    seen: int | None = None,
    shown: str | None = None,
) -> None:
    """Write the clinic's own numbers; None goes back to the published one. They hold for sessions opened from now on.

    Args:
        values: by limit id; those that hold already change nothing.
        seen: how many words of a director stood on the page that was read; None: not known.
        shown: what this person was told about these numbers before; None where nobody asks. A reason counts only of
            what was read before it was given.

    Raises:
        Refusal: for whom the limits are not to set; if somebody wrote limits since the page was read; for a number a
            label or a regulator fixed, one that is impossible or out of order; without a reason, and without one of
            ten words where a limit is looser than the published.
    """
    content = {"values": dict(values), "reason": reason.strip()}

    def do() -> None:
        if actor.user is None or actor.user.site_id != site.pk or not actor.user.allows(Permission.RULES_SIGN):
            raise Refusal("Only the medical director of the site sets its limits.")
        Site.objects.select_for_update(no_key=True).get(pk=site.pk)  # two directors at once: one reads the other's
        _require_seen(site, seen)
        can_be_set = {limit.id for limit in session_limits().limits if not limit.is_fixed}
        own = dict(own_limits(site))
        before = {limit: value for limit, value in own.items() if limit in can_be_set}
        changed = {limit: value for limit, value in values.items() if value != before.get(limit)}
        changed |= dict.fromkeys(own.keys() - can_be_set)  # a newer release dropped or fixed it
        if not changed:
            raise Refusal("Every number is as it was. Nothing was saved.")
        after = {limit: value for limit, value in (before | dict(values)).items() if value is not None}
        loosened = _loosened(after, changed)
        if lacking := reason_lacks(reason) if loosened else "":
            raise Refusal(f"{' '.join(loosened)} {lacking} Nothing was saved.")
        if unread := [each for each in loosened if shown is not None and each not in shown]:
            raise Refusal(
                f"{' '.join(unread)} The reason was written before this was read. Look again; if every number is right "
                "as typed, save it once more. Nothing was saved."
            )
        if says_too_little(reason):
            raise Refusal("Write why, in a few words. Nothing was saved.")
        for limit, value in changed.items():
            OwnLimit.objects.create(site=site, limit=limit, value=value, reason=reason.strip(), **actor.stamp)
        audit.record(actor, "limits of the site set", subject=site.pk, said=reason.strip(), values=changed)

    writes.once(write_id, "limits of the site", content, actor, do)


def _require_seen(site: Site, seen: int | None) -> None:
    """Every number of the page is sent, so an older page would take back what was written since."""
    words = _words(site).select_related("recorded_by")
    if seen is None or words.count() == seen:
        return
    newest = words.last()
    by = newest.recorded_by.display_name if newest and newest.recorded_by else "Somebody else"
    at = f" at {clock_today(newest.recorded_at)}" if newest else ""
    raise Refusal(
        f"{by} saved limits{at} while this page was open. Nothing was saved. Open the page again: it shows what holds "
        "now. Then write yours."
    )


def _loosened(after: Mapping[str, float], changed: Mapping[str, float | None]) -> list[str]:
    """Which of the changed numbers mark later than the published ones, each as a sentence."""
    try:
        limits = session_limits().with_values(after).limits
    except LimitError as error:
        raise Refusal(f"{error} Nothing was saved.") from error
    return [
        f"{limit.says} marks later than the published {limit.published:g}."
        for limit in limits
        if limit.id in changed and limit.is_loosened
    ]
