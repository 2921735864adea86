"""The treatment day of each virtual patient: dissociation, sedation, pressure, heart rate, limits that are crossed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from daybreak.pharmacology.arguments import KineticsError, settle
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.safety import day
from daybreak.pharmacology.safety.day import DayLimit, Measure
from daybreak.pharmacology.safety.drawn_days import DrawnDays
from daybreak.pharmacology.simulation.outputs import Computed, Simulation, highest, require_default_kinetics
from daybreak.treatment.regimen import sessions
from daybreak.treatment.vitals import Vital

_NAMES = {
    Measure.SYSTOLIC: "systolic pressure (mmHg)",
    Measure.DIASTOLIC: "diastolic pressure (mmHg)",
    Measure.HEART_RATE: "heart rate (1/min)",
    Measure.SYSTOLIC_RISE: "rise of systolic pressure (mmHg)",
    Measure.DIASTOLIC_RISE: "rise of diastolic pressure (mmHg)",
    Measure.HEART_RATE_RISE: "rise of heart rate (1/min)",
    Measure.CADSS: "dissociation (CADSS, 0 to 92)",
}
_PEAKS = "Peaks are those of a person's own curve. Limits are judged on readings, with their noise, every ten minutes."
_FIRST_ALONE = "Several doses on this treatment day: only the first is in it."
_WITHOUT_SCATTER = "highest, a reading's scatter apart"
_SEDATION = ("any sedation (MOAA/S below 5)", "moderate sedation (MOAA/S 3 or below)", "deep sedation (MOAA/S 0)")


@dataclass(frozen=True, slots=True)
class TreatmentDay:
    """One treatment day, as `daybreak.pharmacology.safety.day.predict_day` has it.

    Attributes:
        before: systolic, diastolic (mmHg) and heart rate (1/min) before the dose. Of what is not given, the rise is
            shown in place of the reading.
        limits: what to give the chance of crossing for, judged on readings with their noise.
        session: the number of the treatment day in the regimen, from 1.

    Raises:
        KineticsError: if a value before the dose cannot be, a limit needs one that is not given, or anything is not of
            its kind.
    """

    before: Mapping[Vital, float] = field(default_factory=dict)
    limits: tuple[DayLimit, ...] = ()
    session: int = 1

    def __post_init__(self) -> None:
        settle(self, limits=day.LIMITS, session=day.SESSION)
        asked = {limit.measure for limit in self.limits}
        needed = [vital for vital, (reading, _) in day.MEASURED.items() if reading in asked]
        object.__setattr__(self, "before", day.readings_before(self.before, needed))

    def __call__(self, simulation: Simulation) -> Computed:
        require_default_kinetics(simulation, "The treatment day")
        days = sessions(simulation.regimen)
        if not 1 <= self.session <= len(days):
            raise KineticsError(
                f"{self.session} is not the number of a session of this regimen, which has {len(days)}. Count from 1."
            )
        doses, portion, estimates = days[self.session - 1].doses, simulation.portion, load_estimates("safety")
        dose, times = replace(doses[0], time_h=0.0), day.default_times_h()
        drawn = DrawnDays.draw(
            dose,
            portion.body,
            times,
            estimates,
            session=self.session,
            patients=portion.patients,
            seed=simulation.seed,
            first_patient=portion.first_patient,
            every=portion.every,
        )
        measured = day.measured(drawn, self.before)
        sedation = (
            {}
            if day.is_beyond_sedation(dose, portion.body, estimates)
            else dict(zip(_SEDATION, drawn.sedation, strict=True))
        )
        series, endpoints = self._shown(drawn, measured, times)
        series |= {f"chance of {name}": chance for name, chance in sedation.items()}
        chances = {f"{name}, at its height": chance.max(axis=1) for name, chance in sedation.items()}
        chances["nausea that placebo would not have brought"] = drawn.nausea
        undosed = day.measured(drawn.undosed(), self.before)
        for limit in self.limits:
            reaches, last_h = day.crossed(limit, measured, times)
            some = "" if limit.measure is Measure.CADSS else f" in one of {len(times)} readings"
            name = f"{limit.measure.replace('_', ' ')} reaches {limit.value:g}{some}"
            chances[name] = reaches
            if limit.measure is not Measure.CADSS:
                chances[f"{name}, without a dose"] = day.crossed(limit, undosed, times)[0]
            endpoints.setdefault(_NAMES[limit.measure], {})[f"last at or above {limit.value:g} (h)"] = last_h
        return Computed(
            times_h=times,
            series=series,
            endpoints=endpoints,
            chances=chances,
            pictured=tuple(name for name in series if "sedation" not in name or _SEDATION[0] in name),
            fits=(f"safety {estimates.version}, data {estimates.data}",),
            limits=(_PEAKS, *estimates.limits, *drawn.exposure.limits),
            warnings=(
                *day.warnings_of(dose, portion.body, times, estimates),
                *([_FIRST_ALONE] if len(doses) > 1 else []),
                *drawn.exposure.warnings,
            ),
        )

    def _shown(
        self, drawn: DrawnDays, measured: Mapping[Measure, FloatArray], times_h: FloatArray
    ) -> tuple[dict[str, FloatArray], dict[str, dict[str, FloatArray]]]:
        """Series as read, and the peak of each patient's own curve."""
        series = {_NAMES[Measure.CADSS]: drawn.dissociation}
        endpoints = {_NAMES[Measure.CADSS]: highest(times_h, drawn.dissociation)}
        for vital, (reading, rise) in day.MEASURED.items():
            name = _NAMES[reading if vital in self.before else rise]
            series[name] = measured[reading if vital in self.before else rise]
            own = highest(times_h, self.before.get(vital, 0.0) + drawn.rises[vital])
            endpoints[name] = {_WITHOUT_SCATTER: own["highest"], "at_h": own["at_h"]}
        return series, endpoints
