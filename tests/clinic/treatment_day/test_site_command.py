"""A clinic, its telephone and its chairs, as the command line makes them."""

from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.clinic.record.models import Site
from daybreak.clinic.treatment_day.chair_queries import chairs_in_use
from daybreak.clinic.treatment_day.models import Chair


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
