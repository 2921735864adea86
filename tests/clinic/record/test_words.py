"""Names of the code as people read them."""

import pytest

from daybreak.clinic.record.templatetags.daybreak import dialled, rule_name


@pytest.mark.parametrize(("rule", "shown"), [
    ("TH1-systolic-amber-at_least", "TH1"),
    ("TH12-oxygen_saturation-red-below", "TH12"),
    ("PHQ9-ITEM9", "PHQ9-ITEM9"),
    ("THIRD-PARTY", "THIRD-PARTY"),
    ("follow_up.missing", ""),
    ("", ""),
])  # fmt: skip
def test_a_limit_is_named_by_its_row_and_every_other_rule_in_full(rule: str, shown: str) -> None:
    assert rule_name(rule) == shown


def test_a_telephone_number_in_a_sentence_dials_and_nothing_else_of_it_is_markup() -> None:
    shown = dialled("Call +1 555-0123. <b>Ask</b>.", "+1 555-0123")
    assert shown == 'Call <a class="tel" href="tel:+15550123">+1 555-0123</a>. &lt;b&gt;Ask&lt;/b&gt;.'
    assert dialled("No phone number is on file: find one.", "") == "No phone number is on file: find one."
