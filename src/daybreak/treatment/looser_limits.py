"""A clinic's own limit that marks later than the published one: what it leaves unmarked is said, never hidden."""

from daybreak.treatment.limits import Limit, Limits, Mark
from daybreak.treatment.vitals import Reading, Vital


def beyond_published(reading: Reading, limits: Limits) -> Limit | None:
    """The gravest limit that this value crosses as published and, as the clinic has it, does not; None where none is.

    Args:
        limits: those in force, with a clinic's own numbers.
    """
    missed = [
        limit
        for limit in limits.of(reading.vital)
        if limit.is_loosened and limit.as_published.crossed_by(reading.value) and not limit.crossed_by(reading.value)
    ]
    return max(missed, key=lambda limit: limit.level.rank, default=None)


def published_words(reading: Reading, limits: Limits) -> str:
    """For example "published: above amber 160; here 175"; empty where the published limits mark no more than these."""
    limit = beyond_published(reading, limits)
    return f"published: {Mark(reading, limit.as_published).crossed}; here {limit.value:g}" if limit else ""


def are_looser(vitals: list[Vital], limits: Limits) -> bool:
    """Whether any limit of these vital signs marks later than the published one."""
    return any(limit.is_loosened for vital in vitals for limit in limits.of(vital))
