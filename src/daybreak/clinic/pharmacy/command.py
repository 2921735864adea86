"""`daybreak ledger`: the drug account from the command line."""

import os
import re
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The drug account.")


@app.callback()
def ledger() -> None:
    """The drug account."""


@app.command()
def verify(
    site: Annotated[str, typer.Option(help="Only this clinic; all of them without it.")] = "",
    printed: Annotated[
        str, typer.Option(help="Number and hash from a count sheet, as 412:9f2c0b…; with --site where there are more.")
    ] = "",
) -> None:
    """Check every entry against its hash, the entry before it and the audit trail, and what entries note: counts, cases
    and recalls. Exit 1 if one is not as written."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    import django

    django.setup()
    from daybreak.clinic.pharmacy import chain, papers
    from daybreak.clinic.record.append_only import missing_triggers
    from daybreak.clinic.record.models import Site

    sheet = _sheet(printed)
    sites = list(Site.objects.filter(name=site) if site else Site.objects.order_by("name"))
    if not sites or (sheet and len(sites) > 1):
        typer.echo("Name one clinic with --site." if sites else f"No clinic is called {site!r}.", err=True)
        raise typer.Exit(2)
    verdicts = [chain.verify(each, sheet) for each in sites]
    beside = {verdict.site: papers.problem(verdict.site) for verdict in verdicts if verdict.holds}
    for verdict in verdicts:
        if problem := beside.get(verdict.site):
            typer.echo(f"{verdict.site}: {problem}")
        elif verdict.holds:
            typer.echo(f"{verdict.site}: {verdict.entries} entries, each as it was written. Last {verdict.last_hash}.")
        else:
            typer.echo(f"{verdict.site}: entry {verdict.bad} is the first that is not as written: {verdict.sentence}.")
    missing = missing_triggers()
    if missing:
        typer.echo(f"The database would let facts be changed: it lacks the trigger {missing[0]!r}.")
    if missing or any(beside.values()) or not all(verdict.holds for verdict in verdicts):
        raise typer.Exit(1)


def _sheet(printed: str) -> tuple[int, str] | None:
    if not printed:
        return None
    found = re.fullmatch(r"(\d+):([0-9a-f]{8,64})", printed.strip().lower())
    if found is None:
        typer.echo(f"{printed!r} is no entry of a count sheet. Write its number and hash, as 412:9f2c0b1e.", err=True)
        raise typer.Exit(2)
    return int(found[1]), found[2]
