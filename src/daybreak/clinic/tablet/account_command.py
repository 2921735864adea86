"""`daybreak account`: for who is locked out, and who leaves."""

import os
from typing import Annotated

import typer


def account(
    username: Annotated[str, typer.Argument(help="The word this person signs in with.")],
    *,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    forget_second_factor: Annotated[
        bool, typer.Option("--forget-second-factor", help="Phone or key lost: a new one is set up at the next sign-in.")
    ] = False,
    close: Annotated[bool, typer.Option("--close", help="This person has left: no way in from now on.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Take --close back.")] = False,
) -> None:
    """Show an account of staff, or help somebody who is locked out. What was recorded stays."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    import django

    django.setup()
    from daybreak.clinic.record.refusals import Refusal
    from daybreak.clinic.tablet import accounts

    try:
        user = accounts.account_of(username)
        if close and reopen:
            raise Refusal("Close it, or reopen it: not both. Nothing was changed.")
        if password:
            words = "New password, 12 characters or more"
            accounts.set_password(user, typer.prompt(words, hide_input=True, confirmation_prompt=True))
        if forget_second_factor:
            accounts.forget_second_factor(user)
        if close or reopen:
            accounts.set_active(user, active=reopen)
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(2) from refusal
    state = "can sign in" if user.is_active else "closed, no way in"
    typer.echo(f"{user}, at {user.site}, signs in as {user.username}: {state}.")
