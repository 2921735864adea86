"""Pages of the evidence: honest about what was found, quick, and no question breaks them."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.evidence import answers
from daybreak.clinic.record.permissions import Role
from daybreak.evidence.dataset import dataset
from daybreak.evidence.pooling import DEFAULT
from daybreak.evidence.questions import Question, answer
from daybreak.evidence.trials import evidence_indications
from tests.clinic.evidence.cases import SPRAY, browser
from tests.clinic.people import Clinic

POOLED = answer(
    dataset(),
    Question(
        indication="treatment_resistant_depression", outcome="depression", drug="esketamine", route="nasal", time="4wk"
    ),
)


@pytest.fixture
def reader(clinic: Clinic) -> Client:
    return browser(clinic.users[Role.NURSE])


def page(reader: Client, address: str, status: int = 200) -> str:
    response = reader.get(address)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


class TestAnswer:
    def test_whoever_asks_nothing_sees_what_most_can_be_said_about(self, reader: Client) -> None:
        said = page(reader, "/evidence/")
        assert "Treatment-resistant depression: esketamine nasal" in said
        assert 'class="c-diamond"' in said
        assert dataset().version in said

    def test_an_indication_alone_is_question_enough(self, reader: Client) -> None:
        said = page(reader, "/evidence/?indication=ptsd")
        assert "One trial, Feder 2021, at 2 weeks" in said
        assert "What most can be said about" not in said

    def test_where_nothing_was_found_a_link_leads_to_what_most_can_be_said_about(self, reader: Client) -> None:
        said = page(reader, "/evidence/?indication=ocd&active=ketamine/oral&outcome=pain")
        assert '<a href="/evidence/?indication=ocd">What most can be said about' in said

    def test_what_is_pooled_stands_with_method_prediction_certainty_and_every_trial(self, reader: Client) -> None:
        said = page(reader, f"/evidence/?{SPRAY}")
        estimate, low, high = (f"{value:.2f}".replace("-", "−") for value in POOLED.pooled.shown)
        assert f"{estimate} (95 % interval {low} to {high})" in said
        for part in (str(DEFAULT)[7:], "A new trial would lie between", DEFAULT.prediction, "Q-profile", "certainty"):
            assert part in said
        for each in POOLED.comparisons:  # in the wide picture, the phone's, and beside the numbers
            assert said.count(f'href="{reverse("evidence_trial", args=[each.trial.id])}"') == 3
        assert said.count('class="c-diamond"') == 2  # the wide picture and the phone's

    def test_few_trials_are_said_to_be_few(self, reader: Client) -> None:
        said = page(reader, "/evidence/?indication=treatment_resistant_depression&active=esketamine/nasal&time=day")
        assert "With 3 trials no interval is known to cover 95 % everywhere." in said

    def test_one_trial_is_shown_as_one_trial(self, reader: Client) -> None:
        said = page(reader, "/evidence/?indication=ptsd&active=ketamine/iv&outcome=ptsd_response&time=2wk")
        assert "One trial" in said
        assert 'class="c-diamond"' not in said

    def test_without_a_trial_nothing_is_borrowed(self, reader: Client) -> None:
        said = page(reader, "/evidence/?indication=ocd&active=ketamine/oral&outcome=pain")
        assert "No trial with numbers answers this" in said
        assert "c-box" not in said

    def test_recalled_numbers_come_in_only_when_asked_for_and_are_marked(self, reader: Client) -> None:
        assert "Rows that nobody has checked are in it." not in page(reader, f"/evidence/?{SPRAY}")
        assert "Rows that nobody has checked are in it." in page(reader, f"/evidence/?{SPRAY}&recalled=on")

    def test_another_method_gives_another_interval_and_is_named(self, reader: Client) -> None:
        assert "fixed effect, inverse variance" in page(reader, f"/evidence/?{SPRAY}&method=fixed").lower()

    def test_the_place_for_the_own_clinic_holds_no_number(self, reader: Client) -> None:
        said = page(reader, "/evidence/")
        place = said[said.index('id="yours"') :].split("</section>")[0]
        assert "Waits for the registry" in place
        assert not re.search(r"\d", re.sub(r"<[^>]*>", "", place))

    @pytest.mark.parametrize(
        "query",
        [
            "indication=joy", "indication=%00", "active=x/y", "time=yesterday", "outcome=%F0%9F%98%80", "method=magic",
            "given=thrice", "comparator=%3Cscript%3E", "dose=much", "dose=nan", "dose=-1", "dose=1e400",
            "measure=hazard_ratio&outcome=depression", "since=7", "since=x", "dose_unit=stone",
        ],
    )  # fmt: skip
    def test_a_question_nobody_can_ask_gets_a_sentence(self, reader: Client, query: str) -> None:
        said = page(reader, f"/evidence/?{query}", 422)
        assert "Not asked" in said
        assert "<script>" not in said
        assert reader.get(f"/evidence/result.csv?{query}").status_code == 422

    @pytest.mark.parametrize("indication", list(evidence_indications()))
    def test_every_indication_has_its_page(self, reader: Client, indication: str) -> None:
        if any(trial.indication == indication for trial in dataset().trials.values()):
            assert evidence_indications()[indication].name in page(reader, f"/evidence/?indication={indication}")

    @pytest.mark.parametrize("address", [f"?{SPRAY}", "trials/", "trials/popova-2019/", "harms/", "data/arms.csv"])
    def test_it_asks_the_database_for_the_accepted_proposals_alone(
        self, reader: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str
    ) -> None:
        page(reader, f"/evidence/{address}")
        # Session, user, site, accepted proposals; on a page also the signature under the rules.
        with django_assert_num_queries(4 if address.endswith("csv") else 5):
            page(reader, f"/evidence/{address}")

    def test_an_answer_is_computed_once(self, reader: Client) -> None:
        page(reader, f"/evidence/?{SPRAY}")
        before = answers.show.cache_info()
        page(reader, f"/evidence/?{SPRAY}")
        after = answers.show.cache_info()
        assert (after.misses, after.hits) == (before.misses, before.hits + 1)


class TestTrials:
    def test_words_and_kinds_narrow_the_list(self, reader: Client) -> None:
        assert "Popova 2019" in page(reader, "/evidence/trials/?words=popova")
        assert "Feder 2021" not in page(reader, "/evidence/trials/?words=popova")
        assert "Popova 2019" in page(reader, "/evidence/trials/?words=transform-2+esketamine&route=nasal")
        assert "No trial fits" in page(reader, "/evidence/trials/?words=popova&drug=arketamine")

    def test_the_list_is_paged_and_counts_all(self, reader: Client) -> None:
        said = page(reader, "/evidence/trials/?page=2")
        assert f"{len(dataset().trials)} of {len(dataset().trials)}" in said
        assert "Page 2 of" in said
        for wrong in ("x", "999", "-1"):
            assert page(reader, f"/evidence/trials/?page={wrong}")

    def test_an_unknown_kind_gets_a_sentence(self, reader: Client) -> None:
        assert "is not known here" in page(reader, "/evidence/trials/?design=psychic", 422)

    def test_every_trial_has_a_page(self, reader: Client) -> None:
        for identifier, trial in dataset().trials.items():
            assert trial.label in page(reader, reverse("evidence_trial", args=[identifier])).replace("&#x27;", "'")

    def test_each_number_stands_with_source_status_and_why_it_is_left_out(self, reader: Client) -> None:
        left_out = [row for row in dataset().results if row.status == "recalled"]
        said = page(reader, reverse("evidence_trial", args=[left_out[0].trial]))
        assert "From memory, not read" in said
        assert "nobody has checked it" in said

    def test_what_is_missing_is_said(self, reader: Client) -> None:
        assert "No published judgement of the risk of bias was read." in page(reader, "/evidence/trials/popova-2019/")

    def test_a_trial_nobody_knows_is_said_to_be_unknown(self, reader: Client) -> None:
        assert "There is no trial" in page(reader, "/evidence/trials/nobody-1900/", 404)


class TestHarms:
    def test_each_harm_has_a_denominator_and_a_time_or_says_that_none_is_printed(self, reader: Client) -> None:
        said = page(reader, "/evidence/harms/?drug=esketamine&route=nasal")
        assert "142 of 346, 41&nbsp;%" in said
        assert "3777 person-years" in said
        assert "mean 42.9 months" in said

    def test_what_the_trials_counted_stands_with_both_denominators(self, reader: Client) -> None:
        said = page(reader, "/evidence/harms/?drug=esketamine&route=nasal")
        counted = said[said.index('id="counted"') :]
        for part in ("46 of 122", "7 of 80", "2 trials: not enough to pool"):  # dissociation, Takahashi 2021
            assert part in counted

    def test_silence_is_no_sign_of_safety(self, reader: Client) -> None:
        said = page(reader, "/evidence/harms/?drug=ketamine&route=im&indication=ocd")
        assert "That is no sign that it does not happen." in said
        assert "That says nothing about how often it happens." in said

    def test_a_drug_nobody_knows_gets_a_sentence(self, reader: Client) -> None:
        assert "is not known here" in page(reader, "/evidence/harms/?drug=nitrous", 422)


class TestDownloads:
    @pytest.mark.parametrize("address", ["data/trials.csv", "data/arms.csv", "data/results.csv", "data/data.json",
                                         "data/trials.ris", "result.csv", "result.json", "result.ris"])  # fmt: skip
    def test_each_is_a_file_that_names_its_version(self, reader: Client, address: str) -> None:
        response = reader.get(f"/evidence/{address}?{SPRAY}")
        assert response.status_code == 200
        assert dataset().version.replace("+", "-") in response["Content-Disposition"]
        assert len(response.content) > 100

    def test_what_is_no_download_is_no_page(self, reader: Client) -> None:
        for address in ("data/secrets.csv", "data/arms.ris", "result.exe"):
            assert reader.get(f"/evidence/{address}").status_code == 404
