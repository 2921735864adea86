"""Living evidence: a row is proposed, held to the checks, accepted by a second person, and enters with a version."""

import json
import re
from urllib.parse import quote
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from daybreak.clinic.evidence import editions, proposed, services
from daybreak.clinic.evidence.editions import Edition, current_edition
from daybreak.clinic.evidence.models import Decision, Proposal
from daybreak.clinic.record.models import AuditEntry, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.evidence.dataset import dataset
from daybreak.evidence.releases import releases
from daybreak.evidence.rows import write
from tests.clinic.evidence.cases import (
    SPRAY,
    WHY,
    accept,
    browser,
    corrected,
    correction,
    new_trial,
    propose,
    row_of,
)
from tests.clinic.evidence.forms import TYPED_TRIAL, typed_result
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.planning.cases import SPRAYS, drafted


def data(clinic: Clinic) -> Edition:
    return current_edition(clinic.site)


def decide(
    clinic: Clinic, proposal: Proposal, role: Role, *, accepted: bool = True, reason: str = "Read it"
) -> Decision:
    fresh = Proposal.objects.get(pk=proposal.pk)
    return services.decide(fresh, clinic.actor(role), accepted=accepted, reason=reason, decision_id=new_id())


class TestProposing:
    def test_a_proposal_changes_nothing(self, clinic: Clinic) -> None:
        before = data(clinic)
        correction(clinic)
        assert data(clinic) == before
        assert data(clinic).version == dataset().version

    def test_what_passes_is_kept_and_what_does_not_is_listed_as_it_was_sent(self, clinic: Clinic) -> None:
        texts = {"results": write([row_of("r001") | {"sd": "-3"}, row_of("r004") | {"sd": "15"}])}
        kept = propose(clinic, texts)
        (refused,) = kept.refused
        assert (refused["line"], refused["field"]) == (2, "sd")
        assert "not above 0" in refused["reason"]
        assert "-3" in refused["sent"]
        assert [row.id for row in proposed.rows(kept)] == ["r004"]

    def test_when_nothing_passes_nothing_is_saved(self, clinic: Clinic) -> None:
        with pytest.raises(services.NothingLeft):
            propose(clinic, corrected(sd="-3"))
        assert not Proposal.objects.exists()

    def test_it_stands_in_the_audit_trail(self, clinic: Clinic) -> None:
        proposal = correction(clinic)
        accept(clinic, proposal)
        told = AuditEntry.objects.filter(subject=str(proposal.pk)).order_by("at").values_list("action", flat=True)
        assert list(told) == ["evidence proposed", "evidence accepted"]


