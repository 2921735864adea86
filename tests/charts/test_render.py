"""A chart is well-formed, says only what the data say, and never draws through a gap."""

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.charts import (
    Axis,
    Band,
    Bars,
    Checks,
    Label,
    Lane,
    Limit,
    Line,
    Missing,
    Now,
    Points,
    Sessions,
    Shade,
    Span,
    Steps,
    Stretch,
    render,
)
from daybreak.charts.frame import spread
from daybreak.charts.svg import text_width
from tests.charts.pictures import SVG, chart, line_chart, line_pixels, plot_box, read, runs_of, texts, with_class

values = st.one_of(st.none(), st.floats(-1e9, 1e9), st.just(math.nan), st.just(math.inf))
hostile = st.text(max_size=30) | st.sampled_from(['</svg><script>alert("1")</script>', "&<>\"'", "]]>", "\x00\x1b"])


@st.composite
def any_charts(draw):
    """A chart with every kind of mark, filled at random."""
    xs = sorted(draw(st.lists(st.floats(-1e6, 1e6), max_size=12)))
    ys = draw(st.lists(values, min_size=len(xs), max_size=len(xs)))
    flags = [draw(st.booleans()) for _ in xs]
    words = draw(hostile)
    start, end = (xs[0], xs[-1]) if xs else (0.0, 1.0)
    kinds = [
        Line(xs, ys, words),
        Band(xs, [None if y is None else y - 1 for y in ys], ys, words),
        Points(xs, ys, words, shape="square"),
        Steps(xs, ys, words),
        Bars(xs, ys, words),
        Limit(draw(st.floats(-1e6, 1e6)), words, draw(st.sampled_from(["amber", "red", "base", "goal"]))),
        Missing(start, end, words),
        Shade(start, end, words),
        Sessions(xs, flags, words, words),
        Checks(xs, flags),
        Stretch(start, end, words, until=start),
        Lane(words, (Span(start, end, words, words), Span(start, end, words, ended=True))),
        Now(end, words),
        Label(start, 1, words, point=True),
        Label(end, 2, words, place="near"),
    ]
    return chart(*draw(st.lists(st.sampled_from(kinds), max_size=8, unique_by=id)), height=500, foot=words, empty=words)


def test_the_words_of_a_shaded_part_lie_over_what_crosses_them():
    xs = [0.0, 1.0]
    drawn = chart(
        Shade(0.0, 1.0, "Nobody measured here"), Band(xs, [0.0, 0.0], [9.0, 9.0], "band"), Line(xs, xs, "line")
    )
    looks = [part.get("class", "") if part.text != "Nobody measured here" else part.text for part in read(drawn).iter()]
    assert looks.index("c-shade") < looks.index("c-grid") < looks.index("c-band") < looks.index("Nobody measured here")


@given(any_charts())
def test_every_chart_is_well_formed_and_carries_no_style_and_no_script(drawn):
    root = read(drawn)
    for element in root.iter():
        assert "style" not in element.attrib
        assert not any(name.startswith("on") for name in element.attrib)
        assert element.tag.removeprefix(SVG) not in {"script", "style", "foreignObject", "a", "image"}


@given(any_charts())
def test_the_same_chart_gives_the_same_bytes(drawn):
    assert render(drawn, key="k") == render(drawn, key="k")


def test_title_and_description_are_what_a_screen_reader_reads():
    root = read(line_chart([0, 1], [2, 3]), key="bp")
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert [named[name] for name in root.get("aria-labelledby").split()] == ["A title", "A sentence."]


def test_every_id_begins_with_the_key():
    root = read(line_chart([0, 1], [2, 3]), key="bp-7")
    assert all(element.get("id").startswith("bp-7-") for element in root.iter() if element.get("id"))


@pytest.mark.parametrize("key", ["", "7a", 'a"b', "a b"])
def test_a_key_that_cannot_be_an_id_is_refused(key):
    with pytest.raises(ValueError, match="cannot be an id"):
        render(line_chart([0, 1], [2, 3]), key=key)


