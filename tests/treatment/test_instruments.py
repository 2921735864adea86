"""The instrument files: published ranges and bands, licences kept, codes and sources that exist."""

from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from daybreak.treatment import knowledge
from daybreak.treatment.instruments import (
    Direction,
    Instrument,
    InstrumentError,
    Method,
    all_instruments,
    instrument,
    read_instrument,
)
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, Status, source

EVERY = list(all_instruments().values())
WITH_ITEMS = [each for each in EVERY if each.items]
FILES = [p.name for p in files(knowledge).joinpath("instruments").iterdir() if p.name.endswith(".yaml")]


def by_id(each: Instrument) -> str:
    return each.id


def provenances(of: Instrument) -> Iterator[Provenance]:
    yield from (of.range_provenance, of.licence.provenance, of.codes.provenance)
    if of.wording:
        yield of.wording
    yield from (rule.provenance for rule in of.rules)


def loinc_codes(of: Instrument) -> list[str]:
    codes = [of.codes.panel, of.codes.total, *(item.loinc for item in of.items)]
    return [code for code in codes if code]


def luhn_holds(code: str) -> bool:
    """The mod 10 check of LOINC: every second digit from the right is doubled."""
    digits = [int(d) for d in reversed(code.replace("-", ""))]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


@pytest.mark.parametrize(
    ("identifier", "items", "low", "high", "method"),
    [
        ("PHQ9", 9, 0, 27, Method.SUM),
        ("GAD7", 7, 0, 21, Method.SUM),
        ("PCL5", 20, 0, 80, Method.SUM),
        ("HAMD17", 17, 0, 52, Method.SUM),
        ("PEG", 3, 0, 10, Method.MEAN),
        ("AUDITC", 3, 0, 12, Method.SUM),
        ("NRS", 1, 0, 10, Method.SUM),
        ("MOOD", 1, 0, 10, Method.SUM),
    ],
)
def test_published_range_is_what_the_items_give(
    identifier: str, items: int, low: float, high: float, method: Method
) -> None:
    scale = instrument(identifier)
    assert (len(scale.scored_items), scale.method) == (items, method)
    share = items if method is Method.MEAN else 1
    assert scale.minimum == low == sum(item.minimum for item in scale.scored_items) / share
    assert scale.maximum == high == sum(item.maximum for item in scale.scored_items) / share


def test_hamilton_scale_has_nine_items_to_four_and_eight_to_two() -> None:
    """Hamilton 1960, as counted in the published 0-52 total."""
    assert Counter(item.maximum for item in instrument("HAMD17").items) == {4: 9, 2: 8}


@pytest.mark.parametrize(
    ("identifier", "lowest"),
    [
        ("PHQ9", [0, 5, 10, 15, 20]),
        ("GAD7", [0, 5, 10, 15]),
        ("HAMD17", [0, 8, 14, 19, 23]),
        ("MADRS", [0, 7, 20, 35]),
    ],
)
def test_published_bands(identifier: str, lowest: list[float]) -> None:
    bands = instrument(identifier).bands
    assert bands is not None
    assert [low for _, low in bands.lowest] == lowest


def test_gad7_begins_at_not_at_all() -> None:
    """Many copies print "Not at all sure" (Lancet Psychiatry 2021;8:180)."""
    assert {item.options[0].text for item in instrument("GAD7").items} == {"Not at all"}


def test_only_mood_is_better_when_high() -> None:
    assert [each.id for each in EVERY if each.direction is Direction.BETTER_HIGH] == ["MOOD"]


def test_difficulty_question_of_phq9_is_asked_but_not_scored() -> None:
    unscored = [item.number for item in instrument("PHQ9").items if not item.scored]
    assert unscored == [10]


def test_clusters_of_pcl5_hold_each_item_once() -> None:
    clusters = instrument("PCL5").clusters
    assert sorted(n for cluster in clusters for n in cluster.items) == list(range(1, 21))


@pytest.mark.parametrize("each", WITH_ITEMS, ids=by_id)
def test_items_are_numbered_and_worded_and_options_ascend(each: Instrument) -> None:
    assert [item.number for item in each.items] == list(range(1, len(each.items) + 1))
    for item in each.items:
        assert item.text
        assert item.options[0].text
        assert item.options[-1].text
        values = [option.value for option in item.options]
        assert values == list(range(values[0], values[-1] + 1))


