"""`daybreak account`: for whoever cannot sign in, and whoever left."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from daybreak.clinic.record.models import User

app = typer.Typer(no_args_is_help=True, help="A member of staff who cannot sign in, or who left.")
Why = Annotated[str, typer.Option(help="Why, in a few words; it is kept in the audit trail.")]


@contextmanager
def _called(username: str) -> Iterator["User"]:
    """Who signs in by this name; a refusal is a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    import django

    django.setup()
    from daybreak.clinic.record.refusals import Refusal
    from daybreak.web.account_verbs import staff_called

    try:
        yield staff_called(username)
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(2) from refusal


@app.command()
def password(username: str) -> None:
    """Set another password; it is asked for. The person is signed out everywhere and sets a new PIN."""
    with _called(username) as user:
        from daybreak.web import account_verbs

        typer.echo(f"{user}, at {user.site}.")
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
