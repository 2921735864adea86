"""Who lost the password or the phone gets in again; who left does not, and leaves nothing waiting unseen."""

from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.utils import timezone
from typer.testing import CliRunner, Result

from daybreak.cli import app
from daybreak.clinic.pharmacy import services as pharmacy
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.record import queries
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import AuditEntry, Flag, FlagEvent, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import answer_flag, may_close, raise_flag
from daybreak.clinic.treatment_day.models import Session
from daybreak.web.account_verbs import end_account
from tests.clinic.followup.story import browser
from tests.clinic.people import ADDRESS, Clinic
from tests.clinic.pharmacy.store import MG, Store
from tests.clinic.treatment_day.day import open_day

NEW = "another right password, kept here"


def account(*said: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["account", *said], input=typed)


def signs_in(user: User, password: str) -> bool:
    page = Client().post("/accounts/sign-in/", {"login": user.username, "password": password})
    return page.status_code == 302


@pytest.fixture
def nurse(clinic: Clinic) -> User:
    user = clinic.users[Role.NURSE]
    user.set_password("a right password, kept here only")
    user.save()
    return user


def deeds() -> list[str]:
    return list(AuditEntry.objects.filter(address="command line").order_by("pk").values_list("action", flat=True))


def test_a_lost_password_is_replaced_and_what_was_open_is_closed(nurse: User) -> None:
    open_page = browser(nurse)
    weak = account("password", nurse.username, typed="short\nshort\n")
    assert (weak.exit_code, "too short" in weak.output) == (2, True)
    done = account("password", nurse.username.upper(), typed=f"{NEW}\n{NEW}\n")
    assert done.exit_code == 0, done.output
    nurse.refresh_from_db()
    assert nurse.check_password(NEW)
    assert open_page.get("/today/").status_code == 302, "signed out"
    assert signs_in(nurse, NEW)
    assert deeds() == ["password reset"]


def test_a_lost_phone_is_forgotten_and_the_next_sign_in_asks_for_another(nurse: User) -> None:
    RecoveryCodes.activate(nurse)
    open_page = browser(nurse)
    assert account("second-factor", nurse.username).exit_code == 0
    assert open_page.get("/today/").status_code == 302
    anew = Client()
    anew.force_login(nurse)
    assert "second-factor" in anew.get("/today/").headers["Location"]
    assert (account("second-factor", nurse.username).exit_code, deeds()) == (2, ["second factor reset"])


def test_who_left_cannot_sign_in_is_offered_for_nothing_and_what_waits_is_listed(clinic: Clinic, nurse: User) -> None:
    open_page, colleague = browser(nurse), browser(clinic.users[Role.DIRECTOR])
    raise_flag(
        patient=clinic.patient, kind="test", level=Flag.Level.WATCH, title="Call about sleep", owner=nurse,
        due_at=timezone.now() + timedelta(hours=1), actor=Actor(nurse, ADDRESS),
    )  # fmt: skip
    assert account("end", nurse.username, "--why", "Left.", typed="n\n").exit_code == 1
    done = account("end", nurse.username, "--why", "Left.", "--yes")
    assert done.exit_code == 0, done.output
    assert "Call about sleep" in done.output
    assert "any session nurse takes it" in colleague.get("/flags/").content.decode()
    assert open_page.get("/today/").status_code == 302
    assert not signs_in(User.objects.get(pk=nurse.pk), "a right password, kept here only")
    assert nurse not in queries.staff(clinic.site, Role.NURSE)
    assert User.objects.filter(pk=nurse.pk).exists(), "kept in the record"
    assert account("password", nurse.username, typed=f"{NEW}\n{NEW}\n").exit_code == 2
    assert account("open-again", nurse.username, "--why", "Another person was meant.").exit_code == 0
    assert deeds() == ["account ended", "flag left to its role", "account opened again"]


def test_what_waited_for_who_left_is_open_to_all_of_that_role_and_acknowledged_by_nobody(clinic: Clinic) -> None:
    left = clinic.users[Role.COORDINATOR]
    other = User.objects.create(username="second", role=Role.COORDINATOR, display_name="Another", site=clinic.site)
    flag = raise_flag(
        patient=clinic.patient, kind="suicide answer", level=Flag.Level.ACT, title="Item 9", owner=left,
        due_at=timezone.now() + timedelta(hours=1), actor=Actor(left, ADDRESS),
    )  # fmt: skip
    answer_flag(flag, FlagEvent.Kind.ACKNOWLEDGED, "I call at noon.", Actor(left, ADDRESS))
    assert not may_close(other, flag)
    end_account(left, "Left.")
    (waiting,) = queries.open_flags(site=clinic.site)
    assert (waiting.acknowledged, may_close(other, waiting)) == (False, True)
    assert waiting.whose.startswith("Owner: nobody")
    answer_flag(waiting, FlagEvent.Kind.ACKNOWLEDGED, "I have it.", Actor(other, ADDRESS))
    assert [each.acknowledged for each in queries.open_flags(site=clinic.site)] == [True]


def test_a_case_of_the_drug_account_is_listed_with_who_takes_it_over(clinic: Clinic) -> None:
    """A count that differs has no flag: nobody else would be told that it lost its owner."""
    store = Store(clinic)
    lot = store.lot(containers=10)
    seen = [Seen(lot, store.safe, 4990 * MG)]
    pharmacy.count(clinic.site, store.safe, seen, store.lead, write_id=new_id())
    said = [each for each in end_account(clinic.users[Role.PHARMACIST], "Left.") if each.startswith("Case")]
    director = clinic.users[Role.DIRECTOR].display_name
    assert len(said) == 1
    assert "10 mg missing, lot A1 in Safe. " in said[0]
    assert f"Owner: {director}, since the account of" in said[0]
    assert "only one closes it" in said[0], "there is no controlled-drug lead now"


def test_a_value_beyond_a_limit_is_kept_though_all_who_would_own_its_flag_left(clinic: Clinic) -> None:
    """What a monitor sends is nobody's hand: the flag goes to somebody who is still here."""
    day = open_day(clinic)
    day.begin()
    for role in (Role.NURSE, Role.PRESCRIBER):
        clinic.users[role].is_active = False
        clinic.users[role].save()
    day.session = Session.objects.get(pk=day.session.pk)
    day.systolic(20, 185)
    assert [flag.owner.role for flag in day.flags()] == [Role.DIRECTOR]


def test_nobody_is_a_sentence(db: None) -> None:
    done = account("end", "nobody", "--why", "Left.")
    assert (done.exit_code, "Nobody signs in as 'nobody'" in done.output) == (2, True)


def test_with_the_last_of_a_role_it_is_said_that_nobody_is_left(clinic: Clinic) -> None:
    said = " ".join(end_account(clinic.users[Role.DIRECTOR], "Left."))
    assert f"Nobody else at {clinic.site} is a medical director" in said
    other = User.objects.create(username="another", role=Role.NURSE, display_name="Another", site=clinic.site)
    assert "Nobody else" not in " ".join(end_account(other, "Left."))


def test_a_user_made_by_another_command_has_no_role_and_gets_a_sentence(db: None) -> None:
    user = User.objects.create(username="made-otherwise", role="", display_name="Somebody")
    page = browser(user).get("/rules/")
    assert (page.status_code, "user without a role may not open" in page.content.decode()) == (403, True)
