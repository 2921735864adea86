"""What two people read aloud leaves nothing of a dose unsaid."""

import pytest

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Dose
from daybreak.treatment.regimen_language import parse
from daybreak.treatment.said_aloud import said_aloud


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ketamine 62.25 mg iv over 40 min, once", "ketamine 62.3 mg by vein, infusion over 40 min"),
        ("ketamine 30 mg iv bolus, once", "ketamine 30 mg by vein, bolus"),
        ("ketamine 50 mg im once", "ketamine 50 mg into a muscle, one injection"),
        ("ketamine 35 mg sc once", "ketamine 35 mg under the skin, one injection"),
        ("esketamine 56 mg nasal once", "esketamine 56 mg as a nasal spray, 2 devices of 28 mg"),
        ("ketamine 70 mg oral once", "ketamine 70 mg by mouth: swallow"),
        ("ketamine 120 mg oral prolonged release once", "ketamine 120 mg by mouth, prolonged release: swallow"),
        ("ketamine 100 mg sublingual swallowed, once", "ketamine 100 mg under the tongue: hold, then swallow"),
        ("ketamine 100 mg sublingual spat out, once", "ketamine 100 mg under the tongue: hold, then spit out"),
        (
            "ketamine 100 mg sublingual, once",
            "ketamine 100 mg under the tongue: hold; the plan does not say swallow or spit out, ask the prescriber",
        ),
    ],
)
def test_a_dose_is_said_with_amount_route_and_way(words: str, said: str) -> None:
    dose = parse(words).first
    assert said_aloud(dose, dose.amount.value) == said


def test_an_amount_nobody_knows_is_said_as_such() -> None:
    dose = parse("ketamine 0.5 mg/kg im once").first
    assert said_aloud(dose, None) == "ketamine of unknown amount into a muscle, one injection"


def test_every_drug_and_route_can_be_said() -> None:
    amount = parse("ketamine 50 mg im once").first.amount
    for drug in Drug:
        for route in Route:
            assert str(drug) in said_aloud(Dose(drug, route, amount), 50)