class TestDeciding:
    def test_whoever_proposed_never_decides(self, clinic: Clinic) -> None:
        proposal = correction(clinic, Role.DIRECTOR)
        with pytest.raises(NotYours):
            decide(clinic, proposal, Role.DIRECTOR)
        assert not Decision.objects.exists()

    def test_a_second_person_needs_the_permission(self, clinic: Clinic) -> None:
        with pytest.raises(Refusal, match="checks it"):
            decide(clinic, correction(clinic), Role.THERAPIST)

    def test_nobody_of_another_clinic_decides(self, clinic: Clinic) -> None:
        proposal, other = correction(clinic), make_clinic("Another clinic")
        with pytest.raises(NotYours):
            services.decide(proposal, other.actor(Role.DIRECTOR), accepted=True, reason="Read it", decision_id=new_id())

    def test_it_is_decided_once(self, clinic: Clinic) -> None:
        proposal = correction(clinic)
        decide(clinic, proposal, Role.DIRECTOR)
        with pytest.raises(Refusal, match="decided before"):
            decide(clinic, proposal, Role.RESEARCHER, accepted=False)

    def test_a_reason_is_needed(self, clinic: Clinic) -> None:
        with pytest.raises(Refusal, match="Say why"):
            decide(clinic, correction(clinic), Role.DIRECTOR, reason="  ")

    def test_what_no_longer_fits_is_not_accepted(self, clinic: Clinic) -> None:
        """Two people proposed the same new id for different arms: the second would hide the first."""
        first, second = new_trial("walker-2026"), new_trial("walker-2027")
        second["results"] = second["results"].replace("walker-2027-r016", "walker-2026-r016")
        one, two = propose(clinic, first), propose(clinic, second)
        accept(clinic, one)
        with pytest.raises(Refusal, match="no longer fits"):
            decide(clinic, two, Role.DIRECTOR)

    def test_what_is_accepted_undoes_no_other_correction_of_the_same_row(self, clinic: Clinic) -> None:
        """Two people proposed from the same data: one another number of events, the other words."""
        number = propose(clinic, {"results": "id,events,percent\nr005,50,\n"})
        words = propose(clinic, {"results": write([row_of("r005") | {"note": "Read in table 3."}])})
        accept(clinic, number)
        assert [cell.name for row in proposed.rows(words) for cell in row.cells] == ["note"]
        accept(clinic, words)
        (row,) = (row for row in data(clinic).data.results if row.id == "r005")
        assert (row.events, row.percent, row.note) == (50, None, "Read in table 3.")

    def test_a_number_that_changed_since_it_was_proposed_is_proposed_again(self, clinic: Clinic) -> None:
        first, second = (propose(clinic, {"results": f"id,events,percent\nr005,{n},\n"}) for n in (50, 51))
        accept(clinic, first)
        with pytest.raises(Refusal, match=r"changed since it was proposed \(52 then, 50 now\): propose it again"):
            decide(clinic, second, Role.DIRECTOR)
        assert not Decision.objects.filter(proposal=second).exists()

    def test_a_new_row_does_not_take_the_place_of_one_that_came_in_meanwhile(self, clinic: Clinic) -> None:
        texts = new_trial()
        one, two = propose(clinic, texts), propose(clinic, {**texts, "results": texts["results"].replace("-4", "-5")})
        accept(clinic, one)
        with pytest.raises(Refusal, match="came in since it was proposed"):
            decide(clinic, two, Role.DIRECTOR)

    def test_a_correction_that_does_not_say_which_cells_it_names_is_not_accepted(self, clinic: Clinic) -> None:
        """As those made before the named cells were kept."""
        old = Proposal.objects.create(
            site=clinic.site, title="Old", reason=WHY, **corrected(), **clinic.actor(Role.PRESCRIBER).stamp
        )
        with pytest.raises(Refusal, match="which cells of a row it corrects"):
            decide(clinic, old, Role.DIRECTOR)

    def test_neither_proposal_nor_decision_can_be_changed(self, clinic: Clinic) -> None:
        proposal = correction(clinic)
        accept(clinic, proposal)
        for change in (
            lambda: Proposal.objects.update(reason="other"),
            lambda: Decision.objects.update(accepted=False),
            lambda: Decision.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestVersions:
    def test_what_is_accepted_enters_with_a_version_of_its_own(self, clinic: Clinic) -> None:
        accept(clinic, propose(clinic, new_trial()))
        assert data(clinic).version.startswith(f"{dataset().version}.1-")
        assert "walker-2026" in data(clinic).data.trials
        assert "walker-2026" not in dataset().trials

    def test_what_is_refused_does_not(self, clinic: Clinic) -> None:
        decide(clinic, propose(clinic, new_trial()), Role.DIRECTOR, accepted=False)
        assert data(clinic).version == dataset().version

    def test_one_clinic_does_not_change_the_data_of_another(self, clinic: Clinic) -> None:
        accept(clinic, correction(clinic))
        assert current_edition(make_clinic("Another clinic").site).version == dataset().version

    def test_every_edition_stays_and_is_the_same_after_a_restart(self, clinic: Clinic) -> None:
        for proposal in (propose(clinic, new_trial()), correction(clinic)):
            accept(clinic, proposal)
        versions = [each.version for each in (*data(clinic).before, data(clinic))]
        editions._data.cache_clear()
        assert [each.version for each in (*data(clinic).before, data(clinic))] == versions
        assert len(set(versions)) == 3

    def test_a_row_the_shipped_data_outgrew_is_left_out_and_named(self, clinic: Clinic) -> None:
        """As after an update: the accepted row points to an arm that is no longer shipped."""
        proposal = Proposal.objects.create(
            site=clinic.site, title="Old", reason=WHY, results=write([row_of("r001") | {"arm": "gone", "id": "x1"}]),
            **clinic.actor(Role.PRESCRIBER).stamp,
        )  # fmt: skip
        Decision.objects.create(proposal=proposal, accepted=True, reason="then", **clinic.actor(Role.DIRECTOR).stamp)
        (refused,) = data(clinic).data.refused
        assert refused.id == "x1"
        said = browser(clinic.users[Role.NURSE]).get("/evidence/proposals/").content.decode()
        assert "Rows that no longer fit" in said
        assert "x1" in said


class TestPages:
    @pytest.fixture
    def prescriber(self, clinic: Clinic) -> Client:
        return browser(clinic.users[Role.PRESCRIBER])

    @pytest.fixture
    def director(self, clinic: Clinic) -> Client:
        return browser(clinic.users[Role.DIRECTOR])

    def test_the_result_states_its_version_and_what_changed_since(self, clinic: Clinic, prescriber: Client) -> None:
        assert "What changed since 2026" not in prescriber.get(f"/evidence/?{SPRAY}").content.decode()
        accept(clinic, propose(clinic, new_trial()))
        said = prescriber.get(f"/evidence/?{SPRAY}&since={quote(dataset().version)}").content.decode()
        assert data(clinic).version in said
        assert f"What changed since {dataset().version}" in said
        assert "Came in: Walker 2026." in said
        assert "6 trials" in said
        assert "7 trials" in said

    def test_an_answer_is_held_against_an_earlier_release_of_the_shipped_data(self, prescriber: Client) -> None:
        asked = f"indication=ptsd&active=ketamine/iv&outcome=did_not_complete&since={quote(releases()[0])}"
        said = prescriber.get(f"/evidence/?{asked}").content.decode()
        assert f"What changed since {releases()[0]}" in said
        assert "Came in: Feder 2014, Feder 2021." in said
        exported = json.loads(prescriber.get(f"/evidence/result.json?{asked}").content)["since"]
        assert (exported["data_version"], exported["trials_new"]) == (releases()[0], ["Feder 2014", "Feder 2021"])

    def test_rows_of_a_long_proposal_go_on_on_the_next_page(self, clinic: Clinic, prescriber: Client) -> None:
        rows = [
            row_of("r001") | {"id": f"long-{number}", "outcome_words": f"MADRS again, {number}"} for number in range(60)
        ]
        wrong = [row_of("r001") | {"id": f"wrong-{number}", "sd": "-3"} for number in range(55)]
        proposal = propose(clinic, {"results": write(rows + wrong)})
        first, second = (
            prescriber.get(f"/evidence/proposals/{proposal.pk}?page={page}").content.decode() for page in (1, 2)
        )
        for kind, shown, rest in (("long", 50, 10), ("wrong", 50, 5)):
            named = [re.findall(rf"\b{kind}-\d+(?=<)", page) for page in (first, second)]
            assert [len(set(names)) for names in named] == [shown, rest]
        assert "<p>50 of 60</p>" in first
        assert "<p>50 of 55</p>" in first

    def test_a_proposal_shows_its_cells_and_the_results_before_and_after(
        self, clinic: Clinic, director: Client
    ) -> None:
        said = director.get(f"/evidence/proposals/{correction(clinic).pk}").content.decode()
        assert "<del>-19</del> <ins>-25</ins>" in said
        assert "With other numbers: Fedgchin 2019." in said
        assert row_of("r001")["source"].split()[0] in said
        assert "Accept</button>" in said

    def test_a_new_trial_says_that_it_comes_in(self, clinic: Clinic, director: Client) -> None:
        said = director.get(f"/evidence/proposals/{propose(clinic, new_trial()).pk}").content.decode()
        assert "Came in: Walker 2026." in said

    def test_the_proposer_sees_no_button(self, clinic: Clinic, prescriber: Client) -> None:
        said = prescriber.get(f"/evidence/proposals/{correction(clinic).pk}").content.decode()
        assert "Accept</button>" not in said
        assert "A second person must hold it against its source." in said

    def test_a_second_person_accepts_and_the_data_have_a_new_version(self, clinic: Clinic, director: Client) -> None:
        proposal, sent = correction(clinic), {"write_id": new_id(), "decision": "accept", "reason": "Table 2"}
        for _ in range(2):  # sent twice is decided once
            response = director.post(f"/evidence/proposals/{proposal.pk}/decide", sent, follow=True)
        assert data(clinic).version in response.content.decode()
        assert Decision.objects.count() == 1

    def test_a_decision_without_reason_or_by_the_proposer_gets_a_sentence(
        self, clinic: Clinic, director: Client, prescriber: Client
    ) -> None:
        address = f"/evidence/proposals/{correction(clinic).pk}/decide"
        without = director.post(address, {"write_id": new_id(), "decision": "accept", "reason": ""})
        own = prescriber.post(address, {"write_id": new_id(), "decision": "accept", "reason": "mine"})
        assert (without.status_code, own.status_code) == (422, 403)
        assert "Say what you held it against" in without.content.decode()
        assert "A second person of this clinic" in own.content.decode()

    def test_a_proposal_of_another_clinic_is_not_found(self, clinic: Clinic, director: Client) -> None:
        other = make_clinic("Another clinic")
        assert director.get(f"/evidence/proposals/{correction(other).pk}").status_code == 404

    def test_a_typed_correction_is_proposed_with_the_other_cells_as_they_were(
        self, clinic: Clinic, prescriber: Client
    ) -> None:
        sent = typed_result("r001", n="110") | {"write_id": new_id()}
        assert prescriber.post("/evidence/results/r001/correct", sent).status_code == 302
        (row,) = proposed.rows(Proposal.objects.get())
        assert [(cell.name, cell.was, cell.value) for cell in row.cells] == [("n", "111", "110")]

    def as_shown(self, page: str) -> dict[str, str]:
        """The hidden cells of a page of a result: what it showed when it was opened."""
        return dict(re.findall(r'name="(initial-\w+)" value="([^"]*)"', page))

    def test_a_page_opened_before_another_correction_does_not_undo_it(self, clinic: Clinic, prescriber: Client) -> None:
        shown = self.as_shown(prescriber.get("/evidence/results/r001/correct").content.decode())
        assert shown["initial-n"] == "111"
        accept(clinic, propose(clinic, {"results": "id,n\nr001,110\n"}))
        sent = typed_result("r001", note="Read again.") | shown | {"write_id": new_id()}
        assert prescriber.post("/evidence/results/r001/correct", sent).status_code == 302
        (row,) = proposed.rows(Proposal.objects.get(decision=None))
        assert [cell.name for cell in row.cells] == ["note"]
        again = prescriber.post("/evidence/results/r001/correct", sent | {"n": "109", "write_id": new_id()})
        assert again.status_code == 422
        assert "This number changed since the page was opened: it is 110 now." in again.content.decode()

    def test_a_typed_number_that_cannot_be_stands_at_its_field(self, clinic: Clinic, prescriber: Client) -> None:
        sent = typed_result("r001", sd="-1") | {"write_id": new_id()}
        response = prescriber.post("/evidence/results/r001/correct", sent)
        assert response.status_code == 422
        assert '<a href="#id_sd">Standard deviation: sd: -1 is not above 0.' in response.content.decode()
        assert not Proposal.objects.exists()

    def test_a_correction_that_changes_nothing_is_no_proposal(self, clinic: Clinic, prescriber: Client) -> None:
        response = prescriber.post("/evidence/results/r001/correct", typed_result("r001") | {"write_id": new_id()})
        assert "Nothing was changed" in response.content.decode()

    def test_a_typed_trial_enters_the_answer_once_it_is_accepted(self, clinic: Clinic, prescriber: Client) -> None:
        sent = TYPED_TRIAL | {"write_id": new_id()}
        assert prescriber.post("/evidence/proposals/trial", sent).status_code == 302
        accept(clinic, Proposal.objects.get())
        infusion = "indication=treatment_resistant_depression&active=ketamine/iv&given=once&outcome=depression&time=day"
        said = prescriber.get(f"/evidence/?{infusion}").content.decode()
        assert "Walker 2026" in said
        assert "3 trials" in said  # two are shipped, so it is now pooled
        assert prescriber.get("/evidence/trials/walker-2026/").status_code == 200

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"label": "Popova 2019"}, "There is a trial"),
            ({"label": "!!!"}, "holds no letter"),
            ({"active_sd": "-9"}, "Standard deviation: sd: -9 is not above 0."),
            ({"control_n": "many"}, "n: &#x27;many&#x27; is no number."),
            ({"scale": ""}, "a score needs its scale"),
            ({"kind": "events"}, "does not fit"),
            ({"active_mean": "-75"}, "larger than MADRS"),
            ({"year": "26"}, "below 1900"),
            ({"source": ""}, "This field is required"),
        ],
    )
    def test_a_typed_trial_that_cannot_be_is_refused_whole(
        self, prescriber: Client, wrong: dict[str, str], said: str
    ) -> None:
        response = prescriber.post("/evidence/proposals/trial", TYPED_TRIAL | wrong | {"write_id": new_id()})
        assert response.status_code == 422
        assert said in response.content.decode()
        assert not Proposal.objects.exists()

    def upload(self, browser: Client, **files: bytes) -> tuple[int, str]:
        sent: dict[str, object] = {"write_id": new_id(), "title": "Three tables", "reason": WHY}
        sent |= {name: SimpleUploadedFile(f"{name}.csv", content) for name, content in files.items()}
        response = browser.post("/evidence/proposals/files", sent, follow=True)
        return response.status_code, response.content.decode()

    def test_uploaded_tables_become_a_proposal(self, prescriber: Client) -> None:
        texts = {name: text.encode() for name, text in new_trial().items()}
        status, said = self.upload(prescriber, **texts)
        assert status == 200
        assert "Came in: Walker 2026." in said

    def test_a_downloaded_table_can_be_uploaded_again(self, prescriber: Client) -> None:
        table = prescriber.get("/evidence/data/results.csv").content
        status, said = self.upload(prescriber, results=b"\xef\xbb\xbf" + table)  # as a spreadsheet saves it
        assert status == 200
        assert "Rows not taken" not in said

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"\xff\xfe\x00", "is not UTF-8 text"),
            ("Müller".encode("latin-1"), "is not UTF-8 text: its byte 2"),
            (b"a,b\n1,2\n", "lacks the column id"),
            (b"id,luck\n1,2\n", "has no column"),
            (b"x" * 1_100_000, "1.1 MB"),
            (b"id\0", "zero byte"),
            (b"PK\x03\x04\x14", "lacks the column"),
            (b'"' + b"x" * 200_000, "no CSV"),
            (b"", "The submitted file is empty"),
        ],
    )
    def test_a_file_nobody_can_read_gets_a_sentence(self, prescriber: Client, content: bytes, said: str) -> None:
        status, page = self.upload(prescriber, results=content)
        assert status == 422
        assert said in page
        assert not Proposal.objects.exists()

    def test_a_body_larger_than_any_proposal_is_not_read(self, prescriber: Client) -> None:
        status, page = self.upload(prescriber, results=b"x" * 21_000_000)
        assert status == 422
        assert "a table may have 1 MB. Nothing was read." in page

    def test_numbers_nobody_can_compute_with_break_no_page(self, clinic: Clinic, prescriber: Client) -> None:
        """The error of a printed difference has no upper end among the checks."""
        odd = corrected(sd="", contrast_se="1e200", contrast_low="", contrast_high="", p="")
        proposal = propose(clinic, odd)
        said = prescriber.get(f"/evidence/proposals/{proposal.pk}")
        assert "the answer can no longer be given" in said.content.decode()
        accept(clinic, proposal)
        drafted(clinic, SPRAYS)
        for address in (
            f"/evidence/?{SPRAY}", f"/evidence/?{SPRAY}&since={quote(releases()[0])}",
            "/evidence/harms/", "/evidence/trials/fedgchin-2019/",
            f"/evidence/result.csv?{SPRAY}", f"/evidence/result.json?{SPRAY}", f"/courses/{clinic.course.pk}/plan",
        ):  # fmt: skip
            response = prescriber.get(address)
            assert response.status_code in (200, 422), address
            assert "could not be" in response.content.decode() or "trial" in address or "harms" in address

    def test_no_file_gets_a_sentence(self, prescriber: Client) -> None:
        status, page = self.upload(prescriber)
        assert status == 422
        assert "No row was sent" in page

    def test_the_rows_that_cannot_be_are_listed_and_the_rest_is_kept(self, prescriber: Client) -> None:
        text = write([row_of("r001") | {"sd": "-1"}, row_of("r004") | {"sd": "15"}])
        status, page = self.upload(prescriber, results=text.encode())
        assert status == 200
        assert "results.csv line 2" in page
        assert "-1 is not above 0" in page

    def test_markup_in_a_proposal_stays_words(self, clinic: Clinic, director: Client) -> None:
        texts = corrected(note="<script>alert(1)</script>")
        said = director.get(f"/evidence/proposals/{propose(clinic, texts, title='<b>x</b>').pk}").content.decode()
        assert "<script>alert" not in said
        assert "<b>x</b>" not in said

    def test_a_formula_in_a_proposal_runs_in_no_spreadsheet(self, clinic: Clinic, prescriber: Client) -> None:
        accept(clinic, propose(clinic, corrected(note='=HYPERLINK("http://example.org")')))
        table = prescriber.get("/evidence/data/results.csv").content.decode()
        assert "\"'=HYPERLINK(" in table
        assert ',"=HYPERLINK(' not in table

    @pytest.mark.parametrize(
        ("address", "typed"),
        [("/evidence/proposals/trial", TYPED_TRIAL), ("/evidence/results/r001/correct", typed_result("r001", n="110"))],
        ids=["trial", "correction"],
    )
    def test_sent_again_after_it_was_accepted_it_leads_to_the_same_proposal(
        self, clinic: Clinic, prescriber: Client, address: str, typed: dict[str, str]
    ) -> None:
        sent = typed | {"write_id": new_id()}
        first = prescriber.post(address, sent)
        accept(clinic, Proposal.objects.get())
        again = prescriber.post(address, sent)
        assert (again.status_code, again.get("Location")) == (302, first["Location"])
        assert Proposal.objects.count() == 1

    def test_another_write_with_the_same_id_is_a_conflict(self, clinic: Clinic, prescriber: Client) -> None:
        same: UUID = new_id()
        assert prescriber.post("/evidence/proposals/trial", TYPED_TRIAL | {"write_id": same}).status_code == 302
        again = prescriber.post("/evidence/proposals/trial", TYPED_TRIAL | {"write_id": same, "label": "Other 2026"})
        assert again.status_code == 409
        assert Proposal.objects.count() == 1


def test_a_person_who_only_reads_finds_no_way_to_propose(clinic: Clinic) -> None:
    nurse = clinic.users[Role.NURSE]
    said = browser(nurse).get("/evidence/trials/popova-2019/").content.decode()
    assert "/correct" not in said
    assert "Propose" not in browser(nurse).get("/evidence/trials/").content.decode()
