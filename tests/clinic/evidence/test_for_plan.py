"""Beside a plan: evidence for exactly this indication, drug, route and dose, or an honest blank."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.evidence.for_plan import ForPlan, evidence_for
from daybreak.clinic.record.permissions import Role
from daybreak.evidence.dataset import dataset
from daybreak.evidence.decision import for_decision
from daybreak.treatment.indications import indications
from daybreak.treatment.regimen_language import parse
from tests.clinic.evidence.cases import accept, browser, propose
from tests.clinic.evidence.cases import new_trial as a_new_trial
from tests.clinic.people import Clinic
from tests.clinic.planning.cases import INFUSIONS, SPRAYS, drafted, first_day

TRD = "treatment_resistant_depression"
UNDER_THE_TONGUE = "ketamine 100 mg sublingual, twice weekly for 3 weeks"


def beside(clinic: Clinic, regimen: str, indication: str = TRD) -> ForPlan:
    return evidence_for(clinic.site, indication, parse(regimen))


def test_the_lines_are_those_of_exactly_this_decision(clinic: Clinic) -> None:
    found = for_decision(dataset(), TRD, "esketamine", "nasal", dose=56, dose_unit="mg", given="any")
    shown = beside(clinic, SPRAYS)
    assert [line.words for line in shown.lines] == [line.words for line in found.lines]
    assert 1 <= len(shown.lines) <= 3
    assert shown.version == dataset().version
    assert "c-diamond" in shown.forest


def test_every_line_leads_to_the_page_with_the_same_question_and_answer(clinic: Clinic) -> None:
    reader = browser(clinic.users[Role.PRESCRIBER])
    found = for_decision(dataset(), TRD, "esketamine", "nasal", dose=56, dose_unit="mg", given="any")
    for line, decided in zip(beside(clinic, SPRAYS).lines, found.lines, strict=True):
        page = reader.get(line.address)
        assert page.status_code == 200
        assert page.context["shown"].answer.question == decided.answer.question
        assert page.context["shown"].answer.comparisons == decided.answer.comparisons


def test_without_a_trial_the_plan_says_so(clinic: Clinic) -> None:
    shown = beside(clinic, UNDER_THE_TONGUE, "ocd")
    assert (shown.lines, shown.forest) == ((), "")
    drafted(clinic, UNDER_THE_TONGUE)
    page = browser(clinic.users[Role.PRESCRIBER]).get(reverse("plan", args=[clinic.course.pk])).content.decode()
    sheet = page[page.index('id="evidence-title"') :].split("</section>")[0]
    assert "No controlled trial of this is in the data." in sheet
    assert "<svg" not in sheet


@pytest.mark.parametrize("indication", list(indications()))
@pytest.mark.parametrize("regimen", [INFUSIONS, SPRAYS, UNDER_THE_TONGUE, "ketamine 0.5 mg/kg im once"])
def test_every_decision_has_a_sheet_with_a_way_to_the_trials(clinic: Clinic, indication: str, regimen: str) -> None:
    shown = beside(clinic, regimen, indication)
    assert not shown.trouble
    assert browser(clinic.users[Role.NURSE]).get(shown.address).status_code == 200


def test_it_stands_beside_the_plan_while_it_is_written(clinic: Clinic) -> None:
    typed = {"text": SPRAYS, "first_day": first_day(), "weight_kg": 72, "concentration_mg_per_ml": 1}
    address = reverse("plan_preview", args=[clinic.course.pk])
    page = browser(clinic.users[Role.PRESCRIBER]).post(address, typed).content.decode()
    assert "Evidence for this decision" in page
    assert beside(clinic, SPRAYS).lines[0].words.split(":")[0] in page


def test_an_accepted_proposal_stands_beside_the_plan(clinic: Clinic) -> None:
    before = beside(clinic, SPRAYS)
    accept(clinic, propose(clinic, a_new_trial()))
    after = beside(clinic, SPRAYS)
    assert before.version != after.version
    (at_24_h, at_4_weeks, *_), (same, other, *_) = before.lines, after.lines
    assert at_24_h == same
    assert "6 trials" in at_4_weeks.words
    assert "7 trials" in other.words


def test_it_costs_the_plan_one_query(clinic: Clinic, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    beside(clinic, SPRAYS)
    with django_assert_num_queries(1):
        beside(clinic, SPRAYS)
