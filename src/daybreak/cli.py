"""The `daybreak` command."""

import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybreak.clinic.pharmacy.command import app as ledger
from daybreak.clinic.record.clinic_zone import not_said
from daybreak.clinic.tablet.command import shared_tablets
from daybreak.clinic.treatment_day.site_command import site
from daybreak.evidence.commands import evidence
from daybreak.pharmacology.commands import model
from daybreak.pharmacology.simulation.command import simulate
from daybreak.web.account_command import app as account
from daybreak.web.plainly import said_plainly

if TYPE_CHECKING:
    from daybreak.demonstration.monitor import Minute

WIDTH_OF_A_PIPE = 160  # characters; where no terminal tells one, every table fits
PORTS = partial(typer.Option, min=0, max=65_535)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
demo_app = typer.Typer(invoke_without_command=True, help="A demonstration with synthetic people.")
app.add_typer(model, name="model")
app.command()(simulate)
app.add_typer(account, name="account")
app.add_typer(demo_app, name="demo")
app.add_typer(evidence, name="evidence")
app.add_typer(ledger, name="ledger")
app.command()(site)
app.command()(shared_tablets)


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    django.setup()


def server_command(application: str, address: str, port: int, workers: int, threads: int) -> list[str]:
    """The command line that serves a WSGI application as Daybreak is served."""
    return [
        sys.executable, "-m", "gunicorn", application, "--bind", f"{address}:{port}", "--worker-class", "gthread",
        "--workers", str(workers), "--threads", str(threads), "--preload", "--access-logfile", os.devnull,
        "--no-control-socket",
    ]  # fmt: skip


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def manage(context: typer.Context) -> None:
    """Run a Django management command, for example `daybreak manage migrate`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["daybreak manage", *context.args])


@app.command()
def secret() -> None:
    """Print a new value for DAYBREAK_SECRET_KEY."""
    typer.echo(secrets.token_urlsafe(50))


@app.command()
def serve(
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, PORTS(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each process.")] = 4,
) -> None:
    """Serve the pages (gunicorn). Put a proxy with TLS before it: see docs/running.md."""
    if missing := not_said():
        typer.echo(missing, err=True)
    try:
        socket.create_server((address, port)).close()
    except OSError as problem:
        typer.echo(
            f"{address}:{port} cannot be listened on ({problem.strerror}); perhaps another server runs there. Stop it, "
            "or choose another with --address and --port.",
            err=True,
        )
        raise typer.Exit(1) from None
    command = server_command("daybreak.web.wsgi:application", address, port, workers, threads)
    os.execv(sys.executable, command)  # noqa: S606


@app.command()
def listen(
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, PORTS(help="Port to listen on.")] = 2575,
    allow: Annotated[
        list[str] | None, typer.Option(help="Address or network that may send; repeat for more. Default: this machine.")
    ] = None,
) -> None:
    """Take readings from bedside monitors (HL7 v2 over MLLP). See docs/monitors.md."""
    _django()
    from django.core.exceptions import ImproperlyConfigured

    from daybreak.exchange import listener

    senders = allow or ["127.0.0.1", "::1"]

    def ready(taken: int) -> None:
        typer.echo(f"Listening for monitors on {address}:{taken}, from {', '.join(senders)}.")

    try:
        listener.listen(address, port, senders, ready)
    except (OSError, ValueError, ImproperlyConfigured) as problem:
        typer.echo(f"The listener did not start: {problem}", err=True)
        raise typer.Exit(1) from None


@app.command()
def staff(
    username: str,
    role: Annotated[str, typer.Option(help="prescriber, nurse, coordinator, therapist, director ...")],
    name: Annotated[str, typer.Option(help="The name as pages show it.")],
    site: Annotated[str, typer.Option(help="The clinic; `daybreak site` makes a new one.")],
) -> None:
    """Add a member of staff. Asks for a first password; a second factor is set up at first sign-in."""
    _django()
    from daybreak.clinic.record.refusals import Refusal
    from daybreak.clinic.record.setting_up import add_staff, new_staff
    from daybreak.web.passwords import RULE

    try:
        person = new_staff(username, role=role, name=name, site=site)  # what is refused is refused before any typing
        typer.echo(RULE)
        password = typer.prompt("First password", hide_input=True, confirmation_prompt=True)
        add_staff(person, password)
        typer.echo(f"{person}, at {person.site}, signs in as {person.username}.")
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(2) from refusal


@demo_app.callback()
def demo(
    context: typer.Context,
    *,
    database: Annotated[Path, typer.Option(help="Where the demonstration is kept.")] = Path("data/demo.sqlite3"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, whatever was done in it.")] = False,
    port: Annotated[int, PORTS(help="Port of the pages.")] = 8000,
    monitor_port: Annotated[int, PORTS(help="Port of the listener for monitors.")] = 2575,
) -> None:
    """A clinic with synthetic people: server, clock, listener and monitor, until Ctrl-C. See docs/demonstration.md."""
    if context.invoked_subcommand:
        return
    from daybreak.demonstration import running

    try:
        running.run(database, fresh=fresh, port=port, monitor_port=monitor_port)
    except running.NotRun as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


@contextmanager
def _telling_the_demonstration() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar; a database that may not be filled becomes a sentence."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from daybreak.demonstration.filling import NotEmpty

    columns = (TextColumn("Telling forty courses, until {task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, transient=True) as bar:
            task = bar.add_task("the first day", total=None)
            yield lambda done, total, day: bar.update(task, completed=done, total=total, description=day)
    except NotEmpty as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


@demo_app.command("fill")
def demo_fill() -> None:
    """Put the demonstration into the empty, migrated database that DAYBREAK_DATABASE names."""
    _django()
    from django.utils import timezone

    from daybreak.demonstration import filling

    with _telling_the_demonstration() as progress:
        filling.fill(timezone.now(), progress=progress)
    typer.echo(f"Filled. Four referral files to upload lie in {filling.unpack_referrals()}.")


@demo_app.command("prepare", hidden=True)
def demo_prepare(*, fresh: Annotated[bool, typer.Option("--fresh")] = False) -> None:
    """The first step of `daybreak demo`, in a process of its own."""
    _django()
    from daybreak.demonstration import filling

    with _telling_the_demonstration() as progress:
        filling.prepare(fresh=fresh, say=typer.echo, progress=progress)
    filling.unpack_referrals()


@demo_app.command("monitor")
def demo_monitor(
    *,
    tied: Annotated[bool, typer.Option("--tied", help="The monitor of the demonstration's running session.")] = False,
    monitor: Annotated[str, typer.Option(help="The name the monitor gives itself.")] = "M3",
    address: Annotated[str, typer.Option(help="Where the listener is.")] = "127.0.0.1",
    port: Annotated[int, PORTS(help="The listener's port.")] = 2575,
    simulate: Annotated[bool, typer.Option("--simulate", help="A simulated session, not the recording.")] = False,
    seed: Annotated[int, typer.Option(help="Makes the simulated session what it is.")] = 1,
    speed: Annotated[float, typer.Option(min=0.01, help="Recorded minutes that pass in one minute.")] = 1.0,
    repeat: Annotated[bool, typer.Option("--repeat", help="Begin again at the end.")] = False,
) -> None:
    """Play a bedside monitor to a running listener: a recording with its gaps, or a simulated session."""
    from daybreak.demonstration import monitor as bedside

    minutes = bedside.simulated(seed) if simulate else bedside.recorded()
    if tied:
        monitor, minutes = _tied_monitor() or (monitor, bedside.simulated(seed))
    try:
        bedside.play(minutes, monitor=monitor, address=address, port=port, speed=speed, again=repeat, say=typer.echo)
    except KeyboardInterrupt:
        typer.echo(f"Monitor {monitor} is switched off.")


def _tied_monitor() -> "tuple[str, list[Minute]] | None":
    _django()
    from django.utils import timezone

    from daybreak.demonstration.sessions import running_monitor

    return running_monitor(timezone.now())


@app.command()
def tick(
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Go on, a pass a minute, until stopped (a service).")
    ] = False,
) -> None:
    """Do the work the clock causes, once. Run it every minute (cron, a systemd timer); repeats are harmless."""
    _django()
    from django.core.exceptions import ImproperlyConfigured

    from daybreak.clinic.followup.tick import every_minute
    from daybreak.clinic.followup.tick import tick as one_pass
    from daybreak.clinic.treatment_day.makes import mappings
    from daybreak.web.demonstration import require_synthetic

    require_synthetic()
    try:
        mappings()
    except ImproperlyConfigured as problem:  # said, and no reason to leave a person unlooked after
        typer.echo(f"{problem} The clock's work goes on all the same.", err=True)
    if repeat:
        every_minute(typer.echo)
    raised = one_pass()
    typer.echo(f"{raised} flag{'' if raised == 1 else 's'} raised.")


def _keep_tables_whole() -> None:
    """Give tables their width in a pipe or a file, unless somebody named one: Rich takes 80 there and cuts."""
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", str(WIDTH_OF_A_PIPE))


def main() -> None:
    """Run the command; a setting or a database that cannot be used is a sentence, not a traceback."""
    _keep_tables_whole()
    with said_plainly():
        app()


if __name__ == "__main__":
    main()
