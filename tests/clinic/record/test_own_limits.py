"""A clinic's own limits: written by the medical director with a reason, never against a label or out of order."""

import pytest
from django.urls import reverse

from daybreak.clinic.record import own_limits
from daybreak.clinic.record.models import AuditEntry, OwnLimit, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment import limits
from daybreak.treatment.limits import Level, Limit, limits_with, session_limits
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.web.test_gate import signed_in

pytestmark = pytest.mark.django_db

SPO2 = "TH5-spo2-amber-below"
AMBER, RED = "TH1-systolic-amber-at_least", "TH1-systolic-red-at_least"
TEN_WORDS = "We treat people whose pressure is known here and always watched closely."


def write(clinic: Clinic, values: dict[str, float | None], reason: str = "Older people here.", **more: object) -> None:
    more = {"actor": clinic.actor(Role.DIRECTOR), "write_id": new_id()} | more
    own_limits.set_limits(clinic.site, values, reason, more.pop("actor"), **more)


def test_nothing_is_a_clinics_own_until_the_director_writes_it(clinic: Clinic) -> None:
    assert own_limits.own_limits(clinic.site) == ()
    assert not any(row.is_own for row in own_limits.rows(clinic.site))


def test_a_number_written_holds_and_what_was_published_stays_beside_it(clinic: Clinic) -> None:
    write(clinic, {AMBER: 150})
    (own,) = [row for row in own_limits.rows(clinic.site) if row.is_own]
    assert (own.limit.value, own.limit.published, own.published.value) == (150, 160, 160)
    assert own.word.reason == "Older people here."
    assert AuditEntry.objects.filter(action="limits of the site set").exists()


def test_empty_goes_back_to_the_published_number_and_both_words_stay(clinic: Clinic) -> None:
    write(clinic, {AMBER: 150})
    write(clinic, {AMBER: None}, "No longer.")
    assert own_limits.own_limits(clinic.site) == ()
    assert [word.value for word in own_limits.history(clinic.site)] == [None, 150]


