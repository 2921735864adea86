"""`daybreak account`: a patient's sign-in, and what helps whoever cannot sign in, or left."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from daybreak.clinic.record.models import User

app = typer.Typer(no_args_is_help=True, help="A patient's sign-in; and whoever cannot sign in, or left.")
Why = Annotated[str, typer.Option(help="Why, in a few words; it is kept in the audit trail.")]


@contextmanager
def _plainly() -> Iterator[None]:
    """With Django at hand; a refusal is a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    import django

    django.setup()
    from daybreak.clinic.record.refusals import Refusal

    try:
        yield
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(2) from refusal


@contextmanager
def _called(username: str) -> Iterator["User"]:
    """Who signs in by this name."""
    with _plainly():
        from daybreak.web.account_verbs import user_called

        yield user_called(username)


@app.command()
def patient(
    number: Annotated[str, typer.Argument(help="The record number on the person's papers.")],
    username: Annotated[str, typer.Option(help="What the person signs in with.")],
) -> None:
    """Give a person of the record a sign-in, for their answers on the phone. Asks for a first password."""
    with _plainly():
        from daybreak.web import account_verbs
        from daybreak.web.passwords import RULE

        person = account_verbs.person_of_record(number)
        user = account_verbs.new_patient_user(person, username)  # what is refused is refused before any typing
        typer.echo(f"{account_verbs.who(person)}. Look that it is the person.")
        typer.echo(RULE)
        password = typer.prompt("First password", hide_input=True, confirmation_prompt=True)
        account_verbs.add_patient_user(user, password)
        typer.echo(f"{person} signs in as {user.username}, and changes the password once signed in.")


@app.command()
def password(username: str) -> None:
    """Set another password; it is asked for. The person is signed out everywhere and sets a new PIN."""
    with _called(username) as user:
        from daybreak.web import account_verbs
        from daybreak.web.passwords import RULE

        typer.echo(f"{user}, at {user.site}.")
        typer.echo(RULE)
        account_verbs.new_password(user, typer.prompt("New password", hide_input=True, confirmation_prompt=True))
        typer.echo("The new password holds. The person changes it once signed in.")


@app.command("second-factor")
def second_factor(username: str) -> None:
    """Forget phone, passkeys and recovery codes. Look first that it is the person: the password alone is left."""
    with _called(username) as user:
        from daybreak.web import account_verbs

        account_verbs.forget_second_factor(user)
        typer.echo(f"{user}, at {user.site}: the next sign-in, by password, asks for a new second factor.")


@app.command()
def end(
    username: str,
    why: Why,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """End the account of somebody who left: signed out at once, and offered for nothing. Everything recorded stays."""
    with _called(username) as user:
        from daybreak.web import account_verbs

        if not yes:
            typer.confirm(f"End the account of {user}, at {user.site}?", abort=True)
        waits = account_verbs.end_account(user, why)
        typer.echo(f"The account of {user} is ended.")
        if waits:
            typer.echo("\n".join(["Somebody else has to take:", *(f"- {each}" for each in waits)]))


@app.command("open-again")
def open_again(username: str, why: Why) -> None:
    """Open an account again that was ended by mistake, or whose person is back."""
    with _called(username) as user:
        from daybreak.web import account_verbs

        account_verbs.open_account_again(user, why)
        typer.echo(f"{user}, at {user.site}, may sign in again.")