@given(any_charts())
def test_numbers_are_rounded_to_a_tenth(drawn):
    for element in read(drawn).iter():
        for name in ("x", "y", "cx", "cy", "x1", "y1", "x2", "y2", "width", "height"):
            assert len(element.get(name, "0").partition(".")[2]) <= 1


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40, unique=True))
def test_larger_values_never_lie_lower_and_later_times_never_lie_to_the_left(ys):
    pixels = line_pixels(read(line_chart(range(len(ys)), ys)))
    assert all(a[0] <= b[0] for a, b in pairwise(pixels))
    in_order_of_value = sorted(zip(ys, (y for _, y in pixels), strict=True))
    assert all(a[1] >= b[1] for a, b in pairwise(in_order_of_value))


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, None, math.nan]), min_size=1, max_size=30))
def test_a_line_breaks_at_every_gap(ys):
    root = read(line_chart(range(len(ys)), ys, x=Axis(low=0, high=30)))
    known = "".join("x" if y is not None and y == y else " " for y in ys).split()
    drawn = [len(run) for path in with_class(root, "c-line") for run in runs_of(path)]
    assert drawn == [len(run) for run in known if len(run) > 1]
    assert len(with_class(root, "c-point")) == sum(len(run) == 1 for run in known)


def test_a_band_with_a_gap_in_one_edge_has_a_gap():
    root = read(chart(Band([0, 1, 2, 3, 4], [1, 1, None, 1, 1], [2, 2, 2, 2, 2], "Expected")))
    assert len(with_class(root, "c-band")) == 2


def test_a_limit_lies_at_its_value():
    root = read(chart(Line([0, 10], [0, 1], "V", label=""), Limit(150, "Red 150", "red"), y=Axis(low=0, high=200)))
    (limit,) = with_class(root, "c-limit")
    left, top, right, bottom = plot_box(root)
    assert "act" in limit.get("class")
    assert float(limit.get("y1")) == float(limit.get("y2")) == pytest.approx(bottom - 0.75 * (bottom - top), abs=0.1)
    assert (float(limit.get("x1")), float(limit.get("x2"))) == (left, right)


def test_a_limit_outside_the_axis_is_still_named():
    root = read(chart(Line([0, 1], [5, 6], "V"), Limit(180, "Red 180", "red"), y=Axis(low=0, high=100)))
    assert with_class(root, "c-limit") == []
    assert "Red 180 ↑" in texts(root)


def test_the_axis_holds_every_limit_unless_told_otherwise():
    root = read(chart(Line([0, 1], [5, 6], "V"), Limit(180, "Red 180", "red")))
    assert len(with_class(root, "c-limit")) == 1


def test_names_of_limits_close_together_stand_apart():
    limits = [Limit(100 + step, f"Limit {step}") for step in range(4)]
    root = read(chart(*limits, y=Axis(low=0, high=200)))
    heights = sorted(float(text.get("y")) for text in with_class(root, "watch"))
    assert all(b - a >= 16.9 for a, b in pairwise(heights))


def test_a_line_without_a_name_pushes_no_limit_s_name_from_its_height():
    """“Before 115” read beside 104 is another pressure."""
    before = Limit(115, "Before 115")
    named = Line([0, 1], [116, 116], "Median", label="")
    heights = [
        float(with_class(read(chart(*marks, y=Axis(low=40, high=190))), "watch")[0].get("y"))
        for marks in ([before], [before, named])
    ]
    assert heights[0] == heights[1]


@given(st.lists(st.floats(0, 400), max_size=12), st.floats(1, 30))
def test_spreading_keeps_the_order_the_distance_and_what_need_not_move(heights, gap):
    heights.sort()
    placed = spread(heights, gap, 0, 400)
    assert all(b - a >= gap - 1e-6 for a, b in pairwise(placed))
    assert all(height >= -1e-6 for height in placed)
    if gap * (len(heights) - 1) <= 400:
        assert all(height <= 400 + 1e-6 for height in placed)
    if all(b - a >= gap for a, b in pairwise(heights)):
        assert placed == pytest.approx(heights)


