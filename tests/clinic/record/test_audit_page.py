"""The audit trail is asked by person, user, kind and day; an address can be kept, and a file taken."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import AuditEntry, Patient, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.setting_up import COMMAND_LINE
from tests.clinic.people import ADDRESS, Clinic, make_clinic
from tests.web.test_gate import signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 7  # who asks and where (3), the people to choose from, the count, the page, the state of the rules


@pytest.fixture
def administrator(clinic: Clinic) -> Client:
    return signed_in(clinic, Role.ADMINISTRATOR)


@pytest.fixture
def other(clinic: Clinic) -> Patient:
    return Patient.objects.create(
        site=clinic.site, given_name="Sorrel", family_name="Vale", birth_date="1970-01-01", synthetic=True
    )


def opened(clinic: Clinic, role: Role, patient: Patient, page: str, *, days_ago: int = 0) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    audit.record(Actor(clinic.users[role], ADDRESS, at), "opened", patient=patient, subject=page)


def subjects(client: Client, **asked: str) -> list[str]:
    """Of what was opened, as the page shows it."""
    page = client.get(reverse("audit"), asked)
    assert page.status_code == 200
    return [entry.subject for entry, *_ in page.context["entries"] if entry.action == "opened"]


class TestWhatIsAskedFor:
    @pytest.fixture(autouse=True)
    def trail(self, clinic: Clinic, other: Patient) -> None:
        opened(clinic, Role.NURSE, clinic.patient, "screening", days_ago=3)
        opened(clinic, Role.PRESCRIBER, clinic.patient, "plan", days_ago=1)
        opened(clinic, Role.NURSE, other, "sessions")

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, ["sessions", "plan", "screening"]),
            ({"person": "vale sorrel"}, ["sessions"]),
            ({"person": "nobody"}, []),
            ({"user": "{nurse}"}, ["sessions", "screening"]),
            ({"user": "-"}, []),
            ({"kind": "OPEN"}, ["sessions", "plan", "screening"]),
            ({"kind": "refused"}, []),
            ({"first": "{yesterday}"}, ["sessions", "plan"]),
            ({"last": "{yesterday}"}, ["plan", "screening"]),
            ({"first": "{yesterday}", "last": "{yesterday}"}, ["plan"]),
            ({"user": "{nurse}", "person": "test", "kind": "open"}, ["screening"]),
        ],
    )
    def test_is_found_the_newest_first(
        self, clinic: Clinic, administrator: Client, asked: dict[str, str], found: list[str]
    ) -> None:
        words = {
            "nurse": clinic.users[Role.NURSE].username,
            "yesterday": (timezone.localdate() - timedelta(days=1)).isoformat(),
        }
        assert subjects(administrator, **{name: said.format(**words) for name, said in asked.items()}) == found

    def test_is_found_for_a_name_that_was_only_named(self, clinic: Clinic, administrator: Client) -> None:
        nurse = clinic.users[Role.NURSE].username
        audit.record(COMMAND_LINE, "password reset", subject=nurse)
        page = administrator.get(reverse("audit"), {"user": nurse, "kind": "password"}).content.decode()
        assert f"password reset {nurse}" in page

    @pytest.mark.parametrize(
        ("deed", "detail", "says"),
        [
            ("drug ledger", {"number": 12, "kind": "written off"}, "drug ledger entry 12, written off<"),
            ("session opened", {"number": 3}, "session opened session 3<"),
            ("chair added", {"chair": "Chair 4"}, "chair added Chair 4<"),
            ("letter drafted", {}, "letter drafted <"),
        ],
    )
    def test_says_what_it_was_about_in_words_and_keeps_the_id_in_the_file(
        self, clinic: Clinic, administrator: Client, deed: str, detail: dict[str, object], says: str
    ) -> None:
        """A row of letters and digits tells nobody which entry of the drug account it was."""
        subject = str(new_id())
        audit.record(clinic.actor(Role.NURSE), deed, patient=clinic.patient, subject=subject, **detail)
        page = administrator.get(reverse("audit"), {"kind": deed}).content.decode()
        assert says in page
        assert subject not in page
        assert subject in administrator.get(reverse("audit_file"), {"kind": deed}).content.decode()

    def test_stands_in_the_fields_again_and_in_the_link_to_the_next_page(
        self, clinic: Clinic, administrator: Client
    ) -> None:
        for page in range(60):
            opened(clinic, Role.NURSE, clinic.patient, f"page {page}")
        page = administrator.get(reverse("audit"), {"person": "test", "kind": "opened"}).content.decode()
        assert 'value="opened"' in page
        assert "?person=test&amp;kind=opened&amp;page=2" in page
        assert len(subjects(administrator, person="test", kind="opened", page="2")) == 12

    @pytest.mark.parametrize("day", ["soon", "0001-01-01", "9999-12-31", "2026-02-30"])
    def test_a_day_that_cannot_be_is_said_and_nothing_is_shown(self, administrator: Client, day: str) -> None:
        for field in ("first", "last"):
            page = administrator.get(reverse("audit"), {field: day})
            assert (page.status_code, "2026-12-31" in page.content.decode()) == (422, True)
            assert administrator.get(reverse("audit_file"), {field: day}).status_code == 422

    def test_days_the_wrong_way_round_are_said(self, administrator: Client) -> None:
        page = administrator.get(reverse("audit"), {"first": "2026-02-02", "last": "2026-02-01"})
        assert "lies before" in page.content.decode()


def test_a_page_asks_the_database_as_often_however_long_the_trail_is(clinic: Clinic, administrator: Client) -> None:
    counts = []
    for _ in range(2):
        for page in range(30):
            opened(clinic, Role.NURSE, clinic.patient, f"page {page}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            subjects(administrator, person="test", user=clinic.users[Role.NURSE].username)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= MOST_QUERIES


def test_nobody_of_another_clinic_is_offered_or_found(clinic: Clinic, administrator: Client) -> None:
    elsewhere = make_clinic("Another clinic")
    opened(elsewhere, Role.NURSE, elsewhere.patient, "elsewhere")
    nurse = elsewhere.users[Role.NURSE].username
    assert nurse not in administrator.get(reverse("audit")).content.decode()
    assert administrator.get(reverse("audit"), {"user": nurse}).status_code == 422
    assert subjects(administrator, person="test") == []


class TestTheFile:
    def lines(self, client: Client, **asked: str) -> list[dict[str, str]]:
        answer = client.get(reverse("audit_file"), asked)
        assert answer.status_code == 200, answer.content
        found = csv.DictReader(io.StringIO(answer.content.decode()))
        return [line for line in found if line["what"] == "opened"]  # a course is opened too

    def test_holds_what_was_asked_for_and_that_it_was_taken_is_an_entry(
        self, clinic: Clinic, administrator: Client
    ) -> None:
        opened(clinic, Role.NURSE, clinic.patient, "screening")
        (line,) = self.lines(administrator, kind="opened", person="test")
        assert (line["of what"], line["whose record"], line["from"]) == ("screening", "Test Person", ADDRESS)
        taken = AuditEntry.objects.get(action="audit taken as a file")
        assert taken.detail == {"entries": 2, "asked": {"person": "test", "kind": "opened"}}

    def test_holds_no_formula(self, clinic: Clinic, administrator: Client) -> None:
        opened(clinic, Role.NURSE, clinic.patient, "=HYPERLINK(1)")
        (line,) = self.lines(administrator, kind="opened")
        assert line["of what"] == "'=HYPERLINK(1)"

    def test_of_nothing_is_none(self, administrator: Client) -> None:
        assert administrator.get(reverse("audit_file"), {"kind": "nothing such"}).status_code == 422

    def test_of_too_much_says_what_to_do(
        self, clinic: Clinic, administrator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("daybreak.clinic.record.audit_trail.MOST_IN_A_FILE", 1)
        for page in ("plan", "screening"):
            opened(clinic, Role.NURSE, clinic.patient, page)
        refused = administrator.get(reverse("audit_file"), {"kind": "opened"})
        assert (refused.status_code, "Choose fewer days" in refused.content.decode()) == (422, True)