@pytest.mark.parametrize("name", FILES)
def test_no_file_carries_wording_its_licence_forbids(name: str) -> None:
    row = load(f"instruments/{name}")
    if row["licence"]["ship_wording"] not in ("yes", "yes_with_notice"):
        assert row["items"] == []
        assert not {"instruction", "answers", "answer_codes", "wording"} & set(row)


def test_madrs_is_known_by_its_total_only() -> None:
    madrs = instrument("MADRS")
    assert not madrs.licence.ships_wording
    assert madrs.items == ()
    assert madrs.instruction == ""
    assert madrs.wording is None


def test_gad_7_asks_about_the_following_problems_without_any() -> None:
    """The PHQ-9 says "any of the following problems", the GAD-7 does not."""
    asked = "Over the last 2 weeks, how often have you been bothered by the following problems?"
    assert instrument("GAD7").instruction == asked


def test_bands_of_ham_d17_are_recalled() -> None:
    """One weak page prints them and a study found other cut-offs."""
    assert load("instruments/hamd17.yaml")["bands"]["status"] == Status.RECALLED


@pytest.mark.parametrize(("name", "origin"), [("hamd17", "NINDS"), ("auditc", "SAMHSA")])
def test_public_domain_text_says_where_it_comes_from(name: str, origin: str) -> None:
    assert origin in load(f"instruments/{name}.yaml")["wording"]["note"]


def test_what_differs_from_the_form_of_the_pcl_5_is_said() -> None:
    note = load("instruments/pcl5.yaml")["wording"]["note"]
    assert "left out" in note
    assert "month" in note


def test_suicide_scale_of_columbia_is_not_shipped() -> None:
    assert not [each.id for each in EVERY if "SSRS" in each.id]


@pytest.mark.parametrize("smuggled", [{"instruction": "Rate"}, {"answers": {0: "None"}}, {"items": [{"number": 1}]}])
def test_wording_added_to_an_unlicensed_instrument_is_refused(smuggled: dict[str, Any]) -> None:
    with pytest.raises(InstrumentError, match="does not allow"):
        read_instrument({**load("instruments/madrs.yaml"), **smuggled})


@pytest.mark.parametrize("each", WITH_ITEMS, ids=by_id)
def test_shipped_wording_says_where_it_was_read_and_carries_its_notice(each: Instrument) -> None:
    assert each.wording is not None
    assert each.wording.status is Status.SEEN
    assert each.licence.notice or each.licence.terms == "own_wording"


@pytest.mark.parametrize("each", EVERY, ids=by_id)
def test_loinc_codes_pass_their_check_digit(each: Instrument) -> None:
    assert all(luhn_holds(code) for code in loinc_codes(each))


def test_check_digit_catches_a_wrong_code() -> None:
    assert luhn_holds("44249-1")
    assert not luhn_holds("44249-2")
    assert not luhn_holds("3150-6")


def test_no_code_stands_for_two_things() -> None:
    codes = Counter(code for each in EVERY for code in loinc_codes(each))
    assert [code for code, times in codes.items() if times > 1] == []


@pytest.mark.parametrize("each", EVERY, ids=by_id)
def test_every_source_exists(each: Instrument) -> None:
    for provenance in provenances(each):
        assert provenance.source_ids
        assert all(source(identifier).title for identifier in provenance.source_ids)


@pytest.mark.parametrize("each", EVERY, ids=by_id)
def test_nothing_is_marked_seen_on_recalled_sources_alone(each: Instrument) -> None:
    for provenance in provenances(each):
        if provenance.status is Status.SEEN:
            assert any(cited.status is Status.SEEN for cited in provenance.sources)


def test_rule_ids_are_unique_and_name_their_instrument() -> None:
    rules = [(each.id, rule.id) for each in EVERY for rule in each.rules]
    assert all(rule_id.startswith(f"{identifier}-") for identifier, rule_id in rules)
    assert len({rule_id for _, rule_id in rules}) == len(rules)


def test_both_source_files_hold_different_ids() -> None:
    shared = set(load("sources.yaml")["sources"]) & set(load("instrument_sources.yaml")["sources"])
    assert shared == set()


def test_unknown_instrument_is_named_with_those_that_exist() -> None:
    with pytest.raises(InstrumentError, match=r"no instrument 'PHQ-9'.*PHQ9"):
        instrument("PHQ-9")
