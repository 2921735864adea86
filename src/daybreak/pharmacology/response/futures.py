"""Drawn futures of a depression score: one for each virtual patient, as falls from the score before the first dose."""

from dataclasses import dataclass, fields

import numpy as np

from daybreak.pharmacology.calibration.estimates import Estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.response import core
from daybreak.pharmacology.response.normal import distribution
from daybreak.pharmacology.response.trials import Context

_AT_ONCE = 100
_PARAMETER_STREAM, _PERSON_STREAM, _VISIT_STREAM, _DOUBT_STREAM = 10, 11, 12, 13


@dataclass(frozen=True, slots=True)
class Futures:
    """Falls of the score as fractions of baseline, (patients, times): a person's, the drug's part, the rest;
    and the spread between people each future has, of which `person_drug`, (patients,), is by the drug's part."""

    falls: FloatArray
    drug: FloatArray
    untreated: FloatArray
    spread: FloatArray
    person_drug: FloatArray

    @classmethod
    def of_crowd(
        cls,
        exposure: Exposure,
        estimates: Estimates,
        context: Context,
        *,
        new_antidepressant: bool,
        patients: int,
        seed: int,
    ) -> "Futures":
        """The futures of a whole crowd, drawn some at a time: what each needs in between stays small."""
        parts = [
            cls.draw(
                exposure,
                estimates,
                context,
                new_antidepressant=new_antidepressant,
                patients=min(_AT_ONCE, patients - first),
                seed=seed,
                first_patient=first,
            )
            for first in range(0, patients, _AT_ONCE)
        ]
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    @classmethod
    def draw(
        cls,
        exposure: Exposure,
        estimates: Estimates,
        context: Context,
        *,
        new_antidepressant: bool,
        patients: int,
        seed: int,
        first_patient: int = 0,
        every: int = 1,
    ) -> "Futures":
        """The futures of the patients from number `first_patient` on, or every so many of them, at its times.

        Patient i of a seed has the same future whatever else is drawn beside it.
        """

        def normals(stream: int, numbers: int) -> FloatArray:
            return standard_normals(
                seed=seed, stream=stream, patients=patients, numbers=numbers, first_patient=first_patient, every=every
            )

        times, parameters = exposure.times_h, len(estimates.priors)
        drawn = normals(_PARAMETER_STREAM, parameters + 3)
        values = estimates.drawn(drawn[:, :parameters])
        early, weeks, size = drawn[:, parameters:].T
        # A curve twice as high drives the response as one whose half drive is half as high.
        doubt = normals(_DOUBT_STREAM, 1)[:, 0]
        half_drive = values["half_drive_ng_per_ml"] / np.exp(exposure.doubt_log_sd * doubt)
        values = {**values, "half_drive_ng_per_ml": half_drive}
        first = core.first_shape(times, estimates.fixed)
        over_weeks = core.weeks_shape(times, values)
        drug = core.benefit(exposure, estimates.fixed, values) * core.seen_share(context, values)[:, None]
        clinic = np.maximum(0, 1 + values["between_trials_drug"] * size / values["largest_benefit"])
        drug = drug * clinic[:, None]
        untreated = core.untreated(times, context, estimates.fixed, values, new_antidepressant=new_antidepressant)
        untreated = untreated + (values["between_trials_early"] * early)[:, None] * first
        untreated = untreated + (values["between_trials_weeks"] * weeks)[:, None] * over_weeks
        drug = drug * (1 - untreated)
        own, visits = normals(_PERSON_STREAM, 3), normals(_VISIT_STREAM, len(times))
        stays = estimates.fixed["share_of_scatter_that_stays"].value
        scatter = np.sqrt(stays) * own[:, [0]] + np.sqrt(1 - stays) * visits
        person = first * values["person_early"][:, None] * scatter
        person = person + values["person_weeks"][:, None] * over_weeks * own[:, [1]]
        person = person + values["person_drug"][:, None] * drug * own[:, [2]]
        spread = core.person_spread(times, drug, values)
        return cls(drug + untreated + person, drug, untreated, spread, values["person_drug"])

    def chances(self, place: int, threshold: float) -> FloatArray:
        """The chance in each future that a fall reaches a threshold at this place of the times, (patients,)."""
        middle = self.drug[:, place] + self.untreated[:, place]
        return distribution((middle - threshold) / self.spread[:, place])

    def chances_without_drug(self, place: int, threshold: float) -> FloatArray:
        """The same if the visits brought no ketamine: nor do people then differ in what it does."""
        spread = np.sqrt(self.spread[:, place] ** 2 - (self.person_drug * self.drug[:, place]) ** 2)
        return distribution((self.untreated[:, place] - threshold) / spread)