def test_values_outside_the_axis_are_marked_with_their_value_and_not_drawn_as_points():
    xs, ys = [0, 10, 20, 30], [120, 231, 130, 40]
    root = read(
        chart(Line(xs, ys, "V"), Points(xs, ys, "V"), x=Axis(low=0, high=30), y=Axis(low=60, high=180)),
    )
    _, top, _, bottom = plot_box(root)
    assert {"231", "40"} <= set(texts(root))
    points = with_class(root, "c-point")
    assert len(points) == 2
    assert all(top <= float(point.get("cy")) <= bottom for point in points)
    assert all(path.get("clip-path") == "url(#k-plot)" for path in with_class(root, "c-line"))


def test_a_chart_without_values_says_so_inside_its_frame():
    root = read(chart(Line([], [], "V"), Limit(160, "Amber 160"), empty="No reading yet."))
    assert "No reading yet." in texts(root)
    assert with_class(root, "c-axis")
    assert with_class(root, "c-limit")


@pytest.mark.parametrize("ys", [[None, None], [math.nan, math.nan]])
def test_nothing_but_gaps_is_no_value(ys):
    assert "Nothing recorded yet." in texts(read(line_chart([0, 1], ys)))


def test_one_value_is_a_visible_point_within_the_plot():
    root = read(line_chart([date(2026, 11, 24)], [14], x=Axis(scale="dates"), y=Axis(low=0, high=27)))
    left, top, right, bottom = plot_box(root)
    (point,) = with_class(root, "c-point")
    assert left < float(point.get("cx")) < right
    assert top < float(point.get("cy")) < bottom


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-12, 250.0])
def test_a_constant_series_is_a_level_line(value):
    pixels = line_pixels(read(line_chart([0, 1, 2], [value] * 3)))
    assert len({y for _, y in pixels}) == 1


def test_ten_thousand_values_keep_their_extremes_and_the_picture_says_so():
    ys = [70.0] * 10_000
    ys[6001], ys[6003] = 190.0, 31.0
    root = read(line_chart(range(10_000), ys, y=Axis(low=0, high=200)))
    pixels = line_pixels(root)
    _, top, _, bottom = plot_box(root)
    assert len(pixels) < 3_000
    assert min(y for _, y in pixels) == pytest.approx(bottom - 0.95 * (bottom - top), abs=0.1)
    assert max(y for _, y in pixels) == pytest.approx(bottom - 0.155 * (bottom - top), abs=0.1)
    assert "Drawn from 10,000 values" in root.find(f"{SVG}desc").text


@given(st.integers(2, 6_000), st.integers(0, 10_000))
def test_thinning_never_draws_through_a_gap(count, place):
    ys = [1.0] * count
    ys[place % count] = None
    root = read(line_chart(range(count), ys))
    runs = sum(len(runs_of(path)) for path in with_class(root, "c-line")) + len(with_class(root, "c-point"))
    assert runs == (1 if place % count in (0, count - 1) else 2)


@pytest.mark.parametrize("kind", [Line, Points, Steps, Bars])
def test_times_that_run_backwards_are_refused(kind):
    days = [date(2026, 11, 24), date(2026, 11, 23)]
    with pytest.raises(ValueError, match="“PHQ-9” runs backwards, from 24 Nov 2026 to 23 Nov 2026"):
        render(chart(kind(days, [1, 2], "PHQ-9"), x=Axis(scale="dates")), key="k")


def test_a_stretch_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends after it starts"):
        render(chart(Missing(3, 2)), key="k")


def test_a_band_upside_down_is_refused():
    with pytest.raises(ValueError, match=r"low edge 2\.0 above its high edge 1\.0"):
        render(chart(Band([0], [2], [1], "Expected")), key="k")


def test_series_of_different_length_are_refused():
    with pytest.raises(ValueError, match="3 in x, 2 in y"):
        Line([0, 1, 2], [0, 1], "V")


def test_a_time_without_its_zone_is_refused():
    naive = datetime(2026, 11, 24, 10)
    with pytest.raises(ValueError, match="no time zone"):
        render(line_chart([naive], [1], x=Axis(scale="dates")), key="k")


@pytest.mark.parametrize(("x", "place"), [(Axis(), date(2026, 1, 1)), (Axis(scale="dates"), 3.0), (Axis(), math.nan)])
def test_a_position_of_the_wrong_kind_is_refused(x, place):
    with pytest.raises(ValueError, match="axis"):
        render(line_chart([place], [1], x=x), key="k")


