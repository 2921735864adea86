"""A question gets what the trials give: pooled, one trial as one trial, not enough, or nothing; and why."""

from math import isclose

import pytest

from daybreak.evidence.dataset import dataset
from daybreak.evidence.effects import EffectMeasure, Means, combine_arms, mean_difference
from daybreak.evidence.questions import Question, QuestionError, State, answer
from tests.evidence.trialsmith import Smith


def ask(data, **parts):
    return answer(data, Question(**({"indication": "treatment_resistant_depression", "outcome": "depression"} | parts)))


@pytest.mark.parametrize(
    ("trials", "state"), [(0, State.NO_TRIAL), (1, State.ONE_TRIAL), (2, State.NOT_ENOUGH), (3, State.POOLED)]
)
def test_one_trial_is_shown_as_one_trial_and_two_are_not_enough_to_pool(trials, state):
    smith = Smith()
    for number in range(trials):
        smith.simple(f"t{number}")
    found = ask(smith.read())
    assert found.state is state
    assert (found.pooled is not None) == (state is State.POOLED)
    assert len(found.comparisons) == trials
    if trials == 1:
        assert "not pooled" in found.sentence
    if trials == 2:
        assert "not enough to pool" in found.sentence


def test_recalled_and_doubtful_rows_are_left_out_and_named():
    smith = Smith().simple("a").simple("b")
    smith.results[0]["status"] = "recalled"
    smith.results[3]["doubt"] = "it cannot be"
    found = ask(smith.read())
    assert found.state is State.NO_TRIAL
    assert [left.reason for left in found.left_out] == [
        "rests on recalled numbers, which nobody has checked",
        "doubtful: it cannot be",
    ]
    assert [c.trial.id for c in ask(smith.read(), with_recalled=True).comparisons] == ["a"]


def test_a_trial_that_shares_people_with_another_one_in_the_pool_is_left_out():
    smith = Smith().simple("whole").simple("part").simple("other")
    for row in smith.results[2:4]:
        row["overlaps"] = "whole"
    found = ask(smith.read())
    assert [c.trial.id for c in found.comparisons] == ["other", "whole"]
    assert "shares people with whole" in found.left_out[0].reason
    smith.results = smith.results[2:]  # without the trial it shares with, it may speak
    assert [c.trial.id for c in ask(smith.read()).comparisons] == ["other", "part"]


def test_two_dose_arms_are_one_group_against_their_one_control():
    smith = Smith().trial("t").arm("t", "low").arm("t", "high")
    smith.result("t", "low", n="30", mean="-12", sd="9").result("t", "high", n="50", mean="-18", sd="11")
    smith.result("t", "control", n="40", mean="-10", sd="10")
    (comparison,) = ask(smith.read()).comparisons
    expected = mean_difference(combine_arms([Means(30, -12, 9), Means(50, -18, 11)]), Means(40, -10, 10))
    assert isclose(comparison.effect.estimate, expected.estimate)
    assert isclose(comparison.effect.standard_error, expected.standard_error)
    assert comparison.people == 120


def test_printed_differences_of_two_dose_arms_do_not_count_the_control_twice():
    smith = Smith().trial("t").arm("t", "low").arm("t", "high")
    for arm in ("low", "high"):
        smith.result("t", arm, n="50", contrast="-5", contrast_measure="mean_difference", contrast_se="2")
    smith.result("t", "control", kind="people_only", n="50", better="")
    (comparison,) = ask(smith.read()).comparisons
    assert comparison.people == 150
    assert comparison.effect.standard_error > 2 / 2**0.5 + 0.2  # what two independent differences would have
    assert comparison.effect.standard_error < 2


