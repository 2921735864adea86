"""A clinic, its telephone and its chairs, as the command line makes them."""

from pytest_django import Settings
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.clinic.record.models import Site
from daybreak.clinic.treatment_day.chair_queries import chairs_in_use
from daybreak.clinic.treatment_day.models import Chair
from daybreak.web.demonstration import require_synthetic
from tests.clinic.people import Clinic


def site(*said: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["site", *said])
    return done.exit_code, done.output


def names() -> list[str]:
    return [chair.name for chair in chairs_in_use(Site.objects.get())]


def test_a_new_clinic_gets_what_its_pages_need_in_one_command(db: None) -> None:
    code, said = site(
        "Elm", "--new", "--jurisdiction", "UK", "--phone", "555 0100", "--chair", "1", "--chair", "Chair 2"
    )
    assert (code, Site.objects.get().jurisdiction, names()) == (0, "UK", ["1", "2"])
    assert "Elm, a new clinic: the UK label applies." in said
    assert "Emergency number: none; say it with --emergency-phone." in said
    code, said = site("elm", "--chair", "1")
    assert (code, said) == (2, "Chair 1 is here already. Choose another name. Nothing was changed.\n")


def test_of_a_command_that_is_refused_nothing_is_done(db: None) -> None:
    code, said = site("Elm", "--new", "--jurisdiction", "US", "--chair", "1", "--chair", " ")
    assert code == 2
    assert "Nothing was changed." in said
    assert not Site.objects.exists()
    assert not Chair.objects.exists()


def test_an_empty_number_takes_none_away_and_the_refusal_says_how_it_is_done_on_purpose(db: None) -> None:
    site("Elm", "--new", "--jurisdiction", "UK", "--phone", "555 0100", "--emergency-phone", "999")
    for empty in ("", " "):
        code, said = site("Elm", "--emergency-phone", empty)
        assert (code, "--emergency-phone none" in said) == (2, True)
    assert Site.objects.get().emergency_phone == "999"
    code, said = site("Elm", "--emergency-phone", "none")
    assert (code, Site.objects.get().emergency_phone, Site.objects.get().phone) == (0, "", "555 0100")
    assert "Emergency number: none" in said


def test_a_further_clinic_of_a_demonstration_leaves_it_one(clinic: Clinic, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    code, said = site("Elm", "--new", "--jurisdiction", "UK")
    assert (code, "Elm, a new clinic of the demonstration" in said) == (0, True)
    require_synthetic()


def test_a_clinic_of_ones_own_is_not_made_among_synthetic_people(clinic: Clinic) -> None:
    code, said = site("Elm", "--new", "--jurisdiction", "UK")
    assert (code, "a database of its own" in said) == (2, True)
    assert not Site.objects.filter(name="Elm").exists()
