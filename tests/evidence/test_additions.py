"""Proposed rows pass the same checks as shipped ones, enter as a new version, and change what they should alone."""

from dataclasses import replace

import pytest

from daybreak.evidence.additions import UnreadableTable, add, changed_since, check, named, version_of
from daybreak.evidence.comparing import difference
from daybreak.evidence.dataset import dataset
from daybreak.evidence.questions import Question, State, answer
from daybreak.evidence.rows import result_row, tables, to_csv

BASE = dataset()
SPRAY = Question(
    indication="treatment_resistant_depression", outcome="depression", drug="esketamine", route="nasal", time="4wk"
)


NEW = {"trial": "new-2026", "label": "New 2026", "doi": "", "pmid": ""}


def row_of(identifier):
    return result_row(next(row for row in BASE.results if row.id == identifier))


def proposed(**cells):
    """One shipped row of results with other cells, as a proposal."""
    return check(BASE, {"results": to_csv([row_of("r001") | cells])})


def a_new_trial(**cells):
    """A trial with its two arms and a result of each, copied in form from a shipped one."""
    written = tables(BASE)
    trial = next(row for row in written["trials"] if row["trial"] == "popova-2019") | NEW | cells
    arms = [row | {"trial": "new-2026"} for row in written["arms"] if row["trial"] == "popova-2019"]
    results = [row_of(name) | {"id": f"new-{name}", "trial": "new-2026"} for name in ("r016", "r017")]
    return {"trials": to_csv([trial]), "arms": to_csv(arms), "results": to_csv(results)}


@pytest.mark.parametrize("cells", [{"doi": "10.1176/APPI.AJP.2019.19020172"}, {"pmid": "31109201"}])
def test_a_report_that_stands_here_under_another_id_is_refused_so_that_nobody_counts_twice(cells):
    found = check(BASE, a_new_trial(**cells))
    assert not found.trials
    (refused, *_) = found.refused
    assert (refused.id, refused.field) == ("new-2026", next(iter(cells)))
    assert "is Popova 2019 (popova-2019)" in refused.reason