def test_a_crossover_uses_its_paired_difference_before_its_arms():
    smith = Smith().trial("t", design="crossover").arm("t", "active")
    smith.result(
        "t", "active", kind="endpoint", n="16", mean="15", sd="10",
        contrast="-9", contrast_measure="mean_difference", contrast_se="3.77",
    )  # fmt: skip
    smith.result("t", "control", kind="endpoint", n="16", mean="24", sd="12")
    assert isclose(ask(smith.read()).comparisons[0].effect.standard_error, 3.77)
    for name in ("contrast", "contrast_measure", "contrast_se"):
        del smith.results[0][name]
    unpaired = ask(smith.read()).comparisons[0]
    assert "correlation 0" in unpaired.effect.way
    assert unpaired.people == 16
    paired = ask(smith.read(), within_person_correlation=0.5).comparisons[0]
    assert paired.effect.standard_error < unpaired.effect.standard_error


def test_the_first_period_of_a_crossover_is_a_comparison_between_people():
    smith = Smith().trial("t", design="crossover").arm("t", "active")
    for arm, mean in (("active", "15"), ("control", "24")):
        smith.result("t", arm, kind="endpoint", n="8", mean=mean, sd="10", sample="first period")
    assert ask(smith.read()).comparisons[0].people == 16


def test_of_several_times_the_one_nearest_to_the_asked_is_taken():
    smith = Smith().trial("t").arm("t", "active")
    for time_h, mean in (("20", "-11"), ("24", "-15"), ("672", "-9")):
        smith.result("t", "active", time_h=time_h, n="20", mean=mean, sd="8")
        smith.result("t", "control", time_h=time_h, n="20", mean="-5", sd="8")
    assert ask(smith.read(), time="day").comparisons[0].time_h == 24
    assert ask(smith.read(), time="4wk").comparisons[0].effect.estimate == -4


def test_scales_that_differ_are_put_on_one_and_one_scale_stays_in_points():
    smith = Smith().simple("a").simple("b")
    assert ask(smith.read()).measure is EffectMeasure.MEAN_DIFFERENCE
    for row in smith.results[2:]:
        row["scale"] = "hamd"
    assert ask(smith.read()).measure is EffectMeasure.HEDGES_G


def test_relapse_takes_the_hazard_ratio_and_other_events_the_risk_ratio():
    smith = Smith().trial("t").arm("t", "active")
    smith.events("t", "active", 20, 90, outcome="relapse", outcome_words="relapse", better="fewer",
                 contrast="0.5", contrast_measure="hazard_ratio", contrast_low="0.3", contrast_high="0.83")  # fmt: skip
    smith.events("t", "control", 39, 86, outcome="relapse", outcome_words="relapse", better="fewer")
    found = ask(smith.read(), outcome="relapse")
    assert found.measure is EffectMeasure.HAZARD_RATIO
    assert found.favours_active_below
    smith = Smith().trial("t").arm("t", "active").events("t", "active", 20, 40).events("t", "control", 10, 40)
    found = ask(smith.read(), outcome="depression_response")
    assert found.measure is EffectMeasure.RISK_RATIO
    assert not found.favours_active_below


def test_a_pool_with_an_empty_arm_also_says_the_risk_difference_without_corrections():
    smith = Smith()
    for name, events in (("a", (3, 0)), ("b", (2, 1)), ("c", (4, 2))):
        smith.trial(name).arm(name, "active")
        smith.events(name, "active", events[0], 50).events(name, "control", events[1], 50)
    found = ask(smith.read(), outcome="depression_response")
    assert found.rare is not None
    assert isclose(found.rare.shown[0], 6 / 150)


def test_strata_with_controls_of_their_own_stay_two_tables_and_become_one_effect():
    smith = Smith().trial("t").arm("t", "mild", against="control").arm("t", "hard", against="other")
    smith.arm("t", "other", role="control", drug="placebo")
    for arm, events in (("mild", 4), ("control", 8), ("hard", 6), ("other", 12)):
        smith.events("t", arm, events, 40)
    (comparison,) = ask(smith.read(), outcome="depression_response").comparisons
    assert [(a.events, c.events) for a, c in comparison.tables] == [(4, 8), (6, 12)]
    assert comparison.people == 160
    assert isclose(comparison.effect.shown, 0.5)


