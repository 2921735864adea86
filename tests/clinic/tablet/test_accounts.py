"""Who is locked out is let in again, who leaves has no way in: by the administrator, on the command line."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.clinic.record.models import AuditEntry
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.tablet.models import Pin
from tests.clinic.people import Clinic

PASSWORD = "a long word nobody shares"


def account(*said: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["account", *said], input=typed)
    return done.exit_code, done.output


def test_who_left_is_out_with_the_next_click_and_what_they_did_stays(client: Client, clinic: Clinic) -> None:
    nurse = clinic.users[Role.NURSE]
    Pin.objects.create(user=nurse, encoded="any")
    TOTP.activate(nurse, "JBSWY3DPEHPK3PXP")
    client.force_login(nurse)
    assert client.get("/today/").status_code == 200
    code, said = account(nurse.username.upper(), "--close")
    assert (code, "closed, no way in" in said) == (0, True)
    assert client.get("/today/").status_code == 302
    assert not Pin.objects.exists()
    assert account(nurse.username, "--reopen")[0] == 0
    assert client.get("/today/").status_code == 200
    assert AuditEntry.objects.filter(action__startswith="account ").count() == 2


def test_a_lost_phone_and_a_forgotten_password_lock_nobody_out_for_good(clinic: Clinic) -> None:
    nurse = clinic.users[Role.NURSE]
    TOTP.activate(nurse, "JBSWY3DPEHPK3PXP")
    code, _ = account(nurse.username, "--password", "--forget-second-factor", typed=f"{PASSWORD}\n{PASSWORD}\n")
    nurse.refresh_from_db()
    assert (code, nurse.check_password(PASSWORD), Authenticator.objects.exists()) == (0, True, False)


@pytest.mark.parametrize(
    ("said", "typed", "why"),
    [
        (["nobody"], "", "Nobody signs in as 'nobody'."),
        (["--close", "--reopen"], "", "not both. Nothing was changed."),
        (["--password"], "short\nshort\n", "too short"),
    ],
)
def test_what_cannot_be_is_a_sentence(clinic: Clinic, said: list[str], typed: str, why: str) -> None:
    who = said if said == ["nobody"] else [clinic.users[Role.NURSE].username, *said]
    code, answer = account(*who, typed=typed)
    assert code == 2
    assert why in answer
