"""The mechanism in words: nothing without a source, and no animal's finding shown as a person's."""

from daybreak.pharmacology.mechanism.steps import Known, mechanism_steps
from daybreak.pharmacology.parameters import Status


def test_the_way_leads_from_the_dose_to_the_symptoms() -> None:
    names = [step.name for step in mechanism_steps()]
    assert names == [
        "Dose", "Concentration", "NMDA receptor block", "Glutamate", "BDNF", "Translation", "Synapses", "Symptoms",
    ]  # fmt: skip


def test_every_finding_names_its_source_and_how_far_it_was_checked() -> None:
    for step in mechanism_steps()[1:]:
        assert step.findings
        for finding in step.findings:
            assert finding.source
            assert finding.status in (Status.SEEN, Status.RECALLED)
            assert finding.in_whom in (Known.PEOPLE, Known.ANIMALS)


def test_a_way_said_to_be_measured_in_people_has_a_finding_in_people() -> None:
    for step in mechanism_steps():
        if step.known is Known.PEOPLE:
            assert any(finding.in_whom is Known.PEOPLE for finding in step.findings)


def test_between_concentration_and_symptoms_nothing_is_said_to_be_measured_in_people() -> None:
    """No human datum ties a step within the brain to the one before it."""
    between = mechanism_steps()[2:]
    assert all(step.known in (Known.ANIMALS, Known.ASSUMED) for step in between)
