"""The science behind a page: the band of a plan, the words of a regimen. Needs no database."""

from collections.abc import Iterator

import numpy as np

from benchmarks.load import alternating, seconds
from benchmarks.report import Figure
from daybreak.pharmacology.body import Body, Sex
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.population import predict_band, simulate
from daybreak.treatment.regimen_language import parse

PATIENTS, TIMES = 1000, 200
ROUNDS = 5
WORDS = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks, then weekly for 4 weeks"
PARSED = 200


def measure() -> Iterator[Figure]:
    """The band beside the same crowd one patient at a time; regimens read per second."""
    dose, body, times_h = parse(WORDS).first, Body(70.0, Sex.FEMALE, 40), np.linspace(0, 8, TIMES)

    def crowd() -> float:
        return seconds(lambda: predict_band(dose, body, times_h, patients=PATIENTS, seed=1))

    def one_by_one() -> float:
        asked = Prediction.of(dose, body, times_h)
        return seconds(
            lambda: [simulate(asked, patients=1, seed=1, first_patient=patient) for patient in range(PATIENTS)]
        )

    here, beside = alternating(crowd, one_by_one, ROUNDS)
    yield Figure(
        f"Band, {PATIENTS} patients at {TIMES} times",
        f"{1000 * here:.0f} ms",
        f"{1000 * beside:.0f} ms",
        here / beside,
        note="beside: the same patients, one at a time",
    )
    took = seconds(lambda: [parse(WORDS) for _ in range(PARSED)])
    yield Figure("Reading a regimen in words", f"{1000 * took / PARSED:.2f} ms")
