"""A clinic's chairs, as the command line adds them."""

import pytest
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.models import Chair
from daybreak.clinic.treatment_day.services import chairs
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day


def site(*said: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["site", *said])
    return done.exit_code, done.output


def test_a_new_clinic_gets_what_its_pages_need_in_one_command(db: None) -> None:
    code, said = site(
        "Elm", "--new", "--jurisdiction", "UK", "--phone", "555 0100", "--chair", "1", "--chair", "Chair 2"
    )
    assert (code, Site.objects.get().jurisdiction, chairs.chairs_of(Site.objects.get())) == (0, "UK", ["1", "2"])
    assert "Elm, a new clinic: the UK label applies." in said
    assert "Emergency number: none; say it with --emergency-phone." in said
    assert site("elm", "--remove-chair", "2", "--chair", "1")[0] == 0
    assert chairs.chairs_of(Site.objects.get()) == ["1"]


def test_of_a_command_that_is_refused_nothing_is_done(db: None) -> None:
    code, said = site("Elm", "--new", "--jurisdiction", "US", "--chair", "1", "--chair", " ")
    assert code == 2
    assert "Nothing was changed." in said
    assert not Site.objects.exists()
    assert not Chair.objects.exists()


def test_a_chair_somebody_was_treated_in_stays(clinic: Clinic, day: Day) -> None:
    actor = clinic.actor(Role.NURSE)
    (used,) = chairs.chairs_of(clinic.site)
    with pytest.raises(Refusal, match=f"Chair {used} stays: sessions or appointments name it"):
        chairs.remove_chair(clinic.site, used, actor)
    assert chairs.add_chair(clinic.site, f"chair {used}", actor) == day.session.chair, "the same, not a second one"
    with pytest.raises(Refusal, match=f"No chair of .* is called 'window'. There are: {used}"):
        chairs.remove_chair(clinic.site, "window", actor)
