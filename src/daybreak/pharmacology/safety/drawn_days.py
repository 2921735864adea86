"""Drawn treatment days: one future of readings, dissociation and sedation for each virtual patient."""

from dataclasses import dataclass, replace

import numpy as np

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import Estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE, Exposure
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.safety import effects
from daybreak.treatment.regimen import Dose
from daybreak.treatment.vitals import Vital

RISING = (Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.HEART_RATE)
_PARAMETER_STREAM, _PERSON_STREAM, _READING_STREAM = 30, 31, 32


@dataclass(frozen=True, slots=True)
class DrawnDays:
    """Drawn futures, (patients, times): rises, the noise of a reading, dissociation, chances of sedation; nausea
    (patients,)."""

    exposure: Exposure
    rises: dict[Vital, FloatArray]
    noise: dict[Vital, FloatArray]
    dissociation: FloatArray
    sedation: tuple[FloatArray, FloatArray, FloatArray]
    nausea: FloatArray

    @classmethod
    def draw(
        cls,
        dose: Dose,
        body: Body,
        times_h: FloatArray,
        estimates: Estimates,
        *,
        session: int,
        patients: int,
        seed: int,
        first_patient: int = 0,
        every: int = 1,
    ) -> "DrawnDays":
        """The days of the patients from number `first_patient` on, or every so many of them.

        Patient i of a seed is the same person in any run.

        Raises:
            NoModelError: if no kinetic model serves the dose.
        """

        def normals(stream: int, numbers: int) -> FloatArray:
            return standard_normals(
                seed=seed, stream=stream, patients=patients, numbers=numbers, first_patient=first_patient, every=every
            )

        fixed, parameters, count = estimates.fixed, len(estimates.priors), len(times_h)
        exposure = Exposure.of_crowd(
            dose,
            body,
            times_h,
            patients=patients,
            seed=seed,
            first_patient=first_patient,
            every=every,
            substances=KETAMINE_ALONE,
        )
        drawn = normals(_PARAMETER_STREAM, parameters + 3)
        values = estimates.drawn(drawn[:, :parameters])
        clinic = np.maximum(0, 1 + values["between_studies"][:, None] * drawn[:, parameters:])
        own = normals(_PERSON_STREAM, 2)
        noise = normals(_READING_STREAM, 3 * count).reshape(patients, 3, count)
        sizes = {
            Vital.SYSTOLIC: values["systolic_noise_mmhg"],
            Vital.DIASTOLIC: values["diastolic_noise_mmhg"],
            Vital.HEART_RATE: np.full(patients, fixed["heart_rate_noise_per_min"].value),
        }
        fresh = effects.fresh_exposure(exposure, fixed, values)
        strength = _lognormal(values["pressure_person"], own[:, 0])
        score = effects.dissociation(fresh, values) * effects.session_factor(session, fixed)
        score = score * (_lognormal(values["cadss_person"], own[:, 1]) * clinic[:, 0])[:, None]
        return cls(
            exposure=exposure,
            rises={
                vital: (strength * clinic[:, 1 if vital is not Vital.HEART_RATE else 2])[:, None]
                * effects.rise(vital.value, fresh, values)
                for vital in RISING
            },
            noise={vital: sizes[vital][:, None] * noise[:, place] for place, vital in enumerate(RISING)},
            dissociation=np.minimum(score, fixed["highest_cadss"].value),
            sedation=effects.sedation(fresh, fixed, values),
            nausea=effects.nausea(fresh.max(axis=1, keepdims=True), fixed, values)[:, 0],
        )

    def undosed(self) -> "DrawnDays":
        """The same people on a day without a dose: what is left of rises and dissociation is the scatter of a reading.

        Sedation and nausea are those of the dose still; nothing reads them of such a day.
        """
        return replace(
            self,
            rises={vital: 0 * rise for vital, rise in self.rises.items()},
            dissociation=0 * self.dissociation,
        )


def _lognormal(spread: FloatArray, normals: FloatArray) -> FloatArray:
    """A person's share of the mean effect, mean one."""
    return np.asarray(np.exp(spread * normals - spread**2 / 2))