@pytest.mark.parametrize(
    ("values", "reason", "says"),
    [
        ({AMBER: 190}, TEN_WORDS, "would be reached before"),
        ({AMBER: 1600}, TEN_WORDS, "1600"),
        ({"TH1-systolic-gate-above": 150}, TEN_WORDS, "no limit called"),
        ({AMBER: 150}, "x", "Write why"),
        ({AMBER: 170}, "Older people here.", "at least ten words"),
        ({AMBER: 160 - 0.0}, "As it was.", None),
        ({AMBER: None}, "As it was.", "as it was"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    clinic: Clinic, values: dict[str, float | None], reason: str, says: str | None
) -> None:
    if says is None:
        write(clinic, values, reason)  # the published number written out: nothing is looser
        return
    with pytest.raises(Refusal, match=says):
        write(clinic, values, reason)
    assert not OwnLimit.objects.exists()


def test_a_number_of_a_limit_that_was_dropped_holds_up_no_other(clinic: Clinic) -> None:
    OwnLimit.objects.create(site=clinic.site, limit="TH99-gone", value=5, reason="Of an earlier release.")
    write(clinic, {AMBER: 150})
    assert (AMBER, 150) in own_limits.own_limits(clinic.site)


def test_a_page_that_was_opened_earlier_takes_nothing_back(clinic: Clinic) -> None:
    """Every field of it is sent, also those that somebody else wrote meanwhile and that are empty on it."""
    write(clinic, {SPO2: 96}, seen=0)
    with pytest.raises(Refusal, match=r"saved limits at .* while this page was open.*Open the page again"):
        write(clinic, {SPO2: None, AMBER: 150}, seen=0)
    assert own_limits.own_limits(clinic.site) == ((SPO2, 96),)
    page = signed_in(clinic, Role.DIRECTOR).get(reverse("limits"))
    assert page.context["form"]["seen"].value() == 1


def test_a_limit_that_a_release_fixed_says_so_and_holds_up_no_other(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(clinic, {AMBER: 150})
    director = signed_in(clinic, Role.DIRECTOR)
    monkeypatch.setattr(Limit, "is_fixed", property(lambda limit: limit.id == AMBER))
    limits._laid_over.cache_clear()
    try:
        assert "<strong>150 does not hold.</strong>" in director.get(reverse("limits")).content.decode()
        sent = {"write_id": new_id(), "seen": "1", SPO2: "96", "reason": "Older people here."}
        assert director.post(reverse("limits"), sent).status_code == 302
        assert own_limits.own_limits(clinic.site) == ((SPO2, 96),)
    finally:
        limits._laid_over.cache_clear()


def test_a_looser_limit_takes_ten_words(clinic: Clinic) -> None:
    write(clinic, {AMBER: 170}, TEN_WORDS)
    assert own_limits.own_limits(clinic.site) == ((AMBER, 170),)


def test_nobody_but_the_director_of_this_site_writes_them(clinic: Clinic) -> None:
    for role in (Role.NURSE, Role.PRESCRIBER, Role.COORDINATOR):
        with pytest.raises(Refusal, match="medical director"):
            write(clinic, {AMBER: 150}, actor=clinic.actor(role))
        client = signed_in(clinic, role)
        assert client.get(reverse("limits")).status_code == 200
        assert client.post(reverse("limits"), {}).status_code == 403


def test_a_number_that_a_newer_release_dropped_or_put_out_of_order_never_breaks_a_session() -> None:
    assert limits_with((("TH99-gone", 5.0),)) == session_limits()
    assert limits_with(((AMBER, 500.0),)) == session_limits()
    red = next(each for each in limits_with(((RED, 175.0),)).of(Vital.SYSTOLIC) if each.level is Level.RED)
    assert (red.value, red.published) == (175, 180)


class TestANumberThatANewerReleasePutOutOfOrder:
    """Written as 190 when red began at 200: with red from 180 the published numbers mark, and that is said."""

    SAID = "Systolic: red 180 would be reached before amber 190."

    @pytest.fixture
    def outdated(self, clinic: Clinic) -> Clinic:
        for limit, value in ((AMBER, 190), ("TH4-heart_rate-amber-above", 110), ("TH99-gone", 5)):
            OwnLimit.objects.create(
                site=clinic.site, limit=limit, value=value, reason="Earlier.", **clinic.actor(Role.DIRECTOR).stamp
            )
        return clinic

    def test_leaves_every_other_number_of_the_clinic_in_force(self, outdated: Clinic) -> None:
        own = [row.limit.id for row in own_limits.rows(outdated.site) if row.is_own]
        assert own == ["TH4-heart_rate-amber-above"]

    def test_is_named_on_the_status_page_and_on_the_page_of_limits_with_what_to_do(self, outdated: Clinic) -> None:
        for role, name in ((Role.ADMINISTRATOR, "status"), (Role.DIRECTOR, "limits")):
            page = signed_in(outdated, role).get(reverse(name)).content.decode()
            assert "190 in place of “Systolic at least 160: amber”" in page
            assert self.SAID in page
            assert "There is no limit called TH99-gone." in page
            assert "The published numbers hold until the medical director" in page

    def test_stands_in_its_box_as_it_was_written_and_is_settled_with_the_next_save(self, outdated: Clinic) -> None:
        director = signed_in(outdated, Role.DIRECTOR)
        assert 'value="190"' in director.get(reverse("limits")).content.decode()
        own = {AMBER: "150", "TH4-heart_rate-amber-above": "110"}
        sent = {"write_id": new_id(), "seen": "3", **own, "reason": "Of this release."}
        assert director.post(reverse("limits"), sent).status_code == 302
        assert own_limits.own_limits(outdated.site) == ((AMBER, 150), ("TH4-heart_rate-amber-above", 110))
        assert own_limits.what_does_not_hold(outdated.site) == ""

    def test_is_not_counted_among_those_that_hold_on_the_page_of_rules_and_is_named_there(
        self, outdated: Clinic
    ) -> None:
        page = " ".join(signed_in(outdated, Role.DIRECTOR).get(reverse("rules")).content.decode().split())
        assert "1 limit of its own, which holds in place of the published" in page
        assert self.SAID in page

    def test_a_clinic_whose_numbers_all_hold_is_told_nothing(self, clinic: Clinic) -> None:
        write(clinic, {AMBER: 150})
        assert own_limits.what_does_not_hold(clinic.site) == ""


def test_the_page_saves_once_and_says_what_holds(clinic: Clinic) -> None:
    client, sent = (
        signed_in(clinic, Role.DIRECTOR),
        {"write_id": new_id(), "seen": "0", AMBER: "150", "reason": "Older people here."},
    )
    for _ in range(2):
        assert client.post(reverse("limits"), sent).status_code == 302
    assert OwnLimit.objects.count() == 1
    page = client.get(reverse("limits")).content.decode()
    assert "<strong>150</strong>" in page
    assert "1 limit of its own, which holds" in " ".join(client.get(reverse("rules")).content.decode().split())


def test_the_page_shows_again_what_was_typed_and_why_it_was_refused(clinic: Clinic) -> None:
    response = signed_in(clinic, Role.DIRECTOR).post(
        reverse("limits"), {"write_id": new_id(), "seen": "0", AMBER: "190", "reason": TEN_WORDS}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "would be reached before" in page
    assert 'value="190"' in page
    assert TEN_WORDS in page


def test_each_number_that_marks_later_is_read_before_its_reason_counts(clinic: Clinic) -> None:
    """Three numbers typed with ten words at once would else switch a vital sign's marks off unread."""
    director = signed_in(clinic, Role.DIRECTOR)
    sent = {"write_id": new_id(), "seen": "0", AMBER: "170", "reason": TEN_WORDS}
    refused = director.post(reverse("limits"), sent)
    assert refused.status_code == 422
    assert "Systolic at least 170: amber marks later than the published 160." in refused.content.decode()
    assert own_limits.own_limits(clinic.site) == ()
    read = {"shown": refused.context["shown"], "write_id": new_id()}
    assert director.post(reverse("limits"), sent | read).status_code == 302