def test_the_shipped_data_written_as_rows_and_read_again_are_the_same():
    read = check(BASE, {name: to_csv(rows) for name, rows in tables(BASE).items()})
    assert not read.refused
    assert {trial.id: trial for trial in read.trials} == BASE.trials
    assert {(arm.trial, arm.id): arm for arm in read.arms} == BASE.arms
    assert [replace(row, line=0) for row in read.results] == [replace(row, line=0) for row in BASE.results]


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"sd": "-1"}, "sd", "not above 0"),
        ({"n": "0"}, "n", "below 1"),
        ({"scale": "joy"}, "scale", "not known"),
        ({"arm": "nobody"}, "arm", "has no arm"),
        ({"better": "higher"}, "better", "contradicts"),
        ({"contrast": "4.1", "contrast_low": "", "contrast_high": ""}, "contrast", "other sign"),
        ({"id": "a/b"}, "id", "small letters"),
        ({"trial": "popova-2019", "arm": "esk56-84-oralad"}, "id", "a row of fedgchin-2019"),
        ({"id": "r001-again"}, "outcome_words", "r001 says this of the same people already"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line_field_and_reason(cells, field, reason):
    found = proposed(**cells)
    (refused,) = found.refused
    assert (refused.line, refused.field) == (2, field)
    assert reason in refused.reason
    assert found.is_empty


def test_the_rest_of_a_table_is_kept():
    found = check(BASE, {"results": to_csv([row_of("r001") | {"sd": "-1"}, row_of("r004") | {"sd": "15"}])})
    assert [row.id for row in found.results] == ["r004"]
    assert [row.id for row in found.refused] == ["r001"]


def test_an_arm_set_against_nobody_is_refused_and_so_are_its_results():
    texts = a_new_trial()
    texts["arms"] = texts["arms"].replace(",pbo-oralad\r\n", ",ghost\r\n")
    found = check(BASE, texts)
    assert {(row.file, row.field) for row in found.refused} == {("arms.csv", "against"), ("results.csv", "arm")}


@pytest.mark.parametrize("identifier", ["a/b", "Ünder", "x" * 81, "../up"])
def test_a_trial_whose_id_could_not_stand_in_an_address_is_refused(identifier):
    texts = a_new_trial()
    found = check(BASE, {"trials": texts["trials"].replace("new-2026", identifier)})
    assert [(row.field, row.line) for row in found.refused] == [("trial", 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mean\r\n2\r\n", "lacks the column id"),
        ("id;trial;arm\r\n", "lacks the column id"),
        ("id,luck\r\nr001,1\r\n", "no column 'luck'"),
        ("\0", "zero byte"),
        ("id\r\n" + "1\r\n" * 2001, "more than 2000 rows"),
        ('id,"' + "x" * 200_000 + '"\r\n', "no CSV"),
    ],
)
def test_a_table_nobody_can_read_is_said_to_be_one(text, said):
    with pytest.raises(UnreadableTable, match=said):
        check(BASE, {"results": text})


def test_a_new_trial_enters_the_answer_and_nothing_else_changes():
    found = difference(BASE, add(BASE, check(BASE, a_new_trial()), version="later"), SPRAY)
    assert (found.added, found.removed, found.changed) == (("New 2026",), (), ())
    assert found.now.version == "later"
    assert found.now.pooled.k == found.before.pooled.k + 1


def test_a_correction_takes_the_place_of_its_row_and_only_its_trial_changes():
    data = add(BASE, proposed(mean="-25", contrast="", contrast_low="", contrast_high=""), version="later")
    assert len(data.results) == len(BASE.results)
    found = difference(BASE, data, SPRAY)
    assert (found.added, found.removed, found.changed) == ((), (), ("Fedgchin 2019",))
    assert found.now.pooled.estimate < found.before.pooled.estimate


def test_a_doubt_takes_a_row_out_and_says_why():
    doubted = [row_of(row.id) | {"doubt": "retracted"} for row in BASE.by_trial["popova-2019"]]
    found = difference(BASE, add(BASE, check(BASE, {"results": to_csv(doubted)}), version="later"), SPRAY)
    assert found.removed == ("Popova 2019",)
    assert "retracted" in next(out.reason for out in found.now.left_out if out.trial.id == "popova-2019")


def test_versions_differ_by_what_was_added_and_by_nothing_else():
    one, other = {"results": "a"}, {"results": "b"}
    assert version_of("2026+x", []) == "2026+x"
    assert version_of("2026+x", [one]) == version_of("2026+x", [dict(one)])
    assert len({version_of("2026+x", texts) for texts in ([], [one], [other], [one, other], [other, one])}) == 5


def test_the_question_asked_here_is_pooled():
    assert answer(BASE, SPRAY).state is State.POOLED


def test_a_correction_keeps_what_it_does_not_name():
    before = next(row for row in BASE.results if row.id == "r001")
    found = check(BASE, {"results": "id,mean\nr001,-18.0\n"})
    (after,) = found.results
    assert replace(after, mean=before.mean, line=before.line) == before
    assert after.mean == -18
    assert found.counts(BASE) == (0, 1)


def test_a_new_row_is_empty_where_a_column_is_left_out():
    (row,) = check(BASE, {"results": "id,trial,arm,outcome,kind,events,n,source,status\nx1,popova-2019,pbo-oralad,"
                                     "dizziness,events,2,109,a page,seen\n"}).results  # fmt: skip
    assert (row.events, row.percent, row.time_h, row.note) == (2, None, None, "")


def test_an_addition_can_be_laid_over_another():
    first = add(BASE, check(BASE, a_new_trial()), version="one")
    (row,) = check(first, {"results": "id,n\nnew-r016,90\n"}).results
    assert (row.trial, row.n) == ("new-2026", 90)


@pytest.mark.parametrize("line", ["r001,1,2,3", "r001", "r001,1"])
def test_a_row_that_is_torn_is_refused_at_its_own_line_and_the_rest_is_kept(line):
    found = check(BASE, {"results": f'id,mean,note\nr004,-19,"two\nlines"\n{line}\nr007,-15,\n'})
    assert [row.id for row in found.results] == ["r004", "r007"]
    assert found.results[0].note == "two lines"
    assert [(row.line, row.field) for row in found.refused] == [(4, "row")]


def test_an_addition_names_what_differs_and_is_laid_over_data_that_changed_meanwhile():
    texts, were = named(BASE, proposed(note="Read again."))
    assert were["results"] == {"r001": {"note": row_of("r001")["note"]}}
    later = add(BASE, check(BASE, {"results": "id,n\nr001,110\n"}), version="later")
    assert not changed_since(later, texts, were)
    (row,) = check(later, texts, were).results
    assert (row.n, row.note) == (110, "Read again.")
    (changed,) = changed_since(later, *named(BASE, proposed(n="109")))
    assert (changed.id, changed.field) == ("r001", "n")
