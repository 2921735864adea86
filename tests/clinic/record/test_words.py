"""Names of the code as people read them."""

import pytest

from daybreak.clinic.record.templatetags.daybreak import rule_name


@pytest.mark.parametrize(("rule", "shown"), [
    ("TH1-systolic-amber-at_least", "TH1"),
    ("TH12-oxygen_saturation-red-below", "TH12"),
    ("PHQ9-ITEM9", "PHQ9-ITEM9"),
    ("THIRD-PARTY", "THIRD-PARTY"),
    ("", ""),
])  # fmt: skip
def test_a_limit_is_named_by_its_row_and_every_other_rule_in_full(rule: str, shown: str) -> None:
    assert rule_name(rule) == shown
