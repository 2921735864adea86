"""A proposed trial is checked like any other, enters under a new version, and its effect on a result can be seen."""

import pytest

from daybreak.evidence.comparing import difference
from daybreak.evidence.dataset import dataset
from daybreak.evidence.proposing import Tables, propose, shipped
from daybreak.evidence.questions import Question, State, answer

ASKED = Question(indication="ocd", outcome="ocd_response", drug="ketamine", route="iv", time="1wk")
NEW = Tables(
    trials=(
        "trial,label,year,indication,design,blinding,comparator\nnew-2026,New 2026,2026,ocd,parallel,double,midazolam\n"
    ),
    arms=(
        "trial,arm,role,drug,route,doses,schedule,against\n"
        "new-2026,ket,active,ketamine,iv,1,single infusion,mdz\n"
        "new-2026,mdz,control,midazolam,iv,1,single infusion,\n"
    ),
    results=(
        "id,trial,arm,outcome,outcome_words,kind,better,time_h,time_from,n,events,source,status\n"
        "n1,new-2026,ket,ocd_response,response,events,more,168,first dose,20,9,a page,seen\n"
        "n2,new-2026,mdz,ocd_response,response,events,more,168,first dose,20,3,a page,seen\n"
    ),
)


def test_nothing_proposed_changes_nothing():
    found = propose(Tables(), date="2026-12-01")
    assert found.tables == shipped()
    assert found.refused == ()
    assert found.data.version.split("+")[1] == dataset().version.split("+")[1]


def test_a_new_trial_enters_with_a_version_and_the_answer_changes():
    found = propose(NEW, date="2026-12-01")
    assert found.refused == ()
    assert found.added == ("new-2026", "new-2026 ket", "new-2026 mdz", "n1", "n2")
    assert found.data.version.startswith("2026-12-01+")
    seen = difference(dataset(), found.data, ASKED)
    assert seen.added == ("New 2026",)
    assert (seen.before.state, seen.now.state) == (State.ONE_TRIAL, State.NOT_ENOUGH)


def test_a_proposal_can_be_laid_over_another():
    first = propose(NEW, date="2026-12-01")
    second = propose(Tables(results="id,events\nn1,12\n"), over=first.tables, date="2026-12-02")
    assert second.corrected == ("n1",)
    (row,) = (row for row in second.data.results if row.id == "n1")
    assert (row.events, row.n) == (12, 20)


def test_a_correction_keeps_what_it_does_not_name():
    before = next(row for row in dataset().results if row.id == "r001")
    found = propose(Tables(results="id,mean\nr001,-18.0\n"), date="2026-12-01")
    after = next(row for row in found.data.results if row.id == "r001")
    assert (before.mean, after.mean) == (-19.0, -18.0)
    assert (before.sd, before.n, before.source) == (after.sd, after.n, after.source)
    question = Question(indication="treatment_resistant_depression", outcome="depression", time="4wk")
    changed = difference(dataset(), found.data, question).changed
    assert changed == ("Fedgchin 2019",)
    assert answer(found.data, question).version == found.data.version


def test_a_proposed_row_that_cannot_be_is_refused_with_its_reason_and_the_rest_enters():
    wrong = Tables(NEW.trials, NEW.arms, NEW.results.replace("20,9", "20,29"))
    found = propose(wrong, date="2026-12-01")
    (refused,) = found.refused
    assert (refused.id, refused.field) == ("n1", "events")
    assert any(row.id == "n2" for row in found.data.results)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ("id,luck\nr001,1\n", "no column 'luck'"),
        ("id,mean\n,1\n", "lacks its id"),
        ("id,mean\nr001,1,2\n", "more or fewer cells"),
    ],
)
def test_a_proposal_that_cannot_be_read_says_why(results, words):
    with pytest.raises(ValueError, match=words):
        propose(Tables(results=results), date="2026-12-01")
