"""The page of screening: what it shows to whom, and what it keeps."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.record.models import Course, PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import record_facts
from daybreak.clinic.screening import queries
from daybreak.clinic.screening.models import AntidepressantTrial
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State, refusals
from daybreak.treatment.resistance import assess_resistance, definition_in
from tests.clinic.people import Clinic
from tests.clinic.screening.cases import (
    REASON,
    answer,
    answer_everything,
    consider,
    decide,
    failed_trial,
    finding,
    measure,
    referred,
    state,
)

QUERIES = 15


@pytest.fixture
def as_role(clinic: Clinic) -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        client = Client()
        client.force_login(clinic.users[role])
        session = client.session
        session["second_factor_set"] = True
        session.save()
        return client

    return sign_in


@pytest.fixture
def prescriber(as_role: Callable[[Role], Client]) -> Client:
    return as_role(Role.PRESCRIBER)


def page(client: Client, course: Course, query: str = "") -> str:
    response = client.get(reverse("screening", args=[course.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, name: str, course: Course, **fields: object):
    return client.post(reverse(name, args=[course.pk]), {"write_id": new_id()} | fields)


class TestWhatItShows:
    def test_a_fresh_referral_is_refused_with_reasons(self, clinic: Clinic, prescriber: Client) -> None:
        html = page(prescriber, referred(clinic))
        assert "Screening for esketamine, nasal" in html
        assert "Why may this person not be treated yet?" in html
        assert "Unknown: aneurysmal vascular disease" in html
        assert "more than 30 days ago" in html
        findings = html.partition('id="findings"')[2]  # before it stand the label's conditions
        assert findings.count('class="is met"') == queries_of_state(clinic, State.MET)

    def test_what_must_not_be_there_is_never_called_not_met(self, clinic: Clinic, prescriber: Client) -> None:
        """ "Not met: psychosis" reads as "no psychosis": an exclusion says what it means for treatment."""
        answer_everything(clinic, clinic.course)
        answer(clinic, clinic.course, "EL031", "yes", "Schizophrenia, letter of 2009")  # an exclusion
        answer(clinic, clinic.course, "EL036", "yes", "Borderline disorder")  # one that is only shown
        answer(clinic, clinic.course, "BC04", "no", "Not asked yet")  # a requirement
        expected = {
            "EL031": "Against treatment", "EL032": "Nothing against it", "EL036": "To be weighed",
            "BC04": "Not met", "EL067": "Met",
        }  # fmt: skip
        html = page(prescriber, clinic.course)
        assert {rule_id: state_word(html, rule_id) for rule_id in expected} == expected
        for words in ("1 against treatment", "1 to be weighed", "1 requirement not met"):
            assert words in html
        decide(clinic, clinic.course, "do_not_treat", explanation="Psychosis before.")
        kept = queries.decision(clinic.course)
        html = prescriber.get(reverse("screening_decision", args=[clinic.course.pk, kept.pk])).content.decode()
        assert {rule_id: state_word(html, rule_id) for rule_id in expected} == expected
        assert all("kind" in one for one in kept.findings)

    def test_a_decision_of_before_exclusions_had_a_word_of_their_own_reads_the_same(
        self, clinic: Clinic, prescriber: Client
    ) -> None:
        answer(clinic, clinic.course, "EL031", "yes", "Schizophrenia, letter of 2009")
        plain = [
            {name: value for name, value in one.items() if name != "kind"}
            for one in queries.snapshot(queries.review(clinic.course).findings)
        ]
        decide(clinic, clinic.course, "do_not_treat", explanation="Psychosis before.")
        kept = queries.decision(clinic.course)
        kept.findings = plain
        assert {one["rule_id"]: one["verdict"] for one in queries.kept_findings(kept)}["EL031"] == "Against treatment"

    def test_what_stands_in_the_way_is_numbered_through(self, clinic: Clinic, prescriber: Client) -> None:
        html = page(prescriber, clinic.course)
        total = len(refusals(queries.review(clinic.course).findings))
        assert re.findall(r'<span class="n">(.*?)</span>', html) == [str(n) for n in range(1, total + 1)]

    def test_labelled_and_off_label_are_said(self, clinic: Clinic, prescriber: Client) -> None:
        assert '<span class="badge">Labelled</span>' in page(prescriber, clinic.course)
        assert '<span class="badge off-label">Off-label</span>' in page(prescriber, referred(clinic, "fibromyalgia"))

    def test_every_finding_names_its_rule_and_source(self, clinic: Clinic, prescriber: Client) -> None:
        html = page(prescriber, clinic.course)
        for one in queries.review(clinic.course).findings:
            row = re.search(f'<tr id="{one.rule_id}".*?</tr>', html, re.DOTALL).group()
            assert f"{one.rule_id}, {one.provenance.basis.replace('_', ' ')}" in row
            assert all(not source.url or source.url.replace("&", "&amp;") in row for source in one.provenance.sources)
            assert ("From memory, not read</span>" in row) is (one.provenance.status == "recalled")

    def test_words_of_a_referral_are_never_markup(self, clinic: Clinic, prescriber: Client) -> None:
        """A hostile name reaches every place where a finding's value stands, the decision's hints among them."""
        consider(clinic, clinic.course, Drug.KETAMINE, Route.ORAL)
        answer_everything(clinic, clinic.course)
        hostile = PatientFact(
            kind=PatientFactKind.CONDITION, text="<script>alert(1)</script>", code="58214004", state="active",
            system="http://snomed.info/sct", source="referral",
        )  # fmt: skip
        record_facts(clinic.patient, [hostile], clinic.actor(Role.COORDINATOR))
        html = page(prescriber, clinic.course)
        assert "<script>alert" not in html
        assert html.count("&lt;script&gt;alert") == 3  # the refusal, the table, the decision

    @pytest.mark.parametrize(
        ("role", "answers", "decides"),
        [
            (Role.PRESCRIBER, True, True),
            (Role.NURSE, True, False),
            (Role.COORDINATOR, True, False),
            (Role.DIRECTOR, False, False),
        ],
    )
    def test_each_role_is_shown_what_it_may_do(
        self, clinic: Clinic, as_role: Callable[[Role], Client], role: Role, answers: bool, decides: bool
    ) -> None:
        html = page(as_role(role), clinic.course)
        assert ("Save the answers picked" in html) is answers
        assert ("Save what was measured" in html) is answers
        assert ("Sign decision" in html) is decides

    def test_a_therapist_does_not_open_it(self, clinic: Clinic, as_role: Callable[[Role], Client]) -> None:
        response = as_role(Role.THERAPIST).get(reverse("screening", args=[clinic.course.pk]))
        assert response.status_code == 403

    def test_two_hundred_facts_cost_no_query_more(
        self, clinic: Clinic, prescriber: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        course = referred(clinic, "chronic-pain")
        answer_everything(clinic, course)
        for days_ago in range(50):
            measure(clinic, course, days_ago=days_ago, systolic=124, diastolic=78, heart_rate=70, weight=70)
        with django_assert_max_num_queries(QUERIES):
            page(prescriber, course)


def state_word(html: str, rule_id: str) -> str:
    """The word of the state in the row of a rule."""
    row = re.search(f'<tr id="{rule_id}".*?</tr>', html, re.DOTALL).group()
    return re.search(r'<span class="is [^"]*">(?:<svg.*?</svg>)(.*?)</span>', row, re.DOTALL).group(1)


def queries_of_state(clinic: Clinic, wanted: State) -> int:
    course = Course.objects.exclude(pk=clinic.course.pk).get()
    return sum(one.state is wanted for one in queries.review(course).findings)


class TestAnswers:
    def test_all_that_is_picked_is_saved_together(self, clinic: Clinic, prescriber: Client) -> None:
        response = post(
            prescriber, "screening_answers", clinic.course,
            **{"EL001-value": "no", "EL003-value": "yes", "EL003-note": "Letter of 2014", "only": "open"},
        )  # fmt: skip
        assert re.search(r"\?only=open&saved=[0-9a-f-]{36}#EL004$", response.url)  # where the reader goes on
        assert state(clinic.course, "EL001") is State.MET
        assert finding(clinic.course, "EL003").value.endswith("Letter of 2014")

    def test_one_refused_answer_saves_none_and_loses_nothing_typed(self, clinic: Clinic, prescriber: Client) -> None:
        post(prescriber, "screening_answers", clinic.course, **{"EL003-value": "yes"})
        response = post(
            prescriber, "screening_answers", clinic.course,
            **{"EL001-value": "no", "EL001-note": "Asked twice", "EL003-value": "no"},
        )  # fmt: skip
        assert response.status_code == 422
        html = response.content.decode()
        assert "Say in the note why the answer changes" in html
        assert 'name="EL001-value" value="no" checked' in html
        assert 'value="Asked twice"' in html
        assert state(clinic.course, "EL001") is State.UNKNOWN

    def test_the_same_answers_sent_twice_are_saved_once(self, clinic: Clinic, prescriber: Client) -> None:
        sent = {"write_id": new_id(), "EL001-value": "no"}
        assert post(prescriber, "screening_answers", clinic.course, **sent).status_code == 302
        assert post(prescriber, "screening_answers", clinic.course, **sent).status_code == 302
        assert PatientFact.objects.filter(code="EL001").count() == 1
        assert post(prescriber, "screening_answers", clinic.course, **sent | {"EL001-value": "yes"}).status_code == 409

    def test_the_day_of_a_pregnancy_test_is_kept(self, clinic: Clinic, prescriber: Client) -> None:
        day = timezone.localdate() - timedelta(days=2)
        post(prescriber, "screening_answers", clinic.course, **{"EL050-value": "test_negative", "EL050-on": day})
        assert finding(clinic.course, "EL050").value == f"Test negative, {day.day} {day:%b %Y}"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"EL050-value": "test_negative"}, "type the day of the test"),
            ({"EL050-value": "possible", "EL050-on": "2026-11-01"}, "the answer has no test"),
            ({"EL050-on": "2026-11-01"}, "no answer is picked"),
            ({"EL003-note": "Letter of 2014 looked for"}, "no answer is picked"),
        ],
    )
    def test_a_test_without_its_day_or_a_note_without_its_answer_is_asked_for_again(
        self, clinic: Clinic, prescriber: Client, fields: dict[str, str], sentence: str
    ) -> None:
        """A day nobody said is never made up, and what was typed stands where it was typed."""
        response = post(prescriber, "screening_answers", clinic.course, **{"EL001-value": "no"} | fields)
        html = response.content.decode()
        assert response.status_code == 422
        assert sentence in html
        assert f'<a href="#{next(iter(fields))[:5]}">Go there</a>' in html
        assert 'name="EL001-value" value="no" checked' in html
        for name, value in fields.items():
            assert re.search(f'name="{name}"[^>]* value="{value}"', html)
        assert not PatientFact.objects.exists()


class TestMeasurements:
    def test_a_comma_is_a_point(self, clinic: Clinic, prescriber: Client) -> None:
        """As everywhere in the house a figure is typed by hand."""
        sent = {"weight": "81,5", "at": f"{timezone.localtime():%Y-%m-%dT%H:%M}"}
        assert post(prescriber, "screening_vitals", clinic.course, **sent).status_code == 302
        assert PatientFact.objects.get(code="weight").value == 81.5

    @pytest.mark.parametrize("typed", ["1.234,5", "1,234", "1.234", "81,5 kg", "nan", "1e2"])
    def test_what_can_be_read_in_two_ways_is_asked_again(self, clinic: Clinic, prescriber: Client, typed: str) -> None:
        response = post(prescriber, "screening_vitals", clinic.course, weight=typed, at="2026-11-23T10:00")
        html = response.content.decode()
        assert response.status_code == 422
        assert f"“{typed}” cannot be read as one number" in html
        assert f'value="{typed}"' in html
        assert not PatientFact.objects.exists()


class TestTrials:
    trial = {"drug": "sertraline", "dose_mg_per_day": "150", "weeks": "8", "source": "pharmacy record"}

    def test_a_trial_is_added_and_weighed(self, clinic: Clinic, prescriber: Client) -> None:
        assert post(prescriber, "screening_trial", clinic.course, **self.trial).status_code == 302
        html = page(prescriber, clinic.course)
        assert "150 mg a day; the least is 50 mg a day." in html
        assert "Not known whether 75 % of the doses were taken." in html

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"dose_mg_per_day": "99999"}, "99999 mg a day is 10 times the least adequate dose (50 mg) or more."),
            ({"weeks": "99999"}, "99999 weeks are more than 50 years."),
            ({"weeks": "2600"}, "This person is "),
        ],
    )
    def test_a_slip_of_the_hand_is_not_kept(
        self, clinic: Clinic, prescriber: Client, change: dict[str, str], sentence: str
    ) -> None:
        response = post(prescriber, "screening_trial", clinic.course, **self.trial | change)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not queries.trials(clinic.course).exists()

    def test_a_slip_kept_before_it_was_asked_about_is_shown_and_counts_for_nothing(
        self, clinic: Clinic, prescriber: Client
    ) -> None:
        AntidepressantTrial.objects.create(
            course=clinic.course, drug="sertraline", dose_mg_per_day=99999, weeks=8, taken_as_prescribed=True,
            improvement_percent=0, current_episode=True, source="pharmacy record", **clinic.actor(Role.NURSE).stamp,
        )  # fmt: skip
        assert "99999 mg a day is 10 times the least" in page(prescriber, clinic.course)
        assert not assess_resistance(queries.review(clinic.course).facts.trials, definition_in("US")).failed_drugs

    def test_each_medicine_listed_says_whether_it_is_taken(self, clinic: Clinic, prescriber: Client) -> None:
        since = timezone.now() - timedelta(days=30)
        listed = [
            PatientFact(kind=PatientFactKind.MEDICINE, text=f"Fluoxetine {dose} MG", state=status, occurred_at=since)
            for dose, status in ((25, "active"), (20, "stopped"), (10, ""))
        ]
        record_facts(clinic.patient, listed, clinic.actor(Role.COORDINATOR))
        html = page(prescriber, clinic.course)
        day = f"{timezone.localtime(since).day} {since:%b %Y}"
        assert f"Fluoxetine 25 MG, {day}, active" in html
        assert f"Fluoxetine 20 MG, {day}, stopped" in html
        assert f"Fluoxetine 10 MG, {day}, not said whether it is taken now" in html

    def test_another_drug_is_named_in_words(self, clinic: Clinic, prescriber: Client) -> None:
        refused = post(prescriber, "screening_trial", clinic.course, **self.trial | {"drug": "other"})
        assert "Write the name of the antidepressant." in refused.content.decode()
        post(prescriber, "screening_trial", clinic.course, **self.trial | {"drug": "other", "other_drug": "Tianeptine"})
        assert "Tianeptine is not in the list of minimum doses." in page(prescriber, clinic.course)

    def test_a_correction_opens_filled_and_needs_a_reason(self, clinic: Clinic, prescriber: Client) -> None:
        kept = failed_trial(clinic, clinic.course, "sertraline", 150)
        html = page(prescriber, clinic.course, f"?trial={kept.pk}")
        assert re.search(r'name="dose_mg_per_day" value="150"', html)
        refused = post(prescriber, "screening_trial", clinic.course, **self.trial, corrects=kept.pk)
        assert "Say why the entry is corrected" in refused.content.decode()
        post(prescriber, "screening_trial", clinic.course, **self.trial, corrects=kept.pk, reason="dose was wrong")
        assert [trial.corrects_id for trial in queries.trials(clinic.course)] == [kept.pk]

    def test_a_trial_of_another_course_is_not_corrected_here(self, clinic: Clinic, prescriber: Client) -> None:
        other = failed_trial(clinic, referred(clinic), "sertraline", 150)
        response = post(prescriber, "screening_trial", clinic.course, **self.trial, corrects=other.pk, reason="wrong")
        assert response.status_code == 404


class TestDecision:
    def test_each_thing_it_lacks_leads_to_its_field(self, clinic: Clinic, prescriber: Client) -> None:
        answer_everything(clinic, clinic.course)
        measure(clinic, clinic.course, systolic=168, diastolic=102)
        response = post(
            prescriber, "screening_decide", clinic.course, read=queries.review(clinic.course).fingerprint,
            outcome="go_on", review_on=timezone.localdate() - timedelta(days=3),
        )  # fmt: skip
        html = response.content.decode()
        assert response.status_code == 422
        assert "The decision was not saved. 2 things need you:" in html
        for field in ("decision-reason-EL010", "decision-review_on"):
            assert f'<a href="#{field}">' in html
            assert re.search(f'<(input|textarea)[^>]*id="{field}"', html) or re.search(f'id="{field}"', html)

    def test_the_heading_counts_what_the_list_holds(self, clinic: Clinic, prescriber: Client) -> None:
        response = post(
            prescriber, "screening_decide", clinic.course, outcome="go_on",
            read=queries.review(clinic.course).fingerprint,
        )  # fmt: skip
        errors = re.search(r'<div class="error-list".*?</div>', response.content.decode(), re.DOTALL).group()
        assert errors.count("<li>") == 8
        assert "8 things need you:" in errors

    def test_a_form_without_its_id_says_so(self, clinic: Clinic, prescriber: Client) -> None:
        response = post(prescriber, "screening_decide", clinic.course, outcome="go_on", write_id="")
        errors = re.search(r'<div class="error-list".*?</div>', response.content.decode(), re.DOTALL).group()
        assert errors.count("<li>") == 2
        assert "2 things need you:" in errors

    def test_a_signed_decision_is_shown_with_its_findings(self, clinic: Clinic, prescriber: Client) -> None:
        answer_everything(clinic, clinic.course)
        measure(clinic, clinic.course, systolic=168, diastolic=102)
        sent = {"outcome": "go_on", "reason-EL010": REASON, "read": queries.review(clinic.course).fingerprint}
        assert post(prescriber, "screening_decide", clinic.course, **sent).status_code == 302
        kept = queries.decision(clinic.course)
        assert "1 reason given." in page(prescriber, clinic.course)
        html = prescriber.get(reverse("screening_decision", args=[clinic.course.pk, kept.pk])).content.decode()
        assert REASON in html
        assert "168/102 on " in html

    def test_while_something_blocks_no_reason_is_asked_for(self, clinic: Clinic, prescriber: Client) -> None:
        html = page(prescriber, clinic.course)
        assert "Going on is not possible while 8 findings block." in html
        assert 'name="reason-' not in html


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("screening_answers", {}),
        ("screening_answers", {"EL001-value": "perhaps"}),
        ("screening_answers", {"EL001-value": "no", "write_id": "x"}),
        ("screening_answers", {"EL050-value": "test_negative", "EL050-on": "soon"}),
        ("screening_answers", {"EL050-value": "test_negative", "EL050-on": "9999-12-31"}),
        ("screening_vitals", {"at": "2026-11-23T10:00"}),
        ("screening_vitals", {"at": "never", "weight": "70"}),
        ("screening_vitals", {"at": "2026-11-23T10:00", "weight": "seventy"}),
        ("screening_vitals", {"at": "2026-11-23T10:00", "weight": "nan"}),
        ("screening_vitals", {"at": "9999-12-31T10:00", "weight": "70"}),
        ("screening_vitals", {"at": "0001-01-01T00:00", "weight": "70"}),
        ("screening_allergies", {"known": "these"}),
        ("screening_allergies", {"known": "none", "names": "Penicillin"}),
        ("screening_trial", {"drug": "sertraline", "source": "x", "weeks": "-1"}),
        ("screening_trial", {"drug": "sertraline", "source": "x", "dose_mg_per_day": "1e999"}),
        ("screening_trial", {"drug": "sertraline", "source": "x", "improvement_percent": "120"}),
        ("screening_request", {"treatment": "wine oral", "setting": "outpatient"}),
        ("screening_decide", {"outcome": "perhaps", "read": "x"}),
        ("screening_decide", {"outcome": "wait", "read": "x"}),
    ],
)
def test_rubbish_is_refused_with_a_sentence_and_nothing_is_kept(
    clinic: Clinic, prescriber: Client, name: str, fields: dict[str, str]
) -> None:
    response = post(prescriber, name, clinic.course, **fields)
    assert response.status_code == 422
    assert "error-list" in response.content.decode()
    assert not PatientFact.objects.exists()
    assert not queries.trials(clinic.course).exists()
    assert not queries.decisions(clinic.course).exists()


def test_a_decision_of_another_course_is_not_found_here(clinic: Clinic, prescriber: Client) -> None:
    assert prescriber.get(reverse("screening_decision", args=[clinic.course.pk, uuid.uuid4()])).status_code == 404
