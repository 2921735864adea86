"""The blank session sheet: filled in by hand on the day the power fails, entered later with both times."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.template.loader import render_to_string
from django.utils import timezone

from daybreak.clinic.record import paper
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.own_limits import own_limits
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.emergency_card import Card, card_for
from daybreak.clinic.treatment_day.glance import COLUMNS, Column, limit_words
from daybreak.clinic.treatment_day.state import gate_in_force
from daybreak.treatment import leaving
from daybreak.treatment.checks import Check, checks_before
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.limits import SHORT_NAMES, Limits, limits_with, session_limits
from daybreak.treatment.looser_limits import are_looser
from daybreak.treatment.ruleset import rule_set
from daybreak.treatment.schedule import due_checks

# The sheets offered, with the length of the dose in minutes that the row of times is printed for.
KINDS = {
    "ketamine-iv": ("Ketamine iv over 40 min", Drug.KETAMINE, Route.IV, 40),
    "ketamine-im": ("Ketamine im", Drug.KETAMINE, Route.IM, 0),
    "ketamine-oral": ("Ketamine by mouth", Drug.KETAMINE, Route.ORAL, 0),
    "esketamine-nasal": ("Esketamine nasal spray", Drug.ESKETAMINE, Route.NASAL, 0),
}
SPARE_ROWS = 3
ROWS_OF_WHAT_HAPPENED = 8
STYLE = "treatment_day/sheet.css"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the sheet prints. `rows` name the times since the dose; spare rows have none."""

    kind: str
    title: str
    site: Site
    rule_set: str
    printed_at: datetime
    checks: tuple[Check, ...]
    columns: tuple[tuple[Column, str, str], ...]  # with its limit and its gate
    rows: tuple[str, ...]
    happened: range
    criteria: tuple[leaving.Criterion, ...]
    card: Card


def blank(kind: str, site: Site) -> Sheet:
    """The sheet for one drug and route.

    Raises:
        Refusal: for a kind that is not offered.
    """
    if kind not in KINDS:
        raise Refusal(f"There is no sheet “{kind[:40]}”. Choose one of: {', '.join(KINDS)}.")
    title, drug, route, duration_min = KINDS[kind]
    zero = timezone.localtime().replace(hour=0, minute=0)
    due = due_checks(drug, route, duration_min, zero)
    gate = gate_in_force(drug, route, site.jurisdiction)
    limits = limits_with(own_limits(site))
    times = [f"{(check.at - zero) / timedelta(minutes=1):.0f} min" for check in due]
    return Sheet(
        kind=kind,
        title=title,
        site=site,
        rule_set=rule_set().version,
        printed_at=timezone.localtime(),
        checks=checks_before(drug, route, site.jurisdiction),
        columns=tuple(
            (column, _within(column, limits), limit_words([field.vital for field in column.fields], gate))
            for column in COLUMNS
        ),
        rows=("Before", *times[1:], *[""] * SPARE_ROWS),
        happened=range(ROWS_OF_WHAT_HAPPENED),
        criteria=leaving.leaving(leaving.SessionState(drug, route, zero, duration_min, None, zero, limits=limits)),
        card=card_for(site, drug, route),
    )


def _within(column: Column, limits: Limits) -> str:
    """Of a pressure for each of its numbers: "systolic 100–159, diastolic to 99"; behind it the
    published, where the clinic's own are looser.
    """
    here, published = _each_within(column, limits), _each_within(column, session_limits())
    is_looser = here != published and are_looser([field.vital for field in column.fields], limits)
    return f"{here} (published: {published})" if is_looser else here


def _each_within(column: Column, limits: Limits) -> str:
    words = {field.vital: limit_words([field.vital], limits) for field in column.fields}
    if len(words) == 1:
        return words[column.fields[0].vital]
    return ", ".join(f"{SHORT_NAMES[vital].lower()} {said}" for vital, said in words.items())


def as_pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF.

    Raises:
        Refusal: where this machine cannot make one; the page itself prints without it.
    """
    return paper.as_pdf(render_to_string("treatment_day/blank_sheet_body.html", {"sheet": sheet}), sheet.site, STYLE)
