"""Harms, antidepressants and published results: each fact has its denominator, its time or its reason."""

import csv

import pytest

from daybreak.evidence import data
from daybreak.evidence.dataset import dataset
from daybreak.evidence.harms import KINDS, harms, harms_in_trials, known_harms
from daybreak.evidence.onset import How, antidepressants, onset, onset_chart
from daybreak.evidence.published import beside, published
from daybreak.evidence.trials import evidence_indications, scales
from daybreak.treatment.indications import indications
from daybreak.treatment.instruments import instrument
from daybreak.treatment.sources import Status


def test_every_kind_of_harm_has_a_fact_or_says_that_nothing_is_known():
    assert {harm.kind for harm in harms()} == set(KINDS)


def test_a_rate_names_its_people_or_says_what_it_is_a_share_of():
    for harm in harms():
        if harm.percent is not None and harm.people is None:
            assert harm.note, harm.id
        if harm.events is not None and harm.percent is not None and harm.people:
            assert abs(100 * harm.events / harm.people - harm.percent) < 1.5, harm.id


def test_long_exposure_has_its_person_years():
    death = next(harm for harm in harms() if harm.study == "SUSTAIN-3" and harm.kind == "death")
    assert round(death.per_100_person_years, 2) == 0.24
    assert "no control" in death.words


def test_recalled_harms_are_left_out_by_default():
    assert all(harm.status is Status.SEEN for kind in known_harms().values() for harm in kind)
    assert sum(map(len, known_harms(with_recalled=True).values())) == len(harms())


def test_harms_counted_in_trials_are_fewer_is_better():
    found = harms_in_trials(dataset(), indication="treatment_resistant_depression", drug="esketamine", route="nasal")
    outcomes = {answer.question.outcome for answer in found}
    assert {"dissociation", "severe_dissociation", "death", "serious_adverse_event"} <= outcomes
    assert all(answer.favours_active_below for answer in found)


def test_every_indication_a_plan_can_have_is_treated_by_some_trial_group():
    spoken_for = {name for group in evidence_indications().values() for name in (*group.treated_as, *group.near)}
    assert spoken_for == set(indications())


def test_scales_end_where_the_instruments_of_the_clinic_end():
    for ours, theirs in (("madrs", "MADRS"), ("phq_9", "PHQ9"), ("pcl_5", "PCL5")):
        assert scales()[ours].high == instrument(theirs).maximum


def test_antidepressants_are_a_course_only_within_one_trial():
    courses = {point.study for point in antidepressants() if point.how is How.WITHIN}
    assert courses == {"GEMINI", "Goldstein 2004"}
    assert {point.study for point in antidepressants()} - courses == {
        "GRISELDA: trials reporting at this week",
        "GRISELDA: SSRI trials reporting at this week",
    }
    within = [(point.study, point.time_h) for point in antidepressants() if point.how is How.WITHIN]
    assert len(within) == len(set(within))  # one point for each trial and week
    rows = list(csv.DictReader(data.text("antidepressants.csv").splitlines()))
    assert all("NOT a time course" in row["note"] for row in rows if row["measure"].startswith("SMD (between"))
    assert all(point.how is How.BETWEEN for point in antidepressants() if point.study.startswith("GRISELDA"))


@pytest.mark.parametrize("indication", evidence_indications())
def test_every_indication_has_its_picture_of_onset(indication):
    from daybreak.charts import render

    found = onset(dataset(), indication)
    drawn = render(onset_chart(found), key="o")
    assert found.version in drawn
    for point in found.points:
        assert point.low <= point.g <= point.high
    if not found.points:
        assert "No trial with numbers" in drawn


def test_onset_of_nasal_esketamine_separates_within_hours():
    points = [p for p in onset(dataset(), "treatment_resistant_depression").points if p.line == "Esketamine nasal"]
    assert min(point.time_h for point in points) <= 4
    assert all(point.g < 0 for point in points)


def test_published_results_stand_beside_ours_with_a_reason():
    rows = list(beside(dataset()))
    assert len(rows) >= 12
    assert all(row.reason and row.published.source for row in rows)
    same = {row.published.id: row for row in rows}
    for one_trial in ("p009", "p010", "p011"):  # one trial in both: the same numbers to their decimals
        assert [round(value, 2) for value in same[one_trial].ours] == list(same[one_trial].theirs)
    assert [round(value, 2) for value in same["p013"].ours] == [round(value, 2) for value in same["p013"].theirs]


def test_published_results_keep_their_status():
    assert {row.status for row in published().values()} == {Status.SEEN, Status.RECALLED}