def test_numbers_and_years_beyond_all_sense_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="too large to draw"):
        render(line_chart([0, 1], [1.7e308, -1.7e308]), key="k")
    with pytest.raises(ValueError, match="The year 1 is no year to draw"):
        render(line_chart([date.min], [1], x=Axis(scale="dates")), key="k")


@pytest.mark.parametrize("axis", [Axis(low=3, high=3), Axis(low=5, high=1), Axis(low=0, high=9, scale="log")])
def test_an_impossible_axis_is_refused(axis):
    with pytest.raises(ValueError, match=r"An axis ends above its start|starts above zero"):
        render(line_chart([1, 2], [1, 2], y=axis), key="k")


def test_a_height_without_room_is_refused():
    with pytest.raises(ValueError, match="leaves no room"):
        render(line_chart([0], [1], height=60), key="k")


def test_the_same_instant_lies_at_the_same_place_in_every_zone():
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    axis = Axis(scale="dates", low=at - timedelta(days=1), high=at + timedelta(days=1))
    elsewhere = at.astimezone(ZoneInfo("Pacific/Auckland"))
    assert render(line_chart([at], [1], x=axis), key="k") == render(line_chart([elsewhere], [1], x=axis), key="k")


def test_an_array_is_as_good_as_a_list():
    xs, ys = [0.0, 1.0, 2.0], [3.0, math.nan, 5.0]
    assert render(line_chart(np.array(xs), np.array(ys)), key="k") == render(line_chart(xs, ys), key="k")


def test_on_a_log_axis_equal_ratios_are_equal_distances():
    pixels = line_pixels(read(line_chart([0, 1, 2], [1, 10, 100], y=Axis(scale="log"))))
    first, second, third = (y for _, y in pixels)
    assert first - second == pytest.approx(second - third, abs=0.11)


def test_bars_stand_on_zero():
    root = read(chart(Bars([1, 2], [4, -2], "V"), y=Axis(low=-10, high=10)))
    up, down = with_class(root, "c-bar")
    assert float(up.get("y")) + float(up.get("height")) == pytest.approx(float(down.get("y")), abs=0.11)


def test_steps_hold_their_value_until_the_next():
    ((run,),) = [runs_of(path) for path in with_class(read(chart(Steps([0, 1, 3], [1, 2, 1], "Rate"))), "c-step")]
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(run))


def test_given_sessions_are_filled_and_planned_ones_empty():
    root = read(chart(Sessions([1, 2, 3], [True, True, False]), x=Axis(low=0, high=4)))
    assert [mark.get("class") for mark in with_class(root, "c-bar")] == ["c-bar", "c-bar", "c-bar plan"]


def test_a_missing_stretch_is_hatched_and_named():
    root = read(chart(Line([0, 10], [1, 1], "V"), Missing(2, 4, "no signal")))
    (box,) = with_class(root, "c-missing")
    left, _, right, _ = plot_box(root)
    assert float(box.get("x")) == pytest.approx(left + 0.2 * (right - left), abs=0.1)
    assert float(box.get("width")) == pytest.approx(0.2 * (right - left), abs=0.1)
    assert box.get("fill") == "url(#k-hatch)"
    assert "no signal" in texts(root)


def test_medicines_taken_at_the_same_time_stand_in_rows_of_their_own():
    spans = (Span(0, 5, "A"), Span(5, 10, "B"), Span(2, 4, "C"))
    root = read(chart(Line([0, 10], [1, 1], "V"), Lane("Medicines", spans)))
    first, second, third = (float(bar.get("y")) for bar in with_class(root, "c-bar"))
    assert first == second < third


@pytest.mark.parametrize("place", ["above", "below", "right", "left"])
@pytest.mark.parametrize("x", [0.0, 5.0, 10.0])
def test_the_words_of_a_label_stay_within_the_picture(x, place):
    said = "Band: 90 of 100 virtual people"
    root = read(chart(Line([0, 10], [1, 1], "V", label=""), Label(x, 1, said, "accent", place), width=520))
    (words,) = [text for text in root.iter(f"{SVG}text") if text.text == said]
    width = text_width(said, strong=True)
    start = float(words.get("x")) - (width if "end" in words.get("class").split() else 0)
    assert start >= 0
    assert start + width <= 520
