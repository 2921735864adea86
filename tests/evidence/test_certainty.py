"""How sure one can be goes down for a reason one can read."""

from daybreak.evidence.certainty import Certainty, judge
from daybreak.evidence.questions import Question, answer
from tests.evidence.trialsmith import Smith


def judged(smith, *, near=False, **parts):
    asked = Question(**({"indication": "treatment_resistant_depression", "outcome": "depression"} | parts))
    return judge(answer(smith.read(), asked), near=near)


def large(*differences, **cells):
    smith = Smith()
    for number, difference in enumerate(differences):
        smith.simple(f"t{number}", difference, n=150, **cells)
    return smith


def reasons(judgement):
    return {doubt.domain: doubt for doubt in judgement.doubts}


def test_large_blinded_trials_that_agree_are_high():
    assert judged(large(-5, -5.2, -4.8, control_drug="midazolam")).certainty is Certainty.HIGH


def test_an_inert_control_does_not_hide_the_drug():
    judgement = judged(large(-5, -5.2, -4.8))
    assert judgement.certainty is Certainty.MODERATE
    assert "inert control" in reasons(judgement)["Risk of bias"].reason
    assert "inert control" in judgement.summary


def test_trials_that_disagree_are_doubted():
    judgement = judged(large(-12, 1, -3, control_drug="midazolam"))
    assert reasons(judgement)["Agreement"].levels == 1
    assert "opposite" in reasons(judgement)["Agreement"].reason


def test_few_people_and_an_interval_over_no_effect_are_imprecise():
    smith = Smith()
    for number, difference in enumerate((-1.0, 0.5, -0.5)):
        smith.simple(f"t{number}", difference, n=12, control_drug="midazolam")
    doubt = reasons(judged(smith))["Precision"]
    assert doubt.levels == 2
    assert "holds no effect" in doubt.reason
    assert "72 people, fewer than 400" in doubt.reason


def test_one_trial_is_doubted_because_nobody_repeated_it():
    judgement = judged(large(-5, control_drug="midazolam"))
    assert "nobody has repeated it" in reasons(judgement)["Agreement"].reason
    assert judgement.certainty < Certainty.HIGH


def test_people_that_were_not_counted_are_a_doubt_too():
    smith = Smith().trial("t").arm("t", "active")
    smith.result("t", "active", contrast="-5", contrast_measure="mean_difference", contrast_se="1")
    doubt = reasons(judged(smith))["Precision"]
    assert doubt.levels == 1
    assert "not printed" in doubt.reason


def test_trials_of_a_near_indication_are_less_direct():
    smith = large(-5, -5.2, -4.8, control_drug="midazolam")
    assert judged(smith, near=True).certainty is Certainty.MODERATE


def test_ten_trials_are_tested_for_missing_ones_and_fewer_are_not():
    assert "Too few" in reasons(judged(large(-5, -5.2, -4.8)))["Missing trials"].reason
    smith = Smith()
    for number in range(10):
        smith.simple(f"t{number}", -12 + number, n=10 + 12 * number, control_drug="midazolam")
    doubt = reasons(judged(smith))["Missing trials"]
    assert doubt.levels == 1
    assert "Egger" in doubt.reason


def test_no_trial_has_no_certainty():
    assert judged(Smith()) is None
