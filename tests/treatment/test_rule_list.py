"""What the medical director signs: every rule with what stands behind it."""

from daybreak.treatment.knowledge import load
from daybreak.treatment.rule_list import chapters
from daybreak.treatment.sources import Status


def test_every_rule_says_something_and_names_what_it_rests_on() -> None:
    for chapter in chapters():
        assert chapter.rules, chapter.name
        for rule in chapter.rules:
            assert rule.says.strip(), rule.id
            assert "{" not in rule.says, rule.id
            if rule.provenance:
                assert rule.provenance.status in Status
                assert rule.provenance.sources, rule.id


def test_a_label_contraindication_says_where_it_blocks() -> None:
    (aneurysm,) = [rule for rule in chapters()[0].rules if rule.id == "EL001"]
    assert aneurysm.blocks == ("for esketamine, US", "for esketamine, EU and UK")


def test_each_file_of_rules_has_its_chapter() -> None:
    """When somebody is asked, by when somebody acts, and the rise that is told are signed like every other rule."""
    listed = {rule.id: rule.says for chapter in chapters() for rule in chapter.rules}
    assert listed["alert.due.2"].startswith("An answer about self-harm of 2 or more is acted on within 2 h")
    assert listed["missing"].startswith("After 2 questions in a row without an answer")
    assert listed["TH3"] == "A rise since before the dose of systolic pressure 40 or diastolic pressure 25: told"
    follow_up = next(chapter for chapter in chapters() if chapter.name == "Follow-up")
    regular = load("follow_up.yaml")["regular"]
    assert sum(rule.id == "regular" for rule in follow_up.rules) == len(regular)
