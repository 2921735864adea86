"""The version of the rules in force changes with every character of them, and with nothing else."""

import re

from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.ruleset import digest_of, rule_set

files = st.dictionaries(st.text(min_size=1), st.text(), min_size=1)


def test_a_version_names_its_day_and_its_content():
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}", rule_set().version)
    assert rule_set().version.startswith(rule_set().revised.isoformat())


def test_the_same_rules_have_the_same_version():
    first = rule_set()
    rule_set.cache_clear()
    assert rule_set() == first


@given(files)
def test_the_order_of_the_files_does_not_matter(texts):
    assert digest_of(texts) == digest_of(dict(reversed(texts.items())))


@given(files, st.data())
def test_one_character_more_is_another_version(texts, data):
    path = data.draw(st.sampled_from(sorted(texts)))
    assert digest_of(texts) != digest_of(texts | {path: texts[path] + "x"})


@given(files, st.data())
def test_a_file_under_another_name_is_another_version(texts, data):
    path = data.draw(st.sampled_from(sorted(texts)))
    renamed = {name if name != path else "renamed/" + "".join(texts): text for name, text in texts.items()}
    assert digest_of(texts) != digest_of(renamed)


def test_moving_text_from_one_file_to_its_neighbour_is_another_version():
    assert digest_of({"a": "xy", "b": "z"}) != digest_of({"a": "x", "b": "yz"})
