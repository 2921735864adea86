"""Two people share a tablet by PIN after full sign-in; nobody else gets anywhere with one."""

import re
from collections.abc import Callable
from datetime import timedelta
from time import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from daybreak.clinic.record.models import AuditEntry, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.tablet import services
from daybreak.clinic.tablet.models import Pin, TabletSignIn
from daybreak.clinic.tablet.pins import require_good
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.tablet.signing_in import (
    PASSWORD,
    give_credentials,
    lock,
    make_way,
    sign_in_fully,
    take_over,
    who,
)

NURSE_PIN, PRESCRIBER_PIN = "4071", "852963"


@pytest.fixture(autouse=True)
def quick_hash(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",  # a real one takes half a second for each try
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


@pytest.fixture
def nurse(clinic: Clinic) -> User:
    give_credentials(clinic.users[Role.NURSE], NURSE_PIN)
    return clinic.users[Role.NURSE]


@pytest.fixture
def prescriber(clinic: Clinic) -> User:
    give_credentials(clinic.users[Role.PRESCRIBER], PRESCRIBER_PIN)
    return clinic.users[Role.PRESCRIBER]


@pytest.fixture
def tablet(nurse: User, prescriber: User) -> Client:
    """The nurse signed in fully and made way; the prescriber signed in fully and is there."""
    shared = Client()
    sign_in_fully(shared, nurse)
    lock(shared)
    make_way(shared)
    sign_in_fully(shared, prescriber)
    return shared


def acts(user: User) -> list[str]:
    return list(AuditEntry.objects.filter(user=user).order_by("at").values_list("action", flat=True))


class TestTakingOver:
    def test_two_people_go_on_one_after_the_other_and_the_page_stays(
        self, tablet: Client, nurse: User, prescriber: User
    ) -> None:
        lock(tablet)
        onward = take_over(tablet, nurse, pin=NURSE_PIN)
        assert (onward.status_code, onward["Location"]) == (302, "/people/")
        assert who(tablet) == nurse.username
        lock(tablet)
        take_over(tablet, prescriber, pin=PRESCRIBER_PIN)
        assert who(tablet) == prescriber.username
        assert acts(nurse)[-2:] == ["tablet taken over", "tablet locked"]
        assert acts(prescriber)[-1] == "tablet taken over"

    def test_on_another_browser_a_pin_is_worth_nothing(self, tablet: Client, nurse: User, prescriber: User) -> None:
        other = Client()
        sign_in_fully(other, prescriber)
        lock(other)
        assert take_over(other, nurse, pin=NURSE_PIN).status_code == 422
        assert who(other) is None

    def test_who_took_over_by_pin_opens_no_tablet_with_that(
        self, tablet: Client, nurse: User, prescriber: User
    ) -> None:
        """The hours run from the full sign-in, however often a PIN is typed."""
        lock(tablet)
        take_over(tablet, nurse, pin=NURSE_PIN)
        before = TabletSignIn.objects.get(user=nurse).signed_in_at
        lock(tablet)
        take_over(tablet, nurse, pin=NURSE_PIN)
        assert TabletSignIn.objects.get(user=nurse).signed_in_at == before
        fresh = Client()
        fresh.cookies["sessionid"] = tablet.cookies["sessionid"].value
        lock(fresh)
        assert not TabletSignIn.objects.filter(user=nurse).exclude(signed_in_at=before).exists()

    def test_a_session_without_a_second_factor_shares_nothing(self, nurse: User) -> None:
        browser = Client()
        browser.force_login(nurse)
        lock(browser)
        assert not TabletSignIn.objects.exists()
        assert take_over(browser, nurse, pin=NURSE_PIN).status_code == 422
        assert take_over(browser, nurse, password=PASSWORD).status_code == 302

    def test_wrong_pins_drop_a_person_to_full_sign_in(self, tablet: Client, nurse: User, prescriber: User) -> None:
        lock(tablet)
        for left in (4, 3, 2, 1):
            page = take_over(tablet, nurse, pin="9999")
            assert f"{left} {'try' if left == 1 else 'tries'} left" in page.content.decode()
        assert "has to sign in fully" in take_over(tablet, nurse, pin="9999").content.decode()
        assert take_over(tablet, nurse, pin=NURSE_PIN).status_code == 422
        assert take_over(tablet, nurse, password=PASSWORD).status_code == 422
        assert AuditEntry.objects.filter(action="tablet not proved", subject=nurse.username).count() == 5
        assert take_over(tablet, prescriber, pin=PRESCRIBER_PIN).status_code == 302
        make_way(tablet)
        sign_in_fully(tablet, nurse)
        lock(tablet)
        assert take_over(tablet, nurse, pin=NURSE_PIN).status_code == 302

    def test_wrong_pins_close_ones_own_lock_too(self, tablet: Client, prescriber: User) -> None:
        lock(tablet)
        for _ in range(5):
            take_over(tablet, prescriber, pin="9999")
        assert take_over(tablet, prescriber, password=PASSWORD).status_code == 422
        assert who(tablet) is None

    @pytest.mark.parametrize(
        "change",
        [
            lambda nurse: User.objects.filter(pk=nurse.pk).update(is_active=False),
            lambda nurse: User.objects.filter(pk=nurse.pk).update(password="changed"),
            lambda nurse: User.objects.filter(pk=nurse.pk).update(role=Role.RESEARCHER),
            lambda nurse: nurse.authenticator_set.all().delete(),
            lambda nurse: User.objects.filter(pk=nurse.pk).update(site=make_clinic("Elsewhere").site),
            lambda nurse: TabletSignIn.objects.update(signed_in_at=timezone.now() - timedelta(hours=10, seconds=1)),
        ],
        ids=["inactive", "new password", "role that shares nothing", "no second factor", "other site", "hours over"],
    )  # fmt: skip
    def test_a_pin_ends_with(self, tablet: Client, nurse: User, change: Callable[[User], object]) -> None:
        lock(tablet)
        change(nurse)
        assert take_over(tablet, nurse, pin=NURSE_PIN).status_code == 422
        assert who(tablet) is None

    def test_who_signs_out_leaves_the_tablet_and_so_does_everybody_at_the_end(
        self, tablet: Client, nurse: User, prescriber: User
    ) -> None:
        lock(tablet)
        take_over(tablet, nurse, pin=NURSE_PIN)
        tablet.post("/accounts/sign-out/")
        assert list(TabletSignIn.objects.values_list("user", flat=True)) == [prescriber.pk]
        sign_in_fully(tablet, prescriber)
        lock(tablet)
        assert nurse.display_name not in tablet.get("/tablet/").content.decode()
        tablet.post("/tablet/everybody-leaves")
        assert not TabletSignIn.objects.exists()
        assert who(tablet) is None

    def test_the_way_onward_stays_in_the_house(self, tablet: Client, nurse: User) -> None:
        lock(tablet)
        answer = tablet.post(
            "/tablet/take-over", {"person": nurse.username, "pin": NURSE_PIN, "next": "https://elsewhere.example/"}
        )
        assert answer["Location"] == "/"


class TestPatients:
    def test_a_patient_neither_shares_a_tablet_nor_is_reached_by_pin(self, tablet: Client, clinic: Clinic) -> None:
        patient = clinic.users[Role.PATIENT]
        give_credentials(patient, "8520")
        TabletSignIn.objects.create(
            tablet=TabletSignIn.objects.get().tablet, user=patient, signed_in_at=timezone.now(),
            session_hash=patient.get_session_auth_hash(),
        )  # fmt: skip
        lock(tablet)
        assert patient.display_name not in tablet.get("/tablet/").content.decode()
        assert take_over(tablet, patient, pin="8520").status_code == 422
        own = Client()
        own.force_login(patient)
        for address in ("/tablet/", "/tablet/take-over", "/tablet/pin"):
            assert own.post(address, {}).status_code == 403


class TestLock:
    def test_nobody_is_chosen_beforehand_where_several_share_it(self, tablet: Client, prescriber: User) -> None:
        """Else a PIN is typed under another's name, and counts as a wrong try of theirs."""
        lock(tablet)
        page = tablet.get("/tablet/").content.decode()
        assert page.count('name="person"') == 2
        assert " checked" not in page
        assert " autofocus" not in page
        answer = tablet.post("/tablet/take-over", {"pin": PRESCRIBER_PIN})
        assert (answer.status_code, "Choose who goes on" in answer.content.decode()) == (422, True)
        assert not TabletSignIn.objects.exclude(wrong_tries=0).exists()

    def test_who_is_alone_on_it_only_types_the_pin(self, prescriber: User) -> None:
        alone = Client()
        sign_in_fully(alone, prescriber)
        lock(alone)
        page = alone.get("/tablet/").content.decode()
        assert page.count(" checked") == 1
        assert "4 to 6 figures" in page

    def test_the_emergency_card_stays_in_reach_and_leads_nowhere_else(self, tablet: Client, clinic: Clinic) -> None:
        """Locked over a page, locked and reloaded, typed, and when the hours are over."""
        link = 'href="/emergency-card"'
        assert link in lock(tablet, headers={"HX-Request": "true"}).content.decode()
        assert link in tablet.get("/people/", follow=True).content.decode()
        for address in ("/emergency-card", "/emergency-card?for=esketamine-nasal"):
            card = tablet.get(address)
            assert (card.status_code, "Open the airway" in card.content.decode()) == (200, True)
            ways = set(re.findall(r'href="(/[^"]*)"', card.content.decode()))
            assert {way for way in ways if not way.startswith("/static/")} == {"/tablet/"}
        assert tablet.get("/emergency-card/write").status_code == 302
        session = tablet.session
        session["until"] = time() - 1
        session.save()
        assert tablet.get("/emergency-card").status_code == 200

    def test_the_emergency_card_is_there_whichever_role_locked_the_tablet(self, clinic: Clinic) -> None:
        give_credentials(clinic.users[Role.THERAPIST])
        browser = Client()
        sign_in_fully(browser, clinic.users[Role.THERAPIST])
        assert browser.get("/emergency-card").status_code == 403
        lock(browser)
        assert browser.get("/emergency-card").status_code == 200

    def test_nothing_is_open_while_it_is_locked(self, tablet: Client) -> None:
        lock(tablet)
        page = tablet.get("/people/?name=x")
        assert (page.status_code, page["Location"]) == (302, "/tablet/?next=%2Fpeople%2F%3Fname%3Dx")
        assert tablet.get("/today/live", headers={"HX-Request": "true"}).status_code == 423
        assert tablet.post("/tablet/pin", {}).status_code == 302
        assert tablet.get("/accounts/password/").status_code == 302

    def test_it_opens_for_who_locked_it_by_pin_or_password_and_the_page_stays(
        self, tablet: Client, prescriber: User
    ) -> None:
        key = tablet.session.session_key
        for secret in ({"pin": PRESCRIBER_PIN}, {"password": PASSWORD}):
            part = lock(tablet, headers={"HX-Request": "true"})
            assert "Who goes on" in part.content.decode()
            answer = tablet.post(
                "/tablet/take-over", {"person": prescriber.username, **secret}, headers={"HX-Request": "true"}
            )
            assert (answer.status_code, answer["HX-Trigger"]) == (204, "tablet:unlocked")
            assert who(tablet) == prescriber.username
        assert tablet.session.session_key == key

    def test_a_site_without_pins_unlocks_by_password(self, clinic: Clinic, prescriber: User) -> None:
        services.change_times(clinic.site, clinic.actor(Role.DIRECTOR), hours=0, minutes=15)
        browser = Client()
        sign_in_fully(browser, prescriber)
        lock(browser)
        assert not TabletSignIn.objects.exists()
        assert take_over(browser, prescriber, pin=PRESCRIBER_PIN).status_code == 422
        assert take_over(browser, prescriber, password=PASSWORD).status_code == 302
        assert who(browser) == prescriber.username

    def test_when_the_hours_are_over_only_a_full_sign_in_opens(self, tablet: Client, prescriber: User) -> None:
        lock(tablet)
        take_over(tablet, prescriber, pin=PRESCRIBER_PIN)
        session = tablet.session
        session["until"] = time() - 1
        session.save()
        assert who(tablet) is None
        TabletSignIn.objects.update(signed_in_at=timezone.now() - timedelta(hours=11))
        assert take_over(tablet, prescriber, password=PASSWORD).status_code == 422

    def test_a_request_costs_no_query_more_on_a_shared_tablet(self, tablet: Client, nurse: User) -> None:
        alone = Client()
        sign_in_fully(alone, nurse)
        lock(tablet)
        take_over(tablet, nurse, pin=NURSE_PIN)
        asked = []
        for browser in (alone, tablet):
            browser.get("/today/")
            with CaptureQueriesContext(connection) as queries:
                browser.get("/today/")
            asked.append(len(queries))
        assert asked[0] == asked[1]


class TestPin:
    @pytest.mark.parametrize(
        "pin", ["123", "1234567", "12a4", "1111", "1234", "9876", "7890", "1212", "123123", "1122", "1984", "2024"]
    )
    def test_what_somebody_would_try_first_is_refused(self, pin: str) -> None:
        with pytest.raises(Refusal):
            require_good(pin)

    @pytest.mark.parametrize("pin", ["4071", "85296", "852963", "1357"])
    def test_others_are_taken(self, pin: str) -> None:
        assert require_good(pin) == pin

    def test_it_is_changed_with_the_password_only(self, tablet: Client, prescriber: User) -> None:
        before = Pin.objects.get(user=prescriber).encoded
        for wrong in ("wrong", "", PRESCRIBER_PIN):
            page = tablet.post("/tablet/pin", {"pin": "7039", "again": "7039", "password": wrong})
            assert page.status_code == 422
        assert Pin.objects.get(user=prescriber).encoded == before
        assert tablet.post("/tablet/pin", {"pin": "7039", "again": "7039", "password": PASSWORD}).status_code == 302
        assert Pin.objects.get(user=prescriber).matches("7039")
        assert acts(prescriber)[-1] == "PIN set"

    def test_a_stolen_table_gives_no_pin_away_without_the_secret_key(self, nurse: User, settings: Settings) -> None:
        kept = Pin.objects.get(user=nurse)
        assert NURSE_PIN not in kept.encoded
        assert kept.matches(NURSE_PIN)
        settings.SECRET_KEY = "another"
        assert not kept.matches(NURSE_PIN)

    def test_it_is_nobody_elses(self, nurse: User, prescriber: User) -> None:
        """The same hash beside another name matches nothing."""
        moved = Pin(user=prescriber, encoded=Pin.objects.get(user=nurse).encoded)
        assert not moved.matches(NURSE_PIN)


def test_a_site_sets_its_times_within_bounds(clinic: Clinic) -> None:
    services.change_times(clinic.site, clinic.actor(Role.DIRECTOR), hours=8, minutes=5)
    clinic.site.refresh_from_db()
    assert (clinic.site.shared_tablet_hours, clinic.site.lock_after_minutes) == (8, 5)
    for hours, minutes in ((13, 5), (8, 1), (8, 61), (-1, 5)):
        with pytest.raises(Refusal):
            services.change_times(clinic.site, clinic.actor(Role.DIRECTOR), hours=hours, minutes=minutes)
