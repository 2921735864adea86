"""The picture of how soon and how long: its names can be read."""

import pytest

from daybreak.charts import Label
from daybreak.evidence.dataset import dataset
from daybreak.evidence.onset import onset, onset_chart


@pytest.mark.parametrize("indication", ["treatment_resistant_depression", "major_depression"])
def test_no_mark_is_drawn_over_a_name(indication):
    marks = onset_chart(onset(dataset(), indication)).marks
    first = next(place for place, mark in enumerate(marks) if isinstance(mark, Label))
    assert all(isinstance(mark, Label) for mark in marks[first:])
