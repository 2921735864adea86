"""The picture of how soon and how long: whoever looks at it can read every name and knows whose it is."""

import re
from itertools import combinations, pairwise

import pytest

from daybreak.charts import Label, render
from daybreak.charts.names import Box, words_box
from daybreak.evidence.dataset import dataset
from daybreak.evidence.onset import How, main_outcome, onset, onset_chart, onset_names
from daybreak.evidence.trials import evidence_indications
from tests.charts.pictures import SVG, read, runs_of, with_class

FOUND = [each for name in evidence_indications() if (each := onset(dataset(), name)).points]
every_picture = pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
every_indication = pytest.mark.parametrize("found", FOUND, ids=lambda found: found.indication)


def box_of(text):
    """The room of drawn words, wherever they begin, end or have their middle."""
    look = text.get("class", "").split()
    anchor = next((each for each in look if each in ("end", "mid")), "")
    strong = bool({"strong", "accent"} & set(look))
    return words_box("".join(text.itertext()), float(text.get("x")), float(text.get("y")), anchor, strong=strong)


def numbers(element, *names):
    return [float(element.get(name)) for name in names]


def strokes(root):
    """Every line in the picture that says something: courses, intervals, the line of zero, leaders to names."""
    drawn = [step for path in with_class(root, "c-line") for run in runs_of(path) for step in pairwise(run)]
    for name in ("c-zero", "c-leader"):
        for straight in with_class(root, name):
            x, y, to_x, to_y = numbers(straight, "x1", "y1", "x2", "y2")
            drawn.append(((x, y), (to_x, to_y)))
    return drawn


def points(root):
    """The room of every point."""
    for point in with_class(root, "c-point"):
        if point.tag == f"{SVG}circle":
            x, y = numbers(point, "cx", "cy")
        elif point.tag == f"{SVG}rect":
            x, y, width, height = numbers(point, "x", "y", "width", "height")
            x, y = x + width / 2, y + height / 2
        else:  # a triangle, drawn from its top
            x, y = map(float, re.match(r"M([\d.]+) ([\d.]+)", point.get("d")).groups())
            y += 7
        yield Box(x - 5, y - 5, x + 5, y + 5)


@every_picture
@every_indication
def test_no_two_words_lie_on_each_other_and_none_leaves_the_picture(found, narrow):
    chart = onset_chart(found, narrow=narrow)
    boxes = {"".join(text.itertext()): box_of(text) for text in read(chart).iter(f"{SVG}text")}
    whole = Box(0, 0, chart.width, chart.height)
    assert [words for words, box in boxes.items() if not whole.holds(box)] == []
    assert [both for both in combinations(boxes, 2) if boxes[both[0]].meets(boxes[both[1]])] == []


@every_picture
@every_indication
def test_no_name_lies_on_a_line_or_a_point(found, narrow):
    chart = onset_chart(found, narrow=narrow)
    root = read(chart)
    names = {mark.text for mark in chart.marks if isinstance(mark, Label)}
    boxes = [box_of(text) for text in root.iter(f"{SVG}text") if "".join(text.itertext()) in names]
    assert len(boxes) == len(onset_names(found))
    for box in boxes:
        assert not any(map(box.is_crossed_by, strokes(root)))
        assert not any(map(box.meets, points(root)))


@every_picture
@every_indication
def test_no_line_to_a_name_passes_through_a_point_of_another(found, narrow):
    root = read(onset_chart(found, narrow=narrow))
    for leader in with_class(root, "c-leader"):
        x, y, to_x, to_y = numbers(leader, "x1", "y1", "x2", "y2")
        own = Box(x - 0.1, y - 0.1, x + 0.1, y + 0.1)
        assert not any(point.is_crossed_by(((x, y), (to_x, to_y))) for point in points(root) if not point.meets(own))


@every_indication
def test_a_name_is_one_a_clinician_would_write(found):
    for point in found.points:
        assert not re.search(r"PMC\d|NCT\d|10\.\d{4}|s\d{5}-|\bph\d", point.study), point.study


@every_indication
def test_nothing_hides_what_is_pooled(found):
    """Single trials at the same time stand beside it."""
    root = read(onset_chart(found))
    squares = [float(each.get("x")) + 4 for each in with_class(root, "c-point") if each.tag == f"{SVG}rect"]
    middles = [box.left + 5 for box in points(root)]
    assert len(squares) == sum(point.how is How.POOLED for point in found.points)
    for square in squares:
        assert sum(abs(middle - square) < 5 for middle in middles) == 1


def test_tablets_stand_beside_a_depression_that_has_a_trial_and_nowhere_else():
    for name in evidence_indications():
        found = onset(dataset(), name)
        of_drugs = [point for point in found.points if not point.line.startswith("Tablets")]
        tablets = len(of_drugs) < len(found.points)
        assert tablets == (main_outcome(name) == "depression" and bool(of_drugs)), name


def test_the_same_picture_is_drawn_the_same_each_time():
    chart = onset_chart(FOUND[0])
    assert render(chart, key="k") == render(chart, key="k")
