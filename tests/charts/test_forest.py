"""A forest plot says only what its trials say, on a wide page and on a phone."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.charts import Forest, ForestRow, ForestTotal, forest_table, render_forest, standalone
from daybreak.charts.forest import NARROW, WIDE, smaller
from tests.charts.pictures import SVG, read, texts, with_class
from tests.charts.test_render import hostile


def row(name, low, estimate, high, **others):
    return ForestRow(name=name, estimate=estimate, low=low, high=high, **others)


def forest(*rows, **others):
    usual = {"title": "A title", "description": "A sentence.", "measure": "g"}
    return Forest(rows=rows, **(usual | others))


THREE = (row("One", -1.2, -0.6, 0.0), row("Two", -0.9, -0.5, -0.1), row("Three", -2.0, -1.0, 0.0))
TOTAL = ForestTotal(name="Pooled", estimate=-0.6, low=-0.9, high=-0.3, predicted=(-1.4, 0.2))


@st.composite
def any_forests(draw):
    ratio = draw(st.booleans())
    values = st.floats(0.001, 1000) if ratio else st.floats(-1e4, 1e4)
    rows = [
        row(draw(hostile), *sorted(draw(st.tuples(values, values, values))), weight=draw(st.none() | st.floats(0, 100)))
        for _ in range(draw(st.integers(1, 8)))
    ]
    total = None
    if draw(st.booleans()):
        low, estimate, high = sorted(draw(st.tuples(values, values, values)))
        total = ForestTotal(name=draw(hostile), estimate=estimate, low=low, high=high, predicted=(low, high))
    drawn = forest(*rows, total=total, ratio=ratio, no_effect=1.0 if ratio else 0.0, note=draw(hostile))
    return smaller(drawn) if draw(st.booleans()) else drawn


@given(any_forests())
def test_every_forest_is_well_formed_inside_its_picture_and_carries_no_style(drawn):
    svg = render_forest(drawn, key="k")
    root = read(svg)
    assert not any("style" in element.attrib for element in root.iter())
    assert not {element.tag.removeprefix(SVG) for element in root.iter()} & {"style", "script", "foreignObject"}
    width = float(root.get("width"))
    for line in root.iter(f"{SVG}line"):
        assert all(-0.11 <= float(line.get(name)) <= width + 0.11 for name in ("x1", "x2"))
    assert svg == render_forest(drawn, key="k")


def test_each_trial_has_a_box_a_whisker_and_its_numbers():
    root = read(render_forest(forest(*THREE, total=TOTAL), key="k"))
    assert len(with_class(root, "c-box")) == len(with_class(root, "c-whisker")) == 3
    assert len(with_class(root, "c-diamond")) == len(with_class(root, "c-predict")) == 1
    assert {"One", "Two", "Three", "−0.60 (−1.20 to 0.00)", "−1.40 to 0.20"} <= set(texts(root))


def test_without_a_pool_there_is_no_diamond_and_the_note_says_why():
    root = read(render_forest(forest(THREE[0], note="One trial: not pooled."), key="k"))
    assert with_class(root, "c-diamond") == []
    assert "One trial: not pooled." in texts(root)


def test_whiskers_stand_in_order_and_the_line_of_no_effect_between():
    root = read(render_forest(forest(*THREE), key="k"))
    (zero,) = with_class(root, "c-zero")
    ends = [(float(w.get("x1")), float(w.get("x2"))) for w in with_class(root, "c-whisker")]
    assert ends[0][0] < ends[1][0] < ends[1][1] < float(zero.get("x1"))
    assert math.isclose(ends[0][1], float(zero.get("x1")), abs_tol=0.2)


def test_a_ratio_and_its_inverse_lie_equally_far_from_one():
    drawn = forest(row("A", 1.5, 2.0, 3.0), row("B", 1 / 3, 0.5, 1 / 1.5), ratio=True, no_effect=1.0)
    root = read(render_forest(drawn, key="k"))
    (one,) = with_class(root, "c-zero")
    middles = [
        float(box.get("x")) + float(box.get("width")) / 2 - float(one.get("x1")) for box in with_class(root, "c-box")
    ]
    assert math.isclose(middles[0], -middles[1], abs_tol=0.2)


def test_a_trial_with_more_weight_has_the_larger_box():
    root = read(render_forest(forest(row("A", -1, 0, 1, weight=80), row("B", -1, 0, 1, weight=5)), key="k"))
    heavy, light = (float(box.get("width")) for box in with_class(root, "c-box"))
    assert heavy > light
    assert "80 %" in texts(root)


def test_an_interval_far_wider_than_the_others_is_cut_with_an_arrow_and_its_numbers_kept():
    rows = [row(f"T{i}", -1, 0, 1) for i in range(4)]
    root = read(render_forest(forest(*rows, row("Wide", -500, 0, 500)), key="k"))
    assert len(with_class(root, "c-cross")) == 2
    assert "0.00 (−500 to 500)" in texts(root)


def test_the_narrow_one_fits_a_phone_and_keeps_every_number():
    wide = forest(*THREE, total=TOTAL)
    root = read(render_forest(smaller(wide), key="k"))
    assert float(root.get("width")) == NARROW < 360 < WIDE
    assert {"−0.60 (−1.20 to 0.00)", "−0.60 (−0.90 to −0.30)"} <= set(texts(root))


@pytest.mark.parametrize("total", [None, TOTAL])
def test_in_the_narrow_one_no_upright_line_strikes_through_words(total):
    note = "Three trials, by others, which nobody has set side by side before."
    root = read(render_forest(smaller(forest(*THREE, total=total, note="" if total else note)), key="k"))
    heights = [float(text.get("y")) for text in root.iter(f"{SVG}text")]
    upright = [line for line in root.iter(f"{SVG}line") if line.get("x1") == line.get("x2")]
    assert len(upright) > len(THREE)
    for line in upright:
        start, end = float(line.get("y1")), float(line.get("y2"))
        assert not any(y - 10 < end and start < y + 2 for y in heights)
    assert total or " ".join(texts(root)).count(note) == 1  # in two lines


def test_a_long_name_of_the_effect_takes_no_room_from_the_plot():
    long = replace(forest(*THREE), measure="Points on daily pain, area under the curve (score-days)")
    short = replace(forest(*THREE), measure="Points on MADRS")
    axes = [with_class(read(render_forest(each, key="k")), "c-axis")[0] for each in (long, short)]
    assert axes[0].attrib == axes[1].attrib
    assert f"{long.measure}, 95 % interval" in texts(read(render_forest(long, key="k")))


def test_the_table_says_the_same_numbers():
    told = forest_table(forest(*THREE, total=TOTAL))
    assert told.rows[0] == ("One", "−0.60", "−1.20 to 0.00", "")
    assert told.rows[-1][:2] == ("Pooled", "−0.60")
    assert "−1.40 to 0.20" in told.notes[0]


@pytest.mark.parametrize(
    ("rows", "others", "words"),
    [
        ((row("A", 0, 2, 1),), {}, "outside 0 to 1"),
        ((row("A", math.nan, 0, 1),), {}, "cannot be drawn"),
        ((row("A", 0.0, 1, 2),), {"ratio": True, "no_effect": 1.0}, "is a ratio"),
        ((row("A", -1, 0, 1, columns=("x",)),), {}, "cell for each"),
    ],
)
def test_a_trial_that_cannot_be_drawn_truthfully_is_refused(rows, others, words):
    with pytest.raises(ValueError, match=words):
        forest(*rows, **others)


def test_a_file_of_its_own_carries_its_rules_once():
    whole = standalone(render_forest(forest(*THREE), key="k"))
    assert whole.startswith("<?xml")
    assert len(re.findall("<style>", whole)) == 1
    read(whole.split("\n", 1)[1])
    with pytest.raises(ValueError, match="Only a picture"):
        standalone("<p>")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_name_leads_where_its_link_says_and_the_picture_is_then_a_group(width):
    drawn = forest(replace(THREE[0], link="/trials/a/?x=1&y=2"), THREE[1], width=width)
    svg = render_forest(drawn, key="k")
    links = [part for part in read(svg).iter() if part.tag.endswith("}a")]
    assert [(link.get("href"), "".join(link.itertext()).strip()) for link in links] == [
        ("/trials/a/?x=1&y=2", THREE[0].name)
    ]
    assert 'role="group"' in svg
    assert 'role="img"' in render_forest(forest(*THREE), key="k")
