"""Earlier releases of the shipped data, and what they say otherwise."""

import pytest

from daybreak.evidence.comparing import MOST_NAMED, difference, listed
from daybreak.evidence.dataset import dataset
from daybreak.evidence.questions import Question
from daybreak.evidence.releases import keep, release, releases

# The first two releases counted people of three trials twice: measured again at a time nobody printed.
SAID_TWICE = {"r686", "r687", "r743", "r744", "r759", "r760"}
COMPLETED = Question(indication="ptsd", outcome="did_not_complete", drug="ketamine")


def test_what_is_shipped_is_kept():
    """Fails when the data change: then `python -m daybreak.evidence.releases` and a line in about.yaml keep them."""
    assert releases()[-1] == dataset().version
    assert release(dataset().version).results == dataset().results


@pytest.mark.parametrize("version", releases())
def test_a_release_is_what_its_name_says(version):
    """The name holds a hash of every file. Today's checks refuse what a later release mended, and nothing else."""
    assert release(version).version == version
    assert {row.id for row in release(version).refused} == (SAID_TWICE if version < "2026-11-28" else set())


def test_a_result_is_held_against_an_earlier_release():
    held = difference(release(releases()[0]), dataset(), COMPLETED)
    assert held.added == ("Feder 2014", "Feder 2021")
    assert held.before.pooled is None
    assert held.now.pooled.k == 3
    assert releases()[0] in held.words


def test_keeping_writes_what_is_shipped(tmp_path):
    kept = keep(tmp_path)
    assert kept.name == f"{dataset().version}.zip"
    assert 10_000 < kept.stat().st_size < 100_000


def test_a_version_nobody_kept_gets_a_sentence_that_names_those_kept():
    with pytest.raises(ValueError, match=rf"no version that is kept. Choose one of {releases()[0][:10]}"):
        release("2026-01-01+000000000000")


def test_a_long_list_says_how_many_it_does_not_name():
    labels = [f"Trial {number}" for number in range(MOST_NAMED + 212)]
    assert listed(labels).endswith(f"Trial {MOST_NAMED - 1} and 212 more")
    assert listed(labels[:2]) == "Trial 0, Trial 1"
