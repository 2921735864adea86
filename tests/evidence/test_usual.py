"""The question shown to whoever asked no other: what the trials say most about."""

from itertools import product

import pytest

from daybreak.evidence.dataset import dataset
from daybreak.evidence.questions import Question, State, answer
from daybreak.evidence.times import WINDOWS
from daybreak.evidence.trials import evidence_indications, outcomes
from daybreak.evidence.usual import usual_question

NARROW = [time for time in WINDOWS if time not in ("any", "untimed")]
BENEFITS = [outcome.id for outcome in outcomes().values() if not outcome.harm]


def every_answer(indication, times):
    """By trying every use, outcome and time."""
    data = dataset()
    arms = [arm for trial in data.by_indication[indication] for arm in data.arms_of(trial.id)]
    uses = {(arm.drug, arm.route) for arm in arms if arm.role == "active"}
    for (drug, route), outcome, time in product(uses, BENEFITS, times):
        yield answer(data, Question(indication=indication, outcome=outcome, drug=drug, route=route, time=time))


@pytest.mark.parametrize(
    "indication", ["depression_with_suicidal_ideation", "major_depression", "ptsd", "fibromyalgia"]
)
def test_nothing_narrow_has_more_to_say(indication):
    usual = answer(dataset(), usual_question(dataset(), indication))
    narrow, any_time = list(every_answer(indication, NARROW)), list(every_answer(indication, ["any"]))
    sizes = {
        "narrow, pooled": [(len(a.comparisons), a.people) for a in narrow if a.state is State.POOLED],
        "any time, pooled": [(len(a.comparisons), a.people) for a in any_time if a.state is State.POOLED],
        "narrow": [(len(a.comparisons), a.people) for a in narrow],
    }
    most = next(max(each) for each in sizes.values() if each)
    assert (len(usual.comparisons), usual.people) == most


def test_routes_are_never_taken_together_to_have_more():
    """Neuropathic pain has three trials by any route, and no route has three."""
    question = usual_question(dataset(), "neuropathic_pain")
    assert question.drug
    assert question.route
    assert answer(dataset(), question).state is not State.POOLED


@pytest.mark.parametrize("indication", evidence_indications())
def test_every_indication_has_one(indication):
    assert usual_question(dataset(), indication).indication == indication


def test_without_numbers_it_is_the_benefit_most_trials_measured():
    question = usual_question(dataset(), "opioid_use_disorder")
    assert answer(dataset(), question).state is State.NO_TRIAL
    measured = [row.outcome for t in dataset().by_indication["opioid_use_disorder"] for row in dataset().by_trial[t.id]]
    assert question.outcome in measured
