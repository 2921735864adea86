"""`daybreak shared-tablets`: a site's times for shared tablets."""

import os
from typing import Annotated

import typer


def shared_tablets(
    site: Annotated[str, typer.Option(help="The clinic.")],
    hours: Annotated[int | None, typer.Option(help="Hours a PIN lasts after a full sign-in; 0: no PINs here.")] = None,
    lock_after: Annotated[int | None, typer.Option(help="Minutes after which an untouched page locks.")] = None,
) -> None:
    """Show or set how long a PIN lasts on a shared tablet and when an idle page locks. See docs/shared-tablet.md."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    import django

    django.setup()
    from daybreak.clinic.record.actor import SYSTEM
    from daybreak.clinic.record.refusals import Refusal
    from daybreak.clinic.record.setting_up import site_called
    from daybreak.clinic.tablet.services import change_times

    try:
        found = site_called(site)
        if hours is not None or lock_after is not None:
            change_times(
                found, SYSTEM, hours=found.shared_tablet_hours if hours is None else hours,
                minutes=found.lock_after_minutes if lock_after is None else lock_after,
            )  # fmt: skip
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(2) from refusal
    typer.echo(
        f"{found}: a PIN lasts {found.shared_tablet_hours} hours after a full sign-in; "
        f"a page locks after {found.lock_after_minutes} minutes without a touch."
    )
