"""`daybreak site`: a clinic, its label, its telephone and its chairs."""

import os
from typing import Annotated

import typer

NOTHING = " Nothing was changed."


def site(
    name: Annotated[str, typer.Argument(help="The clinic, as pages and letters name it.")],
    *,
    new: Annotated[bool, typer.Option("--new", help="Make it: a clinic of this name is not here yet.")] = False,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Whose label applies: US, EU or UK. Fixed once somebody is recorded there.")
    ] = None,
    rename: Annotated[str | None, typer.Option(help="Another name. Fixed once somebody is recorded there.")] = None,
    phone: Annotated[
        str | None, typer.Option(help="The number letters and people going home are given; none: it has none.")
    ] = None,
    emergency_phone: Annotated[
        str | None, typer.Option(help="The number staff call in an emergency; none: it has none.")
    ] = None,
    chair: Annotated[list[str] | None, typer.Option(help="Add this chair; repeat for more.")] = None,
) -> None:
    """Show, make or change a clinic. Nothing is changed if any part of it is refused."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
    import django

    django.setup()
    from django.db import transaction

    from daybreak.clinic.record.refusals import Refusal
    from daybreak.clinic.record.setting_up import COMMAND_LINE, add_site, change_site, site_called
    from daybreak.clinic.treatment_day.chair_queries import chairs_in_use
    from daybreak.clinic.treatment_day.services import chairs

    try:
        with transaction.atomic():
            place = add_site(name, jurisdiction or "") if new else site_called(name)
            change_site(place, name=rename, jurisdiction=jurisdiction, phone=phone, emergency_phone=emergency_phone)
            for each in chair or []:
                chairs.add_chair(place, each, COMMAND_LINE)
    except Refusal as refusal:
        typer.echo(f"{str(refusal).removesuffix(NOTHING)}{NOTHING}", err=True)
        raise typer.Exit(2) from refusal
    names = ", ".join(chair.name for chair in chairs_in_use(place))
    made = ", a new clinic" if new else ""
    made += " of the demonstration" if new and place.demonstration else ""
    typer.echo(
        f"{place}{made}: the {place.jurisdiction} label applies.\n"
        f"Telephone: {place.phone or 'none; say it with --phone'}.\n"
        f"Emergency number: {place.emergency_phone or 'none; say it with --emergency-phone'}.\n"
        f"Chairs: {names or 'none, so no session can be opened; add one with --chair'}."
    )
