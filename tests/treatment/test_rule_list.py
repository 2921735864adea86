"""What the medical director signs: every rule with what stands behind it."""

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