def test_subgroups_cells_and_open_phases_never_stand_for_a_trial():
    for sample in ("subgroup", "one cell", "second period", "open phase"):
        smith = Smith().simple("t")
        for row in smith.results:
            row["sample"] = sample
        found = ask(smith.read())
        assert found.state is State.NO_TRIAL
        assert "only a part" in found.left_out[0].reason


def test_what_was_not_randomised_is_left_out():
    found = ask(Smith().simple("t", design="not_randomised").read())
    assert found.left_out[0].reason == "not randomised"


def test_few_trials_and_unchecked_rows_are_said_beside_the_numbers():
    smith = Smith()
    for number in range(6):
        smith.simple(f"t{number}")
    assert ask(smith.read()).cautions == ()
    smith.results[0]["status"] = "recalled"
    few = ask(smith.read())
    assert few.pooled.k == 5
    assert "95 %" in few.cautions[0]
    assert ask(smith.read(), with_recalled=True).cautions == ("Rows that nobody has checked are in it.",)


def test_a_dose_is_found_alone_and_within_a_range():
    smith = Smith().simple("half").simple("flexible").simple("other")
    for arm, dose in (("half", "0.5"), ("flexible", "0.4-0.9 flexible"), ("other", "1.0")):
        next(a for a in smith.arms if a["trial"] == arm and a["arm"] == "active").update(dose=dose, dose_unit="mg/kg")
    found = ask(smith.read(), dose=0.5, dose_unit="mg/kg")
    assert {c.trial.id for c in found.comparisons} == {"half", "flexible"}
    assert ask(smith.read(), dose=0.5, dose_unit="mg").state is State.NO_TRIAL


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"indication": "sadness"}, "no indication here"),
        ({"outcome": "joy"}, "no outcome here"),
        ({"time": "soon"}, "is no time"),
        ({"given": "thrice"}, "once, repeated, any"),
        ({"measure": EffectMeasure.ODDS_RATIO}, "does not fit"),
    ],
)
def test_a_question_that_cannot_be_asked_says_what_can(parts, words):
    with pytest.raises(QuestionError, match=words):
        ask(Smith().simple("t").read(), **parts)


def test_the_shipped_trials_answer_what_a_prescriber_asks():
    """Four weeks of nasal esketamine against placebo spray: the six trials the literature has, one arm counted once."""
    found = ask(dataset(), drug="esketamine", route="nasal", comparator="inert", time="4wk")
    assert found.state is State.POOLED
    labels = [c.trial.label for c in found.comparisons]
    assert labels == ["Fedgchin 2019", "Popova 2019", "Ochs-Ross 2020", "Takahashi 2021", "Chen 2023", "Janik 2025"]
    assert found.people == 317 + 201 + 123 + 184 + 215 + 378
    low, high = found.pooled.shown[1:]
    assert low < found.pooled.shown[0] < high < 0


def test_no_pool_of_the_shipped_trials_holds_a_recalled_or_doubtful_row_or_people_twice():
    data = dataset()
    from daybreak.evidence.trials import evidence_indications, outcomes

    for indication in evidence_indications():
        for outcome in outcomes():
            found = ask(data, indication=indication, outcome=outcome)
            rows = [row for c in found.comparisons for row in c.rows]
            assert all(row.status == "seen" and not row.doubt for row in rows)
            inside = {c.trial.id for c in found.comparisons}
            assert not any(set(row.overlaps) & inside for row in rows)
            assert len(inside) == len(found.comparisons)


def test_where_nobody_printed_how_many_people_there_were_no_number_is_made_up():
    """Two dose arms with printed differences and no numbers of people: three are not the people of the trial."""
    smith = Smith().trial("a")
    for arm, contrast in (("low", "-2"), ("high", "-4")):
        smith.arm("a", arm)
        smith.result(
            "a", arm, contrast=contrast, contrast_measure="mean_difference", contrast_low=str(float(contrast) - 2),
            contrast_high=str(float(contrast) + 2),
        )  # fmt: skip
    (comparison,) = ask(smith.read()).comparisons
    assert comparison.people is None
